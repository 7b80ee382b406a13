/* SPDX-License-Identifier: MIT */
/* System messages, stopping, and exits as in OTP. */
#include "actors.h"

#include <actor/plane.h>
#include <actor/supervisor.h>
#include <actor/sys.h>

#include "actor/system.h"

#define PATIENCE ACTOR_SECONDS(20)
#define WATCHERS 100000

ACTOR_STATIC_MESSAGE(add, int64_t);
ACTOR_STATIC_REQUEST_EMPTY(total, int64_t);

struct sum {
	struct seen *seen;
	int64_t value;
	bool trap;
	bool fails;
};

static int sum_init(void *state, const void *argument, size_t size)
{
	struct sum *self = state;

	memcpy(self, argument, size);
	(void)actor_trap_exits(self->trap);
	return self->fails ? ACTOR_EXIT_USER : ACTOR_CONTINUE;
}

static int sum_cast(void *state, const struct actor_message *message)
{
	struct sum *self = state;

	self->value += *actor_message_as(message, int64_t);
	return ACTOR_CONTINUE;
}

static int sum_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct sum *self = state;

	(void)message;
	return actor_reply(from, &self->value);
}

static int sum_info(void *state, const struct actor_message *message)
{
	struct sum *self = state;

	(void)message;
	seen_add(self->seen, 1);
	return ACTOR_CONTINUE;
}

static void sum_terminate(void *state, int reason)
{
	struct sum *self = state;

	seen_add(self->seen, 1000 + self->value);
	seen_add(self->seen, reason);
}

static int sum_describe(const void *state, char *text, size_t size)
{
	const struct sum *self = state;

	return snprintf(text, size, "value %lld", (long long)self->value);
}

static const struct actor_behaviour sum = {.name = "sum",
					   .state_size = sizeof(struct sum),
					   .init = sum_init,
					   .handle_call = sum_call,
					   .handle_cast = sum_cast,
					   .handle_info = sum_info,
					   .terminate = sum_terminate,
					   .describe = sum_describe};

static struct actor_pid sum_start(struct sum state)
{
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL_FATAL(actor_start(&sum, &state, sizeof(state), NULL, &pid, NULL), 0);
	return pid;
}

static void cast_add(struct actor_pid pid, int64_t value)
{
	CU_ASSERT_EQUAL(actor_cast(pid, &add, &value), 0);
}

