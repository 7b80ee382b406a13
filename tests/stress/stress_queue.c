/* SPDX-License-Identifier: MIT */

/*
 * The run queue under thieves: the owner puts and takes, others steal halves into queues of their
 * own. Every task is found once, and whoever takes tasks of the owner's finds them in order.
 */

#include <pthread.h>
#include <sched.h>

#include "base/clock.h"
#include "sched/queue.h"

#include "suite.h"

#define THIEVES     3
#define TASKS       400000u
#define DEADLINE_NS (60 * UINT64_C(1000000000))

struct item {
	struct task task; /* first: queues are of these */
	uint32_t found;
};

static struct item items[TASKS];
static struct queue owner;
static struct queue queues[THIEVES];
static uint32_t done;
static uint32_t out_of_order;
static uint64_t stolen;

/* `last`: what this thread found before; of one producer, so numbers only grow. */
static void found(struct task *task, int64_t *last)
{
	int64_t number = (struct item *)(void *)task - items;

	if (number <= *last)
		__atomic_fetch_add(&out_of_order, 1, __ATOMIC_RELAXED);
	*last = number;
	__atomic_fetch_add(&items[number].found, 1, __ATOMIC_RELAXED);
}

static void *steal(void *argument)
{
	struct queue *mine = argument;
	uint64_t count = 0;
	int64_t last = -1;

	while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) == 0) {
		struct task *task = queue_steal(mine, &owner);

		if (task == NULL) {
			sched_yield();
			continue;
		}
		for (; task != NULL; task = queue_take(mine)) {
			found(task, &last);
			count++;
		}
	}
	__atomic_fetch_add(&stolen, count, __ATOMIC_RELAXED);
	return NULL;
}

static void check_items(void)
{
	uint32_t lost = 0;
	uint32_t twice = 0;

	for (uint32_t i = 0; i < TASKS; i++) {
		lost += items[i].found == 0;
		twice += items[i].found > 1;
	}
	CU_ASSERT_EQUAL(lost, 0);
	CU_ASSERT_EQUAL(twice, 0);
}

/* ---- Cases ----------------------------------------------------------------------------------- */

/* `burst`: how much the owner puts before it takes some itself. */
static void run(uint32_t burst, uint32_t begin)
{
	uint64_t end = clock_monotonic_ns() + DEADLINE_NS;
	pthread_t thieves[THIEVES];
	int64_t last = -1;
	uint32_t put = 0;

	memset(items, 0, sizeof(items));
	memset(&owner, 0, sizeof(owner));
	memset(queues, 0, sizeof(queues));
	owner.head = owner.tail = begin;
	done = out_of_order = 0;
	stolen = 0;
	for (int i = 0; i < THIEVES; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thieves[i], NULL, steal, &queues[i]), 0);
	while (put < TASKS && clock_monotonic_ns() < end) {
		bool room = true;

		for (uint32_t i = 0; i < burst && room && put < TASKS; i++) {
			room = queue_put(&owner, &items[put].task);
			put += room;
		}
		for (uint32_t i = 0; i < burst / 2 + 1 || !room; i++) {
			struct task *task = queue_take(&owner);

			if (task == NULL)
				break;
			found(task, &last);
			room = true;
		}
		if (put % 1024 < burst)
			sched_yield();
	}
	for (struct task *task; (task = queue_take(&owner)) != NULL;)
		found(task, &last);
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < THIEVES; i++)
		CU_ASSERT_EQUAL(pthread_join(thieves[i], NULL), 0);
	CU_ASSERT_EQUAL(put, TASKS);
	CU_ASSERT_EQUAL(out_of_order, 0);
	check_items();
	printf("(%llu of %u stolen) ", (unsigned long long)stolen, TASKS);
}

static void nearly_empty(void)
{
	run(2, 0);
}

static void mostly_full(void)
{
	run(QUEUE_SIZE, UINT32_MAX - TASKS / 2);
}

#define CASES(X)        \
	X(nearly_empty) \
	X(mostly_full)
SUITE("stress queue", CASES)
