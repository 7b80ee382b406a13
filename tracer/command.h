/* SPDX-License-Identifier: MIT */
#ifndef TRACER_COMMAND_H
#define TRACER_COMMAND_H

/* The commands of actor-trace. */

#include "term/command.h"

extern const struct command command_record;
extern const struct command command_snapshot;
extern const struct command command_salvage;
extern const struct command command_ls;
extern const struct command command_info;
extern const struct command command_dump;
extern const struct command command_export;
extern const struct command command_report;
extern const struct command command_flame;
extern const struct command command_sql;
extern const struct command command_check;
extern const struct command command_probe;
extern const struct command command_types;
extern const struct command command_state;

#endif
