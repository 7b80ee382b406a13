/* SPDX-License-Identifier: MIT */

/*
 * Birth, one message and death, as in spawn(fun() -> Parent ! done end): the size is the number of
 * children, of which at most 1000 live at one time. An operation is one life.
 */

#include "savina/savina.h"

#define WINDOW 1000

ACTOR_STATIC_MESSAGE(done, uint64_t);

static int child_init(void *state, const void *argument, size_t size)
{
	int status = actor_cast(actor_parent(), &done, argument);

	(void)state;
	(void)size;
	return status != 0 ? status : ACTOR_STOP;
}

static const struct actor_behaviour child_behaviour = {
	.name = "child",
	.init = child_init,
};

struct nursery {
	struct actor_from from;
	uint64_t children;
	uint64_t spawned;
	uint64_t done;
	uint64_t sum;
};

static int nursery_spawn(struct nursery *nursery)
{
	uint64_t number = ++nursery->spawned;
	struct actor_pid pid;
	int status = actor_spawn(&child_behaviour, &number, sizeof(number), NULL, &pid);

	return status == 0 ? ACTOR_CONTINUE : actor_reject(nursery->from, status);
}

static int nursery_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct nursery *nursery = state;
	int status = ACTOR_CONTINUE;

	nursery->from = from;
	nursery->children = *actor_message_as(message, uint64_t);
	while (status == ACTOR_CONTINUE && nursery->spawned < nursery->children &&
	       nursery->spawned < WINDOW)
		status = nursery_spawn(nursery);
	return status;
}

static int nursery_cast(void *state, const struct actor_message *message)
{
	struct nursery *nursery = state;
	uint64_t children = nursery->children;

	nursery->done++;
	nursery->sum += *actor_message_as(message, uint64_t);
	if (nursery->spawned < children)
		return nursery_spawn(nursery);
	if (nursery->done < children)
		return ACTOR_CONTINUE;
	if (nursery->sum != children * (children + 1) / 2)
		return bench_wrong(nursery->from, "spawn: not every child has reported");
	return actor_reply(nursery->from, &children);
}

static const struct actor_behaviour nursery_behaviour = {
	.name = "nursery",
	.state_size = sizeof(struct nursery),
	.state_ctype = "struct nursery",
	.handle_call = nursery_call,
	.handle_cast = nursery_cast,
};

const struct bench bench_spawn = {
	.name = "spawn",
	.size = 200000,
	.size_smoke = 2500,
	.behaviour = &nursery_behaviour,
};
