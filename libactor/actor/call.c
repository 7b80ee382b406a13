/* SPDX-License-Identifier: MIT */
/* Calls: a request, a wait, an answer. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <actor/actor.h>
#include <actor/blob.h>

#include "actor/deliver.h"
#include "actor/rare.h"
#include "actor/suspend.h"
#include "actor/system.h"
#include "actor/visit.h"

/* More answers owed than this, and those that nobody waits for any more are thrown out. */
#define OWED_MANY 32u

/* ---- Answers owed -----------------------------------------------------------------------------
 */

/* Whether that caller still waits for this actor; it may be wrong for an instant, on the safe side.
 */
static bool still_waits(struct actor_system *system, struct actor_from from, struct actor_pid on)
{
	struct actor_plane_actor *line = system_find(system, from.caller);

	if ((from.ref & REF_REQUEST) != 0)
		return line != NULL; /* it need not wait to get its response */
	return line != NULL && __atomic_load_n(&line->waiting_on, __ATOMIC_RELAXED) == on.bits;
}

int owed_add(struct thread *thread, struct cell *cell, struct actor_from from)
{
	struct cell_extra *extra = cell_extra_want(thread, cell);
	struct owed *owed;
	uint32_t count = 0;

	if (extra == NULL)
		return ACTOR_ENO_MEMORY;
	for (struct owed **link = &extra->owed; *link != NULL; count++) {
		struct owed *old = *link;

		if (count >= OWED_MANY && !still_waits(thread->system, old->from, cell_pid(cell))) {
			*link = old->next;
			free(old);
			continue;
		}
		link = &old->next;
	}
	owed = malloc(sizeof(*owed));
	if (owed == NULL)
		return ACTOR_ENO_MEMORY;
	owed->from = from;
	owed->next = extra->owed;
	extra->owed = owed;
	return 0;
}

/* The answer is on its way; forget that it was owed. */
static void owed_settle(struct cell *cell, struct actor_from from)
{
	const struct actor_message *message = cell->handling;

	if (cell->unanswered && message->ref_ == from.ref &&
	    actor_pid_equal(message->sender, from.caller)) {
		cell->unanswered = false;
		return;
	}
	for (struct owed **link = &cell->extra->owed; *link != NULL; link = &(*link)->next) {
		struct owed *owed = *link;

		if (owed->from.ref == from.ref && actor_pid_equal(owed->from.caller, from.caller)) {
			*link = owed->next;
			free(owed);
			return;
		}
	}
}

void owed_fail(struct thread *thread, struct cell *cell, int reason)
{
	struct cell_extra *extra = cell->extra;

	if (cell->unanswered) {
		struct actor_from from = {cell->handling->sender, cell->handling->ref_};

		cell->unanswered = false;
		call_fail(thread, cell_pid(cell), from, reason);
	}
	while (extra->owed != NULL) {
		struct owed *owed = extra->owed;

		extra->owed = owed->next;
		call_fail(thread, cell_pid(cell), owed->from, reason);
		free(owed);
	}
}

void call_fail(struct thread *thread, struct actor_pid about, struct actor_from from, int reason)
{
	bool never_was = reason == ACTOR_EXIT_NO_ACTOR;
	struct reply_payload died = {never_was ? ACTOR_ENOT_FOUND : ACTOR_EDIED, reason};
	bool request = (from.ref & REF_REQUEST) != 0;

	message_notify(thread, about, from.caller,
		       request ? ACTOR_MESSAGE_KIND_RESPONSE : ACTOR_MESSAGE_KIND_DIED,
		       (uint16_t)(from.ref >> REF_TAG_SHIFT), from.ref, &died, sizeof(died));
}

/* ---- Deaths ------------------------------------------------------------------------------------
 */

int death_await(struct thread *thread, struct actor_pid pid, uint64_t timeout_ns)
{
	struct signal_payload signal = {cell_pid(thread->cell), 0, SIGNAL_MONITOR};
	struct wait wait;
	uint64_t ref = call_ref(thread->cell, 0) | REF_AWAITED;
	bool timeout;
	int status;

	wait_init(&wait);
	status = wait_reserve(thread);
	waiting_set(thread, pid);
	if (status == 0)
		status = message_post(thread, pid, ACTOR_MESSAGE_KIND_SIGNAL, 0, ref, &signal,
				      sizeof(signal));
	if (status == 0)
		status = wait_for(thread, &wait, ref, pid, 0, timeout_ns);
	thread = thread_self();
	waiting_end(thread);
	if (status != 0)
		return status;
	timeout = wait.answer->kind == ACTOR_MESSAGE_KIND_TIMEOUT;
	message_free(thread, wait.answer);
	if (!timeout)
		return 0;
	signal.verb = SIGNAL_DEMONITOR;
	(void)message_post(thread, pid, ACTOR_MESSAGE_KIND_SIGNAL, 0, ref, &signal, sizeof(signal));
	return ACTOR_ETIMEOUT;
}

