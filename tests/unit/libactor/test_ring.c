/* SPDX-License-Identifier: MIT */

/*
 * The writer of rings against the contract of actor/plane.h: what is emitted is found, what is lost
 * is counted, and a killed writer leaves whole events only. The reader is
 * tests/support/ring_reader.h.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/futex.h"
#include "base/hash.h"
#include "plane/ring.h"

#include "dice.h"
#include "ring_reader.h"
#include "suite.h"

#define KIND  ACTOR_EVENT_SEND
#define WANTS (UINT64_C(1) << KIND)

static struct plane plane;
static struct ring ring;
static struct ring_reader reader;
static char directory[64];

static void setup(bool recorder)
{
	struct plane_options options = {
		.schedulers = 1, .actors_max = 16, .ring_bytes = PLANE_RING_BYTES_MIN};

	(void)snprintf(directory, sizeof(directory), "/tmp/test_ring.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	setenv("LIBACTOR_DIR", directory, 1);
	CU_ASSERT_EQUAL_FATAL(plane_create(&plane, &options), 0);
	CU_ASSERT_EQUAL_FATAL(plane_thread_claim(&plane, ACTOR_PLANE_THREAD_SCHEDULER, "test"), 0);
	CU_ASSERT_EQUAL(ring_init(&ring, &plane, 0, recorder), 0);
	reader_init(&reader, plane.header, 0);
}

static void teardown(void)
{
	plane_destroy(&plane);
	CU_ASSERT_EQUAL(rmdir(directory), 0);
}

static uint64_t chunk_events(void)
{
	return (plane.header->chunk_size - sizeof(struct actor_plane_chunk)) /
	       sizeof(struct actor_event);
}

static uint64_t ring_events(void)
{
	return chunk_events() * plane.header->chunks_per_ring;
}

/* Event i, so that a reader can tell whether all of its words belong together. */
static void emit(struct ring *to, uint64_t i)
{
	if (ring_wants(to, KIND))
		ring_emit(to, KIND, (uint8_t)(i & 15), (uint16_t)i, (uint32_t)i, i, ~i,
			  hash_finalise(i));
}

static bool is_event(const struct actor_event *event, uint64_t i)
{
	return event->kind == KIND && event->flags == (i & 15) && event->tag == (uint16_t)i &&
	       event->seq == (uint32_t)i && event->a == i && event->b == ~i &&
	       event->c == hash_finalise(i);
}

static void take_any(struct ring_reader *from, const struct actor_event *event, uint64_t number)
{
	(void)number;
	if (!is_event(event, event->a))
		from->torn++;
}

/* Where nothing else was emitted, the number of the event is what is in it. */
static void take_numbered(struct ring_reader *from, const struct actor_event *event,
			  uint64_t number)
{
	if (!is_event(event, number))
		from->torn++;
}

static void drain(void)
{
	while (reader_read(&reader, take_any))
		;
}

static void wake_nobody(uint32_t *word)
{
	(void)word;
}

/* ---- Cases ----------------------------------------------------------------------------------- */

static void nothing_is_emitted_unless_someone_reads(void)
{
	setup(false);
	for (unsigned kind = 0; kind < 64; kind++)
		CU_ASSERT_FALSE(ring_wants(&ring, kind));
	CU_ASSERT_FALSE(ring.timed);
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->head, 0);
	teardown();
}

static void a_lease_says_which_events(void)
{
	setup(false);
	reader_attach(&reader, 3, ACTOR_PLANE_MODE_FLIGHT, WANTS | 1);
	CU_ASSERT_FALSE(ring_wants(&ring, KIND));
	ring_refresh(&ring);
	CU_ASSERT_TRUE(ring_wants(&ring, KIND));
	CU_ASSERT_TRUE(ring.timed);
	for (unsigned kind = 0; kind < 64; kind++)
		CU_ASSERT_EQUAL(ring_wants(&ring, kind), kind == KIND);
	/* Another reader takes the same lease with another wish between two visits. */
	reader_set_mode(&reader, ACTOR_PLANE_MODE_NONE);
	reader_attach(&reader, 3, ACTOR_PLANE_MODE_FLIGHT, UINT64_C(1) << ACTOR_EVENT_EXIT);
	ring_refresh(&ring);
	CU_ASSERT_FALSE(ring_wants(&ring, KIND));
	CU_ASSERT_TRUE(ring_wants(&ring, ACTOR_EVENT_EXIT));
	/* Counters only: a stamp for each turn, no events. */
	reader_set_mode(&reader, ACTOR_PLANE_MODE_COUNTERS);
	ring_refresh(&ring);
	CU_ASSERT_EQUAL(ring.events, 0);
	CU_ASSERT_TRUE(ring.timed);
	reader_set_mode(&reader, ACTOR_PLANE_MODE_NONE);
	ring_refresh(&ring);
	CU_ASSERT_FALSE(ring.timed);
	teardown();
}

