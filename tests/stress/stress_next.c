/* SPDX-License-Identifier: MIT */

/*
 * The place for the next task under a thief, with the kernel's barriers and without: the owner
 * puts, replaces and takes as fast as it can, a thief comes all the time. Every task is found once.
 */

#include <pthread.h>
#include <sched.h>

#include "base/barrier.h"
#include "sched/next.h"

#include "suite.h"

#define THIEVES 2
#define TASKS   300000u
#define ROUNDS  40u

struct item {
	struct task task; /* first */
	uint32_t found;
};

static struct item items[TASKS];
static struct next place;
static uint32_t done;
static uint64_t stolen;

static void found(struct task *task)
{
	struct item *item = (struct item *)(void *)task;

	__atomic_fetch_add(&item->found, 1, __ATOMIC_RELAXED);
}

static void *steal(void *argument)
{
	uint64_t count = 0;

	(void)argument;
	while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) == 0) {
		struct task *task = next_has(&place) ? next_steal(&place) : NULL;

		if (task == NULL)
			continue;
		found(task);
		count++;
	}
	__atomic_fetch_add(&stolen, count, __ATOMIC_RELAXED);
	return NULL;
}

/* Puts all, one after the other, and takes some of them back itself. */
static void own(uint32_t round)
{
	for (uint32_t i = 0; i < TASKS; i++) {
		struct task *task = &items[i].task;

		if (!next_put(&place, task))
			task = next_replace(&place, task);
		else
			task = (i + round) % 3 != 0 ? next_take(&place) : NULL;
		if (task != NULL)
			found(task);
		/* The same task again, as an actor's: what a thief took must not count twice. */
		if (i % 64 == 0 && next_put(&place, &items[0].task)) {
			__atomic_fetch_sub(&items[0].found, 1, __ATOMIC_RELAXED);
			task = next_take(&place);
			if (task != NULL)
				found(task);
		}
	}
	while (next_has(&place)) {
		struct task *task = next_take(&place);

		if (task != NULL)
			found(task);
	}
}

static void run(bool barriers)
{
	pthread_t threads[THIEVES];
	uint32_t wrong = 0;

	next_init(&place, barriers);
	done = 0;
	stolen = 0;
	for (uint32_t i = 0; i < TASKS; i++)
		items[i].found = 0;
	for (int i = 0; i < THIEVES; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, steal, NULL), 0);
	/* Until thieves have been there often enough, whatever else the machine does. */
	for (uint32_t round = 0; round < ROUNDS; round++)
		own(round);
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < THIEVES; i++)
		pthread_join(threads[i], NULL);
	for (uint32_t i = 0; i < TASKS; i++)
		wrong += items[i].found != ROUNDS;
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_TRUE(stolen > 0);
	next_destroy(&place);
}

static void every_task_is_found_once(void)
{
	if (barrier_register())
		run(true);
}

static void every_task_is_found_once_without_barriers(void)
{
	run(false);
}

#define CASES(X)                    \
	X(every_task_is_found_once) \
	X(every_task_is_found_once_without_barriers)
SUITE("stress next", CASES)
