/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "attach/stream_inner.h"

/* How often in one poll a reader that was lapped tries again before it lets others have a turn. */
#define STREAM_LAPS 4

enum outcome {
	COPIED,
	LAPPED,
	DAMAGED
};

static const char *const gap_texts[STREAM_GAP_COUNT] = {
#define X(NAME, text) [STREAM_GAP_##NAME] = text,
	STREAM_GAP_MAP(X)
#undef X
};

const char *stream_gap_text(enum stream_gap_reason reason)
{
	return (unsigned)reason < STREAM_GAP_COUNT ? gap_texts[reason] : "unknown";
}

static int tell_gap(struct stream *stream, const struct stream_sink *sink, uint32_t index,
		    enum stream_gap_reason reason, uint64_t count, uint64_t to_ticks)
{
	struct stream_gap gap = {
		.thread = index,
		.reason = reason,
		.count = count,
		.from_ticks = stream->places[index].last_ticks,
		.to_ticks = to_ticks,
	};

	return sink->gap != NULL ? sink->gap(sink->user, &gap) : 0;
}

/*
 * Copies what is new in the place's chunk, up to a piece, and the chunk's header. The protocol is
 * that of <actor/plane.h>; the writer is libactor/plane.
 */
static enum outcome copy_piece(struct stream *stream, uint32_t index,
			       struct actor_plane_chunk *ret_chunk, uint64_t *ret_committed,
			       uint32_t *ret_count)
{
	const struct place *place = &stream->places[index];
	const struct actor_plane_chunk *chunk =
		plane_view_chunk(stream->plane, index, place->chunk);
	const struct actor_event *events = (const void *)(chunk + 1);
	uint64_t seq = place->chunk + 1, found, committed;
	struct actor_plane_chunk copy;
	uint64_t count;

	/* Acquire pairs with the release store of seq as the chunk is entered. */
	found = __atomic_load_n(&chunk->seq, __ATOMIC_ACQUIRE);
	if (found != seq)
		return found > seq ? LAPPED : DAMAGED;
	/* Acquire pairs with the release store after each event: `committed` of them are whole. */
	committed = __atomic_load_n(&chunk->committed, __ATOMIC_ACQUIRE);
	if (committed > stream->capacity)
		return DAMAGED;
	if (committed < place->taken)
		return LAPPED;
	count = committed - place->taken;
	if (count > STREAM_PIECE)
		count = STREAM_PIECE;
	plane_copy_words(&copy, chunk, sizeof(copy) / 8);
	plane_copy_events(stream->events, events + place->taken, count * sizeof(*events) / 8);
	/*
	 * Pairs with the release fence after the store of the next seq: had a word of the next
	 * chunk been copied, that seq (or the `committed` of 0 before it) would be seen now.
	 */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&chunk->seq, __ATOMIC_RELAXED) != seq ||
	    __atomic_load_n(&chunk->committed, __ATOMIC_RELAXED) < committed)
		return LAPPED;
	*ret_chunk = copy;
	*ret_committed = committed;
	*ret_count = (uint32_t)count;
	return COPIED;
}

/*
 * The writer has overtaken the place: goes on some way behind it, so that the reader is not lapped
 * again at once.
 */
static void place_leap(struct stream *stream, uint32_t index)
{
	const struct actor_plane_ring *ring = plane_view_ring(stream->plane, index);
	uint64_t chunks = plane_view_header(stream->plane)->chunks_per_ring;
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	uint64_t behind = chunks - chunks / 8 - (chunks > 1);
	struct place *place = &stream->places[index];
	uint64_t target = head > behind ? head - behind : 0;

	place->chunk = target > place->chunk ? target : place->chunk + 1;
	place->taken = 0;
	place->skip = 0;
	place->skipped = true;
}

/* What the last events say about the turn that is running and about the time. */
static void place_follow(struct place *place, const struct actor_event *events, size_t count)
{
	bool turn_found = false, time_found = false;

	for (size_t i = count; i > 0 && (!turn_found || !time_found); i--) {
		const struct actor_event *event = &events[i - 1];

		if (!time_found && stream_has_time(event->kind)) {
			place->last_ticks = event->c;
			time_found = true;
		}
		if (turn_found)
			continue;
		switch (event->kind) {
		case ACTOR_EVENT_RECV:
		case ACTOR_EVENT_INPUT:
			place->actor = event->a;
			place->turn_time = event->c;
			turn_found = true;
			break;
		case ACTOR_EVENT_WAIT:
		case ACTOR_EVENT_IDLE:
		case ACTOR_EVENT_OMITTED:
		case ACTOR_EVENT_EXIT:
			place->actor = 0;
			place->turn_time = 0;
			turn_found = true;
			break;
		default:
			break;
		}
	}
}

