/* SPDX-License-Identifier: MIT */
/* What a turn leaves to be done when it is over: continues, and messages put aside. */
#include <actor/actor.h>
#include <actor/receive.h>

#include <assert.h>

#include "actor/rare.h"
#include "actor/system.h"
#include "base/hash.h"

/* The thread of a handler that is not in terminate, or NULL. */
static struct thread *handler_thread(void)
{
	struct thread *thread = thread_self();

	return thread != NULL && thread->cell != NULL && !thread->foreign ? thread : NULL;
}

/* ---- Continue ---------------------------------------------------------------------------------
 */

int actor_continue(struct actor_type *type, const void *payload)
{
	return actor_continue_bytes(type, payload, type != NULL ? type->size : 0);
}

int actor_continue_bytes(struct actor_type *type, const void *payload, size_t size)
{
	struct thread *thread = handler_thread();
	struct actor_message *message;
	struct cell_rare *rare;
	struct cell *cell;
	int status;

	if (thread == NULL)
		return ACTOR_ENOT_ACTOR;
	cell = thread->cell;
	if (cell->ending)
		return ACTOR_EINVALID;
	rare = cell_rare_want(thread, cell);
	if (rare == NULL)
		return ACTOR_ENO_MEMORY;
	status = message_build(thread, type, payload, size, ACTOR_MESSAGE_KIND_CONTINUE, 0, NULL,
			       &message);
	if (status != 0)
		return status;
	message->next_ = NULL;
	message->sender = cell_pid(cell);
	message->sequence = ++cell->sends;
	message->generation_ = cell->generation;
	EMIT(thread, SEND, message->kind, message->tag, message->sequence, cell_pid(cell).bits,
	     hash_bytes(actor_message_payload(message), size), size);
	mailbox_append(&rare->continues, (struct mailbox_list){message, message, 1});
	cell->after |= AFTER_CONTINUES;
	return 0;
}

/* ---- Postponing -------------------------------------------------------------------------------
 */

static bool may_be_postponed(const struct actor_message *message)
{
	switch (message->kind) {
	case ACTOR_MESSAGE_KIND_INFO:
	case ACTOR_MESSAGE_KIND_CAST:
	case ACTOR_MESSAGE_KIND_CALL:
	case ACTOR_MESSAGE_KIND_TIMER:
	case ACTOR_MESSAGE_KIND_EXIT:
	case ACTOR_MESSAGE_KIND_DOWN:
	case ACTOR_MESSAGE_KIND_RESPONSE:
	case ACTOR_MESSAGE_KIND_ALIASED:
		return true;
	default:
		return false;
	}
}

int actor_postpone(void)
{
	struct thread *thread = handler_thread();
	struct cell *cell;

	if (thread == NULL)
		return ACTOR_ENOT_ACTOR;
	cell = thread->cell;
	if (cell->ending || cell->handling == NULL || !may_be_postponed(cell->handling) ||
	    (cell->handling->kind == ACTOR_MESSAGE_KIND_CALL && !cell->unanswered))
		return ACTOR_EINVALID;
	if (cell_rare_want(thread, cell) == NULL)
		return ACTOR_ENO_MEMORY;
	cell->after |= AFTER_POSTPONE;
	return 0;
}

int actor_state_changed(void)
{
	struct thread *thread = handler_thread();

	if (thread == NULL)
		return ACTOR_ENOT_ACTOR;
	thread->cell->after |= AFTER_CHANGED;
	return 0;
}

void turn_postpone(struct thread *thread, struct cell *cell, struct actor_message *message)
{
	struct signal_payload *exited;

	EMIT(thread, POSTPONE, message->kind, message->tag, message->sequence, cell_pid(cell).bits,
	     message->sender.bits, 0);
	switch (message->kind) {
	case ACTOR_MESSAGE_KIND_TIMER:
	case ACTOR_MESSAGE_KIND_DOWN:
	case ACTOR_MESSAGE_KIND_RESPONSE:
	case ACTOR_MESSAGE_KIND_ALIASED:
		message->ref_ |= REF_TAKEN; /* the timer, monitor, request or alias is gone */
		break;
	case ACTOR_MESSAGE_KIND_EXIT:
		exited = (struct signal_payload *)(void *)(message + 1);
		exited->verb = SIGNAL_TAKEN;
		break;
	default:
		break;
	}
	message->next_ = NULL;
	mailbox_append(&cell_rare(cell)->postponed, (struct mailbox_list){message, message, 1});
}

/* ---- The end of a turn ------------------------------------------------------------------------
 */

void turn_settle(struct thread *thread, struct cell *cell)
{
	const struct mailbox_list none = {NULL, NULL, 0};
	struct cell_rare *rare = cell_rare(cell);
	uint8_t after = cell->after;

	cell->after = after & AFTER_TRACED;
	if (rare == NULL)
		return;
	if ((after & AFTER_RECEIVED) != 0) {
		message_free(thread, rare->received);
		rare->received = NULL;
	}
	if ((after & AFTER_CHANGED) != 0) {
		mailbox_prepend_list(&cell->queue, rare->postponed);
		rare->postponed = none;
	}
	if ((after & AFTER_CONTINUES) != 0) {
		mailbox_prepend_list(&cell->urgent, rare->continues);
		rare->continues = none;
	}
}
