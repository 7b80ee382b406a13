/* SPDX-License-Identifier: MIT */

/*
 * Fork-join, throughput: one actor sends each of 60 others so many messages, in turn; each message
 * costs one sine. The size is the number of messages to each. An operation is one message.
 */

#include <math.h>

#include "savina/savina.h"

#define ACTORS 60

ACTOR_STATIC_MESSAGE_EMPTY(compute);
ACTOR_STATIC_MESSAGE(done, uint64_t);

struct worker {
	uint64_t messages; /* to come */
	uint64_t right;
	double theta;
};

static int worker_init(void *state, const void *argument, size_t size)
{
	struct worker *worker = state;

	(void)size;
	worker->messages = *(const uint64_t *)argument;
	worker->theta = 37.2;
	return ACTOR_CONTINUE;
}

static int worker_cast(void *state, const struct actor_message *message)
{
	struct worker *worker = state;
	double sine = sin(worker->theta);

	(void)message;
	worker->right += sine * sine > 0;
	if (--worker->messages > 0)
		return ACTOR_CONTINUE;
	(void)actor_cast(actor_parent(), &done, &worker->right);
	return ACTOR_STOP;
}

static const struct actor_behaviour worker_behaviour = {
	.name = "worker",
	.state_size = sizeof(struct worker),
	.state_ctype = "struct worker",
	.init = worker_init,
	.handle_cast = worker_cast,
};

struct master {
	struct actor_from from;
	uint64_t messages;
	uint64_t right;
	unsigned working;
};

static int master_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct master *master = state;
	uint64_t rounds = *actor_message_as(message, uint64_t);
	struct actor_pid workers[ACTORS];
	int status = 0;

	master->from = from;
	master->messages = rounds * ACTORS;
	for (; status == 0 && master->working < ACTORS; master->working++)
		status = actor_spawn(&worker_behaviour, &rounds, sizeof(rounds), NULL,
				     &workers[master->working]);
	for (uint64_t round = 0; status == 0 && round < rounds; round++)
		for (unsigned i = 0; status == 0 && i < ACTORS; i++)
			status = actor_cast(workers[i], &compute, NULL);
	return status == 0 ? ACTOR_CONTINUE : actor_reject(from, status);
}

static int master_cast(void *state, const struct actor_message *message)
{
	struct master *master = state;

	master->right += *actor_message_as(message, uint64_t);
	if (--master->working > 0)
		return ACTOR_CONTINUE;
	if (master->right != master->messages)
		return bench_wrong(master->from, "fjthrput: a message is missing");
	return actor_reply(master->from, &master->messages);
}

static const struct actor_behaviour master_behaviour = {
	.name = "master",
	.state_size = sizeof(struct master),
	.state_ctype = "struct master",
	.handle_call = master_call,
	.handle_cast = master_cast,
};

const struct bench bench_fjthrput = {
	.name = "fjthrput",
	.size = 10000,
	.size_smoke = 20,
	.behaviour = &master_behaviour,
};
