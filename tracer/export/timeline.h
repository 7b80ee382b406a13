/* SPDX-License-Identifier: MIT */
#ifndef EXPORT_TIMELINE_H
#define EXPORT_TIMELINE_H

/*
 * A recording as tracks with slices on them, which is what timeline viewers show:
 *
 *	program                       a track for each of its threads: who ran on it
 *	  behaviour                   a group
 *	    actor                     a slice for each turn, in it one for each wait in a call;
 *	                              flows lead from the turn that sends to the one that receives
 *	      mailbox                 a counter: messages that wait
 *	  lost                        where events are missing
 *
 * This file knows what there is to tell; a writer knows how its format says it.
 */

#include "export/source.h"

enum timeline_track_kind {
	TRACK_PROGRAM,
	TRACK_THREAD,
	TRACK_GROUP,
	TRACK_ACTOR,
	TRACK_MAILBOX,
	TRACK_LOST
};

struct timeline_track {
	enum timeline_track_kind kind;
	uint64_t id;     /* no other track of the recording has it; never 0 */
	uint64_t parent; /* 0: none */
	const char *name;
	int32_t pid; /* of a program or thread */
	int32_t tid; /* of a thread */
};

struct timeline_arg {
	const char *name;
	const char *text; /* NULL: a number */
	int64_t number;
};

struct timeline_slice {
	const struct timeline_track *track;
	int64_t from_ns; /* of the session */
	int64_t to_ns;   /* an instant where it is from_ns and `is_instant` */
	bool is_instant;
	const char *name;
	const char *category;
	const struct timeline_arg *args;
	size_t arg_count;
	uint64_t flow_in; /* number of the flow that ends here, 0: none */
	const uint64_t *flows_out;
	size_t flow_out_count;
};

/*
 * A track is told before anything on it. The slices of a track come in the order of their ends; a
 * slice comes before those that lie in it. Texts are as they are in the trace and valid until the
 * call returns.
 */
struct timeline_writer {
	void *user;
	void (*track)(void *user, const struct timeline_track *track);
	void (*slice)(void *user, const struct timeline_slice *slice);
	void (*counter)(void *user, const struct timeline_track *track, int64_t ns, int64_t value);
};

/* 0 or a negative errno with a text in source->error. */
int timeline_tell(struct source *source, const struct timeline_writer *writer);

#endif
