/* SPDX-License-Identifier: MIT */
/* Memory of an actor is counted in its line of the plane, and is gone with the actor. */
#include "actors.h"

#include <malloc.h>

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

/* ---- Freed, not only counted -------------------------------------------------------------------
 */

#define HOLDERS      32
#define HOLDER_BYTES ((size_t)4 << 20)

static size_t in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* A sanitizer's allocator does not count. */
static bool malloc_counts(void)
{
	size_t before = in_use();
	void *volatile block = malloc(HOLDER_BYTES);
	bool counts = block != NULL && in_use() >= before + HOLDER_BYTES;

	free(block);
	return counts;
}

static int holder_init(void *state, const void *argument, size_t size)
{
	(void)state;
	(void)argument;
	(void)size;
	for (size_t part = 0; part < 4; part++)
		CU_ASSERT_PTR_NOT_NULL(actor_alloc(HOLDER_BYTES / 4));
	return ACTOR_CONTINUE;
}

ACTOR_STATIC_MESSAGE(end, int);

static int holder_info(void *state, const struct actor_message *message)
{
	(void)state;
	return *actor_message_as(message, int);
}

static const struct actor_behaviour holder = {
	.name = "holder", .init = holder_init, .handle_info = holder_info};

/* In the order of the ways in which they are tried. */
static void holder_ends(struct actor_pid pid, int way)
{
	int reason = way == 0 ? ACTOR_STOP : 7;
	int status = way < 2 ? actor_send(pid, &end, &reason)
			     : actor_exit(pid, way == 2 ? ACTOR_EXIT_SHUTDOWN : ACTOR_EXIT_KILL);

	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_TRUE(dies(pid));
}

/* Spins: what a dead actor had is freed a moment after it is seen to be dead. */
static bool falls_below(size_t bytes)
{
	uint64_t end_ns = clock_monotonic_ns() + ACTOR_SECONDS(DEADLINE_SECS);

	while (in_use() >= bytes) {
		if (clock_monotonic_ns() >= end_ns)
			return false;
		sched_yield();
	}
	return true;
}

static void free_body(struct actor_system *system)
{
	size_t before = in_use();
	struct actor_pid pid;

	(void)system;
	if (!malloc_counts())
		return;
	for (int i = 0; i < HOLDERS; i++) {
		CU_ASSERT_EQUAL_FATAL(actor_start(&holder, NULL, 0, NULL, &pid, NULL), 0);
		CU_ASSERT_TRUE(in_use() >= before + HOLDER_BYTES);
		holder_ends(pid, i % 4);
		CU_ASSERT_TRUE_FATAL(falls_below(before + HOLDER_BYTES));
	}
}

/* However an actor ends, what it had allocated is the machine's again. */
static void memory_is_freed(void)
{
	in_system(free_body);
}

#define CASES(X)             \
	X(memory_is_counted) \
	X(memory_is_freed)

SUITE("alloc", CASES)
