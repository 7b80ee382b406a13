/* SPDX-License-Identifier: MIT */

/*
 * The slow half of a ring: every chunk once, and the three ways of dealing with readers that are
 * too slow. The strictest lease decides; the others notice that they were lapped.
 *
 *	LOSSLESS  wait on the lease's futex, in slices, and look whether its reader still lives
 *	DISCARD   count the event as lost; look again at the next one
 *	FLIGHT    overwrite
 *
 * Event numbers count the lost ones, and a gap lies always between two chunks: nothing is lost in
 * the middle of one.
 */

#include "plane/ring.h"

#include <assert.h>
#include <string.h>

#include <actor/probes.h>

#include "base/clock.h"
#include "base/futex.h"

#define ALL_EVENTS (((UINT64_C(1) << ACTOR_EVENT_COUNT) - 1) & ~UINT64_C(1))
/* What costs much more than the rest is emitted for readers that ask for it, and for no other. */
#define COSTLY_EVENTS (UINT64_C(1) << ACTOR_EVENT_STAMP | UINT64_C(1) << ACTOR_EVENT_PAYLOAD)
#define WAIT_SLICE_NS UINT64_C(10000000)
#define RETRY_EVENTS  1024u /* events lost until memory is asked for again */
#define LAPSE_EVENTS  256u  /* events dropped until a full reader's heartbeat is looked at */

_Static_assert(ACTOR_EVENT_COUNT <= 63, "the kinds fit a lease's mask, and RING_PROBED");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "ring_emit packs an event's first word");

/* Counters of the ring's header have one writer; readers want them whole (relaxed). */
static void count(uint64_t *counter, uint64_t amount)
{
	__atomic_store_n(counter, *counter + amount, __ATOMIC_RELAXED);
}

static uint32_t chunk_events(const struct ring *ring)
{
	return (ring->chunk_size - (uint32_t)sizeof(struct actor_plane_chunk)) /
	       (uint32_t)sizeof(struct actor_event);
}

static struct actor_plane_chunk *chunk_at(const struct ring *ring, uint64_t number)
{
	size_t place = (size_t)(number & (ring->chunks_count - 1));

	return (struct actor_plane_chunk *)(void *)(ring->chunks + place * ring->chunk_size);
}

/* Only the owner writes it. */
static uint64_t head_of(const struct ring *ring)
{
	return __atomic_load_n(&ring->header->head, __ATOMIC_RELAXED);
}

/* Makes `chunk` the one being filled, with `committed` events in it. */
static void use_chunk(struct ring *ring, struct actor_plane_chunk *chunk, uint64_t committed)
{
	uint64_t *events = (uint64_t *)(void *)(chunk + 1);
	size_t words = sizeof(struct actor_event) / sizeof(*events);

	ring->chunk = chunk;
	ring->committed = committed;
	ring->next = events + committed * words;
	ring->end = events + chunk_events(ring) * words;
}

int ring_init(struct ring *ring, struct plane *plane, int thread_index, bool flight_recorder)
{
	assert(plane->header != NULL);
	assert(thread_index < ACTOR_PLANE_THREADS_MAX);
	memset(ring, 0, sizeof(*ring));
	ring->plane = plane;
	ring->control = plane->control;
	ring->recorder = flight_recorder;
	if (thread_index >= 0) {
		ring->header = plane_ring(plane, thread_index);
		ring->memory = &plane->ring_memory[thread_index];
		ring->chunks = (unsigned char *)ring->header + ACTOR_PLANE_RING_HEADER;
		ring->chunk_size = plane->header->chunk_size;
		ring->chunks_count = plane->header->chunks_per_ring;
		ring->attached = ring->memory->attached;
		if (head_of(ring) > 0) {
			struct actor_plane_chunk *chunk = chunk_at(ring, head_of(ring) - 1);

			use_chunk(ring, chunk,
				  __atomic_load_n(&chunk->committed, __ATOMIC_RELAXED));
			/* Events of the last owner must not be followed by ours after a gap. */
			if (ring->memory->lost > 0)
				ring->next = ring->end;
		}
	}
	ring_refresh_slow(ring);
	return 0;
}

void ring_resume(struct ring *ring)
{
	uint64_t head = ring->header != NULL ? head_of(ring) : 0;
	struct actor_plane_chunk *chunk;

	if (head == 0)
		return;
	chunk = chunk_at(ring, head - 1);
	use_chunk(ring, chunk, __atomic_load_n(&chunk->committed, __ATOMIC_RELAXED));
	ring->memory->first = __atomic_load_n(&chunk->first, __ATOMIC_RELAXED);
	ring->memory->lost = 0;
	ring->next = ring->end;
}

