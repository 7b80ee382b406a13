/* SPDX-License-Identifier: MIT */
/* Planes that lie, in every field, and planes that shrink under their reader. */
#include "plane_fixture.h"

#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

#include "dice.h"

static int take_batch(void *user, const struct stream_batch *batch)
{
	uint64_t *sum = user;

	for (size_t i = 0; i < batch->count; i++)
		*sum += batch->events[i].a;
	return 0;
}

static int take_gap(void *user, const struct stream_gap *gap)
{
	uint64_t *sum = user;

	*sum += gap->count;
	return 0;
}

/* Reads all that can be read. What comes out is of no interest, but that it comes to an end. */
static void read_everything(struct plane_view *plane)
{
	static char text[1024];
	struct stream_options options = {.size = sizeof(options), .history = true};
	struct stream_sink sink;
	struct plane_counts counts;
	struct actor_plane_type type;
	struct actor_plane_behaviour behaviour;
	struct actor_plane_thread thread;
	struct actor_plane_actor actor;
	struct actor_plane_birth birth;
	struct actor_plane_lease lease;
	struct stream *stream = NULL;
	uint64_t sum = 0;
	uint32_t offset = 0;

	plane_view_life(plane);
	plane_view_counts(plane, &counts);
	for (uint32_t i = 0; i <= counts.types + 1; i++) {
		if (plane_view_type(plane, i, &type) == 0)
			plane_view_string(plane, type.name, text, sizeof(text));
	}
	for (uint32_t i = 0; i <= counts.behaviours + 1; i++) {
		if (plane_view_behaviour(plane, i, &behaviour) == 0)
			plane_view_string(plane, behaviour.name, text, sizeof(text));
	}
	for (uint32_t i = 0; i <= counts.threads; i++)
		plane_view_thread(plane, i, &thread);
	for (uint32_t i = 0; i <= counts.actors; i++) {
		if (plane_view_actor(plane, i, &actor) == 0) {
			plane_view_string(plane, actor.name, text, sizeof(text));
			plane_view_birth(plane, i, actor.generation, &birth);
		}
	}
	for (uint32_t i = 0; i <= ACTOR_PLANE_LEASES_MAX; i++)
		plane_view_lease(plane, i, &lease);
	while (plane_view_string_next(plane, offset, &offset) == 0)
		plane_view_string(plane, offset, text, sizeof(text));
	plane_view_string(plane, plane_view_header(plane)->argv, text, sizeof(text));
	sink.batch = take_batch;
	sink.gap = take_gap;
	sink.user = &sum;
	if (stream_open(plane, &options, &stream, NULL, 0) == 0) {
		for (int i = 0; i < 100 && stream_poll(stream, &sink, 1000) > 0; i++)
			;
		stream_finish(stream, &sink);
	}
	stream_close(stream);
}

static void try_everything(const char *path)
{
	struct plane_view *plane = NULL;
	char error[600] = "";

	if (plane_view_open(path, &plane, error, sizeof(error)) == 0)
		read_everything(plane);
	else
		CU_ASSERT_TRUE(strlen(error) > 20);
	plane_view_close(plane);
}

static const uint64_t evil[] = {0,
				1,
				2,
				3,
				7,
				63,
				4095,
				4096,
				4097,
				65535,
				65536,
				0x7fffffff,
				0x80000000,
				0xffffffff,
				UINT64_C(0x100000000),
				UINT64_C(0x7fffffffffffffff),
				UINT64_C(0x8000000000000000),
				UINT64_C(0xffffffffffffffc0),
				UINT64_C(0xffffffffffffffff)};

#define EVIL (sizeof(evil) / sizeof(evil[0]))

/* Puts every evil number, and every number one bit away, into each word of [start, start+size). */
static void spoil(struct fixture *f, void *start, size_t size)
{
	for (size_t at = 0; at + 4 <= size; at += 4) {
		for (size_t i = 0; i < 2 * EVIL + 64; i++) {
			uint8_t *word = (uint8_t *)start + at;
			size_t width = i < EVIL && at % 8 == 0 ? 8 : 4;
			uint64_t good = 0, value;

			memcpy(&good, word, width);
			value = i < 2 * EVIL ? evil[i % EVIL]
					     : good ^ UINT64_C(1) << (i - 2 * EVIL) % (8 * width);
			memcpy(word, &value, width);
			try_everything(f->synthetic.path);
			memcpy(word, &good, width);
		}
	}
}

