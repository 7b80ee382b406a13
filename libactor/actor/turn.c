/* SPDX-License-Identifier: MIT */
/* Turns of all messages but plain ones, whose turn is in visit.h. */
#include <assert.h>

#include <actor/actor.h>

#include "actor/system.h"
#include "actor/visit.h"

typedef int (*handle_function)(struct thread *thread, struct cell *cell,
			       const struct actor_message *message);

static int handle_init(struct thread *thread, struct cell *cell,
		       const struct actor_message *message)
{
	struct reply_payload started = {0, 0};
	struct actor_from starter;
	int reason = ACTOR_CONTINUE;

	if (cell->behaviour->init != NULL)
		reason = cell->behaviour->init(
			cell->state, message->size != 0 ? actor_message_payload(message) : NULL,
			message->size);
	starter = cell->extra->starter;
	if (starter.caller.bits == 0)
		return reason;
	thread = thread_self();
	if (reason != ACTOR_CONTINUE) {
		/* The starter learns it from the reply, not through the link. */
		link_remove(cell, starter.caller);
		started.status = reason < 0 ? reason : ACTOR_EBAD_CHILD;
		started.reason = reason;
	}
	(void)message_post(thread, starter.caller, ACTOR_MESSAGE_KIND_REPLY, 0, starter.ref,
			   &started, sizeof(started));
	cell->extra->starter.caller = ACTOR_PID_NONE;
	return reason;
}

static int handle_call(struct thread *thread, struct cell *cell,
		       const struct actor_message *message)
{
	struct actor_from from = {message->sender, message->ref_};
	int reason;

	(void)thread;
	if (cell->behaviour->handle_call == NULL)
		return actor_unhandled(message, ACTOR_CONTINUE);
	cell->unanswered = true;
	reason = cell->behaviour->handle_call(cell->state, message, from);
	if (cell->unanswered) {
		/* Not answered yet: whoever waits must learn it if we end first. */
		int status = owed_add(thread_self(), cell, from);

		cell->unanswered = false;
		if (status != 0 && reason == ACTOR_CONTINUE)
			reason = status;
	}
	return reason;
}

static int handle_info(struct thread *thread, struct cell *cell,
		       const struct actor_message *message)
{
	(void)thread;
	if (cell->behaviour->handle_info == NULL)
		return ACTOR_CONTINUE;
	return cell->behaviour->handle_info(cell->state, message);
}

/* An exit signal, or a trapped exit as a message. */
static int handle_exit(struct thread *thread, struct cell *cell,
		       const struct actor_message *message)
{
	const struct signal_payload *exited = actor_message_payload(message);

	if (thread->foreign)
		return ACTOR_CONTINUE; /* the program's own thread: not ours to end */
	if (cell->ending && exited->reason != ACTOR_EXIT_KILL)
		return ACTOR_CONTINUE; /* it waits in terminate; only a kill cuts that short */
	if (exited->reason == ACTOR_EXIT_KILL && exited->verb != SIGNAL_LINK)
		return ACTOR_EXIT_KILLED;
	if (cell->traps)
		return handle_info(thread, cell, message);
	return exited->reason == ACTOR_EXIT_NORMAL ? ACTOR_CONTINUE : exited->reason;
}

static int handle_signal(struct thread *thread, struct cell *cell,
			 const struct actor_message *message)
{
	link_take(thread, cell, message);
	return ACTOR_CONTINUE;
}

static int handle_nothing(struct thread *thread, struct cell *cell,
			  const struct actor_message *message)
{
	(void)thread;
	(void)cell;
	(void)message;
	return ACTOR_CONTINUE;
}

/* All but INFO and CAST. `users`: the program has a handler for it, so it counts as handled. */
static const struct {
	handle_function handle;
	bool users;
} kinds[ACTOR_MESSAGE_KIND_COUNT] = {
	[ACTOR_MESSAGE_KIND_CALL] = {handle_call, true},
	[ACTOR_MESSAGE_KIND_REPLY] = {handle_nothing, false},
	[ACTOR_MESSAGE_KIND_TIMER] = {handle_info, true},
	[ACTOR_MESSAGE_KIND_INIT] = {handle_init, false},
	[ACTOR_MESSAGE_KIND_EXIT] = {handle_exit, true},
	[ACTOR_MESSAGE_KIND_DOWN] = {handle_info, true},
	[ACTOR_MESSAGE_KIND_SIGNAL] = {handle_signal, false},
	[ACTOR_MESSAGE_KIND_SYSTEM] = {handle_nothing, false},
	[ACTOR_MESSAGE_KIND_TIMEOUT] = {handle_nothing, false},
	[ACTOR_MESSAGE_KIND_DIED] = {handle_nothing, false},
	[ACTOR_MESSAGE_KIND_ROOM] = {handle_nothing, false},
};

