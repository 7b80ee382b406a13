/* SPDX-License-Identifier: MIT */

/*
 * A hundred creatures come to a mall again and again to meet one another; two that meet change
 * their colours. The size is the number of meetings, after which the mall turns everybody away. An
 * operation is one meeting: two arrivals and two messages between the creatures.
 */

#include "savina/savina.h"

#define CREATURES 100

enum colour {
	BLUE,
	RED,
	YELLOW,
	COLOURS
};

/* To the mall, and from there to the one who waits. */
struct visitor {
	struct actor_pid creature;
	uint64_t colour;
};

ACTOR_STATIC_MESSAGE(arrive, struct visitor);
ACTOR_STATIC_MESSAGE(meet, struct visitor);
ACTOR_STATIC_MESSAGE(change, uint64_t);
ACTOR_STATIC_MESSAGE_EMPTY(leave);
ACTOR_STATIC_MESSAGE(left, uint64_t);

/* The third colour, where they differ. */
static uint64_t complement(uint64_t colour, uint64_t other)
{
	return colour == other ? colour : BLUE + RED + YELLOW - colour - other;
}

struct creature {
	uint64_t colour;
	uint64_t meetings;
};

static int creature_arrive(const struct creature *creature)
{
	struct visitor self = {actor_self(), creature->colour};

	return actor_cast(actor_parent(), &arrive, &self);
}

static int creature_init(void *state, const void *argument, size_t size)
{
	struct creature *creature = state;

	(void)size;
	creature->colour = *(const uint64_t *)argument;
	return creature_arrive(creature);
}

static int creature_cast(void *state, const struct actor_message *message)
{
	struct creature *creature = state;

	if (actor_message_is(message, &leave)) {
		(void)actor_cast(actor_parent(), &left, &creature->meetings);
		return ACTOR_STOP;
	}
	creature->meetings++;
	if (actor_message_is(message, &meet)) {
		const struct visitor *other = actor_message_as(message, struct visitor);

		creature->colour = complement(creature->colour, other->colour);
		(void)actor_cast(other->creature, &change, &creature->colour);
	} else {
		creature->colour = *actor_message_as(message, uint64_t);
	}
	return creature_arrive(creature);
}

static const struct actor_behaviour creature_behaviour = {
	.name = "creature",
	.state_size = sizeof(struct creature),
	.state_ctype = "struct creature",
	.init = creature_init,
	.handle_cast = creature_cast,
};

struct mall {
	struct actor_from from;
	struct actor_pid waiting;
	uint64_t meetings;
	uint64_t meetings_left;
	uint64_t reported; /* by creatures that have left */
	unsigned creatures;
};

static int mall_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct mall *mall = state;
	int status = 0;

	mall->from = from;
	mall->meetings = mall->meetings_left = *actor_message_as(message, uint64_t);
	for (; status == 0 && mall->creatures < CREATURES; mall->creatures++) {
		uint64_t colour = mall->creatures % COLOURS;
		struct actor_pid pid;

		status = actor_spawn(&creature_behaviour, &colour, sizeof(colour), NULL, &pid);
	}
	return status == 0 ? ACTOR_CONTINUE : actor_reject(from, status);
}

static int mall_arrive(struct mall *mall, const struct visitor *visitor)
{
	if (mall->meetings_left == 0)
		return actor_cast(visitor->creature, &leave, NULL);
	if (actor_pid_is_none(mall->waiting)) {
		mall->waiting = visitor->creature;
		return ACTOR_CONTINUE;
	}
	mall->meetings_left--;
	(void)actor_cast(mall->waiting, &meet, visitor);
	mall->waiting = ACTOR_PID_NONE;
	return ACTOR_CONTINUE;
}

static int mall_cast(void *state, const struct actor_message *message)
{
	struct mall *mall = state;

	if (actor_message_is(message, &arrive))
		return mall_arrive(mall, actor_message_as(message, struct visitor));
	mall->reported += *actor_message_as(message, uint64_t);
	if (--mall->creatures > 0)
		return ACTOR_CONTINUE;
	if (mall->reported != 2 * mall->meetings)
		return bench_wrong(mall->from, "chameneos: the meetings do not add up");
	return actor_reply(mall->from, &mall->meetings);
}

static const struct actor_behaviour mall_behaviour = {
	.name = "mall",
	.state_size = sizeof(struct mall),
	.state_ctype = "struct mall",
	.handle_call = mall_call,
	.handle_cast = mall_cast,
};

const struct bench bench_chameneos = {
	.name = "chameneos",
	.size = 200000,
	.size_smoke = 500,
	.behaviour = &mall_behaviour,
};
