/* SPDX-License-Identifier: MIT */

/*
 * A tree of actors, ten children each; the leaves answer with their number, the others with the
 * sum of their children's answers. The size is the number of leaves: with a million that is
 * 1111111 actors and the answer 499999500000. An operation is one actor.
 */

#include "savina/savina.h"

#define CHILDREN 10

struct range {
	uint64_t first;
	uint64_t leaves;
};
struct sum {
	uint64_t value;
	uint64_t actors;
};

ACTOR_STATIC_MESSAGE(answered, struct sum);

struct node {
	struct sum sum;
	unsigned missing;
};

static int node_init(void *state, const void *argument, size_t size);
static int node_cast(void *state, const struct actor_message *message);

static const struct actor_behaviour node_behaviour = {
	.name = "node",
	.state_size = sizeof(struct node),
	.state_ctype = "struct node",
	.init = node_init,
	.handle_cast = node_cast,
};

static int node_init(void *state, const void *argument, size_t size)
{
	struct node *node = state;
	struct range range = *(const struct range *)argument;
	int status = 0;

	(void)size;
	if (range.leaves == 1) {
		struct sum leaf = {range.first, 1};

		(void)actor_cast(actor_parent(), &answered, &leaf);
		return ACTOR_STOP;
	}
	node->sum.actors = 1;
	range.leaves /= CHILDREN;
	for (; status == 0 && node->missing < CHILDREN; node->missing++) {
		struct actor_pid pid;

		status = actor_spawn(&node_behaviour, &range, sizeof(range), NULL, &pid);
		range.first += range.leaves;
	}
	return status;
}

static int node_cast(void *state, const struct actor_message *message)
{
	struct node *node = state;
	const struct sum *sum = actor_message_as(message, struct sum);

	node->sum.value += sum->value;
	node->sum.actors += sum->actors;
	if (--node->missing > 0)
		return ACTOR_CONTINUE;
	(void)actor_cast(actor_parent(), &answered, &node->sum);
	return ACTOR_STOP;
}

struct asker {
	struct actor_from from;
	uint64_t leaves;
};

static int asker_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct asker *asker = state;
	struct range all = {0, *actor_message_as(message, uint64_t)};
	struct actor_pid pid;

	asker->from = from;
	asker->leaves = all.leaves;
	return actor_spawn(&node_behaviour, &all, sizeof(all), NULL, &pid);
}

static int asker_cast(void *state, const struct actor_message *message)
{
	struct asker *asker = state;
	const struct sum *sum = actor_message_as(message, struct sum);

	if (sum->value != asker->leaves * (asker->leaves - 1) / 2)
		return bench_wrong(asker->from, "skynet: that is not the sum");
	return actor_reply(asker->from, &sum->actors);
}

static const struct actor_behaviour asker_behaviour = {
	.name = "asker",
	.state_size = sizeof(struct asker),
	.state_ctype = "struct asker",
	.handle_call = asker_call,
	.handle_cast = asker_cast,
};

const struct bench bench_skynet = {
	.name = "skynet",
	.size = 1000000,
	.size_smoke = 1000,
	.behaviour = &asker_behaviour,
};
