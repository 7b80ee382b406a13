/* SPDX-License-Identifier: MIT */
#ifndef PLANE_RING_H
#define PLANE_RING_H

/*
 * A thread's ring, written. See struct actor_plane_ring for the protocol.
 *
 *	visit begins   ring_refresh()              who reads, and what
 *	something      if (ring_wants(ring, kind)) one predictable branch when nobody reads
 *	happens                ring_emit(ring, ...)
 *
 * An event is five plain stores. What happens when a chunk is full is in ring.c: memory for the
 * next one, readers that are too slow, readers that are dead.
 *
 * Thread: a ring is used by the thread that owns its place in the plane, and no other.
 *
 * Stability: internal.
 */

#include <stdbool.h>
#include <stdint.h>

#include <actor/plane.h>

#include "base/prefetch.h"
#include "plane/plane.h"

struct ring {
	/* What ring_emit needs comes first. */
	uint64_t events; /* bit k: somebody wants events of kind k; 0: off; RING_PROBED */
	uint64_t *next;  /* where the next event goes; == end: the chunk is full */
	uint64_t *end;
	uint64_t committed;              /* events in this chunk */
	struct actor_plane_chunk *chunk; /* being filled; NULL: none yet */

	/* What ring_refresh needs. */
	struct actor_plane_control *control;
	uint64_t asked;       /* active and probes at the last visit: 0, nobody */
	uint64_t probes;      /* the semaphores at the last visit */
	uint64_t probe_actor; /* see ring_probe */
	uint64_t active;      /* control->active at the last visit */
	uint32_t attached;    /* control->attached, likewise */
	bool timed;           /* see ring_timed() */
	bool coarse;          /* ACTOR_PLANE_COARSE: stamps may be some turns old */
	bool recorder;        /* the program wants all events kept although nobody reads */

	/* For the headers of chunks. The owner keeps them up to date while the ring is on. */
	uint64_t actor;     /* pid whose turn it is, 0: none */
	uint64_t turn_time; /* ticks at which it began */

	uint64_t kept;        /* of `events`, those that the ring itself is to have */
	uint32_t payload_max; /* bytes of each payload that somebody wants */

	struct plane *plane;
	struct actor_plane_ring *header; /* NULL: the thread has no ring */
	struct plane_ring_memory *memory;
	unsigned char *chunks;
	uint32_t chunk_size;
	uint32_t chunks_count;
	bool refused;    /* the last chunk got no memory */
	uint32_t tries;  /* events lost since memory was asked for last */
	uint32_t lapsed; /* leases given up, bit by bit, that no event has told of yet */
};

/*
 * Goes on where the place's last owner stopped. `thread_index` -1: no place was left; what is
 * emitted is counted in control.lost_threads. Cannot fail; returns 0.
 */
int ring_init(struct ring *ring, struct plane *plane, int thread_index, bool flight_recorder);

/*
 * In a copy of the process that goes on after the process itself has written more: goes on behind
 * that, with a new chunk.
 */
void ring_resume(struct ring *ring);

/* In ring.events: some are wanted by probes, so each is to be offered to ring_probe. */
#define RING_PROBED (UINT64_C(1) << 63)

/*
 * The semaphores of the USDT probes, 16 bits for each group: how many tools have attached, counted
 * by the kernel. Written by nobody here. See actor/probes.h.
 */
extern uint64_t ring_semaphores_ __attribute__((visibility("hidden")));

/* Out of line halves. */
void ring_refresh_slow(struct ring *ring);
bool ring_refresh_asked(struct ring *ring);
bool ring_enter(struct ring *ring);
/* Hits the event's probe. Whether the ring is to have the event, too. */
bool ring_probe(struct ring *ring, uint8_t kind, uint8_t flags, uint16_t tag, uint32_t seq,
		uint64_t a, uint64_t b, uint64_t c);

/*
 * Everything that tracing costs while nobody reads goes through the next three functions. With
 * LIBACTOR_UNTRACED they are constants and nothing is left of it: bench/ measures the difference.
 */
#ifdef LIBACTOR_UNTRACED
#define RING_COMPILED 0
#else
#define RING_COMPILED 1
#endif

/*
 * Once per visit to an actor, and before anything that is done outside of visits. True: others read
 * now than before, or want something else.
 */
static inline bool ring_refresh(struct ring *ring)
{
	if (!RING_COMPILED)
		return false;
	/*
	 * One branch where nobody reads or probes, and nobody did. Relaxed: nothing comes with
	 * them; whoever finds something there looks again, see ring_refresh_asked. A lease that
	 * was taken and given back in between has got no event, and leaves nothing to be done.
	 */
	if (__builtin_expect((__atomic_load_n(&ring->control->active, __ATOMIC_RELAXED) |
			      __atomic_load_n(&ring_semaphores_, __ATOMIC_RELAXED) | ring->asked) ==
				     0,
			     1))
		return false;
	return ring_refresh_asked(ring);
}

static inline bool ring_wants(const struct ring *ring, unsigned kind)
{
	return RING_COMPILED && (ring->events >> kind & 1) != 0;
}

/* The same for any of several kinds. */
static inline bool ring_wants_any(const struct ring *ring, uint64_t kinds)
{
	return RING_COMPILED && (ring->events & kinds) != 0;
}

/* Somebody reads: turns are to be stamped. */
static inline bool ring_timed(const struct ring *ring)
{
	return RING_COMPILED && ring->timed;
}

/* Some of them suffice. */
static inline bool ring_coarse(const struct ring *ring)
{
	return RING_COMPILED && ring->coarse;
}

/* Bytes: a ring is larger than a cache, and the reader has had its lines in another one. */
#define RING_AHEAD 2048

/* Writes one event whose first word is made; the chunk has room for it. */
static inline void ring_put(struct ring *ring, uint64_t head, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t *event = ring->next;

	prefetch_write((const char *)event + RING_AHEAD);
	/*
	 * Relaxed: a reader that is lapped copies words while they are written; it finds that out
	 * by the chunk's seq and throws the copy away, but each word must be read whole.
	 */
	__atomic_store_n(&event[0], head, __ATOMIC_RELAXED);
	__atomic_store_n(&event[1], a, __ATOMIC_RELAXED);
	__atomic_store_n(&event[2], b, __ATOMIC_RELAXED);
	__atomic_store_n(&event[3], c, __ATOMIC_RELAXED);
	ring->next = event + sizeof(struct actor_event) / sizeof(*event);
	ring->committed++;
	/* Release: publishes the event. Pairs with the reader's acquire of `committed`. */
	__atomic_store_n(&ring->chunk->committed, ring->committed, __ATOMIC_RELEASE);
}

/* The same where probes want events, or the chunk is full. */
void ring_emit_slow(struct ring *ring, uint64_t head, uint64_t a, uint64_t b, uint64_t c);

/*
 * Writes one event; ring_wants() has said yes. May wait, see DISCARD and LOSSLESS in actor/plane.h.
 */
static inline void ring_emit(struct ring *ring, uint8_t kind, uint8_t flags, uint16_t tag,
			     uint32_t seq, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t head =
		(uint64_t)kind | (uint64_t)flags << 8 | (uint64_t)tag << 16 | (uint64_t)seq << 32;

	/* One call with all that it needs, so that nothing need be kept for it. */
	if (__builtin_expect((ring->events & RING_PROBED) != 0 || ring->next == ring->end, 0))
		ring_emit_slow(ring, head, a, b, c);
	else
		ring_put(ring, head, a, b, c);
}

#endif
