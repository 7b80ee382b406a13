/* SPDX-License-Identifier: MIT */
#include "store/seek.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * Chunks are numbered as they are begun, all rings together, so that their numbers are nearly in
 * the order of time: what is a little later may have a number so much smaller.
 */
#define SLACK 64

static const uint8_t kinds_used[] = {
	ACTOR_EVENT_RECV, ACTOR_EVENT_SEND,        ACTOR_EVENT_INPUT,
	ACTOR_EVENT_WAIT, ACTOR_EVENT_SPAWN,       ACTOR_EVENT_EXIT,
	ACTOR_EVENT_IDLE, ACTOR_EVENT_TIMER_START, ACTOR_EVENT_POSTPONE};

int seek_begin(struct seek *seek, sqlite3 *db, char *error, size_t error_size)
{
	*seek = (struct seek){.db = db, .error = error, .error_size = error_size};
	seek->codec = codec_create();
	if (seek->codec == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < SEEK_CHUNKS; i++) {
		seek->chunks[i].events = malloc(TRACE_CHUNK_EVENTS * sizeof(struct actor_event));
		if (seek->chunks[i].events == NULL)
			return -ENOMEM;
	}
	if (sqlite3_prepare_v2(db,
			       "SELECT id FROM main.chunk WHERE thread = ?1 AND first < ?2"
			       " AND t0 <= ?3 ORDER BY t0 DESC, first DESC LIMIT 1",
			       -1, &seek->neighbours[0], NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db,
			       "SELECT id FROM main.chunk WHERE thread = ?1 AND first > ?2"
			       " AND t0 >= ?3 ORDER BY t0, first LIMIT 1",
			       -1, &seek->neighbours[1], NULL) != SQLITE_OK) {
		snprintf(error, error_size, "%s", sqlite3_errmsg(db));
		return -EBADMSG;
	}
	return 0;
}

void seek_end(struct seek *seek)
{
	for (size_t i = 0; i < SEEK_CHUNKS; i++)
		free(seek->chunks[i].events);
	sqlite3_finalize(seek->neighbours[0]);
	sqlite3_finalize(seek->neighbours[1]);
	codec_destroy(seek->codec);
	*seek = (struct seek){0};
}

static struct codec_want wanted(void)
{
	struct codec_want want = walk_want_place();

	for (size_t i = 0; i < sizeof(kinds_used); i++)
		want.slots[kinds_used[i]] = CODEC_SLOTS_ALL;
	want.slots[ACTOR_EVENT_SEND] &= (uint8_t) ~(1u << EVENT_SLOT_B); /* the hash */
	return want;
}

/* The chunk, decoded. `walk` has just given it. */
static int load(struct seek *seek, struct walk_chunks *walk, const struct walk_chunk *chunk,
		const struct seek_chunk **ret_chunk)
{
	const struct codec_want want = wanted();
	struct seek_chunk *oldest = &seek->chunks[0];
	int status;

	for (size_t i = 0; i < SEEK_CHUNKS; i++) {
		struct seek_chunk *kept = &seek->chunks[i];

		if (kept->used != 0 && kept->chunk.id == chunk->id) {
			kept->used = ++seek->clock;
			*ret_chunk = kept;
			return 1;
		}
		if (kept->used < oldest->used)
			oldest = kept;
	}
	oldest->used = 0;
	seek->reads++;
	status = walk_chunks_decode(walk, chunk, &want, oldest->events);
	if (status != 0)
		return status < 0 ? status : 0;
	oldest->chunk = *chunk;
	oldest->used = ++seek->clock;
	*ret_chunk = oldest;
	return 1;
}

