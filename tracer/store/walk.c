/* SPDX-License-Identifier: MIT */
#include "store/walk.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct walk_filter walk_filter_all = {
	.to = UINT64_MAX,
	.id_max = INT64_MAX,
	.thread = -1,
};

/* ---- chunks ---- */

static int fail_chunks(struct walk_chunks *walk)
{
	snprintf(walk->error, walk->error_size, "%s", sqlite3_errmsg(walk->db));
	return sqlite_status(sqlite3_errcode(walk->db));
}

static int64_t at_most_int64(uint64_t value)
{
	return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

int walk_chunks_begin(struct walk_chunks *walk, sqlite3 *db, struct codec *codec,
		      const struct walk_filter *filter, bool by_time, char *error,
		      size_t error_size)
{
	char sql[512];
	/* A part of the time, of any actor: the index has all that is asked for. */
	bool in_time = filter->actor == 0 && (filter->from > 0 || filter->to < INT64_MAX);

	*walk = (struct walk_chunks){
		.db = db,
		.codec = codec,
		.filter = *filter,
		.error = error,
		.error_size = error_size,
	};
	snprintf(sql, sizeof(sql),
		 "SELECT id, thread, first, n, t0, t1, kinds, context_actor, context_ticks%s"
		 " FROM main.chunk WHERE t1 >= ?1 AND t0 <= ?2 AND %sid BETWEEN ?3 AND ?4%s"
		 " ORDER BY %s%s",
		 filter->actor != 0 ? ", actors" : "", in_time ? "+" : "",
		 filter->thread >= 0 ? " AND thread = ?5" : "", in_time && !by_time ? "+" : "",
		 by_time ? "t0, id" : (filter->descending ? "id DESC" : "id"));
	if (sqlite3_prepare_v2(db, sql, -1, &walk->rows, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db,
			       "SELECT d.data, c.checksum FROM main.chunk_data d"
			       " JOIN main.chunk c ON c.id = d.id WHERE d.id = ?1",
			       -1, &walk->data, NULL) != SQLITE_OK) {
		int status = fail_chunks(walk);

		walk_chunks_end(walk);
		return status;
	}
	sqlite3_bind_int64(walk->rows, 1, at_most_int64(filter->from));
	sqlite3_bind_int64(walk->rows, 2, at_most_int64(filter->to));
	sqlite3_bind_int64(walk->rows, 3, filter->id_min);
	sqlite3_bind_int64(walk->rows, 4, filter->id_max);
	if (filter->thread >= 0)
		sqlite3_bind_int(walk->rows, 5, filter->thread);
	return 0;
}

void walk_chunks_end(struct walk_chunks *walk)
{
	sqlite3_finalize(walk->rows);
	sqlite3_finalize(walk->data);
	walk->rows = NULL;
	walk->data = NULL;
}

static bool is_wanted(const struct walk_chunks *walk)
{
	uint64_t kinds = (uint64_t)sqlite3_column_int64(walk->rows, 6);
	const void *bloom;

	/* The last bit: kinds that the writer did not know. */
	if (walk->filter.kinds != 0 && ((walk->filter.kinds | UINT64_C(1) << 63) & kinds) == 0)
		return false;
	if (walk->filter.actor == 0)
		return true;
	bloom = sqlite3_column_blob(walk->rows, 9);
	return codec_bloom_has(bloom, (size_t)sqlite3_column_bytes(walk->rows, 9),
			       walk->filter.actor);
}

int walk_chunks_next(struct walk_chunks *walk, struct walk_chunk *ret_chunk)
{
	struct walk_chunk chunk;
	int64_t thread;
	int64_t count;
	int code;

	do {
		code = sqlite3_step(walk->rows);
		if (code == SQLITE_DONE)
			return 0;
		if (code != SQLITE_ROW)
			return fail_chunks(walk);
	} while (!is_wanted(walk));
	chunk.id = sqlite3_column_int64(walk->rows, 0);
	thread = sqlite3_column_int64(walk->rows, 1);
	chunk.first = (uint64_t)sqlite3_column_int64(walk->rows, 2);
	count = sqlite3_column_int64(walk->rows, 3);
	chunk.t0 = (uint64_t)sqlite3_column_int64(walk->rows, 4);
	chunk.t1 = (uint64_t)sqlite3_column_int64(walk->rows, 5);
	chunk.kinds = (uint64_t)sqlite3_column_int64(walk->rows, 6);
	chunk.context = (struct trace_context){
		.actor = (uint64_t)sqlite3_column_int64(walk->rows, 7),
		.turn_time = (uint64_t)sqlite3_column_int64(walk->rows, 8),
		.first = chunk.first,
	};
	if (thread < 0 || thread >= ACTOR_PLANE_THREADS_MAX || count < 1 ||
	    count > TRACE_CHUNK_EVENTS || chunk.id < 0 || chunk.id >> (62 - WALK_ID_BITS) != 0) {
		snprintf(walk->error, walk->error_size, "chunk %lld is damaged: impossible numbers",
			 (long long)chunk.id);
		return -EBADMSG;
	}
	chunk.thread = (uint32_t)thread;
	chunk.count = (uint32_t)count;
	*ret_chunk = chunk;
	return 1;
}

int walk_chunks_decode(struct walk_chunks *walk, const struct walk_chunk *chunk,
		       const struct codec_want *want, struct actor_event *events)
{
	struct codec_want own = *want;
	const void *data;
	size_t size;
	int status = -EBADMSG;
	int code;

	own.pid = walk->filter.actor;
	sqlite3_bind_int64(walk->data, 1, chunk->id);
	code = sqlite3_step(walk->data);
	if (code != SQLITE_ROW && code != SQLITE_DONE) {
		status = fail_chunks(walk);
		sqlite3_reset(walk->data);
		return status;
	}
	if (code != SQLITE_ROW) {
		snprintf(walk->error, walk->error_size,
			 "chunk %lld is damaged: its data is missing", (long long)chunk->id);
		sqlite3_reset(walk->data);
		return status;
	}
	data = sqlite3_column_blob(walk->data, 0);
	size = (size_t)sqlite3_column_bytes(walk->data, 0);
	if (data == NULL ||
	    codec_checksum(data, size) != (uint64_t)sqlite3_column_int64(walk->data, 1))
		snprintf(walk->error, walk->error_size, "chunk %lld is damaged: wrong checksum",
			 (long long)chunk->id);
	else if ((status = codec_decode(walk->codec, data, size, &own, events, chunk->count)) < 0)
		snprintf(walk->error, walk->error_size, "chunk %lld is damaged: wrong content",
			 (long long)chunk->id);
	sqlite3_reset(walk->data);
	return status;
}

/* ---- the story of a ring ---- */

void walk_advance(struct walk_place *place, const struct actor_event *event)
{
	place->stamp = 0;
	switch (event->kind) {
	case ACTOR_EVENT_RECV:
	case ACTOR_EVENT_INPUT:
		place->actor = event->a;
		place->turn_time = event->c;
		break;
	case ACTOR_EVENT_WAIT:
	case ACTOR_EVENT_IDLE:
	case ACTOR_EVENT_OMITTED:
		place->actor = 0;
		place->turn_time = event->c;
		break;
	case ACTOR_EVENT_EXIT:
	case ACTOR_EVENT_WAKE:
		/* The last words of an actor that has ended are still its own. */
		place->turn_time = event->c;
		break;
	case ACTOR_EVENT_STAMP:
		place->stamp = event->c;
		break;
	default:
		break;
	}
}

struct codec_want walk_want_place(void)
{
	struct codec_want want = {.alone = false};

	for (int kind = 0; kind < ACTOR_EVENT_COUNT; kind++)
		if (event_has_time((uint8_t)kind))
			want.slots[kind] = 1u << EVENT_SLOT_C;
	want.slots[ACTOR_EVENT_RECV] |= 1u << EVENT_SLOT_A;
	want.slots[ACTOR_EVENT_INPUT] |= 1u << EVENT_SLOT_A;
	return want;
}

/* ---- all rings by time ---- */

struct lane {
	struct walk_chunks chunks;
	struct walk_chunk chunk;
	struct actor_event *events; /* TRACE_CHUNK_EVENTS of them */
	uint32_t position;
	uint64_t expected; /* number of the next event of the ring */
	uint64_t key;      /* time of the next event */
	uint32_t thread;
	bool begun;
	bool gap;
	struct walk_place place;
};

struct walk {
	struct codec *codec;
	struct codec_want want;
	struct lane lanes[ACTOR_PLANE_THREADS_MAX];
	uint32_t lane_count; /* the first ones have events left */
	struct lane *now;    /* where the last event came from */
	uint64_t limit;      /* `now` goes on until its key is above this */
};

static struct lane *drop_lane(struct walk *walk, struct lane *lane)
{
	walk_chunks_end(&lane->chunks);
	free(lane->events);
	*lane = walk->lanes[--walk->lane_count];
	walk->lanes[walk->lane_count] = (struct lane){0};
	walk->now = NULL;
	return NULL;
}

/* Makes the lane's next event ready. 1, 0: the lane has ended, or negative. */
static int lane_ready(struct walk *walk, struct lane *lane)
{
	int status;

	if (lane->position == lane->chunk.count) {
		do {
			status = walk_chunks_next(&lane->chunks, &lane->chunk);
			if (status <= 0)
				return status;
			status = walk_chunks_decode(&lane->chunks, &lane->chunk, &walk->want,
						    lane->events);
			if (status < 0)
				return status;
		} while (status == 1);
		lane->position = 0;
		lane->gap = lane->begun && lane->chunk.first != lane->expected;
		if (!lane->begun || lane->gap)
			lane->place = walk_place_of(&lane->chunk);
		lane->begun = true;
		lane->expected = lane->chunk.first + lane->chunk.count;
	}
	lane->key = walk_time(&lane->place, &lane->events[lane->position]);
	return 1;
}

static void choose(struct walk *walk)
{
	walk->now = NULL;
	walk->limit = UINT64_MAX;
	for (uint32_t i = 0; i < walk->lane_count; i++) {
		struct lane *lane = &walk->lanes[i];

		if (walk->now == NULL) {
			walk->now = lane;
		} else if (lane->key < walk->now->key) {
			walk->limit = walk->now->key;
			walk->now = lane;
		} else if (lane->key < walk->limit) {
			walk->limit = lane->key;
		}
	}
}

static int add_lane(struct walk *walk, sqlite3 *db, const struct walk_filter *filter, int thread,
		    char *error, size_t error_size)
{
	struct lane *lane = &walk->lanes[walk->lane_count];
	struct walk_filter own = *filter;
	int status;

	own.thread = thread;
	lane->events = malloc(TRACE_CHUNK_EVENTS * sizeof(*lane->events));
	lane->thread = (uint32_t)thread;
	if (lane->events == NULL)
		return -ENOMEM;
	walk->lane_count++;
	status = walk_chunks_begin(&lane->chunks, db, walk->codec, &own, true, error, error_size);
	if (status == 0)
		status = lane_ready(walk, lane);
	if (status == 0)
		drop_lane(walk, lane);
	return status < 0 ? status : 0;
}

int walk_begin(sqlite3 *db, const struct walk_filter *filter, const struct codec_want *want,
	       struct walk **ret_walk, char *error, size_t error_size)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	sqlite3_stmt *threads = NULL;
	int status = -ENOMEM;

	if (walk != NULL)
		walk->codec = codec_create();
	if (walk == NULL || walk->codec == NULL)
		goto fail;
	walk->want = *want;
	if (sqlite3_prepare_v2(db, "SELECT DISTINCT thread FROM main.chunk ORDER BY thread", -1,
			       &threads, NULL) != SQLITE_OK) {
		snprintf(error, error_size, "%s", sqlite3_errmsg(db));
		status = -EBADMSG;
		goto fail;
	}
	while (sqlite3_step(threads) == SQLITE_ROW) {
		int64_t thread = sqlite3_column_int64(threads, 0);

		if (thread < 0 || thread >= ACTOR_PLANE_THREADS_MAX ||
		    (filter->thread >= 0 && filter->thread != thread))
			continue;
		status = add_lane(walk, db, filter, (int)thread, error, error_size);
		if (status < 0)
			goto fail;
	}
	sqlite3_finalize(threads);
	*ret_walk = walk;
	return 0;

fail:
	sqlite3_finalize(threads);
	walk_end(walk);
	return status;
}

struct walk *walk_end(struct walk *walk)
{
	if (walk == NULL)
		return NULL;
	while (walk->lane_count > 0)
		drop_lane(walk, &walk->lanes[walk->lane_count - 1]);
	codec_destroy(walk->codec);
	free(walk);
	return NULL;
}

int walk_next(struct walk *walk, struct walk_event *ret_event)
{
	struct lane *lane = walk->now;
	int status;

	/* The event handed out last is left behind only now: it is read until then. */
	if (lane != NULL) {
		walk_advance(&lane->place, &lane->events[lane->position]);
		lane->position++;
		lane->gap = false;
		status = lane_ready(walk, lane);
		if (status < 0)
			return status;
		if (status == 0)
			lane = drop_lane(walk, lane);
	}
	if (lane == NULL || lane->key > walk->limit)
		choose(walk);
	lane = walk->now;
	if (lane == NULL)
		return 0;
	*ret_event = (struct walk_event){
		.event = &lane->events[lane->position],
		.id = (uint64_t)lane->chunk.id << WALK_ID_BITS | lane->position,
		.time = lane->key,
		.actor = lane->place.actor,
		.thread = lane->thread,
		.gap = lane->gap,
	};
	return 1;
}
