/* SPDX-License-Identifier: MIT */
#include "actor/cell.h"

#include <assert.h>

#include "actor/system.h"
#include "base/clock.h"

void cell_ready(struct actor_system *system, struct cell *cell)
{
	if (__builtin_expect(cell->executor != NULL, 0))
		cell->executor->ready(cell->executor, &cell->task);
	else
		sched_ready(&system->sched, &cell->task);
}

/* How many messages ahead of the one at hand are fetched. */
#define AHEAD 8u

/* An exit that is trapped is a message like any other. */
bool exit_overtakes(const struct cell *cell, const struct actor_message *message)
{
	const struct signal_payload *exited = actor_message_payload(message);

	return !cell->traps || (exited->reason == ACTOR_EXIT_KILL && exited->verb == 0);
}

/* Signals and answers overtake. */
static bool is_urgent(const struct cell *cell, const struct actor_message *message)
{
	switch (message->kind) {
	case ACTOR_MESSAGE_KIND_REPLY:
	case ACTOR_MESSAGE_KIND_TIMEOUT:
	case ACTOR_MESSAGE_KIND_DIED:
	case ACTOR_MESSAGE_KIND_ROOM:
	case ACTOR_MESSAGE_KIND_SIGNAL:
		return true;
	case ACTOR_MESSAGE_KIND_SYSTEM: /* but not init */
		return (message->ref_ & REF_ORDERED) == 0 &&
		       (cell->queue.first == NULL ||
			cell->queue.first->kind != ACTOR_MESSAGE_KIND_INIT);
	case ACTOR_MESSAGE_KIND_RESPONSE:
		return (message->ref_ & REF_MESSAGE) == 0;
	case ACTOR_MESSAGE_KIND_EXIT:
		return exit_overtakes(cell, message);
	default:
		return false;
	}
}

/*
 * Puts what came out of the mailbox, newest first, where it belongs, oldest first. Messages made
 * one after the other lie at equal distances as a rule, so the walk guesses where those further on
 * are and has them fetched: they may have gone cold, or come from another core.
 */
static void distribute(struct thread *thread, struct cell *cell, struct actor_message *top)
{
	struct actor_plane_actor *line = cell_line(cell, thread->system);
	struct mailbox_list urgent = {NULL, NULL, 0};
	struct mailbox_list queue = {NULL, NULL, 0};
	struct actor_message *foreign = NULL;

	while (top != NULL) {
		struct actor_message *message = top;

		top = message->next_;
		__builtin_prefetch((const void *)((uintptr_t)top +
						  AHEAD * ((uintptr_t)top - (uintptr_t)message)));
		if (__builtin_expect(message->generation_ != cell->generation, 0)) {
			message->next_ = foreign;
			foreign = message;
		} else {
			mailbox_prepend(is_urgent(cell, message) ? &urgent : &queue, message);
		}
	}
	mailbox_append(&cell->urgent, urgent);
	mailbox_append(&cell->queue, queue);
	while (foreign != NULL) {
		/* For an actor that had this slot before: its pid is dead by now. */
		struct actor_pid dead = actor_pid_pack(cell->slot, foreign->generation_);
		struct actor_message *next = foreign->next_;
		uint32_t depth;

		if (bound_is_bell(foreign))
			bound_bell(thread, cell);
		else
			(void)cell_deliver(thread, dead, foreign, &depth);
		foreign = next;
	}
	/* What the viewer adds to the inbox: all that is here and not yet handled. */
	__atomic_store_n(&line->queued, cell->queue.count + cell->urgent.count, __ATOMIC_RELAXED);
	__atomic_store_n(&thread->words->visit_turns, 0, __ATOMIC_RELAXED);
}

bool cell_drain(struct thread *thread, struct cell *cell)
{
	struct actor_message *top = mailbox_take(&cell_line(cell, thread->system)->inbox);

	if (top == NULL)
		return false;
	distribute(thread, cell, top);
	return true;
}

struct actor_message *cell_fetch(struct thread *thread, struct cell *cell)
{
	struct actor_plane_actor *line = cell_line(cell, thread->system);
	struct actor_message *message = mailbox_take(&line->inbox);

