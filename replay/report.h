/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_REPORT_H
#define REPLAY_REPORT_H

/* A divergence in words: who, when, what then and what now, what led there, and why perhaps. */

#include <stdio.h>

#include "compare.h"

struct report_payload {
	const void *bytes; /* NULL: not known */
	size_t size;
};

struct report {
	struct recording *recording;
	struct script_file *script;
	const struct divergence *divergence;
	struct report_payload then; /* of the message that differs */
	struct report_payload now;
	const char *culprit; /* NULL: nothing can be said */
	const char *file;    /* of the trace, for the commands that are named */
};

void report_print(FILE *file, const struct report *report);

/*
 * "casts move #12 to <0.7.1> room, 24 bytes": what an event says its actor does. `name`: that it is
 * about; NULL or "": as the recording has it.
 */
void report_event(struct recording *recording, const struct actor_event *event, const char *name,
		  char *text, size_t size);

/* One object in a line, with the values of both sides where they are known. */
void report_json(FILE *file, const struct report *report);

/* One line: "<0.7.1> room, turn at 1.234 s: bytes of the payload". */
void report_line(FILE *file, const struct report *report);

#endif
