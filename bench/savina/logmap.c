/* SPDX-License-Identifier: MIT */

/*
 * Ten series of the logistic map. For each term its actor calls another, which knows the rate and
 * computes. The size is the number of terms of each series. An operation is one term: the order to
 * go on, a call and its reply.
 */

#include "savina/savina.h"

#define SERIES    10
#define RATE      3.46
#define INCREMENT 0.0025

ACTOR_STATIC_REQUEST(compute, double, double);
ACTOR_STATIC_MESSAGE_EMPTY(next_term);
ACTOR_STATIC_REQUEST_EMPTY(get_term, double);

static double step(double rate, double term)
{
	return rate * term * (1 - term);
}

static int computer_init(void *state, const void *argument, size_t size)
{
	(void)size;
	*(double *)state = *(const double *)argument;
	return ACTOR_CONTINUE;
}

static int computer_call(void *state, const struct actor_message *message, struct actor_from from)
{
	double term = step(*(double *)state, *actor_message_as(message, double));

	return actor_reply(from, &term);
}

static const struct actor_behaviour computer_behaviour = {
	.name = "computer",
	.state_size = sizeof(double),
	.state_ctype = "double",
	.init = computer_init,
	.handle_call = computer_call,
};

struct series {
	struct actor_pid computer;
	double term;
};

static int series_init(void *state, const void *argument, size_t size)
{
	(void)size;
	*(struct series *)state = *(const struct series *)argument;
	return ACTOR_CONTINUE;
}

static int series_cast(void *state, const struct actor_message *message)
{
	struct series *series = state;

	(void)message;
	return actor_call(series->computer, &compute, &series->term, &series->term, ACTOR_FOREVER);
}

static int series_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct series *series = state;

	(void)message;
	(void)actor_exit(series->computer, ACTOR_EXIT_SHUTDOWN);
	(void)actor_reply(from, &series->term);
	return ACTOR_STOP;
}

static const struct actor_behaviour series_behaviour = {
	.name = "series",
	.state_size = sizeof(struct series),
	.state_ctype = "struct series",
	.init = series_init,
	.handle_call = series_call,
	.handle_cast = series_cast,
};

static int master_start(struct actor_pid *series)
{
	for (unsigned i = 0; i < SERIES; i++) {
		struct series start = {.term = i * INCREMENT};
		double rate = RATE + i * INCREMENT;
		int status = actor_spawn(&computer_behaviour, &rate, sizeof(rate), NULL,
					 &start.computer);

		if (status == 0)
			status = actor_spawn(&series_behaviour, &start, sizeof(start), NULL,
					     &series[i]);
		if (status != 0)
			return status;
	}
	return 0;
}

/* The term that the i-th series must have reached. */
static double expected(unsigned i, uint64_t terms)
{
	double term = i * INCREMENT;

	while (terms-- > 0)
		term = step(RATE + i * INCREMENT, term);
	return term;
}

static int master_call(void *state, const struct actor_message *message, struct actor_from from)
{
	uint64_t terms = *actor_message_as(message, uint64_t);
	uint64_t all = terms * SERIES;
	struct actor_pid series[SERIES];
	int status = master_start(series);

	(void)state;
	for (uint64_t term = 0; status == 0 && term < terms; term++)
		for (unsigned i = 0; status == 0 && i < SERIES; i++)
			status = actor_cast(series[i], &next_term, NULL);
	for (unsigned i = 0; status == 0 && i < SERIES; i++) {
		double reached;

		status = actor_call(series[i], &get_term, NULL, &reached, ACTOR_FOREVER);
		if (status == 0 && reached != expected(i, terms))
			return bench_wrong(from, "logmap: a series went wrong");
	}
	return status == 0 ? actor_reply(from, &all) : actor_reject(from, status);
}

static const struct actor_behaviour master_behaviour = {
	.name = "master",
	.handle_call = master_call,
};

const struct bench bench_logmap = {
	.name = "logmap",
	.size = 25000,
	.size_smoke = 100,
	.behaviour = &master_behaviour,
};
