/* SPDX-License-Identifier: MIT */
/* What a stream reads of a plane, and what it counts as lost. */
#include "stream_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static void nothing_is_read_of_an_idle_plane(void)
{
	struct fixture f;

	fixture_start(&f, ACTOR_PLANE_MODE_FLIGHT);
	poll_all(&f);
	CU_ASSERT_EQUAL(f.heard.batches, 0);
	CU_ASSERT_EQUAL(f.heard.gaps, 0);
	fixture_end(&f);
}

static void a_partly_filled_chunk_is_read_as_it_grows(void)
{
	struct fixture f;

	fixture_start(&f, ACTOR_PLANE_MODE_FLIGHT);
	for (uint64_t i = 1; i <= 10 * SYNTHETIC_CAPACITY; i++) {
		synthetic_write(&f.synthetic, 0, 1);
		poll_all(&f);
		CU_ASSERT_EQUAL(f.heard.events, i);
	}
	CU_ASSERT_EQUAL(f.heard.wrong, 0);
	CU_ASSERT_EQUAL(f.heard.gaps, 0);
	CU_ASSERT_EQUAL(stream_position(f.stream, 0), 10 * SYNTHETIC_CAPACITY);
	fixture_end(&f);
}

static void several_chunks_are_read_at_once(void)
{
	struct fixture f;

	fixture_start(&f, ACTOR_PLANE_MODE_FLIGHT);
	synthetic_write(&f.synthetic, 0, 3 * SYNTHETIC_CAPACITY + 5);
	synthetic_write(&f.synthetic, 1, 7);
	poll_all(&f);
	CU_ASSERT_EQUAL(f.heard.events, 3 * SYNTHETIC_CAPACITY + 12);
	CU_ASSERT_EQUAL(f.heard.wrong, 0);
	fixture_end(&f);
}

static void rings_that_come_later_are_read_from_their_beginning(void)
{
	struct fixture f;

	fixture_start(&f, ACTOR_PLANE_MODE_FLIGHT);
	poll_all(&f);
	synthetic_write(&f.synthetic, 3, 9);
	__atomic_store_n(&f.synthetic.control->threads_used, 4, __ATOMIC_RELEASE);
	poll_all(&f);
	CU_ASSERT_EQUAL(f.heard.events, 9);
	CU_ASSERT_EQUAL(stream_threads(f.stream), 4);
	CU_ASSERT_EQUAL(f.heard.wrong, 0);
	fixture_end(&f);
}

static void what_was_there_before_is_not_read(void)
{
	struct fixture f;
	struct actor_event recv = {.kind = ACTOR_EVENT_RECV, .a = 42, .c = 99};

	fixture_plane(&f, (uint32_t)getpid());
	synthetic_write(&f.synthetic, 0, SYNTHETIC_CAPACITY + 5);
	synthetic_put(&f.synthetic, 0, recv);
	fixture_open(&f, ACTOR_PLANE_MODE_FLIGHT, false);
	f.heard.next[0] = SYNTHETIC_CAPACITY + 6;
	poll_all(&f);
	CU_ASSERT_EQUAL(f.heard.events, 0);
	synthetic_write(&f.synthetic, 0, 2);
	poll_all(&f);
	CU_ASSERT_EQUAL(f.heard.events, 2);
	CU_ASSERT_EQUAL(f.heard.wrong, 0);
	CU_ASSERT_EQUAL(f.heard.gaps, 0);
	/* The turn that was running when the reader came is known all the same. */
	CU_ASSERT_EQUAL(f.heard.last.actor, 42);
	CU_ASSERT_EQUAL(f.heard.last.turn_time, 99);
	fixture_end(&f);
}

static void history_is_read_from_the_oldest_chunk(void)
{
	struct fixture f;
	uint64_t kept = (SYNTHETIC_CHUNKS - 1) * SYNTHETIC_CAPACITY + 3;

	fixture_plane(&f, (uint32_t)getpid());
	synthetic_write(&f.synthetic, 0, 6 * SYNTHETIC_CAPACITY + 3);
	fixture_open(&f, ACTOR_PLANE_MODE_NONE, true);
	f.heard.next[0] = 6 * SYNTHETIC_CAPACITY + 3 - kept;
	poll_all(&f);
	CU_ASSERT_EQUAL(f.heard.events, kept);
	CU_ASSERT_EQUAL(f.heard.wrong, 0);
	CU_ASSERT_EQUAL(f.synthetic.control->active, 0);
	fixture_end(&f);
}

