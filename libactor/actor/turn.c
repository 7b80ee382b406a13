/* SPDX-License-Identifier: MIT */
/* Turns of all messages but plain ones, whose turn is in visit.h. */
#include <assert.h>

#include <actor/actor.h>

#include "actor/system.h"
#include "actor/visit.h"

/* ---- What readers are told ---------------------------------------------------------------------
 */

/* Out of line, because it takes as many registers as the rest of a visit. */
__attribute__((noinline)) void visit_end_timed(struct thread *thread,
					       struct actor_plane_actor *line)
{
	struct actor_plane_thread *words = thread->words;

	if (thread->visit_ticks != 0) {
		uint64_t end = ring_coarse(&thread->ring) ? thread->ticks : thread_stamp(thread);
		uint64_t busy = end - thread->visit_ticks;

		__atomic_store_n(&line->busy_ticks, line->busy_ticks + busy, __ATOMIC_RELAXED);
		__atomic_store_n(&words->busy_ticks, words->busy_ticks + busy, __ATOMIC_RELAXED);
		__atomic_store_n(&words->turn_start, 0, __ATOMIC_RELAXED);
	} else if (!ring_coarse(&thread->ring)) {
		/* It may have woken others without a turn; theirs must not seem to be earlier. */
		(void)thread_stamp(thread);
	}
}

/* `ticks`: the turn's; `first`: the visit's, where this is its first turn. */
static inline void turn_told(struct thread *thread, struct cell *cell,
			     const struct actor_message *message, uint8_t flags, uint64_t first,
			     uint64_t ticks)
{
	thread->ticks = ticks;
	if (thread->visit_ticks == 0)
		thread->visit_ticks = first;
	thread->ring.turn_time = ticks;
	__atomic_store_n(&thread->words->turn_start, ticks, __ATOMIC_RELAXED);
	EMIT(thread, RECV, message->kind | flags, message->tag, message->sequence,
	     cell_pid(cell).bits, message->sender.bits, ticks);
}

static __attribute__((noinline)) void turn_begin_coarse(struct thread *thread, struct cell *cell,
							const struct actor_message *message,
							uint8_t flags)
{
	uint64_t before = thread->ticks;
	uint64_t ticks = thread_mark(thread, cell);

	turn_told(thread, cell, message, flags, before != 0 ? before : ticks, ticks);
}

__attribute__((noinline)) void turn_begin_timed(struct thread *thread, struct cell *cell,
						const struct actor_message *message, uint8_t flags)
{
	uint64_t ticks;

	if (__builtin_expect(ring_coarse(&thread->ring), 0)) {
		turn_begin_coarse(thread, cell, message, flags);
		return;
	}
	/* The end of the turn before is the beginning of this one, where nothing was between. */
	ticks = thread->visit_ticks == 0 && thread->ticks != 0 ? thread->ticks : clock_ticks();
	turn_told(thread, cell, message, flags, ticks, ticks);
}

/* ---- Handlers of the kinds ---------------------------------------------------------------------
 */

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
	cell->ready = reason == ACTOR_CONTINUE;
	starter = cell->extra->starter;
	if (starter.caller.bits == 0)
		return reason;
	thread = thread_self();
	if (reason != ACTOR_CONTINUE) {
		/* The starter learns it from the reply, not through the link. */
		(void)link_remove(cell, starter.caller);
		started.status = reason < 0 ? reason : ACTOR_EBAD_CHILD;
		started.reason = reason;
	}
	waiting_answered(thread, starter);
	(void)message_post(thread, starter.caller, ACTOR_MESSAGE_KIND_REPLY, 0, starter.ref,
			   &started, sizeof(started));
	cell->extra->starter.caller = ACTOR_PID_NONE;
	return reason;
}

__attribute__((noinline)) int turn_unanswered(struct cell *cell, struct actor_from from, int reason)
{
	/* Whoever waits must learn it if we end first. */
	int status = (cell->after & AFTER_POSTPONE) == 0 ? owed_add(thread_self(), cell, from) : 0;

	cell->unanswered = false;
	return status != 0 && reason == ACTOR_CONTINUE ? status : reason;
}

static int handle_call(struct thread *thread, struct cell *cell,
		       const struct actor_message *message)
{
	(void)thread;
	return turn_call(cell, message);
}

static int handle_info(struct thread *thread, struct cell *cell,
		       const struct actor_message *message)
{
	(void)thread;
	if (cell->behaviour->handle_info == NULL)
		return ACTOR_CONTINUE;
	return cell->behaviour->handle_info(cell->state, message);
}

static int handle_continue(struct thread *thread, struct cell *cell,
			   const struct actor_message *message)
{
	(void)thread;
	if (cell->behaviour->handle_continue == NULL)
		return actor_unhandled(message, ACTOR_CONTINUE);
	return cell->behaviour->handle_continue(cell->state, message);
}

