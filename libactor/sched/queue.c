/* SPDX-License-Identifier: MIT */
#include "sched/queue.h"

#include <assert.h>
#include <stddef.h>

bool queue_put(struct queue *queue, struct task *task)
{
	/* Acquire: pairs with the release of a taker's exchange of head, which has read its place.
	 */
	uint32_t head = __atomic_load_n(&queue->head, __ATOMIC_ACQUIRE);
	uint32_t tail = queue->tail;

	if (tail - head >= QUEUE_SIZE)
		return false;
	__atomic_store_n(&queue->tasks[tail % QUEUE_SIZE], task, __ATOMIC_RELAXED);
	/* Release: pairs with the acquire of tail in queue_steal. */
	__atomic_store_n(&queue->tail, tail + 1, __ATOMIC_RELEASE);
	return true;
}

struct task *queue_take(struct queue *queue)
{
	uint32_t head = __atomic_load_n(&queue->head, __ATOMIC_ACQUIRE);

	for (;;) {
		struct task *task;

		if (queue->tail == head)
			return NULL;
		task = __atomic_load_n(&queue->tasks[head % QUEUE_SIZE], __ATOMIC_RELAXED);
		/* Release: pairs with the acquire of head in queue_put; the place is read. */
		if (__atomic_compare_exchange_n(&queue->head, &head, head + 1, true,
						__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return task;
	}
}

struct task *queue_steal(struct queue *queue, struct queue *victim)
{
	uint32_t head = __atomic_load_n(&victim->head, __ATOMIC_ACQUIRE);

	assert(queue != victim);
	for (;;) {
		/* Acquire: pairs with the release of tail in queue_put; the tasks are in place. */
		uint32_t tail = __atomic_load_n(&victim->tail, __ATOMIC_ACQUIRE);
		uint32_t count = tail - head;
		struct task *first;

		count -= count / 2;
		if (count == 0)
			return NULL;
		if (count > QUEUE_SIZE / 2) { /* head and tail were read at different times */
			head = __atomic_load_n(&victim->head, __ATOMIC_ACQUIRE);
			continue;
		}
		first = __atomic_load_n(&victim->tasks[head % QUEUE_SIZE], __ATOMIC_RELAXED);
		for (uint32_t i = 1; i < count; i++) {
			struct task *task = __atomic_load_n(&victim->tasks[(head + i) % QUEUE_SIZE],
							    __ATOMIC_RELAXED);

			__atomic_store_n(&queue->tasks[(queue->tail + i - 1) % QUEUE_SIZE], task,
					 __ATOMIC_RELAXED);
		}
		/* Release: as in queue_take. Only now are the copies ours. */
		if (__atomic_compare_exchange_n(&victim->head, &head, head + count, false,
						__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
			__atomic_store_n(&queue->tail, queue->tail + count - 1, __ATOMIC_RELEASE);
			return first;
		}
	}
}

uint32_t queue_count(const struct queue *queue)
{
	uint32_t head = __atomic_load_n(&queue->head, __ATOMIC_ACQUIRE);
	uint32_t tail = __atomic_load_n(&queue->tail, __ATOMIC_ACQUIRE);
	uint32_t count = tail - head;

	return count > QUEUE_SIZE ? 0 : count;
}