static void what_is_emitted_is_read(void)
{
	uint64_t n;

	setup(false);
	n = 3 * chunk_events() / 2;
	reader_attach(&reader, 0, ACTOR_PLANE_MODE_FLIGHT, WANTS);
	ring_refresh(&ring);
	ring.actor = 77;
	ring.turn_time = 99;
	for (uint64_t i = 0; i < n; i++) {
		emit(&ring, i);
		/* Every event is there at once. */
		if (i % 100 == 0)
			while (reader_read(&reader, take_numbered))
				;
	}
	while (reader_read(&reader, take_numbered))
		;
	CU_ASSERT_EQUAL(reader.received, n);
	CU_ASSERT_EQUAL(reader.gaps, 0);
	CU_ASSERT_EQUAL(reader.torn, 0);
	CU_ASSERT_EQUAL(reader.head.actor, 77);
	CU_ASSERT_EQUAL(reader.head.turn_time, 99);
	CU_ASSERT_TRUE(reader.head.entered >= plane.header->ticks_start);
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->lost, 0);
	teardown();
}

static void a_slow_flight_reader_is_lapped(void)
{
	setup(false);
	reader_attach(&reader, 0, ACTOR_PLANE_MODE_FLIGHT, WANTS);
	ring_refresh(&ring);
	for (uint64_t i = 0; i < 10 * ring_events(); i++)
		emit(&ring, i);
	while (reader_read(&reader, take_numbered))
		;
	CU_ASSERT_EQUAL(reader.laps, 1);
	CU_ASSERT_EQUAL(reader.torn, 0);
	CU_ASSERT_EQUAL(reader.received + reader.gaps, 10 * ring_events());
	CU_ASSERT_TRUE(reader.gaps >= 9 * ring_events());
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->lost, 0);
	teardown();
}

static void discarded_events_are_counted(void)
{
	uint64_t emitted = 0;

	setup(false);
	reader_attach(&reader, 0, ACTOR_PLANE_MODE_DISCARD, WANTS);
	ring_refresh(&ring);
	for (int round = 0; round < 5; round++) {
		uint64_t lost = plane_ring(&plane, 0)->lost;

		for (uint64_t i = 0; i < ring_events() + 1000; i++)
			emit(&ring, emitted++);
		CU_ASSERT_TRUE(plane_ring(&plane, 0)->lost > lost);
		drain();
		reader_advance(&reader, wake_nobody);
	}
	/* The last loss shows where the next chunk begins. */
	reader.chunk++;
	reader.taken = 0;
	reader_advance(&reader, wake_nobody);
	emit(&ring, emitted++);
	drain();
	CU_ASSERT_EQUAL(reader.torn, 0);
	CU_ASSERT_EQUAL(reader.gaps, plane_ring(&plane, 0)->lost);
	CU_ASSERT_EQUAL(reader.received + reader.gaps, emitted);
	CU_ASSERT_EQUAL(reader.laps, 0);
	teardown();
}

