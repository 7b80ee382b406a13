/* SPDX-License-Identifier: MIT */
#include "store/layout.h"

#include <string.h>

const uint8_t event_fields[ACTOR_EVENT_COUNT][EVENT_SLOT_COUNT] = {
#define X(number, NAME, name, tag, seq, a, b, c, text)                      \
	[number] = {ACTOR_FIELD_NONE, ACTOR_FIELD_##tag, ACTOR_FIELD_##seq, \
		    ACTOR_FIELD_##a,  ACTOR_FIELD_##b,   ACTOR_FIELD_##c},
	ACTOR_EVENT_MAP(X)
#undef X
};

const uint8_t event_actor_slots[ACTOR_EVENT_COUNT] = {[0] = EVENT_SLOT_COUNT,
#define X(number, NAME, name, tag, seq, a, b, c, text)                   \
	[number] = ACTOR_FIELD_##a == ACTOR_FIELD_ACTOR   ? EVENT_SLOT_A \
		   : ACTOR_FIELD_##b == ACTOR_FIELD_ACTOR ? EVENT_SLOT_B \
							  : EVENT_SLOT_COUNT,
						      ACTOR_EVENT_MAP(X)
#undef X
};

static const uint8_t field_types[ACTOR_FIELD_COUNT] = {
#define X(NAME, name, type, text) [ACTOR_FIELD_##NAME] = FIELD_TYPE_##type,
	ACTOR_FIELD_MAP(X)
#undef X
};

static const char *const field_names[ACTOR_FIELD_COUNT] = {
#define X(NAME, name, type, text) [ACTOR_FIELD_##NAME] = #name,
	ACTOR_FIELD_MAP(X)
#undef X
};

static const char *const kind_names[ACTOR_EVENT_COUNT] = {
#define X(number, NAME, name, tag, seq, a, b, c, text) [number] = #name,
	ACTOR_EVENT_MAP(X)
#undef X
};

static const char *const message_names[ACTOR_MESSAGE_KIND_COUNT] = {
#define X(number, NAME, name) [number] = #name,
	ACTOR_MESSAGE_KIND_MAP(X)
#undef X
};

static const char *const observed_names[ACTOR_OBSERVED_COUNT] = {
#define X(number, NAME, name) [number] = #name,
	ACTOR_OBSERVED_MAP(X)
#undef X
};

enum event_slot event_slot_of(uint8_t kind, enum actor_field field)
{
	for (int slot = EVENT_SLOT_TAG; slot < EVENT_SLOT_COUNT; slot++)
		if (event_field(kind, (enum event_slot)slot) == field)
			return (enum event_slot)slot;
	return EVENT_SLOT_COUNT;
}

enum field_type field_type(enum actor_field field)
{
	return (enum field_type)field_types[field];
}

static const char *name_at(const char *const *names, size_t count, size_t number)
{
	return number < count ? names[number] : NULL;
}

static int number_of(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (names[i] != NULL && strcmp(names[i], name) == 0)
			return i;
	return -1;
}

const char *event_kind_name(uint8_t kind)
{
	return name_at(kind_names, ACTOR_EVENT_COUNT, kind);
}

const char *event_field_name(enum actor_field field)
{
	return name_at(field_names, ACTOR_FIELD_COUNT, field);
}

const char *event_message_name(uint8_t message_kind)
{
	return name_at(message_names, ACTOR_MESSAGE_KIND_COUNT, message_kind);
}

const char *event_observed_name(uint32_t topic)
{
	return name_at(observed_names, ACTOR_OBSERVED_COUNT, topic);
}

int event_kind_number(const char *name)
{
	return number_of(kind_names, ACTOR_EVENT_COUNT, name);
}

int event_message_number(const char *name)
{
	return number_of(message_names, ACTOR_MESSAGE_KIND_COUNT, name);
}