/* Some messages have lost their meaning on the way; then there is no turn. */
static bool is_wanted(struct thread *thread, struct cell *cell, const struct actor_message *message)
{
	const struct signal_payload *exited;
	uint64_t watched;

	switch (message->kind) {
	case ACTOR_MESSAGE_KIND_TIMER:
		return timers_take(cell, message);
	case ACTOR_MESSAGE_KIND_DOWN:
		return map_remove(&cell->extra->monitors, message->ref_, &watched);
	case ACTOR_MESSAGE_KIND_EXIT:
		exited = actor_message_payload(message);
		return exited->verb != SIGNAL_LINK ||
		       map_remove(&cell->extra->links, exited->pid.bits, NULL);
	case ACTOR_MESSAGE_KIND_REPLY:
		if (cell->wait != NULL && cell->wait->ref == message->ref_)
			return true;
		thread_add(&thread->late_replies, 1);
		EMIT(thread, LATE_REPLY, message->kind, message->tag, message->sequence,
		     cell_pid(cell).bits, message->sender.bits, 0);
		return false;
	case ACTOR_MESSAGE_KIND_ROOM:
		if (bound_is_bell(message)) {
			bound_take(thread, cell);
			return false;
		}
		return cell->wait != NULL && cell->wait->ref == message->ref_;
	case ACTOR_MESSAGE_KIND_TIMEOUT:
	case ACTOR_MESSAGE_KIND_DIED:
		return cell->wait != NULL && cell->wait->ref == message->ref_;
	default:
		return true;
	}
}

static int run(struct thread *thread, struct cell *cell, struct actor_message *message)
{
	struct actor_message *before = cell->handling; /* a signal is handled while a turn waits */
	int reason;

	assert(message->kind < ACTOR_MESSAGE_KIND_COUNT);
	if (kinds[message->kind].users) {
		cell->handled++;
		thread_add(&thread->handled, 1);
	}
	cell->handling = message;
	reason = kinds[message->kind].handle(thread, cell, message);
	cell->handling = before;
	return reason;
}

int actor_unhandled(const struct actor_message *message, int reason)
{
	struct thread *thread = thread_self();
	struct actor_plane_thread *words;
	struct actor_from from;

	if (thread == NULL || thread->cell == NULL || message == NULL)
		return ACTOR_ENOT_ACTOR;
	thread_add(&thread->unhandled, 1);
	words = thread->words;
	__atomic_store_n(&words->unhandled, words->unhandled + 1, __ATOMIC_RELAXED);
	EMIT(thread, UNHANDLED, message->kind, message->tag, message->sequence,
	     cell_pid(thread->cell).bits, message->sender.bits, 0);
	if (reason != ACTOR_CONTINUE || message->kind != ACTOR_MESSAGE_KIND_CALL)
		return reason; /* the end of the actor fails its callers */
	from.caller = message->sender;
	from.ref = message->ref_;
	return actor_reject(from, ACTOR_EREJECTED);
}

struct thread *turn_run_other(struct thread *thread, struct cell *cell,
			      struct actor_message *message)
{
	int reason;

	if (!is_wanted(thread, cell, message)) {
		message_free(thread, message);
		return thread;
	}
	turn_begin(thread, cell, message);
	if (wait_accept(thread, cell, message))
		return thread; /* a foreign or detached thread sees its answer; a scheduler is
				  elsewhere */
	reason = run(thread, cell, message);
	thread = thread_self();
	message_free(thread, message);
	if (__builtin_expect((reason | cell->stopping) == 0, 1))
		return thread;
	cell_end(cell, reason != ACTOR_CONTINUE ? reason : cell->stopping);
	return NULL;
}
