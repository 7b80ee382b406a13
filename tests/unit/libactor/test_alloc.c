/* SPDX-License-Identifier: MIT */
/* Memory of an actor is counted in its line of the plane, and is gone with the actor. */
#include "actors.h"

#include "actor/system.h"

struct owner {
	uint64_t numbers[8];
};

static uint32_t counted(void)
{
	struct thread *thread = thread_self();

	return __atomic_load_n(&cell_line(thread->cell, thread->system)->memory, __ATOMIC_RELAXED);
}

static int owner_init(void *state, const void *argument, size_t size)
{
	const uint32_t base = sizeof(struct owner);
	unsigned char *first;
	unsigned char *second;

	(void)state;
	(void)argument;
	(void)size;
	CU_ASSERT_EQUAL(counted(), base);
	first = actor_alloc(1000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(first);
	CU_ASSERT_EQUAL(counted(), base + 1000);
	second = actor_alloc(24);
	CU_ASSERT_PTR_NOT_NULL_FATAL(second);
	CU_ASSERT_EQUAL(counted(), base + 1024);
	first[999] = 7;
	first = actor_realloc(first, 5000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(first);
	CU_ASSERT_EQUAL(counted(), base + 5024);
	CU_ASSERT_EQUAL(first[999], 7);
	CU_ASSERT_EQUAL(first[1000] | first[4999], 0);
	first = actor_realloc(first, 100);
	CU_ASSERT_EQUAL(counted(), base + 124);
	CU_ASSERT_EQUAL((uintptr_t)first % 16, 0);
	CU_ASSERT_PTR_NULL(actor_free(second));
	CU_ASSERT_EQUAL(counted(), base + 100);
	CU_ASSERT_PTR_NULL(actor_free(first));
	CU_ASSERT_EQUAL(counted(), base);
	CU_ASSERT_PTR_NULL(actor_free(NULL));
	CU_ASSERT_PTR_NULL(actor_alloc(SIZE_MAX));
	first = actor_realloc(NULL, 50);
	CU_ASSERT_PTR_NOT_NULL(first);
	CU_ASSERT_EQUAL(counted(), base + 50);
	CU_ASSERT_PTR_NULL(actor_realloc(first, SIZE_MAX));
	CU_ASSERT_EQUAL(counted(), base + 50);
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour owner = {
	.name = "owner", .state_size = sizeof(struct owner), .init = owner_init};

static void count_body(struct actor_system *system)
{
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL_FATAL(actor_start(&owner, NULL, 0, NULL, &pid, NULL), 0);
	CU_ASSERT_EQUAL(system_line(system, actor_pid_slot(pid))->memory,
			sizeof(struct owner) + 50);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(dies(pid));
	CU_ASSERT_PTR_NULL(actor_alloc(1)); /* only actors have memory of their own */
}

static void memory_is_counted(void)
{
	in_system(count_body);
}

#define CASES(X) X(memory_is_counted)

SUITE("alloc", CASES)
