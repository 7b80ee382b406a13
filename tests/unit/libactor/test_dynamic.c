/* SPDX-License-Identifier: MIT */
/* Dynamic supervisors: very many children, a limit, the order in which they are stopped. */
#include "hands.h"

#include <actor/receive.h>

#include "actor/system.h"
#include "ring_reader.h"

#ifdef __SANITIZE_THREAD__
#define MANY 2000 /* a wait costs it a fiber */
#else
#define MANY 100000
#endif

static struct actor_pid start(const struct actor_child *child, uint32_t max_children)
{
	const struct actor_supervisor_options options = {.size = sizeof(options),
							 .strategy = ACTOR_DYNAMIC,
							 .intensity = 1000000,
							 .children = child,
							 .child_count = 1,
							 .max_children = max_children};
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL_FATAL(actor_supervisor_start(&options, &pid), 0);
	return pid;
}

static uint64_t ended; /* (shared) */

static int leaf_cast(void *state, const struct actor_message *message)
{
	(void)state;
	return *actor_message_as(message, int32_t);
}

static void leaf_terminate(void *state, int reason)
{
	(void)state;
	if (reason == ACTOR_EXIT_SHUTDOWN)
		__atomic_fetch_add(&ended, 1, __ATOMIC_RELAXED);
}

static int leaf_init(void *state, const void *argument, size_t size)
{
	(void)state;
	(void)argument;
	(void)size;
	return actor_trap_exits(true);
}

static int leaf_info(void *state, const struct actor_message *message)
{
	(void)state;
	(void)message;
	return ACTOR_EXIT_SHUTDOWN;
}

static const struct actor_behaviour leaf = {.name = "leaf",
					    .init = leaf_init,
					    .handle_cast = leaf_cast,
					    .handle_info = leaf_info,
					    .terminate = leaf_terminate};

static void many_body(struct actor_system *system)
{
	const struct actor_child child = {.id = "leaf", .behaviour = &leaf};
	const int32_t reason = ACTOR_EXIT_USER;
	struct actor_pid *pids = calloc(MANY, sizeof(*pids));
	struct actor_pid pid = start(&child, 0);
	struct actor_child_counts counts = {0};
	struct actor_system_counters counters;

	CU_ASSERT_PTR_NOT_NULL_FATAL(pids);
	__atomic_store_n(&ended, 0, __ATOMIC_RELAXED);
	for (size_t i = 0; i < MANY; i++)
		CU_ASSERT_EQUAL_FATAL(actor_supervisor_start_child(pid, NULL, 0, &pids[i]), 0);
	CU_ASSERT_EQUAL(actor_supervisor_count_children(pid, &counts), 0);
	CU_ASSERT_EQUAL(counts.specs, 1);
	CU_ASSERT_EQUAL(counts.active, MANY);
	CU_ASSERT_EQUAL(counts.workers, MANY);
	for (size_t i = 0; i < MANY; i += 10) /* restarted: looked up by pid */
		CU_ASSERT_EQUAL(actor_cast(pids[i], &end_with, &reason), 0);
	for (size_t i = 5; i < MANY; i += 10)
		CU_ASSERT_EQUAL(actor_supervisor_stop_child(pid, pids[i]), 0);
	do
		actor_system_count(system, &counters);
	while (counters.spawned != 1 + MANY + MANY / 10);
	/* A call goes behind what it has to do. */
	CU_ASSERT_EQUAL(actor_supervisor_stop_child(pid, pids[5]), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_supervisor_count_children(pid, &counts), 0);
	CU_ASSERT_EQUAL(counts.active, MANY - MANY / 10);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(dies(pid));
	CU_ASSERT_EQUAL(__atomic_load_n(&ended, __ATOMIC_RELAXED), MANY); /* every one was asked */
	actor_system_count(system, &counters);
	CU_ASSERT_EQUAL(counters.actors, 0);
	free(pids);
}

static void a_hundred_thousand_children(void)
{
	in_system(many_body);
}

static void limit_body(struct actor_system *system)
{
	const struct actor_child child = {
		.id = "leaf", .behaviour = &leaf, .restart = ACTOR_TEMPORARY};
	const int32_t reason = ACTOR_EXIT_NORMAL;
	struct actor_pid pid = start(&child, 3);
	struct actor_pid pids[3];
	struct actor_child_counts counts = {.active = 3};
	size_t count = 0;

	(void)system;
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(actor_supervisor_start_child(pid, NULL, 0, &pids[i]), 0);
	CU_ASSERT_EQUAL(actor_supervisor_start_child(pid, NULL, 0, NULL), ACTOR_EMANY_CHILDREN);
	CU_ASSERT_EQUAL(actor_cast(pids[1], &end_with, &reason), 0);
	while (counts.active != 2)
		CU_ASSERT_EQUAL_FATAL(actor_supervisor_count_children(pid, &counts), 0);
	while (actor_supervisor_start_child(pid, NULL, 0, NULL) == ACTOR_EMANY_CHILDREN)
		; /* until it has heard of the end */
	CU_ASSERT_EQUAL(actor_supervisor_which_children(pid, NULL, 0, &count), 0);
	CU_ASSERT_EQUAL(count, 3);
	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(pid, "leaf"), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(actor_supervisor_add_child(pid, &child, NULL), ACTOR_EINVALID);
}

