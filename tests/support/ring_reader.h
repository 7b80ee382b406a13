/* SPDX-License-Identifier: MIT */
#ifndef TESTS_RING_READER_H
#define TESTS_RING_READER_H

/*
 * A reader of rings, by the letter of actor/plane.h and nothing more, so that the writer is tested
 * against the contract and not against the tracer.
 */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <actor/plane.h>

#if defined(__SANITIZE_THREAD__) && !defined(__clang__)
/* Everything around the fence is atomic, so that it is not known to TSan does no harm. */
#pragma GCC diagnostic ignored "-Wtsan"
#endif

#define READER_EVENTS_MAX 2048

struct ring_reader {
	unsigned char *base; /* of the mapping */
	const struct actor_plane_header *header;
	struct actor_plane_control *control;
	struct actor_plane_ring *ring;
	unsigned index;
	unsigned lease;
	uint64_t chunk;    /* being read */
	uint64_t taken;    /* of its events */
	uint64_t expected; /* number of the next event */
	uint64_t received;
	uint64_t gaps; /* events that were lost, by the numbers */
	uint64_t laps;
	uint64_t torn; /* impossible things seen */
	struct actor_plane_chunk head;
	struct actor_event events[READER_EVENTS_MAX];
};

static inline void reader_init(struct ring_reader *reader, void *base, unsigned index)
{
	memset(reader, 0, sizeof(*reader));
	reader->base = base;
	reader->header = base;
	reader->control =
		(struct actor_plane_control
			 *)(void *)(reader->base +
				    reader->header->region[ACTOR_PLANE_REGION_CONTROL].offset);
	reader->ring = (struct actor_plane_ring
				*)(void *)(reader->base +
					   reader->header->region[ACTOR_PLANE_REGION_RINGS].offset +
					   index * reader->header->region[ACTOR_PLANE_REGION_RINGS]
							   .stride);
	reader->index = index;
}

static inline struct actor_plane_lease *reader_lease(struct ring_reader *reader)
{
	return &reader->control->lease[reader->lease];
}

static inline void reader_set_mode(struct ring_reader *reader, enum actor_plane_mode mode)
{
	uint64_t shift = 8 * reader->lease;
	uint64_t active = __atomic_load_n(&reader->control->active, __ATOMIC_RELAXED);

	while (!__atomic_compare_exchange_n(&reader->control->active, &active,
					    (active & ~(UINT64_C(0xff) << shift)) |
						    (uint64_t)mode << shift,
					    false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

/* A reader that lives for ever: a test's reader may be slow, it does not die unless it is told. */
static inline void reader_attach(struct ring_reader *reader, unsigned lease,
				 enum actor_plane_mode mode, uint64_t events)
{
	struct actor_plane_lease *line;

	reader->lease = lease;
	line = reader_lease(reader);
	__atomic_store_n(&line->owner_pid, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&line->events, events, __ATOMIC_RELAXED);
	__atomic_store_n(&line->heartbeat_ns, UINT64_MAX / 2, __ATOMIC_RELAXED);
	reader->chunk = __atomic_load_n(&reader->ring->head, __ATOMIC_ACQUIRE);
	reader->taken = 0;
	__atomic_store_n(&line->tail[reader->index], reader->chunk, __ATOMIC_RELAXED);
	reader_set_mode(reader, mode);
	__atomic_fetch_add(&reader->control->attached, 1, __ATOMIC_RELEASE);
}

/* The contract's words: store the tail, then look at `waiting`. */
static inline void reader_advance(struct ring_reader *reader, void (*wake)(uint32_t *word))
{
	struct actor_plane_lease *line = reader_lease(reader);

	__atomic_store_n(&line->tail[reader->index], reader->chunk, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&line->waiting, __ATOMIC_SEQ_CST) != 0) {
		__atomic_fetch_add(&line->wake, 1, __ATOMIC_SEQ_CST);
		wake(&line->wake);
	}
}

static inline struct actor_plane_chunk *reader_chunk(const struct ring_reader *reader, uint64_t n)
{
	size_t place = (size_t)(n % reader->header->chunks_per_ring);

	return (struct actor_plane_chunk *)(void *)((unsigned char *)reader->ring +
						    ACTOR_PLANE_RING_HEADER +
						    place * reader->header->chunk_size);
}

static inline void reader_copy_words(void *to, const void *from, size_t size)
{
	const uint64_t *source = (const uint64_t *)from;
	unsigned char *target = (unsigned char *)to;

	for (size_t i = 0; i < size / sizeof(*source); i++) {
		uint64_t word = __atomic_load_n(&source[i], __ATOMIC_RELAXED);

		memcpy(target + i * sizeof(word), &word, sizeof(word));
	}
}

enum reader_result {
	READER_LAPPED = -1, /* the chunk is overwritten */
	READER_NOTHING = 0, /* not entered yet */
	READER_COPIED = 1   /* head and events are valid; *ret_count events, perhaps 0 */
};

/* Copies what is in chunk n. */
static inline enum reader_result reader_copy(struct ring_reader *reader, uint64_t n,
					     uint64_t *ret_count)
{
	struct actor_plane_chunk *chunk = reader_chunk(reader, n);
	uint64_t seq = __atomic_load_n(&chunk->seq, __ATOMIC_ACQUIRE);
	uint64_t committed;

	if (seq != n + 1)
		return seq > n + 1 ? READER_LAPPED : READER_NOTHING;
	committed = __atomic_load_n(&chunk->committed, __ATOMIC_ACQUIRE);
	if (committed >
	    (reader->header->chunk_size - sizeof(*chunk)) / sizeof(struct actor_event)) {
		reader->torn++;
		return READER_LAPPED;
	}
	reader_copy_words(&reader->head, chunk, sizeof(*chunk));
	reader_copy_words(reader->events, chunk + 1, committed * sizeof(struct actor_event));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&chunk->seq, __ATOMIC_RELAXED) != n + 1 ||
	    __atomic_load_n(&chunk->committed, __ATOMIC_RELAXED) < committed)
		return READER_LAPPED;
	*ret_count = committed;
	return READER_COPIED;
}

