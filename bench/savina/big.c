/* SPDX-License-Identifier: MIT */

/*
 * Everybody with everybody: each of 120 actors sends so many pings, one after the other, each to
 * one of the 120 at random, and waits for its pong. The size is the number of pings of each. An
 * operation is one message: a ping or a pong.
 */

#include "savina/savina.h"

#define ACTORS 120

struct neighbours {
	struct actor_pid all[ACTORS];
};
struct tally {
	uint64_t pings_seen;
};

ACTOR_STATIC_MESSAGE(meet, struct neighbours);
ACTOR_STATIC_MESSAGE_EMPTY(ping);
ACTOR_STATIC_MESSAGE_EMPTY(pong);
ACTOR_STATIC_MESSAGE_EMPTY(finished);
ACTOR_STATIC_REQUEST_EMPTY(get_tally, struct tally);

struct pinger {
	struct neighbours *neighbours;
	struct actor_pid asked;
	uint64_t pings; /* to send */
	uint64_t pings_seen;
};

static int pinger_init(void *state, const void *argument, size_t size)
{
	struct pinger *pinger = state;

	(void)size;
	pinger->pings = *(const uint64_t *)argument;
	return ACTOR_CONTINUE;
}

static int pinger_ping(struct pinger *pinger)
{
	if (pinger->pings-- == 0)
		return actor_cast(actor_parent(), &finished, NULL);
	pinger->asked = pinger->neighbours->all[actor_random_below(ACTORS)];
	return actor_cast(pinger->asked, &ping, NULL);
}

static int pinger_cast(void *state, const struct actor_message *message)
{
	struct pinger *pinger = state;

	if (actor_message_is(message, &ping)) {
		pinger->pings_seen++;
		return actor_cast(message->sender, &pong, NULL);
	}
	if (actor_message_is(message, &meet)) {
		pinger->neighbours = actor_alloc(sizeof(*pinger->neighbours));
		if (pinger->neighbours == NULL)
			return ACTOR_ENO_MEMORY;
		*pinger->neighbours = *actor_message_as(message, struct neighbours);
	} else if (!actor_pid_equal(message->sender, pinger->asked)) {
		return ACTOR_EINVALID; /* then the sink waits in vain, until its deadline */
	}
	return pinger_ping(pinger);
}

static int pinger_call(void *state, const struct actor_message *message, struct actor_from from)
{
	const struct pinger *pinger = state;
	struct tally tally = {pinger->pings_seen};

	(void)message;
	(void)actor_reply(from, &tally);
	return ACTOR_STOP;
}

static const struct actor_behaviour pinger_behaviour = {
	.name = "pinger",
	.state_size = sizeof(struct pinger),
	.state_ctype = "struct pinger",
	.init = pinger_init,
	.handle_call = pinger_call,
	.handle_cast = pinger_cast,
};

struct sink {
	struct actor_from from;
	struct neighbours actors;
	uint64_t pings;
	unsigned busy;
};

static int sink_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct sink *sink = state;
	const uint64_t *pings = actor_message_as(message, uint64_t);
	int status = 0;

	sink->from = from;
	sink->pings = *pings * ACTORS;
	for (unsigned i = 0; status == 0 && i < ACTORS; i++)
		status = actor_spawn(&pinger_behaviour, pings, sizeof(*pings), NULL,
				     &sink->actors.all[i]);
	for (; status == 0 && sink->busy < ACTORS; sink->busy++)
		status = actor_cast(sink->actors.all[sink->busy], &meet, &sink->actors);
	return status == 0 ? ACTOR_CONTINUE : actor_reject(from, status);
}

static int sink_cast(void *state, const struct actor_message *message)
{
	struct sink *sink = state;
	uint64_t messages = 2 * sink->pings;
	uint64_t seen = 0;

	(void)message;
	if (--sink->busy > 0)
		return ACTOR_CONTINUE;
	for (unsigned i = 0; i < ACTORS; i++) {
		struct tally tally;
		int status =
			actor_call(sink->actors.all[i], &get_tally, NULL, &tally, ACTOR_FOREVER);

		if (status != 0)
			return actor_reject(sink->from, status);
		seen += tally.pings_seen;
	}
	if (seen != sink->pings)
		return bench_wrong(sink->from, "big: the pings do not add up");
	return actor_reply(sink->from, &messages);
}

static const struct actor_behaviour sink_behaviour = {
	.name = "sink",
	.state_size = sizeof(struct sink),
	.state_ctype = "struct sink",
	.handle_call = sink_call,
	.handle_cast = sink_cast,
};

const struct bench bench_big = {
	.name = "big",
	.size = 20000,
	.size_smoke = 20,
	.behaviour = &sink_behaviour,
};
