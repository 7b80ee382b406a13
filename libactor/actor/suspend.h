/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_SUSPEND_H
#define ACTOR_SUSPEND_H

/*
 * wait_for, inline: for calls, where the returns from it would be a good part of their cost, see
 * context_swap.
 */

#include "actor/system.h"

/* What is done before the stack is left; a thread that is not a scheduler has waited already. */
int wait_begin(struct thread *thread, struct wait *wait, uint64_t ref, struct actor_pid on,
	       uint16_t tag, uint64_t timeout_ns);
void wait_over(struct cell *cell, struct wait *wait);

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
