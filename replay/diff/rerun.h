/* SPDX-License-Identifier: MIT */
#ifndef DIFF_RERUN_H
#define DIFF_RERUN_H

#include <stddef.h>

/*
 * Replays a trace with another program, or the recorded one (`command` NULL), to the end or as far
 * as it comes, and records what it does into a new trace at `output`.
 * Returns an enum command_status with a text in `error`.
 */
int rerun(const char *path, char *const *command, const char *output, char *error,
	  size_t error_size);

#endif
