/* SPDX-License-Identifier: MIT */

/*
 * The sieve of Eratosthenes: a chain of filters, each with up to a thousand primes, drops what its
 * primes divide, keeps what is prime while it has room, and hands on the rest, to a filter that is
 * made when it is first needed. The size is the greatest number. An operation is one message: a
 * number taken by a filter.
 */

#include "savina/savina.h"

#define PRIMES 1000 /* in one filter */

struct count {
	uint64_t primes;
	uint64_t messages;
};

ACTOR_STATIC_MESSAGE(candidate, uint64_t);
ACTOR_STATIC_MESSAGE(finish, struct count); /* goes through all filters, and then to the source */
ACTOR_STATIC_MESSAGE(finished, struct count);

struct filter {
	struct actor_pid source;
	struct actor_pid next; /* none while there is room */
	struct count count;
	uint64_t primes[PRIMES];
};

/* What a filter is born with. */
struct first {
	struct actor_pid source;
	uint64_t prime;
};

static int filter_init(void *state, const void *argument, size_t size)
{
	struct filter *filter = state;
	const struct first *first = argument;

	(void)size;
	filter->source = first->source;
	filter->primes[filter->count.primes++] = first->prime;
	return ACTOR_CONTINUE;
}

static int filter_cast(void *state, const struct actor_message *message);

static const struct actor_behaviour filter_behaviour = {
	.name = "filter",
	.state_size = sizeof(struct filter),
	.state_ctype = "struct filter",
	.init = filter_init,
	.handle_cast = filter_cast,
};

static int filter_candidate(struct filter *filter, uint64_t number)
{
	struct first first = {filter->source, number};

	filter->count.messages++;
	for (uint64_t i = 0; i < filter->count.primes; i++)
		if (number % filter->primes[i] == 0)
			return ACTOR_CONTINUE;
	if (filter->count.primes < PRIMES) {
		filter->primes[filter->count.primes++] = number;
		return ACTOR_CONTINUE;
	}
	if (!actor_pid_is_none(filter->next))
		return actor_cast(filter->next, &candidate, &number);
	return actor_spawn(&filter_behaviour, &first, sizeof(first), NULL, &filter->next);
}

static int filter_cast(void *state, const struct actor_message *message)
{
	struct filter *filter = state;
	struct count count;

	if (actor_message_is(message, &candidate))
		return filter_candidate(filter, *actor_message_as(message, uint64_t));
	count = *actor_message_as(message, struct count);
	count.primes += filter->count.primes;
	count.messages += filter->count.messages;
	if (actor_pid_is_none(filter->next))
		(void)actor_cast(filter->source, &finished, &count);
	else
		(void)actor_cast(filter->next, &finish, &count);
	return ACTOR_STOP;
}

struct source {
	struct actor_from from;
	uint64_t limit;
};

static int source_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct source *source = state;
	struct first two = {actor_self(), 2};
	struct count nothing = {0, 0};
	struct actor_pid filter;
	int status;

	source->from = from;
	source->limit = *actor_message_as(message, uint64_t);
	status = actor_spawn(&filter_behaviour, &two, sizeof(two), NULL, &filter);
	for (uint64_t number = 3; status == 0 && number <= source->limit; number += 2)
		status = actor_cast(filter, &candidate, &number);
	if (status == 0)
		status = actor_cast(filter, &finish, &nothing);
	return status == 0 ? ACTOR_CONTINUE : actor_reject(from, status);
}

/* The primes up to `limit`, by trial division. */
static uint64_t primes_up_to(uint64_t limit)
{
	uint64_t primes = limit >= 2;

	for (uint64_t number = 3; number <= limit; number += 2) {
		uint64_t divisor = 3;

		while (divisor * divisor <= number && number % divisor != 0)
			divisor += 2;
		primes += divisor * divisor > number;
	}
	return primes;
}

static int source_cast(void *state, const struct actor_message *message)
{
	struct source *source = state;
	const struct count *count = actor_message_as(message, struct count);
	/* Known where it is the suite's own size, so that the check takes no time. */
	uint64_t primes = source->limit == 100000 ? 9592 : primes_up_to(source->limit);

	if (count->primes != primes)
		return bench_wrong(source->from, "sieve: that is not the number of primes");
	return actor_reply(source->from, &count->messages);
}

static const struct actor_behaviour source_behaviour = {
	.name = "source",
	.state_size = sizeof(struct source),
	.state_ctype = "struct source",
	.handle_call = source_call,
	.handle_cast = source_cast,
};

const struct bench bench_sieve = {
	.name = "sieve",
	.size = 100000,
	.size_smoke = 9000,
	.behaviour = &source_behaviour,
};
