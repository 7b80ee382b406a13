/* SPDX-License-Identifier: MIT */
/*
 * usage: replay-forge TRACE SEED [EDITS] | replay-forge TRACE short | replay-forge TRACE room
 *
 * Changes events of a trace that a replay makes use of to what cannot be, and stores them as the
 * recorder would: all checksums are right. Says what it has changed. `short`: takes its bytes from
 * a message from outside; `room`: a call is answered with a place in a mailbox.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "store/codec.h"

#define CHUNKS_MAX 4096

struct chunk {
	int64_t id;
	struct trace_context context;
	size_t count;
	struct actor_event *events;
	bool changed;
};

static struct chunk chunks[CHUNKS_MAX];
static size_t chunk_count;
static uint64_t state;

static __attribute__((noreturn)) void complain(const char *what)
{
	fprintf(stderr, "replay-forge: %s\n", what);
	exit(2);
}

static uint64_t chance(uint64_t below)
{
	uint64_t value;

	state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
	value = state;
	value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (value ^ (value >> 31)) % below;
}

/* ---- The file ----------------------------------------------------------------------------------
 */

static void load(sqlite3 *db, struct codec *codec)
{
	static const char sql[] = "SELECT c.id, c.n, c.first, c.context_actor, c.context_ticks, "
				  "d.data FROM chunk c JOIN chunk_data d USING (id) ORDER BY id";
	const struct codec_want want = codec_want_all();
	sqlite3_stmt *rows;

	if (sqlite3_prepare_v2(db, sql, -1, &rows, NULL) != SQLITE_OK)
		complain(sqlite3_errmsg(db));
	while (sqlite3_step(rows) == SQLITE_ROW && chunk_count < CHUNKS_MAX) {
		struct chunk *chunk = &chunks[chunk_count++];

		chunk->id = sqlite3_column_int64(rows, 0);
		chunk->count = (size_t)sqlite3_column_int64(rows, 1);
		chunk->context.first = (uint64_t)sqlite3_column_int64(rows, 2);
		chunk->context.actor = (uint64_t)sqlite3_column_int64(rows, 3);
		chunk->context.turn_time = (uint64_t)sqlite3_column_int64(rows, 4);
		chunk->events = calloc(chunk->count, sizeof(*chunk->events));
		if (chunk->events == NULL || codec_decode(codec, sqlite3_column_blob(rows, 5),
							  (size_t)sqlite3_column_bytes(rows, 5),
							  &want, chunk->events, chunk->count) != 0)
			complain("a chunk cannot be decoded");
	}
	sqlite3_finalize(rows);
}

static void store(sqlite3 *db, struct codec *codec, const struct chunk *chunk)
{
	static const char *const sql[] = {
		"UPDATE chunk SET t0 = ?2, t1 = ?3, kinds = ?4, checksum = ?5, actors = ?6 "
		"WHERE id = ?1",
		"UPDATE chunk_data SET data = ?2 WHERE id = ?1"};
	struct codec_summary summary;
	sqlite3_stmt *change;
	const void *data;
	size_t size;

	if (codec_encode(codec, &chunk->context, chunk->events, chunk->count, &data, &size,
			 &summary) != 0)
		complain("a chunk cannot be encoded");
	for (int i = 0; i < 2; i++) {
		if (sqlite3_prepare_v2(db, sql[i], -1, &change, NULL) != SQLITE_OK)
			complain(sqlite3_errmsg(db));
		sqlite3_bind_int64(change, 1, chunk->id);
		if (i == 0) {
			sqlite3_bind_int64(change, 2, (int64_t)summary.time_min);
			sqlite3_bind_int64(change, 3, (int64_t)summary.time_max);
			sqlite3_bind_int64(change, 4, (int64_t)summary.kinds);
			sqlite3_bind_int64(change, 5, (int64_t)codec_checksum(data, size));
			sqlite3_bind_blob(change, 6, summary.bloom, (int)summary.bloom_size,
					  SQLITE_STATIC);
		} else {
			sqlite3_bind_blob(change, 2, data, (int)size, SQLITE_STATIC);
		}
		if (sqlite3_step(change) != SQLITE_DONE)
			complain(sqlite3_errmsg(db));
		sqlite3_finalize(change);
	}
}

/* ---- Lies --------------------------------------------------------------------------------------
 */

static struct actor_event *some_event(struct chunk **ret_chunk)
{
	struct chunk *chunk = &chunks[chance(chunk_count)];

	*ret_chunk = chunk;
	return &chunk->events[chance(chunk->count)];
}

/* What the program or the comparison looks at, of all kinds about equally often. */
static struct actor_event *some_victim(struct chunk **ret_chunk)
{
	static const uint8_t kinds[] = {
		ACTOR_EVENT_RECV,    ACTOR_EVENT_RECV,         ACTOR_EVENT_INPUT,
		ACTOR_EVENT_WAIT,    ACTOR_EVENT_SPAWN,        ACTOR_EVENT_EXIT,
		ACTOR_EVENT_CLOCK,   ACTOR_EVENT_TIMER_CANCEL, ACTOR_EVENT_OBSERVE,
		ACTOR_EVENT_OUTSIDE, ACTOR_EVENT_OUTSIDE,      ACTOR_EVENT_OUTSIDE_BYTES};
	uint8_t kind = kinds[chance(sizeof(kinds))];
	struct actor_event *event = some_event(ret_chunk);

	for (int i = 0; i < 2000 && event->kind != kind; i++)
		event = some_event(ret_chunk);
	return event;
}

