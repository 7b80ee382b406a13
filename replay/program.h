/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_PROGRAM_H
#define REPLAY_PROGRAM_H

/* The recorded program, started once more: with its words, in its folder, with a script. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "attach/launch.h"
#include "recording.h"

struct program_options {
	char *const *command; /* NULL: as recorded */
	int script;           /* descriptors that it gets */
	int control;
	bool output;         /* what it prints is shown */
	bool session;        /* it waits until somebody reads its events */
	const char *preload; /* NULL: none */
	int strict_fd;       /* of session_options */
};

/*
 * Returns an enum command_status; COMMAND_NO_TARGET where there is no such program.
 * Owns: the caller closes launch->pidfd and waits for the child.
 */
int program_start(const struct recording *recording, const struct program_options *options,
		  struct launch *ret_launch, char *error, size_t error_size);

/* What a thread of a process waits in, as "nanosleep"; "" where it runs or that is not known. */
const char *program_syscall(pid_t pid, char *text, size_t size);

#endif
