/* SPDX-License-Identifier: MIT */
#ifndef STORE_TRACE_H
#define STORE_TRACE_H

/*
 * The small tables of a trace file in memory: what turns numbers into words. Loaded from the main
 * database of a connection, which it does not own, and loaded again when the file has changed.
 * Belongs to the connection's thread.
 *
 * Memory: about 120 bytes for every actor that was asked for, and the texts. A few actors are
 * looked up one by one; who asks for many gets all of them at once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/actors.h"
#include "store/clock.h"
#include "store/pidmap.h"
#include "store/sqlite.h"

struct trace_name {
	char pid[32];     /* "<0.17.3>" */
	const char *name; /* "" without one */
	const char *behaviour;
};

struct trace {
	sqlite3 *db;
	int64_t version; /* PRAGMA data_version when it was loaded */
	struct clock_line clock;
	struct pidmap types;      /* char *, by number */
	struct pidmap behaviours; /* char *, by number */
	struct pidmap strings;    /* char *, by offset */
	struct pidmap actors;     /* struct trace_name *, by pid: those asked for so far, or all */
	uint32_t lookups;         /* of single actors since the last refresh */
	sqlite3_stmt *lookup;     /* for them; trace_rest() lets go of it */
	struct actors packed; /* those that are no rows; so it does with what this has prepared */
	uint64_t events;
	char error[256];
};

/* 0, -ENOMEM, or -EBADMSG where the tables are not those of a trace; trace->error says it. */
int trace_open(sqlite3 *db, struct trace **ret_trace);
struct trace *trace_close(struct trace *trace);

/*
 * Finalizes what may be prepared, as SQLite wants before the connection is closed. What belongs to
 * a query calls it at the query's end; trace_close() does it, too.
 */
void trace_rest(struct trace *trace);

/* Loads it again if another connection has changed the file. */
int trace_refresh(struct trace *trace);

/* Never NULL; valid until the next trace_refresh. An unknown number gives a text that says so. */
const char *trace_type(struct trace *trace, uint16_t type);
const char *trace_behaviour(struct trace *trace, uint16_t behaviour);
const struct trace_name *trace_name(struct trace *trace, uint64_t pid);

/* NULL where the offset is not known. */
const char *trace_string(const struct trace *trace, uint32_t offset);

/* "<0.17.3>" or "0.17.3" to bits. False: it is not a pid. */
bool trace_parse_pid(const char *text, uint64_t *ret_pid);
void trace_format_pid(uint64_t pid, char text[32]);

/* The text of an exit reason as the runtime says it; a number for what belongs to the program. */
const char *trace_reason(int64_t reason, char buffer[32]);

#endif