/* Reports what is missing before event number `begin`. */
static int tell_missing(struct stream *stream, const struct stream_sink *sink, uint32_t index,
			const struct actor_plane_chunk *chunk, uint64_t begin)
{
	const struct actor_plane_ring *ring = plane_view_ring(stream->plane, index);
	struct place *place = &stream->places[index];
	uint64_t missing = begin - place->expected;
	uint64_t lost = __atomic_load_n(&ring->lost, __ATOMIC_RELAXED) - place->lost_told;
	enum stream_gap_reason reason =
		place->skipped ? STREAM_GAP_OVERWRITTEN : STREAM_GAP_DISCARDED;

	/* A chunk may hold both; what the ring has counted as lost is then not told again. */
	place->lost_told += missing < lost ? missing : lost;
	place->expected = begin;
	return tell_gap(stream, sink, index, reason, missing, chunk->entered);
}

static int place_give_up(struct stream *stream, const struct stream_sink *sink, uint32_t index)
{
	stream->places[index].damaged = true;
	return tell_gap(stream, sink, index, STREAM_GAP_DAMAGED, 0, stream_ticks_now(stream));
}

/* Hands over a piece that was copied. Returns what a callback returned, or 0. */
static int place_deliver(struct stream *stream, const struct stream_sink *sink, uint32_t index,
			 const struct actor_plane_chunk *chunk, uint32_t count,
			 uint32_t *ret_delivered)
{
	struct place *place = &stream->places[index];
	const struct actor_event *events = stream->events;
	struct stream_batch batch;
	uint64_t begin = chunk->first + place->taken;
	int result = 0;

	if (place->taken == 0) {
		place->actor = chunk->actor;
		place->turn_time = chunk->turn_time;
	}
	if (place->taken < place->skip) {
		uint32_t old = place->skip - place->taken;

		if (old > count)
			old = count;
		place_follow(place, events, old);
		place->taken += old;
		begin += old;
		events += old;
		count -= old;
		if (count == 0)
			return 0;
	}
	if (!place->known) {
		place->known = true;
		place->expected = begin;
	}
	if (begin < place->expected)
		return place_give_up(stream, sink, index);
	if (begin > place->expected)
		result = tell_missing(stream, sink, index, chunk, begin);
	place->skipped = false;
	if (result < 0)
		return result;
	batch.thread = index;
	batch.actor = place->actor;
	batch.turn_time = place->turn_time;
	batch.first = begin;
	batch.chunk = place->chunk;
	batch.events = events;
	batch.count = count;
	place_follow(place, events, count);
	place->taken += count;
	place->expected = begin + count;
	*ret_delivered = count;
	return sink->batch != NULL ? sink->batch(sink->user, &batch) : 0;
}

/* Reads one ring until it is empty or `quota` events were handed over. */
static int place_read(struct stream *stream, const struct stream_sink *sink, uint32_t index,
		      uint64_t quota, uint64_t *total)
{
	const struct actor_plane_ring *ring = plane_view_ring(stream->plane, index);
	struct place *place = &stream->places[index];
	uint64_t delivered = 0;
	int laps = 0;

	while (!place->damaged && delivered < quota && laps < STREAM_LAPS) {
		/*
		 * Before the chunk is looked at: when a later chunk has been entered by now, what
		 * is found in this one is all there will be. Acquire pairs with the release store
		 * of head, which follows the last event of the chunk before.
		 */
		uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
		struct actor_plane_chunk chunk;
		uint32_t count, given = 0;
		uint64_t committed;
		enum outcome outcome;
		int result;

		if (place->chunk >= head)
			break;
		outcome = copy_piece(stream, index, &chunk, &committed, &count);
		if (outcome == LAPPED) {
			place_leap(stream, index);
			laps++;
			continue;
		}
		if (outcome == DAMAGED)
			return place_give_up(stream, sink, index);
		if (count > 0) {
			result = place_deliver(stream, sink, index, &chunk, count, &given);
			delivered += given;
			*total += given;
			if (result < 0)
				return result;
		}
		if (place->taken < committed)
			continue;
		if (place->chunk + 1 >= head)
			break;
		place->chunk++;
		place->taken = 0;
		place->skip = 0;
	}
	return 0;
}

/*
 * The program gave the lease up because it was not renewed in time, and may have stopped to emit:
 * takes up the lease again. Nobody knows what was not emitted meanwhile.
 */
static int stream_resume(struct stream *stream, const struct stream_sink *sink)
{
	uint64_t now = stream_ticks_now(stream);

	stream->lapses++;
	for (uint32_t i = 0; i < stream->threads; i++)
		lease_set_tail(stream->lease, i, stream->places[i].chunk);
	lease_arm(stream->lease);
	for (uint32_t i = 0; i < stream->threads; i++) {
		int result = tell_gap(stream, sink, i, STREAM_GAP_LAPSED, 0, now);

		if (result < 0)
			return result;
	}
	return 0;
}

