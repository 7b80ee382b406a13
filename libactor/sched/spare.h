/* SPDX-License-Identifier: MIT */
#ifndef SCHED_SPARE_H
#define SCHED_SPARE_H

/*
 * Spare stacks. Each worker has some and all workers share more, because making a stack and, worse,
 * giving one back to the system interrupts every core. A stack that was used holds some 8 KiB, so
 * there is a bound on how many are kept.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "sched/stack.h"

struct spare_list {
	struct stack *first;
	uint32_t count;
};

/* What the workers share. */
struct spare_depot {
	pthread_mutex_t lock;
	struct spare_list list;
	uint32_t any; /* (shared) 0: not worth the lock */
};

int spare_depot_init(struct spare_depot *depot);
void spare_depot_finish(struct spare_depot *depot);

/* Of more than this, others get some. */
#define SPARE_MINE_MAX 32u
void spare_share(struct spare_list *mine, struct spare_depot *depot);

/* The list is the calling worker's. Owns: takes the stack. */
static inline void spare_put(struct spare_list *mine, struct spare_depot *depot,
			     struct stack *stack)
{
	stack->next = mine->first;
	mine->first = stack;
	if (__builtin_expect(++mine->count > SPARE_MINE_MAX, 0))
		spare_share(mine, depot);
}

/* Sees to it that there is one to take; new ones begin in `entry`. False: no memory. */
bool spare_reserve(struct spare_list *mine, struct spare_depot *depot, void (*entry)(void));
/* After spare_reserve said yes. */
static inline struct stack *spare_take(struct spare_list *mine)
{
	struct stack *stack = mine->first;

	mine->first = stack->next;
	mine->count--;
	return stack;
}
void spare_destroy(struct spare_list *list);

#endif
