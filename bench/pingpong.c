/* SPDX-License-Identifier: MIT */

/*
 * Two actors throw a ball to and fro. An operation is one message: sent, scheduled, received. A
 * round trip is two operations.
 *
 * This is Savina's "Ping Pong", whose 40 000 round trips last a few ms here, too short to measure:
 * it is 1 000 000 round trips (2 000 000 operations) in each run. A message carries 8 bytes, the
 * number of the throw, which both sides check.
 */

#include "bench.h"

struct ball {
	uint64_t number;
};
struct match {
	struct actor_pid pong;
	uint64_t round_trips;
};
struct score {
	uint64_t round_trips;
};

ACTOR_MESSAGE(ping, struct ball);
ACTOR_MESSAGE(pong, struct ball);
ACTOR_REQUEST(play, struct match, struct score);

struct pinger {
	struct actor_pid pong;
	struct actor_from judge;
	uint64_t thrown;
	uint64_t round_trips;
};

struct ponger {
	uint64_t seen;
};

static int pinger_throw(struct pinger *pinger)
{
	struct ball ball = {++pinger->thrown};

	return actor_cast(pinger->pong, &ping, &ball);
}

static int pinger_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct pinger *pinger = state;
	const struct match *match = actor_message_as(message, struct match);

	pinger->pong = match->pong;
	pinger->judge = from;
	pinger->round_trips = match->round_trips;
	return pinger_throw(pinger);
}

static int pinger_cast(void *state, const struct actor_message *message)
{
	struct pinger *pinger = state;
	struct score score = {pinger->thrown};

	if (!actor_message_is(message, &pong) ||
	    actor_message_as(message, struct ball)->number != pinger->thrown)
		return actor_reject(pinger->judge, ACTOR_EINVALID);
	if (pinger->thrown < pinger->round_trips)
		return pinger_throw(pinger);
	return actor_reply(pinger->judge, &score);
}

static int ponger_cast(void *state, const struct actor_message *message)
{
	struct ponger *ponger = state;
	struct ball ball = *actor_message_as(message, struct ball);

	if (ball.number != ++ponger->seen)
		ball.number = 0; /* the pinger complains */
	return actor_cast(message->sender, &pong, &ball);
}

static const struct actor_behaviour pinger_behaviour = {
	.name = "pinger",
	.state_size = sizeof(struct pinger),
	.state_ctype = "struct pinger",
	.handle_call = pinger_call,
	.handle_cast = pinger_cast,
};
static const struct actor_behaviour ponger_behaviour = {
	.name = "ponger",
	.state_size = sizeof(struct ponger),
	.state_ctype = "struct ponger",
	.handle_cast = ponger_cast,
};

static int pingpong_run(struct actor_system *system, uint64_t operations);

static const struct bench pingpong = {
	.name = "pingpong",
	.operations = 2000000,
	.operations_smoke = 2000,
	.run = pingpong_run,
};

static int pingpong_run(struct actor_system *system, uint64_t operations)
{
	struct match match = {.round_trips = operations / 2};
	struct score score = {0};
	struct actor_pid pinger;
	int status;

	(void)system;
	status = actor_start(&ponger_behaviour, NULL, 0, NULL, &match.pong, NULL);
	if (status != 0)
		return bench_fail(&pingpong, "no ponger", status);
	status = actor_start(&pinger_behaviour, NULL, 0, NULL, &pinger, NULL);
	if (status != 0)
		return bench_fail(&pingpong, "no pinger", status);
	status = actor_call(pinger, &play, &match, &score, BENCH_DEADLINE);
	(void)actor_exit(pinger, ACTOR_EXIT_SHUTDOWN);
	(void)actor_exit(match.pong, ACTOR_EXIT_SHUTDOWN);
	if (status != 0 || score.round_trips != operations / 2)
		return bench_fail(&pingpong, "the match was not played to its end", status);
	return 0;
}

int main(int argc, char **argv)
{
	return bench_main(&pingpong, argc, argv);
}
