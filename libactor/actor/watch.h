/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_WATCH_H
#define ACTOR_WATCH_H

/*
 * A thread that looks at the schedulers' words once a millisecond while they work, and sleeps while
 * they all do. It cuts visits short that last (see visit_goes_on) and reports turns that are stuck.
 * It only reads what tools may read, so a handler that runs never notices it.
 */

#include "actor/system.h"

struct watched {
	uint64_t visits; /* words at the last look */
	uint64_t turns;
	uint64_t pid;
	uint64_t seen_ns; /* when this turn was first seen */
	bool reported;
	uint32_t tag;
};

struct watch {
	struct thread thread;
	pthread_t id;
	uint32_t wake;   /* futex */
	uint32_t asleep; /* (shared) 1: a scheduler that gets to work must wake it */
	uint32_t stopping;
	bool started;
	struct watched watched[SCHED_WORKERS_MAX];
};

/* Before the schedulers, which wake it. ACTOR_ENO_MEMORY. */
int watch_create(struct actor_system *system);
/* After the schedulers have started. ACTOR_ENO_MEMORY. */
int watch_start(struct actor_system *system);
/* Before the schedulers are gone. Fine where it was never started. */
void watch_stop(struct actor_system *system);
/* After the schedulers are gone. */
void watch_destroy(struct actor_system *system);

void watch_wake_slow(struct watch *watch);

/* A scheduler gets to work, after it has taken itself out of sched.sleeping. */
static inline void watch_wake(struct actor_system *system)
{
	if (__builtin_expect(__atomic_load_n(&system->watch->asleep, __ATOMIC_RELAXED) != 0, 0))
		watch_wake_slow(system->watch);
}

#endif
