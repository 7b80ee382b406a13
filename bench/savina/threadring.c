/* SPDX-License-Identifier: MIT */

/*
 * A hundred actors in a ring hand on one token; the size is the number of hops. An operation is
 * one hop. Afterwards a second token goes round once and ends them.
 */

#include "savina/savina.h"

#define ACTORS 100

struct token {
	uint64_t hops_left;
};

ACTOR_STATIC_MESSAGE(set_next, struct actor_pid);
ACTOR_STATIC_MESSAGE(hop, struct token);
ACTOR_STATIC_MESSAGE_EMPTY(arrived);
ACTOR_STATIC_MESSAGE(leave, struct token);

struct link {
	struct actor_pid next;
};

static int link_hop(struct link *link, struct token token)
{
	if (token.hops_left-- == 0)
		return actor_cast(actor_parent(), &arrived, NULL);
	return actor_cast(link->next, &hop, &token);
}

static int link_cast(void *state, const struct actor_message *message)
{
	struct link *link = state;
	struct token token;

	if (actor_message_is(message, &hop))
		return link_hop(link, *actor_message_as(message, struct token));
	if (actor_message_is(message, &set_next)) {
		link->next = *actor_message_as(message, struct actor_pid);
		return ACTOR_CONTINUE;
	}
	token = *actor_message_as(message, struct token);
	if (token.hops_left-- > 1)
		(void)actor_cast(link->next, &leave, &token);
	return ACTOR_STOP;
}

static const struct actor_behaviour link_behaviour = {
	.name = "link",
	.state_size = sizeof(struct link),
	.state_ctype = "struct link",
	.handle_cast = link_cast,
};

struct ring {
	struct actor_from from;
	struct actor_pid first;
	struct actor_pid last; /* where the token must end */
	uint64_t hops;
};

static int ring_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct ring *ring = state;
	struct actor_pid links[ACTORS];
	struct token token;
	int status = 0;

	ring->from = from;
	ring->hops = token.hops_left = *actor_message_as(message, uint64_t);
	for (unsigned i = 0; status == 0 && i < ACTORS; i++)
		status = actor_spawn(&link_behaviour, NULL, 0, NULL, &links[i]);
	for (unsigned i = 0; status == 0 && i < ACTORS; i++)
		status = actor_cast(links[i], &set_next, &links[(i + 1) % ACTORS]);
	if (status != 0)
		return actor_reject(from, status);
	ring->first = links[0];
	ring->last = links[ring->hops % ACTORS];
	return actor_cast(ring->first, &hop, &token);
}

static int ring_cast(void *state, const struct actor_message *message)
{
	struct ring *ring = state;
	struct token round = {ACTORS};

	if (!actor_pid_equal(message->sender, ring->last))
		return bench_wrong(ring->from, "threadring: the token ended in the wrong place");
	(void)actor_cast(ring->first, &leave, &round);
	return actor_reply(ring->from, &ring->hops);
}

static const struct actor_behaviour ring_behaviour = {
	.name = "ring",
	.state_size = sizeof(struct ring),
	.state_ctype = "struct ring",
	.handle_call = ring_call,
	.handle_cast = ring_cast,
};

const struct bench bench_threadring = {
	.name = "threadring",
	.size = 100000,
	.size_smoke = 1000,
	.behaviour = &ring_behaviour,
};
