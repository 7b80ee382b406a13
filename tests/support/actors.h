/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ACTORS_H
#define TESTS_ACTORS_H

/*
 * For tests of what actors do. `in_system(body)` runs a function with a fresh system, in the
 * program's own thread; `in_actor(body, context)` runs a function inside an actor's handler and
 * waits for it. A `struct seen` is a list of what handlers saw, which a test waits for with a
 * deadline.
 */

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <time.h>

#include <actor/actor.h>

#include "suite.h"

#define SEEN_MAX      4096
#define DEADLINE_SECS 20

struct seen {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int64_t values[SEEN_MAX];
	size_t count;
};

/* Declares one, empty, that outlives the function: actors still write to it when the system ends.
 */
#define SEEN(name)                                                       \
	static struct seen name = {.lock = PTHREAD_MUTEX_INITIALIZER,    \
				   .changed = PTHREAD_COND_INITIALIZER}; \
	name.count = 0

static inline void seen_add(struct seen *seen, int64_t value)
{
	pthread_mutex_lock(&seen->lock);
	if (seen->count < SEEN_MAX)
		seen->values[seen->count++] = value;
	pthread_cond_broadcast(&seen->changed);
	pthread_mutex_unlock(&seen->lock);
}

/* True when at least `count` values have been seen before the deadline. */
static inline bool seen_wait(struct seen *seen, size_t count)
{
	struct timespec deadline;
	bool there;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += DEADLINE_SECS;
	pthread_mutex_lock(&seen->lock);
	while (seen->count < count &&
	       pthread_cond_timedwait(&seen->changed, &seen->lock, &deadline) == 0)
		;
	there = seen->count >= count;
	pthread_mutex_unlock(&seen->lock);
	return there;
}

static inline size_t seen_count(struct seen *seen)
{
	size_t count;

	pthread_mutex_lock(&seen->lock);
	count = seen->count;
	pthread_mutex_unlock(&seen->lock);
	return count;
}

static inline void in_system(void (*body)(struct actor_system *system))
{
	const struct actor_system_options options = {
		.size = sizeof(options), .schedulers = 2, .seed = 7, .ring_bytes = 64 << 10};
	struct actor_system *system = NULL;

	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), ACTOR_OK);
	body(system);
	CU_ASSERT_PTR_NULL(actor_system_destroy(system, ACTOR_SECONDS(5)));
}

struct in_actor {
	void (*body)(void *context);
	void *context;
};

static inline int in_actor_init(void *state, const void *argument, size_t size)
{
	const struct in_actor *mine = argument;

	(void)state;
	(void)size;
	mine->body(mine->context);
	return ACTOR_STOP;
}

static const struct actor_behaviour in_actor_behaviour = {.name = "test", .init = in_actor_init};

/* The body runs in an actor of its own, on a scheduler; returns when it has. */
static inline void in_actor(void (*body)(void *context), void *context)
{
	struct in_actor mine = {body, context};
	int reason = 0;
	int status = actor_start(&in_actor_behaviour, &mine, sizeof(mine), NULL, NULL, &reason);

	CU_ASSERT_EQUAL(status, ACTOR_EBAD_CHILD); /* it ends in init, on purpose */
	CU_ASSERT_EQUAL(reason, ACTOR_STOP);
}

/* Waits until a pid is dead; false at the deadline. Spins, so not for long. */
static inline bool dies(struct actor_pid pid)
{
	struct timespec now;
	time_t end;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (end = now.tv_sec + DEADLINE_SECS; now.tv_sec < end;
	     clock_gettime(CLOCK_MONOTONIC, &now)) {
		if (!actor_alive(pid))
			return true;
		sched_yield();
	}
	return false;
}

#endif