static int load_id(struct seek *seek, int64_t id, const struct seek_chunk **ret_chunk)
{
	struct walk_filter filter = walk_filter_all;
	struct walk_chunks walk;
	struct walk_chunk chunk;
	int status;

	for (size_t i = 0; i < SEEK_CHUNKS; i++)
		if (seek->chunks[i].used != 0 && seek->chunks[i].chunk.id == id) {
			seek->chunks[i].used = ++seek->clock;
			*ret_chunk = &seek->chunks[i];
			return 1;
		}
	filter.id_min = filter.id_max = id;
	status = walk_chunks_begin(&walk, seek->db, seek->codec, &filter, false, seek->error,
				   seek->error_size);
	if (status == 0)
		status = walk_chunks_next(&walk, &chunk);
	if (status == 1)
		status = load(seek, &walk, &chunk, ret_chunk);
	walk_chunks_end(&walk);
	return status;
}

static int load_at(struct seek *seek, uint64_t id, const struct seek_chunk **ret_chunk,
		   uint32_t *ret_position)
{
	*ret_position = (uint32_t)(id & (TRACE_CHUNK_EVENTS - 1));
	return load_id(seek, (int64_t)(id >> WALK_ID_BITS), ret_chunk);
}

/* The next chunk of the same ring, or the one before; 0 where events are missing in between. */
static int load_neighbour(struct seek *seek, const struct walk_chunk *chunk, bool behind,
			  const struct seek_chunk **ret_chunk)
{
	sqlite3_stmt *rows = seek->neighbours[behind];
	uint64_t first = chunk->first;
	uint32_t count = chunk->count;
	int64_t id = 0;
	int code;
	int status;

	sqlite3_bind_int64(rows, 1, chunk->thread);
	sqlite3_bind_int64(rows, 2, (sqlite3_int64)first);
	sqlite3_bind_int64(rows, 3, (sqlite3_int64)chunk->t0);
	code = sqlite3_step(rows);
	if (code == SQLITE_ROW)
		id = sqlite3_column_int64(rows, 0);
	sqlite3_reset(rows);
	if (code == SQLITE_DONE)
		return 0;
	if (code != SQLITE_ROW) {
		snprintf(seek->error, seek->error_size, "%s", sqlite3_errmsg(seek->db));
		return sqlite_status(code);
	}
	status = load_id(seek, id, ret_chunk);
	if (status != 1)
		return status;
	if (behind)
		return (*ret_chunk)->chunk.first == first + count;
	return (*ret_chunk)->chunk.first + (*ret_chunk)->chunk.count == first;
}

static void fill(const struct seek_chunk *chunk, uint32_t position, const struct walk_place *place,
		 struct seek_event *ret_event)
{
	ret_event->event = chunk->events[position];
	ret_event->id = (uint64_t)chunk->chunk.id << WALK_ID_BITS | position;
	ret_event->time = walk_time(place, &chunk->events[position]);
	ret_event->actor = place->actor;
}

static void fill_at(const struct seek_chunk *chunk, uint32_t position, struct seek_event *ret_event)
{
	struct walk_place place = walk_place_of(&chunk->chunk);

	for (uint32_t i = 0; i < position; i++)
		walk_advance(&place, &chunk->events[i]);
	fill(chunk, position, &place, ret_event);
}

int seek_event(struct seek *seek, uint64_t id, struct seek_event *ret_event)
{
	const struct seek_chunk *chunk;
	uint32_t position = (uint32_t)(id & (TRACE_CHUNK_EVENTS - 1));
	int status = load_id(seek, (int64_t)(id >> WALK_ID_BITS), &chunk);

	if (status != 1)
		return status;
	if (position >= chunk->chunk.count)
		return 0;
	fill_at(chunk, position, ret_event);
	return 1;
}

/* ---- searches over all rings ---- */

/*
 * What is sought. `look` takes the event where it is that, and returns true where nothing better
 * can be behind it.
 */
struct quest {
	uint64_t actor; /* that must be in the chunk */
	uint8_t kind;   /* that must be in the chunk */
	bool back;
	bool first_turn; /* of a new actor */
	uint64_t sender;
	uint32_t seq;
	uint64_t time;  /* of the event from which the search began */
	uint64_t after; /* its id, where what comes before it on its ring does not count */
	bool found;
	bool over; /* the receiver has ended */
	uint32_t rows_left;
	struct seek_event best;
};

