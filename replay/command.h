/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_COMMAND_H
#define REPLAY_COMMAND_H

/* The commands of actor-replay; what is none of them is the trace that is to be replayed. */

#include "term/command.h"

extern const struct command command_replay;
extern const struct command command_diff;
extern const struct command command_check;
extern const struct command command_debug;
extern const struct command command_gdb;

#endif