/* ---- The public functions ----------------------------------------------------------------------
 */

void call_reason_note(struct thread *thread, int reason)
{
	struct cell_rare *rare = cell_rare_want(thread, thread->cell);

	if (rare != NULL)
		rare->reason = reason;
}

int actor_call_reason(void)
{
	struct thread *thread = thread_self();
	const struct cell_rare *rare =
		thread != NULL && thread->cell != NULL ? cell_rare(thread->cell) : NULL;

	return rare != NULL ? rare->reason : 0;
}

int call_status(struct thread *thread, const struct actor_message *answer)
{
	const struct reply_payload *reply = actor_message_payload(answer);

	switch (answer->kind) {
	case ACTOR_MESSAGE_KIND_TIMEOUT:
		return ACTOR_ETIMEOUT;
	case ACTOR_MESSAGE_KIND_DIED:
		call_reason_note(thread, reply->reason);
		return reply->status;
	default:
		return reply->status;
	}
}

uint64_t call_ref(struct cell *cell, uint32_t tag)
{
	uint32_t ref = cell->refs + 1;

	__atomic_store_n(&cell->refs, ref,
			 __ATOMIC_RELAXED); /* others look, see waiting_answered */
	return ((uint64_t)tag << REF_TAG_SHIFT) | ref;
}

/*
 * Mostly the callee sleeps and waits for nobody, and is ours by one compare-and-swap: then no
 * circle can be closed, and nobody need look for one. It cannot go to wait before it has got the
 * request, which comes behind our edge in the one order of all edges: of those that close a circle
 * later, one sees all others.
 */
static inline bool call_awake(struct thread *thread, struct actor_pid to,
			      struct actor_message *message)
{
	struct actor_system *system = thread->system;
	uint32_t slot = actor_pid_slot(to);
	struct actor_plane_actor *line;
	struct cell *cell = thread->cell;
	struct cell *callee;
	uint32_t depth;

	/* Node 0 and a generation that is not 0, in one comparison. */
	if (__builtin_expect(thread->worker == NULL || system->seam != &seam_live ||
				     ring_wants_any(&thread->ring, SEND_EVENTS) ||
				     (to.bits >> ACTOR_PID_SLOT_BITS) - 1 >= UINT32_MAX ||
				     slot >= system->actors_max,
			     0))
		return false;
	line = system_line(system, slot);
	if (__atomic_load_n(&line->inbox, __ATOMIC_RELAXED) != MAILBOX_IDLE ||
	    (__atomic_load_n(&line->kind, __ATOMIC_RELAXED) & ACTOR_PLANE_KIND_WATCHED) != 0 ||
	    !mailbox_claim(&line->inbox))
		return false;
	callee = system_cell(system, slot);
	if (__builtin_expect(callee->generation != actor_pid_generation(to) ||
				     callee->executor != NULL || callee->wait != NULL,
			     0)) {
		if (!mailbox_rest(&line->inbox)) /* what came in between expects that it is run */
			cell_ready(system, callee);
		return false;
	}
	waiting_set(thread, to);
	cell->turn_sends++;
	message->generation_ = callee->generation;
	message->sender = cell_pid(cell);
	message->sequence = ++cell->sends;
	deliver_claimed(thread, callee, line, message, ACTOR_MESSAGE_KIND_CALL, &depth);
	return true;
}

static __attribute__((noinline)) int call_other(struct thread *thread, struct actor_pid to,
						struct actor_message *message, int made)
{
	int status = waiting_begin(thread, to);

	if (status == 0 && made == 0)
		return send_message(thread, to, message, ACTOR_MESSAGE_KIND_CALL);
	if (made == 0)
		message_free(thread, message);
	if (status != 0)
		thread_output(thread);
	return status != 0 ? status : made;
}