typedef void quest_look(struct quest *quest, const struct seek_event *event);

static void look_through(struct quest *quest, quest_look *look, const struct seek_chunk *chunk)
{
	struct walk_place place = walk_place_of(&chunk->chunk);
	struct seek_event event;

	for (uint32_t i = 0; i < chunk->chunk.count; i++) {
		const struct actor_event *record = &chunk->events[i];

		if (record->kind == quest->kind || record->kind == ACTOR_EVENT_EXIT) {
			fill(chunk, i, &place, &event);
			look(quest, &event);
		}
		walk_advance(&place, record);
	}
}

static int search(struct seek *seek, struct quest *quest, quest_look *look, int64_t id_min,
		  int64_t id_max)
{
	struct walk_filter filter = walk_filter_all;
	struct walk_chunks walk;
	struct walk_chunk chunk;
	const struct seek_chunk *loaded;
	int status;

	filter.id_min = id_min;
	filter.id_max = id_max;
	filter.actor = quest->actor;
	filter.kinds = UINT64_C(1) << quest->kind;
	filter.descending = quest->back;
	if (quest->back)
		filter.to = quest->time;
	else
		filter.from = quest->time;
	status = walk_chunks_begin(&walk, seek->db, seek->codec, &filter, false, seek->error,
				   seek->error_size);
	while (status == 0 && (status = walk_chunks_next(&walk, &chunk)) == 1) {
		/* Once something is found, a little further: it may not be the nearest. */
		if ((quest->found || quest->over) && quest->rows_left-- == 0) {
			status = 0;
			break;
		}
		if (quest->found &&
		    (quest->back ? chunk.t1 < quest->best.time : chunk.t0 > quest->best.time)) {
			status = 0;
			continue;
		}
		status = load(seek, &walk, &chunk, &loaded);
		if (status == 1) {
			look_through(quest, look, loaded);
			status = 0;
		}
	}
	walk_chunks_end(&walk);
	return status < 0 ? status : 0;
}

/* From a chunk on in the order of numbers, then the few that may be out of order. */
static int search_from(struct seek *seek, struct quest *quest, quest_look *look,
		       const struct seek_event *near, struct seek_event *ret_event)
{
	int64_t id = (int64_t)(near->id >> WALK_ID_BITS);
	int status;

	quest->time = near->time;
	quest->rows_left = SLACK;
	if (quest->back)
		status = search(seek, quest, look, 0, id + SLACK);
	else
		status = search(seek, quest, look, id > SLACK ? id - SLACK : 0, INT64_MAX);
	if (status == 0 && !quest->found && !quest->over)
		status = quest->back ? search(seek, quest, look, id + SLACK + 1, INT64_MAX)
				     : search(seek, quest, look, 0, id - SLACK - 1);
	if (status < 0)
		return status;
	if (quest->found)
		*ret_event = quest->best;
	return quest->found;
}

static void look_send(struct quest *quest, const struct seek_event *event)
{
	if (event->event.kind != ACTOR_EVENT_SEND || event->actor != quest->sender)
		return;
	if (event->event.seq == quest->seq) {
		quest->best = *event;
		quest->found = true;
		quest->rows_left = 0;
	} else if (event->event.seq < quest->seq) {
		quest->over = true; /* numbers only grow: it is not much further back */
	}
}

int seek_send(struct seek *seek, uint64_t sender, uint32_t seq, const struct seek_event *near,
	      struct seek_event *ret_event)
{
	struct quest quest = {
		.actor = sender,
		.kind = ACTOR_EVENT_SEND,
		.back = true,
		.sender = sender,
		.seq = seq,
	};

	return search_from(seek, &quest, look_send, near, ret_event);
}

