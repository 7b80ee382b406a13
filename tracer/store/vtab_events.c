/* SPDX-License-Identifier: MIT */
#include "store/vtab_events.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char fixed_columns[] =
	"id INTEGER, time_ns INTEGER, thread INTEGER, kind TEXT, message TEXT, type TEXT,"
	" actor TEXT, actor_name TEXT, size INTEGER, depth INTEGER, actor_id INTEGER HIDDEN,"
	" peer_id INTEGER HIDDEN, ticks INTEGER HIDDEN";
static const char usable[] = "rreexxe";

#define BY_KIND 'K' /* behind a plan's constraints */

/* Fields that the fixed columns show already. */
static bool is_fixed(enum actor_field field)
{
	switch (field) {
	case ACTOR_FIELD_NONE:
	case ACTOR_FIELD_TAG:
	case ACTOR_FIELD_ACTOR:
	case ACTOR_FIELD_SIZE_DEPTH:
	case ACTOR_FIELD_SIZE:
	case ACTOR_FIELD_TIME:
	case ACTOR_FIELD_PART: /* of PAYLOAD events, which are not stored */
	case ACTOR_FIELD_BYTES:
		return true;
	default:
		return false;
	}
}

static const char *column_type(enum actor_field field)
{
	switch (field_type(field)) {
	case FIELD_TYPE_COUNT:
		return field == ACTOR_FIELD_TOPIC ? "TEXT" : "INTEGER";
	case FIELD_TYPE_NS:
		return "INTEGER";
	default:
		return "TEXT";
	}
}

static int events_connect(sqlite3 *db, void *shared, int argc, const char *const *argv,
			  sqlite3_vtab **ret_vtab, char **ret_error)
{
	char schema[2048];
	size_t length;
	struct events_vtab *table;
	int code;

	(void)argc;
	(void)argv;
	length = (size_t)snprintf(schema, sizeof(schema), "CREATE TABLE events(%s", fixed_columns);
	for (int field = 0; field < ACTOR_FIELD_COUNT; field++)
		if (!is_fixed((enum actor_field)field))
			length += (size_t)snprintf(schema + length, sizeof(schema) - length,
						   ", %s %s",
						   event_field_name((enum actor_field)field),
						   column_type((enum actor_field)field));
	snprintf(schema + length, sizeof(schema) - length, ")");
	code = vtab_connect(db, shared, schema, 0, sizeof(*table), ret_vtab, ret_error);
	if (code != SQLITE_OK)
		return code;
	table = (struct events_vtab *)*ret_vtab;
	for (int field = 0; field < ACTOR_FIELD_COUNT; field++)
		if (!is_fixed((enum actor_field)field))
			table->fields[table->field_count++] = (enum actor_field)field;
	return SQLITE_OK;
}

/*
 * GROUP BY kind, or ORDER BY: chunks say which kinds are in them, and a kind's columns are packed
 * for themselves, so it costs less to read one kind after the other than to sort. A last letter in
 * the plan says so.
 */
static int plan_by_kind(sqlite3_index_info *info)
{
	char *plan = sqlite3_mprintf("%s%c", info->idxStr, BY_KIND);

	if (plan == NULL)
		return SQLITE_NOMEM;
	sqlite3_free(info->idxStr);
	info->idxStr = plan;
	info->orderByConsumed = 1;
	return SQLITE_OK;
}

static int events_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	int code;

	(void)base;
	info->idxNum = (int)(info->colUsed & 0x7fffffff);
	/* Chunks, and what is in them, come by id. */
	if (info->nOrderBy == 1 && info->aOrderBy[0].iColumn <= COLUMN_ID &&
	    !info->aOrderBy[0].desc)
		info->orderByConsumed = 1;
	code = vtab_plan(info, usable, 1e7);
	if (code == SQLITE_OK && info->nOrderBy == 1 && info->aOrderBy[0].iColumn == COLUMN_KIND &&
	    !info->aOrderBy[0].desc)
		code = plan_by_kind(info);
	return code;
}

