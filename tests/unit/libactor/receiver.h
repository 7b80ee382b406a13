/* SPDX-License-Identifier: MIT */
#ifndef TESTS_RECEIVER_H
#define TESTS_RECEIVER_H

/* A receiver that can be held in a turn while others fill its mailbox. */

#include <pthread.h>
#include <sched.h>

#include "actor/system.h"
#include "actors.h"

ACTOR_STATIC_MESSAGE(number, int64_t);
ACTOR_STATIC_MESSAGE_EMPTY(hold);

/* A receiver that can be held in a turn, in a thread of its own, while others fill its mailbox. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open;
	bool held; /* the receiver has come to the gate */
};

static struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static inline void gate_set(bool *what, bool value)
{
	pthread_mutex_lock(&gate.lock);
	*what = value;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

static inline void gate_await(bool *what)
{
	pthread_mutex_lock(&gate.lock);
	while (!*what)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

struct receiver {
	struct seen *seen;
};

static inline int receiver_init(void *state, const void *argument, size_t size)
{
	(void)size;
	*(struct receiver *)state = *(const struct receiver *)argument;
	return ACTOR_CONTINUE;
}

static inline int receiver_handle(void *state, const struct actor_message *message)
{
	struct receiver *self = state;

	if (actor_message_is(message, &hold)) {
		gate_set(&gate.held, true);
		gate_await(&gate.open);
	} else {
		seen_add(self->seen, *actor_message_as(message, int64_t));
	}
	return ACTOR_CONTINUE;
}

static inline int receiver_call(void *state, const struct actor_message *message,
				struct actor_from from)
{
	int64_t answer = -*actor_message_as(message, int64_t);

	(void)state;
	return actor_reply(from, &answer);
}

static const struct actor_behaviour receiver = {.name = "receiver",
						.state_size = sizeof(struct receiver),
						.init = receiver_init,
						.handle_call = receiver_call,
						.handle_cast = receiver_handle,
						.handle_info = receiver_handle};

/* Starts one and waits until it is held. */
static inline struct actor_pid receiver_start(struct seen *seen, struct actor_spawn_options options)
{
	struct receiver argument = {seen};
	struct actor_pid pid = ACTOR_PID_NONE;

	gate.open = false;
	gate.held = false;
	options.size = sizeof(options);
	options.detached = true;
	CU_ASSERT_EQUAL_FATAL(actor_spawn(&receiver, &argument, sizeof(argument), &options, &pid),
			      0);
	CU_ASSERT_EQUAL_FATAL(actor_cast(pid, &hold, NULL), 0);
	gate_await(&gate.held);
	return pid;
}

static inline int cast_numbers(struct actor_pid to, int64_t from, int64_t count)
{
	int status = 0;

	for (int64_t i = from; i < from + count && status == 0; i++)
		status = actor_cast(to, &number, &i);
	return status;
}

static inline struct actor_system_counters counters(struct actor_system *system)
{
	struct actor_system_counters counted;

	actor_system_count(system, &counted);
	return counted;
}

/* As the plane's readers count it. */
static inline uint32_t length(struct actor_system *system, struct actor_pid pid)
{
	const struct actor_plane_actor *line = system_line(system, actor_pid_slot(pid));
	uint32_t count =
		mailbox_count(&line->inbox) + __atomic_load_n(&line->queued, __ATOMIC_RELAXED);

	for (int i = 0; i < ACTOR_PLANE_THREADS_MAX; i++) {
		const struct actor_plane_thread *words = &system->plane.threads[i];

		if (__atomic_load_n(&words->current, __ATOMIC_RELAXED) == pid.bits)
			count -= __atomic_load_n(&words->visit_turns, __ATOMIC_RELAXED);
	}
	return count;
}

/* Spins until the actor waits for `on`; false at the deadline. */
static inline bool waits_on(struct actor_system *system, struct actor_pid pid, struct actor_pid on)
{
	const struct actor_plane_actor *line = system_line(system, actor_pid_slot(pid));
	uint64_t end = clock_monotonic_ns() + ACTOR_SECONDS(DEADLINE_SECS);

	while (clock_monotonic_ns() < end) {
		if (__atomic_load_n(&line->waiting_on, __ATOMIC_RELAXED) == on.bits &&
		    __atomic_load_n(&line->state, __ATOMIC_RELAXED) == ACTOR_PLANE_STATE_WAITING)
			return true;
		sched_yield();
	}
	return false;
}

#endif