static void look_recv(struct quest *quest, const struct seek_event *event)
{
	const struct actor_event *record = &event->event;

	if (record->a != quest->actor || event->time < quest->time)
		return;
	if (record->kind == ACTOR_EVENT_EXIT) {
		quest->over = true;
		return;
	}
	/* First turns and timers have numbers of other things. */
	if (record->b != quest->sender || record->seq != quest->seq ||
	    (quest->first_turn ? event_message_kind(record) != ACTOR_MESSAGE_KIND_INIT
			       : !event_has_send(record)))
		return;
	if (!quest->found || event->time < quest->best.time)
		quest->best = *event;
	quest->found = true;
	quest->rows_left = 0;
}

/* Whether the turn ends with its message put aside. */
static int is_postponed(struct seek *seek, const struct seek_event *recv)
{
	const struct seek_chunk *chunk;
	uint32_t position = (uint32_t)(recv->id & (TRACE_CHUNK_EVENTS - 1)) + 1;
	int status = load_id(seek, (int64_t)(recv->id >> WALK_ID_BITS), &chunk);

	while (status == 1) {
		for (; position < chunk->chunk.count; position++) {
			const struct actor_event *event = &chunk->events[position];

			if (event->kind == ACTOR_EVENT_POSTPONE)
				return event->a == recv->event.a && event->b == recv->event.b &&
				       event->seq == recv->event.seq;
			if (event->kind == ACTOR_EVENT_RECV || event->kind == ACTOR_EVENT_INPUT ||
			    event->kind == ACTOR_EVENT_IDLE || event->kind == ACTOR_EVENT_WAIT ||
			    event->kind == ACTOR_EVENT_OMITTED || event->kind == ACTOR_EVENT_EXIT)
				return 0;
		}
		position = 0;
		status = load_neighbour(seek, &chunk->chunk, true, &chunk);
	}
	return status;
}

int seek_recv(struct seek *seek, uint64_t sender, uint32_t seq, uint64_t receiver,
	      const struct seek_event *near, struct seek_event *ret_event)
{
	struct seek_event from = *near;
	bool first_turn = near->event.kind == ACTOR_EVENT_SPAWN;
	int status;

	for (;;) {
		struct quest quest = {
			.actor = receiver,
			.kind = ACTOR_EVENT_RECV,
			.first_turn = first_turn,
			.sender = sender,
			.seq = seq,
		};

		status = search_from(seek, &quest, look_recv, &from, ret_event);
		if (status != 1)
			return status;
		status = is_postponed(seek, ret_event);
		if (status != 1)
			return status < 0 ? status : 1;
		from = *ret_event;
		from.time++;
	}
}

static void look_numbered(struct quest *quest, const struct seek_event *event)
{
	if (event->event.kind != quest->kind || event->event.a != quest->actor ||
	    (event->event.seq != quest->seq && quest->kind != ACTOR_EVENT_SPAWN) ||
	    event->time > quest->time)
		return;
	if (!quest->found || event->time >= quest->best.time)
		quest->best = *event;
	quest->found = true;
}

int seek_numbered(struct seek *seek, uint8_t kind, uint64_t actor, uint32_t number,
		  const struct seek_event *near, struct seek_event *ret_event)
{
	struct quest quest = {.actor = actor, .kind = kind, .back = true, .seq = number};

	return search_from(seek, &quest, look_numbered, near, ret_event);
}

/* ---- turns ---- */

static bool is_opener(const struct actor_event *event, uint64_t actor)
{
	return (event->kind == ACTOR_EVENT_RECV || event->kind == ACTOR_EVENT_INPUT) &&
	       event->a == actor && !event_is_continuation(event);
}

static void look_opener(struct quest *quest, const struct seek_event *event)
{
	if (event->time > quest->time || !is_opener(&event->event, quest->actor))
		return;
	if (!quest->found || event->time >= quest->best.time)
		quest->best = *event;
	quest->found = true;
}

