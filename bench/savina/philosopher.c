/* SPDX-License-Identifier: MIT */

/*
 * Twenty dining philosophers and an arbitrator, who has the forks. Who is denied asks again. The
 * size is the number of meals of each. An operation is one meal.
 */

#include "savina/savina.h"

#define PHILOSOPHERS 20

ACTOR_STATIC_MESSAGE(hungry, uint64_t); /* the philosopher's number, here and below */
ACTOR_STATIC_MESSAGE(done, uint64_t);
ACTOR_STATIC_MESSAGE_EMPTY(denied);
ACTOR_STATIC_MESSAGE_EMPTY(eat);
ACTOR_STATIC_MESSAGE(leave, uint64_t); /* meals */

struct philosopher {
	uint64_t number;
	uint64_t meals_left;
	uint64_t meals;
};

static int philosopher_init(void *state, const void *argument, size_t size)
{
	struct philosopher *philosopher = state;

	(void)size;
	*philosopher = *(const struct philosopher *)argument;
	return actor_cast(actor_parent(), &hungry, &philosopher->number);
}

static int philosopher_cast(void *state, const struct actor_message *message)
{
	struct philosopher *philosopher = state;

	if (actor_message_is(message, &eat)) {
		philosopher->meals++;
		(void)actor_cast(actor_parent(), &done, &philosopher->number);
		if (--philosopher->meals_left == 0) {
			(void)actor_cast(actor_parent(), &leave, &philosopher->meals);
			return ACTOR_STOP;
		}
	}
	return actor_cast(actor_parent(), &hungry, &philosopher->number);
}

static const struct actor_behaviour philosopher_behaviour = {
	.name = "philosopher",
	.state_size = sizeof(struct philosopher),
	.state_ctype = "struct philosopher",
	.init = philosopher_init,
	.handle_cast = philosopher_cast,
};

struct arbitrator {
	struct actor_from from;
	bool taken[PHILOSOPHERS]; /* the fork on the left of each */
	unsigned philosophers;
	uint64_t expected;
	uint64_t meals;
};

static int arbitrator_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct arbitrator *arbitrator = state;
	struct philosopher philosopher = {.meals_left = *actor_message_as(message, uint64_t)};
	int status = 0;

	arbitrator->from = from;
	arbitrator->expected = philosopher.meals_left * PHILOSOPHERS;
	for (; status == 0 && arbitrator->philosophers < PHILOSOPHERS; arbitrator->philosophers++) {
		struct actor_pid pid;

		philosopher.number = arbitrator->philosophers;
		status = actor_spawn(&philosopher_behaviour, &philosopher, sizeof(philosopher),
				     NULL, &pid);
	}
	return status == 0 ? ACTOR_CONTINUE : actor_reject(from, status);
}

static int arbitrator_leave(struct arbitrator *arbitrator, uint64_t meals)
{
	arbitrator->meals += meals;
	if (--arbitrator->philosophers > 0)
		return ACTOR_CONTINUE;
	if (arbitrator->meals != arbitrator->expected)
		return bench_wrong(arbitrator->from, "philosopher: somebody is still hungry");
	return actor_reply(arbitrator->from, &arbitrator->meals);
}

static int arbitrator_cast(void *state, const struct actor_message *message)
{
	struct arbitrator *arbitrator = state;
	uint64_t number = *actor_message_as(message, uint64_t);
	bool *left;
	bool *right;

	if (actor_message_is(message, &leave))
		return arbitrator_leave(arbitrator, number);
	left = &arbitrator->taken[number];
	right = &arbitrator->taken[(number + 1) % PHILOSOPHERS];
	if (actor_message_is(message, &done)) {
		*left = *right = false;
		return ACTOR_CONTINUE;
	}
	if (*left || *right)
		return actor_cast(message->sender, &denied, NULL);
	*left = *right = true;
	return actor_cast(message->sender, &eat, NULL);
}

static const struct actor_behaviour arbitrator_behaviour = {
	.name = "arbitrator",
	.state_size = sizeof(struct arbitrator),
	.state_ctype = "struct arbitrator",
	.handle_call = arbitrator_call,
	.handle_cast = arbitrator_cast,
};

const struct bench bench_philosopher = {
	.name = "philosopher",
	.size = 10000,
	.size_smoke = 50,
	.behaviour = &arbitrator_behaviour,
};
