/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_VISIT_H
#define ACTOR_VISIT_H

/*
 * A visit: a thread takes up an actor and handles messages until there are none or its budget of
 * turns or of time is used up; then the actor goes behind the others. It is the innermost loop of
 * the runtime; each implementation of the seam makes its own copy of it, with its own choice of the
 * next message built in.
 */

#include "actor/system.h"
#include "base/clock.h"

/* What somebody who reads is told at the end of a visit, and at the beginning of a turn. */
void visit_end_timed(struct thread *thread, struct actor_plane_actor *line);
void turn_begin_timed(struct thread *thread, struct cell *cell, const struct actor_message *message,
		      uint8_t flags);

/*
 * A thread takes up an actor, whose line is given, and leaves it in that state. Between the two the
 * actor is its own.
 */
static inline void visit_begin_at(struct thread *thread, struct cell *cell,
				  struct actor_plane_actor *line)
{
	struct actor_plane_thread *words = thread->words;

	thread->cell = cell;
	if (__builtin_expect(ring_refresh(&thread->ring), 0))
		thread->ticks = 0; /* of when somebody read last */
	thread->visit_ticks = 0;
	__atomic_store_n(&words->current, cell_pid(cell).bits, __ATOMIC_RELAXED);
	__atomic_store_n(&words->visits, words->visits + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&line->state, ACTOR_PLANE_STATE_RUNNING, __ATOMIC_RELAXED);
	thread_tls_set(cell_pid(cell).bits);
}

static inline void visit_begin(struct thread *thread, struct cell *cell)
{
	visit_begin_at(thread, cell, cell_line(cell, thread->system));
}

static inline void visit_end_at(struct thread *thread, struct cell *cell,
				struct actor_plane_actor *line, enum actor_plane_state state)
{
	struct actor_plane_thread *words = thread->words;

	if (__builtin_expect(ring_timed(&thread->ring), 0))
		visit_end_timed(thread, line);
	__atomic_store_n(&words->current, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&words->visit_turns, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&line->queued, cell->queue.count + cell->urgent.count, __ATOMIC_RELAXED);
	__atomic_store_n(&line->messages_out, cell->sends, __ATOMIC_RELAXED);
	__atomic_store_n(&line->messages_in, cell->handled, __ATOMIC_RELAXED);
	__atomic_store_n(&line->state, (uint8_t)state, __ATOMIC_RELAXED);
	thread->cell = NULL;
	thread_tls_set(0);
}

static inline void visit_end(struct thread *thread, struct cell *cell, enum actor_plane_state state)
{
	visit_end_at(thread, cell, cell_line(cell, thread->system), state);
}

/* How an actor that has nothing to do is shown. */
static inline enum actor_plane_state state_at_rest(const struct cell *cell)
{
	if (__builtin_expect(cell->wait == NULL, 1))
		return ACTOR_PLANE_STATE_IDLE;
	return cell->wait->suspended ? ACTOR_PLANE_STATE_SUSPENDED : ACTOR_PLANE_STATE_WAITING;
}

/* `flags`: ACTOR_EVENT_RESUMES or 0. */
static inline void turn_begin(struct thread *thread, struct cell *cell,
			      const struct actor_message *message, uint8_t flags)
{
	struct actor_plane_thread *words = thread->words;

	thread->ring.actor = cell_pid(cell).bits;
	thread->now = 0;
	cell->turn_sends = 0;
	__atomic_store_n(&words->tag, message->tag, __ATOMIC_RELAXED);
	__atomic_store_n(&words->visit_turns, words->visit_turns + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&words->turns, words->turns + 1, __ATOMIC_RELAXED);
	/* Who wants events reads, so that one question is enough. */
	if (__builtin_expect(ring_timed(&thread->ring), 0))
		turn_begin_timed(thread, cell, message, flags);
}

/* A call; what is owed when its turn is over without an answer is noted. */
static inline int turn_call(struct cell *cell, const struct actor_message *message)
{
	struct actor_from from = {message->sender, message->ref_};
	int reason;

	if (__builtin_expect(cell->behaviour->handle_call == NULL, 0))
		return actor_unhandled(message, ACTOR_CONTINUE);
	cell->unanswered = true;
	reason = cell->behaviour->handle_call(cell->state, message, from);
	return __builtin_expect(cell->unanswered, 0) ? turn_unanswered(cell, from, reason) : reason;
}

/*
 * Handles one message. Owns the message. Returns the thread to go on with, which is another one
 * where the turn has waited; NULL when the actor has ended.
 */
static inline __attribute__((always_inline)) struct thread *turn_run(struct thread *thread,
								     struct cell *cell,
								     struct actor_message *message)
{
	int (*handle)(void *state, const struct actor_message *message);
	int reason;

	if (__builtin_expect((message->kind > ACTOR_MESSAGE_KIND_CALL) | (cell->wait != NULL), 0))
		return turn_run_other(thread, cell, message);
	turn_begin(thread, cell, message, 0);
	cell->handled++;
	thread_add(&thread->handled, 1);
	handle = message->kind == ACTOR_MESSAGE_KIND_CAST ? cell->behaviour->handle_cast
							  : cell->behaviour->handle_info;
	cell->handling = message;
	if (message->kind == ACTOR_MESSAGE_KIND_CALL)
		reason = turn_call(cell, message);
	else
		reason = __builtin_expect(handle != NULL, 1)
				 ? handle(cell->state, message)
				 : actor_unhandled(message, ACTOR_CONTINUE);
	cell->handling = NULL;
	thread = thread_self();
	if (__builtin_expect((reason | cell->after) != 0, 0))
		return turn_end(thread, cell, message, reason);
	message_free(thread, message);
	return thread;
}

typedef struct actor_message *(*visit_next_function)(struct thread *thread, struct cell *cell,
						     struct actor_plane_actor *line);

/*
 * task->run. On return the cell may already run elsewhere. A turn that waits leaves this stack to
 * the actor, and a turn that ends a wait never returns here.
 */
static inline __attribute__((always_inline)) void visit_run(struct task *task,
							    visit_next_function next)
{
	struct thread *thread = thread_self();
	struct cell *cell = cell_of_task(task);
	struct actor_plane_actor *line = cell_line(cell, thread->system);

	visit_begin_at(thread, cell, line);
	if (__builtin_expect(cell->fresh, 0)) {
		cell->fresh = false;
		if (init_put(thread, cell, NULL, 0) != 0) {
			cell_end(cell, ACTOR_ENO_MEMORY);
			return;
		}
	}
	__atomic_store_n(&thread->turns_left, thread->turns_first, __ATOMIC_RELAXED);
	for (uint32_t turns = 0;;) {
		int32_t left;
		struct actor_message *message = next(thread, cell, line);

		if (message == NULL) {
			visit_end_at(thread, cell, line, state_at_rest(cell));
			if (mailbox_rest(&line->inbox))
				return;
			visit_begin_at(thread, cell, line);
			continue;
		}
		thread = turn_run(thread, cell, message); /* it may have gone on elsewhere */
		if (thread == NULL)
			return;
		turns++;
		left = __atomic_load_n(&thread->turns_left, __ATOMIC_RELAXED) - 1;
		__atomic_store_n(&thread->turns_left, left, __ATOMIC_RELAXED);
		if (__builtin_expect(left <= 0, 0) && !visit_goes_on(thread, turns))
			break;
	}
	visit_end_at(thread, cell, line, state_at_rest(cell));
	visit_again(thread, cell);
}

#endif