/* The turn went on here: it began wherever its actor last began one. */
static int opener_before(struct seek *seek, const struct seek_event *resumed,
			 struct seek_event *ret_event)
{
	struct quest recv = {.actor = resumed->event.a, .kind = ACTOR_EVENT_RECV, .back = true};
	struct quest input = {.actor = resumed->event.a, .kind = ACTOR_EVENT_INPUT, .back = true};
	struct seek_event other;
	int status = search_from(seek, &recv, look_opener, resumed, ret_event);
	int second;

	/* Where it is the turn of a port or of a foreign thread, an INPUT began it, and soon. */
	if (status < 0 || (status == 1 && ret_event->time == resumed->time))
		return status;
	second = search_from(seek, &input, look_opener, resumed, &other);
	if (second < 0)
		return second;
	if (second == 1 && (status == 0 || other.time > ret_event->time))
		*ret_event = other;
	return status | second;
}

int seek_opener(struct seek *seek, const struct seek_event *inside, struct seek_event *ret_event)
{
	const struct seek_chunk *chunk;
	uint32_t position = (uint32_t)(inside->id & (TRACE_CHUNK_EVENTS - 1));
	uint64_t actor = inside->actor;
	struct seek_event event;
	int status = load_id(seek, (int64_t)(inside->id >> WALK_ID_BITS), &chunk);

	while (status == 1 && actor != 0) {
		while (position-- > 0) {
			const struct actor_event *record = &chunk->events[position];

			if (record->kind != ACTOR_EVENT_RECV && record->kind != ACTOR_EVENT_INPUT)
				continue;
			if (record->a != actor)
				return 0;
			fill_at(chunk, position, &event);
			if (!event_is_continuation(record)) {
				*ret_event = event;
				return 1;
			}
			return opener_before(seek, &event, ret_event);
		}
		status = load_neighbour(seek, &chunk->chunk, false, &chunk);
		position = status == 1 ? chunk->chunk.count : 0;
	}
	return status < 0 ? status : 0;
}

static void look_resumed(struct quest *quest, const struct seek_event *event)
{
	const struct actor_event *record = &event->event;

	if (record->a != quest->actor || event->time < quest->time ||
	    (event->id >> WALK_ID_BITS == quest->after >> WALK_ID_BITS &&
	     event->id <= quest->after))
		return;
	if (record->kind == ACTOR_EVENT_EXIT) {
		quest->over = true;
		return;
	}
	if (!event_is_continuation(record) || (quest->found && event->time >= quest->best.time))
		return;
	quest->best = *event;
	quest->found = true;
	quest->rows_left = 0;
}

int seek_next_output(struct seek *seek, struct seek_event *at)
{
	const struct seek_chunk *chunk;
	uint32_t position;
	int status = load_at(seek, at->id, &chunk, &position);

	while (status == 1) {
		/* `position` is that of the event looked at last. */
		while (++position < chunk->chunk.count) {
			struct quest quest = {.kind = ACTOR_EVENT_RECV};

			switch (chunk->events[position].kind) {
			case ACTOR_EVENT_SEND:
			case ACTOR_EVENT_SPAWN:
				fill_at(chunk, position, at);
				return 1;
			case ACTOR_EVENT_WAIT:
				fill_at(chunk, position, at);
				quest.actor = at->event.a;
				quest.after = at->id;
				status = search_from(seek, &quest, look_resumed, at, at);
				if (status == 1)
					status = load_at(seek, at->id, &chunk, &position);
				if (status != 1)
					return status;
				break;
			case ACTOR_EVENT_RECV:
			case ACTOR_EVENT_INPUT:
			case ACTOR_EVENT_IDLE:
			case ACTOR_EVENT_OMITTED:
			case ACTOR_EVENT_EXIT:
				return 0;
			default:
				break;
			}
		}
		position = UINT32_MAX;
		status = load_neighbour(seek, &chunk->chunk, true, &chunk);
	}
	return status;
}
