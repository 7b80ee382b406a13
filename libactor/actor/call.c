/* SPDX-License-Identifier: MIT */
/* Calls: a request, a wait, an answer. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <actor/actor.h>
#include <actor/blob.h>

#include "actor/system.h"
#include "actor/visit.h"
#include "base/clock.h"

/* A reference names the request's type too, so that who answers knows the answer's size. */
#define REF_TAG_SHIFT 48
/* How far a chain of waiting actors is followed. */
#define CYCLE_STEPS 64
/* More answers owed than this, and those that nobody waits for any more are thrown out. */
#define OWED_MANY 32u

/* ---- Answers owed -----------------------------------------------------------------------------
 */

/* Whether that caller still waits for this actor; it may be wrong for an instant, on the safe side.
 */
static bool still_waits(struct actor_system *system, struct actor_pid caller, struct actor_pid on)
{
	struct actor_plane_actor *line = system_find(system, caller);

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

		if (count >= OWED_MANY &&
		    !still_waits(thread->system, old->from.caller, cell_pid(cell))) {
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
		call_fail(thread, from, reason);
	}
	while (extra->owed != NULL) {
		struct owed *owed = extra->owed;

		extra->owed = owed->next;
		call_fail(thread, owed->from, reason);
		free(owed);
	}
}

void call_fail(struct thread *thread, struct actor_from from, int reason)
{
	struct reply_payload died = {ACTOR_EDIED, reason};

	(void)message_post(thread, from.caller, ACTOR_MESSAGE_KIND_DIED,
			   (uint16_t)(from.ref >> REF_TAG_SHIFT), from.ref, &died, sizeof(died));
}

/* ---- Waiting ----------------------------------------------------------------------------------
 */

static void timed_out(struct timer *timer)
{
	struct wait *wait = (struct wait *)(void *)((char *)timer - offsetof(struct wait, timer));
	struct thread *thread = thread_self();
	struct actor_message *message = message_create(thread, 0);
	uint32_t depth;

	if (message == NULL)
		return; /* the caller goes on waiting; there is nothing left to tell it with */
	message->kind = ACTOR_MESSAGE_KIND_TIMEOUT;
	message->tag = (uint16_t)(wait->ref >> REF_TAG_SHIFT);
	message->ref_ = wait->ref;
	message->sender = wait->on;
	message->sequence = 0;
	(void)cell_deliver(thread, wait->caller, message, &depth);
}

bool wait_accept(struct thread *thread, struct cell *cell, struct actor_message *message)
{
	struct wait *wait = cell->wait;

	if (wait == NULL ||
	    (message->kind != ACTOR_MESSAGE_KIND_REPLY &&
	     message->kind != ACTOR_MESSAGE_KIND_TIMEOUT &&
	     message->kind != ACTOR_MESSAGE_KIND_ROOM && message->kind != ACTOR_MESSAGE_KIND_DIED))
		return false;
	assert(wait->ref == message->ref_);
	wait->answer = message;
	cell->wait = NULL;
	if (wait->stack != NULL) {
		thread->cell = cell;
		worker_resume(wait->stack);
	}
	return true;
}

/* A thread that is not a scheduler's sleeps itself. */
static void sleep_for(struct thread *thread, struct cell *cell, struct wait *wait)
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

int wait_for(struct thread *thread, struct wait *wait, uint64_t ref, struct actor_pid on,
	     uint16_t tag, uint64_t timeout_ns)
{
	struct cell *cell = thread->cell;
	struct actor_system *system = thread->system;
	uint64_t now = thread->now;
	int status;

	wait->ref = ref;
	wait->on = on;
	wait->system = system;
	wait->caller = cell_pid(cell);
	if (timeout_ns != ACTOR_FOREVER) {
		wait->timer.deadline_ns = clock_monotonic_ns() + timeout_ns;
		wait->timer.fire = timed_out;
		status = timer_start(&system->timers, &wait->timer, (uint32_t)thread->index);
		if (status != 0)
			return status;
	}
	EMIT(thread, WAIT, 0, tag, (uint32_t)ref, cell_pid(cell).bits, on.bits,
	     thread_stamp(thread));
	cell->wait = wait;
	if (thread->worker != NULL) {
		/* Busy time up to here; cell_rest_waiting begins a visit of its own. */
		visit_end(thread, cell, ACTOR_PLANE_STATE_WAITING);
		worker_suspend(&wait->stack, cell_rest_waiting, cell);
		thread = thread_self();
	} else {
		sleep_for(thread, cell, wait);
	}
	thread->now = now; /* the turn goes on, and its time with it */
	if (timeout_ns != ACTOR_FOREVER)
		(void)timer_stop(&system->timers, &wait->timer);
	return 0;
}

