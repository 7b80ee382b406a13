/* SPDX-License-Identifier: MIT */
#ifndef STORE_LAYOUT_H
#define STORE_LAYOUT_H

/*
 * The tables of actor/event.h as data: which field each slot of each kind of event holds, what type
 * each field has, and what everything is called. Nothing here is written by hand twice.
 */

#include <stdbool.h>
#include <stdint.h>

#include <actor/event.h>

enum event_slot {
	EVENT_SLOT_FLAGS,
	EVENT_SLOT_TAG,
	EVENT_SLOT_SEQ,
	EVENT_SLOT_A,
	EVENT_SLOT_B,
	EVENT_SLOT_C,
	EVENT_SLOT_COUNT
};

enum field_type {
	FIELD_TYPE_COUNT,
	FIELD_TYPE_TAG,
	FIELD_TYPE_BEHAVIOUR,
	FIELD_TYPE_PID,
	FIELD_TYPE_STRING,
	FIELD_TYPE_TICKS,
	FIELD_TYPE_NS,
	FIELD_TYPE_REASON,
	FIELD_TYPE_HEX,
	FIELD_TYPE_PAIR
};

extern const uint8_t event_fields[ACTOR_EVENT_COUNT][EVENT_SLOT_COUNT];

/* The field in a slot; ACTOR_FIELD_NONE for flags, unknown kinds and unused slots. */
static inline enum actor_field event_field(uint8_t kind, enum event_slot slot)
{
	if (kind >= ACTOR_EVENT_COUNT || slot >= EVENT_SLOT_COUNT)
		return ACTOR_FIELD_NONE;
	return (enum actor_field)event_fields[kind][slot];
}

/* The slot of the actor that events of a kind are about: a, b or EVENT_SLOT_COUNT. */
extern const uint8_t event_actor_slots[ACTOR_EVENT_COUNT];

/* That actor, or `turn`, whose turn it is. */
static inline uint64_t event_actor(const struct actor_event *event, uint64_t turn)
{
	uint8_t slot = event->kind < ACTOR_EVENT_COUNT ? event_actor_slots[event->kind]
						       : (uint8_t)EVENT_SLOT_COUNT;

	return slot == EVENT_SLOT_A ? event->a : slot == EVENT_SLOT_B ? event->b : turn;
}

/* The slot that holds a field in events of a kind, or EVENT_SLOT_COUNT. */
enum event_slot event_slot_of(uint8_t kind, enum actor_field field);

enum field_type field_type(enum actor_field field);

/* Names; NULL for a number that this version does not know. */
const char *event_kind_name(uint8_t kind);
const char *event_field_name(enum actor_field field);
const char *event_message_name(uint8_t message_kind);
const char *event_observed_name(uint32_t topic);

/* The number of a name, or -1. */
int event_kind_number(const char *name);
int event_message_number(const char *name);

static inline uint64_t event_slot_value(const struct actor_event *event, enum event_slot slot)
{
	switch (slot) {
	case EVENT_SLOT_FLAGS:
		return event->flags;
	case EVENT_SLOT_TAG:
		return event->tag;
	case EVENT_SLOT_SEQ:
		return event->seq;
	case EVENT_SLOT_A:
		return event->a;
	case EVENT_SLOT_B:
		return event->b;
	case EVENT_SLOT_C:
		return event->c;
	case EVENT_SLOT_COUNT:
		break;
	}
	return 0;
}

/* The time stamp slot is always c; true for kinds that have one. */
static inline bool event_has_time(uint8_t kind)
{
	return event_field(kind, EVENT_SLOT_C) == ACTOR_FIELD_TIME;
}

static inline uint8_t event_message_kind(const struct actor_event *event)
{
	return event->flags & 0x0f;
}

/* Messages that a handler of the program's runs for; what `messages` counts. */
#define EVENT_MESSAGES_HANDLED                                                      \
	((1u << ACTOR_MESSAGE_KIND_INFO) | (1u << ACTOR_MESSAGE_KIND_CAST) |        \
	 (1u << ACTOR_MESSAGE_KIND_CALL) | (1u << ACTOR_MESSAGE_KIND_TIMER) |       \
	 (1u << ACTOR_MESSAGE_KIND_EXIT) | (1u << ACTOR_MESSAGE_KIND_DOWN) |        \
	 (1u << ACTOR_MESSAGE_KIND_CONTINUE) | (1u << ACTOR_MESSAGE_KIND_ALIASED) | \
	 (1u << ACTOR_MESSAGE_KIND_RESPONSE))

/* True for the kinds of events whose flags hold an enum actor_message_kind. */
static inline bool event_has_message(uint8_t kind)
{
	return kind == ACTOR_EVENT_RECV || kind == ACTOR_EVENT_SEND ||
	       kind == ACTOR_EVENT_DEAD_LETTER || kind == ACTOR_EVENT_LATE_REPLY ||
	       kind == ACTOR_EVENT_MAILBOX_DROP || kind == ACTOR_EVENT_POSTPONE ||
	       kind == ACTOR_EVENT_UNHANDLED;
}

/* A RECV of these does not open a turn but continues the one that waits in a call. */
#define EVENT_MESSAGES_CONTINUE                                                  \
	((1u << ACTOR_MESSAGE_KIND_REPLY) | (1u << ACTOR_MESSAGE_KIND_TIMEOUT) | \
	 (1u << ACTOR_MESSAGE_KIND_DIED) | (1u << ACTOR_MESSAGE_KIND_ROOM))

/*
 * True for a RECV whose message was sent by an actor, so that there is a SEND with the same
 * (sender, seq). A timer's message and an actor's first turn have none, and their numbers count
 * other things; number 0 is a message from the runtime itself.
 */
static inline bool event_has_send(const struct actor_event *event)
{
	uint8_t message = event_message_kind(event);

	return event->kind == ACTOR_EVENT_RECV && event->seq != 0 &&
	       message != ACTOR_MESSAGE_KIND_TIMER && message != ACTOR_MESSAGE_KIND_INIT;
}

static inline bool event_is_handled(const struct actor_event *event)
{
	return event->kind == ACTOR_EVENT_RECV &&
	       (EVENT_MESSAGES_HANDLED >> event_message_kind(event) & 1) != 0;
}

static inline bool event_is_continuation(const struct actor_event *event)
{
	return event->kind == ACTOR_EVENT_RECV &&
	       ((event->flags & ACTOR_EVENT_RESUMES) != 0 ||
		(EVENT_MESSAGES_CONTINUE >> event_message_kind(event) & 1) != 0);
}

#endif
