/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_DELIVER_H
#define ACTOR_DELIVER_H

/*
 * A message's road from its sender into the receiver's list or mailbox: inline, for send.c and
 * call.c, where what only other messages need disappears from it.
 */

#include <assert.h>
#include <string.h>

#include "actor/system.h"

/* What is emitted for a message that is sent. */
#define SEND_EVENTS (UINT64_C(1) << ACTOR_EVENT_SEND | UINT64_C(1) << ACTOR_EVENT_OUTSIDE)

static inline bool is_signal(uint8_t kind)
{
	return kind == ACTOR_MESSAGE_KIND_SIGNAL || kind == ACTOR_MESSAGE_KIND_EXIT ||
	       kind == ACTOR_MESSAGE_KIND_SYSTEM;
}

/* The actor is ours by mailbox_claim: it gets the message, and is run next. */
static inline void deliver_claimed(struct thread *thread, struct cell *cell,
				   struct actor_plane_actor *line, struct actor_message *message,
				   uint8_t kind, uint32_t *ret_depth)
{
	struct mailbox_list *list = kind == ACTOR_MESSAGE_KIND_REPLY ? &cell->urgent : &cell->queue;

	message->next_ = NULL;
	if (list->first == NULL)
		list->first = message;
	else
		list->last->next_ = message;
	list->last = message;
	list->count++;
	/* Its edge goes away before it can run; nobody but us changes it now. */
	if (kind == ACTOR_MESSAGE_KIND_REPLY && cell->wait != NULL &&
	    cell->wait->ref == message->ref_)
		__atomic_store_n(&line->waiting_on, 0, __ATOMIC_RELAXED);
	*ret_depth = cell->queue.count + cell->urgent.count;
	__atomic_store_n(&line->queued, *ret_depth, __ATOMIC_RELAXED);
	sched_ready_next(thread->worker, &cell->task);
}

/*
 * The actor sleeps, and this message wakes it: it need not go through the mailbox. Whoever wakes an
 * actor owns it until it is run. False: it does not sleep, or is another one by now.
 */
static inline bool deliver_awake(struct thread *thread, struct cell *cell,
				 struct actor_plane_actor *line, struct actor_message *message,
				 uint8_t kind, uint32_t *ret_depth)
{
	if (!mailbox_claim(&line->inbox))
		return false;
	if (__builtin_expect(cell->generation != message->generation_ || cell->executor != NULL,
			     0)) {
		if (!mailbox_rest(&line->inbox)) /* what came in between expects that it is run */
			cell_ready(thread->system, cell);
		return false;
	}
	deliver_claimed(thread, cell, line, message, kind, ret_depth);
	return true;
}

/*
 * Inline, with the kind: what only signals need disappears from the road of plain messages.
 * `plain`: whatever limit the receiver has.
 */
