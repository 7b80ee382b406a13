/* SPDX-License-Identifier: MIT */
/* Supervisors: starting order, restarts by kind, intensity, stopping order, dynamic children. */
#include "hands.h"

ACTOR_STATIC_REQUEST_EMPTY(who, int32_t);

static void kinds_body(struct actor_system *system)
{
	SEEN(seen);
	const struct hand workers[] = {
		{&seen, 1, 0, NULL}, {&seen, 2, 0, NULL}, {&seen, 3, 0, NULL}};
	const struct actor_child children[] = {
		child_of("permanent", &workers[0], ACTOR_PERMANENT),
		child_of("transient", &workers[1], ACTOR_TRANSIENT),
		child_of("temporary", &workers[2], ACTOR_TEMPORARY),
	};
	const struct actor_supervisor_options options = {.size = sizeof(options),
							 .name = "top",
							 .intensity = 10,
							 .children = children,
							 .child_count = 3};
	const int64_t expected[] = {1, 2, 3, -1, 1, -2, 2, -3, -2, -2, -1};
	struct actor_pid pid;

	(void)system;
	CU_ASSERT_EQUAL_FATAL(actor_supervisor_start(&options, &pid), 0);
	CU_ASSERT_TRUE(actor_pid_equal(actor_whereis("top"), pid));
	CU_ASSERT_EQUAL(seen_count(&seen), 3);
	end_named("permanent", ACTOR_EXIT_NORMAL); /* restarted whatever the reason */
	CU_ASSERT_TRUE(seen_wait(&seen, 5));
	end_named("transient", ACTOR_EXIT_USER); /* restarted after an error */
	CU_ASSERT_TRUE(seen_wait(&seen, 7));
	end_named("temporary", ACTOR_EXIT_USER); /* never */
	CU_ASSERT_TRUE(seen_wait(&seen, 8));
	end_named("transient", ACTOR_EXIT_NORMAL); /* not after a normal end */
	CU_ASSERT_TRUE(seen_wait(&seen, 9));
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(dies(pid));
	CU_ASSERT_EQUAL_FATAL(seen_count(&seen), 10);
	for (int i = 0; i < 9; i++)
		CU_ASSERT_EQUAL(seen.values[i], expected[i]);
	CU_ASSERT_EQUAL(seen.values[9], -1);
}

static void children_are_restarted_by_their_kind(void)
{
	in_system(kinds_body);
}

static void order_body(struct actor_system *system)
{
	SEEN(seen);
	const struct hand workers[] = {
		{&seen, 1, 0, NULL}, {&seen, 2, 0, NULL}, {&seen, 3, 0, NULL}};
	const struct actor_child children[] = {
		child_of("a", &workers[0], ACTOR_PERMANENT),
		child_of("b", &workers[1], ACTOR_PERMANENT),
		child_of("c", &workers[2], ACTOR_PERMANENT),
	};
	const struct actor_supervisor_options inner = {
		.size = sizeof(inner), .children = &children[1], .child_count = 2};
	const struct actor_child outer_children[] = {children[0],
						     actor_supervisor_child("inner", &inner)};
	const struct actor_supervisor_options options = {
		.size = sizeof(options), .children = outer_children, .child_count = 2};
	const int64_t expected[] = {1, 2, 3, -3, -2, -1};
	struct actor_pid pid;

	(void)system;
	CU_ASSERT_EQUAL_FATAL(actor_supervisor_start(&options, &pid), 0);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(dies(pid));
	CU_ASSERT_EQUAL_FATAL(seen_count(&seen), 6);
	for (int i = 0; i < 6; i++)
		CU_ASSERT_EQUAL(seen.values[i], expected[i]);
}

static void children_stop_in_reverse_order(void)
{
	in_system(order_body);
}

