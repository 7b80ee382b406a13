/* SPDX-License-Identifier: MIT */

/*
 * An unbalanced cobwebbed tree. Each new node asks the root whether it may have children; by chance
 * it gets ten, until the tree is as large as the size allows. Then the tree is walked from the
 * root: each node computes for about 500 steps, asks its children to do the same, and reports what
 * came together below it. In half of the families one child is urgent. An operation is one node.
 *
 * A step is a step of the random generator. (The suite's own busy loop has no effect that a
 * compiler could not remove.)
 */

#include <math.h>

#include "savina/random.h"
#include "savina/savina.h"

#define CHILDREN       10
#define STEPS          500
#define STEPS_SPREAD   100
#define STEPS_AT_BIRTH 100

struct family {
	uint64_t steps;
	uint64_t urgent; /* which child; CHILDREN: none */
};
struct tally {
	uint64_t nodes;
	uint64_t urgent;
	uint64_t random; /* sum of what came out, so that it is really computed */
};
struct birth {
	struct actor_pid root;
	uint64_t steps;
	uint64_t urgent;
};

ACTOR_STATIC_MESSAGE_EMPTY(ask);
ACTOR_STATIC_MESSAGE(grow, struct family);
ACTOR_STATIC_MESSAGE_EMPTY(stay);
ACTOR_STATIC_MESSAGE_EMPTY(walk);
ACTOR_STATIC_MESSAGE(walked, struct tally);

static uint64_t compute(uint64_t steps)
{
	uint64_t random = 1;

	while (steps-- > 0)
		(void)random_next(&random);
	return random;
}

struct node {
	struct birth birth;
	struct actor_pid children[CHILDREN];
	unsigned children_count;
	unsigned missing; /* children that have not reported */
	bool answered;    /* by the root */
	bool walking;     /* waits for that answer */
	struct tally tally;
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

static int family_spawn(struct actor_pid root, const struct family *family,
			struct actor_pid *children)
{
	int status = 0;

	for (unsigned i = 0; status == 0 && i < CHILDREN; i++) {
		struct birth birth = {root, family->steps, family->urgent == i};

		status = actor_spawn(&node_behaviour, &birth, sizeof(birth), NULL, &children[i]);
	}
	return status;
}

static int node_init(void *state, const void *argument, size_t size)
{
	struct node *node = state;

	(void)size;
	node->birth = *(const struct birth *)argument;
	node->tally.random = compute(STEPS_AT_BIRTH);
	return actor_cast(node->birth.root, &ask, NULL);
}

static int node_report(struct node *node)
{
	(void)actor_cast(actor_parent(), &walked, &node->tally);
	return ACTOR_STOP;
}

static int node_walk(struct node *node)
{
	node->walking = true;
	if (!node->answered)
		return ACTOR_CONTINUE;
	node->tally.nodes = 1;
	node->tally.urgent = node->birth.urgent;
	node->tally.random += compute(node->birth.steps);
	for (; node->missing < node->children_count; node->missing++)
		(void)actor_cast(node->children[node->missing], &walk, NULL);
	return node->missing == 0 ? node_report(node) : ACTOR_CONTINUE;
}

static void tally_add(struct tally *tally, const struct tally *part)
{
	tally->nodes += part->nodes;
	tally->urgent += part->urgent;
	tally->random += part->random;
}

static int node_cast(void *state, const struct actor_message *message)
{
	struct node *node = state;
	int status;

	if (actor_message_is(message, &walk))
		return node_walk(node);
	if (actor_message_is(message, &walked)) {
		tally_add(&node->tally, actor_message_as(message, struct tally));
		return --node->missing == 0 ? node_report(node) : ACTOR_CONTINUE;
	}
	node->answered = true;
	if (actor_message_is(message, &grow)) {
		status = family_spawn(node->birth.root, actor_message_as(message, struct family),
				      node->children);
		if (status != 0)
			return status;
		node->children_count = CHILDREN;
	}
	return node->walking ? node_walk(node) : ACTOR_CONTINUE;
}

struct root {
	struct actor_from from;
	struct actor_pid children[CHILDREN];
	uint64_t nodes_max;
	uint64_t nodes;
	uint64_t urgent;
	uint64_t random;
	struct tally tally;
	unsigned missing;
	bool walking;
};

/* About normally distributed: Box and Muller. */
static uint64_t draw_steps(uint64_t *random)
{
	double radius = sqrt(-2 * log((double)random_next(random) / (double)RANDOM_MAX));
	double angle = 2 * M_PI * (double)random_next(random) / (double)RANDOM_MAX;
	double steps = STEPS + STEPS_SPREAD * radius * cos(angle);

	return steps > 1 ? (uint64_t)steps : 1;
}

static struct family root_family(struct root *root)
{
	struct family family = {draw_steps(&root->random), CHILDREN};

	if (random_less(&root->random, 2) != 0) {
		family.urgent = random_less(&root->random, CHILDREN);
		root->urgent++;
	}
	root->nodes += CHILDREN;
	return family;
}

static int root_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct root *root = state;
	struct family family;

	root->from = from;
	root->nodes_max = *actor_message_as(message, uint64_t);
	root->random = 2;
	family = root_family(root);
	return family_spawn(actor_self(), &family, root->children);
}

/* A node may have children. */
static int root_ask(struct root *root, struct actor_pid node)
{
	struct family family;

	if (root->nodes + CHILDREN <= root->nodes_max) {
		if (random_less(&root->random, 2) == 0)
			return actor_cast(node, &stay, NULL);
		family = root_family(root);
		return actor_cast(node, &grow, &family);
	}
	if (!root->walking) {
		root->walking = true;
		for (; root->missing < CHILDREN; root->missing++)
			(void)actor_cast(root->children[root->missing], &walk, NULL);
	}
	return actor_cast(node, &stay, NULL);
}

static int root_cast(void *state, const struct actor_message *message)
{
	struct root *root = state;

	if (actor_message_is(message, &ask))
		return root_ask(root, message->sender);
	tally_add(&root->tally, actor_message_as(message, struct tally));
	if (--root->missing > 0)
		return ACTOR_CONTINUE;
	if (root->tally.nodes != root->nodes || root->tally.urgent != root->urgent ||
	    root->nodes + CHILDREN <= root->nodes_max)
		return bench_wrong(root->from, "uct: the walk did not see the tree that was made");
	return actor_reply(root->from, &root->nodes);
}

static const struct actor_behaviour root_behaviour = {
	.name = "root",
	.state_size = sizeof(struct root),
	.state_ctype = "struct root",
	.handle_call = root_call,
	.handle_cast = root_cast,
};

const struct bench bench_uct = {
	.name = "uct",
	.size = 200000,
	.size_smoke = 1000,
	.behaviour = &root_behaviour,
};