static void a_dead_lossless_reader_is_given_up(void)
{
	const struct actor_event *mode;
	uint64_t count = 0;

	setup(false);
	reader_attach(&reader, 5, ACTOR_PLANE_MODE_LOSSLESS, WANTS);
	ring_refresh(&ring);
	for (uint64_t i = 0; i < ring_events(); i++)
		emit(&ring, i);
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->waits, 0);
	/* Now it would have to wait; the reader's last sign of life is just old enough. */
	reader_lease(&reader)->heartbeat_ns = clock_monotonic_ns() - ACTOR_PLANE_LEASE_LAPSE_NS;
	emit(&ring, ring_events());
	CU_ASSERT_TRUE(plane_ring(&plane, 0)->waits >= 1);
	CU_ASSERT_TRUE(plane_ring(&plane, 0)->waited_ns > 0);
	CU_ASSERT_EQUAL(plane.control->active, 0);
	CU_ASSERT_EQUAL(reader_lease(&reader)->waiting, 0);
	/* What it has not read stays for the next one; the event that found out is counted. */
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->lost, 1);
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->head, reader.header->chunks_per_ring);
	ring_refresh(&ring);
	CU_ASSERT_FALSE(ring_wants(&ring, KIND));
	/* The ring tells the next reader. */
	reader_attach(&reader, 6, ACTOR_PLANE_MODE_FLIGHT, WANTS);
	ring_refresh(&ring);
	emit(&ring, ring_events() + 1);
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->lapsed, 1);
	CU_ASSERT_EQUAL_FATAL(reader_copy(&reader, plane_ring(&plane, 0)->head - 1, &count),
			      READER_COPIED);
	CU_ASSERT_EQUAL_FATAL(count, 2);
	mode = &reader.events[0];
	CU_ASSERT_EQUAL(mode->kind, ACTOR_EVENT_MODE);
	CU_ASSERT_EQUAL(mode->flags, 5);
	CU_ASSERT_EQUAL(mode->b, 1);
	CU_ASSERT_TRUE(is_event(&reader.events[1], ring_events() + 1));
	teardown();
}

static void a_dead_discard_reader_is_given_up(void)
{
	setup(true);
	reader_attach(&reader, 0, ACTOR_PLANE_MODE_DISCARD, WANTS);
	ring_refresh(&ring);
	reader_lease(&reader)->heartbeat_ns = clock_monotonic_ns() - ACTOR_PLANE_LEASE_LAPSE_NS;
	for (uint64_t i = 0; i < ring_events(); i++)
		emit(&ring, i);
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->lapsed, 0);
	while (plane_ring(&plane, 0)->lapsed == 0)
		emit(&ring, 0);
	CU_ASSERT_EQUAL(plane.control->active, 0);
	teardown();
}

/* A reader of counters, or one that keeps up, is not in the way; it may be silent for longer. */
static void harmless_readers_are_judged_mildly(void)
{
	setup(true);
	reader_attach(&reader, 0, ACTOR_PLANE_MODE_COUNTERS, 0);
	reader_lease(&reader)->heartbeat_ns = clock_monotonic_ns() - ACTOR_PLANE_LEASE_LAPSE_NS;
	ring_refresh(&ring);
	for (uint64_t i = 0; i < 2 * ring_events(); i++)
		emit(&ring, i);
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->lapsed, 0);
	reader_lease(&reader)->heartbeat_ns = clock_monotonic_ns() - PLANE_LEASES_PATIENCE_NS;
	for (uint64_t i = 0; i < 2 * ring_events(); i++)
		emit(&ring, i);
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->lapsed, 1);
	CU_ASSERT_EQUAL(plane.control->active, 0);
	teardown();
}

static void stamps_are_coarse_where_all_readers_say_so(void)
{
	static struct ring_reader other;

	setup(false);
	reader_attach(&reader, 0, ACTOR_PLANE_MODE_LOSSLESS, WANTS | ACTOR_PLANE_COARSE);
	CU_ASSERT_TRUE(ring_refresh(&ring));
	CU_ASSERT_FALSE(ring_refresh(&ring));
	CU_ASSERT_TRUE(ring.timed);
	CU_ASSERT_TRUE(ring_coarse(&ring));
	CU_ASSERT_EQUAL(ring.events, WANTS);
	/* Counters and events of others are to be exact. */
	reader_init(&other, plane.header, 0);
	reader_attach(&other, 1, ACTOR_PLANE_MODE_COUNTERS, 0);
	ring_refresh(&ring);
	CU_ASSERT_FALSE(ring_coarse(&ring));
	reader_set_mode(&other, ACTOR_PLANE_MODE_NONE);
	ring_refresh(&ring);
	CU_ASSERT_TRUE(ring_coarse(&ring));
	reader_attach(&other, 1, ACTOR_PLANE_MODE_FLIGHT, WANTS);
	ring_refresh(&ring);
	CU_ASSERT_FALSE(ring_coarse(&ring));
	teardown();
	/* So is what the program keeps for whoever comes later. */
	setup(true);
	reader_attach(&reader, 0, ACTOR_PLANE_MODE_LOSSLESS, WANTS | ACTOR_PLANE_COARSE);
	ring_refresh(&ring);
	CU_ASSERT_FALSE(ring_coarse(&ring));
	teardown();
}

