/* SPDX-License-Identifier: MIT */

/*
 * Fibonacci numbers the slow way: an actor for each term, which makes two for the terms below it
 * and adds up what they answer. The size is the index of the number; the 25th, which is 75025,
 * takes 150049 actors. An operation is one actor.
 */

#include "savina/savina.h"

struct answer {
	uint64_t value;
	uint64_t actors; /* that took part */
};

ACTOR_STATIC_MESSAGE(answered, struct answer);

struct term {
	struct answer sum;
	unsigned missing; /* answers */
};

static int term_init(void *state, const void *argument, size_t size);
static int term_cast(void *state, const struct actor_message *message);

static const struct actor_behaviour term_behaviour = {
	.name = "term",
	.state_size = sizeof(struct term),
	.state_ctype = "struct term",
	.init = term_init,
	.handle_cast = term_cast,
};

static int term_init(void *state, const void *argument, size_t size)
{
	struct term *term = state;
	uint64_t n = *(const uint64_t *)argument;
	int status = 0;

	(void)size;
	if (n <= 2) {
		struct answer one = {1, 1};

		(void)actor_cast(actor_parent(), &answered, &one);
		return ACTOR_STOP;
	}
	term->sum.actors = 1;
	for (; status == 0 && term->missing < 2; term->missing++) {
		struct actor_pid pid;

		n--;
		status = actor_spawn(&term_behaviour, &n, sizeof(n), NULL, &pid);
	}
	return status;
}

static int term_cast(void *state, const struct actor_message *message)
{
	struct term *term = state;
	const struct answer *answer = actor_message_as(message, struct answer);

	term->sum.value += answer->value;
	term->sum.actors += answer->actors;
	if (--term->missing > 0)
		return ACTOR_CONTINUE;
	(void)actor_cast(actor_parent(), &answered, &term->sum);
	return ACTOR_STOP;
}

struct asker {
	struct actor_from from;
	uint64_t right;
};

static uint64_t fibonacci(uint64_t n)
{
	uint64_t before = 0;
	uint64_t value = 1;

	while (--n > 0) {
		uint64_t next = before + value;

		before = value;
		value = next;
	}
	return value;
}

static int asker_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct asker *asker = state;
	const uint64_t *n = actor_message_as(message, uint64_t);
	struct actor_pid pid;

	asker->from = from;
	asker->right = fibonacci(*n);
	return actor_spawn(&term_behaviour, n, sizeof(*n), NULL, &pid);
}

static int asker_cast(void *state, const struct actor_message *message)
{
	struct asker *asker = state;
	const struct answer *answer = actor_message_as(message, struct answer);

	if (answer->value != asker->right || answer->actors != 2 * answer->value - 1)
		return bench_wrong(asker->from, "fib: that is not the number");
	return actor_reply(asker->from, &answer->actors);
}

static const struct actor_behaviour asker_behaviour = {
	.name = "asker",
	.state_size = sizeof(struct asker),
	.state_ctype = "struct asker",
	.handle_call = asker_call,
	.handle_cast = asker_cast,
};

const struct bench bench_fib = {
	.name = "fib",
	.size = 25,
	.size_smoke = 12,
	.behaviour = &asker_behaviour,
};
