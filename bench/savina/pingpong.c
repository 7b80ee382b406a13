/* SPDX-License-Identifier: MIT */

/*
 * Two actors throw a ball to and fro; the size is the number of round trips. An operation is one
 * message: sent, scheduled, received. The ball carries the number of the throw, which both check.
 */

#include "savina/savina.h"

struct ball {
	uint64_t number;
};

ACTOR_STATIC_MESSAGE(ping, struct ball);
ACTOR_STATIC_MESSAGE(pong, struct ball);

struct ponger {
	uint64_t seen;
};

static int ponger_cast(void *state, const struct actor_message *message)
{
	struct ponger *ponger = state;
	struct ball ball = *actor_message_as(message, struct ball);

	if (ball.number != ++ponger->seen)
		ball.number = 0; /* the pinger complains */
	return actor_cast(message->sender, &pong, &ball);
}

static const struct actor_behaviour ponger_behaviour = {
	.name = "ponger",
	.state_size = sizeof(struct ponger),
	.state_ctype = "struct ponger",
	.handle_cast = ponger_cast,
};

struct pinger {
	struct actor_pid ponger;
	struct actor_from from;
	uint64_t thrown;
	uint64_t round_trips;
};

static int pinger_throw(struct pinger *pinger)
{
	struct ball ball = {++pinger->thrown};

	return actor_cast(pinger->ponger, &ping, &ball);
}

static int pinger_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct pinger *pinger = state;
	int status;

	pinger->from = from;
	pinger->round_trips = *actor_message_as(message, uint64_t);
	status = actor_spawn(&ponger_behaviour, NULL, 0, NULL, &pinger->ponger);
	return status != 0 ? status : pinger_throw(pinger);
}

static int pinger_cast(void *state, const struct actor_message *message)
{
	struct pinger *pinger = state;
	uint64_t messages;

	if (actor_message_as(message, struct ball)->number != pinger->thrown)
		return bench_wrong(pinger->from, "pingpong: a ball was lost");
	if (pinger->thrown < pinger->round_trips)
		return pinger_throw(pinger);
	messages = 2 * pinger->round_trips;
	(void)actor_exit(pinger->ponger, ACTOR_EXIT_SHUTDOWN);
	return actor_reply(pinger->from, &messages);
}

static const struct actor_behaviour pinger_behaviour = {
	.name = "pinger",
	.state_size = sizeof(struct pinger),
	.state_ctype = "struct pinger",
	.handle_call = pinger_call,
	.handle_cast = pinger_cast,
};

const struct bench bench_pingpong = {
	.name = "pingpong",
	.size = 40000,
	.size_smoke = 1000,
	.behaviour = &pinger_behaviour,
};
