/* SPDX-License-Identifier: MIT */
/* One actor twice: made_ by actor/define.h, hand_ by hand. same_code.py compares what becomes of
 * it. */
#include <actor/define.h>

struct made {
	uint64_t value;
	uint64_t limit;
};
ACTOR_DEFINE(made, defcall(count, uint64_t), defcast(increment), defcast(add, arg(uint64_t, n)),
	     defcast(scale, arg(uint32_t, by), arg(uint32_t, times)),
	     defcall(reset, uint64_t, arg(uint64_t, value)), defcast(clear));

static int made_handle_count(struct made *self, uint64_t *reply)
{
	*reply = self->value;
	return ACTOR_CONTINUE;
}

static int made_handle_increment(struct made *self)
{
	self->value++;
	return ACTOR_CONTINUE;
}

static int made_handle_add(struct made *self, uint64_t n)
{
	self->value += n;
	return ACTOR_CONTINUE;
}

static int made_handle_scale(struct made *self, uint32_t by, uint32_t times)
{
	self->value *= (uint64_t)by * times;
	return ACTOR_CONTINUE;
}

static int made_handle_reset(struct made *self, uint64_t value, uint64_t *reply)
{
	*reply = self->value;
	self->value = value;
	return ACTOR_CONTINUE;
}

static int made_handle_clear(struct made *self)
{
	self->value = self->limit;
	return ACTOR_CONTINUE;
}

/* ---- By hand ----------------------------------------------------------------------------------
 */

struct hand {
	uint64_t value;
	uint64_t limit;
};
struct hand_scale {
	uint32_t by;
	uint32_t times;
};
enum {
	HAND_COUNT,
	HAND_INCREMENT,
	HAND_ADD,
	HAND_SCALE,
	HAND_RESET,
	HAND_CLEAR,
	HAND_TYPES
};

#define TYPE(place, payload, reply)     \
	[place] = {.name = #place,      \
		   .size = payload,     \
		   .reply_size = reply, \
		   .nth = place,        \
		   .count = HAND_TYPES}
static struct actor_type hand_types[HAND_TYPES] = {
	TYPE(HAND_COUNT, 0, 8), TYPE(HAND_INCREMENT, 0, 0), TYPE(HAND_ADD, 8, 0),
	TYPE(HAND_SCALE, 8, 0), TYPE(HAND_RESET, 8, 8),     TYPE(HAND_CLEAR, 0, 0),
};

static int hand_handle_call_(void *state, const struct actor_message *message,
			     struct actor_from from)
{
	struct hand *self = state;
	uint64_t reply;

	switch (actor_message_nth(message, hand_types)) {
	case HAND_COUNT:
		reply = self->value;
		return actor_reply(from, &reply);
	case HAND_RESET:
		reply = self->value;
		self->value = *actor_message_as(message, uint64_t);
		return actor_reply(from, &reply);
	default:
		return actor_unhandled(message, ACTOR_CONTINUE);
	}
}

static int hand_handle_cast_(void *state, const struct actor_message *message)
{
	struct hand *self = state;
	const struct hand_scale *scale;

	switch (actor_message_nth(message, hand_types)) {
	case HAND_INCREMENT:
		self->value++;
		return ACTOR_CONTINUE;
	case HAND_ADD:
		self->value += *actor_message_as(message, uint64_t);
		return ACTOR_CONTINUE;
	case HAND_SCALE:
		scale = actor_message_as(message, struct hand_scale);
		self->value *= (uint64_t)scale->by * scale->times;
		return ACTOR_CONTINUE;
	case HAND_CLEAR:
		self->value = self->limit;
		return ACTOR_CONTINUE;
	default:
		return actor_unhandled(message, ACTOR_CONTINUE);
	}
}

extern const struct actor_behaviour *const behaviours[2];
const struct actor_behaviour hand_behaviour = {
	.name = "hand",
	.state_size = sizeof(struct hand),
	.handle_call = hand_handle_call_,
	.handle_cast = hand_handle_cast_,
	.types = hand_types,
	.type_count = HAND_TYPES,
};
const struct actor_behaviour *const behaviours[2] = {&made_behaviour, &hand_behaviour};
