/* SPDX-License-Identifier: MIT */
#ifndef DEBUG_OPEN_H
#define DEBUG_OPEN_H

/* A trace and its program, ready to be debugged: standing before the first turn. */

#include "debug/debug.h"
#include "recording.h"
#include "script_file.h"
#include "session.h"

struct debug_target {
	struct recording recording;
	struct script_file script;
	struct session *session;
	bool has_recording;
	bool has_script;
};

struct debug_open_options {
	const char *name; /* of the command, for messages */
	const char *path; /* of the trace */
	char *const *command;
	bool output; /* what the program prints is shown */
};

/* Returns an enum command_status, having said why. The caller closes it in any case. */
int debug_open(struct debug *debug, struct debug_target *target,
	       const struct debug_open_options *options);
void debug_close(struct debug *debug, struct debug_target *target);

#endif