static void the_strictest_lease_decides(void)
{
	static struct ring_reader other;

	setup(false);
	/* A flight reader that never reads holds nobody up while a discarding one keeps up. */
	reader_attach(&reader, 0, ACTOR_PLANE_MODE_DISCARD, WANTS);
	reader_init(&other, plane.header, 0);
	reader_attach(&other, 1, ACTOR_PLANE_MODE_FLIGHT, WANTS);
	ring_refresh(&ring);
	for (uint64_t i = 0; i < 4 * ring_events(); i++) {
		emit(&ring, i);
		if (i % 100 == 0) {
			while (reader_read(&reader, take_numbered))
				;
			reader_advance(&reader, wake_nobody);
		}
	}
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->lost, 0);
	/* The lossless reader keeps up: the discarding one does not, and is lapped. */
	reader_attach(&other, 1, ACTOR_PLANE_MODE_LOSSLESS, WANTS);
	ring_refresh(&ring);
	for (uint64_t i = 0; i < 4 * ring_events(); i++) {
		emit(&ring, i);
		if (i % 100 == 0) {
			while (reader_read(&other, take_any))
				;
			reader_advance(&other, wake_nobody);
		}
	}
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->lost, 0);
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->waits, 0);
	drain();
	CU_ASSERT_EQUAL(reader.torn, 0);
	CU_ASSERT_EQUAL(other.torn, 0);
	CU_ASSERT_TRUE(reader.laps > 0);
	CU_ASSERT_EQUAL(other.laps, 0);
	teardown();
}

/* What a new reader wants is found from the chunk on that was next when it came. */
static void a_new_reader_begins_with_a_chunk(void)
{
	setup(true);
	for (uint64_t i = 0; i < 100; i++)
		emit(&ring, i);
	reader_attach(&reader, 0, ACTOR_PLANE_MODE_LOSSLESS, WANTS);
	CU_ASSERT_EQUAL(reader.chunk, 1);
	ring_refresh(&ring);
	for (uint64_t i = 100; i < 200; i++)
		emit(&ring, i);
	reader.expected = 100;
	while (reader_read(&reader, take_numbered))
		;
	CU_ASSERT_EQUAL(reader.received, 100);
	CU_ASSERT_EQUAL(reader.torn, 0);
	CU_ASSERT_EQUAL(reader.gaps, 0);
	teardown();
}

static void threads_that_come_and_go_share_a_ring(void)
{
	uint64_t next = 0;

	setup(false);
	reader_attach(&reader, 0, ACTOR_PLANE_MODE_FLIGHT, WANTS);
	for (int owner = 0; owner < 60; owner++) {
		plane_thread_release(&plane, 0);
		CU_ASSERT_EQUAL(plane_thread_claim(&plane, ACTOR_PLANE_THREAD_SCHEDULER, "next"),
				0);
		ring_init(&ring, &plane, 0, false);
		for (int i = 0; i < 30; i++)
			emit(&ring, next++);
	}
	while (reader_read(&reader, take_numbered))
		;
	CU_ASSERT_EQUAL(reader.received, next);
	CU_ASSERT_EQUAL(reader.torn, 0);
	CU_ASSERT_EQUAL(reader.gaps, 0);
	/* They do not waste a chunk each. */
	CU_ASSERT_EQUAL(plane_ring(&plane, 0)->head, (next + chunk_events() - 1) / chunk_events());
	teardown();
}

static void a_thread_without_a_ring_is_counted(void)
{
	struct ring none;

	setup(false);
	ring_init(&none, &plane, -1, true);
	for (uint64_t i = 0; i < 10; i++)
		emit(&none, i);
	CU_ASSERT_EQUAL(plane.control->lost_threads, 10);
	ring_refresh(&none);
	teardown();
}

/* ---- Killed ---------------------------------------------------------------------------------- */

/* The child: emits until it is killed, after it has told where its plane lies. */
static void write_for_ever(int told)
{
	uint64_t i = 0;

	setup(true);
	if (write(told, plane.path, strlen(plane.path) + 1) < 0)
		_exit(1);
	for (;;)
		emit(&ring, i++);
}

