/* SPDX-License-Identifier: MIT */
#include "actor/wait.h"

#include <assert.h>
#include <stddef.h>

#include "actor/deadline.h"
#include "actor/suspend.h"
#include "actor/system.h"
#include "actor/visit.h"

/* ---- The rare parts of going to wait ----------------------------------------------------------
 */

/* Behind all that is there. */
void wait_timeout_now(struct thread *thread, struct wait *wait)
{
	deadline_deliver(thread, wait->caller, wait->ref, wait->on);
}

__attribute__((noinline)) void wait_told(struct thread *thread, const struct wait *wait,
					 uint16_t tag)
{
	EMIT(thread, WAIT, 0, tag, (uint32_t)wait->ref, wait->caller.bits, wait->on.bits,
	     thread_mark(thread, thread->cell));
}

/* ---- What a waiting actor takes ---------------------------------------------------------------
 */

bool wait_wants(const struct cell *cell, const struct actor_message *message)
{
	const struct wait *wait = cell->wait;

	switch (message->kind) {
	case ACTOR_MESSAGE_KIND_REPLY:
	case ACTOR_MESSAGE_KIND_TIMEOUT:
	case ACTOR_MESSAGE_KIND_DIED:
	case ACTOR_MESSAGE_KIND_ROOM:
		return message->ref_ == wait->ref;
	case ACTOR_MESSAGE_KIND_EXIT:
		if (exit_overtakes(cell, message))
			return false; /* no message, but the end */
		break;
	default:
		break;
	}
	return !wait->suspended && wait->matches != NULL && wait->matches(wait, message);
}

void wait_accept(struct thread *thread, struct cell *cell, struct actor_message *message)
{
	struct wait *wait = cell->wait;

	wait->answer = message;
	cell->wait = NULL;
	if (wait->stack != NULL) {
		thread->cell = cell;
		worker_resume(wait->stack);
	}
}

/* Takes the first match out of the queue. What was looked at before is not looked at again. */
static struct actor_message *scan(struct cell *cell)
{
	struct wait *wait = cell->wait;
	struct actor_message *before = wait->scanned;
	struct actor_message *message = before != NULL ? before->next_ : cell->queue.first;

	/* The bell of a mailbox with a limit brings what lies behind it. */
	while (message != NULL && !wait->matches(wait, message) &&
	       (message->kind != ACTOR_MESSAGE_KIND_ROOM || wait->suspended)) {
		before = message;
		message = message->next_;
	}
	wait->scanned = before;
	if (message != NULL)
		mailbox_remove(&cell->queue, before, message);
	return message;
}

struct mailbox_list wait_skipped(struct cell *cell)
{
	struct mailbox_list skipped = {NULL, NULL, 0};
	struct actor_message *last = cell->wait != NULL ? cell->wait->scanned : NULL;

	if (last == NULL)
		return skipped;
	skipped.first = cell->queue.first;
	skipped.last = last;
	for (struct actor_message *at = skipped.first; at != last; at = at->next_)
		skipped.count++;
	skipped.count++;
	cell->queue.first = last->next_;
	if (last->next_ == NULL)
		cell->queue.last = NULL;
	cell->queue.count -= skipped.count;
	last->next_ = NULL;
	return skipped;
}

struct actor_message *wait_next(struct thread *thread, struct cell *cell)
{
	struct wait *wait = cell->wait;

	/* Mostly it is the answer to a call that was made a moment ago. */
	if (__builtin_expect(
		    wait->matches == NULL && !wait->suspended && cell->urgent.first == NULL, 1)) {
		struct actor_message *reply = cell_fetch_reply(thread, cell, wait->ref);

		if (reply != NULL || cell->urgent.first == NULL)
			return reply;
	} else {
		(void)cell_drain(thread, cell);
	}
	for (;;) {
		struct actor_message *message = cell->urgent.first;

		/* Of what has arrived a match comes before the time-out. */
		if (wait->matches != NULL &&
		    (message == NULL || message->kind == ACTOR_MESSAGE_KIND_TIMEOUT)) {
			struct actor_message *match = scan(cell);

			if (match != NULL)
				return match;
		}
		message = mailbox_shift(&cell->urgent);
		if (message == NULL || message->kind != ACTOR_MESSAGE_KIND_SYSTEM ||
		    wait->suspended)
			return message;
		message->next_ = NULL;
		mailbox_append(&wait->held, (struct mailbox_list){message, message, 1});
	}
}

/* ---- Waiting ----------------------------------------------------------------------------------
 */

void wait_asleep(struct thread *thread, struct cell *cell, struct wait *wait)
{
	struct actor_system *system = thread->system;

	if (thread->foreign)
		foreign_claim(thread);
	while (wait->answer == NULL) {
		struct actor_message *message = system->seam->next_message(thread, cell);

		if (message == NULL) {
			visit_end(thread, cell, ACTOR_PLANE_STATE_WAITING);
			if (mailbox_rest(&cell_line(cell, system)->inbox))
				thread_sleep(thread);
			thread->ticks =
				0; /* time has passed: the next turn takes a stamp of its own */
			visit_begin(thread, cell);
		} else if (turn_run(thread, cell, message) == NULL) {
			detached_exit(thread); /* the frames above belong to the dead */
		}
	}
	if (thread->foreign)
		foreign_unclaim(thread);
}

int wait_reserve(struct thread *thread)
{
	return thread->worker == NULL || worker_reserve(thread->worker) ? 0 : ACTOR_ENO_MEMORY;
}

int wait_for(struct thread *thread, struct wait *wait, uint64_t ref, struct actor_pid on,
	     uint16_t tag, uint64_t timeout_ns)
{
	return wait_here(thread, wait, ref, on, tag, timeout_ns);
}

void wait_abandon(struct thread *thread, struct cell *cell, struct mailbox_list *ret_held)
{
	struct wait *wait = cell->wait;

	cell->wait = NULL;
	*ret_held = wait->held;
	deadline_clear(cell);
	if (wait->stack != NULL) /* the wait itself lies on that stack: last look at it */
		worker_abandon(thread->worker, wait->stack);
}
