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

#include "attach/choice.h"

struct capture;

struct capture_options {
	enum actor_plane_mode mode; /* NONE: no lease, for planes of dead programs and snapshots */
	struct choice_options choice;
	bool history; /* as in struct stream_options */
	bool resume;  /* the writer goes on where an earlier recorder stopped */
	uint64_t since_ticks;
};

/* Bytes as the file has them: build and boot ids. */
void capture_hex(const uint8_t *bytes, size_t count, char *text);

/* Opens the stream and stores what the plane says about itself. Nothing given is owned. */
int capture_open(struct plane_view *plane, const struct capture_options *options,
		 struct trace_writer *writer, struct capture **ret_capture, char *error,
		 size_t error_size);

/*
 * Commits, and goes on in another file, into which it stores all that the plane says once more. The
 * writer so far is the caller's to finish.
 */
int capture_switch(struct capture *capture, struct trace_writer *writer);

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

/* What was lost of one thread for one reason. */
struct capture_loss {
	uint32_t thread; /* ACTOR_PLANE_THREADS_MAX: of threads without a ring */
	const char *reason;
	uint64_t gaps;
	uint64_t events;
	bool unknown; /* more may be lost: of some gaps it is not known how much */
};

/* Loss number `index`, from 0; -ENOENT: there are no more. */
int capture_loss(const struct capture *capture, size_t index, struct capture_loss *ret_loss);

/* Events that the recording did not want. */
uint64_t capture_omitted(const struct capture *capture);

/* How often the lease lapsed; known once the capture is finished. */
uint32_t capture_lapses(const struct capture *capture);

/* What failed, why, what to do. Never NULL. */
const char *capture_error(const struct capture *capture);

/* Gives the lease back. Accepts NULL, returns NULL. */
struct capture *capture_close(struct capture *capture);

#endif
