/* SPDX-License-Identifier: MIT */
/* Births: arguments, failing inits, identities, chance, memory, threads of their own. */
#include "actors.h"

#include <pthread.h>

struct born {
	struct seen *seen;
	int32_t reason;
	int32_t draws;
};

static int born_init(void *state, const void *argument, size_t size)
{
	const struct born *born = argument;
	unsigned char *memory;

	(void)state;
	CU_ASSERT_EQUAL(size, sizeof(*born));
	for (int32_t i = 0; i < born->draws; i++)
		seen_add(born->seen, (int64_t)actor_random());
	memory = actor_alloc(1000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
	for (int i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(memory[i], 0);
	memset(memory, 1, 1000);
	memory = actor_realloc(memory, 3000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
	CU_ASSERT_EQUAL(memory[999], 1);
	CU_ASSERT_EQUAL(memory[2999], 0);
	CU_ASSERT_PTR_NOT_NULL(actor_alloc(1)); /* never freed: dies with the actor */
	CU_ASSERT_PTR_NULL(actor_free(memory));
	return born->reason;
}

static const struct actor_behaviour born_behaviour = {.name = "born", .init = born_init};

static void reasons_body(struct actor_system *system)
{
	struct born born = {NULL, ACTOR_EXIT_USER + 3, 0};
	struct actor_pid pid = {5};
	int reason = 0;

	(void)system;
	CU_ASSERT_EQUAL(actor_start(&born_behaviour, &born, sizeof(born), NULL, &pid, &reason),
			ACTOR_EBAD_CHILD);
	CU_ASSERT_EQUAL(reason, ACTOR_EXIT_USER + 3);
	CU_ASSERT_EQUAL(pid.bits, 5);
	born.reason = ACTOR_EINVALID;
	CU_ASSERT_EQUAL(actor_start(&born_behaviour, &born, sizeof(born), NULL, &pid, NULL),
			ACTOR_EINVALID);
	born.reason = 0;
	CU_ASSERT_EQUAL(actor_start(&born_behaviour, &born, sizeof(born), NULL, &pid, NULL), 0);
	CU_ASSERT_TRUE(actor_alive(pid));
	CU_ASSERT_EQUAL(actor_spawn(NULL, NULL, 0, NULL, &pid), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(actor_spawn(&born_behaviour, &born, ACTOR_PAYLOAD_MAX + 1, NULL, &pid),
			ACTOR_ETOO_LARGE);
}

static void a_failing_init_is_reported(void)
{
	in_system(reasons_body);
}

static void draw(struct seen *seen, uint64_t seed)
{
	const struct actor_system_options options = {
		.size = sizeof(options), .seed = seed, .schedulers = 2, .ring_bytes = 64 << 10};
	struct born born = {seen, 0, 4};
	struct actor_system *system;
	struct actor_pid pid;

	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), 0);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(actor_start(&born_behaviour, &born, sizeof(born), NULL, &pid, NULL),
				0);
	actor_system_destroy(system, ACTOR_SECONDS(1));
}

static void chance_comes_from_seed_and_identity(void)
{
	SEEN(first);
	SEEN(again);
	SEEN(other);

	draw(&first, 11);
	draw(&again, 11);
	draw(&other, 12);
	CU_ASSERT_EQUAL_FATAL(first.count, 12);
	CU_ASSERT_EQUAL(memcmp(first.values, again.values, 12 * sizeof(int64_t)), 0);
	for (int i = 0; i < 12; i++) {
		CU_ASSERT_NOT_EQUAL(first.values[i], other.values[i]);
		for (int j = 0; j < i; j++)
			CU_ASSERT_NOT_EQUAL(first.values[i], first.values[j]);
	}
}

static void slots_body(struct actor_system *unused)
{
	(void)unused;
}

static void slots_run_out(void)
{
	const struct actor_system_options options = {
		.size = sizeof(options), .actors_max = 8, .schedulers = 1, .ring_bytes = 64 << 10};
	static const struct actor_behaviour idle = {.name = "idle"};
	struct actor_system *system;
	struct actor_pid pids[8];
	int count = 0;

	in_system(slots_body);
	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), 0);
	while (count < 8 && actor_spawn(&idle, NULL, 0, NULL, &pids[count]) == 0)
		count++;
	CU_ASSERT_EQUAL(count, 7); /* main has one */
	CU_ASSERT_EQUAL(actor_spawn(&idle, NULL, 0, NULL, &pids[7]), ACTOR_ENO_SLOTS);
	CU_ASSERT_EQUAL(actor_exit(pids[3], ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(dies(pids[3]));
	while (actor_spawn(&idle, NULL, 0, NULL, &pids[7]) == ACTOR_ENO_SLOTS)
		;
	CU_ASSERT_EQUAL(actor_pid_slot(pids[7]), actor_pid_slot(pids[3]));
	CU_ASSERT_FALSE(actor_pid_equal(pids[7], pids[3]));
	actor_system_destroy(system, ACTOR_SECONDS(1));
}

/* ---- Threads -----------------------------------------------------------------------------------
 */

ACTOR_STATIC_REQUEST_EMPTY(which_thread, uint64_t);

static int thread_call(void *state, const struct actor_message *message, struct actor_from from)
{
	uint64_t thread = (uint64_t)pthread_self();

	(void)state;
	(void)message;
	return actor_reply(from, &thread);
}

static const struct actor_behaviour threaded = {.name = "threaded", .handle_call = thread_call};

static void detached_body(struct actor_system *system)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .detached = true};
	const struct actor_spawn_options outside = {.size = sizeof(outside), .outside = true};
	struct actor_pid pids[2];
	uint64_t threads[2];
	uint64_t again;

	(void)system;
	CU_ASSERT_EQUAL(actor_start(&threaded, NULL, 0, &options, &pids[0], NULL), 0);
	CU_ASSERT_EQUAL(actor_start(&threaded, NULL, 0, &outside, &pids[1], NULL), 0);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(
			actor_call(pids[i], &which_thread, NULL, &threads[i], ACTOR_SECONDS(20)),
			0);
		CU_ASSERT_EQUAL(actor_call(pids[i], &which_thread, NULL, &again, ACTOR_SECONDS(20)),
				0);
		CU_ASSERT_EQUAL(again, threads[i]);
	}
	CU_ASSERT_NOT_EQUAL(threads[0], threads[1]);
	CU_ASSERT_NOT_EQUAL(threads[0], (uint64_t)pthread_self());
	CU_ASSERT_EQUAL(actor_exit(pids[0], ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(dies(pids[0]));
}

static void a_detached_actor_has_its_own_thread(void)
{
	in_system(detached_body);
}

struct visitor {
	struct actor_system *system;
	struct actor_pid pid;
	int status;
};

static void *visit(void *argument)
{
	struct visitor *visitor = argument;
	uint64_t thread = 0;

	CU_ASSERT_TRUE(actor_pid_is_none(actor_self()));
	CU_ASSERT_EQUAL(actor_call(visitor->pid, &which_thread, NULL, &thread, 1),
			ACTOR_ENOT_ACTOR);
	visitor->status = actor_system_enter(visitor->system);
	for (int i = 0; i < 100 && visitor->status == 0; i++)
		visitor->status =
			actor_call(visitor->pid, &which_thread, NULL, &thread, ACTOR_SECONDS(20));
	CU_ASSERT_EQUAL(actor_system_enter(visitor->system), ACTOR_EINVALID);
	actor_system_leave();
	return NULL;
}

static void foreign_body(struct actor_system *system)
{
	pthread_t threads[4];
	struct visitor visitors[4];
	struct actor_pid pid;

	CU_ASSERT_EQUAL_FATAL(actor_spawn(&threaded, NULL, 0, NULL, &pid), 0);
	for (int i = 0; i < 4; i++) {
		visitors[i] = (struct visitor){system, pid, -1};
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, visit, &visitors[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(visitors[i].status, 0);
	}
}

static void threads_of_the_program_may_call(void)
{
	in_system(foreign_body);
}

#define CASES(X)                               \
	X(a_failing_init_is_reported)          \
	X(chance_comes_from_seed_and_identity) \
	X(slots_run_out)                       \
	X(a_detached_actor_has_its_own_thread) \
	X(threads_of_the_program_may_call)

SUITE("spawn", CASES)
