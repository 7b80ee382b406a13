/* SPDX-License-Identifier: MIT */
#ifndef STORE_WALK_H
#define STORE_WALK_H

/*
 * Reads chunks in order: of one ring after the other as they lie in the file (walk_chunks), or the
 * events of all rings merged by time (walk). Memory: 256 KiB for each ring that is read at a time.
 */

#include <stdbool.h>
#include <stdint.h>

#include <actor/event.h>
#include <actor/plane.h>

#include "store/codec.h"
#include "store/trace.h"

/* What to read. A chunk is skipped where its row shows that nothing in it can match. */
struct walk_filter {
	uint64_t from;  /* ticks; chunks that end before are skipped */
	uint64_t to;    /* ticks; chunks that begin after are skipped */
	uint64_t kinds; /* as in codec_summary; 0: all */
	uint64_t actor; /* pid, 0: all */
	int64_t id_min; /* of the chunk */
	int64_t id_max;
	int thread;      /* -1: all */
	bool descending; /* by chunk id */
};

extern const struct walk_filter walk_filter_all;

struct walk_chunk {
	int64_t id;
	uint32_t thread;
	uint32_t count;
	uint64_t first;
	uint64_t t0;
	uint64_t t1;
	uint64_t kinds;
	struct trace_context context;
};

/* A chunk's row is 13 bits of event id, then the chunk's. */
#define WALK_ID_BITS 13
_Static_assert(TRACE_CHUNK_EVENTS == 1 << WALK_ID_BITS, "an event's id names its chunk");

struct walk_chunks {
	sqlite3 *db;
	struct codec *codec;
	sqlite3_stmt *rows;
	sqlite3_stmt *data;
	struct walk_filter filter;
	char *error; /* of error_size bytes, the caller's */
	size_t error_size;
};

/*
 * All return 0 or a negative errno; a chunk whose checksum or content is wrong is -EBADMSG, and
 * `error` says which. walk_chunks_next returns 1 with a chunk, 0 at the end.
 */
int walk_chunks_begin(struct walk_chunks *walk, sqlite3 *db, struct codec *codec,
		      const struct walk_filter *filter, bool by_time, char *error,
		      size_t error_size);
int walk_chunks_next(struct walk_chunks *walk, struct walk_chunk *ret_chunk);

/* 1: the filter's actor is not in it after all, and nothing was decoded. */
int walk_chunks_decode(struct walk_chunks *walk, const struct walk_chunk *chunk,
		       const struct codec_want *want, struct actor_event *events);
void walk_chunks_end(struct walk_chunks *walk);

/* Where a ring's story stands, while its events go by. */
struct walk_place {
	uint64_t actor;     /* whose turn it is, 0: nobody's */
	uint64_t turn_time; /* ticks */
	uint64_t stamp;     /* of the STAMP directly before, 0: none */
};

/* The event's time in ticks: its own, that of the STAMP before it, or that of its turn. */
static inline uint64_t walk_time(const struct walk_place *place, const struct actor_event *event)
{
	if (event_has_time(event->kind))
		return event->c;
	return place->stamp != 0 ? place->stamp : place->turn_time;
}

/*
 * Where the story stands before a chunk. Where the time of the turn is not known, the chunk's
 * beginning stands for it: it is too late, but not from before the recording.
 */
static inline struct walk_place walk_place_of(const struct walk_chunk *chunk)
{
	return (struct walk_place){
		.actor = chunk->context.actor,
		.turn_time = chunk->context.turn_time != 0 ? chunk->context.turn_time : chunk->t0,
	};
}

/* Moves on behind the event. RECV's and INPUT's actor and every time must be decoded. */
void walk_advance(struct walk_place *place, const struct actor_event *event);

/* An event with what is known about it from its place in the ring. */
struct walk_event {
	const struct actor_event *event;
	uint64_t id;    /* chunk's id << WALK_ID_BITS | position */
	uint64_t time;  /* ticks */
	uint64_t actor; /* whose turn it is, before the event */
	uint32_t thread;
	bool gap; /* events are missing directly before it */
};

struct walk;

/* `want` must hold at least what walk_advance needs. */
int walk_begin(sqlite3 *db, const struct walk_filter *filter, const struct codec_want *want,
	       struct walk **ret_walk, char *error, size_t error_size);
struct walk *walk_end(struct walk *walk);

/* The next event by time: 1, 0 at the end, or a negative errno. */
int walk_next(struct walk *walk, struct walk_event *ret_event);

/* What walk_advance needs. */
struct codec_want walk_want_place(void);

#endif