static void a_batch_says_whose_turn_it_is(void)
{
	struct fixture f;
	struct actor_event recv = {.kind = ACTOR_EVENT_RECV, .a = 7, .c = 1000};
	struct actor_event idle = {.kind = ACTOR_EVENT_IDLE, .c = 1010};

	fixture_start(&f, ACTOR_PLANE_MODE_FLIGHT);
	synthetic_enter(&f.synthetic, 0, SYNTHETIC_HEAD, 3);
	synthetic_put(&f.synthetic, 0, synthetic_event(0));
	poll_all(&f);
	CU_ASSERT_EQUAL(f.heard.last.actor, 3);
	CU_ASSERT_EQUAL(f.heard.last.turn_time, 5);
	synthetic_put(&f.synthetic, 0, recv);
	poll_all(&f);
	CU_ASSERT_EQUAL(f.heard.last.actor, 3);
	synthetic_put(&f.synthetic, 0, synthetic_event(2));
	poll_all(&f);
	CU_ASSERT_EQUAL(f.heard.last.actor, 7);
	CU_ASSERT_EQUAL(f.heard.last.turn_time, 1000);
	synthetic_put(&f.synthetic, 0, idle);
	poll_all(&f);
	synthetic_put(&f.synthetic, 0, synthetic_event(4));
	poll_all(&f);
	CU_ASSERT_EQUAL(f.heard.last.actor, 0);
	fixture_end(&f);
}

static void a_lapped_reader_counts_what_it_lost(void)
{
	struct fixture f;

	fixture_start(&f, ACTOR_PLANE_MODE_FLIGHT);
	synthetic_write(&f.synthetic, 0, 10);
	poll_all(&f);
	synthetic_write(&f.synthetic, 0, 20 * SYNTHETIC_CAPACITY);
	poll_all(&f);
	CU_ASSERT_EQUAL(f.heard.gaps, 1);
	CU_ASSERT_EQUAL(f.heard.reason, STREAM_GAP_OVERWRITTEN);
	CU_ASSERT_EQUAL(f.heard.events + f.heard.lost, 20 * SYNTHETIC_CAPACITY + 10);
	CU_ASSERT_EQUAL(f.heard.wrong, 0);
	fixture_end(&f);
}

static void dropped_events_are_a_gap_between_chunks(void)
{
	struct fixture f;

	fixture_start(&f, ACTOR_PLANE_MODE_DISCARD);
	synthetic_write(&f.synthetic, 0, SYNTHETIC_CAPACITY);
	/* The ring was full for 17 events; each has its number. */
	f.synthetic.first[0] += 17;
	synthetic_ring(&f.synthetic, 0)->lost = 17;
	synthetic_write(&f.synthetic, 0, 4);
	poll_all(&f);
	CU_ASSERT_EQUAL(f.heard.gaps, 1);
	CU_ASSERT_EQUAL(f.heard.lost, 17);
	CU_ASSERT_EQUAL(f.heard.reason, STREAM_GAP_DISCARDED);
	CU_ASSERT_EQUAL(f.heard.wrong, 0);
	/* And at the end, losses that no event follows. */
	synthetic_ring(&f.synthetic, 0)->lost = 20;
	CU_ASSERT_EQUAL(stream_finish(f.stream, &f.sink), 0);
	CU_ASSERT_EQUAL(f.heard.gaps, 2);
	CU_ASSERT_EQUAL(f.heard.lost, 20);
	CU_ASSERT_EQUAL(stream_finish(f.stream, &f.sink), 0);
	CU_ASSERT_EQUAL(f.heard.gaps, 2);
	fixture_end(&f);
}

static void a_ring_without_memory_is_a_gap(void)
{
	struct fixture f;

	fixture_start(&f, ACTOR_PLANE_MODE_LOSSLESS);
	synthetic_ring(&f.synthetic, 1)->lost = 5;
	synthetic_ring(&f.synthetic, 1)->refused = 1;
	poll_all(&f);
	CU_ASSERT_EQUAL(stream_finish(f.stream, &f.sink), 0);
	CU_ASSERT_EQUAL(f.heard.reason, STREAM_GAP_REFUSED);
	CU_ASSERT_EQUAL(f.heard.lost, 5);
	fixture_end(&f);
}

/* Killed after each step of entering a chunk that overwrites one: whole events, counted losses. */
static void a_kill_in_any_step_leaves_whole_events(void)
{
	for (int step = SYNTHETIC_NOTHING; step < SYNTHETIC_STEPS; step++) {
		for (uint64_t chunks = 1; chunks <= 2 * SYNTHETIC_CHUNKS; chunks++) {
			uint64_t written = chunks * SYNTHETIC_CAPACITY;
			struct fixture f;

			fixture_plane(&f, (uint32_t)getpid());
			synthetic_write(&f.synthetic, 0, written);
			synthetic_enter(&f.synthetic, 0, (enum synthetic_step)step, 0);
			fixture_open(&f, ACTOR_PLANE_MODE_NONE, true);
			f.heard.next[0] = UINT64_MAX; /* wherever it begins */
			poll_all(&f);
			CU_ASSERT_EQUAL(f.heard.wrong, 1);
			CU_ASSERT_EQUAL(f.heard.gaps, 0);
			CU_ASSERT_EQUAL(f.heard.next[0], written);
			if (chunks < SYNTHETIC_CHUNKS)
				CU_ASSERT_EQUAL(f.heard.events, written);
			CU_ASSERT_TRUE(f.heard.events >=
					       (SYNTHETIC_CHUNKS - 2) * SYNTHETIC_CAPACITY ||
				       f.heard.events == written);
			fixture_end(&f);
		}
	}
}