/* ---- Readers --------------------------------------------------------------------------------- */

/* What probes want of the events. */
static uint64_t probed(uint64_t semaphores)
{
	uint64_t events = 0;

	for (unsigned group = 0; group < ACTOR_PROBE_GROUP_COUNT; group++) {
		if ((semaphores >> (16 * group) & 0xffff) == 0)
			continue;
		events |= group == ACTOR_PROBE_GROUP_MESSAGES ? ACTOR_PROBE_MESSAGES
							      : ~ACTOR_PROBE_MESSAGES;
	}
	if (events == 0)
		return 0;
	return (events & ALL_EVENTS & ~ACTOR_PROBE_READERS) | RING_PROBED;
}

bool ring_refresh_asked(struct ring *ring)
{
	const struct actor_plane_control *control = ring->control;
	/*
	 * Acquire: both pair with the release of a reader that takes a lease, so that its wishes
	 * and tails are seen when its mode is. `attached` is read first: a lease that was given
	 * back and taken again between two visits leaves `active` as it was.
	 */
	uint32_t attached = __atomic_load_n(&control->attached, __ATOMIC_ACQUIRE);
	uint64_t active = __atomic_load_n(&control->active, __ATOMIC_ACQUIRE);
	/* Relaxed: nothing comes with it. */
	uint64_t probes = __atomic_load_n(&ring_semaphores_, __ATOMIC_RELAXED);

	if (__builtin_expect((active ^ ring->active) | (attached ^ ring->attached) |
				     (probes ^ ring->probes),
			     0) == 0)
		return false;
	ring_refresh_slow(ring);
	return true;
}

void ring_refresh_slow(struct ring *ring)
{
	struct actor_plane_control *control = ring->control;
	/* Acquire: as in ring_refresh_asked. */
	uint32_t attached = __atomic_load_n(&control->attached, __ATOMIC_ACQUIRE);
	uint64_t active = __atomic_load_n(&control->active, __ATOMIC_ACQUIRE);
	uint64_t events = ring->recorder ? ALL_EVENTS & ~COSTLY_EVENTS : 0;
	uint32_t payload_max = 0;
	bool exact = ring->recorder;

	for (unsigned i = 0; i < ACTOR_PLANE_LEASES_MAX; i++) {
		const struct actor_plane_lease *lease = &control->lease[i];
		uint64_t wanted;
		uint32_t payload;

		exact = exact || plane_lease_mode(active, i) == ACTOR_PLANE_MODE_COUNTERS;
		if (plane_lease_mode(active, i) < ACTOR_PLANE_MODE_FLIGHT)
			continue;
		/* Relaxed: written before the lease's byte in `active`, which was acquired. */
		wanted = __atomic_load_n(&lease->events, __ATOMIC_RELAXED);
		exact = exact || (wanted & ACTOR_PLANE_COARSE) == 0;
		events |= wanted;
		payload = __atomic_load_n(&lease->payload_max, __ATOMIC_RELAXED);
		if (payload > payload_max)
			payload_max = payload;
	}
	/*
	 * A new reader begins with a chunk that is not entered yet: its tail is our head, and what
	 * comes from now on must be found from there.
	 */
	if (attached != ring->attached)
		ring->next = ring->end;
	ring->kept = events & ALL_EVENTS;
	ring->probes = __atomic_load_n(&ring_semaphores_, __ATOMIC_RELAXED);
	ring->events = ring->kept | probed(ring->probes);
	ring->payload_max =
		payload_max < ACTOR_EVENT_PAYLOAD_MAX ? payload_max : ACTOR_EVENT_PAYLOAD_MAX;
	ring->coarse = active != 0 && !exact && ring->probes == 0;
	ring->timed = active != 0 || ring->recorder || ring->probes != 0;
	ring->active = active;
	ring->asked = active | ring->probes;
	ring->attached = attached;
	if (ring->memory != NULL)
		ring->memory->attached = attached;
}

static enum actor_plane_mode strictest(uint64_t active)
{
	enum actor_plane_mode mode = ACTOR_PLANE_MODE_NONE;

	for (unsigned i = 0; i < ACTOR_PLANE_LEASES_MAX; i++)
		if (plane_lease_mode(active, i) > mode)
			mode = plane_lease_mode(active, i);
	return mode;
}

