/* SPDX-License-Identifier: MIT */
#ifndef EXPORT_SOURCE_H
#define EXPORT_SOURCE_H

/*
 * What every export reads: an open trace, the part of it that was asked for, and how its actors are
 * called.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/sqlite.h"
#include "store/trace.h"
#include "store/walk.h"

/* As the command line says it; see source_option. */
struct selection {
	const char *actor; /* a pid, a name or a behaviour; NULL: all */
	const char *tag;   /* a type of message; NULL: all */
	int64_t since_ns;
	int64_t until_ns;
};

struct source {
	const char *path;
	sqlite3 *db;
	struct trace *trace;
	struct selection selection;
	uint64_t from; /* ticks */
	uint64_t to;
	uint64_t actor;        /* pid, where one was asked for */
	const char *behaviour; /* where one was asked for; belongs to the trace */
	int tag;               /* -1: all */
	/* For whoever watches the work; done goes from 0 to 1. */
	void (*progress)(void *user, double done);
	void *progress_user;
	uint64_t first_ticks; /* of the recording */
	uint64_t last_ticks;
	int64_t realtime_ns; /* what the clocks showed at nanosecond 0 of the session */
	int64_t monotonic_ns;
	uint64_t salt; /* differs between recordings */
	char error[512];
};

/* --since, --until, --actor and --tag, for getopt_long: values from 256 on. */
#define SOURCE_OPTIONS                                                                    \
	{"since", required_argument, NULL, 256}, {"until", required_argument, NULL, 257}, \
		{"actor", required_argument, NULL, 258},                                  \
	{                                                                                 \
		"tag", required_argument, NULL, 259                                       \
	}
#define SOURCE_HELP                                                                               \
	"  --since T              from this time of the session on: 1.5 (seconds), 200ms, 30us\n" \
	"  --until T              up to this time\n"                                              \
	"  --actor PID|NAME       only what this actor does, or sends; a behaviour's name\n"      \
	"                         means all its actors\n"                                         \
	"  --tag TYPE             only messages of this type\n"

extern const struct selection selection_all;

/* Takes one of SOURCE_OPTIONS. False: the value is not understood. */
bool selection_option(struct selection *selection, int option, const char *value);

/*
 * Opens the trace and finds what the selection names. Returns an enum command_status; where it is
 * not COMMAND_OK, source->error says what, why and what to do. source_close in either case.
 */
int source_open(struct source *source, const char *path, const struct selection *selection);
void source_close(struct source *source);

/* Whether an actor is one of those asked for. */
bool source_has_actor(struct source *source, uint64_t pid);

int64_t source_ns(const struct source *source, uint64_t ticks);

/* "player/bot1 <0.17.3>", "room <0.9.1>", "<0.17.3>": as it is, not made safe for anything. */
#define SOURCE_LABEL_SIZE 256
const char *source_label(struct source *source, uint64_t pid, char label[SOURCE_LABEL_SIZE]);

/* The behaviour's name, else "port" or another word for what has none. Never "". */
const char *source_group(struct source *source, uint64_t pid);

/* A value of the table meta; NULL without one. Owns: the caller frees it. */
char *source_meta(const struct source *source, const char *key);
int64_t source_meta_int(const struct source *source, const char *key);

/* The single number that a query answers with, 0 without one. */
int64_t source_number(const struct source *source, const char *sql);

/* Tells how far the work is, now and then. */
void source_progress(struct source *source, double done);

#endif
