/* SPDX-License-Identifier: MIT */
/* Where tasks go that have become ready, who is woken for them, and the threads. */
#include "sched/parts.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <actor/status.h>

#include "base/barrier.h"
#include "base/futex.h"

#define COMMON_BATCH 32u

void sched_wake(struct sched *sched, bool urgent)
{
	/*
	 * A read-modify-write, as the one in park() is: one of the two comes first. If it is ours,
	 * the worker that goes to sleep reads what we released and sees the task; if not, we see
	 * that it sleeps. (A fence and a load would do, but ThreadSanitizer knows no fences.)
	 */
	uint64_t sleeping = __atomic_fetch_add(&sched->sleeping, 0, __ATOMIC_ACQ_REL);

	/* The same with who searches: it is told apart by the order of two changes of one word. */
	while (sleeping != 0 && __atomic_fetch_add(&sched->searching, 0, __ATOMIC_ACQ_REL) == 0) {
		uint64_t lazy = urgent ? 0 : __atomic_load_n(&sched->lazy, __ATOMIC_RELAXED);
		uint64_t bit = sleeping & ~lazy & -(sleeping & ~lazy);

		if (bit == 0)
			return;
		if (__atomic_compare_exchange_n(&sched->sleeping, &sleeping, sleeping & ~bit, false,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
			struct worker *worker = &sched->workers[__builtin_ctzll(bit)];

			__atomic_store_n(&worker->wake, 1, __ATOMIC_RELEASE);
			futex_wake(&worker->wake, 1, false);
			return;
		}
	}
}

static void common_put(struct sched *sched, struct task *task)
{
	task->next = NULL;
	pthread_mutex_lock(&sched->lock);
	if (sched->common_first == NULL)
		sched->common_first = task;
	else
		sched->common_last->next = task;
	sched->common_last = task;
	__atomic_store_n(&sched->common_count, sched->common_count + 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&sched->lock);
}

struct task *common_take(struct worker *worker)
{
	struct sched *sched = worker->sched;
	struct task *first;
	uint64_t share;
	uint64_t taken;

	if (__atomic_load_n(&sched->common_count, __ATOMIC_RELAXED) == 0)
		return NULL;
	pthread_mutex_lock(&sched->lock);
	first = sched->common_first;
	if (first != NULL) {
		sched->common_first = first->next;
		taken = 1;
		share = (sched->common_count - taken) / sched->count;
		for (uint64_t i = 0; i < share && i < COMMON_BATCH; i++) {
			struct task *task = sched->common_first;
			struct task *next = task->next; /* once it is put, a thief may run it */

			if (!queue_put(&worker->queue, task))
				break;
			sched->common_first = next;
			taken++;
		}
		__atomic_store_n(&sched->common_count, sched->common_count - taken,
				 __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&sched->lock);
	return come_by(worker, first);
}

static void queue_or_common(struct worker *worker, struct task *task)
{
	if (!queue_put(&worker->queue, task))
		common_put(worker->sched, task);
	sched_wake(worker->sched, false);
}

void sched_ready_beside(struct worker *worker, struct task *task)
{
	struct task *old = next_replace(&worker->next, task);

	if (old != NULL)
		queue_or_common(worker, old);
}

void sched_ready(struct sched *sched, struct task *task)
{
	struct thread *thread = thread_self();
	struct worker *worker = thread != NULL ? thread->worker : NULL;

	if (worker != NULL && worker->sched == sched) {
		sched_ready_next(worker, task);
		return;
	}
	common_put(sched, task);
	sched_wake(sched, true);
}

void sched_ready_last(struct sched *sched, struct task *task)
{
	struct worker *worker = worker_self();

	assert(worker != NULL && worker->sched == sched);
	if (!queue_put(&worker->queue, task))
		common_put(sched, task);
	if (queue_count(&worker->queue) > 1)
		sched_wake(sched, false);
}

void sched_look_around(struct worker *worker)
{
	worker->common_wait = 0;
}

/* ---- Threads --------------------------------------------------------------------------------- */

static int worker_start(struct worker *worker)
{
	sigset_t all;
	sigset_t old;
	int error;

	if (!worker_reserve(worker))
		return ACTOR_ENO_MEMORY;
	/* Signals belong to the program's threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&worker->id, NULL, worker_main, worker);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	worker->started = error == 0;
	return error == 0 ? 0 : ACTOR_ENO_MEMORY;
}

int sched_prepare(struct sched *sched, uint32_t count)
{
	assert(count > 0 && count <= SCHED_WORKERS_MAX);
	sched->barriers = barrier_register();
	if (pthread_mutex_init(&sched->lock, NULL) != 0)
		return ACTOR_ENO_MEMORY;
	if (spare_depot_init(&sched->spare) != 0) {
		pthread_mutex_destroy(&sched->lock);
		return ACTOR_ENO_MEMORY;
	}
	sched->workers = aligned_alloc(64, ((sizeof(struct worker) * count) + 63) & ~(size_t)63);
	if (sched->workers == NULL) {
		spare_depot_finish(&sched->spare);
		pthread_mutex_destroy(&sched->lock);
		return ACTOR_ENO_MEMORY;
	}
	memset(sched->workers, 0, sizeof(struct worker) * count);
	sched->count = count;
	for (uint32_t i = 0; i < count; i++) {
		sched->workers[i].sched = sched;
		sched->workers[i].index = i;
		sched->workers[i].random = i + 1;
		next_init(&sched->workers[i].next, sched->barriers);
	}
	return 0;
}

int sched_start(struct sched *sched, uint32_t count)
{
	int status = sched_prepare(sched, count);

	if (status != 0)
		return status;
	for (uint32_t i = 0; i < count; i++) {
		if (worker_start(&sched->workers[i]) != 0) {
			sched_stop(sched);
			return ACTOR_ENO_MEMORY;
		}
	}
	return 0;
}

void sched_stop(struct sched *sched)
{
	if (sched->workers == NULL)
		return;
	__atomic_store_n(&sched->stopping, 1, __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < sched->count; i++) {
		struct worker *worker = &sched->workers[i];

		__atomic_store_n(&worker->wake, 1, __ATOMIC_RELEASE);
		futex_wake(&worker->wake, 1, false);
	}
	for (uint32_t i = 0; i < sched->count; i++) {
		struct worker *worker = &sched->workers[i];

		if (worker->started)
			pthread_join(worker->id, NULL);
		spare_destroy(&worker->spare); /* of a worker that never started */
		next_destroy(&worker->next);
	}
	spare_depot_finish(&sched->spare);
	free(sched->workers);
	sched->workers = NULL;
	pthread_mutex_destroy(&sched->lock);
}
