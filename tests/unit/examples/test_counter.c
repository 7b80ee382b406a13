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
	for (int i = 0; i < 5000 && actor_alive(counter); i++)
		usleep(1000);
	CU_ASSERT_EQUAL(counter_count(counter, &value), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(counter_reset(counter, 1, &value), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(value, 77);
	actor_system_destroy(system, ACTOR_SECONDS(1));
}

/* ---- Linked: an actor that starts a counter and ends when it is told to -----------------------
 */

struct parent {
	struct actor_pid counter;
};

ACTOR_STATIC_REQUEST_EMPTY(which_counter, struct parent);
ACTOR_STATIC_MESSAGE_EMPTY(fail_now);

static int parent_init(void *state, const void *argument, size_t size)
{
	(void)argument;
	(void)size;
	return counter_start_link(1, &((struct parent *)state)->counter);
}

static int parent_handle_call(void *state, const struct actor_message *message,
			      struct actor_from from)
{
	(void)message;
	(void)actor_reply(from, state);
	return ACTOR_CONTINUE;
}

static int parent_handle_cast(void *state, const struct actor_message *message)
{
	(void)state;
	(void)message;
	return ACTOR_EXIT_USER;
}

static const struct actor_behaviour parent_behaviour = {
	.name = "parent",
	.state_size = sizeof(struct parent),
	.init = parent_init,
	.handle_call = parent_handle_call,
	.handle_cast = parent_handle_cast,
};

static void linked_counter_ends_with_its_parent(void)
{
	struct actor_system *system = start();
	struct parent parent;
	struct actor_pid pid;
	int64_t value = 0;

	CU_ASSERT_EQUAL_FATAL(actor_start(&parent_behaviour, NULL, 0, NULL, &pid, NULL), 0);
	CU_ASSERT_EQUAL(actor_call(pid, &which_counter, NULL, &parent, ACTOR_SECONDS(5)), 0);
	CU_ASSERT_EQUAL(counter_count(parent.counter, &value), 0);
	CU_ASSERT_EQUAL(value, 1);
	CU_ASSERT_EQUAL(actor_cast(pid, &fail_now, NULL), 0);
	for (int i = 0; i < 5000 && actor_alive(parent.counter); i++)
		usleep(1000);
	CU_ASSERT_FALSE(actor_alive(parent.counter));
	actor_system_destroy(system, ACTOR_SECONDS(1));
}

#define CASES(X)                                     \
	X(counts)                                    \
	X(reset_replies_one_value_and_keeps_another) \
	X(failure_leaves_the_result_alone)           \
	X(linked_counter_ends_with_its_parent)
SUITE("counter", CASES)
