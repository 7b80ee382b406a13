/* SPDX-License-Identifier: MIT */
/* The supervisors of a round. */
#include "soak.h"

#define INTENSITY 5000 /* nobody gives up */
#define PERMANENT 6

int soak_tree(void)
{
	static const struct nature nature = {.permanent = 1};
	static struct actor_supervisor_options dynamic[2];
	static struct actor_supervisor_options fixed;
	static struct actor_child worker = {.id = "dynamic",
					    .behaviour = &soak_worker,
					    .argument = &nature,
					    .argument_size = sizeof(nature),
					    .shutdown_ns = ACTOR_SECONDS(2)};
	static struct actor_child temporary;
	static struct actor_child workers[PERMANENT];
	static struct actor_supervisor_options others[2];
	struct actor_child children[5];
	struct actor_supervisor_options root = {.size = sizeof(root),
						.name = "soak-root",
						.intensity = INTENSITY,
						.period_ns = ACTOR_SECONDS(1),
						.children = children,
						.child_count = 5};
	int status;

	fixed = root;
	fixed.name = "soak-fixed";
	fixed.children = workers;
	fixed.child_count = PERMANENT;
	for (int i = 0; i < PERMANENT; i++)
		workers[i] = worker;
	for (int i = 0; i < PERMANENT; i++)
		workers[i].id = (const char *[]){"one", "two", "three", "four", "five", "six"}[i];
	worker.restart = ACTOR_TRANSIENT;
	temporary = worker;
	temporary.restart = ACTOR_TEMPORARY;
	for (int i = 0; i < 2; i++) {
		dynamic[i] = root;
		dynamic[i].name = i == 0 ? "soak-transient" : "soak-temporary";
		dynamic[i].strategy = ACTOR_DYNAMIC;
		dynamic[i].children = i == 0 ? &worker : &temporary;
		dynamic[i].child_count = 1;
	}
	/* Who restarts several at a time; the second waits before it does. */
	others[0] = fixed;
	others[0].name = "soak-all";
	others[0].strategy = ACTOR_ONE_FOR_ALL;
	others[0].child_count = 3;
	others[1] = others[0];
	others[1].name = "soak-rest";
	others[1].strategy = ACTOR_REST_FOR_ONE;
	others[1].backoff =
		(struct actor_backoff){ACTOR_MILLISECONDS(1), ACTOR_MILLISECONDS(8), 50};
	children[3] = actor_supervisor_child("all", &others[0]);
	children[4] = actor_supervisor_child("rest", &others[1]);
	children[0] = actor_supervisor_child("fixed", &fixed);
	children[1] = actor_supervisor_child("transient", &dynamic[0]);
	children[2] = actor_supervisor_child("temporary", &dynamic[1]);
	status = actor_supervisor_start(&root, &soak.root);
	soak.dynamic[0] = actor_whereis(dynamic[0].name);
	soak.dynamic[1] = actor_whereis(dynamic[1].name);
	return status;
}
