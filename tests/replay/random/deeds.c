/* SPDX-License-Identifier: MIT */
/* What a node does: each feature of the runtime has its function. */
#include "random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ACTOR_STATIC_MESSAGE(alarm_clock, struct work);

#define BIRTHS_MAX 6
#define FLOOD      600 /* more than a turn may send without giving way */

struct actor_pid somebody(uint64_t chance)
{
	char name[16];

	snprintf(name, sizeof(name), "node-%u", (unsigned)(chance % plan.nodes));
	return actor_whereis(name);
}

static uint64_t soon(uint64_t limit_us)
{
	return ACTOR_MICROSECONDS(actor_random_below(limit_us));
}

void forward(struct node *self, const struct work *work)
{
	struct work next = {.digest = self->digest, .hops = work->hops - 1};
	struct actor_pid to = somebody(actor_random());

	if (work->hops == 0 || work->hops > HOPS_MAX || to.bits == 0)
		return;
	see(self, to.bits);
	if (actor_random_below(6) == 0)
		(void)actor_alias(actor_random_below(2) == 0 ? ACTOR_ALIAS_EXPLICIT
							     : ACTOR_ALIAS_REPLY,
				  &next.alias);
	switch (actor_random_below(3)) {
	case 0:
		see(self, (uint64_t)actor_send(to, &random_note, &next));
		break;
	default:
		see(self, (uint64_t)actor_cast(to, &random_work, &next));
	}
	if (next.alias.owner.bits != 0 && actor_random_below(2) == 0)
		see(self, (uint64_t)actor_unalias(next.alias));
}

/* ---- Messages ---------------------------------------------------------------------------------
 */

static void call(struct node *self, const struct work *work)
{
	struct work next = {.digest = self->digest, .hops = work->hops / 2};
	struct actor_pid to = somebody(actor_random());
	uint64_t timeout = actor_random_below(4) == 0 ? ACTOR_SECONDS(5) : soon(3000);
	uint64_t reply = 0;
	struct actor_pid cycle[4] = {{0}};
	int status = actor_call(to, &random_ask, &next, &reply, timeout);

	see(self, (uint64_t)status ^ reply);
	if (status == ACTOR_EDEADLOCK)
		see(self, actor_call_cycle(cycle, 4) ^ cycle[1].bits);
	else if (status == ACTOR_EDIED)
		see(self, (uint64_t)actor_call_reason());
}

static void text(struct node *self, const struct work *work)
{
	struct {
		struct work head;
		uint8_t bytes[200];
	} next = {.head = {.digest = self->digest, .hops = work->hops / 2}};
	size_t size = actor_random_below(sizeof(next.bytes));

	for (size_t i = 0; i < size; i++)
		next.bytes[i] = (uint8_t)actor_random();
	see(self, (uint64_t)actor_send_bytes(somebody(actor_random()), &random_text, &next,
					     sizeof(next.head) + size));
}

static void blob(struct node *self, const struct work *work)
{
	struct work next = {.digest = self->digest, .hops = work->hops / 2};
	size_t size = actor_random_below(30000);
	uint8_t *bytes = actor_alloc(size + 1);
	struct actor_blob *made = NULL;

	if (bytes == NULL)
		return;
	memset(bytes, (int)(self->digest & 255), size);
	if (actor_blob_create(bytes, size, &made) == 0) {
		see(self,
		    (uint64_t)actor_cast_blob(somebody(actor_random()), &random_work, &next, made));
		actor_blob_drop(made);
	}
	actor_free(bytes);
}

static void request(struct node *self)
{
	uint64_t *mine = &self->requests[actor_random_below(REQUESTS)];
	struct work next = {.digest = self->digest};
	struct actor_pid to = somebody(actor_random());
	uint64_t reply = 0;
	size_t which = 0;
	int status;

	if (*mine == 0) {
		if (actor_random_below(4) == 0)
			status = actor_request_notify(to, &random_inquire, &next, &reply);
		else
			status = actor_request(to, &random_inquire, &next, mine);
		see(self, (uint64_t)status);
		return;
	}
	switch (actor_random_below(5)) {
	case 0:
		status = actor_request_check(*mine, &reply);
		break;
	case 1:
		status = actor_request_wait(*mine, &reply, soon(2000));
		break;
	case 2:
		status = actor_request_abandon(*mine);
		break;
	case 3:
		status = actor_request_wait_any(mine, 1, soon(2000), &which);
		if (status == 0)
			status = actor_request_check(*mine, &reply);
		break;
	default:
		status = actor_request_receive(*mine, &reply, soon(2000));
		*mine = 0;
	}
	see(self, (uint64_t)status ^ reply);
	if (status != ACTOR_ETIMEOUT)
		*mine = 0;
}

static void receive(struct node *self)
{
	const struct actor_type *const types[] = {&random_note, &random_work};
	const struct actor_message *message;
	int status = actor_receive(types, 1 + actor_random_below(2), soon(2000), &message);

	see(self, (uint64_t)status);
	if (status == 0)
		see(self, actor_message_as(message, struct work)->digest);
}