static int events_open(sqlite3_vtab *base, sqlite3_vtab_cursor **ret_cursor)
{
	struct events_cursor *cursor = calloc(1, sizeof(*cursor));

	(void)base;
	if (cursor == NULL)
		return SQLITE_NOMEM;
	cursor->codec = codec_create();
	cursor->events = malloc(TRACE_CHUNK_EVENTS * sizeof(*cursor->events));
	if (cursor->codec == NULL || cursor->events == NULL) {
		codec_destroy(cursor->codec);
		free(cursor->events);
		free(cursor);
		return SQLITE_NOMEM;
	}
	*ret_cursor = &cursor->base;
	return SQLITE_OK;
}

static int events_close(sqlite3_vtab_cursor *base)
{
	struct events_cursor *cursor = (struct events_cursor *)base;

	if (cursor->open)
		walk_chunks_end(&cursor->chunks);
	codec_destroy(cursor->codec);
	free(cursor->events);
	trace_rest(((struct vtab *)base->pVtab)->shared->trace);
	free(cursor);
	return SQLITE_OK;
}

static bool matches(const struct events_cursor *cursor, const struct actor_event *event)
{
	uint64_t time;

	if (cursor->blind)
		return true;
	if (cursor->kind >= 0 && event->kind != cursor->kind)
		return false;
	if (cursor->filter.actor != 0 &&
	    event_actor(event, cursor->place.actor) != cursor->filter.actor)
		return false;
	if (cursor->placeless)
		return true;
	time = walk_time(&cursor->place, event);
	return time >= (uint64_t)cursor->times.min && time <= (uint64_t)cursor->times.max;
}

static void want_slot(struct codec_want *want, int kind, enum event_slot slot)
{
	if (slot != EVENT_SLOT_COUNT)
		want->slots[kind] |= (uint8_t)(1u << slot);
}

/* Which slots the columns used need, of the kinds that can match. */
static struct codec_want wanted(const struct events_vtab *table, unsigned used, int only)
{
	struct codec_want want = {.alone = false};

	if ((used & EVENTS_PLACE) != 0)
		want = walk_want_place();
	for (int kind = 0; kind < ACTOR_EVENT_COUNT; kind++) {
		if (only >= 0 && kind != only)
			continue;
		if ((used & 1u << COLUMN_MESSAGE) != 0)
			want_slot(&want, kind, EVENT_SLOT_FLAGS);
		if ((used & 1u << COLUMN_TYPE) != 0)
			want_slot(&want, kind, event_slot_of((uint8_t)kind, ACTOR_FIELD_TAG));
		if ((used & EVENTS_PLACE) != 0)
			want_slot(&want, kind, event_slot_of((uint8_t)kind, ACTOR_FIELD_ACTOR));
		if ((used & 1u << COLUMN_PEER_ID) != 0)
			want_slot(&want, kind, event_slot_of((uint8_t)kind, ACTOR_FIELD_PEER));
		if ((used & (1u << COLUMN_SIZE | 1u << COLUMN_DEPTH)) != 0) {
			want_slot(&want, kind,
				  event_slot_of((uint8_t)kind, ACTOR_FIELD_SIZE_DEPTH));
			want_slot(&want, kind, event_slot_of((uint8_t)kind, ACTOR_FIELD_SIZE));
		}
		for (int i = 0; i < table->field_count; i++) {
			/* idxNum has no room for all columns; the last bit stands for the rest. */
			int bit = COLUMN_FIELDS + i < 30 ? COLUMN_FIELDS + i : 30;

			if ((used & 1u << bit) != 0)
				want_slot(&want, kind,
					  event_slot_of((uint8_t)kind, table->fields[i]));
		}
	}
	return want;
}

/* ---- One kind after the other ---------------------------------------------------------------- */