/* The request is made, then the edge that says for whom the caller waits, then it is sent. */
static inline __attribute__((always_inline)) int call_send(
	struct thread *thread, struct actor_pid to, struct actor_type *type, const void *payload,
	bool fixed, size_t size, struct actor_blob *blob, uint64_t ref)
{
	struct actor_message *message = NULL;
	int made;

	if (blob == NULL)
		made = message_make(thread, type, payload, fixed, size, 0, ACTOR_MESSAGE_KIND_CALL,
				    ref, &message);
	else
		made = message_build(thread, type, payload, type->size, ACTOR_MESSAGE_KIND_CALL,
				     ref, blob, &message);
	if (__builtin_expect(made == 0, 1) && call_awake(thread, to, message))
		return 0;
	return call_other(thread, to, message, made);
}

static inline __attribute__((always_inline)) int call(struct actor_pid to, struct actor_type *type,
						      const void *payload, bool fixed, size_t size,
						      struct actor_blob *blob, void *reply,
						      uint64_t timeout_ns)
{
	struct thread *thread = thread_self();
	struct wait wait;
	uint64_t ref;
	int status;

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (type == NULL || (reply == NULL && type->reply_size != 0))
		return ACTOR_EINVALID;
	if (__atomic_load_n(&type->number, __ATOMIC_ACQUIRE) == 0 &&
	    plane_type(&thread->system->plane, type) == 0)
		return ACTOR_ETABLE_FULL;
	wait_init(&wait);
	if (__builtin_expect(thread->worker == NULL || thread->worker->spare.first == NULL, 0)) {
		status = wait_reserve(thread);
		if (status != 0)
			return status;
	}
	thread_input(thread);
	ref = call_ref(thread->cell, type->number); /* before the edge, see waiting_answered */
	status = call_send(thread, to, type, payload, fixed, size, blob, ref);
	if (status == 0)
		status = wait_here(thread, &wait, ref, to, (uint16_t)type->number, timeout_ns);
	thread = thread_self();
	waiting_end(thread);
	if (status != 0)
		return status;
	status = call_status(thread, wait.answer);
	if (status == 0 && type->reply_size != 0) {
		assert(wait.answer->size == sizeof(struct reply_payload) + type->reply_size);
		payload_copy(reply,
			     (const char *)actor_message_payload(wait.answer) +
				     sizeof(struct reply_payload),
			     type->reply_size);
	}
	message_free(thread, wait.answer);
	thread_output(thread);
	return status;
}

int actor_call(struct actor_pid to, struct actor_type *type, const void *payload, void *reply,
	       uint64_t timeout_ns)
{
	return call(to, type, payload, true, 0, NULL, reply, timeout_ns);
}

int actor_call_bytes(struct actor_pid to, struct actor_type *type, const void *payload, size_t size,
		     void *reply, uint64_t timeout_ns)
{
	return call(to, type, payload, false, size, NULL, reply, timeout_ns);
}

int actor_call_blob(struct actor_pid to, struct actor_type *type, const void *payload,
		    struct actor_blob *blob, void *reply, uint64_t timeout_ns)
{
	return call(to, type, payload, true, 0, blob, reply, timeout_ns);
}

static int answer(struct actor_from from, int status, const void *reply)
{
	struct thread *thread = thread_self();
	struct actor_message *message;
	struct reply_payload head = {status, 0};
	uint32_t tag = (uint32_t)(from.ref >> REF_TAG_SHIFT);
	uint32_t size = 0;

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (from.caller.bits == 0)
		return ACTOR_EINVALID;
	if (status == 0)
		size = plane_reply_size(&thread->system->plane, (uint16_t)tag);
	if (size != 0 && reply == NULL)
		return ACTOR_EINVALID;
	thread_input(thread);
	message = message_create(thread, sizeof(head) + size);
	if (message == NULL)
		return ACTOR_ENO_MEMORY;
	message->kind = (from.ref & REF_REQUEST) != 0 ? ACTOR_MESSAGE_KIND_RESPONSE
						      : ACTOR_MESSAGE_KIND_REPLY;
	message->tag = (uint16_t)tag;
	message->ref_ = from.ref;
	memcpy(message + 1, &head, sizeof(head));
	payload_copy((char *)(message + 1) + sizeof(head), reply, size);
	owed_settle(thread->cell, from);
	if (__builtin_expect((from.ref & REF_REQUEST) != 0, 0)) {
		waiting_answered(thread, from);
		(void)message_send(thread, from.caller, message);
	} else {
		(void)send_message(thread, from.caller, message, ACTOR_MESSAGE_KIND_REPLY);
	}
	thread_output(thread);
	return 0;
}

int actor_reply(struct actor_from from, const void *reply)
{
	return answer(from, 0, reply);
}

int actor_reject(struct actor_from from, int status)
{
	return status < 0 ? answer(from, status, NULL) : ACTOR_EINVALID;
}
