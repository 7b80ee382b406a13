/* SPDX-License-Identifier: MIT */

/* Stacks: switching between many, using them to the end, and what lies behind the end. */

#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "sched/stack.h"

#include "suite.h"

static struct stack native;
static struct stack *current; /* the one that runs, where it is not the native one */
static uint64_t visits;

static void back(void)
{
	stack_switch(current, &native, false);
}

static void visit(struct stack *stack)
{
	current = stack;
	stack_switch(&native, stack, false);
}

/* ---- Cases ----------------------------------------------------------------------------------- */

static void count_visits(void)
{
	stack_entered();
	for (;;) {
		visits++;
		back();
	}
}

static void created_and_destroyed(void)
{
	struct stack *stack = stack_create(count_visits);

	CU_ASSERT_PTR_NOT_NULL_FATAL(stack);
	CU_ASSERT_EQUAL((uintptr_t)stack % 16, 0);
	/* Nearly all of it is there to be used: the descriptor takes one line. */
	CU_ASSERT_TRUE(stack->size <= STACK_SIZE);
	CU_ASSERT_TRUE(stack->size >= STACK_SIZE - 256);
	CU_ASSERT_PTR_NULL(stack_destroy(stack));
	CU_ASSERT_PTR_NULL(stack_destroy(NULL));
}

static void many_take_turns(void)
{
	enum {
		N = 50
	};
	struct stack *stacks[N];

	stack_adopt(&native);
	visits = 0;
	for (int i = 0; i < N; i++) {
		stacks[i] = stack_create(count_visits);
		CU_ASSERT_PTR_NOT_NULL_FATAL(stacks[i]);
	}
	for (uint64_t round = 0; round < 200; round++) {
		for (uint64_t i = 0; i < N; i++) {
			visit(stacks[i]);
			CU_ASSERT_EQUAL(visits, round * N + i + 1);
		}
	}
	for (int i = 0; i < N; i++)
		stack_destroy(stacks[i]);
}

static uint64_t begun;

static void begin_and_wait(void)
{
	stack_entered();
	begun++;
	for (;;) {
		visits++;
		back();
	}
}

/* A stack that was left in the middle begins again. */
static void reset_begins_again(void)
{
	struct stack *stack = stack_create(begin_and_wait);

	stack_adopt(&native);
	CU_ASSERT_PTR_NOT_NULL_FATAL(stack);
	begun = visits = 0;
	for (uint64_t i = 1; i <= 100; i++) {
		visit(stack);
		visit(stack);
		CU_ASSERT_EQUAL(begun, i);
		CU_ASSERT_EQUAL(visits, 2 * i);
		stack_reset(stack, begin_and_wait);
	}
	visits = 0;
	stack_reset(stack, count_visits);
	visit(stack);
	CU_ASSERT_EQUAL(visits, 1);
	CU_ASSERT_EQUAL(begun, 100);
	stack_destroy(stack);
}

static struct stack *first;
static struct stack *second;

static void hand_over(void)
{
	stack_entered();
	visits++;
	current = second;
	stack_switch(first, second, true);
	abort();
}

/* From one stack straight to another, and the first one is not needed any more. */
static void an_ended_stack_can_be_destroyed(void)
{
	stack_adopt(&native);
	for (int i = 0; i < 20; i++) {
		visits = 0;
		first = stack_create(hand_over);
		second = stack_create(count_visits);
		CU_ASSERT_PTR_NOT_NULL_FATAL(first);
		CU_ASSERT_PTR_NOT_NULL_FATAL(second);
		visit(first);
		CU_ASSERT_EQUAL(visits, 2);
		stack_destroy(first);
		visit(second);
		CU_ASSERT_EQUAL(visits, 3);
		stack_destroy(second);
	}
}

/* ---- Deep ------------------------------------------------------------------------------------ */

static size_t reached; /* bytes used */

/* Fills frame after frame until there is little left, then checks them all on the way back. */
static uint64_t dive(uint64_t depth, size_t spare)
{
	volatile uint64_t frame[64];
	uint64_t sum = 0;
	uintptr_t here = (uintptr_t)&frame[0];

	for (uint64_t i = 0; i < 64; i++)
		frame[i] = depth * 64 + i;
	if (here - (uintptr_t)current->bottom > spare) {
		sum = dive(depth + 1, spare);
	} else {
		reached = (uintptr_t)current->bottom + current->size - here;
		back();
	}
	for (uint64_t i = 0; i < 64; i++)
		sum += frame[i] != depth * 64 + i;
	return sum;
}

/* Room for what calls and sanitizers put below the last frame. */
#define SPARE ((size_t)8 << 10)

static uint64_t wrong;

static void dive_entry(void)
{
	stack_entered();
	for (;;) {
		wrong += dive(0, SPARE);
		visits++;
		back();
	}
}

static void deep_use_keeps_its_frames(void)
{
	struct stack *stacks[4];

	stack_adopt(&native);
	wrong = visits = 0;
	for (int i = 0; i < 4; i++) {
		stacks[i] = stack_create(dive_entry);
		CU_ASSERT_PTR_NOT_NULL_FATAL(stacks[i]);
	}
	for (int round = 0; round < 5; round++) {
		/* All are deep at the same time. */
		for (int i = 0; i < 4; i++) {
			reached = 0;
			visit(stacks[i]);
			CU_ASSERT_TRUE(reached > STACK_SIZE - SPARE - 2048);
		}
		for (int i = 0; i < 4; i++)
			visit(stacks[i]);
	}
	CU_ASSERT_EQUAL(visits, 20);
	CU_ASSERT_EQUAL(wrong, 0);
	for (int i = 0; i < 4; i++)
		stack_destroy(stacks[i]);
}

/* ---- Behind the end -------------------------------------------------------------------------- */

static void touch(unsigned char *where)
{
	*(volatile unsigned char *)where = 1;
}

/* True when a child that touches the place is killed by a fault. */
static bool faults(unsigned char *where)
{
	int status = 0;
	pid_t child = fork();

	CU_ASSERT_TRUE_FATAL(child >= 0);
	if (child == 0) {
		struct rlimit none = {0, 0};

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGSEGV, SIG_DFL);
		touch(where);
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static void the_guard_is_below_the_stack(void)
{
	struct stack *stack = stack_create(count_visits);
	unsigned char *bottom;

	CU_ASSERT_PTR_NOT_NULL_FATAL(stack);
	bottom = stack->bottom;
	CU_ASSERT_FALSE(faults(bottom));
	CU_ASSERT_TRUE(faults(bottom - 1));
	CU_ASSERT_TRUE(faults(bottom - 4096));
	CU_ASSERT_TRUE(faults(stack->mapping));
	stack_destroy(stack);
}

/* A thousand at once are no more than address space. */
static void many_at_once(void)
{
	enum {
		N = 1000
	};
	static struct stack *stacks[N];

	for (int i = 0; i < N; i++) {
		stacks[i] = stack_create(count_visits);
		CU_ASSERT_PTR_NOT_NULL_FATAL(stacks[i]);
	}
	for (int i = 0; i < N; i++)
		CU_ASSERT_PTR_NULL(stack_destroy(stacks[i]));
}

#define CASES(X)                           \
	X(created_and_destroyed)           \
	X(many_take_turns)                 \
	X(reset_begins_again)              \
	X(an_ended_stack_can_be_destroyed) \
	X(deep_use_keeps_its_frames)       \
	X(the_guard_is_below_the_stack)    \
	X(many_at_once)
SUITE("stack", CASES)
