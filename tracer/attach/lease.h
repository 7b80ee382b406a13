/* SPDX-License-Identifier: MIT */
#ifndef TRACER_ATTACH_LEASE_H
#define TRACER_ATTACH_LEASE_H

/*
 * A reader's lease, as <actor/plane.h> describes it, and the thread that renews it.
 *
 *	lease_claim	the lease is ours, nobody is served yet: set the tails now
 *	lease_arm	from now on the program emits
 *	lease_release	the program goes on as before
 */

#include <tracer/attach.h>

struct lease;

/* PLANE_EBUSY: none is free; PLANE_EDEAD: the program is gone. */
int lease_claim(struct plane_view *plane, enum actor_plane_mode mode, uint64_t events,
		uint32_t payload_max, struct lease **ret_lease);

/* Also after a lapse. */
void lease_arm(struct lease *lease);

/* Whether the program still serves us; false after a lapse. */
bool lease_in_force(const struct lease *lease);

/* Lets the program overwrite the chunks of a ring below `tail`. Follow with lease_wake. */
void lease_set_tail(struct lease *lease, uint32_t ring, uint64_t tail);
void lease_wake(struct lease *lease);

/* Whether a writer waits for a tail to move. */
bool lease_awaited(const struct lease *lease);

/* Accepts NULL, returns NULL. */
struct lease *lease_release(struct lease *lease);

#endif
