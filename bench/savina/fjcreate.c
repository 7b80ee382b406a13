/* SPDX-License-Identifier: MIT */

/*
 * Fork-join, creation: one actor makes others, sends each one message, which costs one sine, and
 * waits until all have reported and ended. The size is how many. An operation is one of them.
 */

#include <math.h>

#include "savina/savina.h"

ACTOR_STATIC_MESSAGE(compute, double);
ACTOR_STATIC_MESSAGE(done, double);

static int worker_cast(void *state, const struct actor_message *message)
{
	double sine = sin(*actor_message_as(message, double));
	double square = sine * sine;

	(void)state;
	(void)actor_cast(actor_parent(), &done, &square);
	return ACTOR_STOP;
}

static const struct actor_behaviour worker_behaviour = {
	.name = "worker",
	.handle_cast = worker_cast,
};

struct master {
	struct actor_from from;
	uint64_t workers;
	uint64_t done;
	uint64_t right;
};

static int master_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct master *master = state;
	double theta = 37.2;
	int status = 0;

	master->from = from;
	master->workers = *actor_message_as(message, uint64_t);
	for (uint64_t i = 0; status == 0 && i < master->workers; i++) {
		struct actor_pid worker;

		status = actor_spawn(&worker_behaviour, NULL, 0, NULL, &worker);
		if (status == 0)
			status = actor_cast(worker, &compute, &theta);
	}
	return status == 0 ? ACTOR_CONTINUE : actor_reject(from, status);
}

static int master_cast(void *state, const struct actor_message *message)
{
	struct master *master = state;

	master->right += *actor_message_as(message, double) > 0;
	if (++master->done < master->workers)
		return ACTOR_CONTINUE;
	if (master->right != master->workers)
		return bench_wrong(master->from, "fjcreate: a sine is wrong");
	return actor_reply(master->from, &master->workers);
}

static const struct actor_behaviour master_behaviour = {
	.name = "master",
	.state_size = sizeof(struct master),
	.state_ctype = "struct master",
	.handle_call = master_call,
	.handle_cast = master_cast,
};

const struct bench bench_fjcreate = {
	.name = "fjcreate",
	.size = 40000,
	.size_smoke = 500,
	.behaviour = &master_behaviour,
};
