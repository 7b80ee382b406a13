/* SPDX-License-Identifier: MIT */

/*
 * One actor sends numbers to another as fast as it can, in one turn; the other adds them up. An
 * operation is one message: sent and received. The time ends when the sum is known.
 *
 * This is Savina's "Counting Actor" with its 1 000 000 messages a run. A message carries 8 bytes.
 */

#include "bench.h"

struct number {
	uint64_t value;
};
struct job {
	struct actor_pid counter;
	uint64_t messages;
};
struct total {
	uint64_t count;
	uint64_t sum;
};

ACTOR_MESSAGE(add, struct number);
ACTOR_REQUEST_EMPTY(get_total, struct total);
ACTOR_REQUEST(produce, struct job, struct number);

static int counter_cast(void *state, const struct actor_message *message)
{
	struct total *total = state;

	total->count++;
	total->sum += actor_message_as(message, struct number)->value;
	return ACTOR_CONTINUE;
}

static int counter_call(void *state, const struct actor_message *message, struct actor_from from)
{
	(void)message;
	return actor_reply(from, state);
}

static int producer_call(void *state, const struct actor_message *message, struct actor_from from)
{
	const struct job *job = actor_message_as(message, struct job);
	struct number sent;

	(void)state;
	for (uint64_t i = 1; i <= job->messages; i++) {
		struct number number = {i};
		int status = actor_cast(job->counter, &add, &number);

		if (status != 0)
			return actor_reject(from, status);
	}
	sent.value = job->messages;
	return actor_reply(from, &sent);
}

static const struct actor_behaviour counter_behaviour = {
	.name = "counter",
	.state_size = sizeof(struct total),
	.state_ctype = "struct total",
	.handle_call = counter_call,
	.handle_cast = counter_cast,
};
static const struct actor_behaviour producer_behaviour = {
	.name = "producer",
	.handle_call = producer_call,
};

static int counting_run(struct actor_system *system, uint64_t operations);

static const struct bench counting = {
	.name = "counting",
	.operations = 1000000,
	.operations_smoke = 1000,
	.run = counting_run,
};

static int counting_run(struct actor_system *system, uint64_t operations)
{
	struct job job = {.messages = operations};
	struct actor_pid producer;
	struct number sent;
	struct total total = {0};
	int status;

	(void)system;
	status = actor_start(&counter_behaviour, NULL, 0, NULL, &job.counter, NULL);
	if (status != 0)
		return bench_fail(&counting, "no counter", status);
	status = actor_start(&producer_behaviour, NULL, 0, NULL, &producer, NULL);
	if (status != 0)
		return bench_fail(&counting, "no producer", status);
	status = actor_call(producer, &produce, &job, &sent, BENCH_DEADLINE);
	if (status == 0)
		status = actor_call(job.counter, &get_total, NULL, &total, BENCH_DEADLINE);
	(void)actor_exit(producer, ACTOR_EXIT_SHUTDOWN);
	(void)actor_exit(job.counter, ACTOR_EXIT_SHUTDOWN);
	if (status != 0 || total.count != operations ||
	    total.sum != operations * (operations + 1) / 2)
		return bench_fail(&counting, "the sum is wrong", status);
	return 0;
}

int main(int argc, char **argv)
{
	return bench_main(&counting, argc, argv);
}
