/* SPDX-License-Identifier: MIT */
#ifndef SCHED_QUEUE_H
#define SCHED_QUEUE_H

/*
 * A scheduler's run queue: a ring of QUEUE_SIZE tasks, first in, first out. The owner puts at the
 * tail; owner and thieves take at the head with a compare-and-swap, thieves half of it at a time,
 * as in the Go runtime (runtime/proc.go, runqput, runqgrab; after Scott Hansen's and Dmitry
 * Vyukov's design document "Scalable Go Scheduler"). Full: the caller puts the task elsewhere.
 */

#include <stdbool.h>
#include <stdint.h>

#define QUEUE_SIZE 1024u

/* Something that can be run by a scheduler; embedded in an actor. */
struct task {
	struct task *next; /* in lists */
	void (*run)(struct task *task);
};

struct queue {
	uint32_t head; /* owner and thieves */
	unsigned char apart[60];
	uint32_t tail; /* owner */
	struct task *tasks[QUEUE_SIZE];
};

/* Owner. False when full. */
bool queue_put(struct queue *queue, struct task *task);
/* Owner. NULL when empty. */
struct task *queue_take(struct queue *queue);
/* Any thread: moves half of `victim` into `queue`, whose owner calls; returns one more task to run
 * now, or NULL when there was nothing. `queue` is empty. */
struct task *queue_steal(struct queue *queue, struct queue *victim);
/* About how many; any thread. */
uint32_t queue_count(const struct queue *queue);

#endif
