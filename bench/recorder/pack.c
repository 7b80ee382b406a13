/* SPDX-License-Identifier: MIT */
#include "pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "attach/capture.h"

struct pack {
	const char *path;
	struct plane_view *plane;
	struct trace_writer *writer;
	struct capture *capture;
};

static int fail(const char *text)
{
	fprintf(stderr, "bench-recorder: %s\n", text);
	return -1;
}

struct pack *pack_begin(const char *plane, const char *path)
{
	static struct pack pack;
	const struct trace_writer_options file = {.size = sizeof(file), .path = path};
	const struct capture_options options = {.mode = ACTOR_PLANE_MODE_LOSSLESS,
						.choice.events = STREAM_EVENTS_FULL};
	char error[512] = "";

	pack.path = path;
	if (plane_view_open(plane, &pack.plane, error, sizeof(error)) == 0 &&
	    trace_writer_create(&file, &pack.writer, error, sizeof(error)) == 0 &&
	    capture_open(pack.plane, &options, pack.writer, &pack.capture, error, sizeof(error)) ==
		    0)
		return &pack;
	fail(error);
	return NULL;
}

int pack_step(struct pack *pack)
{
	return capture_step(pack->capture) < 0 ? fail(capture_error(pack->capture)) : 0;
}

int pack_end(struct pack *pack, uint64_t *ret_events, uint64_t *ret_bytes)
{
	struct trace_totals totals = {0};
	int result = 0;

	if (capture_finish(pack->capture) != 0)
		result = fail(capture_error(pack->capture));
	else if (trace_writer_finish(pack->writer, &totals) != 0)
		result = fail(trace_writer_error(pack->writer));
	capture_close(pack->capture);
	trace_writer_destroy(pack->writer);
	plane_view_close(pack->plane);
	unlink(pack->path);
	*ret_events = totals.lost == 0 ? totals.events : 0;
	*ret_bytes = totals.file_bytes;
	return result;
}
