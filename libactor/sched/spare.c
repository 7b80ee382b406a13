/* SPDX-License-Identifier: MIT */
#include "sched/spare.h"

#include <stddef.h>

#include <actor/status.h>

#define SHARED_MAX 1024u

static void push(struct spare_list *list, struct stack *stack)
{
	stack->next = list->first;
	list->first = stack;
	list->count++;
}

static void move(struct spare_list *from, struct spare_list *to, uint32_t count)
{
	for (; count > 0 && from->first != NULL; count--)
		push(to, spare_take(from));
}

int spare_depot_init(struct spare_depot *depot)
{
	return pthread_mutex_init(&depot->lock, NULL) == 0 ? 0 : ACTOR_ENO_MEMORY;
}

void spare_depot_finish(struct spare_depot *depot)
{
	spare_destroy(&depot->list);
	pthread_mutex_destroy(&depot->lock);
}

/* The depot is locked. */
static void say_whether_any(struct spare_depot *depot)
{
	/* Relaxed: a hint; the list is looked at under the lock. */
	__atomic_store_n(&depot->any, depot->list.first != NULL, __ATOMIC_RELAXED);
}

void spare_share(struct spare_list *mine, struct spare_depot *depot)
{
	pthread_mutex_lock(&depot->lock);
	if (depot->list.count < SHARED_MAX)
		move(mine, &depot->list, SPARE_MINE_MAX / 2);
	say_whether_any(depot);
	pthread_mutex_unlock(&depot->lock);
	if (mine->count > SPARE_MINE_MAX)
		stack_destroy(spare_take(mine));
}

bool spare_reserve(struct spare_list *mine, struct spare_depot *depot, void (*entry)(void))
{
	struct stack *stack;

	if (mine->first != NULL)
		return true;
	if (__atomic_load_n(&depot->any, __ATOMIC_RELAXED) != 0) {
		pthread_mutex_lock(&depot->lock);
		move(&depot->list, mine, SPARE_MINE_MAX / 2);
		say_whether_any(depot);
		pthread_mutex_unlock(&depot->lock);
		if (mine->first != NULL)
			return true;
	}
	stack = stack_create(entry);
	if (stack != NULL)
		push(mine, stack);
	return stack != NULL;
}

void spare_destroy(struct spare_list *list)
{
	while (list->first != NULL)
		stack_destroy(spare_take(list));
}
