/* SPDX-License-Identifier: MIT */
/* Timers: messages to oneself that come later, or never. */
#include <time.h>

#include "conformance.h"
#include "table/timers.h"

#define SOON ACTOR_MILLISECONDS(2)
/* A timer that must not fire while a case runs. */
#define NEVER ACTOR_SECONDS(3600)

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return ACTOR_SECONDS((uint64_t)time.tv_sec) + (uint64_t)time.tv_nsec;
}

/* Returns when a timer that was started after all others, and is later than SOON, has fired. */
static void let_time_pass(void)
{
	struct probe *clock = probe_running();

	(void)probe_timer(clock, 4 * SOON, 0, 0);
	CU_ASSERT_TRUE(saw(clock, SAW_TICK, 0));
}

static void a_timer_sends_its_message(void)
{
	struct probe *probe = probe_running();

	(void)probe_timer(probe, SOON, 0, 77);
	CU_ASSERT_TRUE(saw(probe, SAW_TICK, 77));
}

static void a_timer_is_never_early(void)
{
	struct probe *probe = probe_running();

	for (uint64_t delay = 0; delay <= ACTOR_MILLISECONDS(5); delay += ACTOR_MICROSECONDS(700)) {
		uint64_t start = now();

		(void)probe_timer(probe, delay, 0, (int64_t)delay);
		CU_ASSERT_TRUE(saw(probe, SAW_TICK, (int64_t)delay));
		CU_ASSERT_TRUE(now() - start >= delay);
	}
}

static void a_timer_fires_once(void)
{
	struct probe *probe = probe_running();

	(void)probe_timer(probe, SOON, 0, 1);
	CU_ASSERT_TRUE(saw(probe, SAW_TICK, 1));
	let_time_pass();
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static void the_message_of_a_timer_is_the_programs_own(void)
{
	struct probe *probe = probe_running();
	uint64_t first = probe_timer(probe, SOON, 0, 5);
	uint64_t second = probe_timer(probe, SOON, 0, 5);

	CU_ASSERT_NOT_EQUAL(first, second);
	CU_ASSERT_TRUE(saw_about(probe, SAW_TICK, 5, probe->pid));
	CU_ASSERT_TRUE(saw_about(probe, SAW_TICK, 5, probe->pid));
}

static void no_time_is_allowed(void)
{
	struct probe *probe = probe_running();

	(void)probe_timer(probe, 0, 0, 1);
	CU_ASSERT_TRUE(saw(probe, SAW_TICK, 1));
}

ACTOR_STATIC_MESSAGE_EMPTY(alarm_clock);

static void timers_go_to_their_own_actor(void)
{
	struct probe *probe = probe_running();
	struct probe *other = probe_running();

	(void)probe_timer(probe, SOON, 0, 1);
	CU_ASSERT_TRUE(saw(probe, SAW_TICK, 1));
	CU_ASSERT_TRUE(saw_nothing(other));
	/* A thread of the program has no handlers, so it has no timers. */
	CU_ASSERT_EQUAL(actor_timer_start(SOON, 0, &alarm_clock, NULL, NULL), ACTOR_ENOT_ACTOR);
}

static int start_and_note(struct probe *self, void *context)
{
	uint64_t timer;
	int status = actor_timer_start(0, 0, &alarm_clock, NULL, &timer);

	(void)context;
	probe_note(self, SAW_OTHER, status, ACTOR_PID_NONE);
	return actor_timer_cancel(timer, NULL) == ACTOR_EINVALID;
}

static void starting_a_timer_does_not_wait(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(probe_do(probe, start_and_note, NULL), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_OTHER, 0)); /* before any message of the timer */
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static void timers_are_independent(void)
{
	struct probe *probe = probe_running();
	uint64_t first = probe_timer(probe, NEVER, 0, 1);
	uint64_t second = probe_timer(probe, NEVER, 0, 2);
	uint64_t third = probe_timer(probe, SOON, 0, 3);

	CU_ASSERT_TRUE(first != second && second != third && first != third);
	CU_ASSERT_EQUAL(probe_cancel(probe, second, NULL), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_TICK, 3));
	CU_ASSERT_EQUAL(probe_cancel(probe, first, NULL), 0);
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static int start_changing(struct probe *self, void *context)
{
	(void)self;
	(void)context;
	return timer_changing(SOON, 1, 2);
}

static void the_message_is_the_one_of_the_start(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(probe_do(probe, start_changing, NULL), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_TICK, 1));
}

static void cancel_tells_the_time_that_was_left(void)
{
	struct probe *probe = probe_running();
	uint64_t start = now();
	uint64_t timer = probe_timer(probe, NEVER, 0, 1);
	uint64_t left = 0;

	CU_ASSERT_EQUAL(probe_cancel(probe, timer, &left), 0);
	CU_ASSERT_TRUE(left <= NEVER);
	CU_ASSERT_TRUE(left >= NEVER - (now() - start));
}

