/* SPDX-License-Identifier: MIT */

/*
 * A writer and a reader at full speed, in each of the three modes. Run under ThreadSanitizer, this
 * is the proof of the memory orders: whatever the reader believes must be whole, and what it did
 * not get must be counted. Nobody sleeps; whoever has nothing to do yields.
 */

#include <pthread.h>
#include <sched.h>

#include "base/futex.h"
#include "base/hash.h"
#include "plane/ring.h"

#include "ring_reader.h"
#include "suite.h"

#if defined(__SANITIZE_THREAD__)
#define EVENTS UINT64_C(300000)
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define EVENTS UINT64_C(300000)
#endif
#endif
#ifndef EVENTS
#define EVENTS UINT64_C(5000000)
#endif

#define KIND ACTOR_EVENT_SEND

static struct plane plane;
static struct ring_reader reader;
static uint32_t finished; /* the writer is done */
static int slowness;      /* work of the reader per event, so that it falls behind */

static void *write_events(void *argument)
{
	struct ring *ring = argument;

	for (uint64_t i = 0; i < EVENTS; i++) {
		/* A visit begins every few events. */
		if (i % 8 == 0)
			ring_refresh(ring);
		ring->actor = i;
		ring->turn_time = i;
		if (ring_wants(ring, KIND))
			ring_emit(ring, KIND, (uint8_t)(i & 15), (uint16_t)i, (uint32_t)i, i, ~i,
				  hash_finalise(i));
	}
	__atomic_store_n(&finished, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* Every event is emitted, so its number, lost ones counted, is the one in it. */
static void take(struct ring_reader *from, const struct actor_event *event, uint64_t number)
{
	uint64_t i = event->a;

	for (volatile int work = 0; work < slowness; work++)
		;

	if (i != number || event->kind != KIND || event->flags != (i & 15) ||
	    event->tag != (uint16_t)i || event->seq != (uint32_t)i || event->b != ~i ||
	    event->c != hash_finalise(i))
		from->torn++;
	if (from->taken == 0 && (from->head.actor != i || from->head.turn_time != i))
		from->torn++;
}

static void wake(uint32_t *word)
{
	futex_wake(word, INT_MAX, true);
}

static void read_while_it_writes(void)
{
	for (;;) {
		/* Acquire, before the last look: what was written before the end is seen. */
		bool last = __atomic_load_n(&finished, __ATOMIC_ACQUIRE) != 0;
		bool news = false;

		while (reader_read(&reader, take)) {
			news = true;
			reader_advance(&reader, wake);
		}
		if (last)
			return;
		if (!news)
			sched_yield();
	}
}

/* Runs the two, then lets the writer emit one more event into a ring with room. */
static void run(enum actor_plane_mode mode)
{
	struct plane_options options = {
		.schedulers = 1, .actors_max = 16, .ring_bytes = PLANE_RING_BYTES_MIN};
	char directory[] = "/tmp/stress_ring.XXXXXX";
	struct actor_plane_ring *header;
	struct ring ring;
	pthread_t writer;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	setenv("LIBACTOR_DIR", directory, 1);
	CU_ASSERT_EQUAL_FATAL(plane_create(&plane, &options), 0);
	CU_ASSERT_EQUAL_FATAL(plane_thread_claim(&plane, ACTOR_PLANE_THREAD_SCHEDULER, "w"), 0);
	header = plane_ring(&plane, 0);
	finished = 0;
	slowness = mode == ACTOR_PLANE_MODE_LOSSLESS ? 0 : 5;
	reader_init(&reader, plane.header, 0);
	reader_attach(&reader, 2, mode, UINT64_C(1) << KIND);
	ring_init(&ring, &plane, 0, false);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&writer, NULL, write_events, &ring), 0);
	read_while_it_writes();
	pthread_join(writer, NULL);
	if (header->lost > 0) {
		/* A loss shows in the number of what follows it, in the next chunk. */
		if (ring.next == ring.end) {
			reader.chunk = header->head;
			reader.taken = 0;
		}
		reader_advance(&reader, wake);
		ring.actor = EVENTS;
		ring.turn_time = EVENTS;
		ring_emit(&ring, KIND, EVENTS & 15, (uint16_t)EVENTS, (uint32_t)EVENTS, EVENTS,
			  ~EVENTS, hash_finalise(EVENTS));
		while (reader_read(&reader, take))
			;
	}
	printf("(%llu read, %llu lost, %llu laps, %llu waits) ",
	       (unsigned long long)reader.received, (unsigned long long)reader.gaps,
	       (unsigned long long)reader.laps, (unsigned long long)header->waits);
	CU_ASSERT_EQUAL(reader.torn, 0);
	CU_ASSERT_TRUE(reader.received > 0);
	CU_ASSERT_EQUAL(header->lapsed, 0);
}

static void finish(void)
{
	char *end = strrchr(plane.path, '/');
	char directory[64];

	(void)snprintf(directory, sizeof(directory), "%.*s", (int)(end - plane.path), plane.path);
	plane_destroy(&plane);
	CU_ASSERT_EQUAL(rmdir(directory), 0);
}

static void a_lossless_reader_sees_every_event(void)
{
	run(ACTOR_PLANE_MODE_LOSSLESS);
	CU_ASSERT_EQUAL(reader.received, EVENTS);
	CU_ASSERT_EQUAL(reader.gaps, 0);
	CU_ASSERT_EQUAL(reader.laps, 0);
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->lost, 0);
	finish();
}

static void what_is_discarded_adds_up(void)
{
	uint64_t lost;

	run(ACTOR_PLANE_MODE_DISCARD);
	lost = plane_ring(&plane, 0)->lost;
	CU_ASSERT_EQUAL(reader.gaps, lost);
	CU_ASSERT_EQUAL(reader.received + reader.gaps, EVENTS + (lost > 0 ? 1 : 0));
	CU_ASSERT_EQUAL(reader.laps, 0);
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->waits, 0);
	finish();
}

static void a_lapped_reader_believes_nothing_torn(void)
{
	run(ACTOR_PLANE_MODE_FLIGHT);
	CU_ASSERT_EQUAL(reader.received + reader.gaps, EVENTS);
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->lost, 0);
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->waits, 0);
	finish();
}

#define CASES(X)                              \
	X(a_lossless_reader_sees_every_event) \
	X(what_is_discarded_adds_up)          \
	X(a_lapped_reader_believes_nothing_torn)
SUITE("stress_ring", CASES)
