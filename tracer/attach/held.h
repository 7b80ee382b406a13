/* SPDX-License-Identifier: MIT */
#ifndef TRACER_ATTACH_HELD_H
#define TRACER_ATTACH_HELD_H

/* Batches of a ring that wait until it is known whether they are wanted: copies, in order. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tracer/stream.h>

struct held_batch {
	uint64_t chunk;
	uint64_t first; /* number of events[0] */
	size_t count;
	struct actor_event events[];
};

struct held {
	struct held_batch **batches;
	size_t count, room;
	size_t events; /* of all of them */
	size_t done;   /* so many of the first one are dealt with */
};

/* What of the batch is behind the first `done` events. 0 or -ENOMEM. */
int held_add(struct held *held, const struct stream_batch *batch, size_t done);

/* So many more of the first batch are dealt with; once all are, it goes. False: some are left. */
bool held_deal(struct held *held, size_t events);

void held_finish(struct held *held);

#endif
