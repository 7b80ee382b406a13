/* SPDX-License-Identifier: MIT */
/* The actor that does at random what actors can do. */
#include <stdlib.h>
#include <string.h>

#include "soak.h"

#define PIECES    8
#define TIMERS    4
#define INTENSITY 5000 /* nobody gives up */
#define DETACHED  64   /* in a round */

ACTOR_MESSAGE(soak_work, struct work);
ACTOR_MESSAGE(soak_note, struct work);
ACTOR_REQUEST(soak_ask, struct work, uint64_t);
ACTOR_STATIC_MESSAGE_EMPTY(heartbeat);
ACTOR_STATIC_MESSAGE(alarm_clock, struct work);

struct nature {
	uint32_t fails; /* 1: init fails */
	uint32_t permanent;
};

struct worker {
	struct nature nature;
	uint64_t fed[FEEDERS]; /* last number seen of each feeder */
	uint64_t life;         /* messages until it stops of itself */
	uint64_t timers[TIMERS];
	uint64_t monitors[PIECES];
	void *pieces[PIECES];
	struct actor_from owed; /* a call to be answered later */
	uint64_t owed_number;
	bool terminated;
};

/* ---- What both actors and threads do ----------------------------------------------------------
 */

struct actor_pid soak_anybody(uint64_t chance)
{
	struct actor_pid pid = {__atomic_load_n(&soak.roster[chance % ROSTER], __ATOMIC_RELAXED)};

	return pid;
}

static void enrol(struct actor_pid pid, uint64_t chance)
{
	__atomic_store_n(&soak.roster[chance % ROSTER], pid.bits, __ATOMIC_RELAXED);
}

/* Counted before: an actor that sends much may be made to wait, and be killed then. */
static int sending(int status)
{
	if (status != 0)
		__atomic_fetch_sub(&soak.count[SOAK_sent], 1, __ATOMIC_RELAXED);
	return status;
}

int soak_cast(struct actor_pid to, const struct work *work)
{
	soak_count(SOAK_sent);
	return sending(actor_cast(to, &soak_work, work));
}

int soak_send(struct actor_pid to, const struct work *work)
{
	soak_count(SOAK_sent);
	return sending(actor_send(to, &soak_note, work));
}

int soak_call(struct actor_pid to, const struct work *work, uint64_t timeout_ns)
{
	uint64_t reply = 0;
	int status;

	/* Before: whoever is killed while it waits does not come back to count. */
	soak_count(SOAK_sent);
	status = actor_call(to, &soak_ask, work, &reply, timeout_ns);
	switch (status) {
	case 0:
		soak_count(SOAK_calls_ok);
		if (reply != work->number)
			soak_wrong("a call was answered with %llu instead of %llu",
				   (unsigned long long)reply, (unsigned long long)work->number);
		break;
	case ACTOR_ETIMEOUT:
		soak_count(SOAK_calls_late);
		break;
	case ACTOR_EDIED:
	case ACTOR_ENOT_FOUND:
		soak_count(SOAK_calls_died);
		break;
	case ACTOR_EDEADLOCK: /* it was not sent */
		__atomic_fetch_sub(&soak.count[SOAK_sent], 1, __ATOMIC_RELAXED);
		soak_count(SOAK_calls_deadlock);
		break;
	case ACTOR_EREJECTED:
		soak_count(SOAK_calls_rejected);
		break;
	default:
		soak_wrong("a call failed: %s", actor_status_text(status));
	}
	return status;
}

void soak_exit(struct actor_pid to, uint64_t chance)
{
	static const int reasons[] = {ACTOR_EXIT_NORMAL, ACTOR_EXIT_SHUTDOWN, ACTOR_EXIT_USER,
				      ACTOR_EXIT_KILL};
	int reason = reasons[chance % 4];

	if (to.bits == 0)
		return;
	if (actor_exit(to, reason) == 0)
		soak_count(reason == ACTOR_EXIT_KILL ? SOAK_kills : SOAK_exits);
}

static const struct actor_behaviour worker_behaviour;

void soak_spawn(uint64_t chance)
{
	struct nature nature = {.fails = chance % 16 == 0};
	struct actor_spawn_options options = {.size = sizeof(options), .label = "soaked"};
	struct actor_pid pid = ACTOR_PID_NONE;
	int status;

	if (__atomic_load_n(&soak.crowded, __ATOMIC_RELAXED))
		return;
	chance /= 16;
	options.link = chance % 4 == 0;
	if ((chance / 4) % 32 == 0 && soak_value(SOAK_detached) < DETACHED) {
		options.detached = true;
		soak_count(SOAK_detached);
	}
	chance /= 128;
	if (chance % 2 == 0) {
		status = actor_spawn(&worker_behaviour, &nature, sizeof(nature), &options, &pid);
		if (status == 0)
			soak_count(SOAK_spawned);
	} else {
		int reason = 0;

		status = actor_start(&worker_behaviour, &nature, sizeof(nature), &options, &pid,
				     &reason);
		soak_count(status == 0 ? SOAK_started : SOAK_init_failed);
		if (status != 0 && status != ACTOR_EBAD_CHILD && status != ACTOR_ENO_MEMORY)
			soak_wrong("a start failed: %s", actor_status_text(status));
	}
	if (status == 0)
		enrol(pid, chance / 2);
}

