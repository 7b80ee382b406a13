/* SPDX-License-Identifier: MIT */
#include "dice.h"
#include "suite.h"

#include "attach/capture.h"

#include "synthetic.h"

struct fixture {
	char directory[64];
	char file[100];
	struct synthetic synthetic;
	struct plane_view *plane;
	struct trace_writer *writer;
	struct capture *capture;
	struct trace_totals totals;
};

static void fixture_start(struct fixture *f)
{
	struct trace_writer_options options = {.size = sizeof(options)};
	char error[512] = "";

	memset(f, 0, sizeof(*f));
	snprintf(f->directory, sizeof(f->directory), "/tmp/test_capture.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->directory));
	snprintf(f->file, sizeof(f->file), "%s/trace.db", f->directory);
	synthetic_create(&f->synthetic, f->directory, (uint32_t)getpid());
	options.path = f->file;
	CU_ASSERT_EQUAL_FATAL(trace_writer_create(&options, &f->writer, error, sizeof(error)), 0);
}

static int fixture_open(struct fixture *f, enum actor_plane_mode mode)
{
	struct capture_options options = {
		.mode = mode,
		.choice.events = STREAM_EVENTS_FULL,
		.history = mode == ACTOR_PLANE_MODE_NONE,
	};
	char error[512] = "";
	int result = plane_view_open(f->synthetic.path, &f->plane, error, sizeof(error));

	if (result == 0)
		result = capture_open(f->plane, &options, f->writer, &f->capture, error,
				      sizeof(error));
	if (result < 0)
		fprintf(stderr, "%s\n", error);
	return result;
}

static void fixture_end(struct fixture *f)
{
	char path[120];

	capture_close(f->capture);
	plane_view_close(f->plane);
	trace_writer_destroy(f->writer);
	synthetic_remove(&f->synthetic);
	unlink(f->file);
	snprintf(path, sizeof(path), "%s-wal", f->file);
	unlink(path);
	snprintf(path, sizeof(path), "%s-shm", f->file);
	unlink(path);
	CU_ASSERT_EQUAL(rmdir(f->directory), 0);
}

static void all_of_a_plane_comes_into_the_file(void)
{
	struct fixture f;

	fixture_start(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_open(&f, ACTOR_PLANE_MODE_LOSSLESS), 0);
	for (int i = 0; i < 10; i++) {
		synthetic_write(&f.synthetic, 0, SYNTHETIC_CAPACITY);
		CU_ASSERT_EQUAL(capture_step(f.capture), SYNTHETIC_CAPACITY);
	}
	synthetic_write(&f.synthetic, 1, 5);
	CU_ASSERT_EQUAL(capture_finish(f.capture), 0);
	CU_ASSERT_EQUAL(f.synthetic.control->active, 0);
	CU_ASSERT_EQUAL(capture_lapses(f.capture), 0);
	CU_ASSERT_EQUAL(trace_writer_finish(f.writer, &f.totals), 0);
	CU_ASSERT_EQUAL(f.totals.events, 10 * SYNTHETIC_CAPACITY + 5);
	CU_ASSERT_EQUAL(f.totals.gaps, 0);
	CU_ASSERT_EQUAL(f.totals.actors, 3);
	fixture_end(&f);
}

static void tails_move_only_after_a_commit(void)
{
	struct fixture f;
	const uint64_t *tail;

	fixture_start(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_open(&f, ACTOR_PLANE_MODE_LOSSLESS), 0);
	tail = &f.synthetic.control->lease[0].tail[0];
	synthetic_write(&f.synthetic, 0, SYNTHETIC_CAPACITY + 1);
	CU_ASSERT_EQUAL(capture_step(f.capture), SYNTHETIC_CAPACITY + 1);
	CU_ASSERT_EQUAL(*tail, 0);
	/* Half of the ring is a reason to commit at once. */
	synthetic_write(&f.synthetic, 0, 2 * SYNTHETIC_CAPACITY);
	CU_ASSERT_EQUAL(capture_step(f.capture), 2 * SYNTHETIC_CAPACITY);
	CU_ASSERT_EQUAL(*tail, 3);
	fixture_end(&f);
}

static void threads_without_a_ring_are_a_gap(void)
{
	struct fixture f;

	fixture_start(&f);
	f.synthetic.control->lost_threads = 3;
	CU_ASSERT_EQUAL_FATAL(fixture_open(&f, ACTOR_PLANE_MODE_LOSSLESS), 0);
	f.synthetic.control->lost_threads = 10;
	CU_ASSERT_EQUAL(capture_finish(f.capture), 0);
	CU_ASSERT_EQUAL(trace_writer_finish(f.writer, &f.totals), 0);
	CU_ASSERT_EQUAL(f.totals.gaps, 1);
	CU_ASSERT_EQUAL(f.totals.lost, 7);
	fixture_end(&f);
}

/* Whatever is in a plane with a good header, a recording of it comes to an end. */
static void noise_is_recorded_without_harm(void)
{
	struct dice dice = dice_take();

	for (int round = 0; round < 20; round++) {
		struct actor_plane_header good;
		struct fixture f;

		fixture_start(&f);
		good = *f.synthetic.header;
		for (size_t i = 0; i + 8 <= f.synthetic.size; i += 8) {
			uint64_t random = dice_roll(&dice);
			/* Small numbers lead further than large ones. */
			uint64_t value = random >> (random >> 58);

			memcpy(f.synthetic.base + i, &value, 8);
		}
		*f.synthetic.header = good;
		/* Every other round the rings are good, and what their events say is noise. */
		if (round % 2 == 0) {
			for (uint64_t i = 0; i < SYNTHETIC_CHUNKS; i++) {
				struct actor_plane_chunk *chunk =
					synthetic_chunk(&f.synthetic, 0, i);

				chunk->seq = i + 1;
				chunk->committed = SYNTHETIC_CAPACITY;
				chunk->first = i * SYNTHETIC_CAPACITY;
			}
			synthetic_ring(&f.synthetic, 0)->head = SYNTHETIC_CHUNKS;
			f.synthetic.control->threads_used = 1;
		}
		if (fixture_open(&f, ACTOR_PLANE_MODE_NONE) == 0) {
			for (int i = 0; i < 10 && capture_step(f.capture) > 0; i++)
				;
			capture_finish(f.capture);
			trace_writer_finish(f.writer, &f.totals);
		}
		fixture_end(&f);
	}
}

#define CASES(X)                              \
	X(all_of_a_plane_comes_into_the_file) \
	X(tails_move_only_after_a_commit)     \
	X(threads_without_a_ring_are_a_gap)   \
	X(noise_is_recorded_without_harm)

SUITE("capture", CASES)
