/* SPDX-License-Identifier: MIT */
#ifndef TESTS_STREAM_FIXTURE_H
#define TESTS_STREAM_FIXTURE_H

/* A made-up plane, a stream that reads it, and what was heard. */

#include "suite.h"

#include "synthetic.h"

struct fixture {
	char directory[64];
	struct synthetic synthetic;
	struct plane_view *plane;
	struct stream *stream;
	struct heard heard;
	struct stream_sink sink;
};

static inline void fixture_plane(struct fixture *f, uint32_t pid)
{
	char error[512] = "";

	memset(f, 0, sizeof(*f));
	snprintf(f->directory, sizeof(f->directory), "/tmp/test_stream.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->directory));
	synthetic_create(&f->synthetic, f->directory, pid);
	CU_ASSERT_EQUAL_FATAL(plane_view_open(f->synthetic.path, &f->plane, error, sizeof(error)),
			      0);
	f->sink.batch = hear_batch;
	f->sink.gap = hear_gap;
	f->sink.user = &f->heard;
}

static inline void fixture_open(struct fixture *f, enum actor_plane_mode mode, bool history)
{
	struct stream_options options = {
		.size = sizeof(options),
		.mode = mode,
		.events = STREAM_EVENTS_FULL,
		.history = history,
	};
	char error[512] = "";
	int result = stream_open(f->plane, &options, &f->stream, error, sizeof(error));

	if (result < 0)
		fprintf(stderr, "%s\n", error);
	CU_ASSERT_EQUAL_FATAL(result, 0);
}

static inline void fixture_start(struct fixture *f, enum actor_plane_mode mode)
{
	fixture_plane(f, (uint32_t)getpid());
	fixture_open(f, mode, false);
}

static inline void fixture_end(struct fixture *f)
{
	stream_close(f->stream);
	plane_view_close(f->plane);
	synthetic_remove(&f->synthetic);
	rmdir(f->directory);
}

static inline void poll_all(struct fixture *f)
{
	int64_t taken;

	do
		taken = stream_poll(f->stream, &f->sink, 0);
	while (taken > 0);
	CU_ASSERT_EQUAL(taken, 0);
}

#endif