static bool is_full_for(const struct ring *ring, const struct actor_plane_lease *lease, uint64_t n)
{
	size_t index = (size_t)(ring->memory - ring->plane->ring_memory);
	/*
	 * Acquire: pairs with the reader's release; its copying of the chunks below the tail is
	 * over before they are overwritten. Sequentially consistent for wait_for_reader(): either
	 * we see the new tail, or the reader, after storing it, sees `waiting`.
	 */
	uint64_t tail = __atomic_load_n(&lease->tail[index], __ATOMIC_SEQ_CST);

	/* A tail ahead of us is a damaged one; it holds nobody up. */
	return n >= ring->chunks_count && n - ring->chunks_count >= tail;
}

/* The leases of mode `mode` for which chunk n would overwrite what they have not read. */
static uint32_t full_leases(const struct ring *ring, uint64_t active, enum actor_plane_mode mode,
			    uint64_t n)
{
	uint32_t full = 0;

	for (unsigned i = 0; i < ACTOR_PLANE_LEASES_MAX; i++)
		if (plane_lease_mode(active, i) == mode &&
		    is_full_for(ring, &ring->control->lease[i], n))
			full |= 1u << i;
	return full;
}

/* Sleeps until the reader of lease `i` has advanced, or for a slice. */
static void wait_for_reader(struct ring *ring, unsigned i, uint64_t n)
{
	struct actor_plane_lease *lease = &ring->control->lease[i];
	uint64_t begin_ns = clock_monotonic_ns();
	uint32_t wake;

	/*
	 * The reader stores its tail and then looks at `waiting`; we add to `waiting` and then look
	 * at the tail. Both in one total order, else both could miss each other and the wait would
	 * last its slice. (That is the worst case for readers that only use acquire and release.)
	 */
	(void)__atomic_fetch_add(&lease->waiting, 1, __ATOMIC_SEQ_CST);
	wake = __atomic_load_n(&lease->wake, __ATOMIC_SEQ_CST);
	if (is_full_for(ring, lease, n))
		(void)futex_wait(&lease->wake, wake, WAIT_SLICE_NS, true);
	(void)__atomic_fetch_sub(&lease->waiting, 1, __ATOMIC_SEQ_CST);
	count(&ring->header->waits, 1);
	count(&ring->header->waited_ns, clock_monotonic_ns() - begin_ns);
}

/*
 * Sees to it that chunk n may be entered. False: it may not, and the event is to be dropped.
 * *ret_lapsed has the readers that were given up for it.
 */
static bool make_room(struct ring *ring, uint64_t n, uint32_t *ret_lapsed)
{
	uint32_t lapsed = 0;

	for (;;) {
		/* Acquire: as in ring_refresh_asked. */
		uint64_t active = __atomic_load_n(&ring->control->active, __ATOMIC_ACQUIRE);
		enum actor_plane_mode mode = strictest(active);
		uint32_t full;

		/*
		 * Nobody wants it any more. What the reader that died has not read stays, for the
		 * next one.
		 */
		if (mode < ACTOR_PLANE_MODE_FLIGHT && !ring->recorder) {
			ring->lapsed |= lapsed;
			return false;
		}
		if (mode <= ACTOR_PLANE_MODE_FLIGHT)
			break;
		full = full_leases(ring, active, mode, n);
		if (full == 0)
			break;
		if (mode == ACTOR_PLANE_MODE_LOSSLESS)
			wait_for_reader(ring, (unsigned)__builtin_ctz(full), n);
		else if (ring->memory->lost % LAPSE_EVENTS != 0)
			return false;
		full = plane_leases_lapse(ring->plane, full, ACTOR_PLANE_LEASE_LAPSE_NS);
		if (full == 0 && mode == ACTOR_PLANE_MODE_DISCARD)
			return false;
		lapsed |= full;
	}
	*ret_lapsed = lapsed;
	return true;
}

/* ---- Chunks ---------------------------------------------------------------------------------- */

