/* SPDX-License-Identifier: MIT */

/* Schedulers with tasks that are no actors: each ready task runs once, wherever it came from. */

#include <pthread.h>
#include <sched.h>

#include "base/clock.h"
#include "sched/sched.h"

#include "suite.h"

/* ThreadSanitizer makes a fiber for every stack that is used again, at about a millisecond each. */
#if defined(__SANITIZE_THREAD__)
#define TASKS_WAITING 100
#else
#define TASKS_WAITING 1000
#endif
#define DEADLINE_NS (20 * UINT64_C(1000000000))
#define WORKERS     4

static struct sched sched;
static struct actor_plane_thread words[SCHED_WORKERS_MAX];
static uint32_t entered;
static uint32_t left;

static void enter(struct worker *worker)
{
	worker->thread.worker = worker;
	worker->thread.words = &words[worker->index];
	thread_set(&worker->thread);
	__atomic_fetch_add(&entered, 1, __ATOMIC_RELEASE);
}

static void leave(struct worker *worker)
{
	(void)worker;
	thread_set(NULL);
	__atomic_fetch_add(&left, 1, __ATOMIC_RELEASE);
}

static void idle(struct worker *worker, bool is_idle)
{
	(void)worker;
	(void)is_idle;
}

static void setup(uint32_t count)
{
	memset(&sched, 0, sizeof(sched));
	memset(words, 0, sizeof(words));
	entered = left = 0;
	sched.enter = enter;
	sched.leave = leave;
	sched.idle = idle;
	sched.next_task = sched_next_live;
	CU_ASSERT_EQUAL_FATAL(sched_start(&sched, count), 0);
}

static void teardown(uint32_t count)
{
	sched_stop(&sched);
	CU_ASSERT_EQUAL(entered, count);
	CU_ASSERT_EQUAL(left, count);
}

static bool becomes(const uint32_t *word, uint32_t at_least)
{
	uint64_t end = clock_monotonic_ns() + DEADLINE_NS;

	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) < at_least) {
		if (clock_monotonic_ns() > end)
			return false;
		sched_yield();
	}
	return true;
}

/* ---- Tasks ----------------------------------------------------------------------------------- */

#define COUNT 20000u

struct item {
	struct task task; /* first: schedulers know these */
	uint32_t number;
	uint32_t runs;
	uint32_t more; /* how often it makes itself ready again */
	struct stack *stack;
	struct task resume; /* wakes it up */
	uint32_t sums;
};

static struct item items[COUNT];
static uint32_t runs; /* of all */

static struct item *item_of(struct task *task)
{
	return (struct item *)(void *)task;
}

static void setup_items(void (*run)(struct task *task))
{
	memset(items, 0, sizeof(items));
	runs = 0;
	for (uint32_t i = 0; i < COUNT; i++) {
		items[i].number = i;
		items[i].task.run = run;
	}
}

static void ran(struct item *item)
{
	__atomic_fetch_add(&item->runs, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&runs, 1, __ATOMIC_RELEASE);
}

static uint32_t not_run(uint32_t times)
{
	uint32_t wrong = 0;

	for (uint32_t i = 0; i < COUNT; i++)
		wrong += __atomic_load_n(&items[i].runs, __ATOMIC_RELAXED) != times;
	return wrong;
}

static void run_once(struct task *task)
{
	ran(item_of(task));
}

/* ---- Cases ----------------------------------------------------------------------------------- */

static void starts_and_stops(void)
{
	for (uint32_t count = 1; count <= 8; count++) {
		setup(count);
		teardown(count);
	}
	/* Also when they sleep already, and twice. */
	setup(WORKERS);
	CU_ASSERT_TRUE(becomes(&entered, WORKERS));
	teardown(WORKERS);
	sched_stop(&sched);
}

static void *ready_quarter(void *argument)
{
	uint32_t quarter = (uint32_t)(uintptr_t)argument;

	for (uint32_t i = quarter; i < COUNT; i += 4)
		sched_ready(&sched, &items[i].task);
	return NULL;
}

