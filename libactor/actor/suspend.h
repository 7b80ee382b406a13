/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_SUSPEND_H
#define ACTOR_SUSPEND_H

/*
 * wait_for, inline: for calls, where the returns from it would be a good part of their cost, see
 * context_swap.
 */

#include <assert.h>

#include "actor/deadline.h"
#include "actor/system.h"
#include "actor/visit.h"

/* The rare parts. */
void wait_timeout_now(struct thread *thread, struct wait *wait);
void wait_told(struct thread *thread, const struct wait *wait, uint16_t tag);

/* What is done before the stack is left; a thread that is not a scheduler has waited already. */
static inline __attribute__((always_inline)) int wait_begin(struct thread *thread,
							    struct wait *wait, uint64_t ref,
							    struct actor_pid on, uint16_t tag,
							    uint64_t timeout_ns)
{
	struct cell *cell = thread->cell;
	int status = 0;

	assert(cell->wait == NULL);
	wait->ref = ref;
	wait->on = on;
	wait->system = thread->system;
	wait->caller = cell_pid(cell);
	wait->now = thread->now;
	wait->timed = timeout_ns != ACTOR_FOREVER;
	if (__builtin_expect(timeout_ns == 0, 0))
		wait_timeout_now(thread, wait);
	else if (timeout_ns != ACTOR_FOREVER)
		status = deadline_set(thread, cell, ref, on, timeout_ns);
	if (__builtin_expect(status != 0, 0))
		return status;
	if (__builtin_expect(ring_wants(&thread->ring, ACTOR_EVENT_WAIT), 0))
		wait_told(thread, wait, tag);
	cell->wait = wait;
	if (__builtin_expect(thread->worker != NULL, 1))
		/* Busy time up to here; cell_rest_waiting begins a visit of its own. */
		visit_end(thread, cell, ACTOR_PLANE_STATE_WAITING);
	else
		thread->system->seam->sleep(thread, cell, wait);
	return 0;
}

static inline void wait_over(struct cell *cell, struct wait *wait)
{
	thread_self()->now = wait->now; /* the turn goes on, and its time with it */
	if (wait->timed)
		deadline_clear(cell);
	if (__builtin_expect(wait->held.first != NULL, 0))
		mailbox_prepend_list(&cell->urgent, wait->held);
}

static inline __attribute__((always_inline)) int wait_here(struct thread *thread, struct wait *wait,
							   uint64_t ref, struct actor_pid on,
							   uint16_t tag, uint64_t timeout_ns)
{
	struct cell *cell = thread->cell;
	int status = wait_begin(thread, wait, ref, on, tag, timeout_ns);

	if (__builtin_expect(status != 0, 0))
		return status;
	if (__builtin_expect(thread->worker != NULL, 1))
		worker_suspend(&wait->stack, wait->last ? cell_rest_last : cell_rest_waiting, cell);
	wait_over(cell, wait);
	return 0;
}

#endif