	if (message == NULL)
		return NULL;
	/* One plain message, as mostly: it need not go through the lists. */
	if (__builtin_expect(message->next_ == NULL && message->kind <= ACTOR_MESSAGE_KIND_CALL &&
				     message->generation_ == cell->generation,
			     1)) {
		__atomic_store_n(&line->queued, 0, __ATOMIC_RELAXED);
		/* So that its turn makes it 0. */
		__atomic_store_n(&thread->words->visit_turns, UINT32_MAX, __ATOMIC_RELAXED);
		return message;
	}
	distribute(thread, cell, message);
	message = mailbox_shift(&cell->urgent);
	return message != NULL ? message : mailbox_shift(&cell->queue);
}

struct actor_message *cell_fetch_reply(struct thread *thread, struct cell *cell, uint64_t ref)
{
	struct actor_plane_actor *line = cell_line(cell, thread->system);
	struct actor_message *message = mailbox_take(&line->inbox);

	if (message == NULL)
		return NULL;
	if (__builtin_expect(message->next_ == NULL && message->kind == ACTOR_MESSAGE_KIND_REPLY &&
				     message->ref_ == ref &&
				     message->generation_ == cell->generation,
			     1)) {
		__atomic_store_n(&line->queued, cell->queue.count, __ATOMIC_RELAXED);
		__atomic_store_n(&thread->words->visit_turns, UINT32_MAX, __ATOMIC_RELAXED);
		return message;
	}
	distribute(thread, cell, message);
	return NULL;
}

/* Coarse stamps are multiples of about 0.5 us, and about 2 us apart. */
#define STAMPS_APART 4u
#define STAMPS_EACH  64u

void thread_mark_anew(struct thread *thread, struct cell *cell)
{
	uint64_t unit = UINT64_C(1) << (63 - __builtin_clzll(clock_ticks_per_second / 2000000 | 1));
	uint64_t before = thread->ticks;
	uint64_t now = clock_ticks();
	uint8_t stamper = (uint8_t)(thread->index + 1);

	thread->ticks = now;
	if (cell->stamper == stamper && before != 0) {
		/* Multiples are short in a trace. */
		thread->ticks = (now & -unit) > before ? now & -unit : before;
		if (now - before < STAMPS_APART * unit)
			thread->stamps_each *= 2;
		else if (now - before > 2 * STAMPS_APART * unit)
			thread->stamps_each /= 2;
	}
	if (thread->stamps_each > STAMPS_EACH)
		thread->stamps_each = STAMPS_EACH;
	else if (thread->stamps_each == 0)
		thread->stamps_each = 1;
	thread->stamps_left = thread->stamps_each - 1;
	cell->stamper = stamper;
}

bool visit_goes_on(struct thread *thread, uint32_t turns)
{
	struct actor_system *system = thread->system;
	uint64_t now;

	if (turns >= system->visit_turns)
		return false;
	now = clock_ticks();
	/*
	 * Since this thread last said that a visit's time is over, whosever visits it was spent in:
	 * so nobody's beginning need be stamped. Wrong at most once in that time, and then an actor
	 * goes behind the others a little early.
	 */
	if (now - thread->slice_ticks > system->visit_ticks) {
		thread->slice_ticks = now;
		thread->stamps_left = 0; /* one turn may have lasted all that time */
		if (thread->worker != NULL)
			sched_look_around(thread->worker);
		return false;
	}
	turns = 4 * turns < system->visit_turns ? 3 * turns : system->visit_turns - turns;
	__atomic_store_n(&thread->turns_left, (int32_t)turns, __ATOMIC_RELAXED);
	return true;
}

void visit_again(struct thread *thread, struct cell *cell)
{
	if (cell->executor != NULL)
		cell->executor->ready(cell->executor, &cell->task);
	else
		sched_ready_last(&thread->system->sched, &cell->task);
}

void cell_rest_last(void *argument)
{
	visit_again(thread_self(), argument);
}

void cell_rest_waiting(void *argument)
{
	struct cell *cell = argument;

	cell->task.run(&cell->task);
}