/* Gen_server's rule: what the parent's exit says is not for the handler to decide. */
bool exit_is_of_parent(const struct actor_system *system, const struct cell *cell,
		       const struct actor_message *message)
{
	const struct signal_payload *exited = actor_message_payload(message);

	return exited->verb == SIGNAL_PARENT ||
	       (cell->child && exited->pid.bits == cell_birth(cell, system)->parent);
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
	if (exited->reason == ACTOR_EXIT_KILL && exited->verb == 0) {
		cell->after |= AFTER_KILLED;
		return ACTOR_EXIT_KILLED;
	}
	if (cell->traps && exit_is_of_parent(thread->system, cell, message))
		return exited->reason;
	if (cell->traps || exited->verb == SIGNAL_TAKEN)
		return handle_info(thread, cell, message);
	if (exited->reason == ACTOR_EXIT_NORMAL &&
	    !actor_pid_equal(message->sender, cell_pid(cell)))
		return ACTOR_CONTINUE; /* but exit(self(), normal) ends */
	return exited->reason;
}

static int handle_signal(struct thread *thread, struct cell *cell,
			 const struct actor_message *message)
{
	link_take(thread, cell, message);
	return ACTOR_CONTINUE;
}

/* Nobody waits for it. */
static int handle_response(struct thread *thread, struct cell *cell,
			   const struct actor_message *message)
{
	uint64_t ref = message->ref_;

	if ((ref & REF_MESSAGE) == 0) {
		request_answered(cell, cell->handling);
		cell->after |= AFTER_KEPT;
		return ACTOR_CONTINUE;
	}
	request_over(thread, cell, ref);
	return handle_info(thread, cell, message);
}

static int handle_aliased(struct thread *thread, struct cell *cell,
			  const struct actor_message *message)
{
	alias_used(cell, message->ref_);
	return handle_info(thread, cell, message);
}

static int handle_nothing(struct thread *thread, struct cell *cell,
			  const struct actor_message *message)
{
	(void)thread;
	(void)cell;
	(void)message;
	return ACTOR_CONTINUE;
}

/* `users`: the program has a handler for it, so it counts as handled. */
static const struct {
	handle_function handle;
	bool users;
} kinds[ACTOR_MESSAGE_KIND_COUNT] = {
	[ACTOR_MESSAGE_KIND_INFO] = {handle_nothing, false}, /* theirs is turn_run */
	[ACTOR_MESSAGE_KIND_CAST] = {handle_nothing, false},
	[ACTOR_MESSAGE_KIND_CALL] = {handle_call, true},
	[ACTOR_MESSAGE_KIND_REPLY] = {handle_nothing, false},
	[ACTOR_MESSAGE_KIND_TIMER] = {handle_info, true},
	[ACTOR_MESSAGE_KIND_INIT] = {handle_init, false},
	[ACTOR_MESSAGE_KIND_EXIT] = {handle_exit, true},
	[ACTOR_MESSAGE_KIND_DOWN] = {handle_info, true},
	[ACTOR_MESSAGE_KIND_SIGNAL] = {handle_signal, false},
	[ACTOR_MESSAGE_KIND_SYSTEM] = {sys_handle, false},
	[ACTOR_MESSAGE_KIND_TIMEOUT] = {handle_nothing, false},
	[ACTOR_MESSAGE_KIND_DIED] = {handle_nothing, false},
	[ACTOR_MESSAGE_KIND_ROOM] = {handle_nothing, false},
	[ACTOR_MESSAGE_KIND_CONTINUE] = {handle_continue, true},
	[ACTOR_MESSAGE_KIND_RESPONSE] = {handle_response, true},
	[ACTOR_MESSAGE_KIND_ALIASED] = {handle_aliased, true},
};

static void late_reply(struct thread *thread, struct cell *cell,
		       const struct actor_message *message)
{
	thread_add(&thread->late_replies, 1);
	EMIT(thread, LATE_REPLY, message->kind, message->tag, message->sequence,
	     cell_pid(cell).bits, message->sender.bits, 0);
}

static void dead_letter(struct thread *thread, struct cell *cell,
			const struct actor_message *message)
{
	thread_add(&thread->dead_letters, 1);
	EMIT(thread, DEAD_LETTER, message->kind, message->tag, message->sequence,
	     cell_pid(cell).bits, message->sender.bits, 0);
}