/* The kinds in chunks that can match; bit 63: some that are not known here. */
static int union_of_kinds(struct events_cursor *cursor, uint64_t *ret_kinds)
{
	struct walk_chunk chunk;
	uint64_t kinds = 0;
	int status;

	while ((status = walk_chunks_next(&cursor->chunks, &chunk)) == 1)
		kinds |= chunk.kinds;
	*ret_kinds = kinds;
	return status;
}

static int by_name(const void *a, const void *b)
{
	uint8_t x = *(const uint8_t *)a, y = *(const uint8_t *)b;
	const char *name = event_kind_name(x), *other = event_kind_name(y);

	/* What has no name is a number, and numbers sort before texts. */
	if (name == NULL || other == NULL)
		return name == other ? x - y : (name != NULL) - (other != NULL);
	return strcmp(name, other);
}

static uint64_t kind_bit(unsigned kind)
{
	return UINT64_C(1) << (kind < ACTOR_EVENT_COUNT ? kind : 63);
}

static void list_passes(struct events_cursor *cursor, uint64_t kinds)
{
	cursor->pass = cursor->pass_count = 0;
	for (unsigned kind = 0; kind < 256; kind++)
		if ((kinds & kind_bit(kind)) != 0 &&
		    (cursor->kind < 0 || cursor->kind == (int)kind))
			cursor->passes[cursor->pass_count++] = (uint8_t)kind;
	qsort(cursor->passes, cursor->pass_count, 1, by_name);
}

static int begin_chunks(struct events_cursor *cursor)
{
	const struct events_vtab *table = (const struct events_vtab *)cursor->base.pVtab;
	int status;

	if (cursor->open)
		walk_chunks_end(&cursor->chunks);
	status = walk_chunks_begin(&cursor->chunks, table->vtab.shared->db, cursor->codec,
				   &cursor->filter, false, cursor->error, sizeof(cursor->error));
	cursor->open = status == 0;
	return status;
}

static void choose_want(struct events_cursor *cursor)
{
	cursor->want = wanted((const struct events_vtab *)cursor->base.pVtab, cursor->columns,
			      cursor->kind);
	/* Where neither times nor actors matter, the others are of no use. */
	cursor->want.alone = cursor->kind >= 0 && cursor->placeless && cursor->filter.actor == 0;
	cursor->want.kind = (uint8_t)cursor->kind;
}

/* 1, 0 where there are no more kinds, or a negative errno. */
static int next_pass(struct events_cursor *cursor)
{
	int status;

	if (!cursor->by_kind || cursor->pass == cursor->pass_count)
		return 0;
	cursor->kind = cursor->passes[cursor->pass++];
	cursor->filter.kinds = kind_bit((unsigned)cursor->kind);
	choose_want(cursor);
	status = begin_chunks(cursor);
	return status < 0 ? status : 1;
}

/* Whether the story behind such an event does not depend on what was before it. */
static bool begins_anew(uint8_t kind)
{
	return kind == ACTOR_EVENT_RECV || kind == ACTOR_EVENT_INPUT || kind == ACTOR_EVENT_WAIT ||
	       kind == ACTOR_EVENT_IDLE || kind == ACTOR_EVENT_OMITTED;
}

/*
 * As long as it is not the actor's turn, only events that name it can be about it: moves to the
 * next one of these and takes up the story of its turn.
 */
static void skip_others(struct events_cursor *cursor)
{
	const struct actor_event *events = cursor->events;
	uint64_t actor = cursor->filter.actor;
	uint32_t count = cursor->chunk.count;
	uint32_t next = cursor->position, from;

	while (next < count && events[next].a != actor && events[next].b != actor)
		next++;
	for (from = next; from > cursor->position && !begins_anew(events[from - 1].kind); from--)
		;
	if (from > cursor->position)
		from--;
	for (; from < next; from++)
		walk_advance(&cursor->place, &events[from]);
	cursor->position = next;
}