/* Memory for chunk n. On the first lap only: chunks keep it. */
static bool back_chunk(struct ring *ring, uint64_t n)
{
	struct plane_ring_memory *memory = ring->memory;
	unsigned char *chunk = (unsigned char *)chunk_at(ring, n);

	if ((n & (ring->chunks_count - 1)) < memory->backed)
		return true;
	if (ring->refused && ring->tries++ % RETRY_EVENTS != 0)
		return false;
	ring->refused =
		plane_back(ring->plane, (size_t)(chunk - (unsigned char *)ring->plane->header),
			   ring->chunk_size) != 0;
	/* Relaxed: for the reader to show, nothing hangs on it. */
	__atomic_store_n(&ring->header->refused, ring->refused ? 1u : 0u, __ATOMIC_RELAXED);
	if (ring->refused) {
		ring->tries = 1;
		return false;
	}
	/* One call instead of a page fault every 128 events; where it is unknown, they come. */
	plane_populate(chunk, ring->chunk_size);
	memory->backed++;
	return true;
}

static void lose_event(struct ring *ring)
{
	ring->memory->lost++;
	count(&ring->header->lost, 1);
}

/*
 * ThreadSanitizer does not know fences. It needs none here: all that the fence orders is atomic, so
 * there is no race to be reported, only an order that it does not check.
 */
#if defined(__SANITIZE_THREAD__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wtsan"
#endif

static void enter_chunk(struct ring *ring, uint64_t n)
{
	struct plane_ring_memory *memory = ring->memory;
	struct actor_plane_chunk *chunk = chunk_at(ring, n);

	memory->first += ring->committed + memory->lost;
	memory->lost = 0;
	/*
	 * Release, twice: a reader of the chunk's last lap that sees `committed` fall, or anything
	 * of what follows the fence, sees the new seq when it looks again. Both stores and the
	 * fence pair with the reader's acquire of `seq`, its acquire of `committed` and its fence.
	 */
	__atomic_store_n(&chunk->committed, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&chunk->seq, n + 1, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	/* Relaxed: published by the first event's release of `committed`. */
	__atomic_store_n(&chunk->first, memory->first, __ATOMIC_RELAXED);
	__atomic_store_n(&chunk->actor, ring->actor, __ATOMIC_RELAXED);
	__atomic_store_n(&chunk->turn_time, ring->turn_time, __ATOMIC_RELAXED);
	__atomic_store_n(&chunk->entered, clock_ticks(), __ATOMIC_RELAXED);
	/* Release: pairs with the reader's acquire; the chunk's seq is there. */
	__atomic_store_n(&ring->header->head, n + 1, __ATOMIC_RELEASE);
	use_chunk(ring, chunk, 0);
}

/* Says in the ring that readers were given up. The next ring_refresh() sees who is left. */
static void tell_lapsed(struct ring *ring, uint32_t lapsed)
{
	for (unsigned i = 0; i < ACTOR_PLANE_LEASES_MAX; i++) {
		uint32_t owner;

		if ((lapsed & (1u << i)) == 0)
			continue;
		count(&ring->header->lapsed, 1);
		/* Relaxed: for people to read; the next owner may already be there. */
		owner = __atomic_load_n(&ring->control->lease[i].owner_pid, __ATOMIC_RELAXED);
		ring_emit(ring, ACTOR_EVENT_MODE, (uint8_t)i, 0, 0, 0, owner, clock_ticks());
	}
}

/* The chunk is full. True: there is a new one. False: the event is lost, and counted. */
bool ring_enter(struct ring *ring)
{
	uint32_t lapsed = 0;
	uint64_t n;

	if (ring->header == NULL) {
		/* Relaxed: a count; several threads add to it. */
		(void)__atomic_fetch_add(&ring->control->lost_threads, 1, __ATOMIC_RELAXED);
		return false;
	}
	n = head_of(ring);
	if (!make_room(ring, n, &lapsed) || !back_chunk(ring, n)) {
		lose_event(ring);
		return false;
	}
	lapsed |= plane_leases_lapse(ring->plane, PLANE_LEASES_ALL, PLANE_LEASES_PATIENCE_NS);
	enter_chunk(ring, n);
	lapsed |= ring->lapsed;
	ring->lapsed = 0;
	if (lapsed != 0)
		tell_lapsed(ring, lapsed);
	return true;
}

__attribute__((noinline)) void ring_emit_slow(struct ring *ring, uint64_t head, uint64_t a,
					      uint64_t b, uint64_t c)
{
	if ((ring->events & RING_PROBED) != 0 &&
	    !ring_probe(ring, (uint8_t)head, (uint8_t)(head >> 8), (uint16_t)(head >> 16),
			(uint32_t)(head >> 32), a, b, c))
		return;
	if (ring->next == ring->end && !ring_enter(ring))
		return;
	ring_put(ring, head, a, b, c);
}