/* Between an earlier reader's end and this one's begin nobody knows what was not emitted. */
static int tell_interruption(struct stream *stream, const struct stream_sink *sink)
{
	int result = 0;

	for (uint32_t i = 0; i < stream->threads && result >= 0; i++) {
		const struct stream_gap gap = {
			.thread = i,
			.reason = STREAM_GAP_LAPSED,
			.from_ticks = stream->places[i].end_ticks,
			.to_ticks = stream_ticks_now(stream),
		};

		result = sink->gap != NULL ? sink->gap(sink->user, &gap) : 0;
	}
	return result;
}

int64_t stream_poll(struct stream *stream, const struct stream_sink *sink, size_t events_max)
{
	struct plane_counts counts;
	uint64_t quota, total = 0;

	if (stream->lease != NULL && !lease_in_force(stream->lease) &&
	    !plane_view_has_ended(stream->plane) && !plane_view_damaged(stream->plane)) {
		int result = stream_resume(stream, sink);

		if (result < 0)
			return result;
	}
	if (stream->interrupted) {
		int result = tell_interruption(stream, sink);

		if (result < 0)
			return result;
		stream->interrupted = false;
		stream->lapses++;
	}
	plane_view_counts(stream->plane, &counts);
	while (stream->threads < counts.threads)
		stream_begin_late(stream, stream->threads++);
	/* Without a bound, a ring's worth: a fast program must not keep the reader at one ring. */
	quota = (uint64_t)stream->capacity * plane_view_header(stream->plane)->chunks_per_ring;
	if (events_max > 0 && stream->threads > 0) {
		uint64_t share = events_max / stream->threads + 1;

		quota = share < quota ? share : quota;
	}
	for (uint32_t i = 0; i < stream->threads; i++) {
		int result = place_read(stream, sink, i, quota, &total);

		if (result < 0)
			return result;
	}
	return (int64_t)total;
}

int stream_finish(struct stream *stream, const struct stream_sink *sink)
{
	for (uint32_t i = 0; i < stream->threads; i++) {
		const struct actor_plane_ring *ring = plane_view_ring(stream->plane, i);
		struct place *place = &stream->places[i];
		uint64_t lost = __atomic_load_n(&ring->lost, __ATOMIC_RELAXED);
		bool refused = __atomic_load_n(&ring->refused, __ATOMIC_RELAXED) != 0;
		int result;

		if (lost <= place->lost_told)
			continue;
		result = tell_gap(stream, sink, i,
				  refused ? STREAM_GAP_REFUSED : STREAM_GAP_DISCARDED,
				  lost - place->lost_told, stream_ticks_now(stream));
		place->lost_told = lost;
		if (result < 0)
			return result;
	}
	return 0;
}

void stream_advance(struct stream *stream)
{
	if (stream->lease == NULL)
		return;
	for (uint32_t i = 0; i < stream->threads; i++) {
		struct place *place = &stream->places[i];
		uint64_t tail = place->chunk < place->hold ? place->chunk : place->hold;

		if (tail <= place->tail)
			continue;
		place->tail = tail;
		lease_set_tail(stream->lease, i, place->tail);
	}
	stream_wake(stream);
}

/* Number of the first event in chunk `chunk`, which is not overwritten while the tail is below. */
static uint64_t first_of(const struct stream *stream, uint32_t index, uint64_t chunk)
{
	const struct place *place = &stream->places[index];

	if (chunk == place->chunk)
		return place->known ? place->expected - place->taken : 0;
	return __atomic_load_n(&plane_view_chunk(stream->plane, index, chunk)->first,
			       __ATOMIC_RELAXED);
}

void stream_advance_to(struct stream *stream, uint32_t thread, uint64_t next)
{
	struct place *place = &stream->places[thread];
	uint64_t tail = place->tail;

	if (stream->lease == NULL || thread >= stream->threads)
		return;
	while (tail < place->chunk && first_of(stream, thread, tail + 1) <= next)
		tail++;
	if (tail == place->tail)
		return;
	place->tail = tail;
	lease_set_tail(stream->lease, thread, tail);
}

void stream_wake(struct stream *stream)
{
	if (stream->lease != NULL)
		lease_wake(stream->lease);
}

void stream_hold(struct stream *stream, uint32_t thread, uint64_t chunk)
{
	if (thread < stream->threads)
		stream->places[thread].hold = chunk;
}

bool stream_pressed(const struct stream *stream)
{
	uint64_t chunks = plane_view_header(stream->plane)->chunks_per_ring;

	for (uint32_t i = 0; i < stream->threads; i++) {
		const struct actor_plane_ring *ring = plane_view_ring(stream->plane, i);
		const struct place *place = &stream->places[i];
		uint64_t held = place->chunk - place->tail;
		/* Relaxed: seen late, it is seen in the next step. */
		uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);

		if (held > 0 && (held >= chunks / 2 || head - place->tail >= chunks))
			return true;
	}
	return false;
}

uint64_t stream_position(const struct stream *stream, uint32_t thread)
{
	return thread < stream->threads ? stream->places[thread].expected : 0;
}

uint32_t stream_threads(const struct stream *stream)
{
	return stream->threads;
}

uint32_t stream_lapses(const struct stream *stream)
{
	return stream->lapses;
}
