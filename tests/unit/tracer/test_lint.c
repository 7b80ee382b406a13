/* SPDX-License-Identifier: MIT */

/* The lints' engine: when an alert comes, when it goes, and what it says. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <tracer/lint.h>

#include "suite.h"

#define MS UINT64_C(1000000)

static struct lint_engine *engine;
static uint64_t now_ns;

static void actor_name(void *user, uint64_t pid, uint16_t behaviour, char *text, size_t size)
{
	(void)user;
	if (pid != 0)
		snprintf(text, size, "a%" PRIu64, pid);
	else
		snprintf(text, size, behaviour != 0 ? "b%u" : "all", behaviour);
}

static void type_name(void *user, uint16_t tag, char *text, size_t size)
{
	(void)user;
	snprintf(text, size, "t%u", tag);
}

static unsigned pointers_asked;

static bool pointer_name(void *user, uint16_t tag, char *path, size_t size)
{
	(void)user;
	pointers_asked++;
	if (tag == 7)
		snprintf(path, size, "next");
	return tag == 7;
}

static void setup(void)
{
	const struct lint_names names = {NULL, actor_name, type_name, pointer_name};

	engine = lint_create(&names);
	now_ns = 1000 * MS;
	CU_ASSERT_PTR_NOT_NULL_FATAL(engine);
	lint_begin(engine, now_ns);
}

static void teardown(void)
{
	engine = lint_destroy(engine);
}

/* Ends the look and begins the next one, `ms` later. */
static void pass(uint64_t ms)
{
	lint_end(engine, NULL, NULL);
	now_ns += ms * MS;
	lint_begin(engine, now_ns);
}

/* The alert of that lint as of the last look. */
static const struct lint_alert *raised(enum lint_id id)
{
	size_t count;
	const struct lint_alert *alerts = lint_alerts(engine, &count);

	for (size_t i = 0; i < count; i++)
		if (alerts[i].lint == &lints[id])
			return &alerts[i];
	return NULL;
}

static void has_mailbox(uint64_t pid, uint64_t length)
{
	const struct lint_actor actor = {.pid = pid, .mailbox = length, .busy = NAN};

	lint_actor(engine, &actor);
}

static void every_lint_is_complete(void)
{
	for (int id = 0; id < LINT_COUNT; id++) {
		const struct lint *lint = &lints[id];

		CU_ASSERT_PTR_EQUAL(lint_find(lint->name), lint);
		CU_ASSERT_TRUE(lint->enter >= lint->leave && lint->leave > 0);
		CU_ASSERT_TRUE(strlen(lint->summary) > 0 && strlen(lint->sentence) > 0);
		CU_ASSERT_TRUE(strlen(lint->advice) > 0 && strlen(lint->advice) <= 70);
		CU_ASSERT_TRUE(lint->kind != LINT_INCIDENTS || lint->span_ns > 0);
		CU_ASSERT_TRUE(
			lint->kind != LINT_TREND ||
			(lint->rises > 0 && lint->rises <= lint->windows && lint->windows <= 32));
		for (int other = 0; other < id; other++)
			CU_ASSERT_NOT_EQUAL(lints[other].letter, lint->letter);
	}
	CU_ASSERT_PTR_NULL(lint_find("no-such-lint"));
}

static void a_level_has_two_thresholds(void)
{
	static const struct {
		uint64_t length;
		bool raised;
	} steps[] = {{9999, false}, {10000, true}, {5000, true}, {4999, false}, {9999, false}};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		has_mailbox(7, steps[i].length);
		pass(1000);
		CU_ASSERT_EQUAL(raised(LINT_MAILBOX_LONG) != NULL, steps[i].raised);
	}
}