static inline __attribute__((always_inline)) bool deliver(struct thread *thread,
							  struct actor_pid to,
							  struct actor_message *message,
							  uint8_t kind, bool plain,
							  uint32_t *ret_depth)
{
	struct actor_system *system = thread->system;
	struct cell *cell;
	uint32_t slot = actor_pid_slot(to);
	enum mailbox_pushed pushed = MAILBOX_REFUSED;
	uint32_t queued = 0;

	message->generation_ = actor_pid_generation(to);
	/* Node 0 and a generation that is not 0, in one comparison. */
	if ((to.bits >> ACTOR_PID_SLOT_BITS) - 1 < UINT32_MAX && slot < system->actors_max) {
		struct actor_plane_actor *line = system_line(system, slot);

		/*
		 * Acquire: pairs with the release in cell_end. The actor may die between this and
		 * the push, and the slot have a new one: that one finds a foreign generation in
		 * the message and buries it.
		 */
		if (__atomic_load_n(&line->generation, __ATOMIC_ACQUIRE) == message->generation_) {
			uint8_t line_kind = __atomic_load_n(&line->kind, __ATOMIC_RELAXED);

			if (!plain && __builtin_expect(line_kind & ACTOR_PLANE_KIND_WATCHED, 0))
				return system->seam->limited(thread, to, message, ret_depth);
			if (kind <= ACTOR_MESSAGE_KIND_REPLY && thread->worker != NULL &&
			    __atomic_load_n(&line->inbox, __ATOMIC_RELAXED) == MAILBOX_IDLE &&
			    deliver_awake(thread, system_cell(system, slot), line, message, kind,
					  ret_depth))
				return true;
			if (kind == ACTOR_MESSAGE_KIND_REPLY)
				waiting_answered(thread, (struct actor_from){to, message->ref_});
			queued = __atomic_load_n(&line->queued, __ATOMIC_RELAXED);
			pushed = mailbox_push(&line->inbox, message, ret_depth);
		}
	}
	if (__builtin_expect(pushed == MAILBOX_REFUSED, 0)) {
		thread->outcome = BOUND_DEAD;
		return system->seam->refused(thread, to, message);
	}
	*ret_depth += queued;
	cell = system_cell(system, slot);
	/* Release: pairs with the acquire in seam_live.next_message; the signal is in the inbox. */
	if (is_signal(kind))
		__atomic_store_n(&cell->overtake, 1, __ATOMIC_RELEASE);
	if (pushed == MAILBOX_WAKE) {
		if (__builtin_expect(cell->executor != NULL || thread->worker == NULL, 0))
			cell_ready(system, cell);
		else
			sched_ready_next(thread->worker, &cell->task);
	}
	return true;
}

/* send_message for those who read along. Apart, so that it costs nobody else. */
int send_told(struct thread *thread, struct actor_pid to, struct actor_message *message);
/* It was not delivered, or not at once. */
int send_outcome(struct thread *thread, struct actor_pid to, uint16_t tag);

static inline __attribute__((always_inline)) int send_message(struct thread *thread,
							      struct actor_pid to,
							      struct actor_message *message,
							      uint8_t kind)
{
	struct cell *cell = thread->cell;
	uint16_t tag = message->tag;
	uint32_t depth;

	cell->turn_sends++; /* whether it arrives or not: that is chance, and this decides */
	message->sender = cell_pid(cell);
	message->sequence = ++cell->sends;
	if (__builtin_expect(ring_wants_any(&thread->ring, SEND_EVENTS), 0))
		return send_told(thread, to, message);
	if (__builtin_expect(!deliver(thread, to, message, kind, false, &depth), 0))
		return send_outcome(thread, to, tag);
	return 0;
}

/*
 * Common to send, cast and call: copies the payload into a message, with more room behind it.
 * `fixed`: it is as large as its type says, whatever `size` says.
 */
static inline __attribute__((always_inline)) int message_make(
	struct thread *thread, struct actor_type *type, const void *payload, bool fixed,
	size_t size, size_t tail, enum actor_message_kind kind, uint64_t ref,
	struct actor_message **ret_message)
{
	struct actor_message *message;
	uint32_t number;

	if (type == NULL)
		return ACTOR_EINVALID;
	if (fixed)
		size = type->size;
	else if (size < type->size || (size > type->size && !type->flexible))
		return ACTOR_EINVALID;
	if (payload == NULL && size != 0)
		return ACTOR_EINVALID;
	if (size > ACTOR_PAYLOAD_MAX)
		return ACTOR_ETOO_LARGE;
	/* Acquire: pairs with the release in plane_type. */
	number = __atomic_load_n(&type->number, __ATOMIC_ACQUIRE);
	if (__builtin_expect(number == 0, 0)) {
		number = plane_type(&thread->system->plane, type);
		if (number == 0)
			return ACTOR_ETABLE_FULL;
	}
	message = message_create(thread, size + tail);
	if (message == NULL)
		return ACTOR_ENO_MEMORY;
	message->size = (uint32_t)size;
	message->kind = (uint8_t)kind;
	message->tag = (uint16_t)number;
	message->ref_ = ref;
	payload_copy(message + 1, payload, size);
	if (type->clear != NULL)
		type->clear(message + 1);
	*ret_message = message;
	return 0;
}

#endif