static bool settle_on_actor(struct events_cursor *cursor)
{
	while (cursor->position < cursor->chunk.count) {
		const struct actor_event *event;

		if (cursor->place.actor != cursor->filter.actor)
			skip_others(cursor);
		if (cursor->position == cursor->chunk.count)
			break;
		event = &cursor->events[cursor->position];
		if (matches(cursor, event))
			return true;
		walk_advance(&cursor->place, event);
		cursor->position++;
	}
	return false;
}

/* Moves to the chunk's first event at or behind the position that matches. False: there is none. */
static bool settle_in_chunk(struct events_cursor *cursor)
{
	if (cursor->want.alone) {
		if (cursor->at == cursor->position_count)
			return false;
		cursor->position = cursor->positions[cursor->at];
		return true;
	}
	if (cursor->filter.actor != 0)
		return settle_on_actor(cursor);
	for (; cursor->position < cursor->chunk.count; cursor->position++) {
		const struct actor_event *event = &cursor->events[cursor->position];

		if (matches(cursor, event))
			return true;
		if (!cursor->placeless)
			walk_advance(&cursor->place, event);
	}
	return false;
}

/* Moves to the first event at or behind the position that matches. */
static int settle(struct events_cursor *cursor)
{
	struct vtab *vtab = (struct vtab *)cursor->base.pVtab;
	int status;

	for (;;) {
		if (settle_in_chunk(cursor))
			return SQLITE_OK;
		status = walk_chunks_next(&cursor->chunks, &cursor->chunk);
		if (status == 0) {
			cursor->position = cursor->chunk.count = 0;
			cursor->at = cursor->position_count = 0;
			status = next_pass(cursor);
			if (status == 1)
				continue;
		}
		if (status == 0) {
			cursor->end = true;
			return SQLITE_OK;
		}
		if (status == 1 && !cursor->blind)
			status = walk_chunks_decode(&cursor->chunks, &cursor->chunk, &cursor->want,
						    cursor->events);
		if (status < 0)
			return vtab_fail(vtab, status, cursor->error);
		if (status == 1 && !cursor->blind)
			cursor->chunk.count = 0; /* the actor is not in it */
		cursor->position = 0;
		cursor->at = 0;
		if (cursor->want.alone)
			cursor->positions = codec_positions(cursor->codec, cursor->want.kind,
							    &cursor->position_count);
		cursor->place = walk_place_of(&cursor->chunk);
	}
}

static void take_constraint(struct events_cursor *cursor, const char *constraint,
			    sqlite3_value *value, struct vtab_range *time_ns, unsigned *used)
{
	struct vtab_range thread = {-1, INT64_MAX, false};
	const char *text;

	switch (constraint[0] - 'A') {
	case COLUMN_ID:
		vtab_narrow(&cursor->ids, constraint[1], value);
		break;
	case COLUMN_TIME:
		vtab_narrow(time_ns, constraint[1], value);
		*used |= 1u << COLUMN_TIME;
		break;
	case COLUMN_THREAD:
		vtab_narrow(&thread, '=', value);
		cursor->ids.empty |= thread.empty || thread.min > ACTOR_PLANE_THREADS_MAX;
		if (thread.min == thread.max && thread.min <= ACTOR_PLANE_THREADS_MAX)
			cursor->filter.thread = (int)thread.min;
		break;
	case COLUMN_KIND:
		text = (const char *)sqlite3_value_text(value);
		cursor->kind = text != NULL ? event_kind_number(text) : -1;
		cursor->ids.empty |= cursor->kind < 0;
		if (cursor->kind >= 0)
			cursor->filter.kinds = UINT64_C(1) << cursor->kind;
		break;
	case COLUMN_ACTOR:
		if (!vtab_pid(value, &cursor->filter.actor))
			cursor->ids.empty = true;
		*used |= 1u << COLUMN_ACTOR;
		break;
	default:
		break;
	}
}