static void states(void *context)
{
	struct actor_pid pid = sum_start((struct sum){.seen = context});
	struct actor_sys_status status;
	struct actor_sys_statistics statistics;
	struct sum state = {0};
	size_t size = 0;
	int64_t value = 0;

	cast_add(pid, 5);
	CU_ASSERT_EQUAL(actor_call(pid, &total, NULL, &value, PATIENCE), 0);
	CU_ASSERT_EQUAL(actor_sys_get_state(pid, &state, sizeof(state), &size, PATIENCE), 0);
	CU_ASSERT_EQUAL(size, sizeof(state));
	CU_ASSERT_EQUAL(state.value, 5);
	state.value = 50;
	CU_ASSERT_EQUAL(actor_sys_replace_state(pid, &state, 3, PATIENCE), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(actor_sys_replace_state(pid, &state, sizeof(state), PATIENCE), 0);
	CU_ASSERT_EQUAL(actor_sys_get_statistics(pid, &statistics, PATIENCE), ACTOR_EREJECTED);
	CU_ASSERT_EQUAL(actor_sys_statistics(pid, true, PATIENCE), 0);
	for (int i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(actor_call(pid, &total, NULL, &value, PATIENCE), 0);
	CU_ASSERT_EQUAL(value, 50);
	CU_ASSERT_EQUAL(actor_sys_get_statistics(pid, &statistics, PATIENCE), 0);
	CU_ASSERT_EQUAL(statistics.messages_in, 10);
	CU_ASSERT_EQUAL(statistics.messages_out, 10);
	CU_ASSERT_TRUE(statistics.now_ns > statistics.since_ns);
	CU_ASSERT_EQUAL(actor_sys_get_status(pid, &status, PATIENCE), 0);
	CU_ASSERT_STRING_EQUAL(status.behaviour, "sum");
	CU_ASSERT_STRING_EQUAL(status.text, "value 50");
	CU_ASSERT_EQUAL(status.state_size, sizeof(struct sum));
	CU_ASSERT_EQUAL(status.messages_in, 12);
	CU_ASSERT_TRUE(status.statistics == 1 && status.suspended == 0 && status.traced == 0);
	CU_ASSERT_TRUE(actor_pid_equal(status.parent, actor_self()));
	CU_ASSERT_EQUAL(actor_sys_suspend(actor_self(), PATIENCE), ACTOR_EDEADLOCK);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(dies(pid));
	CU_ASSERT_EQUAL(actor_sys_get_status(pid, &status, PATIENCE), ACTOR_ENOT_FOUND);
}

static void states_body(struct actor_system *system)
{
	SEEN(seen);

	(void)system;
	states(&seen);
	in_actor(states, &seen);
}

static void a_state_is_read_and_replaced(void)
{
	in_system(states_body);
}

static uint8_t shown_state(struct actor_system *system, struct actor_pid pid)
{
	return __atomic_load_n(&system_line(system, actor_pid_slot(pid))->state, __ATOMIC_RELAXED);
}

static void suspend_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_pid pid = sum_start((struct sum){.seen = &seen});
	struct actor_sys_status status;
	int64_t value = 0;

	CU_ASSERT_EQUAL(actor_sys_suspend(pid, PATIENCE), 0);
	CU_ASSERT_EQUAL(actor_sys_suspend(pid, PATIENCE), 0);
	cast_add(pid, 1);
	cast_add(pid, 2);
	CU_ASSERT_EQUAL(actor_call(pid, &total, NULL, &value, ACTOR_MILLISECONDS(20)),
			ACTOR_ETIMEOUT);
	CU_ASSERT_EQUAL(actor_sys_get_status(pid, &status, PATIENCE), 0);
	CU_ASSERT_EQUAL(status.suspended, 1);
	CU_ASSERT_EQUAL(status.queued, 3);
	CU_ASSERT_STRING_EQUAL(status.text, "value 0");
	while (shown_state(system, pid) != ACTOR_PLANE_STATE_SUSPENDED)
		sched_yield();
	CU_ASSERT_EQUAL(actor_sys_resume(pid, PATIENCE), 0);
	CU_ASSERT_EQUAL(actor_call(pid, &total, NULL, &value, PATIENCE), 0);
	CU_ASSERT_EQUAL(value, 3);
	/* It can be stopped, and killed, all the same. */
	CU_ASSERT_EQUAL(actor_sys_suspend(pid, PATIENCE), 0);
	cast_add(pid, 4);
	CU_ASSERT_EQUAL(actor_stop(pid, ACTOR_EXIT_USER, PATIENCE), 0);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 2));
	CU_ASSERT_EQUAL(seen.values[0], 1003);
	pid = sum_start((struct sum){.seen = &seen});
	CU_ASSERT_EQUAL(actor_sys_suspend(pid, PATIENCE), 0);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(dies(pid));
}

static void a_suspended_actor_handles_system_messages_only(void)
{
	in_system(suspend_body);
}

static void stop_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_pid pid = sum_start((struct sum){.seen = &seen, .trap = true});

	(void)system;
	for (int i = 0; i < 100; i++)
		cast_add(pid, 1);
	CU_ASSERT_EQUAL(actor_stop(pid, ACTOR_EXIT_SHUTDOWN, PATIENCE), 0);
	CU_ASSERT_FALSE(actor_alive(pid));
	CU_ASSERT_EQUAL(seen_count(&seen), 2); /* terminate has run */
	CU_ASSERT_EQUAL(seen.values[0], 1100); /* behind what was sent before */
	CU_ASSERT_EQUAL(seen.values[1], ACTOR_EXIT_SHUTDOWN);
	CU_ASSERT_EQUAL(actor_stop(pid, ACTOR_EXIT_SHUTDOWN, PATIENCE), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_stop(pid, 0, PATIENCE), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(actor_stop(actor_self(), 1, PATIENCE), ACTOR_EDEADLOCK);
	pid = sum_start((struct sum){.seen = &seen});
	CU_ASSERT_EQUAL(actor_sys_terminate(pid, ACTOR_EXIT_USER, PATIENCE), 0);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 4));
	CU_ASSERT_EQUAL(seen.values[3], ACTOR_EXIT_USER);
}

static void stopping_waits_for_the_end(void)
{
	in_system(stop_body);
}

static struct seen *lines;

static void take_line(void *context, enum actor_log_level level, struct actor_pid pid,
		      const char *text)
{
	(void)context;
	(void)pid;
	if (level == ACTOR_LOG_DEBUG && strstr(text, "handled cast add") != NULL &&
	    strstr(text, "value 9") != NULL)
		seen_add(lines, 1);
}

