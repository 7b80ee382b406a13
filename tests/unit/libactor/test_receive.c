/* SPDX-License-Identifier: MIT */
/* The order of handling: continue, selective receive, postponing, aliases. */
#include "actors.h"

#include <actor/alias.h>
#include <actor/receive.h>

ACTOR_STATIC_MESSAGE(number, int64_t);
ACTOR_STATIC_MESSAGE(wanted, int64_t);
ACTOR_STATIC_MESSAGE(step, int64_t);
ACTOR_STATIC_MESSAGE_EMPTY(gather);
ACTOR_STATIC_MESSAGE_EMPTY(open_up);
ACTOR_STATIC_REQUEST_EMPTY(ask, int64_t);

struct door {
	struct seen *seen;
	bool open;
};

static int door_init(void *state, const void *argument, size_t size)
{
	struct door *self = state;
	int64_t value = 1;

	(void)size;
	self->seen = *(struct seen *const *)argument;
	CU_ASSERT_EQUAL(actor_continue(&step, &value), 0);
	return ACTOR_CONTINUE;
}

static int door_continue(void *state, const struct actor_message *message)
{
	struct door *self = state;
	int64_t value = *actor_message_as(message, int64_t);

	seen_add(self->seen, 100 + value);
	CU_ASSERT_EQUAL(actor_postpone(), ACTOR_EINVALID);
	if (value++ < 3)
		CU_ASSERT_EQUAL(actor_continue(&step, &value), 0);
	return ACTOR_CONTINUE;
}

static int door_cast(void *state, const struct actor_message *message)
{
	const struct actor_type *const types[] = {&wanted, &ask};
	const struct actor_message *got = NULL;
	struct door *self = state;
	struct actor_from from;
	int64_t value = 7;

	if (actor_message_is(message, &gather)) {
		CU_ASSERT_EQUAL(actor_receive(types, 1, ACTOR_SECONDS(20), &got), 0);
		seen_add(self->seen, 200 + *actor_message_as(got, int64_t));
		CU_ASSERT_EQUAL(actor_message_from(got, &from), ACTOR_EINVALID);
		CU_ASSERT_EQUAL(actor_receive(types, 2, ACTOR_SECONDS(20), &got), 0);
		CU_ASSERT_EQUAL(actor_message_from(got, &from), 0);
		CU_ASSERT_EQUAL(actor_reply(from, &value), 0);
		CU_ASSERT_EQUAL(actor_receive(types, 2, 0, &got), ACTOR_ETIMEOUT);
		return ACTOR_CONTINUE;
	}
	if (actor_message_is(message, &open_up)) {
		self->open = true;
		return actor_state_changed();
	}
	if (!self->open)
		return actor_postpone();
	seen_add(self->seen, *actor_message_as(message, int64_t));
	return ACTOR_CONTINUE;
}

static int door_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct door *self = state;
	int64_t value = 8;

	(void)message;
	return self->open ? actor_reply(from, &value) : actor_postpone();
}

static const struct actor_behaviour door = {.name = "door",
					    .state_size = sizeof(struct door),
					    .init = door_init,
					    .handle_call = door_call,
					    .handle_cast = door_cast,
					    .handle_continue = door_continue};

static struct actor_pid door_start(struct seen *seen)
{
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL_FATAL(actor_spawn(&door, &seen, sizeof(seen), NULL, &pid), 0);
	return pid;
}

static void cast_number(struct actor_pid pid, struct actor_type *type, int64_t value)
{
	CU_ASSERT_EQUAL(actor_cast(pid, type, &value), 0);
}

static void postpone_body(struct actor_system *system)
{
	static const int64_t expected[] = {101, 102, 103, 1, 2, 3};
	SEEN(seen);
	struct actor_pid pid = door_start(&seen);

	(void)system;
	cast_number(pid, &number, 1);
	cast_number(pid, &number, 2);
	CU_ASSERT_EQUAL(actor_cast(pid, &open_up, NULL), 0);
	cast_number(pid, &number, 3);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 6));
	CU_ASSERT_EQUAL(memcmp(seen.values, expected, sizeof(expected)), 0);
}

static void postponed_messages_come_first_again(void)
{
	for (int i = 0; i < 20; i++)
		in_system(postpone_body);
}

static void call_late(void *context)
{
	int64_t reply = 0;

	CU_ASSERT_EQUAL(actor_call(*(struct actor_pid *)context, &ask, NULL, &reply,
				   ACTOR_MILLISECONDS(20)),
			ACTOR_ETIMEOUT);
}

