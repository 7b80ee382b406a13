/* SPDX-License-Identifier: MIT */
#ifndef SCHED_PARTS_H
#define SCHED_PARTS_H

/* What the files of the scheduler tell each other: sched.c, search.c and worker.c. */

#include "sched/sched.h"

static inline struct worker *worker_self(void)
{
	return thread_self()->worker;
}

/*
 * After a task was put where a thief can find it. `urgent`: where nobody works on it; else those
 * who have seen that their help is not needed may sleep on, they will look again.
 */
void sched_wake(struct sched *sched, bool urgent);
/*
 * A task from elsewhere: what it did there may be later than this thread's last stamp, so its next
 * turn takes one of its own. Else the turns of an actor would not be in the order of their stamps.
 */
static inline struct task *come_by(struct worker *worker, struct task *task)
{
	if (task != NULL)
		worker->thread.ticks = 0;
	return task;
}

/* Takes one task of the common queue to run and moves some more into the worker's queue. */
struct task *common_take(struct worker *worker);
/* The thread of a worker. */
void *worker_main(void *worker);

#endif