static int start_and_cancel(struct probe *self, void *context)
{
	uint64_t timer = 0;

	(void)self;
	(void)context;
	return actor_timer_start(SOON, 0, &alarm_clock, NULL, &timer) != 0 ||
	       actor_timer_cancel(timer, NULL) == ACTOR_EINVALID;
}

static void a_cancelled_timer_does_not_fire(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(probe_do(probe, start_and_cancel, NULL), 0);
	let_time_pass();
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static void cancelling_after_the_time_finds_nothing(void)
{
	struct probe *probe = probe_running();
	uint64_t timer = probe_timer(probe, SOON, 0, 1);

	CU_ASSERT_TRUE(saw(probe, SAW_TICK, 1));
	CU_ASSERT_EQUAL(probe_cancel(probe, timer, NULL), ACTOR_ENOT_FOUND);
}

static void cancelling_twice_finds_nothing(void)
{
	struct probe *probe = probe_running();
	uint64_t timer = probe_timer(probe, NEVER, 0, 1);

	CU_ASSERT_EQUAL(probe_cancel(probe, timer, NULL), 0);
	CU_ASSERT_EQUAL(probe_cancel(probe, timer, NULL), ACTOR_ENOT_FOUND);
}

static void cancelling_a_stranger_finds_nothing(void)
{
	struct probe *probe = probe_running();
	struct probe *other = probe_running();
	uint64_t timer = probe_timer(probe, NEVER, 0, 1);

	CU_ASSERT_EQUAL(probe_cancel(other, timer, NULL), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(probe_cancel(other, 12345, NULL), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(probe_cancel(probe, timer, NULL), 0);
}

static int start_wait_and_cancel(struct probe *self, void *context)
{
	uint64_t timer = 0;
	int status = actor_timer_start(SOON, 0, &alarm_clock, NULL, &timer);

	(void)context;
	probe_wait(self);
	if (status == 0 && actor_timer_cancel(timer, NULL) == ACTOR_EINVALID)
		status = ACTOR_EINVALID;
	return status;
}

static void cancel_takes_the_message_away_too(void)
{
	struct probe *probe = probe_running();

	probe_do_later(probe, start_wait_and_cancel, NULL);
	CU_ASSERT_TRUE(is_held(probe));
	let_time_pass(); /* it has fired; its message lies in the mailbox */
	probe_release(probe);
	CU_ASSERT_TRUE(answers(probe));
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static void timers_end_with_their_actor(void)
{
	struct probe *probe = probe_running();
	struct probe *next = probe_new();

	(void)probe_timer(probe, 3 * SOON, 0, 1);
	CU_ASSERT_EQUAL(actor_exit(probe->pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_EXIT_KILLED);
	while (has_news(probe))
		CU_ASSERT_TRUE(saw(probe, SAW_TICK, 1)); /* a slow machine: it fired before */
	/* Not even the next one in the same place gets it. */
	for (int i = 0; i < 100; i++) {
		(void)probe_start(next);
		if (actor_pid_slot(next->pid) == actor_pid_slot(probe->pid))
			break;
	}
	let_time_pass();
	CU_ASSERT_TRUE(saw_nothing(next));
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static void an_interval_repeats(void)
{
	struct probe *probe = probe_running();
	uint64_t start = now();

	(void)probe_timer(probe, SOON, SOON, 1);
	for (int i = 0; i < 5; i++)
		CU_ASSERT_TRUE(saw(probe, SAW_TICK, 1));
	CU_ASSERT_TRUE(now() - start >= 5 * SOON);
}

static void an_interval_ends_when_cancelled(void)
{
	struct probe *probe = probe_running();
	uint64_t timer = probe_timer(probe, SOON, SOON, 1);

	CU_ASSERT_TRUE(saw(probe, SAW_TICK, 1));
	CU_ASSERT_EQUAL(probe_cancel(probe, timer, NULL), 0);
	while (has_news(probe))
		CU_ASSERT_TRUE(saw(probe, SAW_TICK, 1)); /* those before it */
	let_time_pass();
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static int wait_and_start(struct probe *self, void *context)
{
	(void)context;
	probe_wait(self);
	return timer_changing(0, 3, 4);
}

static void a_timers_message_waits_its_turn(void)
{
	struct probe *probe = probe_running();

	probe_do_later(probe, wait_and_start, NULL);
	CU_ASSERT_TRUE(is_held(probe));
	CU_ASSERT_EQUAL(cast_number(probe->pid, 1), 0);
	CU_ASSERT_EQUAL(cast_number(probe->pid, 2), 0);
	probe_release(probe);
	CU_ASSERT_TRUE(saw(probe, SAW_CAST, 1));
	CU_ASSERT_TRUE(saw(probe, SAW_CAST, 2));
	CU_ASSERT_TRUE(saw(probe, SAW_TICK, 3));
}

CONFORMANCE("timers", ROWS_TIMERS)