static void *map_file(const char *path, size_t *ret_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	void *base;

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL_FATAL(fstat(fd, &status), 0);
	base = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
	CU_ASSERT_TRUE_FATAL(base != MAP_FAILED);
	close(fd);
	*ret_size = (size_t)status.st_size;
	return base;
}

/* Until the child has emitted so much; then a few steps more, to hit any instruction. */
static void let_it_run(const struct ring_reader *child, uint64_t chunks, uint64_t steps)
{
	while (__atomic_load_n(&child->ring->head, __ATOMIC_RELAXED) < chunks)
		;
	for (uint64_t i = 0; i < steps; i++)
		__asm__ volatile("");
}

static void check_what_is_left(struct ring_reader *dead)
{
	uint64_t head = dead->ring->head;
	uint64_t begin =
		head < dead->header->chunks_per_ring ? 0 : head - dead->header->chunks_per_ring;
	uint64_t found = 0;

	for (uint64_t n = begin; n < head; n++) {
		uint64_t count = 0;

		/*
		 * Only the oldest may be gone, or going: the next chunk was being entered in its
		 * place. The number of the following chunk's first event tells that it is missing.
		 */
		if (reader_copy(dead, n, &count) != READER_COPIED || (count == 0 && n == begin)) {
			CU_ASSERT_EQUAL(n, begin);
			continue;
		}
		found++;
		if (n + 1 < head)
			CU_ASSERT_EQUAL(count, chunk_events());
		for (uint64_t i = 0; i < count; i++)
			if (!is_event(&dead->events[i], n * chunk_events() + i))
				dead->torn++;
		if (count > 0)
			CU_ASSERT_EQUAL(dead->head.first, n * chunk_events());
	}
	CU_ASSERT_TRUE(found + 1 >= head - begin);
	CU_ASSERT_EQUAL(dead->torn, 0);
}

static void kill_one(struct dice *dice)
{
	char path[PATH_MAX];
	size_t size = 0;
	int told[2];
	void *base;
	pid_t child;

	CU_ASSERT_EQUAL_FATAL(pipe(told), 0);
	child = fork();
	CU_ASSERT_TRUE_FATAL(child >= 0);
	if (child == 0)
		write_for_ever(told[1]);
	CU_ASSERT_TRUE_FATAL(read(told[0], path, sizeof(path)) > 0);
	base = map_file(path, &size);
	reader_init(&reader, base, 0);
	let_it_run(&reader, 1 + dice_roll(dice) % 40, dice_roll(dice) % 4096);
	CU_ASSERT_EQUAL(kill(child, SIGKILL), 0);
	CU_ASSERT_EQUAL(waitpid(child, NULL, 0), child);
	/* The numbers are those of the child's plane, which is laid out like ours would be. */
	plane.header = base;
	check_what_is_left(&reader);
	memset(&plane, 0, sizeof(plane));
	CU_ASSERT_EQUAL(munmap(base, size), 0);
	CU_ASSERT_EQUAL(unlink(path), 0);
	*strrchr(path, '/') = '\0';
	CU_ASSERT_EQUAL(rmdir(path), 0);
	close(told[0]);
	close(told[1]);
}

/* A seed repeats a run as far as the scheduler lets it. */
static void a_killed_writer_leaves_whole_events(void)
{
	struct dice dice = dice_take();

	for (int i = 0; i < 50; i++)
		kill_one(&dice);
}

#define CASES(X)                                      \
	X(nothing_is_emitted_unless_someone_reads)    \
	X(a_lease_says_which_events)                  \
	X(what_is_emitted_is_read)                    \
	X(a_slow_flight_reader_is_lapped)             \
	X(discarded_events_are_counted)               \
	X(a_dead_lossless_reader_is_given_up)         \
	X(a_dead_discard_reader_is_given_up)          \
	X(harmless_readers_are_judged_mildly)         \
	X(stamps_are_coarse_where_all_readers_say_so) \
	X(the_strictest_lease_decides)                \
	X(a_new_reader_begins_with_a_chunk)           \
	X(threads_that_come_and_go_share_a_ring)      \
	X(a_thread_without_a_ring_is_counted)         \
	X(a_killed_writer_leaves_whole_events)
SUITE("ring", CASES)
