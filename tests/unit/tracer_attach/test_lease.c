/* SPDX-License-Identifier: MIT */
/* How readers tell a program that they are there, and how far they have read. */
#include "stream_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static void a_lease_is_taken_and_given_back(void)
{
	struct fixture f;
	struct actor_plane_lease *lease;

	fixture_plane(&f, (uint32_t)getpid());
	synthetic_write(&f.synthetic, 0, 3 * SYNTHETIC_CAPACITY);
	lease = &f.synthetic.control->lease[0];
	fixture_open(&f, ACTOR_PLANE_MODE_DISCARD, false);
	CU_ASSERT_EQUAL(f.synthetic.control->active, ACTOR_PLANE_MODE_DISCARD);
	CU_ASSERT_EQUAL(f.synthetic.control->attached, 1);
	CU_ASSERT_EQUAL(lease->owner_pid, (uint32_t)getpid());
	CU_ASSERT_EQUAL(lease->owner_start, f.synthetic.header->start_time);
	CU_ASSERT_EQUAL(lease->events, STREAM_EVENTS_FULL);
	CU_ASSERT_EQUAL(lease->tail[0], 2);
	CU_ASSERT_EQUAL(lease->tail[1], 0);
	f.stream = stream_close(f.stream);
	CU_ASSERT_EQUAL(f.synthetic.control->active, 0);
	CU_ASSERT_EQUAL(lease->owner_pid, 0);
	CU_ASSERT_EQUAL(lease->owner_start, 0);
	fixture_end(&f);
}

static void a_lease_is_renewed_while_the_reader_is_busy(void)
{
	struct fixture f;
	const uint64_t *heartbeat;
	uint64_t until;

	fixture_start(&f, ACTOR_PLANE_MODE_LOSSLESS);
	heartbeat = &f.synthetic.control->lease[0].heartbeat_ns;
	/* Three lapses long, the reader does something else. */
	until = plane_clock_monotonic() + 3 * ACTOR_PLANE_LEASE_LAPSE_NS;
	while (plane_clock_monotonic() < until) {
		struct timespec pause = {0, 5000000};

		CU_ASSERT_TRUE(plane_clock_monotonic() <
			       __atomic_load_n(heartbeat, __ATOMIC_ACQUIRE) +
				       ACTOR_PLANE_LEASE_LAPSE_NS);
		nanosleep(&pause, NULL);
	}
	fixture_end(&f);
}

static void tails_advance_by_whole_chunks_and_only_when_told(void)
{
	struct fixture f;
	struct actor_plane_lease *lease;

	fixture_start(&f, ACTOR_PLANE_MODE_LOSSLESS);
	lease = &f.synthetic.control->lease[0];
	synthetic_write(&f.synthetic, 0, 2 * SYNTHETIC_CAPACITY + 1);
	poll_all(&f);
	CU_ASSERT_EQUAL(lease->tail[0], 0);
	CU_ASSERT_TRUE(stream_pressed(f.stream)); /* half a ring */
	lease->waiting = 1;
	stream_advance(f.stream);
	CU_ASSERT_EQUAL(lease->tail[0], 2);
	CU_ASSERT_EQUAL(lease->wake, 1);
	CU_ASSERT_FALSE(stream_pressed(f.stream));
	/* One chunk is no pressure, unless the ring is full. */
	synthetic_write(&f.synthetic, 0, SYNTHETIC_CAPACITY);
	poll_all(&f);
	CU_ASSERT_FALSE(stream_pressed(f.stream));
	synthetic_write(&f.synthetic, 0, 2 * SYNTHETIC_CAPACITY);
	CU_ASSERT_TRUE(stream_pressed(f.stream));
	fixture_end(&f);
}

static void a_tail_goes_no_farther_than_what_is_safe(void)
{
	struct fixture f;
	struct actor_plane_lease *lease;

	fixture_start(&f, ACTOR_PLANE_MODE_LOSSLESS);
	lease = &f.synthetic.control->lease[0];
	synthetic_write(&f.synthetic, 0, 3 * SYNTHETIC_CAPACITY + 1);
	poll_all(&f);
	stream_advance_to(f.stream, 0, SYNTHETIC_CAPACITY - 1);
	CU_ASSERT_EQUAL(lease->tail[0], 0);
	stream_advance_to(f.stream, 0, 2 * SYNTHETIC_CAPACITY + 1);
	CU_ASSERT_EQUAL(lease->tail[0], 2);
	CU_ASSERT_EQUAL(lease->wake, 0);
	stream_advance_to(f.stream, 0, 3 * SYNTHETIC_CAPACITY - 1);
	CU_ASSERT_EQUAL(lease->tail[0], 2);
	stream_advance_to(f.stream, 0, UINT64_MAX);
	CU_ASSERT_EQUAL(lease->tail[0], 3);
	lease->waiting = 1;
	stream_wake(f.stream);
	CU_ASSERT_EQUAL(lease->wake, 1);
	fixture_end(&f);
}

