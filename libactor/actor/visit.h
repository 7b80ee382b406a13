/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_VISIT_H
#define ACTOR_VISIT_H

/*
 * A visit: a thread takes up an actor and handles messages until there are none or the budget is
 * used up. It is the innermost loop of the runtime; each implementation of the seam makes its own
 * copy of it, with its own choice of the next message built in.
 */

#include "actor/system.h"

/* Turns an actor may take before others have theirs. */
#define VISIT_TURNS 64

typedef struct actor_message *(*visit_next_function)(struct thread *thread, struct cell *cell);

/*
 * task->run. On return the cell may already run elsewhere. A turn that waits leaves this stack to
 * the actor, and a turn that ends a wait never returns here.
 */
static inline __attribute__((always_inline)) void visit_run(struct task *task,
							    visit_next_function next)
{
	struct thread *thread = thread_self();
	struct cell *cell = cell_of_task(task);

	visit_begin(thread, cell);
	if (__builtin_expect(cell->fresh, 0)) {
		cell->fresh = false;
		if (init_put(thread, cell, NULL, 0) != 0) {
			cell_end(cell, ACTOR_ENO_MEMORY);
			return;
		}
	}
	for (int turns = VISIT_TURNS; turns > 0;) {
		struct actor_message *message = next(thread, cell);

		if (message == NULL) {
			bool waits = cell->wait != NULL;

			visit_end(thread, cell,
				  waits ? ACTOR_PLANE_STATE_WAITING : ACTOR_PLANE_STATE_IDLE);
			if (mailbox_rest(&cell_line(cell, thread->system)->inbox))
				return;
			visit_begin(thread, cell);
			continue;
		}
		turns--;
		thread = turn_run(thread, cell, message); /* it may have gone on elsewhere */
		if (thread == NULL)
			return;
	}
	visit_end(thread, cell, ACTOR_PLANE_STATE_IDLE);
	visit_again(thread, cell);
}

#endif
