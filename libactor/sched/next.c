/* SPDX-License-Identifier: MIT */
#include "sched/next.h"

#include "base/barrier.h"

void next_init(struct next *next, bool barriers)
{
	next->task = NULL;
	next->visited = 0;
	next->gone = NULL;
	next->barriers = barriers;
	pthread_mutex_init(&next->lock, NULL);
}

void next_destroy(struct next *next)
{
	pthread_mutex_destroy(&next->lock);
}

struct task *next_settle(struct next *next, struct task *mine)
{
	pthread_mutex_lock(&next->lock);
	if (mine == NULL)
		mine = __atomic_exchange_n(&next->task, NULL, __ATOMIC_ACQ_REL);
	else if (mine == next->gone)
		mine = NULL;
	next->gone = NULL;
	__atomic_store_n(&next->visited, 0, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&next->lock);
	return mine;
}

struct task *next_steal(struct next *next)
{
	struct task *task;

	if (!next->barriers)
		/* Acquire: pairs with the release in next_put. */
		return __atomic_exchange_n(&next->task, NULL, __ATOMIC_ACQ_REL);
	pthread_mutex_lock(&next->lock);
	__atomic_store_n(&next->visited, 1, __ATOMIC_RELAXED);
	barrier_all();
	task = __atomic_load_n(&next->task, __ATOMIC_RELAXED);
	/*
	 * The owner may put another in its place at this moment, with an exchange. Acquire: pairs
	 * with the release in next_put.
	 */
	if (task != NULL && !__atomic_compare_exchange_n(&next->task, &task, NULL, false,
							 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		task = NULL;
	if (task != NULL)
		next->gone = task;
	pthread_mutex_unlock(&next->lock);
	return task;
}