int death_await(struct thread *thread, struct actor_pid pid, uint64_t timeout_ns)
{
	struct signal_payload signal = {cell_pid(thread->cell), 0, SIGNAL_MONITOR};
	struct wait wait = {0};
	uint64_t ref = call_ref(thread->cell, 0) | REF_AWAITED;
	bool timeout;
	int status;

	if (thread->worker != NULL && !worker_reserve(thread->worker))
		return ACTOR_ENO_MEMORY;
	status = message_post(thread, pid, ACTOR_MESSAGE_KIND_SIGNAL, 0, ref, &signal,
			      sizeof(signal));
	if (status == 0)
		status = wait_for(thread, &wait, ref, pid, 0, timeout_ns);
	if (status != 0)
		return status;
	thread = thread_self();
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

/*
 * Whether waiting for `to` would close a cycle: follow who waits for whom. Our own edge is in place
 * already (sequentially consistent), so of two actors that close a cycle together one sees it. An
 * edge is taken away by whoever answers, before the answer is sent.
 */
bool wait_closes_cycle(struct actor_system *system, struct actor_pid self, struct actor_pid to)
{
	for (int step = 0; step < CYCLE_STEPS && to.bits != 0; step++) {
		struct actor_plane_actor *line;

		if (actor_pid_equal(self, to))
			return true;
		line = system_find(system, to);
		if (line == NULL)
			return false;
		to.bits = __atomic_load_n(&line->waiting_on, __ATOMIC_SEQ_CST);
	}
	return false;
}

static int answer_status(const struct wait *wait)
{
	const struct reply_payload *reply = actor_message_payload(wait->answer);

	switch (wait->answer->kind) {
	case ACTOR_MESSAGE_KIND_TIMEOUT:
		return ACTOR_ETIMEOUT;
	case ACTOR_MESSAGE_KIND_DIED:
		return reply->reason == ACTOR_EXIT_NO_ACTOR ? ACTOR_ENOT_FOUND : ACTOR_EDIED;
	default:
		return reply->status;
	}
}

uint64_t call_ref(struct cell *cell, uint32_t tag)
{
	uint32_t ref = cell->refs + 1;

	__atomic_store_n(&cell->refs, ref, __ATOMIC_RELAXED); /* others look, see edge_remove */
	return ((uint64_t)tag << REF_TAG_SHIFT) | ref;
}

static int call(struct actor_pid to, struct actor_type *type, const void *payload, size_t size,
		struct actor_blob *blob, void *reply, uint64_t timeout_ns)
{
	struct thread *thread = thread_self();
	struct actor_plane_actor *line;
	struct wait wait = {0};
	struct cell *cell;
	uint64_t refused;
	uint64_t ref;
	int status;

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (type == NULL || (reply == NULL && type->reply_size != 0))
		return ACTOR_EINVALID;
	if (__atomic_load_n(&type->number, __ATOMIC_ACQUIRE) == 0 &&
	    plane_type(&thread->system->plane, type) == 0)
		return ACTOR_ETABLE_FULL;
	if (thread->worker != NULL && !worker_reserve(thread->worker))
		return ACTOR_ENO_MEMORY;
	cell = thread->cell;
	line = cell_line(cell, thread->system);
	thread_input(thread);
	ref = call_ref(cell, type->number); /* before the edge, see edge_remove */
	/* Sequentially consistent with the loads in closes_cycle. */
	__atomic_store_n(&line->waiting_on, to.bits, __ATOMIC_SEQ_CST);
	refused = wait_closes_cycle(thread->system, cell_pid(cell), to);
	refused = thread->system->seam->observe(cell, ACTOR_OBSERVED_DEADLOCK, refused);
	if (refused != 0) {
		EMIT(thread, OBSERVE, 0, 0, ACTOR_OBSERVED_DEADLOCK, cell_pid(cell).bits, 0,
		     refused);
		__atomic_store_n(&line->waiting_on, 0, __ATOMIC_RELAXED);
		return ACTOR_EDEADLOCK;
	}
	status = message_call(thread, to, type, payload, size, blob, ref);
	if (status == 0)
		status = wait_for(thread, &wait, ref, to, (uint16_t)type->number, timeout_ns);
	__atomic_store_n(&line->waiting_on, 0, __ATOMIC_RELAXED);
	if (status != 0)
		return status;
	thread = thread_self();
	status = answer_status(&wait);
	if (status == 0 && type->reply_size != 0) {
		assert(wait.answer->size == sizeof(struct reply_payload) + type->reply_size);
		memcpy(reply,
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
	return call(to, type, payload, type != NULL ? type->size : 0, NULL, reply, timeout_ns);
}

int actor_call_bytes(struct actor_pid to, struct actor_type *type, const void *payload, size_t size,
		     void *reply, uint64_t timeout_ns)
{
	return call(to, type, payload, size, NULL, reply, timeout_ns);
}

int actor_call_blob(struct actor_pid to, struct actor_type *type, const void *payload,
		    struct actor_blob *blob, void *reply, uint64_t timeout_ns)
{
	return call(to, type, payload, type != NULL ? type->size : 0, blob, reply, timeout_ns);
}

/* The last reference of an actor that may be gone, and its slot somebody else's: then whatever. */
__attribute__((no_sanitize("thread"))) static uint32_t refs_of(const struct cell *cell)
{
	return *(const volatile uint32_t *)&cell->refs;
}

/*
 * The caller waits no more, as soon as it knows; who follows the edges must not take it for waiting
 * until then. Where it has given up and waits for another answer meanwhile, that edge stays: its
 * reference is newer, and was taken before the edge was made.
 */
void edge_remove(struct actor_system *system, struct actor_from from)
{
	struct actor_plane_actor *line = system_find(system, from.caller);
	uint64_t on;

	if (line == NULL)
		return;
	on = __atomic_load_n(&line->waiting_on, __ATOMIC_SEQ_CST);
	if (on == 0 ||
	    refs_of(system_cell(system, actor_pid_slot(from.caller))) != (uint32_t)from.ref)
		return;
	(void)__atomic_compare_exchange_n(&line->waiting_on, &on, 0, false, __ATOMIC_SEQ_CST,
					  __ATOMIC_RELAXED);
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
	message->kind = ACTOR_MESSAGE_KIND_REPLY;
	message->tag = (uint16_t)tag;
	message->ref_ = from.ref;
	memcpy(message + 1, &head, sizeof(head));
	if (size != 0)
		memcpy((char *)(message + 1) + sizeof(head), reply, size);
	owed_settle(thread->cell, from);
	edge_remove(thread->system, from);
	(void)message_send(thread, from.caller, message);
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
