/* SPDX-License-Identifier: MIT */
#include "store/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/actors.h"
#include "store/kernel.h"
#include "store/walk.h"

struct ring_state {
	uint64_t expected; /* number of the next event */
	uint64_t time;     /* of the last event that had one */
	bool begun;
};

static void say(struct verify *verify, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct verify *verify, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	verify->problems++;
	verify->problem(verify->user, text);
}

/* The one number of a query; `otherwise` where it has none. */
static int64_t number(sqlite3 *db, const char *sql, int64_t otherwise)
{
	sqlite3_stmt *statement;
	int64_t value = otherwise;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return otherwise;
	if (sqlite3_step(statement) == SQLITE_ROW &&
	    sqlite3_column_type(statement, 0) != SQLITE_NULL)
		value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return value;
}

static void check_structure(struct verify *verify, sqlite3 *db)
{
	sqlite3_stmt *statement;
	int code;

	if (sqlite3_prepare_v2(db, "PRAGMA quick_check(20)", -1, &statement, NULL) != SQLITE_OK) {
		say(verify, "SQLite cannot check the file: %s", sqlite3_errmsg(db));
		return;
	}
	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(statement, 0);

		if (text != NULL && sqlite3_stricmp(text, "ok") != 0)
			say(verify, "SQLite says: %s", text);
	}
	if (code != SQLITE_DONE)
		say(verify, "SQLite cannot read the file: %s", sqlite3_errmsg(db));
	sqlite3_finalize(statement);
}

/* A gap of that thread that a hole before the chunk can be. */
static bool has_gap(sqlite3 *db, const struct walk_chunk *chunk)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM main.gap WHERE thread = %u AND"
		 " (from_ticks IS NULL OR from_ticks <= %" PRId64 ")",
		 chunk->thread, (int64_t)chunk->t1);
	return number(db, sql, 0) > 0;
}

static void check_order(struct verify *verify, sqlite3 *db, const struct walk_chunk *chunk,
			struct ring_state *ring)
{
	if (ring->begun && chunk->first < ring->expected)
		say(verify,
		    "chunk %" PRId64 " is out of order: it begins with event %" PRIu64
		    " of thread %u, which has had %" PRIu64 " already",
		    chunk->id, chunk->first, chunk->thread, ring->expected);
	else if (ring->begun && chunk->first > ring->expected && !has_gap(db, chunk))
		say(verify,
		    "%" PRIu64 " events of thread %u are missing before chunk %" PRId64
		    ", and no gap says so",
		    chunk->first - ring->expected, chunk->thread, chunk->id);
	if (chunk->t0 > chunk->t1)
		say(verify, "chunk %" PRId64 " ends before it begins", chunk->id);
	ring->begun = true;
	ring->expected = chunk->first + chunk->count;
}

static void check_times(struct verify *verify, const struct walk_chunk *chunk,
			const struct actor_event *events, struct ring_state *ring)
{
	for (uint32_t i = 0; i < chunk->count; i++) {
		uint64_t time = events[i].c;

		if (!event_has_time(events[i].kind) || time == 0)
			continue;
		if (time < chunk->t0 || time > chunk->t1) {
			say(verify, "chunk %" PRId64 ": event %u lies outside of the chunk's time",
			    chunk->id, i);
			return;
		}
		/* A ring says where its reader was given up in the middle of a turn. */
		if (events[i].kind == ACTOR_EVENT_MODE)
			continue;
		if (time < ring->time) {
			say(verify, "chunk %" PRId64 ": event %u is earlier than the one before",
			    chunk->id, i);
			return;
		}
		ring->time = time;
	}
}

static int check_chunks(struct verify *verify, sqlite3 *db, struct codec *codec,
			struct actor_event *events)
{
	static const struct ring_state unknown;
	struct ring_state rings[ACTOR_PLANE_THREADS_MAX] = {unknown};
	const struct codec_want want = codec_want_all();
	struct walk_chunks walk;
	struct walk_chunk chunk;
	char error[512] = "";
	int status =
		walk_chunks_begin(&walk, db, codec, &walk_filter_all, false, error, sizeof(error));

	if (status != 0) {
		say(verify, "%s", error);
		return 0;
	}
	while ((status = walk_chunks_next(&walk, &chunk)) == 1) {
		struct ring_state *ring = &rings[chunk.thread];

		verify->chunks++;
		verify->events += chunk.count;
		check_order(verify, db, &chunk, ring);
		status = walk_chunks_decode(&walk, &chunk, &want, events);
		if (status == -ENOMEM)
			break;
		if (status != 0)
			say(verify, "%s", error);
		else
			check_times(verify, &chunk, events, ring);
	}
	walk_chunks_end(&walk);
	if (status < 0 && status != -ENOMEM)
		say(verify, "%s", error);
	return status == -ENOMEM ? -ENOMEM : 0;
}