static void failing_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_system_counters counters;
	const struct hand workers[] = {{&seen, 1, 0, NULL}, {&seen, 2, 77, NULL}};
	const struct actor_child children[] = {
		child_of("a", &workers[0], ACTOR_PERMANENT),
		child_of("b", &workers[1], ACTOR_PERMANENT),
	};
	const struct actor_supervisor_options options = {
		.size = sizeof(options), .children = children, .child_count = 2};
	struct actor_pid pid = {99};

	CU_ASSERT_EQUAL(actor_supervisor_start(&options, &pid), -77);
	CU_ASSERT_EQUAL(pid.bits, 99);
	CU_ASSERT_TRUE(seen_wait(&seen, 3));
	CU_ASSERT_EQUAL(seen.values[0], 1);
	CU_ASSERT_EQUAL(seen.values[1], 2);
	CU_ASSERT_TRUE(seen.values[2] == -1 || seen.values[3] == -1);
	do
		actor_system_count(system, &counters);
	while (counters.actors != 0);
}

static void a_failing_child_fails_its_supervisor(void)
{
	in_system(failing_body);
}

static void storm_body(struct actor_system *system)
{
	SEEN(seen);
	const struct hand argument = {&seen, 1, 0, NULL};
	const struct actor_child child = child_of("w", &argument, ACTOR_PERMANENT);
	const struct actor_supervisor_options options = {.size = sizeof(options),
							 .intensity = 3,
							 .period_ns = ACTOR_SECONDS(60),
							 .children = &child,
							 .child_count = 1};
	struct actor_pid pid;

	(void)system;
	CU_ASSERT_EQUAL_FATAL(actor_supervisor_start(&options, &pid), 0);
	for (size_t i = 0; i < 3; i++) {
		end_named("w", ACTOR_EXIT_USER);
		CU_ASSERT_TRUE(seen_wait(&seen, 2 * i + 3));
		CU_ASSERT_TRUE(actor_alive(pid));
	}
	end_named("w", ACTOR_EXIT_USER); /* the fourth within the period is one too many */
	CU_ASSERT_TRUE(dies(pid));
	CU_ASSERT_EQUAL(seen_count(&seen), 8);
}

static void too_many_restarts_end_the_supervisor(void)
{
	in_system(storm_body);
}

static void dynamic_body(struct actor_system *system)
{
	SEEN(seen);
	struct hand argument = {&seen, 0, 0, NULL};
	struct actor_child child = child_of("many", &argument, ACTOR_TEMPORARY);
	const struct actor_supervisor_options options = {.size = sizeof(options),
							 .strategy = ACTOR_DYNAMIC,
							 .children = &child,
							 .child_count = 1};
	struct actor_system_counters counters;
	struct actor_pid pids[50];
	struct actor_pid pid;
	int32_t number;

	child.named = false;
	CU_ASSERT_EQUAL_FATAL(actor_supervisor_start(&options, &pid), 0);
	for (int i = 0; i < 50; i++) {
		argument.number = i + 1;
		CU_ASSERT_EQUAL_FATAL(
			actor_supervisor_start_child(pid, &argument, sizeof(argument), &pids[i]),
			0);
		CU_ASSERT_EQUAL(actor_call(pids[i], &who, NULL, &number, ACTOR_SECONDS(20)), 0);
		CU_ASSERT_EQUAL(number, i + 1);
	}
	argument.fail_with = 5;
	CU_ASSERT_EQUAL(actor_supervisor_start_child(pid, &argument, sizeof(argument), NULL), -5);
	CU_ASSERT_EQUAL(actor_supervisor_stop_child(pid, pids[7]), 0);
	CU_ASSERT_FALSE(actor_alive(pids[7]));
	CU_ASSERT_EQUAL(actor_supervisor_stop_child(pid, pids[7]), ACTOR_ENOT_FOUND);
	actor_system_count(system, &counters);
	CU_ASSERT_EQUAL(counters.actors, 50); /* 49 and their supervisor */
}

static void dynamic_children_come_and_go(void)
{
	in_system(dynamic_body);
}

#define CASES(X)                                \
	X(children_are_restarted_by_their_kind) \
	X(children_stop_in_reverse_order)       \
	X(a_failing_child_fails_its_supervisor) \
	X(too_many_restarts_end_the_supervisor) \
	X(dynamic_children_come_and_go)

SUITE("supervisor", CASES)