/* From a thread of the program: nothing ends it before it has counted the answer. */
void soak_child(uint64_t chance)
{
	struct nature nature = {.fails = chance % 32 == 0};
	struct actor_pid pid = ACTOR_PID_NONE;
	struct actor_pid supervisor = soak.dynamic[(chance / 32) % 2];
	int status;

	if (__atomic_load_n(&soak.crowded, __ATOMIC_RELAXED))
		return;
	chance /= 64;
	if (chance % 4 != 0) {
		status = actor_supervisor_start_child(supervisor, &nature, sizeof(nature), &pid);
		if (status == 0) {
			soak_count(SOAK_children);
			enrol(pid, chance / 4);
		}
	} else {
		status = actor_supervisor_stop_child(supervisor, soak_anybody(chance / 4));
		if (status != 0 && status != ACTOR_ENOT_FOUND)
			soak_wrong("a child was not stopped: %s", actor_status_text(status));
	}
}

/* ---- A worker's own ---------------------------------------------------------------------------
 */

static void forward(const struct work *work)
{
	struct work next = {.number = 0, .hops = work->hops - 1};
	struct actor_pid to = soak_anybody(actor_random());

	if (work->hops == 0 || to.bits == 0)
		return;
	if (actor_random_below(2) == 0)
		(void)soak_cast(to, &next);
	else
		(void)soak_send(to, &next);
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

/* While the system survives it. */
static void go_wrong(void)
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
	else if (what < 60)
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
		soak_count(SOAK_replies);
	}
	self->owed = (struct actor_from){0};
}

static int got(struct worker *self, const struct actor_message *message)
{
	const struct work *work = actor_message_as(message, struct work);

	soak_count(SOAK_handled);
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
		enrol(actor_self(), actor_random());
	else
		self->life = actor_random_below(200) + 1;
	return actor_timer_start(ACTOR_MICROSECONDS(actor_random_below(40000)),
				 ACTOR_MILLISECONDS(20), &heartbeat, NULL, NULL);
}

static int worker_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct worker *self = state;
	uint64_t number = actor_message_as(message, struct work)->number;
	int reason;

	if (actor_random_below(4) != 0) {
		reason = got(self, message);
		if (actor_reply(from, &number) == 0)
			soak_count(SOAK_replies);
		return reason;
	}
	/* Later: with the next message, whatever that is. */
	reason = got(self, message);
	answer(self);
	self->owed = from;
	self->owed_number = number;
	return reason;
}

static int worker_cast(void *state, const struct actor_message *message)
{
	return got(state, message);
}

static int worker_info(void *state, const struct actor_message *message)
{
	struct worker *self = state;

	if (actor_message_is(message, &soak_note))
		return got(self, message);
	answer(self);
	if (actor_message_is(message, &heartbeat)) {
		enrol(actor_self(), actor_random()); /* in the place of somebody dead, perhaps */
		return __atomic_load_n(&soak.ending, __ATOMIC_RELAXED) || is_old(self)
			       ? ACTOR_STOP
			       : ACTOR_CONTINUE;
	}
	if (actor_message_is(message, &alarm_clock)) {
		soak_count(SOAK_timers_fired);
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

static const struct actor_behaviour worker_behaviour = {
	.name = "soaked",
	.state_size = sizeof(struct worker),
	.state_ctype = "struct worker",
	.init = worker_init,
	.handle_call = worker_call,
	.handle_cast = worker_cast,
	.handle_info = worker_info,
	.terminate = worker_terminate,
};

/* ---- Supervisors ------------------------------------------------------------------------------
 */

#define PERMANENT 6

int soak_tree(void)
{
	static const struct nature nature = {.permanent = 1};
	static struct actor_supervisor_options dynamic[2];
	static struct actor_supervisor_options fixed;
	static struct actor_child worker = {.id = "dynamic",
					    .behaviour = &worker_behaviour,
					    .argument = &nature,
					    .argument_size = sizeof(nature),
					    .shutdown_ns = ACTOR_SECONDS(2)};
	static struct actor_child temporary;
	static struct actor_child workers[PERMANENT];
	struct actor_child children[3];
	struct actor_supervisor_options root = {.size = sizeof(root),
						.name = "soak-root",
						.intensity = INTENSITY,
						.period_ns = ACTOR_SECONDS(1),
						.children = children,
						.child_count = 3};
	int status;

	fixed = root;
	fixed.name = "soak-fixed";
	fixed.children = workers;
	fixed.child_count = PERMANENT;
	for (int i = 0; i < PERMANENT; i++)
		workers[i] = worker;
	for (int i = 0; i < PERMANENT; i++)
		workers[i].id = (const char *[]){"one", "two", "three", "four", "five", "six"}[i];
	worker.restart = ACTOR_TRANSIENT;
	temporary = worker;
	temporary.restart = ACTOR_TEMPORARY;
	for (int i = 0; i < 2; i++) {
		dynamic[i] = root;
		dynamic[i].name = i == 0 ? "soak-transient" : "soak-temporary";
		dynamic[i].strategy = ACTOR_DYNAMIC;
		dynamic[i].children = i == 0 ? &worker : &temporary;
		dynamic[i].child_count = 1;
	}
	children[0] = actor_supervisor_child("fixed", &fixed);
	children[1] = actor_supervisor_child("transient", &dynamic[0]);
	children[2] = actor_supervisor_child("temporary", &dynamic[1]);
	status = actor_supervisor_start(&root, &soak.root);
	soak.dynamic[0] = actor_whereis(dynamic[0].name);
	soak.dynamic[1] = actor_whereis(dynamic[1].name);
	return status;
}