static void an_actor_that_is_gone_has_no_alert(void)
{
	size_t count;

	has_mailbox(7, 20000);
	pass(1000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(raised(LINT_MAILBOX_LONG));
	CU_ASSERT_STRING_EQUAL(raised(LINT_MAILBOX_LONG)->text,
			       "a7 has 20,000 messages in its mailbox");
	lint_end(engine, NULL, NULL);
	CU_ASSERT_PTR_NULL(raised(LINT_MAILBOX_LONG));
	CU_ASSERT_EQUAL_FATAL((lint_gone(engine, &count), count), 1);
	CU_ASSERT_EQUAL(lint_gone(engine, &count)->until_ns, now_ns);
	CU_ASSERT_EQUAL(lint_gone(engine, &count)->worst, 20000);
}

static void a_level_may_have_to_last(void)
{
	struct lint_actor actor = {.pid = 3, .busy = 0.9};

	for (int i = 0; i < 4; i++) { /* at 0, 0.6, 1.2 and 1.8 s */
		lint_actor(engine, &actor);
		pass(600);
		CU_ASSERT_PTR_NULL(raised(LINT_HOT_ACTOR));
	}
	lint_actor(engine, &actor);
	pass(600);
	CU_ASSERT_PTR_NOT_NULL(raised(LINT_HOT_ACTOR));
	actor.busy = 0.55;
	lint_actor(engine, &actor);
	pass(600);
	CU_ASSERT_PTR_NULL(raised(LINT_HOT_ACTOR));
	actor.busy = 0.9; /* begins anew */
	lint_actor(engine, &actor);
	pass(600);
	CU_ASSERT_PTR_NULL(raised(LINT_HOT_ACTOR));
}

static void a_trend_is_most_of_its_windows(void)
{
	uint64_t length = 100;

	has_mailbox(1, length);
	pass(500);
	for (int i = 1; i <= 9; i++) { /* one of the nine does not rise */
		length += i == 4 ? 0 : 50;
		has_mailbox(1, length);
		pass(500);
		CU_ASSERT_EQUAL(raised(LINT_MAILBOX_GROWING) != NULL, i == 9);
	}
	for (int i = 0; i < 6; i++) {
		has_mailbox(1, length);
		pass(500);
	}
	CU_ASSERT_PTR_NULL(raised(LINT_MAILBOX_GROWING));
}

static void a_short_mailbox_may_grow(void)
{
	for (uint64_t length = 1; length < 40; length++) {
		has_mailbox(1, length);
		pass(500);
	}
	CU_ASSERT_PTR_NULL(raised(LINT_MAILBOX_GROWING));
}

static void incidents_are_forgotten(void)
{
	const struct lint_subject subject = {9, 0};

	lint_incident(engine, LINT_RESTART_STORM, subject, 2, 0, NULL);
	pass(1000);
	CU_ASSERT_PTR_NULL(raised(LINT_RESTART_STORM));
	lint_incident(engine, LINT_RESTART_STORM, subject, 1, 0, NULL);
	pass(1000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(raised(LINT_RESTART_STORM));
	CU_ASSERT_EQUAL(raised(LINT_RESTART_STORM)->value, 3);
	for (int i = 0; i < 5; i++)
		pass(1000);
	CU_ASSERT_PTR_NULL(raised(LINT_RESTART_STORM));
}

static void who_is_ready_and_never_run_is_starved(void)
{
	struct lint_actor actor = {
		.pid = 5, .mailbox = 1, .handled = 10, .state = LINT_STATE_READY, .busy = NAN};

	for (int i = 0; i < 8; i++) { /* ready at each look, and has handled one in between */
		actor.handled++;
		lint_actor(engine, &actor);
		pass(600);
		CU_ASSERT_PTR_NULL(raised(LINT_STARVED));
	}
	lint_actor(engine, &actor);
	pass(600);
	CU_ASSERT_PTR_NULL(raised(LINT_STARVED));
	lint_actor(engine, &actor);
	pass(600);
	CU_ASSERT_PTR_NOT_NULL(raised(LINT_STARVED));
}

static void waits_for(uint64_t pid, uint64_t on, uint64_t ms)
{
	const struct lint_actor actor = {.pid = pid,
					 .waiting_on = on,
					 .turn_ns = ms * MS,
					 .state = LINT_STATE_CALLING,
					 .busy = NAN};

	lint_actor(engine, &actor);
}

static void circles_are_found_and_named(void)
{
	waits_for(4, 2, 200);
	waits_for(2, 3, 200);
	waits_for(3, 4, 200);
	waits_for(9, 3, 200);
	waits_for(10, 9, 200);
	pass(1000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(raised(LINT_CALL_DEADLOCK));
	CU_ASSERT_EQUAL(raised(LINT_CALL_DEADLOCK)->subject.pid, 2);
	CU_ASSERT_STRING_EQUAL(raised(LINT_CALL_DEADLOCK)->text,
			       "calls go in a circle: a2 -> a3 -> a4 -> a2");
}

static void a_circle_of_short_calls_is_none(void)
{
	waits_for(2, 3, 500);
	waits_for(3, 2, 99); /* as seen at two instants: they never waited for each other */
	pass(1000);
	CU_ASSERT_PTR_NULL(raised(LINT_CALL_DEADLOCK));
}

static void convoys_count_whoever_hangs_on_one(void)
{
	for (int look = 0; look < 3; look++) {
		/* A chain of 20, and 12 that call its head. */
		for (uint64_t pid = 2; pid <= 21; pid++)
			waits_for(pid, pid - 1, 150);
		for (uint64_t pid = 100; pid < 112; pid++)
			waits_for(pid, 1, 150);
		for (uint64_t pid = 200; pid < 240; pid++)
			waits_for(pid, 1, 50); /* these do not wait for long */
		pass(600);
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(raised(LINT_CALL_CONVOY));
	CU_ASSERT_EQUAL(raised(LINT_CALL_CONVOY)->value, 32);
	CU_ASSERT_STRING_EQUAL(raised(LINT_CALL_CONVOY)->text,
			       "32 callers wait for a1, in chains of up to 20 calls");
}

/* Pid 1 is dead, 2 idle, all others at work. */
static bool look(void *user, uint64_t pid, struct lint_actor *ret_actor)
{
	(void)user;
	*ret_actor = (struct lint_actor){.state = pid == 2 ? LINT_STATE_IDLE : LINT_STATE_RUNNING};
	return pid != 1;
}

static void calls_to_the_dead_and_the_idle_are_orphans(void)
{
	static const struct {
		uint64_t on;
		uint64_t ms;
		bool raised;
	} calls[] = {{1, 3000, true}, {2, 3000, true}, {3, 9000, false}, {1, 2999, false}};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		waits_for(50, calls[i].on, calls[i].ms);
		lint_end(engine, look, NULL);
		CU_ASSERT_EQUAL(raised(LINT_ORPHAN_CALL) != NULL, calls[i].raised);
		lint_begin(engine, now_ns += 1000 * MS);
		lint_end(engine, look, NULL);
		lint_begin(engine, now_ns += 1000 * MS);
	}
}

static void events_name_a_refused_circle(void)
{
	const struct actor_event events[] = {
		{.kind = ACTOR_EVENT_OBSERVE, .seq = ACTOR_OBSERVED_DEADLOCK, .a = 1, .c = 2},
		{.kind = ACTOR_EVENT_OBSERVE, .seq = ACTOR_OBSERVED_CYCLE, .a = 1, .c = 2},
		{.kind = ACTOR_EVENT_OBSERVE, .seq = ACTOR_OBSERVED_CYCLE, .a = 1, .c = 1},
	};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		lint_event(engine, 1, &events[i]);
	pass(1000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(raised(LINT_CALL_DEADLOCK));
	CU_ASSERT_STRING_EQUAL(raised(LINT_CALL_DEADLOCK)->text,
			       "calls go in a circle: a1 -> a2 -> a1 (refused)");
}

static void what_is_left_by_the_dead_is_no_dead_letter(void)
{
	const struct actor_event event = {
		.kind = ACTOR_EVENT_DEAD_LETTER, .flags = ACTOR_MESSAGE_KIND_CAST, .a = 8, .b = 1};

	for (int i = 0; i < 9; i++)
		lint_event(engine, 8, &event); /* in the turn in which 8 ends */
	pass(100);
	CU_ASSERT_PTR_NULL(raised(LINT_DEAD_LETTERS));
	for (int i = 0; i < 3; i++)
		lint_event(engine, 1, &event); /* in turns of the sender */
	pass(100);
	CU_ASSERT_PTR_NOT_NULL(raised(LINT_DEAD_LETTERS));
}

static void the_urgent_come_first(void)
{
	struct lint_actor stuck = {
		.pid = 1, .turn_ns = 2000 * MS, .state = LINT_STATE_RUNNING, .busy = NAN};
	size_t count;

	has_mailbox(2, 20000);
	pass(1000);
	has_mailbox(2, 20000);
	lint_actor(engine, &stuck);
	pass(1000);
	CU_ASSERT_PTR_EQUAL(lint_alerts(engine, &count)[0].lint, &lints[LINT_STUCK_HANDLER]);
	CU_ASSERT_EQUAL(count, 2);
	CU_ASSERT_EQUAL(raised(LINT_STUCK_HANDLER)->since_ns, now_ns - 3000 * MS);
}

static void there_is_an_end_to_alerts(void)
{
	size_t count;

	for (uint64_t pid = 1; pid <= 10000; pid++)
		has_mailbox(pid, 50000);
	for (uint64_t pid = 1; pid <= 100000; pid++)
		waits_for(pid, pid + 1, 1000);
	pass(1000);
	(void)lint_alerts(engine, &count);
	CU_ASSERT_EQUAL(count, LINT_ALERTS_MAX);
	CU_ASSERT_TRUE(lint_overlooked(engine) > 0);
	/* And all of them go. */
	lint_end(engine, NULL, NULL);
	(void)lint_alerts(engine, &count);
	CU_ASSERT_EQUAL(count, 0);
}

static void a_pointer_in_a_message_is_told(void)
{
	const struct actor_event plain = {.kind = ACTOR_EVENT_SEND, .tag = 6, .a = 2, .c = 16};
	const struct actor_event pointer = {.kind = ACTOR_EVENT_SEND, .tag = 7, .a = 3, .c = 16};

	pointers_asked = 0;
	for (int i = 0; i < 10; i++)
		lint_event(engine, 1, &plain);
	CU_ASSERT_EQUAL(pointers_asked, 1); /* once is enough */
	pass(500);
	CU_ASSERT_PTR_NULL(raised(LINT_POINTER_MESSAGE));
	lint_event(engine, 1, &pointer);
	lint_end(engine, NULL, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(raised(LINT_POINTER_MESSAGE));
	CU_ASSERT_STRING_EQUAL(raised(LINT_POINTER_MESSAGE)->text,
			       "a1 sent a t7 with a pointer, next, to a3");
}

#define CASES(X)                                      \
	X(every_lint_is_complete)                     \
	X(a_level_has_two_thresholds)                 \
	X(an_actor_that_is_gone_has_no_alert)         \
	X(a_level_may_have_to_last)                   \
	X(a_trend_is_most_of_its_windows)             \
	X(a_short_mailbox_may_grow)                   \
	X(incidents_are_forgotten)                    \
	X(who_is_ready_and_never_run_is_starved)      \
	X(circles_are_found_and_named)                \
	X(a_circle_of_short_calls_is_none)            \
	X(convoys_count_whoever_hangs_on_one)         \
	X(calls_to_the_dead_and_the_idle_are_orphans) \
	X(events_name_a_refused_circle)               \
	X(what_is_left_by_the_dead_is_no_dead_letter) \
	X(a_pointer_in_a_message_is_told)             \
	X(the_urgent_come_first)                      \
	X(there_is_an_end_to_alerts)

int main(int argc, char **argv)
{
	static const struct suite_case cases[] = {CASES(SUITE_ROW_)};

	return suite_main_with("lint", cases, sizeof(cases) / sizeof(cases[0]), setup, teardown,
			       argc, argv);
}
