/* SPDX-License-Identifier: MIT */

/*
 * One actor calls another, again and again, each time with the answer to the call before; the size
 * is how often. An operation is one call, request and reply.
 */

#include "savina/savina.h"

ACTOR_STATIC_REQUEST(increment, uint64_t, uint64_t);

static int server_call(void *state, const struct actor_message *message, struct actor_from from)
{
	uint64_t number = *actor_message_as(message, uint64_t) + 1;

	(void)state;
	return actor_reply(from, &number);
}

static const struct actor_behaviour server_behaviour = {
	.name = "server",
	.handle_call = server_call,
};

static int client_call(void *state, const struct actor_message *message, struct actor_from from)
{
	uint64_t calls = *actor_message_as(message, uint64_t);
	uint64_t number = 0;
	struct actor_pid server;
	int status;

	(void)state;
	status = actor_start(&server_behaviour, NULL, 0, NULL, &server, NULL);
	for (uint64_t i = 0; status == 0 && i < calls; i++)
		status = actor_call(server, &increment, &number, &number, ACTOR_SECONDS(5));
	if (status != 0)
		return actor_reject(from, status);
	(void)actor_exit(server, ACTOR_EXIT_SHUTDOWN);
	if (number != calls)
		return bench_wrong(from, "call: the server has miscounted");
	return actor_reply(from, &number);
}

static const struct actor_behaviour client_behaviour = {
	.name = "client",
	.handle_call = client_call,
};

const struct bench bench_call = {
	.name = "call",
	.size = 100000,
	.size_smoke = 1000,
	.behaviour = &client_behaviour,
};