/*
 * Reads on: gives every new event of the current chunk to `take`, and goes to the next chunk when
 * this one is finished. False: nothing new.
 */
static inline bool reader_read(struct ring_reader *reader,
			       void (*take)(struct ring_reader *reader,
					    const struct actor_event *event, uint64_t number))
{
	/* Acquire, before the chunk is looked at: what it holds when there is a next one is all. */
	uint64_t head = __atomic_load_n(&reader->ring->head, __ATOMIC_ACQUIRE);
	uint64_t count = 0;
	enum reader_result result;
	bool news;

	if (reader->chunk >= head)
		return false;
	result = reader_copy(reader, reader->chunk, &count);
	if (result != READER_COPIED) {
		if (result == READER_NOTHING)
			reader->torn++;
		/* Half a ring ahead, so as not to be lapped again at once. */
		reader->laps++;
		reader->chunk = head - reader->header->chunks_per_ring / 2;
		reader->taken = 0;
		return true;
	}
	news = count > reader->taken;
	if (reader->taken == 0 && count > 0) {
		if (reader->head.first < reader->expected)
			reader->torn++;
		reader->gaps += reader->head.first - reader->expected;
		reader->expected = reader->head.first;
	}
	for (; reader->taken < count; reader->taken++, reader->expected++, reader->received++)
		take(reader, &reader->events[reader->taken], reader->expected);
	if (head > reader->chunk + 1) {
		reader->chunk++;
		reader->taken = 0;
		return true;
	}
	return news;
}

/* Everything that the rings of a flight recorder still hold, ring by ring. */
static inline void reader_read_all(struct ring_reader *reader, void *base,
				   void (*take)(struct ring_reader *reader,
						const struct actor_event *event, uint64_t number))
{
	unsigned rings;

	reader_init(reader, base, 0);
	rings = __atomic_load_n(&reader->control->threads_used, __ATOMIC_ACQUIRE);
	for (unsigned i = 0; i < rings; i++) {
		reader_init(reader, base, i);
		while (reader_read(reader, take))
			;
	}
}

#endif
