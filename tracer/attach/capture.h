/* SPDX-License-Identifier: MIT */
#ifndef TRACER_ATTACH_CAPTURE_H
#define TRACER_ATTACH_CAPTURE_H

/*
 * From a plane into a trace file: the one place that knows both.
 *
 * The lease is taken before anything else is looked at, so that what happens while the tables are
 * copied is in the rings. Rings are given back only after a commit, so that a recorder that is
 * killed loses nothing that the program could not tell again.
 *
 * Memory: the stream's, the writer's, 64 KiB for texts, and 12 bytes for every slot in use.
 */

#include <tracer/store.h>
#include <tracer/stream.h>

struct capture;

/* Opens the stream and stores what the plane says about itself. Nothing given is owned. */
int capture_open(struct plane_view *plane, const struct stream_options *options,
		 struct trace_writer *writer, struct capture **ret_capture, char *error,
		 size_t error_size);

/*
 * Takes what is new, and commits when it is time. Returns how many events it took, or a negative
 * errno; capture_error() has the words.
 */
int64_t capture_step(struct capture *capture);

/*
 * Takes everything that is still there and the tables once more, and gives the lease back. The
 * writer is not finished: there may be more to say about the recording.
 */
int capture_finish(struct capture *capture);

/* How often the lease lapsed; known once the capture is finished. */
uint32_t capture_lapses(const struct capture *capture);

/* What failed, why, what to do. Never NULL. */
const char *capture_error(const struct capture *capture);

/* Gives the lease back. Accepts NULL, returns NULL. */
struct capture *capture_close(struct capture *capture);

#endif