static void postponed_call_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_pid pid = door_start(&seen);
	int64_t reply = 0;

	(void)system;
	call_late(&pid);
	CU_ASSERT_EQUAL(actor_cast(pid, &open_up, NULL), 0);
	CU_ASSERT_EQUAL(actor_call(pid, &ask, NULL, &reply, ACTOR_SECONDS(20)), 0);
	CU_ASSERT_EQUAL(reply, 8);
	/* And what is still put aside when the actor ends fails with it. */
	pid = door_start(&seen);
	call_late(&pid);
	CU_ASSERT_EQUAL(actor_stop(pid, ACTOR_EXIT_NORMAL, ACTOR_SECONDS(20)), 0);
}

static void calls_are_postponed_too(void)
{
	in_system(postponed_call_body);
}

static void gather_body(struct actor_system *system)
{
	static const int64_t expected[] = {101, 102, 103, 205, 1, 2, 3};
	SEEN(seen);
	struct actor_pid pid = door_start(&seen);
	int64_t reply = 0;

	(void)system;
	CU_ASSERT_EQUAL(actor_cast(pid, &gather, NULL), 0);
	CU_ASSERT_EQUAL(actor_cast(pid, &open_up, NULL), 0);
	cast_number(pid, &number, 1);
	cast_number(pid, &number, 2);
	cast_number(pid, &wanted, 5);
	cast_number(pid, &number, 3);
	CU_ASSERT_EQUAL(actor_call(pid, &ask, NULL, &reply, ACTOR_SECONDS(20)), 0);
	CU_ASSERT_EQUAL(reply, 7); /* by the handler that waited for it */
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 7));
	CU_ASSERT_EQUAL(memcmp(seen.values, expected, sizeof(expected)), 0);
}

static void the_others_stay_in_order(void)
{
	for (int i = 0; i < 20; i++)
		in_system(gather_body);
}

/* ---- Aliases ----------------------------------------------------------------------------------
 */

static int64_t received(uint64_t timeout_ns)
{
	const struct actor_type *const types[] = {&number};
	const struct actor_message *message;

	return actor_receive(types, 1, timeout_ns, &message) == 0
		       ? *actor_message_as(message, int64_t)
		       : -1;
}

static void send_number(struct actor_alias alias, int64_t value)
{
	CU_ASSERT_EQUAL(actor_send_alias(alias, &number, &value), 0);
}

static void aliases(void *context)
{
	struct actor_alias alias;

	(void)context;
	CU_ASSERT_EQUAL(actor_alias(ACTOR_ALIAS_EXPLICIT, &alias), 0);
	send_number(alias, 1);
	send_number(alias, 2);
	CU_ASSERT_EQUAL(received(ACTOR_SECONDS(20)), 1);
	CU_ASSERT_EQUAL(actor_unalias(alias), 0);
	CU_ASSERT_EQUAL(actor_unalias(alias), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(received(0), -1); /* although it was sent before */
	CU_ASSERT_EQUAL(actor_alias(ACTOR_ALIAS_REPLY, &alias), 0);
	send_number(alias, 3);
	send_number(alias, 4);
	CU_ASSERT_EQUAL(received(ACTOR_SECONDS(20)), 3);
	CU_ASSERT_EQUAL(received(0), -1);
	CU_ASSERT_EQUAL(actor_alias(ACTOR_ALIAS_DEMONITOR, &alias), ACTOR_EINVALID);
}

static void monitor_aliases(void *context)
{
	const struct actor_type *const types[] = {&actor_down};
	const struct actor_message *message;
	struct actor_alias alias;
	struct actor_pid pid = door_start(context);

	CU_ASSERT_EQUAL(actor_monitor_alias(pid, ACTOR_ALIAS_REPLY_DEMONITOR, &alias), 0);
	send_number(alias, 5);
	send_number(alias, 6);
	CU_ASSERT_EQUAL(received(ACTOR_SECONDS(20)), 5);
	CU_ASSERT_EQUAL(received(0), -1);
	CU_ASSERT_EQUAL(actor_demonitor(alias.ref), ACTOR_ENOT_FOUND); /* went with it */
	CU_ASSERT_EQUAL(actor_monitor_alias(pid, ACTOR_ALIAS_DEMONITOR, &alias), 0);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_EQUAL(actor_receive(types, 1, ACTOR_SECONDS(20), &message), 0);
	send_number(alias, 7);
	CU_ASSERT_EQUAL(received(0), -1);
}

static void aliases_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_system_counters counters;

	aliases(NULL);
	in_actor(aliases, NULL);
	in_actor(monitor_aliases, &seen);
	actor_system_count(system, &counters);
	CU_ASSERT_EQUAL(counters.dead_letters, 2 + 2 + 2);
}

static void an_alias_can_be_switched_off(void)
{
	in_system(aliases_body);
}

#define CASES(X)                               \
	X(postponed_messages_come_first_again) \
	X(calls_are_postponed_too)             \
	X(the_others_stay_in_order)            \
	X(an_alias_can_be_switched_off)

SUITE("receive", CASES)