/* The same, with a reader that was there all the time: nothing is lost at all. */
static void a_kill_in_any_step_loses_nothing_of_a_reader(void)
{
	for (int step = SYNTHETIC_NOTHING; step < SYNTHETIC_STEPS; step++) {
		struct fixture f;

		fixture_start(&f, ACTOR_PLANE_MODE_LOSSLESS);
		for (uint64_t i = 1; i <= 9; i++) {
			synthetic_write(&f.synthetic, 0, SYNTHETIC_CAPACITY);
			poll_all(&f);
			stream_advance(f.stream);
		}
		synthetic_write(&f.synthetic, 0, 2 * SYNTHETIC_CAPACITY);
		synthetic_enter(&f.synthetic, 0, (enum synthetic_step)step, 0);
		poll_all(&f);
		CU_ASSERT_EQUAL(f.heard.events, 11 * SYNTHETIC_CAPACITY);
		CU_ASSERT_EQUAL(f.heard.gaps, 0);
		CU_ASSERT_EQUAL(f.heard.wrong, 0);
		fixture_end(&f);
	}
}

static void a_damaged_ring_is_given_up_and_the_others_go_on(void)
{
	struct fixture f;

	fixture_start(&f, ACTOR_PLANE_MODE_FLIGHT);
	synthetic_write(&f.synthetic, 0, 3);
	synthetic_write(&f.synthetic, 1, 3);
	synthetic_chunk(&f.synthetic, 0, 0)->committed = UINT64_MAX;
	poll_all(&f);
	CU_ASSERT_EQUAL(f.heard.gaps, 1);
	CU_ASSERT_EQUAL(f.heard.reason, STREAM_GAP_DAMAGED);
	CU_ASSERT_EQUAL(f.heard.events, 3);
	/* Numbers that run backwards. */
	synthetic_write(&f.synthetic, 1, SYNTHETIC_CAPACITY - 3);
	f.synthetic.first[1] = 2;
	synthetic_write(&f.synthetic, 1, 1);
	poll_all(&f);
	CU_ASSERT_EQUAL(f.heard.gaps, 2);
	CU_ASSERT_EQUAL(f.heard.reason, STREAM_GAP_DAMAGED);
	fixture_end(&f);
}

static int refuse_batch(void *user, const struct stream_batch *batch)
{
	(void)user;
	(void)batch;
	return -5;
}

static void a_callback_ends_a_poll(void)
{
	struct fixture f;

	fixture_start(&f, ACTOR_PLANE_MODE_FLIGHT);
	synthetic_write(&f.synthetic, 0, 3);
	f.sink.batch = refuse_batch;
	CU_ASSERT_EQUAL(stream_poll(f.stream, &f.sink, 0), -5);
	fixture_end(&f);
}

static void a_poll_is_bounded_and_fair(void)
{
	struct fixture f;

	fixture_start(&f, ACTOR_PLANE_MODE_FLIGHT);
	synthetic_write(&f.synthetic, 0, 3 * SYNTHETIC_CAPACITY);
	synthetic_write(&f.synthetic, 1, 3 * SYNTHETIC_CAPACITY);
	CU_ASSERT_TRUE(stream_poll(f.stream, &f.sink, 2) <= 2 * SYNTHETIC_CAPACITY);
	CU_ASSERT_TRUE(stream_position(f.stream, 0) > 0);
	CU_ASSERT_TRUE(stream_position(f.stream, 1) > 0);
	poll_all(&f);
	CU_ASSERT_EQUAL(f.heard.events, 6 * SYNTHETIC_CAPACITY);
	fixture_end(&f);
}

/* ---- With a writer that runs --------------------------------------------------------------- */

#define RUN_EVENTS 300000u

struct runner {
	struct synthetic *synthetic;
	bool lossless;
	bool done;
};