static void a_lapsed_lease_is_taken_up_again_with_a_gap(void)
{
	struct fixture f;

	fixture_start(&f, ACTOR_PLANE_MODE_LOSSLESS);
	synthetic_write(&f.synthetic, 0, 5);
	poll_all(&f);
	__atomic_store_n(&f.synthetic.control->active, 0, __ATOMIC_RELEASE);
	synthetic_write(&f.synthetic, 0, 5);
	poll_all(&f);
	CU_ASSERT_EQUAL(f.heard.gaps, 2); /* one for each ring */
	CU_ASSERT_EQUAL(f.heard.lost, 0); /* nobody knows how many */
	CU_ASSERT_EQUAL(f.heard.reason, STREAM_GAP_LAPSED);
	CU_ASSERT_EQUAL(f.heard.events, 10);
	CU_ASSERT_EQUAL(stream_lapses(f.stream), 1);
	CU_ASSERT_EQUAL(f.synthetic.control->active, ACTOR_PLANE_MODE_LOSSLESS);
	CU_ASSERT_EQUAL(f.synthetic.control->attached, 2);
	fixture_end(&f);
}

static void a_ninth_reader_is_refused(void)
{
	struct stream *streams[ACTOR_PLANE_LEASES_MAX];
	struct stream_options options = {.size = sizeof(options), .mode = ACTOR_PLANE_MODE_FLIGHT};
	struct stream *none = (void *)1;
	struct fixture f;
	char error[512] = "";

	fixture_plane(&f, (uint32_t)getpid());
	for (int i = 0; i < ACTOR_PLANE_LEASES_MAX; i++)
		CU_ASSERT_EQUAL_FATAL(
			stream_open(f.plane, &options, &streams[i], error, sizeof(error)), 0);
	CU_ASSERT_EQUAL(stream_open(f.plane, &options, &none, error, sizeof(error)), PLANE_EBUSY);
	CU_ASSERT_PTR_EQUAL(none, (void *)1);
	CU_ASSERT_TRUE(strlen(error) > 20);
	CU_ASSERT_EQUAL(f.synthetic.control->active, UINT64_C(0x0202020202020202));
	for (int i = 0; i < ACTOR_PLANE_LEASES_MAX; i++)
		stream_close(streams[i]);
	CU_ASSERT_EQUAL(f.synthetic.control->active, 0);
	fixture_end(&f);
}

static void the_lease_of_a_dead_reader_is_taken_over(void)
{
	struct fixture f;
	struct actor_plane_lease *lease;
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	fixture_plane(&f, (uint32_t)getpid());
	lease = f.synthetic.control->lease;
	for (int i = 0; i < ACTOR_PLANE_LEASES_MAX; i++) {
		lease[i].owner_pid = (uint32_t)child;
		lease[i].owner_start = 1;
		lease[i].tail[0] = 77;
	}
	f.synthetic.control->active = UINT64_C(0x0404040404040404);
	fixture_open(&f, ACTOR_PLANE_MODE_FLIGHT, false);
	CU_ASSERT_EQUAL(f.synthetic.control->active, UINT64_C(0x0404040404040402));
	CU_ASSERT_EQUAL(lease[0].owner_pid, (uint32_t)getpid());
	CU_ASSERT_EQUAL(lease[0].tail[0], 0);
	fixture_end(&f);
}

static void a_lease_just_being_filled_in_is_left_alone(void)
{
	struct fixture f;

	fixture_plane(&f, (uint32_t)getpid());
	f.synthetic.control->lease[0].owner_pid = (uint32_t)getppid();
	fixture_open(&f, ACTOR_PLANE_MODE_FLIGHT, false);
	CU_ASSERT_EQUAL(f.synthetic.control->lease[0].owner_pid, (uint32_t)getppid());
	CU_ASSERT_EQUAL(f.synthetic.control->lease[1].owner_pid, (uint32_t)getpid());
	fixture_end(&f);
}

static void no_lease_is_taken_of_the_dead(void)
{
	struct stream_options options = {.size = sizeof(options), .mode = ACTOR_PLANE_MODE_FLIGHT};
	struct stream *none = (void *)1;
	struct fixture f;
	char error[512] = "";
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	fixture_plane(&f, (uint32_t)child);
	CU_ASSERT_EQUAL(plane_view_life(f.plane), PLANE_DEAD);
	CU_ASSERT_EQUAL(stream_open(f.plane, &options, &none, error, sizeof(error)), PLANE_EDEAD);
	CU_ASSERT_PTR_EQUAL(none, (void *)1);
	CU_ASSERT_TRUE(strlen(error) > 20);
	fixture_end(&f);
}

#define CASES(X)                                            \
	X(a_lease_is_taken_and_given_back)                  \
	X(a_lease_is_renewed_while_the_reader_is_busy)      \
	X(tails_advance_by_whole_chunks_and_only_when_told) \
	X(a_tail_goes_no_farther_than_what_is_safe)         \
	X(a_lapsed_lease_is_taken_up_again_with_a_gap)      \
	X(a_ninth_reader_is_refused)                        \
	X(the_lease_of_a_dead_reader_is_taken_over)         \
	X(a_lease_just_being_filled_in_is_left_alone)       \
	X(no_lease_is_taken_of_the_dead)

SUITE("lease", CASES)
