/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_DEADLINE_H
#define ACTOR_DEADLINE_H

/*
 * The time-out of an actor's wait. Nearly every wait has one and nearly none runs out, so the
 * actor's timer stays in the wheel from one wait to the next: it goes off at a deadline that was
 * given up long ago, looks for the one that counts now, and goes on to that. Beginning a wait with
 * a later deadline than that of the timer is a few stores, and so is its end.
 */

#include <stdint.h>

#include <actor/actor.h>

struct cell;
struct cell_extra;
struct thread;

/*
 * The wait with that reference ends with a TIMEOUT message after `timeout_ns`, which is neither 0
 * nor ACTOR_FOREVER; never earlier, and later by some milliseconds where it is long.
 * ACTOR_ENO_MEMORY.
 */
int deadline_set(struct thread *thread, struct cell *cell, uint64_t ref, struct actor_pid on,
		 uint64_t timeout_ns);
/* The wait is over. */
void deadline_clear(struct cell *cell);
/* The actor is. NULL is fine. */
struct deadline *deadline_destroy(struct thread *thread, struct deadline *deadline);

/* Any thread: tells a waiting actor that its time is up. */
void deadline_deliver(struct thread *thread, struct actor_pid to, uint64_t ref,
		      struct actor_pid on);

#endif
