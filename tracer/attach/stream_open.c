/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach/header.h"
#include "attach/stream_inner.h"

bool stream_has_time(uint8_t kind)
{
	static const bool times[ACTOR_EVENT_COUNT] = {
#define X(number, NAME, name, tag, seq, a, b, c, text) \
	[(number)] = ACTOR_FIELD_##c == ACTOR_FIELD_TIME,
		ACTOR_EVENT_MAP(X)
#undef X
	};

	return kind < ACTOR_EVENT_COUNT && times[kind];
}

uint64_t stream_ticks_now(const struct stream *stream)
{
	struct plane_instant now = {0, 0, 0};

	plane_clock_sample(plane_view_header(stream->plane)->clock, &now);
	return now.ticks;
}

/* Where the history of a ring begins. */
static uint64_t oldest_chunk(const struct stream *stream, uint32_t index, uint64_t head,
			     uint64_t since_ticks)
{
	uint64_t chunks = plane_view_header(stream->plane)->chunks_per_ring;
	uint64_t chunk = head > chunks ? head - chunks : 0;

	/* A chunk ends where the next one is entered. */
	while (chunk + 1 < head) {
		const struct actor_plane_chunk *next =
			plane_view_chunk(stream->plane, index, chunk + 1);

		if (__atomic_load_n(&next->entered, __ATOMIC_RELAXED) >= since_ticks)
			break;
		chunk++;
	}
	return chunk;
}

/*
 * The place from which a ring is read, and the tail that goes with it. The tail is one below the
 * head: the chunk that is being filled when the reader comes will hold its first events.
 */
static void place_begin(struct stream *stream, uint32_t index, const struct stream_options *options)
{
	const struct actor_plane_ring *ring = plane_view_ring(stream->plane, index);
	struct place *place = &stream->places[index];
	uint64_t head;

	memset(place, 0, sizeof(*place));
	place->hold = UINT64_MAX;
	head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	place->lost_told = __atomic_load_n(&ring->lost, __ATOMIC_RELAXED);
	if (options->history) {
		place->chunk = oldest_chunk(stream, index, head, options->since_ticks);
	} else if (head > 0) {
		const struct actor_plane_chunk *chunk;
		uint64_t committed;

		place->chunk = head - 1;
		chunk = plane_view_chunk(stream->plane, index, place->chunk);
		committed = __atomic_load_n(&chunk->committed, __ATOMIC_ACQUIRE);
		place->skip = committed <= stream->capacity ? (uint32_t)committed : 0;
	} else {
		/* All of the ring's events will be ours. Those that were lost have numbers too. */
		place->known = true;
		place->expected = place->lost_told;
	}
	place->last_ticks = stream_ticks_now(stream);
	place->tail = place->chunk;
	if (stream->lease != NULL)
		lease_set_tail(stream->lease, index, place->tail);
}

static uint64_t chunk_end(const struct stream *stream, uint32_t index, uint64_t number,
			  uint64_t *ret_first)
{
	const struct actor_plane_chunk *chunk = plane_view_chunk(stream->plane, index, number);
	uint64_t committed = __atomic_load_n(&chunk->committed, __ATOMIC_ACQUIRE);

	*ret_first = __atomic_load_n(&chunk->first, __ATOMIC_RELAXED);
	return *ret_first + (committed <= stream->capacity ? committed : 0);
}

/* The time of a chunk's last event that has one; 0: there is none. */
static uint64_t chunk_ticks(const struct stream *stream, uint32_t index, uint64_t number)
{
	const struct actor_plane_chunk *chunk = plane_view_chunk(stream->plane, index, number);
	const struct actor_event *events = (const void *)(chunk + 1);
	uint64_t committed = __atomic_load_n(&chunk->committed, __ATOMIC_ACQUIRE);

	for (uint64_t i = committed <= stream->capacity ? committed : 0; i > 0; i--) {
		struct actor_event event = {0};

		plane_copy_words(&event, &events[i - 1], sizeof(event) / 8);
		if (stream_has_time(event.kind))
			return event.c;
	}
	return 0;
}

/*
 * Where an earlier reader stopped: the first chunk that ends behind that. What lies before it in
 * the chunk is looked at, and not handed over.
 */
