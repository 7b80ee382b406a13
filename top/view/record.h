/* SPDX-License-Identifier: MIT */
#ifndef TOP_VIEW_RECORD_H
#define TOP_VIEW_RECORD_H

/*
 * Traces made from the viewer, by actor-trace as a child process: a recording that goes on until it
 * is ended, and a dump of what the program's flight recorder holds.
 */

#include "view/ui.h"

struct recording;

/* What a recording is to hold. */
enum record_what {
	RECORD_ALL,
	RECORD_FILTER, /* actors that fulfil the filter of the screen */
	RECORD_TAGGED
};

/* The recorder's filter for that; "" is none. False: it is none that a recorder understands. */
bool record_filter(struct ui *ui, enum record_what what, char *text, size_t size);

void recording_begin(struct ui *ui, enum record_what what);

/* Asks the recorder to finish; recordings_look() tells when it has. */
void recording_stop(struct ui *ui);

/*
 * The flight recorder's last so many seconds, 0: all. Of a program that was killed: all that its
 * plane holds.
 */
void dump_begin(struct ui *ui, double seconds);

/* Has one of them ended? */
void recordings_look(struct ui *ui);

/* "REC 0:12 FILE", for the header. */
void recording_text(const struct recording *recording, char *text, size_t size);

/* Finishes it and waits for that. Accepts NULL, returns NULL. */
struct recording *recording_end(struct recording *recording);

#endif
