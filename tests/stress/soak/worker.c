/* SPDX-License-Identifier: MIT */
/* The actor that does at random what actors can do. */
#include <stdlib.h>
#include <string.h>

#include "soak.h"

#define PIECES   8
#define TIMERS   4
#define REQUESTS 4
ACTOR_STATIC_MESSAGE_EMPTY(heartbeat);
ACTOR_STATIC_MESSAGE(alarm_clock, struct work);

struct worker {
	struct nature nature;
	uint64_t fed[FEEDERS]; /* last number seen of each feeder */
	uint64_t life;         /* messages until it stops of itself */
	uint64_t timers[TIMERS];
	uint64_t monitors[PIECES];
	void *pieces[PIECES];
	uint64_t requests[REQUESTS];
	struct actor_blob *blob; /* kept of a message */
	struct actor_from owed;  /* a call to be answered later */
	bool owed_request;
	uint64_t owed_number;
	bool terminated;
};

/* ---- A worker's own ---------------------------------------------------------------------------
 */

static void forward(const struct work *work)
{
	struct work next = {.number = 0, .hops = work->hops - 1};
	struct actor_pid to = soak_anybody(actor_random());

	if (work->hops == 0 || to.bits == 0)
		return;
	switch (actor_random_below(8)) {
	case 0:
		soak_cast_blob(to, &next, actor_random());
		break;
	case 1:
		/* The answer comes through it, or not any more. */
		(void)actor_alias(actor_random_below(2) == 0 ? ACTOR_ALIAS_EXPLICIT
							     : ACTOR_ALIAS_REPLY,
				  &next.alias);
		(void)soak_cast(to, &next);
		if (actor_random_below(2) == 0)
			(void)actor_unalias(next.alias);
		break;
	case 2:
	case 3:
	case 4:
		(void)soak_cast(to, &next);
		break;
	default:
		(void)soak_send(to, &next);
	}
}

static void call_somebody(const struct work *work)
{
	struct work next = {.number = actor_random(), .hops = work->hops / 2};
	uint64_t timeout = actor_random_below(4) == 0
				   ? ACTOR_FOREVER
				   : ACTOR_MICROSECONDS(actor_random_below(20000));
	struct actor_pid to = soak_anybody(actor_random());

	if (to.bits != 0)
		(void)soak_call(to, &next, timeout);
}

static void requests_change(struct worker *self)
{
	uint64_t *request = &self->requests[actor_random_below(REQUESTS)];
	struct actor_pid to = soak_anybody(actor_random());
	struct work work = {.number = soak_answer(actor_random())};

	if (*request != 0) {
		(void)soak_collect(request, actor_random());
	} else if (to.bits != 0) {
		soak_count(SOAK_sent);
		if (soak_sending(actor_request(to, &soak_inquire, &work, request)) == 0)
			soak_count(SOAK_requests);
	}
}

static void continue_soon(const struct work *work)
{
	struct work next = {.hops = work->hops / 2};

	soak_count(SOAK_sent);
	if (soak_sending(actor_continue(&soak_work, &next)) == 0)
		soak_count(SOAK_continues);
}

/* More than a turn may send without giving way. */
static void send_much(void)
{
	struct actor_pid to = soak_anybody(actor_random());
	struct work work = {.hops = 0};

	for (int i = 0; to.bits != 0 && i < 700; i++)
		(void)soak_cast(to, &work);
	soak_count(SOAK_floods);
}

static bool is_between_actors(const void *context, const struct actor_message *message)
{
	(void)context;
	return (actor_message_is(message, &soak_work) || actor_message_is(message, &soak_note)) &&
	       actor_message_as(message, struct work)->number == 0;
}

static void receive_one(struct worker *self)
{
	const struct actor_message *message;
	int status = actor_receive_if(is_between_actors, NULL,
				      ACTOR_MICROSECONDS(actor_random_below(3000)), &message);

	if (status == 0) {
		soak_count(SOAK_handled);
		soak_count(SOAK_received);
		if (self->terminated || !is_between_actors(NULL, message))
			soak_wrong("a message was received that nobody wanted");
	} else if (status != ACTOR_ETIMEOUT) {
		soak_wrong("a receive failed: %s", actor_status_text(status));
	}
}

static void pieces_change(struct worker *self)
{
	void **piece = &self->pieces[actor_random_below(PIECES)];
	size_t size = actor_random_below(5000) + 1;

	if (*piece != NULL && actor_random_below(2) == 0)
		*piece = actor_free(*piece);
	else
		*piece = actor_realloc(*piece, size);
	if (*piece != NULL)
		memset(*piece, 0x5a, size);
}

