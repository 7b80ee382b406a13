/* SPDX-License-Identifier: MIT */
/* usage: replay-random [--seed N] [--operations N] [--schedulers N] */
#include "random.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

ACTOR_MESSAGE(random_work, struct work);
ACTOR_MESSAGE(random_note, struct work);
ACTOR_REQUEST(random_ask, struct work, uint64_t);
ACTOR_REQUEST(random_inquire, struct work, uint64_t);
ACTOR_MESSAGE_BYTES(random_text, struct work);

struct plan plan;

#define INTENSITY 100000 /* nobody gives up */

/* ---- The tree ---------------------------------------------------------------------------------
 */

static const struct nature other = {.number = NATURE_OTHER};
static const struct actor_child crowd_child = {
	.id = "other",
	.behaviour = &random_node,
	.argument = &other,
	.argument_size = sizeof(other),
	.restart = ACTOR_TRANSIENT,
	.shutdown_ns = ACTOR_SECONDS(2),
};
const struct actor_supervisor_options random_crowd = {
	.size = sizeof(random_crowd),
	.name = CROWD,
	.strategy = ACTOR_DYNAMIC,
	.intensity = INTENSITY,
	.children = &crowd_child,
	.child_count = 1,
	.max_children = 24,
	.backoff = {.min_ns = ACTOR_MILLISECONDS(1),
		    .max_ns = ACTOR_MILLISECONDS(4),
		    .jitter_percent = 50},
};

static int tree_start(struct actor_pid *ret_root)
{
	static char names[NODES_MAX][16];
	static struct nature natures[NODES_MAX];
	static struct actor_child nodes[NODES_MAX];
	static struct actor_supervisor_options fixed = {.size = sizeof(fixed),
							.intensity = INTENSITY};
	static const enum actor_strategy strategies[] = {ACTOR_ONE_FOR_ONE, ACTOR_ONE_FOR_ALL,
							 ACTOR_REST_FOR_ONE, ACTOR_ONE_FOR_ONE};
	struct actor_child children[3];
	struct actor_supervisor_options root = {.size = sizeof(root),
						.name = ROOT,
						.intensity = INTENSITY,
						.children = children,
						.child_count = 3};

	for (uint32_t i = 0; i < plan.nodes; i++) {
		snprintf(names[i], sizeof(names[i]), "node-%" PRIu32, i);
		natures[i].number = i;
		nodes[i] = (struct actor_child){.id = names[i],
						.behaviour = &random_node,
						.argument = &natures[i],
						.argument_size = sizeof(natures[i]),
						.shutdown_ns = ACTOR_SECONDS(2),
						.named = true,
						.detached = mix(plan.seed, i) % 8 == 0};
	}
	fixed.children = nodes;
	fixed.child_count = plan.nodes;
	fixed.strategy = strategies[plan.seed % 4];
	children[0] = (struct actor_child){
		.id = DEVICE, .behaviour = &random_device, .named = true, .outside = true};
	children[1] = actor_supervisor_child(CROWD, &random_crowd);
	children[2] = actor_supervisor_child("fixed", &fixed);
	return actor_supervisor_start(&root, ret_root);
}

/* ---- Main -------------------------------------------------------------------------------------
 */

static int complain(const char *what, int status)
{
	fprintf(stderr, "replay-random: seed %" PRIu64 ": %s: %s\n", plan.seed, what,
		actor_status_text(status));
	return EXIT_FAILURE;
}

/* With faults contained where that works: the same build answers the same in a replay. */
static int system_start(int argc, char **argv, struct actor_system **ret_system)
{
	struct actor_system_options options = {.size = sizeof(options),
					       .schedulers = plan.schedulers,
					       .actors_max = 4096,
					       .seed = plan.seed,
					       .argc = argc,
					       .argv = argv,
					       .blocking_threads = 2,
					       .contain_faults = plan.faults};
	int status = actor_system_create(&options, ret_system);

	if (status == ACTOR_EUNSUPPORTED && plan.faults) {
		plan.faults = options.contain_faults = false;
		status = actor_system_create(&options, ret_system);
	}
	return status;
}

static int run(struct actor_system *system)
{
	struct actor_pid root;
	int status = tree_start(&root);

	if (status != 0) { /* somebody has ended somebody meanwhile */
		(void)complain("the tree could not start", status);
		return EXIT_SUCCESS;
	}
	if (feeders_start(system) != 0)
		return complain("the threads could not start", ACTOR_ENO_MEMORY);
	for (uint32_t i = 0; i < plan.operations; i++)
		operate(mix(plan.seed, 1000 + i), NULL);
	feeders_join();
	status = actor_stop(root, ACTOR_EXIT_SHUTDOWN, ACTOR_SECONDS(60));
	return status != 0 ? complain("the tree did not stop", status) : EXIT_SUCCESS;
}

static int parse(int argc, char **argv)
{
	static const struct option table[] = {
		{"seed", required_argument, NULL, 's'},
		{"operations", required_argument, NULL, 'o'},
		{"schedulers", required_argument, NULL, 't'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
		uint64_t number = optarg != NULL ? strtoull(optarg, NULL, 0) : 0;

		if (option == 's')
			plan.seed = number;
		else if (option == 'o' && number != 0)
			plan.operations = (uint32_t)number;
		else if (option == 't' && number != 0)
			plan.schedulers = (uint32_t)number;
		else
			return 2;
	}
	return optind == argc ? 0 : 2;
}

int main(int argc, char **argv)
{
	struct actor_system *system = NULL;
	int result;
	int status;

	plan = (struct plan){.seed = 1, .operations = 100, .schedulers = 3};
	if (parse(argc, argv) != 0) {
		fputs("usage: replay-random [--seed N] [--operations N] [--schedulers N]\n",
		      stderr);
		return 2;
	}
	plan.nodes = 2 + (uint32_t)(mix(plan.seed, 1) % (NODES_MAX - 1));
	plan.faults = mix(plan.seed, 2) % 4 == 0;
	status = system_start(argc, argv, &system);
	if (status != 0)
		return complain("the system could not start", status);
	result = run(system);
	actor_system_destroy(system, ACTOR_SECONDS(10));
	printf("replay-random: seed %" PRIu64 "\n", plan.seed);
	return result;
}
