/* SPDX-License-Identifier: MIT */
/* The list of a mailbox with a limit, and what is done for it after its lock is given back. */
#include "actor/bound_list.h"

#include <string.h>

#include "actor/log.h"
#include "base/hash.h"

void list_append(struct bound *bound, struct actor_message *message)
{
	struct mailbox_list one = {message, message, 1};

	message->next_ = NULL;
	mailbox_append(&bound->list, one);
	if (is_counted(message) && ++bound->users > bound->limit && bound->edge == NULL)
		bound->edge = message;
}

static void next_edge(struct bound *bound)
{
	do
		bound->edge = bound->edge->next_;
	while (bound->edge != NULL && !is_counted(bound->edge));
}

void list_make_room(struct bound *bound, struct bound_deed *deed)
{
	struct actor_message *inside = bound->edge;

	bound->users--;
	if (inside == NULL)
		return;
	if (is_awaited(inside)) {
		deed->woken.caller = inside->sender;
		deed->woken.ref = inside->ref_;
		deed->woken_tag = inside->tag;
	}
	next_edge(bound);
}

uint64_t list_name(const struct actor_message *message)
{
	uint64_t name = hash_mix(message->sender.bits, message->sequence);

	return name > VERDICT_LAST ? name : name + VERDICT_LAST + 1;
}

const struct actor_message *list_oldest(const struct bound *bound)
{
	const struct actor_message *message = bound->list.first;

	while (message != NULL && !is_counted(message))
		message = message->next_;
	return message;
}

struct actor_message *list_take(struct bound *bound, uint64_t name, struct bound_deed *deed)
{
	struct actor_message *before = NULL;
	bool beyond = false;

	for (struct actor_message *message = bound->list.first; message != NULL;
	     before = message, message = message->next_) {
		beyond = beyond || message == bound->edge;
		if (!is_counted(message) || list_name(message) != name)
			continue;
		if (before != NULL)
			before->next_ = message->next_;
		else
			bound->list.first = message->next_;
		if (bound->list.last == message)
			bound->list.last = before;
		bound->list.count--;
		if (beyond)
			bound->users--;
		else
			list_make_room(bound, deed);
		if (bound->edge == message)
			next_edge(bound);
		return message;
	}
	return NULL;
}

void list_ring(struct actor_plane_actor *line, struct bound *bound, struct bound_deed *deed)
{
	uint32_t depth;

	if (!bound->rung) {
		deed->pushed = mailbox_push(&line->inbox, &bound->bell, &depth);
		bound->rung = deed->pushed != MAILBOX_REFUSED;
	} else if (bound->drained) {
		__atomic_store_n(&line->queued, bound->list.count + bound->others,
				 __ATOMIC_RELAXED);
	} else if (deed->dropped == NULL) { /* else it has come for another one */
		mailbox_grow(&line->inbox);
	}
}

void bound_wake(struct thread *thread, struct actor_pid about, struct actor_from sender,
		uint16_t tag)
{
	waiting_answered(thread, sender);
	message_notify(thread, about, sender.caller, ACTOR_MESSAGE_KIND_ROOM, tag, sender.ref, NULL,
		       0);
}

void bound_drop(struct thread *thread, struct actor_pid to, struct actor_message *message,
		bool tell)
{
	thread_add(&thread->mailbox_dropped, 1);
	EMIT(thread, MAILBOX_DROP, message->kind, message->tag, message->sequence, to.bits,
	     message->sender.bits, 0);
	if (tell && message->kind == ACTOR_MESSAGE_KIND_CALL) {
		struct actor_from from = {message->sender, message->ref_};
		struct reply_payload full = {ACTOR_EMAILBOX_FULL, 0};
		bool request = (from.ref & REF_REQUEST) != 0;

		message_notify(thread, to, from.caller,
			       request ? ACTOR_MESSAGE_KIND_RESPONSE : ACTOR_MESSAGE_KIND_REPLY,
			       message->tag, from.ref, &full, sizeof(full));
	}
	message_free(thread, message);
}

void deed_do(struct thread *thread, struct actor_pid pid, const struct bound_deed *deed)
{
	struct actor_system *system = thread->system;

	if (deed->pushed == MAILBOX_WAKE)
		cell_ready(system, system_cell(system, actor_pid_slot(pid)));
	if (deed->woken.caller.bits != 0)
		bound_wake(thread, pid, deed->woken, deed->woken_tag);
	if (deed->dropped != NULL)
		bound_drop(thread, pid, deed->dropped, true);
	if (deed->high != 0) {
		EMIT(thread, MAILBOX_HIGH, 0, 0, 0, pid.bits, deed->high, 0);
		LOG(system, ACTOR_LOG_WARNING, pid, "%u messages wait in its mailbox", deed->high);
	}
	if (deed->low != 0) {
		EMIT(thread, MAILBOX_LOW, 0, 0, 0, pid.bits, deed->low - 1, 0);
		LOG(system, ACTOR_LOG_INFO, pid, "only %u messages wait in its mailbox now",
		    deed->low - 1);
	}
}
