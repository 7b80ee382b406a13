/* SPDX-License-Identifier: MIT */
/* The loop of a worker, and the stacks that it runs on. */
#include "sched/parts.h"

#include <assert.h>
#include <stdlib.h>

#include <actor/status.h>

bool worker_reserve(struct worker *worker)
{
	return spare_reserve(&worker->spare, &worker->sched->spare, worker_loop);
}

static void put_spare(struct worker *worker, struct stack *stack)
{
	spare_put(&worker->spare, &worker->sched->spare, stack);
}

/* A fresh one, for a switch that is none of worker_suspend. */
static struct stack *take_spare(struct worker *worker)
{
	struct stack *stack = spare_take(&worker->spare);

	stack_reset(stack, worker_loop);
	return stack;
}

void worker_abandon(struct worker *worker, struct stack *stack)
{
	assert(stack != worker->stack);
	put_spare(worker, stack);
}

/* The beginning of every stack. */
void worker_loop(void)
{
	struct worker *worker;

	stack_entered();
	worker = worker_self();
	worker_arrived(worker);
	if (worker->after != NULL) {
		void (*after)(void *argument) = worker->after;

		worker->after = NULL;
		after(worker->after_argument);
	}
	for (;;) {
		struct task *task;

		worker = worker_self(); /* a task that waited may have brought us to another thread
					 */
		task = worker->sched->next_task(worker);
		if (task == NULL)
			break;
		/* Relaxed: whoever looks after us wants to know whether it changes. */
		__atomic_store_n(&worker->turns, worker->turns + 1, __ATOMIC_RELAXED);
		task->run(task);
	}
	worker->leaving = worker->stack;
	worker->stack = NULL;
	stack_leave(worker->leaving, &worker->native);
}

uintptr_t worker_restart(struct worker *worker, void (*after)(void *argument), void *argument,
			 void (**ret_entry)(void))
{
	worker->after = after;
	worker->after_argument = argument;
	*ret_entry = worker_loop;
	return (uintptr_t)worker->stack; /* what describes a stack lies at its top */
}

int worker_prepare(struct worker *worker)
{
	if (!worker_reserve(worker))
		return ACTOR_ENO_MEMORY;
	worker->sched->enter(worker);
	worker->stack = take_spare(worker);
	return 0;
}

void worker_finish(struct worker *worker)
{
	if (worker->stack != NULL)
		put_spare(worker, worker->stack);
	worker->stack = NULL;
	worker->sched->leave(worker);
}

void *worker_main(void *argument)
{
	struct worker *worker = argument;

	stack_adopt(&worker->native);
	worker->sched->enter(worker);
	worker->stack = take_spare(worker);
	stack_switch(&worker->native, worker->stack, false);
	worker_arrived(worker);
	spare_destroy(&worker->spare);
	worker->sched->leave(worker);
	return NULL;
}