static void *run_writer(void *argument)
{
	struct runner *runner = argument;
	struct synthetic *synthetic = runner->synthetic;
	const uint64_t *tail = &synthetic->control->lease[0].tail[0];

	for (uint32_t i = 0; i < RUN_EVENTS; i++) {
		uint64_t head = synthetic_ring(synthetic, 0)->head;

		while (runner->lossless && synthetic->filled[0] == SYNTHETIC_CAPACITY &&
		       head - __atomic_load_n(tail, __ATOMIC_ACQUIRE) >= SYNTHETIC_CHUNKS)
			sched_yield();
		synthetic_write(synthetic, 0, 1);
	}
	__atomic_store_n(&runner->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void read_while_it_runs(struct fixture *f, bool lossless)
{
	struct runner runner = {&f->synthetic, lossless, false};
	pthread_t writer;
	bool done = false;

	CU_ASSERT_EQUAL_FATAL(pthread_create(&writer, NULL, run_writer, &runner), 0);
	while (!done) {
		done = __atomic_load_n(&runner.done, __ATOMIC_ACQUIRE);
		poll_all(f);
		stream_advance(f->stream);
	}
	pthread_join(writer, NULL);
	CU_ASSERT_EQUAL(f->heard.wrong, 0);
	CU_ASSERT_EQUAL(f->heard.events + f->heard.lost, RUN_EVENTS);
}

static void a_fast_writer_never_gives_torn_events(void)
{
	struct fixture f;

	fixture_start(&f, ACTOR_PLANE_MODE_FLIGHT);
	read_while_it_runs(&f, false);
	fixture_end(&f);
}

static void a_waiting_writer_loses_nothing(void)
{
	struct fixture f;

	fixture_start(&f, ACTOR_PLANE_MODE_LOSSLESS);
	read_while_it_runs(&f, true);
	CU_ASSERT_EQUAL(f.heard.lost, 0);
	CU_ASSERT_EQUAL(f.heard.gaps, 0);
	fixture_end(&f);
}

/* Killed at any instant, by the kernel and not by a test's design. */
static void a_killed_writer_leaves_whole_events(void)
{
	for (int i = 0; i < 50; i++) {
		struct fixture f;
		struct timespec pause = {0, 200000 + i * 37000};
		pid_t child;

		fixture_plane(&f, (uint32_t)getpid());
		child = fork();
		if (child == 0) {
			for (;;)
				synthetic_write(&f.synthetic, 0, 1);
		}
		nanosleep(&pause, NULL);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		fixture_open(&f, ACTOR_PLANE_MODE_NONE, true);
		f.heard.next[0] = UINT64_MAX;
		poll_all(&f);
		/* The first batch begins where it begins; that is the one that is "wrong". */
		CU_ASSERT_TRUE(f.heard.wrong <= 1);
		CU_ASSERT_EQUAL(f.heard.gaps, 0);
		fixture_end(&f);
	}
}

static void a_file_cut_short_while_it_is_read_does_no_harm(void)
{
	struct fixture f;

	fixture_start(&f, ACTOR_PLANE_MODE_FLIGHT);
	synthetic_write(&f.synthetic, 0, 3 * SYNTHETIC_CAPACITY);
	poll_all(&f);
	CU_ASSERT_FALSE(plane_view_damaged(f.plane));
	CU_ASSERT_EQUAL(ftruncate(f.synthetic.fd, 4096), 0);
	for (int i = 0; i < 3; i++)
		stream_poll(f.stream, &f.sink, 0);
	stream_finish(f.stream, &f.sink);
	stream_advance(f.stream);
	CU_ASSERT_TRUE(plane_view_damaged(f.plane));
	fixture_end(&f);
}

#define CASES(X)                                               \
	X(nothing_is_read_of_an_idle_plane)                    \
	X(a_partly_filled_chunk_is_read_as_it_grows)           \
	X(several_chunks_are_read_at_once)                     \
	X(rings_that_come_later_are_read_from_their_beginning) \
	X(what_was_there_before_is_not_read)                   \
	X(history_is_read_from_the_oldest_chunk)               \
	X(a_batch_says_whose_turn_it_is)                       \
	X(a_lapped_reader_counts_what_it_lost)                 \
	X(dropped_events_are_a_gap_between_chunks)             \
	X(a_ring_without_memory_is_a_gap)                      \
	X(a_kill_in_any_step_leaves_whole_events)              \
	X(a_kill_in_any_step_loses_nothing_of_a_reader)        \
	X(a_damaged_ring_is_given_up_and_the_others_go_on)     \
	X(a_callback_ends_a_poll)                              \
	X(a_poll_is_bounded_and_fair)                          \
	X(a_fast_writer_never_gives_torn_events)               \
	X(a_waiting_writer_loses_nothing)                      \
	X(a_killed_writer_leaves_whole_events)                 \
	X(a_file_cut_short_while_it_is_read_does_no_harm)

SUITE("stream", CASES)
