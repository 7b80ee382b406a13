/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_GROUP_H
#define ACTOR_GROUP_H

/*
 * Groups: names under which several actors are known, after OTP's pg and the duplicate keys of
 * Elixir's Registry. A group is there as long as it has members; an actor leaves its groups when it
 * ends, before anybody who watches it learns of that.
 *
 * An actor may be in a group several times. Then it is among the members as often, gets what is
 * sent to all as often, and must leave as often.
 *
 * Names of groups have 1 to 255 bytes and have nothing to do with the names of actors. Who the
 * members are is a shared fact: it may have changed when the answer arrives.
 *
 * Thread: all functions may be called from handlers and from threads that have entered.
 * Stability: being built; the shape is meant to stay.
 */

#include <actor/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ACTOR_ENOT_FOUND: the actor is dead. ACTOR_EINVALID, ACTOR_ENO_MEMORY. */
ACTOR_PUBLIC int actor_group_join(const char *group, struct actor_pid pid);
/* ACTOR_ENOT_FOUND: the actor is not a member. */
ACTOR_PUBLIC int actor_group_leave(const char *group, struct actor_pid pid);

/*
 * The members in the order in which they joined: up to `capacity` of them into `pids`, their whole
 * number into *ret_count (may be NULL). A group that nobody has joined has none.
 */
ACTOR_PUBLIC int actor_group_members(const char *group, struct actor_pid *pids, size_t capacity,
				     size_t *ret_count);

/*
 * A message to every member, in the order in which they joined; see actor_send and actor_cast. A
 * member that joins or ends meanwhile may get it or not. *ret_count (may be NULL) is how many
 * messages were sent, also where one of them failed and so ended it.
 */
ACTOR_PUBLIC int actor_group_send(const char *group, struct actor_type *type, const void *payload,
				  size_t *ret_count);
ACTOR_PUBLIC int actor_group_cast(const char *group, struct actor_type *type, const void *payload,
				  size_t *ret_count);

/* The same for flexible types: `size` bytes, at least type->size. */
ACTOR_PUBLIC int actor_group_send_bytes(const char *group, struct actor_type *type,
					const void *payload, size_t size, size_t *ret_count);
ACTOR_PUBLIC int actor_group_cast_bytes(const char *group, struct actor_type *type,
					const void *payload, size_t size, size_t *ret_count);

#ifdef __cplusplus
}
#endif

#endif
