/* SPDX-License-Identifier: MIT */
#ifndef TOP_OPTIONS_H
#define TOP_OPTIONS_H

/* The command line: one table that the parser, --help and the man page are made from. */

#include <stdbool.h>
#include <stdint.h>

#include "model/columns.h"
#include "sink/batch.h"

enum options_color {
	OPTIONS_COLOR_AUTO,
	OPTIONS_COLOR_ALWAYS,
	OPTIONS_COLOR_NEVER
};

/* What main() does. */
enum options_task {
	OPTIONS_WATCH,
	OPTIONS_HELP,
	OPTIONS_MAN,
	OPTIONS_SCHEMA,
	OPTIONS_VERSION
};

struct options {
	enum options_task task;
	uint32_t pid;       /* 0: the only one there is */
	const char *replay; /* a trace to show instead of a program, NULL: none */
	bool batch;
	enum batch_format format;
	uint64_t frames; /* 0: without end */
	uint64_t interval_ns;
	uint64_t rows;       /* of a frame, in batch */
	enum column_id sort; /* COLUMN_ID_COUNT: the default */
	bool rising;
	const char *filter; /* NULL: none */
	const char *view;   /* key of the first view, NULL: the default */
	bool events;
	enum options_color color;
	bool ascii;
	bool no_mouse;
	bool no_config;
};

/* 0, or an exit status: what was wrong has been said on stderr. */
int options_parse(struct options *options, int argc, char **argv);

struct options_row {
	char letter; /* 0: none */
	const char *word;
	const char *argument; /* NULL: takes none */
	const char *help;
};

extern const struct options_row options_rows[];
extern const unsigned options_count;

#endif