static int events_filter(sqlite3_vtab_cursor *base, int used, const char *plan, int argc,
			 sqlite3_value **argv)
{
	struct events_cursor *cursor = (struct events_cursor *)base;
	struct events_vtab *table = (struct events_vtab *)base->pVtab;
	struct vtab_range time_ns = {INT64_MIN, INT64_MAX, false};
	const struct clock_line *clock = &table->vtab.shared->trace->clock;
	unsigned columns = (unsigned)used;
	int code = vtab_refresh(&table->vtab);
	int status;

	if (code != SQLITE_OK)
		return code;
	cursor->end = false;
	cursor->position = 0;
	cursor->chunk.count = 0;
	cursor->filter = walk_filter_all;
	cursor->ids = (struct vtab_range){0, INT64_MAX, false};
	cursor->times = (struct vtab_range){0, INT64_MAX, false};
	cursor->kind = -1;
	for (int i = 0; i < argc; i++)
		take_constraint(cursor, plan + 2 * i, argv[i], &time_ns, &columns);
	if (cursor->ids.empty || time_ns.empty) {
		cursor->end = true;
		return SQLITE_OK;
	}
	/* A tick's nanoseconds are rounded, so one tick more on both sides; SQLite checks again. */
	if (time_ns.min > INT64_MIN) {
		uint64_t ticks = clock_ticks(clock, time_ns.min);

		cursor->times.min = ticks > 0 ? (int64_t)ticks - 1 : 0;
	}
	if (time_ns.max < INT64_MAX)
		cursor->times.max = (int64_t)(clock_ticks(clock, time_ns.max + 1) & INT64_MAX);
	cursor->filter.from = (uint64_t)cursor->times.min;
	cursor->filter.to = (uint64_t)cursor->times.max;
	cursor->filter.id_min = cursor->ids.min >> WALK_ID_BITS;
	cursor->filter.id_max = cursor->ids.max >> WALK_ID_BITS;
	cursor->columns = columns;
	cursor->placeless = (columns & EVENTS_PLACE) == 0;
	choose_want(cursor);
	cursor->at = cursor->position_count = 0;
	cursor->by_kind = plan[2 * argc] == BY_KIND;
	cursor->blind = (columns & ~(1u << COLUMN_ID | 1u << COLUMN_THREAD)) == 0 &&
			cursor->kind < 0 && !cursor->by_kind;
	status = begin_chunks(cursor);
	if (status == 0 && cursor->by_kind) {
		uint64_t kinds;

		status = union_of_kinds(cursor, &kinds);
		if (status == 0) {
			list_passes(cursor, kinds);
			status = next_pass(cursor);
			cursor->end = status == 0;
		}
	}
	if (status < 0)
		return vtab_fail(&table->vtab, status, cursor->error);
	if (cursor->end)
		return SQLITE_OK;
	return settle(cursor);
}

static int events_next(sqlite3_vtab_cursor *base)
{
	struct events_cursor *cursor = (struct events_cursor *)base;

	cursor->at++;
	if (cursor->want.alone && cursor->at < cursor->position_count) {
		cursor->position = cursor->positions[cursor->at];
		return SQLITE_OK;
	}
	if (!cursor->placeless)
		walk_advance(&cursor->place, &cursor->events[cursor->position]);
	cursor->position++;
	if (cursor->blind && cursor->position < cursor->chunk.count)
		return SQLITE_OK;
	return settle(cursor);
}

static int events_eof(sqlite3_vtab_cursor *base)
{
	return ((struct events_cursor *)base)->end;
}

static int events_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret_rowid)
{
	*ret_rowid = events_id((struct events_cursor *)base);
	return SQLITE_OK;
}

static const sqlite3_module events_module = {
	.iVersion = 1,
	.xConnect = events_connect,
	.xBestIndex = events_best_index,
	.xDisconnect = vtab_disconnect,
	.xOpen = events_open,
	.xClose = events_close,
	.xFilter = events_filter,
	.xNext = events_next,
	.xEof = events_eof,
	.xColumn = events_column,
	.xRowid = events_rowid,
};

int vtab_register_events(sqlite3 *db, struct vtab_shared *shared)
{
	return sqlite3_create_module_v2(db, "events", &events_module, vtab_share(shared),
					vtab_unshare);
}
