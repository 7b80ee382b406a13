/* SPDX-License-Identifier: MIT */
#ifndef TOP_VIEW_CHILD_H
#define TOP_VIEW_CHILD_H

/* actor-trace as a child process. */

#include <sys/types.h>

#include "view/ui.h"

/*
 * Starts it with these arguments, which NULL ends. *ret_output is the end of a pipe that does not
 * block, with all that it says. False: it could not be started, and that has been said.
 */
bool child_start(struct ui *ui, const char *const *arguments, pid_t *ret_pid, int *ret_output);

#endif