/* One pack; its row is n, checksum, data, id, least, greatest. */
static int check_pack(struct verify *verify, struct actors *actors, sqlite3_stmt *row)
{
	int64_t id = sqlite3_column_int64(row, 3);
	uint64_t least = (uint64_t)sqlite3_column_int64(row, 4);
	uint64_t greatest = (uint64_t)sqlite3_column_int64(row, 5);
	int status = actors_read(actors, row, 0);

	if (status == -ENOMEM)
		return status;
	if (status != 0) {
		say(verify, "pack %" PRId64 " of actors is damaged", id);
		return 0;
	}
	for (size_t i = 0; i < actors->pack->count; i++) {
		if (actors->pack->pid[i] >= least && actors->pack->pid[i] <= greatest)
			continue;
		say(verify, "pack %" PRId64 " of actors has others than its row says", id);
		return 0;
	}
	return 0;
}

static int check_packs(struct verify *verify, sqlite3 *db)
{
	struct actors actors = {.db = db};
	sqlite3_stmt *rows;
	int status = 0, code;

	if (!actors_packed(db))
		return 0;
	if (sqlite3_prepare_v2(db,
			       "SELECT n, checksum, data, id, least, greatest FROM main.actor_pack",
			       -1, &rows, NULL) != SQLITE_OK) {
		say(verify, "the packs of actors cannot be read: %s", sqlite3_errmsg(db));
		return 0;
	}
	while (status == 0 && (code = sqlite3_step(rows)) == SQLITE_ROW)
		status = check_pack(verify, &actors, rows);
	if (status == 0 && code != SQLITE_DONE)
		say(verify, "the packs of actors cannot be read: %s", sqlite3_errmsg(db));
	sqlite3_finalize(rows);
	actors_finish(&actors);
	return status;
}

/* What the kernel saw: its chunks are read, and that is all that can be said of them. */
static int check_kernel(struct verify *verify, sqlite3 *db)
{
	const struct trace_kernel_row *row;
	struct kernel_walk walk;
	char error[512] = "";
	int64_t id;
	int status = kernel_walk_begin(&walk, db, ~0u, INT64_MIN, INT64_MAX, error, sizeof(error));

	while (status == 0 && (status = kernel_walk_next(&walk, &row, &id)) == 1)
		status = 0;
	kernel_walk_end(&walk);
	if (status < 0 && status != -ENOMEM)
		say(verify, "%s", error);
	return status == -ENOMEM ? -ENOMEM : 0;
}

/* What the recorder has summed up when it finished. */
static void check_totals(struct verify *verify, sqlite3 *db)
{
	int64_t events = number(db, "SELECT value FROM main.meta WHERE key = 'events'", -1);
	int64_t widows = number(db,
				"SELECT count(*) FROM main.chunk_data d LEFT JOIN main.chunk c "
				"ON c.id = d.id WHERE c.id IS NULL",
				0);

	verify->complete = (int)number(db, "SELECT value FROM main.meta WHERE key = 'complete'", 0);
	verify->gaps = (uint64_t)number(db, "SELECT count(*) FROM main.gap", 0);
	verify->lost = (uint64_t)number(db, "SELECT sum(events) FROM main.gap", 0);
	if (verify->complete && events >= 0 && (uint64_t)events != verify->events)
		say(verify, "there are %" PRIu64 " events, but its recorder wrote %" PRId64,
		    verify->events, events);
	if (widows > 0)
		say(verify, "%" PRId64 " chunks of data belong to nothing", widows);
}

int verify_trace(struct verify *verify, sqlite3 *db)
{
	struct codec *codec = codec_create();
	struct actor_event *events = malloc(TRACE_CHUNK_EVENTS * sizeof(*events));
	int status = -ENOMEM;

	verify->chunks = verify->events = verify->problems = 0;
	if (codec != NULL && events != NULL) {
		check_structure(verify, db);
		status = check_chunks(verify, db, codec, events);
		if (status == 0)
			status = check_packs(verify, db);
		if (status == 0)
			status = check_kernel(verify, db);
		check_totals(verify, db);
	}
	free(events);
	codec_destroy(codec);
	return status;
}