static void place_resume(struct stream *stream, uint32_t index, uint64_t position)
{
	const struct actor_plane_ring *ring = plane_view_ring(stream->plane, index);
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	struct place *place = &stream->places[index];
	uint64_t chunk, first, end;

	memset(place, 0, sizeof(*place));
	place->hold = UINT64_MAX;
	place->last_ticks = place->end_ticks = stream_ticks_now(stream);
	if (head == 0) {
		place->known = true;
	} else {
		uint64_t ticks = chunk_ticks(stream, index, head - 1);

		chunk = oldest_chunk(stream, index, head, 0);
		end = chunk_end(stream, index, chunk, &first);
		while (end <= position && chunk + 1 < head)
			end = chunk_end(stream, index, ++chunk, &first);
		place->chunk = chunk;
		/* A number that the ring has not reached is of no use. */
		place->known = position <= end;
		place->expected = position;
		place->skip = position <= first ? 0 : (uint32_t)(position - first);
		place->skipped = first > position;
		if (!place->known)
			place->skip = (uint32_t)(end - first);
		place->last_ticks = __atomic_load_n(
			&plane_view_chunk(stream->plane, index, chunk)->entered, __ATOMIC_RELAXED);
		if (ticks != 0)
			place->end_ticks = ticks;
	}
	place->tail = place->chunk;
	if (stream->lease != NULL)
		lease_set_tail(stream->lease, index, place->tail);
}

/* Whether the program emits for somebody now. */
static bool somebody_reads(const struct stream *stream)
{
	const struct actor_plane_control *control = plane_view_control_shared(stream->plane);
	uint64_t active = __atomic_load_n(&control->active, __ATOMIC_ACQUIRE);

	for (unsigned i = 0; i < ACTOR_PLANE_LEASES_MAX; i++)
		if ((active >> (8 * i) & 0xff) >= ACTOR_PLANE_MODE_FLIGHT)
			return true;
	return false;
}

void stream_begin_late(struct stream *stream, uint32_t index)
{
	struct place *place = &stream->places[index];

	memset(place, 0, sizeof(*place));
	place->hold = UINT64_MAX;
	place->known = true;
	place->last_ticks = stream_ticks_now(stream);
}

static int fail_lease(int status, const struct plane_view *plane, char *error, size_t error_size)
{
	switch (status) {
	case PLANE_EDEAD:
		return plane_view_refuse(
			status, error, error_size,
			"the program with pid %u has ended; nothing new can be recorded of it",
			plane_view_header(plane)->pid);
	case PLANE_EBUSY:
		return plane_view_refuse(
			status, error, error_size,
			"%d readers watch the program with pid %u and no more are allowed; "
			"end one of them",
			ACTOR_PLANE_LEASES_MAX, plane_view_header(plane)->pid);
	default:
		return plane_view_refuse(status, error, error_size,
					 "cannot ask pid %u for its events: %s",
					 plane_view_header(plane)->pid, strerror(-status));
	}
}

int stream_open(struct plane_view *plane, const struct stream_options *options,
		struct stream **ret_stream, char *error, size_t error_size)
{
	struct plane_counts counts;
	struct stream *stream;
	int result;

	if (options->size != sizeof(*options) ||
	    (unsigned)options->mode > ACTOR_PLANE_MODE_LOSSLESS)
		return plane_view_refuse(-EINVAL, error, error_size, "unknown options");
	stream = calloc(1, sizeof(*stream));
	if (stream == NULL)
		return plane_view_refuse(-ENOMEM, error, error_size, "out of memory");
	stream->plane = plane;
	stream->capacity = plane_view_chunk_events(plane);
	stream->events = malloc(STREAM_PIECE * sizeof(*stream->events));
	if (stream->events == NULL) {
		result = plane_view_refuse(-ENOMEM, error, error_size, "out of memory");
		goto fail;
	}
	if (options->mode != ACTOR_PLANE_MODE_NONE) {
		result = lease_claim(plane, options->mode, options->events, options->payload_max,
				     &stream->lease);
		if (result < 0) {
			fail_lease(result, plane, error, error_size);
			goto fail;
		}
		/* What an earlier owner left must not hold up rings that are not in use yet. */
		for (uint32_t i = 0; i < ACTOR_PLANE_THREADS_MAX; i++)
			lease_set_tail(stream->lease, i, 0);
	}
	plane_view_counts(plane, &counts);
	stream->threads = counts.threads;
	for (uint32_t i = 0; i < stream->threads; i++) {
		if (options->positions != NULL)
			place_resume(stream, i, options->positions[i]);
		else
			place_begin(stream, i, options);
	}
	stream->interrupted = options->positions != NULL && !somebody_reads(stream);
	if (stream->lease != NULL)
		lease_arm(stream->lease);
	*ret_stream = stream;
	return 0;
fail:
	stream_close(stream);
	return result;
}

struct stream *stream_close(struct stream *stream)
{
	if (stream == NULL)
		return NULL;
	lease_release(stream->lease);
	free(stream->events);
	free(stream);
	return NULL;
}
