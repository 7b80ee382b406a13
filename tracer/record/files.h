/* SPDX-License-Identifier: MIT */
#ifndef TRACER_RECORD_FILES_H
#define TRACER_RECORD_FILES_H

/* The file or, one after the other, the files that a recording makes. */

#include <limits.h>
#include <stdbool.h>

#include <tracer/attach.h>
#include <tracer/store.h>

struct record_files {
	const char *command; /* of actor-trace, for errors */
	char name[PATH_MAX]; /* as given; a segment has a number in front of its ending */
	char path[PATH_MAX]; /* of the file being written */
	char line[4096];     /* the command line */
	unsigned segment;    /* number of the file being written, 0: there is one alone */
	unsigned keep;       /* so many segments; 0: all */
	bool resumed;        /* a killed recorder's file is gone on with */
	struct trace_writer *writer;
	struct trace_totals totals; /* of the files that are finished */
};

/*
 * Makes the file. `name` NULL: "trace-<program>-<time>.db". A file that a killed recorder left of
 * the same process, that of `plane`, is gone on with; NULL: there is no such process yet. Returns 0
 * or an exit status, after saying what is wrong.
 */
int files_open(struct record_files *output, const char *name, const char *program, int argc,
	       char **argv, bool segments, const struct plane_view *plane);

/* Makes the next segment. *ret_old is the writer of the last one, to be given to files_end. */
int files_next(struct record_files *output, struct trace_writer **ret_old);

/* Finishes a file and adds what is in it to the totals. Returns 0 or a negative errno. */
int files_end(struct record_files *output, struct trace_writer *writer);

/* A recording that never began leaves no file. */
void files_drop(struct record_files *output);

#endif
