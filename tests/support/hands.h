/* SPDX-License-Identifier: MIT */
#ifndef TESTS_HANDS_H
#define TESTS_HANDS_H

/*
 * Children for tests of supervisors. A hand notes its number in `seen` when it starts and its
 * negative when it ends; its init fails as often as its argument says.
 */

#include <actor/supervisor.h>

#include "actors.h"

struct hand {
	struct seen *seen;
	int32_t number;
	int32_t fail_with; /* not 0: init fails with this status, negated */
	int *fail_count;   /* not NULL: init fails while this is positive, and counts it down */
};

ACTOR_STATIC_MESSAGE(end_with, int32_t);

static inline int hand_init(void *state, const void *argument, size_t size)
{
	struct hand *self = state;

	CU_ASSERT_EQUAL(size, sizeof(*self));
	memcpy(self, argument, sizeof(*self));
	seen_add(self->seen, self->number);
	if (self->fail_with != 0)
		return -self->fail_with;
	if (self->fail_count != NULL && __atomic_load_n(self->fail_count, __ATOMIC_RELAXED) > 0) {
		(void)__atomic_sub_fetch(self->fail_count, 1, __ATOMIC_RELAXED);
		return ACTOR_EXIT_USER + 1;
	}
	return ACTOR_CONTINUE;
}

static inline int hand_cast(void *state, const struct actor_message *message)
{
	(void)state;
	return *actor_message_as(message, int32_t);
}

static inline int hand_call(void *state, const struct actor_message *message,
			    struct actor_from from)
{
	struct hand *self = state;

	(void)message;
	return actor_reply(from, &self->number);
}

static inline void hand_terminate(void *state, int reason)
{
	struct hand *self = state;

	(void)reason;
	seen_add(self->seen, -self->number);
}

static const struct actor_behaviour hand = {.name = "hand",
					    .state_size = sizeof(struct hand),
					    .init = hand_init,
					    .handle_call = hand_call,
					    .handle_cast = hand_cast,
					    .terminate = hand_terminate};

static inline struct actor_child child_of(const char *id, const struct hand *argument,
					  enum actor_restart restart)
{
	return (struct actor_child){.id = id,
				    .behaviour = &hand,
				    .argument = argument,
				    .argument_size = sizeof(*argument),
				    .restart = restart,
				    .named = true};
}

static inline void end_named(const char *name, int32_t reason)
{
	struct actor_pid pid = actor_whereis(name);

	CU_ASSERT_FALSE_FATAL(actor_pid_is_none(pid));
	CU_ASSERT_EQUAL(actor_cast(pid, &end_with, &reason), 0);
	CU_ASSERT_TRUE(dies(pid));
}

/* True when exactly these have been seen, waiting for the last of them. */
static inline bool seen_are(struct seen *seen, const int64_t *expected, size_t count)
{
	bool same = seen_wait(seen, count);

	for (size_t i = 0; i < count && i < seen->count; i++) {
		if (seen->values[i] == expected[i])
			continue;
		printf("  seen %zu: %lld instead of %lld\n", i, (long long)seen->values[i],
		       (long long)expected[i]);
		same = false;
	}
	return same;
}
#define SEEN_ARE(seen, ...)                                             \
	CU_ASSERT_TRUE(seen_are((seen), (const int64_t[]){__VA_ARGS__}, \
				sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)))

/* Waits until the name is held by somebody else than `old`. */
static inline struct actor_pid await_name(const char *name, struct actor_pid old)
{
	struct timespec now;
	time_t end;
	struct actor_pid pid;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (end = now.tv_sec + DEADLINE_SECS; now.tv_sec < end;
	     clock_gettime(CLOCK_MONOTONIC, &now)) {
		pid = actor_whereis(name);
		if (pid.bits != 0 && pid.bits != old.bits)
			return pid;
		sched_yield();
	}
	CU_FAIL("nobody got the name");
	return ACTOR_PID_NONE;
}

/* Watches an actor and notes the reason for its end. */
struct watch {
	struct seen *seen;
	struct actor_pid pid;
};

static inline int watch_init(void *state, const void *argument, size_t size)
{
	struct watch *self = (struct watch *)state;

	memcpy(self, argument, size);
	return actor_monitor(self->pid, NULL);
}

static inline int watch_info(void *state, const struct actor_message *message)
{
	struct watch *self = (struct watch *)state;

	if (actor_message_is(message, &actor_down))
		seen_add(self->seen, actor_message_as(message, struct actor_down_message)->reason);
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour watcher = {.name = "watcher",
					       .state_size = sizeof(struct watch),
					       .init = watch_init,
					       .handle_info = watch_info};

static inline void watch_end(struct seen *seen, struct actor_pid pid)
{
	struct watch argument = {seen, pid};

	CU_ASSERT_EQUAL_FATAL(actor_start(&watcher, &argument, sizeof(argument), NULL, NULL, NULL),
			      0);
}

#endif