static void timers_change(struct worker *self)
{
	uint64_t *timer = &self->timers[actor_random_below(TIMERS)];
	struct work work = {.hops = (uint32_t)actor_random_below(3)};

	if (*timer != 0) {
		if (actor_timer_cancel(*timer, NULL) == 0)
			soak_count(SOAK_timers_cancelled);
		*timer = 0;
		return;
	}
	if (actor_timer_start(ACTOR_MICROSECONDS(actor_random_below(30000)),
			      actor_random_below(4) == 0 ? ACTOR_MILLISECONDS(10) : 0, &alarm_clock,
			      &work, timer) == 0)
		soak_count(SOAK_timers);
}

static void bonds_change(struct worker *self)
{
	struct actor_pid peer = soak_anybody(actor_random());
	uint64_t *ref = &self->monitors[actor_random_below(PIECES)];

	if (peer.bits == 0 || actor_pid_equal(peer, actor_self()))
		return;
	switch (actor_random_below(5)) {
	case 0:
		if (actor_link(peer) == 0)
			soak_count(SOAK_links);
		break;
	case 1:
		(void)actor_unlink(peer);
		break;
	case 2:
		if (*ref == 0 && actor_monitor(peer, ref) == 0)
			soak_count(SOAK_monitors);
		break;
	case 3:
		if (*ref != 0)
			(void)actor_demonitor(*ref);
		*ref = 0;
		break;
	default:
		(void)actor_trap_exits(actor_random_below(2) == 0);
	}
}

static void names_change(void)
{
	char name[] = "soak-a";
	struct work work = {.hops = 0};
	struct actor_pid pid;

	name[5] = (char)('a' + actor_random_below(NAMES));
	switch (actor_random_below(3)) {
	case 0:
		if (actor_register(name, actor_self()) == 0)
			soak_count(SOAK_names);
		break;
	case 1:
		(void)actor_unregister(name);
		break;
	default:
		pid = actor_whereis(name);
		if (pid.bits != 0)
			(void)soak_cast(pid, &work);
	}
}

static bool is_old(struct worker *self)
{
	if (self->life == 0 || --self->life != 0)
		return false;
	soak_count(SOAK_stopped);
	return true;
}

/* While the system survives it; UBSan is not to say anything. */
__attribute__((no_sanitize("undefined"))) static void go_wrong(void)
{
	static volatile int *volatile nowhere;

	if (!soak.contains)
		return;
	soak_count(SOAK_faults);
	switch (actor_random_below(3)) {
	case 0:
		*nowhere = 1;
		break;
	case 1:
		abort();
	default:
		__builtin_trap();
	}
}

static int do_something(struct worker *self, const struct work *work)
{
	uint64_t what = actor_random_below(100);

	if (is_old(self))
		return actor_random_below(2) == 0 ? ACTOR_STOP : ACTOR_EXIT_USER + 1;
	if (what < 12)
		call_somebody(work);
	else if (what < 24)
		pieces_change(self);
	else if (what < 34)
		timers_change(self);
	else if (what < 46)
		bonds_change(self);
	else if (what < 52)
		names_change();
	else if (what < 56)
		soak_spawn(actor_random());
	else if (what == 58 && actor_random_below(4) == 0)
		go_wrong();
	else if (what < 64)
		requests_change(self);
	else if (what < 68)
		continue_soon(work);
	else if (what < 71)
		receive_one(self);
	else if (what < 73)
		soak_block(actor_random());
	else if (what < 75)
		soak_mingle(actor_random());
	else if (what == 75 && actor_random_below(32) == 0)
		send_much();
	else if (what == 76 && actor_random_below(2) == 0)
		soak_look(soak_anybody(actor_random()), actor_random());
	else if (what == 59)
		soak_exit(soak_anybody(actor_random()), actor_random());
	forward(work);
	return ACTOR_CONTINUE;
}

static void answer(struct worker *self)
{
	if (self->owed.caller.bits == 0)
		return;
	if (actor_random_below(8) == 0) {
		(void)actor_reject(self->owed, ACTOR_EREJECTED);
	} else if (actor_reply(self->owed, &self->owed_number) == 0) {
		soak_count(self->owed_request ? SOAK_responses : SOAK_replies);
	}
	self->owed = (struct actor_from){0};
}

/* Once the state has changed, at the next heartbeat, the message comes again. */
static bool put_aside(struct worker *self, const struct actor_message *message)
{
	const struct work *work = actor_message_as(message, struct work);

	if (work->number != 0 || self->terminated || !soak_rages() || actor_random_below(32) != 0)
		return false;
	if (actor_postpone() != 0)
		return false;
	soak_count(SOAK_postponed);
	return true;
}

static void take_blob(struct worker *self, const struct actor_message *message)
{
	struct actor_blob *blob = actor_message_blob(message);

	if (blob == NULL)
		return;
	soak_check_blob(blob);
	self->blob = actor_blob_drop(self->blob);
	if (actor_random_below(2) == 0 && actor_blob_keep(blob) == 0)
		self->blob = blob;
}

