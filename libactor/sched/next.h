/* SPDX-License-Identifier: MIT */
#ifndef SCHED_NEXT_H
#define SCHED_NEXT_H

/*
 * The place for the task that a worker runs next. Its owner puts and takes; a thief comes once in a
 * blue moon, when the owner is stuck in a turn.
 *
 * The owner takes without an atomic exchange, which would cost more than all the rest. The thief
 * says in `visited` that it is there, and then makes every thread pass a barrier. An owner that
 * begins after that sees `visited` first. One that was in the middle either had emptied the place,
 * and the thief finds nothing; or it sees `visited` when it looks a second time, and asks what the
 * thief has taken.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sched/queue.h"

struct next {
	struct task *task;
	uint32_t visited; /* 1: a thief has come since the owner last took it */
	bool barriers;    /* the kernel makes them; else everybody exchanges */
	struct task
		*gone; /* what the thief has taken; under the lock, as all that follows a visit */
	pthread_mutex_t lock;
};

/* `barriers`: barrier_register() said yes. */
void next_init(struct next *next, bool barriers);
void next_destroy(struct next *next);
/* A thief: NULL where there is nothing. */
struct task *next_steal(struct next *next);
/* The owner has met a thief, or would have: they settle it under the lock. */
struct task *next_settle(struct next *next, struct task *mine);

/* Anybody: whether there is something, at this moment. */
static inline bool next_has(const struct next *next)
{
	return __atomic_load_n(&next->task, __ATOMIC_RELAXED) != NULL;
}

/* The owner. False: there is one already. */
static inline bool next_put(struct next *next, struct task *task)
{
	if (__builtin_expect(next_has(next), 0))
		return false;
	/* Release: pairs with the acquire in next_steal. */
	__atomic_store_n(&next->task, task, __ATOMIC_RELEASE);
	return true;
}

/* The owner: the one that was there, if it still is. */
static inline struct task *next_replace(struct next *next, struct task *task)
{
	/* An exchange, because a thief may take the old one. */
	return __atomic_exchange_n(&next->task, task, __ATOMIC_ACQ_REL);
}

/* The owner. NULL: nothing. */
static inline struct task *next_take(struct next *next)
{
	struct task *task;

	if (__builtin_expect(!next->barriers, 0))
		return __atomic_exchange_n(&next->task, NULL, __ATOMIC_ACQ_REL);
	if (__builtin_expect(__atomic_load_n(&next->visited, __ATOMIC_RELAXED) != 0, 0))
		return next_settle(next, NULL);
	task = __atomic_load_n(&next->task,
			       __ATOMIC_RELAXED); /* the owner itself has put it there */
	__atomic_store_n(&next->task, NULL, __ATOMIC_RELAXED);
	/* The thief's barrier makes it one of all threads. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (__builtin_expect(__atomic_load_n(&next->visited, __ATOMIC_RELAXED) != 0, 0) &&
	    task != NULL)
		return next_settle(next, task);
	return task;
}

#endif