static void continue_soon(struct node *self, const struct work *work)
{
	struct work next = {.digest = self->digest, .hops = work->hops / 2};

	see(self, (uint64_t)actor_continue(&random_work, &next));
}

static void flood(struct node *self)
{
	struct work next = {.digest = self->digest};
	struct actor_pid to = somebody(actor_random());

	for (int i = 0; i < FLOOD; i++)
		(void)actor_cast(to, &random_work, &next);
}

/* ---- Time and memory --------------------------------------------------------------------------
 */

static void timer(struct node *self, const struct work *work)
{
	uint64_t *mine = &self->timers[1 + actor_random_below(TIMERS - 1)];
	struct work next = {.digest = self->digest, .hops = work->hops / 2};
	uint64_t left = 0;

	if (*mine != 0) {
		see(self, (uint64_t)actor_timer_cancel(*mine, &left) ^ left);
		*mine = 0;
	} else {
		see(self,
		    (uint64_t)actor_timer_start(soon(6000), 0, &alarm_clock, &next, mine) ^ *mine);
	}
}

static void clocks(struct node *self)
{
	see(self, actor_now());
	see(self, actor_wall_clock());
	see(self, actor_random());
}

static void piece(struct node *self)
{
	size_t i = actor_random_below(PIECES);
	size_t size = actor_random_below(3000) + 1;
	uint8_t *bytes;

	if (self->pieces[i] != NULL && actor_random_below(2) == 0) {
		for (size_t at = 0; at < self->sizes[i]; at += 97)
			see(self, ((uint8_t *)self->pieces[i])[at]);
		self->pieces[i] = actor_free(self->pieces[i]);
		return;
	}
	bytes = actor_realloc(self->pieces[i], size);
	if (bytes == NULL)
		return;
	memset(bytes, (int)(self->digest & 127), size);
	self->pieces[i] = bytes;
	self->sizes[i] = size;
}

/* ---- Bonds and names --------------------------------------------------------------------------
 */

static void bond(struct node *self)
{
	struct actor_pid peer = somebody(actor_random());
	uint64_t *ref = &self->monitors[actor_random_below(PIECES)];

	if (peer.bits == 0 || actor_pid_equal(peer, actor_self()))
		return;
	switch (actor_random_below(6)) {
	case 0:
		see(self, (uint64_t)actor_link(peer));
		break;
	case 1:
		see(self, (uint64_t)actor_unlink(peer));
		break;
	case 2:
		if (*ref == 0)
			see(self, (uint64_t)actor_monitor(peer, ref));
		break;
	case 3:
		if (*ref != 0)
			see(self, (uint64_t)actor_demonitor(*ref));
		*ref = 0;
		break;
	case 4:
		see(self, actor_alive(peer));
		break;
	default:
		(void)actor_trap_exits(actor_random_below(2) == 0);
	}
}

static void name(struct node *self)
{
	char text_[] = "name-a";

	text_[5] = (char)('a' + actor_random_below(4));
	switch (actor_random_below(3)) {
	case 0:
		see(self, (uint64_t)actor_register(text_, actor_self()));
		break;
	case 1:
		see(self, (uint64_t)actor_unregister(text_));
		break;
	default:
		see(self, actor_whereis(text_).bits);
	}
}

static void group(struct node *self)
{
	struct work next = {.digest = self->digest};
	char text_[] = "group-a";
	struct actor_pid members[8];
	size_t count = 0;

	text_[6] = (char)('a' + actor_random_below(3));
	switch (actor_random_below(5)) {
	case 0:
		see(self, (uint64_t)actor_group_join(text_, actor_self()));
		break;
	case 1:
		see(self, (uint64_t)actor_group_leave(text_, actor_self()));
		break;
	case 2:
		see(self, (uint64_t)actor_group_cast(text_, &random_work, &next, &count) ^ count);
		break;
	case 3:
		see(self, (uint64_t)actor_group_send("all", &random_note, &next, &count) ^ count);
		break;
	default:
		see(self, (uint64_t)actor_group_members(text_, members, 8, &count) ^ count);
		for (size_t i = 0; i < count && i < 8; i++)
			see(self, members[i].bits);
	}
}

/* ---- Births and deaths ------------------------------------------------------------------------
 */

static void spawn(struct node *self)
{
	struct nature nature = {.number = NATURE_OTHER, .fails = actor_random_below(8) == 0};
	struct actor_spawn_options options = {.size = sizeof(options), .label = "other"};
	struct work next = {.digest = self->digest, .hops = 3};
	struct actor_pid pid = ACTOR_PID_NONE;
	int reason = 0;

	if (self->births >= BIRTHS_MAX)
		return;
	self->births++;
	options.link = actor_random_below(4) == 0;
	options.monitor = actor_random_below(4) == 0;
	options.detached = actor_random_below(16) == 0;
	if (actor_random_below(2) == 0) {
		options.mailbox_policy = (enum actor_mailbox_policy)actor_random_below(4);
		options.mailbox_limit = (uint32_t)actor_random_below(6) + 1;
		options.mailbox_high = options.mailbox_limit + 1;
		options.mailbox_low = 1;
	}
	if (actor_random_below(2) == 0)
		see(self,
		    (uint64_t)actor_spawn(&random_node, &nature, sizeof(nature), &options, &pid));
	else
		see(self, (uint64_t)actor_start(&random_node, &nature, sizeof(nature), &options,
						&pid, &reason) ^
				  (uint64_t)reason);
	see(self, pid.bits);
	for (int i = 0; i < 12 && pid.bits != 0; i++)
		see(self, (uint64_t)actor_cast(pid, &random_work, &next));
}