static void there_may_be_a_limit(void)
{
	in_system(limit_body);
}

/* ---- Order -------------------------------------------------------------------------------------
 */

#define SOME 50

static struct actor_pid asked[2 * SOME];
static size_t asked_count;

static void take_exits(struct ring_reader *reader, const struct actor_event *event, uint64_t number)
{
	(void)reader;
	(void)number;
	if (event->kind == ACTOR_EVENT_SEND && (event->flags & 0xf) == ACTOR_MESSAGE_KIND_EXIT &&
	    asked_count < 2 * SOME)
		asked[asked_count++].bits = event->a;
}

static void children_are_asked_in_reverse_order(void)
{
	static struct ring_reader reader;
	const struct actor_system_options options = {
		.size = sizeof(options), .schedulers = 1, .seed = 7, .ring_bytes = 4 << 20};
	const struct actor_child child = {.id = "leaf", .behaviour = &leaf};
	struct actor_system *system;
	struct actor_pid pids[SOME];
	struct actor_pid pid;

	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), 0);
	reader_init(&reader, system->plane.header, 0);
	reader_attach(&reader, 0, ACTOR_PLANE_MODE_DISCARD, UINT64_C(1) << ACTOR_EVENT_SEND);
	pid = start(&child, 0);
	for (size_t i = 0; i < SOME; i++)
		CU_ASSERT_EQUAL_FATAL(actor_supervisor_start_child(pid, NULL, 0, &pids[i]), 0);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(dies(pid));
	asked_count = 0;
	while (reader_read(&reader, take_exits))
		;
	CU_ASSERT_EQUAL_FATAL(asked_count, SOME);
	for (size_t i = 0; i < SOME; i++)
		CU_ASSERT_TRUE(actor_pid_equal(asked[i], pids[SOME - 1 - i]));
	actor_system_destroy(system, ACTOR_SECONDS(5));
}

/* ---- Late ones ---------------------------------------------------------------------------------
 */

ACTOR_STATIC_MESSAGE_EMPTY(enough); /* nobody sends it */

static void deaf_terminate(void *state, int reason)
{
	const struct actor_type *const types[] = {&enough};
	const struct actor_message *message;

	(void)actor_receive(types, 1, ACTOR_FOREVER, &message);
	leaf_terminate(state, reason);
}

static const struct actor_behaviour deaf = {
	.name = "deaf", .init = leaf_init, .handle_cast = leaf_cast, .terminate = deaf_terminate};

static void late_body(struct actor_system *system)
{
	const struct actor_child child = {
		.id = "deaf", .behaviour = &deaf, .shutdown_ns = ACTOR_MILLISECONDS(50)};
	struct actor_system_counters counters;
	struct actor_pid pid = start(&child, 0);

	__atomic_store_n(&ended, 0, __ATOMIC_RELAXED);
	/* One after the other they would take 50 s. */
	for (int i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL_FATAL(actor_supervisor_start_child(pid, NULL, 0, NULL), 0);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(dies(pid));
	actor_system_count(system, &counters);
	CU_ASSERT_EQUAL(counters.actors, 0);
	CU_ASSERT_EQUAL(__atomic_load_n(&ended, __ATOMIC_RELAXED), 0);
}

static void those_that_do_not_stop_are_killed_together(void)
{
	in_system(late_body);
}

static void killed_body(struct actor_system *system)
{
	const struct actor_child child = {.id = "leaf", .behaviour = &leaf};
	struct actor_system_counters counters;
	struct actor_pid pid = start(&child, 0);

	for (int i = 0; i < 100; i++)
		CU_ASSERT_EQUAL_FATAL(actor_supervisor_start_child(pid, NULL, 0, NULL), 0);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_KILL), 0);
	do /* the links tell them, and LeakSanitizer whether anything is left */
		actor_system_count(system, &counters);
	while (counters.actors != 0);
}

static void a_killed_supervisor_leaves_nothing(void)
{
	in_system(killed_body);
}

#define CASES(X)                                      \
	X(a_hundred_thousand_children)                \
	X(there_may_be_a_limit)                       \
	X(children_are_asked_in_reverse_order)        \
	X(those_that_do_not_stop_are_killed_together) \
	X(a_killed_supervisor_leaves_nothing)

SUITE("dynamic", CASES)
