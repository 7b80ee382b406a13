/* SPDX-License-Identifier: MIT */
#ifndef EXPORT_JOB_H
#define EXPORT_JOB_H

/*
 * What export and report have in common: open the trace, choose the part, make the output, show
 * progress, stop at Ctrl-C, and leave a whole output or none.
 */

#include "command.h"
#include "export/export.h"

struct job {
	const char *command; /* for messages */
	const char *trace;
	const char *output; /* NULL: standard output */
	enum output_kind kind;
	struct selection selection;
	const struct export_options *options;
	/* 0 or a negative errno with a text in the source. */
	int (*work)(void *user, struct export *export);
	void *user;
};

/* Says what is wrong by itself. Returns an enum command_status. */
int job_run(const struct job *job);

/*
 * The whole of a command that makes one text file of a trace, as `report` does: its options are -o
 * and those of the source. `example` is a file's name for the message that -o is missing.
 */
int job_main(const struct command *command, const char *example, int argc, char **argv,
	     int (*work)(void *user, struct export *export));

#endif