static void a_traced_actor_says_what_it_does(void)
{
	SEEN(seen);
	const struct actor_system_options options = {
		.size = sizeof(options), .schedulers = 2, .ring_bytes = 64 << 10, .log = take_line};
	struct actor_system *system = NULL;
	struct actor_pid pid;

	lines = &seen;
	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), 0);
	pid = sum_start((struct sum){.seen = &seen});
	CU_ASSERT_EQUAL(actor_sys_trace(pid, true, PATIENCE), 0);
	cast_add(pid, 9);
	CU_ASSERT_TRUE(seen_wait(&seen, 1));
	CU_ASSERT_EQUAL(actor_sys_trace(pid, false, PATIENCE), 0);
	cast_add(pid, 0);
	CU_ASSERT_EQUAL(actor_stop(pid, ACTOR_EXIT_NORMAL, PATIENCE), 0);
	CU_ASSERT_EQUAL(seen_count(&seen), 1 + 2); /* and what terminate says */
	CU_ASSERT_PTR_NULL(actor_system_destroy(system, ACTOR_SECONDS(5)));
}

/* ---- Exits ------------------------------------------------------------------------------------
 */

static void parent(void *context)
{
	struct actor_spawn_options options = {.size = sizeof(options), .link = true};
	struct sum state = {.seen = context, .trap = true};
	struct actor_pid pid;
	int reason = 0;

	CU_ASSERT_EQUAL(actor_start(&sum, &state, sizeof(state), &options, &pid, NULL), 0);
	CU_ASSERT_EQUAL(actor_trap_exits(true), 0);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_USER + 1), 0);
	CU_ASSERT_TRUE(dies(pid)); /* although it traps: its parent has said so */
	state.fails = true;
	CU_ASSERT_EQUAL(actor_start(&sum, &state, sizeof(state), &options, &pid, &reason),
			ACTOR_EBAD_CHILD);
	CU_ASSERT_EQUAL(reason, ACTOR_EXIT_USER);
}

static int leaver_init(void *state, const void *argument, size_t size)
{
	(void)state;
	(void)argument;
	(void)size;
	CU_ASSERT_EQUAL(actor_link(actor_self()), 0);
	return actor_exit(actor_self(), ACTOR_EXIT_NORMAL);
}

static const struct actor_behaviour leaver = {.name = "leaver", .init = leaver_init};

static void exits_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_pid pid;

	(void)system;
	in_actor(parent, &seen);
	CU_ASSERT_EQUAL(seen_count(&seen), 2); /* no terminate after a failed init */
	CU_ASSERT_EQUAL(seen.values[1], ACTOR_EXIT_USER + 1);
	CU_ASSERT_EQUAL(actor_spawn(&leaver, NULL, 0, NULL, &pid), 0);
	CU_ASSERT_TRUE(dies(pid)); /* exit(self(), normal) */
}

static void exits_are_those_of_otp(void)
{
	in_system(exits_body);
}

static void watch_much(void *context)
{
	struct actor_pid pid = sum_start((struct sum){.seen = context});
	uint64_t *refs = calloc(WATCHERS, sizeof(*refs));
	struct actor_sys_status status;

	for (size_t i = 0; i < WATCHERS; i++)
		CU_ASSERT_EQUAL_FATAL(actor_monitor(pid, &refs[i]), 0);
	CU_ASSERT_EQUAL(actor_sys_get_status(pid, &status, PATIENCE), 0);
	CU_ASSERT_EQUAL(status.monitored_by, WATCHERS);
	for (size_t i = 0; i < WATCHERS; i++) /* the first is the worst for a list */
		CU_ASSERT_EQUAL_FATAL(actor_demonitor(refs[i]), 0);
	CU_ASSERT_EQUAL(actor_sys_get_status(pid, &status, PATIENCE), 0);
	CU_ASSERT_EQUAL(status.monitored_by, 0);
	free(refs);
}

static void watch_body(struct actor_system *system)
{
	SEEN(seen);
	struct timespec before;
	struct timespec after;

	(void)system;
	clock_gettime(CLOCK_MONOTONIC, &before);
	in_actor(watch_much, &seen);
	clock_gettime(CLOCK_MONOTONIC, &after);
	/* 10^10 steps would be a minute. */
	CU_ASSERT_TRUE(after.tv_sec - before.tv_sec < 10);
}

static void a_hundred_thousand_may_watch(void)
{
	in_system(watch_body);
}

#define CASES(X)                                          \
	X(a_state_is_read_and_replaced)                   \
	X(a_suspended_actor_handles_system_messages_only) \
	X(stopping_waits_for_the_end)                     \
	X(a_traced_actor_says_what_it_does)               \
	X(exits_are_those_of_otp)                         \
	X(a_hundred_thousand_may_watch)

SUITE("sys", CASES)
