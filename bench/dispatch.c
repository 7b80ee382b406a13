/* SPDX-License-Identifier: MIT */

/*
 * What it costs to find a message's handler, without the runtime around it: an actor with 16 casts
 * gets them in turn. An operation is one call of handle_cast. Three actors that do the same:
 *
 *	define  written with actor/define.h
 *	hand    a table of callbacks by hand, with actor_message_nth
 *	chain   by hand, with a chain of actor_message_is: half of it is walked on average
 */

#include <actor/define.h>

#include "bench.h"

#define MESSAGES 16
/* X(number of the message) */
#define MESSAGE_MAP(X) \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

/* Too much for the compiler to make all cases one. */
#define WORK(n) (self->sum = (self->sum ^ (n)) + message_work[n])
static volatile uint64_t message_work[MESSAGES];

struct made {
	uint64_t sum;
};
ACTOR_DEFINE(made, defcast(m0, arg(uint64_t, n)), defcast(m1, arg(uint64_t, n)),
	     defcast(m2, arg(uint64_t, n)), defcast(m3, arg(uint64_t, n)),
	     defcast(m4, arg(uint64_t, n)), defcast(m5, arg(uint64_t, n)),
	     defcast(m6, arg(uint64_t, n)), defcast(m7, arg(uint64_t, n)),
	     defcast(m8, arg(uint64_t, n)), defcast(m9, arg(uint64_t, n)),
	     defcast(m10, arg(uint64_t, n)), defcast(m11, arg(uint64_t, n)),
	     defcast(m12, arg(uint64_t, n)), defcast(m13, arg(uint64_t, n)),
	     defcast(m14, arg(uint64_t, n)), defcast(m15, arg(uint64_t, n)));

#define HANDLER(k)                                                 \
	static int made_handle_m##k(struct made *self, uint64_t n) \
	{                                                          \
		WORK(k);                                           \
		return n == k ? ACTOR_CONTINUE : ACTOR_EINVALID;   \
	}
MESSAGE_MAP(HANDLER)

static int by_switch(void *state, const struct actor_message *message)
{
	struct made *self = state;

	switch (actor_message_nth(message, made_types)) {
#define CASE(k)          \
	case k:          \
		WORK(k); \
		return *actor_message_as(message, uint64_t) == k ? ACTOR_CONTINUE : ACTOR_EINVALID;
		MESSAGE_MAP(CASE)
	default:
		return actor_unhandled(message, ACTOR_CONTINUE);
	}
}

static int by_chain(void *state, const struct actor_message *message)
{
	struct made *self = state;

#define LINK(k)                                                                    \
	if (actor_message_is(message, &made_types[k])) {                           \
		WORK(k);                                                           \
		return *actor_message_as(message, uint64_t) == k ? ACTOR_CONTINUE  \
								 : ACTOR_EINVALID; \
	}
	MESSAGE_MAP(LINK)
	return actor_unhandled(message, ACTOR_CONTINUE);
}

static int measure(struct made *self, const struct actor_message *asked, struct actor_from from,
		   int (*volatile handle)(void *state, const struct actor_message *message))
{
	struct {
		struct actor_message message;
		uint64_t n;
	} messages[MESSAGES];
	uint64_t operations = *actor_message_as(asked, uint64_t);

	for (uint64_t n = 0; n < MESSAGES; n++) {
		messages[n].message = *asked;
		messages[n].message.tag = (uint16_t)made_types[n].number;
		messages[n].n = n;
	}
	/* Steps of 5: every message, and nothing that a branch predictor learns from the order. */
	for (uint64_t i = 0, n = 0; i < operations; i++, n = (n + 5) % MESSAGES)
		if (handle(self, &messages[n].message) != ACTOR_CONTINUE)
			return bench_wrong(from, "dispatch: the wrong handler");
	return actor_reply(from, &operations);
}

#define BENCH(name_, handle)                                                                  \
	static int name_##_call(void *state, const struct actor_message *message,             \
				struct actor_from from)                                       \
	{                                                                                     \
		return measure(state, message, from, handle);                                 \
	}                                                                                     \
	static const struct actor_behaviour name_##_behaviour = {.name = #name_,              \
								 .state_size =                \
									 sizeof(struct made), \
								 .handle_call = name_##_call, \
								 .types = made_types,         \
								 .type_count = MESSAGES};     \
	static const struct bench name_ = {.name = "dispatch-" #name_,                        \
					   .size = 10000000,                                  \
					   .size_smoke = 1000,                                \
					   .behaviour = &name_##_behaviour}

BENCH(define, made_behaviour.handle_cast);
BENCH(hand, by_switch);
BENCH(chain, by_chain);

int main(int argc, char **argv)
{
	static const struct bench *const benches[] = {&define, &hand, &chain, NULL};

	return bench_main(benches, argc, argv);
}
