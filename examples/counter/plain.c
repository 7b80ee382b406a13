/* SPDX-License-Identifier: MIT */
/* The counter without actor/define.h: a table of callbacks, and everything around it by hand. */
#include "counter.h"

#include <stdio.h>

/* Every call says how long it waits. */
#define DEADLINE ACTOR_SECONDS(5)

struct number {
	int64_t value;
};

struct counter {
	int64_t value;
};

ACTOR_STATIC_REQUEST_EMPTY(count, struct number);
ACTOR_STATIC_REQUEST(reset, struct number, struct number);
ACTOR_STATIC_MESSAGE(increment, struct number);

/* ---- The counter's side ---------------------------------------------------------------------- */

static int counter_init(void *state, const void *argument, size_t size)
{
	struct counter *counter = state;

	if (size != sizeof(struct number))
		return ACTOR_EINVALID;
	counter->value = ((const struct number *)argument)->value;
	return ACTOR_CONTINUE;
}

static int counter_handle_call(void *state, const struct actor_message *message,
			       struct actor_from from)
{
	struct counter *counter = state;
	struct number reply = {.value = counter->value};

	if (actor_message_is(message, &count)) {
		(void)actor_reply(from, &reply);
	} else if (actor_message_is(message, &reset)) {
		counter->value = actor_message_as(message, struct number)->value;
		(void)actor_reply(from, &reply);
	} else {
		return actor_unhandled(message, ACTOR_CONTINUE);
	}
	return ACTOR_CONTINUE;
}

static int counter_handle_cast(void *state, const struct actor_message *message)
{
	struct counter *counter = state;

	if (!actor_message_is(message, &increment))
		return actor_unhandled(message, ACTOR_CONTINUE);
	counter->value += actor_message_as(message, struct number)->value;
	return ACTOR_CONTINUE;
}

static int counter_describe(const void *state, char *text, size_t size)
{
	const struct counter *counter = state;

	return snprintf(text, size, "at %lld", (long long)counter->value);
}

const struct actor_behaviour counter_behaviour = {
	.name = "counter",
	.state_size = sizeof(struct counter),
	.state_ctype = "struct counter",
	.init = counter_init,
	.handle_call = counter_handle_call,
	.handle_cast = counter_handle_cast,
	.describe = counter_describe,
};

/* ---- The callers' side ----------------------------------------------------------------------- */

int counter_start_link(int64_t initial, struct actor_pid *ret_counter)
{
	const struct number argument = {.value = initial};
	const struct actor_spawn_options options = {.size = sizeof(options), .link = true};

	return actor_start(&counter_behaviour, &argument, sizeof(argument), &options, ret_counter,
			   NULL);
}

int counter_count(struct actor_pid counter, int64_t *ret_value)
{
	struct number reply;
	int status = actor_call(counter, &count, NULL, &reply, DEADLINE);

	if (status == 0)
		*ret_value = reply.value;
	return status;
}

int counter_increment(struct actor_pid counter, int64_t amount)
{
	const struct number number = {.value = amount};

	return actor_cast(counter, &increment, &number);
}

int counter_reset(struct actor_pid counter, int64_t value, int64_t *ret_old_value)
{
	const struct number number = {.value = value};
	struct number reply;
	int status = actor_call(counter, &reset, &number, &reply, DEADLINE);

	if (status == 0)
		*ret_old_value = reply.value;
	return status;
}