static void ready_from_outside(void)
{
	for (uint32_t count = 1; count <= WORKERS; count++) {
		pthread_t threads[4];

		setup_items(run_once);
		setup(count);
		for (uintptr_t i = 0; i < 4; i++)
			CU_ASSERT_EQUAL_FATAL(
				pthread_create(&threads[i], NULL, ready_quarter, (void *)i), 0);
		CU_ASSERT_TRUE(becomes(&runs, COUNT));
		for (int i = 0; i < 4; i++)
			CU_ASSERT_EQUAL(pthread_join(threads[i], NULL), 0);
		teardown(count);
		CU_ASSERT_EQUAL(not_run(1), 0);
	}
}

/* One at a time, so that each finds all of them asleep or about to be. */
static void every_one_wakes_somebody(void)
{
	setup_items(run_once);
	setup(WORKERS);
	for (uint32_t i = 0; i < 5000; i++) {
		sched_ready(&sched, &items[i].task);
		if (!becomes(&runs, i + 1))
			break;
	}
	CU_ASSERT_EQUAL(runs, 5000);
	teardown(WORKERS);
}

/* A tree: each one makes the next ones ready, more than a queue holds. */
static void run_tree(struct task *task)
{
	struct item *item = item_of(task);

	for (uint32_t child = 8 * item->number + 1; child <= 8 * item->number + 8; child++)
		if (child < COUNT)
			sched_ready(&sched, &items[child].task);
	ran(item);
}

static void run_all_others(struct task *task)
{
	for (uint32_t i = 1; i < COUNT; i++)
		sched_ready(&sched, &items[i].task);
	ran(item_of(task));
}

static void ready_from_tasks(void)
{
	for (int round = 0; round < 10; round++) {
		setup_items(run_tree);
		setup(WORKERS);
		sched_ready(&sched, &items[0].task);
		CU_ASSERT_TRUE(becomes(&runs, COUNT));
		teardown(WORKERS);
		CU_ASSERT_EQUAL(not_run(1), 0);

		setup_items(run_once);
		items[0].task.run = run_all_others;
		setup(WORKERS);
		sched_ready(&sched, &items[0].task);
		CU_ASSERT_TRUE(becomes(&runs, COUNT));
		teardown(WORKERS);
		CU_ASSERT_EQUAL(not_run(1), 0);
	}
}

/* Makes itself ready again: the first half as the next one, the others behind all others. */
static void run_again(struct task *task)
{
	struct item *item = item_of(task);

	ran(item);
	if (__atomic_fetch_sub(&item->more, 1, __ATOMIC_RELAXED) == 1)
		return;
	if (item->number % 2 == 0)
		sched_ready(&sched, task);
	else
		sched_ready_last(&sched, task);
}

static void nobody_starves(void)
{
	setup_items(run_again);
	/* One scheduler and one that never ends until it sees that all others had their turns. */
	items[0].more = UINT32_MAX;
	setup(1);
	sched_ready(&sched, &items[0].task);
	for (uint32_t i = 1; i < 1000; i++) {
		items[i].more = 5;
		sched_ready(&sched, &items[i].task);
	}
	for (uint32_t i = 1; i < 1000; i++)
		CU_ASSERT_TRUE(becomes(&items[i].runs, 5));
	__atomic_store_n(&items[0].more, 1, __ATOMIC_RELAXED);
	teardown(1);
	for (uint32_t i = 1; i < 1000; i++)
		CU_ASSERT_EQUAL(items[i].runs, 5);
}

static void stop_leaves_what_is_ready(void)
{
	setup_items(run_again);
	for (uint32_t i = 0; i < 100; i++)
		items[i].more = UINT32_MAX;
	setup(WORKERS);
	for (uint32_t i = 0; i < 100; i++)
		sched_ready(&sched, &items[i].task);
	CU_ASSERT_TRUE(becomes(&runs, 1000));
	for (uint32_t i = 0; i < 100; i++)
		__atomic_store_n(&items[i].more, 1000, __ATOMIC_RELAXED);
	teardown(WORKERS);
}

