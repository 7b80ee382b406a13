/* SPDX-License-Identifier: MIT */
#ifndef TRACER_ATTACH_CAPTURE_INNER_H
#define TRACER_ATTACH_CAPTURE_INNER_H

/*
 * Inside a capture.
 *
 *	capture.c         events, commits, opening and closing
 *	capture_tables.c  the plane's tables, as they grow
 *	capture_meta.c    what the plane says about itself, and how it is recorded
 */

#include <stddef.h>
#include <stdint.h>

#include "attach/capture.h"
#include "attach/ctypes.h"

/* The longest text that is stored whole. */
#define CAPTURE_TEXT 65536
#define CAPTURE_NAME 1024

/* Losses that are told one by one: of each thread for each reason. */
#define LOSSES_MAX ((ACTOR_PLANE_THREADS_MAX + 1) * STREAM_GAP_COUNT)

/* What was stored of a slot. */
struct slot {
	uint32_t generation;
	uint32_t name;
	uint32_t restarts;
};

struct capture {
	struct plane_view *plane;
	struct stream *stream;
	struct trace_writer *writer;
	struct choice *choice;
	struct ctypes ctypes;
	struct capture_options options;
	uint64_t committed_ns; /* when */
	uint64_t clocked_ns;
	uint64_t pending; /* events since the last commit */
	uint32_t types;   /* numbers stored */
	uint32_t behaviours;
	uint32_t string;                           /* offset of the last string stored */
	uint64_t threads[ACTOR_PLANE_THREADS_MAX]; /* kind and tid as stored, + 1 */
	struct slot *slots;
	uint32_t slots_room;
	uint32_t cursor;
	uint32_t lapses;
	uint64_t lost_threads; /* of the plane's count, what is stored or was there before us */
	struct capture_loss losses[LOSSES_MAX];
	size_t losses_count;
	char *text; /* CAPTURE_TEXT bytes */
	char error[512];
};

/*
 * Copies what is new in the tables, and looks at so many slots of actors. 0 or a status. The others
 * too.
 */
int capture_tables(struct capture *capture, uint32_t slots);

/* Once for each file. */
int capture_meta(struct capture *capture);

#endif