/* Some messages have lost their meaning on the way; then there is no turn. */
static bool is_wanted(struct thread *thread, struct cell *cell, const struct actor_message *message)
{
	const struct signal_payload *exited;
	struct actor_pid watched;

	switch (message->kind) {
	case ACTOR_MESSAGE_KIND_TIMER:
		return (message->ref_ & REF_TAKEN) != 0 || timers_take(cell, message);
	case ACTOR_MESSAGE_KIND_DOWN:
		if ((message->ref_ & REF_TAKEN) != 0)
			return true;
		alias_monitor_over(cell, message->ref_);
		return monitor_remove(cell, message->ref_, &watched);
	case ACTOR_MESSAGE_KIND_ALIASED:
		if ((message->ref_ & REF_TAKEN) != 0 || alias_is_active(cell, message->ref_))
			return true;
		dead_letter(thread, cell, message);
		return false;
	case ACTOR_MESSAGE_KIND_RESPONSE:
		if ((message->ref_ & REF_TAKEN) != 0 || request_is_open(cell, message->ref_))
			return true;
		late_reply(thread, cell, message);
		return false;
	case ACTOR_MESSAGE_KIND_EXIT:
		exited = actor_message_payload(message);
		return exited->verb != SIGNAL_LINK || link_remove(cell, exited->pid);
	case ACTOR_MESSAGE_KIND_REPLY:
		if (cell->wait != NULL && cell->wait->ref == message->ref_)
			return true;
		late_reply(thread, cell, message);
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

bool actor_message_is_new(const struct actor_message *message, const struct actor_type *type)
{
	struct thread *thread = thread_self();

	/* In a replay a message may come from outside whose type nobody has used here yet. */
	return message->tag != 0 && thread != NULL &&
	       plane_type(&thread->system->plane, (struct actor_type *)(uintptr_t)type) ==
		       message->tag;
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

struct thread *turn_end(struct thread *thread, struct cell *cell, struct actor_message *message,
			int reason)
{
	/* It came while another turn waits, whose matter the rest is. */
	bool inner = cell->handling != NULL || cell->ending;

	if ((cell->after & AFTER_TRACED) != 0)
		sys_trace_turn(thread, cell, message, reason);
	if ((cell->after & AFTER_KEPT) != 0)
		cell->after &= (uint8_t)~AFTER_KEPT;
	else if (!inner && (cell->after & AFTER_POSTPONE) != 0)
		turn_postpone(thread, cell, message);
	else
		message_free(thread, message);
	if (reason == ACTOR_CONTINUE) {
		if (!inner)
			turn_settle(thread, cell);
		return thread;
	}
	cell_end(cell, reason);
	return NULL;
}

/* Said for an actor that has ended: how far it was when it was asked is chance. */
static bool is_of_the_gone(const struct actor_message *message)
{
	return message->sequence == 0 && (message->kind == ACTOR_MESSAGE_KIND_DIED ||
					  message->kind == ACTOR_MESSAGE_KIND_RESPONSE ||
					  message->kind == ACTOR_MESSAGE_KIND_DOWN ||
					  message->kind == ACTOR_MESSAGE_KIND_EXIT);
}

static void observe_gone(struct thread *thread, const struct actor_message *message)
{
	const struct actor_down_message *down = actor_message_payload(message);
	const struct reply_payload *reply = actor_message_payload(message);
	const struct signal_payload *signal = actor_message_payload(message);
	int reason = reply->reason;

	if (message->kind == ACTOR_MESSAGE_KIND_DOWN)
		reason = down->reason;
	else if (message->kind == ACTOR_MESSAGE_KIND_EXIT)
		reason = signal->reason;
	(void)thread_observe(thread, ACTOR_OBSERVED_GONE, message->ref_);
	(void)thread_observe(thread, ACTOR_OBSERVED_GONE, (uint64_t)(int64_t)reason);
}

/* It may have gone on in another thread. */
static inline struct thread *turn_over(struct cell *cell, struct actor_message *message, int reason)
{
	struct thread *thread = thread_self();

	if (__builtin_expect((reason | cell->after) != 0, 0))
		return turn_end(thread, cell, message, reason);
	message_free(thread, message);
	return thread;
}

struct thread *turn_run_other(struct thread *thread, struct cell *cell,
			      struct actor_message *message)
{
	int reason;

	if (message->kind == ACTOR_MESSAGE_KIND_REPLY && cell->wait != NULL &&
	    cell->wait->ref == message->ref_) {
		turn_begin(thread, cell, message, ACTOR_EVENT_RESUMES);
		wait_accept(thread, cell, message);
		return thread;
	}
	if (!is_wanted(thread, cell, message)) {
		message_free(thread, message);
		return thread;
	}
	if (cell->wait != NULL && wait_wants(cell, message)) {
		turn_begin(thread, cell, message, ACTOR_EVENT_RESUMES);
		if (is_of_the_gone(message))
			observe_gone(thread, message);
		wait_accept(thread, cell, message);
		return thread; /* a foreign or detached thread sees its answer; a scheduler is
				  elsewhere */
	}
	turn_begin(thread, cell, message, 0);
	if (is_of_the_gone(message))
		observe_gone(thread, message);
	reason = run(thread, cell, message);
	return turn_over(cell, message, reason);
}
