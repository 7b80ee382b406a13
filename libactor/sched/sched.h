/* SPDX-License-Identifier: MIT */
#ifndef SCHED_SCHED_H
#define SCHED_SCHED_H

/*
 * The schedulers: one thread each, a run queue each, work stealing, sleeping on a futex.
 *
 * Where a task goes when it becomes ready: made ready by a task that runs on a scheduler, it goes
 * into that scheduler's `next` place, so that it finds its message in the cache; what was there
 * moves to the run queue. Made ready elsewhere, it goes to the common queue. `next` is taken at
 * most SCHED_NEXT_STREAK times in a row before the run queue has its turn, and the common queue is
 * looked at every SCHED_COMMON_EVERY tasks, so nobody starves.
 *
 * A scheduler without work watches the others for some microseconds and helps those that will not
 * soon get to what waits with them: a long turn, or a queue that is long for the pace. The rest is
 * left where it is, because actors that send to each other are two to four times faster on one
 * core; who need not help dozes, and looks again after 50 to 400 us. What comes from outside
 * wakes whoever sleeps or dozes. After long turns, `next` is looked after in the same way.
 *
 * The scheduler knows tasks, not actors: it runs task->run.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "sched/next.h"
#include "sched/queue.h"
#include "sched/spare.h"
#include "sched/stack.h"
#include "sched/thread.h"

#define SCHED_WORKERS_MAX  48
#define SCHED_NEXT_STREAK  16
#define SCHED_COMMON_EVERY 61

/* How far a worker's queue was, and since when it has not moved. */
struct sched_seen {
	uint32_t head;
	uint64_t since_ns;
};

struct worker {
	struct thread thread;
	struct sched *sched;
	struct queue queue;
	struct next next;
	uint64_t turns;      /* tasks run; one that lasts does not change it */
	uint64_t turns_seen; /* by a sleeping worker that looks after the others */
	uint32_t streak;
	uint32_t common_wait; /* tasks until the common queue is looked at */
	uint32_t random;
	struct sched_seen seen[SCHED_WORKERS_MAX]; /* the others, when it looked last */
	uint64_t lazy_ns;                          /* its last doze */
	uint64_t dozed_ns;                         /* since it last looked for a stuck task */
	uint32_t wake; /* futex: 1 says that this worker was chosen to wake up */
	struct stack native;
	struct stack *stack;   /* running */
	struct stack *leaving; /* the stack that switched here and is not needed any more */
	struct spare_list spare;
	void (*after)(void *argument); /* first thing on the fresh stack */
	void *after_argument;
	pthread_t id;
	uint32_t index;
	bool started;
};

struct sched {
	struct worker *workers;
	uint32_t count;
	/* Called by each worker's thread when it starts and before it ends. */
	void (*enter)(struct worker *worker);
	void (*leave)(struct worker *worker);
	/* Called when a worker has nothing to do and when it is back. */
	void (*idle)(struct worker *worker, bool idle);
	/* The seam: what to run next. NULL: the system stops. */
	struct task *(*next_task)(struct worker *worker);

	pthread_mutex_t lock; /* of the common queue */
	struct task *common_first;
	struct task *common_last;
	uint64_t common_count;

	struct spare_depot spare;

	uint64_t sleeping; /* bit i: worker i sleeps or is about to */
	uint64_t lazy;     /* bit i: worker i dozes, see doze() */
	uint32_t searching;
	uint32_t stopping;
	bool barriers; /* barrier_all() can be used */
};

/* `sched` is zeroed but for the callbacks. Starts the threads. */
int sched_start(struct sched *sched, uint32_t count);
/*
 * The same without threads: whoever calls worker_prepare runs that worker, by switching to
 * worker->stack, where its loop begins. It becomes the calling thread's own, for which
 * thread_self() stands afterwards. worker_finish: its stack is not the running one.
 */
int sched_prepare(struct sched *sched, uint32_t count);
int worker_prepare(struct worker *worker);
void worker_finish(struct worker *worker);
/* Ends the threads after their current tasks. Tasks that are still ready are not run. */
void sched_stop(struct sched *sched);

/* Any thread: the task is to be run soon. It must not be ready already. */
void sched_ready(struct sched *sched, struct task *task);
/* The same, `next` being taken. */
void sched_ready_beside(struct worker *worker, struct task *task);

/* A worker: the same as sched_ready, for itself. */
static inline void sched_ready_next(struct worker *worker, struct task *task)
{
	if (__builtin_expect(!next_put(&worker->next, task), 0))
		sched_ready_beside(worker, task);
}

/* A worker: as sched_ready, but behind all others. */
void sched_ready_last(struct sched *sched, struct task *task);
/* A worker whose task took long: the common queue has its turn next, not only after as many tasks
 * as usual. */
void sched_look_around(struct worker *worker);
/* Any thread: nobody has anything to do. Pairs with the worker's own change of `sleeping` before it
 * calls idle(false): one of the two comes first. */
bool sched_sleeps(struct sched *sched);

/* The live implementation of next_task. */
struct task *sched_next_live(struct worker *worker);

/* Where every stack of a worker begins. */
void worker_loop(void);

/* Every stack comes to itself here: the one that switched to us may be free now. */
static inline void worker_arrived(struct worker *worker)
{
	struct stack *leaving = worker->leaving;

	if (leaving == NULL)
		return;
	worker->leaving = NULL;
	spare_put(&worker->spare, &worker->sched->spare, leaving);
}

/*
 * A worker: leaves the running stack as it is, gives the scheduler a fresh one and there calls
 * after(argument) first. Returns when worker_resume is called with *ret_stack, perhaps on another
 * thread. worker_reserve must have said yes before.
 */
static inline __attribute__((always_inline)) void worker_suspend(struct stack **ret_stack,
								 void (*after)(void *argument),
								 void *argument)
{
	struct worker *worker = thread_self()->worker;
	struct stack *mine = worker->stack;

	*ret_stack = mine;
	worker->after = after;
	worker->after_argument = argument;
	worker->stack = spare_take(&worker->spare);
	stack_begin(mine, worker->stack, worker_loop);
	worker_arrived(thread_self()->worker);
}
/* True when a fresh stack is at hand for worker_suspend. */
bool worker_reserve(struct worker *worker);
/* A worker, in task->run: goes on in `stack`. Does not return. */
static inline __attribute__((always_inline, noreturn)) void worker_resume(struct stack *stack)
{
	struct worker *worker = thread_self()->worker;

	worker->leaving = worker->stack;
	worker->stack = stack;
	stack_leave(worker->leaving, stack);
}
/*
 * A worker's signal handler, on a stack of its own: the task that runs will never go on. Returns
 * where the stack begins on which *ret_entry is to be called, as if by a call from nowhere; that
 * calls after(argument) first and then goes on with other tasks.
 */
uintptr_t worker_restart(struct worker *worker, void (*after)(void *argument), void *argument,
			 void (**ret_entry)(void));
/* A worker: the stack of a task that will never be resumed. */
void worker_abandon(struct worker *worker, struct stack *stack);

#endif
