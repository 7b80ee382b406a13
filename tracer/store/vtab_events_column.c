/* SPDX-License-Identifier: MIT */
#include "store/vtab_events.h"

#include <stdio.h>
#include <string.h>

static void result_static(sqlite3_context *context, const char *text)
{
	if (text != NULL)
		sqlite3_result_text(context, text, -1, SQLITE_STATIC);
}

static void result_pid(sqlite3_context *context, struct trace *trace, uint64_t pid)
{
	if (pid != 0)
		result_static(context, trace_name(trace, pid)->pid);
}

static void result_field(sqlite3_context *context, struct trace *trace, enum actor_field field,
			 uint64_t value)
{
	char buffer[32];

	switch (field_type(field)) {
	case FIELD_TYPE_COUNT:
		if (field == ACTOR_FIELD_TOPIC)
			result_static(context, event_observed_name((uint32_t)value));
		else
			sqlite3_result_int64(context, (int64_t)value);
		break;
	case FIELD_TYPE_TAG:
		result_static(context, trace_type(trace, (uint16_t)value));
		break;
	case FIELD_TYPE_BEHAVIOUR:
		result_static(context, trace_behaviour(trace, (uint16_t)value));
		break;
	case FIELD_TYPE_PID:
		result_pid(context, trace, value);
		break;
	case FIELD_TYPE_STRING:
		result_static(context, trace_string(trace, (uint32_t)value));
		break;
	case FIELD_TYPE_REASON:
		sqlite3_result_text(context, trace_reason((int64_t)value, buffer), -1,
				    SQLITE_TRANSIENT);
		break;
	case FIELD_TYPE_HEX:
		snprintf(buffer, sizeof(buffer), "%016llx", (unsigned long long)value);
		sqlite3_result_text(context, buffer, -1, SQLITE_TRANSIENT);
		break;
	case FIELD_TYPE_TICKS:
	case FIELD_TYPE_NS:
	case FIELD_TYPE_PAIR:
		sqlite3_result_int64(context, (int64_t)value);
		break;
	}
}

static void result_size(sqlite3_context *context, const struct actor_event *event, int column)
{
	enum actor_field field = event_field(event->kind, EVENT_SLOT_C);
	enum event_slot size;

	/* Of all events that have a size most have it there. */
	if (field == ACTOR_FIELD_SIZE_DEPTH) {
		sqlite3_result_int64(context, column == COLUMN_SIZE ? (uint32_t)event->c
								    : (int64_t)(event->c >> 32));
		return;
	}
	if (column != COLUMN_SIZE || event->kind == ACTOR_EVENT_RECV)
		return;
	size = event_slot_of(event->kind, ACTOR_FIELD_SIZE);
	if (size != EVENT_SLOT_COUNT)
		sqlite3_result_int64(context, (int64_t)event_slot_value(event, size));
}

static void result_kind(sqlite3_context *context, uint8_t kind)
{
	static uint8_t lengths[256]; /* asked for with every event */
	const char *name = event_kind_name(kind);

	if (name == NULL) {
		sqlite3_result_int64(context, kind);
		return;
	}
	if (lengths[kind] == 0)
		lengths[kind] = (uint8_t)strlen(name);
	sqlite3_result_text(context, name, lengths[kind], SQLITE_STATIC);
}

static void result_fixed(const struct events_cursor *cursor, struct trace *trace,
			 sqlite3_context *context, int column)
{
	const struct actor_event *event = &cursor->events[cursor->position];
	enum event_slot slot;
	uint64_t actor;

	switch (column) {
	case COLUMN_ID:
		sqlite3_result_int64(context, events_id(cursor));
		break;
	case COLUMN_TIME:
		sqlite3_result_int64(context,
				     clock_ns(&trace->clock, walk_time(&cursor->place, event)));
		break;
	case COLUMN_TICKS:
		sqlite3_result_int64(context, (int64_t)walk_time(&cursor->place, event));
		break;
	case COLUMN_THREAD:
		sqlite3_result_int64(context, cursor->chunk.thread);
		break;
	case COLUMN_MESSAGE:
		if (event_has_message(event->kind))
			result_static(context, event_message_name(event_message_kind(event)));
		break;
	case COLUMN_TYPE:
		if (event_field(event->kind, EVENT_SLOT_TAG) == ACTOR_FIELD_TAG)
			result_static(context, trace_type(trace, event->tag));
		break;
	case COLUMN_ACTOR:
		actor = event_actor(event, cursor->place.actor);
		result_pid(context, trace, actor);
		break;
	case COLUMN_ACTOR_NAME:
		actor = event_actor(event, cursor->place.actor);
		if (actor != 0 && trace_name(trace, actor)->name[0] != '\0')
			result_static(context, trace_name(trace, actor)->name);
		break;
	case COLUMN_ACTOR_ID:
		actor = event_actor(event, cursor->place.actor);
		if (actor != 0)
			sqlite3_result_int64(context, (int64_t)actor);
		break;
	case COLUMN_PEER_ID:
		slot = event_slot_of(event->kind, ACTOR_FIELD_PEER);
		if (slot != EVENT_SLOT_COUNT)
			sqlite3_result_int64(context, (int64_t)event_slot_value(event, slot));
		break;
	case COLUMN_DEPTH:
		result_size(context, event, column);
		break;
	default:
		break;
	}
}

__attribute__((noinline)) static int show(const struct events_cursor *cursor,
					  sqlite3_context *context, int column)
{
	const struct events_vtab *table = (const struct events_vtab *)cursor->base.pVtab;
	struct trace *trace = table->vtab.shared->trace;
	const struct actor_event *event = &cursor->events[cursor->position];
	enum event_slot slot;

	if (column < COLUMN_FIELDS) {
		result_fixed(cursor, trace, context, column);
	} else if (column - COLUMN_FIELDS < table->field_count) {
		enum actor_field field = table->fields[column - COLUMN_FIELDS];

		slot = event_slot_of(event->kind, field);
		if (slot != EVENT_SLOT_COUNT)
			result_field(context, trace, field, event_slot_value(event, slot));
	}
	return SQLITE_OK;
}

/* What scans ask for with every event is apart from all else. */
int events_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
	const struct events_cursor *cursor = (const struct events_cursor *)base;

	if (column != COLUMN_KIND && column != COLUMN_SIZE)
		return show(cursor, context, column);
	if (column == COLUMN_KIND)
		result_kind(context, cursor->events[cursor->position].kind);
	else
		result_size(context, &cursor->events[cursor->position], column);
	return SQLITE_OK;
}
