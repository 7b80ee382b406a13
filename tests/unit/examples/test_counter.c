/* SPDX-License-Identifier: MIT */
/* The GenServer counter, from a thread and from an actor. */
#include "counter.h"

#include "suite.h"

static struct actor_system *start(void)
{
	const struct actor_system_options options = {.size = sizeof(options), .schedulers = 2};
	struct actor_system *system = NULL;

	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), 0);
	return system;
}

static void counts(void)
{
	struct actor_system *system = start();
	struct actor_pid counter;
	int64_t value = -1;

	CU_ASSERT_EQUAL_FATAL(counter_start_link(5, &counter), 0);
	CU_ASSERT_EQUAL(counter_count(counter, &value), 0);
	CU_ASSERT_EQUAL(value, 5);
	for (int i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(counter_increment(counter, 2), 0);
	CU_ASSERT_EQUAL(counter_count(counter, &value), 0);
	CU_ASSERT_EQUAL(value, 2005);
	actor_system_destroy(system, ACTOR_SECONDS(1));
}

static void reset_replies_one_value_and_keeps_another(void)
{
	struct actor_system *system = start();
	struct actor_pid counter;
	int64_t value = -1;

	CU_ASSERT_EQUAL_FATAL(counter_start_link(3, &counter), 0);
	CU_ASSERT_EQUAL(counter_reset(counter, 40, &value), 0);
	CU_ASSERT_EQUAL(value, 3);
	CU_ASSERT_EQUAL(counter_reset(counter, 0, &value), 0);
	CU_ASSERT_EQUAL(value, 40);
	actor_system_destroy(system, ACTOR_SECONDS(1));
}

static void failure_leaves_the_result_alone(void)
{
	struct actor_system *system = start();
	struct actor_pid counter;
	int64_t value = 77;

	CU_ASSERT_EQUAL_FATAL(counter_start_link(3, &counter), 0);
	CU_ASSERT_EQUAL(actor_exit(counter, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_EQUAL(counter_count(counter, &value), ACTOR_EDIED);
	CU_ASSERT_EQUAL(counter_reset(counter, 1, &value), ACTOR_EDIED);
	CU_ASSERT_EQUAL(value, 77);
	actor_system_destroy(system, ACTOR_SECONDS(1));
}

#define CASES(X)                                     \
	X(counts)                                    \
	X(reset_replies_one_value_and_keeps_another) \
	X(failure_leaves_the_result_alone)
SUITE("counter", CASES)
