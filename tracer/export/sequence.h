/* SPDX-License-Identifier: MIT */
#ifndef EXPORT_SEQUENCE_H
#define EXPORT_SEQUENCE_H

/*
 * The first messages of a selection, in order, for sequence diagrams. Memory: twice as many steps
 * as are asked for.
 */

#include <stdio.h>

#include "export/export.h"
#include "export/story.h"

#define SEQUENCE_STEPS 200 /* where nobody says how many */

enum sequence_kind {
	SEQUENCE_MESSAGE,
	SEQUENCE_REPLY,
	SEQUENCE_NOTE /* at one actor: a timer, an input, its end */
};

struct sequence_step {
	enum sequence_kind kind;
	uint64_t time; /* ticks */
	uint64_t id;   /* orders what has one time */
	uint64_t from; /* pids */
	uint64_t to;   /* the actor of a note */
	char text[96]; /* as it is in the trace */
};

struct sequence {
	struct sequence_step *steps;
	size_t count;
	size_t left_out;
	uint64_t *actors; /* in the order of their appearance */
	size_t actor_count;
};

/* 0 or a negative errno with a text in the source. sequence_finish in either case. */
int sequence_collect(struct export *export, struct sequence *ret_sequence);
void sequence_finish(struct sequence *sequence);

/* Place of an actor in `actors`. */
size_t sequence_actor(const struct sequence *sequence, uint64_t pid);

#endif
