/* SPDX-License-Identifier: MIT */

/*
 * Actors that have nothing to do: each has 8 bytes of state and has handled one message and
 * answered it. The size is how many. What is measured is not time but memory: what the process has
 * resident while they live, everything included, for each of them.
 */

#include "savina/savina.h"

#define WINDOW 1000 /* not yet answered, so that messages on their way do not count */

ACTOR_STATIC_MESSAGE(add, uint64_t);
ACTOR_STATIC_MESSAGE(added, uint64_t);

static int sleeper_cast(void *state, const struct actor_message *message)
{
	uint64_t *sum = state;

	*sum += *actor_message_as(message, uint64_t);
	return actor_cast(actor_parent(), &added, sum);
}

static const struct actor_behaviour sleeper_behaviour = {
	.name = "sleeper",
	.state_size = sizeof(uint64_t),
	.state_ctype = "uint64_t",
	.handle_cast = sleeper_cast,
};

struct owner {
	struct actor_from from;
	uint64_t sleepers;
	uint64_t spawned;
	uint64_t answered;
	uint64_t sum;
};

static int owner_spawn(struct owner *owner)
{
	uint64_t number = ++owner->spawned;
	struct actor_pid sleeper;
	int status = actor_spawn(&sleeper_behaviour, NULL, 0, NULL, &sleeper);

	if (status == 0)
		status = actor_cast(sleeper, &add, &number);
	return status == 0 ? ACTOR_CONTINUE : actor_reject(owner->from, status);
}

static int owner_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct owner *owner = state;
	int status = ACTOR_CONTINUE;

	owner->from = from;
	owner->sleepers = *actor_message_as(message, uint64_t);
	while (status == ACTOR_CONTINUE && owner->spawned < owner->sleepers &&
	       owner->spawned < WINDOW)
		status = owner_spawn(owner);
	return status;
}

static int owner_cast(void *state, const struct actor_message *message)
{
	struct owner *owner = state;
	uint64_t sleepers = owner->sleepers;

	owner->answered++;
	owner->sum += *actor_message_as(message, uint64_t);
	if (owner->spawned < sleepers)
		return owner_spawn(owner);
	if (owner->answered < sleepers)
		return ACTOR_CONTINUE;
	if (owner->sum != sleepers * (sleepers + 1) / 2)
		return bench_wrong(owner->from, "idle: an answer is wrong");
	return actor_reply(owner->from, &sleepers);
}

static const struct actor_behaviour owner_behaviour = {
	.name = "owner",
	.state_size = sizeof(struct owner),
	.state_ctype = "struct owner",
	.handle_call = owner_call,
	.handle_cast = owner_cast,
};

const struct bench bench_idle = {
	.name = "idle",
	.size = 1000000,
	.size_smoke = 2000,
	.behaviour = &owner_behaviour,
	.measure = BENCH_MEMORY,
};