static uint64_t some_pid(uint64_t now)
{
	struct chunk *chunk;

	switch (chance(7)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
		return now + (UINT64_C(1) << 24); /* the next one in its slot */
	case 3:
		return now ^ (UINT64_C(1) << chance(64));
	case 4:
		return now & 0xffffff; /* never born */
	default:
		return some_event(&chunk)->a;
	}
}

static uint64_t some_number(uint64_t now)
{
	switch (chance(6)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
		return now + 1;
	case 3:
		return now - 1;
	case 4:
		return now ^ (UINT64_C(1) << chance(64));
	default:
		return chance(64);
	}
}

/* A crowd of the program's threads, of which the last starts an actor. */
static void forge_threads(struct chunk *chunk, size_t at)
{
	for (size_t i = at; i < chunk->count && i < at + 4096; i++)
		chunk->events[i] = (struct actor_event){
			.kind = ACTOR_EVENT_SPAWN,
			.flags = ACTOR_EVENT_FOREIGN,
			.seq = (uint32_t)(i - at) + 2,
			.a = (UINT64_C(1) << 24) + 1000 + i,
		};
}

static void forge(void)
{
	struct chunk *chunk, *other;
	struct actor_event *event = some_victim(&chunk);
	size_t at = (size_t)(event - chunk->events);
	struct actor_event was = *event;
	const char *what;

	chunk->changed = true;
	switch (chance(24)) {
	case 0:
	case 1:
	case 2:
		event->a = some_pid(event->a);
		what = "a";
		break;
	case 3:
	case 4:
	case 5:
		event->b = some_pid(event->b);
		what = "b";
		break;
	case 6:
	case 7:
	case 8:
		event->c = some_number(event->c);
		what = "c";
		break;
	case 9:
	case 10:
	case 11:
		event->seq = (uint32_t)some_number(event->seq);
		what = "seq";
		break;
	case 12:
	case 13:
	case 14:
		event->tag = (uint16_t)some_number(event->tag);
		what = "tag";
		break;
	case 15:
	case 16:
	case 17:
		event->flags = (uint8_t)some_number(event->flags);
		what = "flags";
		break;
	case 18:
		event->kind = (uint8_t)(1 + chance(ACTOR_EVENT_COUNT));
		what = "kind";
		break;
	case 19:
		event->kind = ACTOR_EVENT_IDLE;
		what = "gone";
		break;
	case 20:
		*event = *some_victim(&other);
		what = "another's";
		break;
	case 21:
		if (at + 1 < chunk->count) {
			*event = event[1];
			event[1] = was;
		}
		what = "later";
		break;
	case 22:
		if (at + 1 < chunk->count)
			event[1] = was;
		what = "twice";
		break;
	default:
		forge_threads(chunk, at);
		what = "threads";
		break;
	}
	printf("%" PRId64 "/%zu: %s: kind %u flags %x tag %u seq %u a %" PRIx64 " b %" PRIx64
	       " c %" PRIx64 "; was kind %u flags %x tag %u seq %u a %" PRIx64 " b %" PRIx64
	       " c %" PRIx64 "\n",
	       chunk->id, at, what, event->kind, event->flags, event->tag, event->seq, event->a,
	       event->b, event->c, was.kind, was.flags, was.tag, was.seq, was.a, was.b, was.c);
}

/* The bytes of the first message from outside that has a type. */
static bool shorten(struct chunk *chunk)
{
	for (size_t i = 1; i < chunk->count; i++) {
		const struct actor_event *head = &chunk->events[i - 1];

		if (head->kind != ACTOR_EVENT_OUTSIDE || head->tag == 0 ||
		    (head->flags & 0x0f) > ACTOR_MESSAGE_KIND_CAST ||
		    chunk->events[i].kind != ACTOR_EVENT_OUTSIDE_BYTES)
			continue;
		chunk->events[i].flags &= 0xe0; /* none */
		return true;
	}
	return false;
}

/* The first answer to a call of the program's. */
static bool give_room(struct chunk *chunk)
{
	for (size_t i = 0; i < chunk->count; i++) {
		struct actor_event *event = &chunk->events[i];

		if (event->kind != ACTOR_EVENT_RECV || event->tag == 0 ||
		    (event->flags & 0x0f) != ACTOR_MESSAGE_KIND_REPLY)
			continue;
		event->flags |= ACTOR_MESSAGE_KIND_ROOM;
		event->seq = 0;
		return true;
	}
	return false;
}

static void forge_named(const char *name)
{
	bool (*lie)(struct chunk * chunk) = strcmp(name, "short") == 0 ? shorten : give_room;

	for (size_t i = 0; i < chunk_count; i++) {
		chunks[i].changed = lie(&chunks[i]);
		if (chunks[i].changed)
			return;
	}
	complain("there is nothing to forge");
}

int main(int argc, char **argv)
{
	struct codec *codec = codec_create();
	uint64_t edits = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	bool named = argc > 2 && (argv[2][0] < '0' || argv[2][0] > '9');
	sqlite3 *db = NULL;

	if (argc < 3 || codec == NULL) {
		fputs("usage: replay-forge TRACE SEED [EDITS] | short | room\n", stderr);
		return 2;
	}
	state = strtoull(argv[2], NULL, 10);
	if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		complain(sqlite3_errmsg(db));
	load(db, codec);
	if (chunk_count == 0)
		complain("no events");
	if (named)
		forge_named(argv[2]);
	for (uint64_t i = 0; i < edits && !named; i++)
		forge();
	sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	for (size_t i = 0; i < chunk_count; i++) {
		if (chunks[i].changed)
			store(db, codec, &chunks[i]);
		free(chunks[i].events);
	}
	if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		complain(sqlite3_errmsg(db));
	sqlite3_close(db);
	codec_destroy(codec);
	return 0;
}
