/* SPDX-License-Identifier: MIT */

/*
 * One actor sends numbers to another as fast as it can, in one turn, and asks for their sum at the
 * end; the size is how many. An operation is one message. The other counts them: `counting` with
 * plain sends, `cast` with the casts of a server.
 */

#include "savina/savina.h"

struct number {
	uint64_t value;
};
struct total {
	uint64_t count;
	uint64_t sum;
};

ACTOR_STATIC_MESSAGE(add, struct number);
ACTOR_STATIC_REQUEST_EMPTY(get_total, struct total);

static int counter_add(void *state, const struct actor_message *message)
{
	struct total *total = state;

	total->count++;
	total->sum += actor_message_as(message, struct number)->value;
	return ACTOR_CONTINUE;
}

static int counter_call(void *state, const struct actor_message *message, struct actor_from from)
{
	(void)message;
	(void)actor_reply(from, state);
	return ACTOR_STOP;
}

static const struct actor_behaviour counter_behaviour = {
	.name = "counter",
	.state_size = sizeof(struct total),
	.state_ctype = "struct total",
	.handle_call = counter_call,
	.handle_cast = counter_add,
	.handle_info = counter_add,
};

typedef int (*send_function)(struct actor_pid to, struct actor_type *type, const void *payload);

static int produce(send_function send, uint64_t messages, struct actor_from from)
{
	struct actor_pid counter;
	struct total total;
	int status;

	status = actor_spawn(&counter_behaviour, NULL, 0, NULL, &counter);
	for (uint64_t i = 1; status == 0 && i <= messages; i++) {
		struct number number = {i};

		status = send(counter, &add, &number);
	}
	if (status == 0)
		status = actor_call(counter, &get_total, NULL, &total, ACTOR_FOREVER);
	if (status != 0)
		return actor_reject(from, status);
	if (total.count != messages || total.sum != messages * (messages + 1) / 2)
		return bench_wrong(from, "counting: the sum is wrong");
	return actor_reply(from, &messages);
}

static int producer_call(void *state, const struct actor_message *message, struct actor_from from)
{
	(void)state;
	return produce(actor_send, *actor_message_as(message, uint64_t), from);
}

static int caster_call(void *state, const struct actor_message *message, struct actor_from from)
{
	(void)state;
	return produce(actor_cast, *actor_message_as(message, uint64_t), from);
}

static const struct actor_behaviour producer_behaviour = {
	.name = "producer",
	.handle_call = producer_call,
};
static const struct actor_behaviour caster_behaviour = {
	.name = "caster",
	.handle_call = caster_call,
};

const struct bench bench_counting = {
	.name = "counting",
	.size = 1000000,
	.size_smoke = 1000,
	.behaviour = &producer_behaviour,
};
const struct bench bench_cast = {
	.name = "cast",
	.size = 1000000,
	.size_smoke = 1000,
	.behaviour = &caster_behaviour,
};