static void every_field_of_the_header_may_lie(void)
{
	struct fixture f;

	fixture_start(&f);
	synthetic_write(&f.synthetic, 0, 6 * SYNTHETIC_CAPACITY);
	spoil(&f, f.synthetic.header, sizeof(*f.synthetic.header));
	fixture_end(&f);
}

static void every_field_of_the_control_region_may_lie(void)
{
	struct fixture f;

	fixture_start(&f);
	synthetic_write(&f.synthetic, 0, 6 * SYNTHETIC_CAPACITY);
	spoil(&f, f.synthetic.control, offsetof(struct actor_plane_control, lease));
	fixture_end(&f);
}

static void every_field_of_a_ring_may_lie(void)
{
	struct fixture f;

	fixture_start(&f);
	synthetic_write(&f.synthetic, 0, 6 * SYNTHETIC_CAPACITY);
	spoil(&f, synthetic_ring(&f.synthetic, 0), sizeof(struct actor_plane_ring));
	for (uint64_t i = 0; i < SYNTHETIC_CHUNKS; i++)
		spoil(&f, synthetic_chunk(&f.synthetic, 0, i), sizeof(struct actor_plane_chunk));
	fixture_end(&f);
}

static void noise_does_no_harm(void)
{
	struct fixture f;
	struct actor_plane_header good;
	struct dice dice = dice_take();

	fixture_start(&f);
	good = *f.synthetic.header;
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i + 8 <= f.synthetic.size; i += 8) {
			uint64_t random = dice_roll(&dice);
			memcpy(f.synthetic.base + i, &random, 8);
		}
		*f.synthetic.header = good;
		try_everything(f.synthetic.path);
	}
	fixture_end(&f);
}

static void a_file_cut_at_any_page_under_the_reader_does_no_harm(void)
{
	struct fixture f;
	size_t size;

	fixture_start(&f);
	size = f.synthetic.size;
	fixture_end(&f);
	while (size > 0) {
		struct plane_view *plane = NULL;

		size -= 4096;
		fixture_start(&f);
		synthetic_write(&f.synthetic, 0, 6 * SYNTHETIC_CAPACITY);
		synthetic_write(&f.synthetic, 1, 6 * SYNTHETIC_CAPACITY);
		CU_ASSERT_EQUAL_FATAL(plane_view_open(f.synthetic.path, &plane, NULL, 0), 0);
		CU_ASSERT_EQUAL(ftruncate(f.synthetic.fd, (off_t)size), 0);
		read_everything(plane);
		if (size <= 4096)
			CU_ASSERT_TRUE(plane_view_damaged(plane));
		plane_view_close(plane);
		fixture_end(&f);
	}
}

/* A fault that has nothing to do with planes is what it was. */
static void other_faults_are_passed_on(void)
{
	struct fixture f;
	struct plane_view *plane = NULL;
	int status = 0;
	pid_t child;

	fixture_start(&f);
	CU_ASSERT_EQUAL_FATAL(plane_view_open(f.synthetic.path, &plane, NULL, 0), 0);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		volatile uint8_t *other;
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDERR_FILENO); /* a sanitizer reports the fault, as it should */
		other = mmap(NULL, f.synthetic.size, PROT_READ, MAP_SHARED, f.synthetic.fd, 0);
		if (ftruncate(f.synthetic.fd, 0) != 0)
			_exit(3);
		_exit(other[5000] == 0 ? 4 : 5);
	}
	waitpid(child, &status, 0);
	/* Killed by the signal, or ended by a sanitizer; it did not read a zero and go on. */
	if (WIFEXITED(status))
		status = WEXITSTATUS(status) < 3 || WEXITSTATUS(status) > 5 ? SIGBUS : 0;
	CU_ASSERT_EQUAL(status & 0x7f, SIGBUS);
	plane_view_close(plane);
	fixture_end(&f);
}

#define CASES(X)                                                \
	X(every_field_of_the_header_may_lie)                    \
	X(every_field_of_the_control_region_may_lie)            \
	X(every_field_of_a_ring_may_lie)                        \
	X(noise_does_no_harm)                                   \
	X(a_file_cut_at_any_page_under_the_reader_does_no_harm) \
	X(other_faults_are_passed_on)

SUITE("hostile planes", CASES)
