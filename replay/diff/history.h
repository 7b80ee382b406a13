/* SPDX-License-Identifier: MIT */
#ifndef DIFF_HISTORY_H
#define DIFF_HISTORY_H

/*
 * What each actor of a trace received and did, turn by turn, as hashes that can be compared with
 * those of another trace: pids, tags and addresses in strings are turned into identities and names
 * first. One pass over the events.
 *
 * Memory: 24 bytes for each turn, about 100 for each actor.
 */

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "store/pidmap.h"
#include "store/trace.h"
#include "store/walk.h"

/* In an id: the turn before goes on, with what it has waited for. */
#define HISTORY_GOES_ON (UINT64_C(1) << 63)

/* A turn, or the part of one between two waits. */
struct history_turn {
	uint64_t id;  /* of the event that opened it */
	uint64_t in;  /* which message: kind, sender, number, type */
	uint64_t out; /* all that it did, in order */
};

struct history {
	uint64_t pid;
	uint64_t identity;
	uint64_t parent; /* pid */
	uint16_t behaviour;
	bool outside; /* what it does comes from outside and cannot be computed anew */
	bool lost;    /* events of it are missing */
	struct history_turn *turns;
	uint32_t count;
	uint32_t room;
};

struct histories {
	sqlite3 *db;
	struct trace *trace;
	const struct histories *original; /* of which this is a replay: it has the same pids */
	struct history *actors;
	uint32_t count;
	uint32_t room;
	struct pidmap by_pid;      /* uint32_t, an index of actors */
	struct pidmap by_identity; /* the same */
	uint64_t events;
	uint64_t turns;
	bool no_sends; /* the trace has no events of what turns did */
	bool has_gaps;
	char error[512];
};

/*
 * Opens the trace and reads it. 0, or a negative errno with a text in histories->error; the caller
 * finishes it in any case. `original`: the trace of which it is a replay, or NULL: what was not run
 * has no identities in it.
 */
int histories_load(struct histories *histories, const char *path, const struct histories *original);
void histories_finish(struct histories *histories);

/* NULL: no such actor. */
const struct history *histories_find(const struct histories *histories, uint64_t identity);
const struct history *histories_find_pid(const struct histories *histories, uint64_t pid);
/* The identity of a pid; for one that is not known, the pid itself. */
uint64_t histories_identity(const struct histories *histories, uint64_t pid);

/* How many turns the first `count` parts are. */
uint32_t history_turns(const struct history *history, uint32_t count);

#endif