/* ---- Long turns ------------------------------------------------------------------------------ */

static uint32_t together;

static void run_until_all_are_here(struct task *task)
{
	struct item *item = item_of(task);

	__atomic_fetch_add(&together, 1, __ATOMIC_ACQ_REL);
	if (becomes(&together, WORKERS))
		ran(item);
}

static void run_root(struct task *task)
{
	for (uint32_t i = 1; i < WORKERS; i++)
		sched_ready(&sched, &items[i].task);
	run_until_all_are_here(task);
}

/* As many tasks as schedulers, each of which needs all the others to run at the same time: none may
 * be left in a queue while somebody sleeps. */
static void nothing_waits_while_somebody_sleeps(void)
{
	for (int round = 0; round < 1000; round++) {
		if (round % 100 == 0)
			setup(WORKERS);
		setup_items(run_until_all_are_here);
		together = 0;
		if (round % 2 == 0) {
			items[0].task.run = run_root;
			sched_ready(&sched, &items[0].task);
		} else {
			for (uint32_t i = 0; i < WORKERS; i++)
				sched_ready(&sched, &items[i].task);
		}
		CU_ASSERT_TRUE_FATAL(becomes(&runs, WORKERS));
		if (round % 100 == 99)
			teardown(WORKERS);
	}
}

/* ---- Waiting --------------------------------------------------------------------------------- */

#define WAITS 20u

static uint32_t moved; /* to another thread while they waited */

static void resume(struct task *task)
{
	struct item *item =
		(struct item *)(void *)((unsigned char *)task - offsetof(struct item, resume));

	worker_resume(item->stack);
}

/* On the fresh stack: only now may somebody else go on with it. Odd ones behind all others. */
static void suspended(void *argument)
{
	struct item *item = argument;

	if (item->number % 3 == 0)
		sched_ready(&sched, &item->resume);
	else
		sched_ready_last(&sched, &item->resume);
}

static void run_waiting(struct task *task)
{
	struct item *item = item_of(task);
	volatile uint32_t sum = item->number;

	for (uint32_t i = 0; i < WAITS; i++) {
		struct thread *before = thread_self();

		if (!worker_reserve(before->worker))
			abort();
		worker_suspend(&item->stack, suspended, item);
		if (thread_self() != before)
			__atomic_fetch_add(&moved, 1, __ATOMIC_RELAXED);
		sum += i;
	}
	item->sums = sum;
	ran(item);
}

static void tasks_wait_and_go_on_elsewhere(void)
{
	const uint32_t count = TASKS_WAITING;
	uint64_t end = clock_monotonic_ns() + DEADLINE_NS;
	uint32_t wrong = 0;

	moved = 0;
	/* On few processors it may take some rounds until one goes on in another thread. */
	for (int round = 0; round < 3 || (moved == 0 && clock_monotonic_ns() < end); round++) {
		setup_items(run_waiting);
		for (uint32_t i = 0; i < count; i++)
			items[i].resume.run = resume;
		setup(WORKERS);
		for (uint32_t i = 0; i < count; i++)
			sched_ready(&sched, &items[i].task);
		CU_ASSERT_TRUE_FATAL(becomes(&runs, count));
		teardown(WORKERS);
		for (uint32_t i = 0; i < count; i++)
			wrong += items[i].runs != 1 || items[i].sums != i + WAITS * (WAITS - 1) / 2;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_TRUE(moved > 0);
}

#define CASES(X)                               \
	X(starts_and_stops)                    \
	X(ready_from_outside)                  \
	X(every_one_wakes_somebody)            \
	X(ready_from_tasks)                    \
	X(nobody_starves)                      \
	X(stop_leaves_what_is_ready)           \
	X(nothing_waits_while_somebody_sleeps) \
	X(tasks_wait_and_go_on_elsewhere)
SUITE("sched", CASES)