static int got(struct worker *self, const struct actor_message *message)
{
	const struct work *work = actor_message_as(message, struct work);
	struct work back = {.number = 0};

	soak_count(SOAK_handled);
	take_blob(self, message);
	if (work->alias.owner.bits != 0) {
		soak_count(SOAK_sent);
		if (soak_sending(actor_send_alias(work->alias, &soak_note, &back)) == 0)
			soak_count(SOAK_aliased);
	}
	if (self->terminated)
		soak_wrong("a message after terminate");
	answer(self);
	if (work->number != 0 && work->feeder < FEEDERS &&
	    message->kind != 2) { /* calls have numbers of their own */
		if (work->number <= self->fed[work->feeder])
			soak_wrong("a message of feeder %u came out of order", work->feeder);
		self->fed[work->feeder] = work->number;
	}
	return do_something(self, work);
}

/* ---- The behaviour ----------------------------------------------------------------------------
 */

static int worker_init(void *state, const void *argument, size_t size)
{
	struct worker *self = state;

	if (size == sizeof(self->nature))
		memcpy(&self->nature, argument, size);
	if (self->nature.permanent)
		soak_count(SOAK_restarts);
	if (self->nature.fails)
		return ACTOR_EXIT_USER + 2;
	if (self->nature.permanent)
		soak_enrol(actor_self(), actor_random());
	else
		self->life = actor_random_below(200) + 1;
	return actor_timer_start(ACTOR_MICROSECONDS(actor_random_below(40000)),
				 ACTOR_MILLISECONDS(20), &heartbeat, NULL, NULL);
}

static int worker_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct worker *self = state;
	uint64_t number = actor_message_as(message, struct work)->number;
	bool request = actor_message_is(message, &soak_inquire);
	int reason;

	if (actor_random_below(4) != 0) {
		reason = got(self, message);
		if (actor_reply(from, &number) == 0)
			soak_count(request ? SOAK_responses : SOAK_replies);
		return reason;
	}
	/* Later: with the next message, whatever that is. */
	reason = got(self, message);
	answer(self);
	self->owed = from;
	self->owed_number = number;
	self->owed_request = request;
	return reason;
}

static int worker_cast(void *state, const struct actor_message *message)
{
	return put_aside(state, message) ? ACTOR_CONTINUE : got(state, message);
}

static int worker_continue(void *state, const struct actor_message *message)
{
	return got(state, message);
}

static int worker_info(void *state, const struct actor_message *message)
{
	struct worker *self = state;

	if (actor_message_is(message, &soak_note))
		return put_aside(self, message) ? ACTOR_CONTINUE : got(self, message);
	answer(self);
	if (actor_message_is(message, &heartbeat)) {
		(void)actor_state_changed();
		soak_enrol(actor_self(),
			   actor_random()); /* in the place of somebody dead, perhaps */
		return __atomic_load_n(&soak.ending, __ATOMIC_RELAXED) || is_old(self)
			       ? ACTOR_STOP
			       : ACTOR_CONTINUE;
	}
	if (actor_message_is(message, &alarm_clock)) {
		soak_count(SOAK_timers_fired);
		if (soak_rages())
			forward(actor_message_as(message, struct work));
	} else if (actor_message_is(message, &actor_down)) {
		soak_count(SOAK_downs);
	} else if (actor_message_is(message, &actor_exited)) {
		const struct actor_exited_message *exited =
			actor_message_as(message, struct actor_exited_message);

		soak_count(SOAK_trapped);
		if (exited->reason == ACTOR_EXIT_SHUTDOWN)
			return ACTOR_EXIT_SHUTDOWN;
	} else {
		soak_wrong("a message of tag %u that nobody sends", message->tag);
	}
	return ACTOR_CONTINUE;
}

static void worker_terminate(void *state, int reason)
{
	struct worker *self = state;
	struct work work = {.hops = 0};
	struct actor_pid to = soak_anybody(actor_random());

	if (self->terminated)
		soak_wrong("terminated twice");
	if (reason == 0)
		soak_wrong("terminated without a reason");
	self->terminated = true;
	soak_count(SOAK_terminated);
	/* A handler like any other: it may send and call. */
	if (to.bits != 0 && actor_random_below(4) == 0)
		(void)soak_call(to, &work, ACTOR_MILLISECONDS(5));
}

const struct actor_behaviour soak_worker = {
	.name = "soaked",
	.state_size = sizeof(struct worker),
	.state_ctype = "struct worker",
	.init = worker_init,
	.handle_call = worker_call,
	.handle_cast = worker_cast,
	.handle_info = worker_info,
	.handle_continue = worker_continue,
	.terminate = worker_terminate,
};