static void child(struct node *self)
{
	struct nature nature = {.number = NATURE_OTHER, .fails = actor_random_below(8) == 0};
	struct actor_pid crowd = actor_whereis(CROWD);
	struct actor_child_counts counts = {0};
	struct actor_pid pid = ACTOR_PID_NONE;

	if (crowd.bits == 0 || self->births >= BIRTHS_MAX)
		return;
	self->births++;
	see(self, (uint64_t)actor_supervisor_start_child(crowd, &nature, sizeof(nature), &pid) ^
			  pid.bits);
	if (actor_random_below(3) == 0 && pid.bits != 0)
		see(self, (uint64_t)actor_supervisor_stop_child(crowd, pid));
	if (actor_random_below(2) == 0) {
		see(self, (uint64_t)actor_supervisor_count_children(crowd, &counts));
		see(self, counts.active ^ counts.workers << 8 ^ counts.specs << 16);
	}
}

static void end_somebody(struct node *self)
{
	static const int reasons[] = {ACTOR_EXIT_NORMAL, ACTOR_EXIT_SHUTDOWN, ACTOR_EXIT_USER,
				      ACTOR_EXIT_KILL};
	struct actor_pid to = somebody(actor_random());

	if (actor_random_below(4) == 0)
		see(self, (uint64_t)actor_stop(to, ACTOR_EXIT_USER + 4, soon(3000)));
	else
		see(self, (uint64_t)actor_exit(to, reasons[actor_random_below(4)]));
}

/* UBSan is not to say anything. */
__attribute__((no_sanitize("undefined"))) static void go_wrong(void)
{
	static volatile int *volatile nowhere;

	if (!plan.faults)
		return;
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

/* ---- Looking, and what may block --------------------------------------------------------------
 */

static void look(struct node *self)
{
	struct actor_pid to = somebody(actor_random());
	struct actor_sys_status found = {0};
	struct node state;
	size_t size = 0;
	int status;

	switch (actor_random_below(4)) {
	case 0:
		status = actor_sys_get_status(to, &found, soon(3000));
		see(self, found.messages_in ^ (uint64_t)found.queued << 32);
		see(self, found.monitors ^ (uint64_t)found.links << 32);
		break;
	case 1:
		status = actor_sys_get_state(to, &state, sizeof(state), &size, soon(3000));
		if (status == 0 && size == sizeof(state))
			see(self, state.digest);
		break;
	case 2:
		status = actor_sys_suspend(to, soon(3000));
		see(self, (uint64_t)actor_sys_resume(to, ACTOR_SECONDS(5)));
		break;
	default:
		status = actor_sys_statistics(to, actor_random_below(2) == 0, soon(3000));
	}
	see(self, (uint64_t)status);
}

static void block(struct node *self)
{
	struct measured measured = {0};
	uint64_t chance = actor_random();
	uint64_t job = 0;

	switch (actor_random_below(3)) {
	case 0:
		see(self, (uint64_t)actor_blocking_wait(measure, &chance, sizeof(chance), &measured,
							sizeof(measured), soon(5000)));
		see(self, measured.value);
		break;
	case 1:
		see(self, (uint64_t)actor_blocking_start(measure, &chance, sizeof(chance),
							 &random_measured, &job));
		break;
	default:
		see(self, (uint64_t)actor_blocking_start(measure, &chance, sizeof(chance),
							 &random_measured, &job));
		see(self, (uint64_t)actor_blocking_cancel(job));
	}
}

int do_something(struct node *self, const struct work *work)
{
	/* X(share of 100, what) */
#define DEEDS(X)                        \
	X(10, call(self, work))         \
	X(6, text(self, work))          \
	X(6, blob(self, work))          \
	X(8, request(self))             \
	X(6, receive(self))             \
	X(5, continue_soon(self, work)) \
	X(8, timer(self, work))         \
	X(6, clocks(self))              \
	X(6, piece(self))               \
	X(9, bond(self))                \
	X(5, name(self))                \
	X(5, group(self))               \
	X(6, spawn(self))               \
	X(4, child(self))               \
	X(2, end_somebody(self))        \
	X(3, look(self))                \
	X(3, block(self))               \
	X(1, go_wrong())
	uint64_t what = actor_random_below(100);
	uint64_t sum = 0;

	if (work->hops == 0 && actor_random_below(4) != 0)
		return ACTOR_CONTINUE;
#define X(share, deed)                             \
	if (what >= sum && what < sum + (share)) { \
		deed;                              \
	}                                          \
	sum += (share);
	DEEDS(X)
#undef X
#undef DEEDS
	if (actor_random_below(400) == 0)
		flood(self);
	forward(self, work);
	return ACTOR_CONTINUE;
}
