/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

/*
 * What `actor-trace report` shows, gathered in two passes: everything but the slowest chains in the
 * first, these in the second. Whatever the length of the recording, the page stays below
 * REPORT_BYTES_MAX, because every list has an end.
 *
 * Memory: 60 KiB for each type of message, at most REPORT_TYPES_MAX of them; 80 bytes for each
 * actor.
 */

#include <stdio.h>

#include "export/story.h"
#include "store/histogram.h"

#define REPORT_BYTES_MAX     (5u << 20)
#define REPORT_BUCKETS       240 /* of time */
#define REPORT_HEAT_COLUMNS  96
#define REPORT_HEAT_ROWS     27 /* three for each power of ten, from 100 ns on */
#define REPORT_TYPES_MAX     256
#define REPORT_TYPES_SHOWN   40
#define REPORT_HEATS_SHOWN   16
#define REPORT_ACTORS_SHOWN  40
#define REPORT_GROUPS_SHOWN  16
#define REPORT_INCIDENTS_MAX 300
#define REPORT_CHAINS_SHOWN  8
#define REPORT_STEPS_MAX     36 /* of a chain that are drawn */

struct report_type {
	uint16_t type;
	uint64_t count;
	struct histogram queue;   /* ns: all three */
	struct histogram run;     /* the turn, without waiting in calls */
	struct histogram latency; /* from the send to the end of the turn */
	uint32_t depth_max;
	uint32_t heat[REPORT_HEAT_COLUMNS][REPORT_HEAT_ROWS]; /* latency over time */
};

struct report_actor {
	uint64_t pid;
	uint64_t messages;
	uint64_t turns;
	uint64_t run_ns;
	uint64_t wait_ns;
	uint64_t run_max_ns;
	uint64_t queue_max_ns;
	uint64_t sends;
	uint32_t depth_max;
};

struct report_bucket {
	uint64_t messages;
	uint64_t run_ns;
	uint32_t incidents;
};

struct report_incident {
	uint8_t kind; /* enum actor_event_kind */
	int64_t time_ns;
	uint64_t actor;
	int64_t value; /* exit reason, or nanoseconds that a turn has lasted */
};

/* All chains that begin in one way. */
struct report_root {
	const char *behaviour;
	const char *type;
	uint64_t chains;
	uint64_t chain; /* of the slowest that has more than one turn */
	uint64_t start; /* ticks: its beginning */
	uint64_t took;  /* ticks: from the beginning of its first to the end of its last turn */
};

struct report_step {
	struct turn turn;
};

/* The slowest chain of a root. */
struct report_chain {
	const struct report_root *root;
	struct report_step *steps; /* the first ones, by time */
	size_t step_count;
	size_t left_out;
};

struct report {
	struct source *source;
	int64_t from_ns; /* what the page's time axis shows */
	int64_t to_ns;
	uint64_t turns;
	uint64_t messages;
	uint64_t run_ns;
	struct report_bucket buckets[REPORT_BUCKETS];
	struct report_type *types[REPORT_TYPES_MAX]; /* by count, when gathered */
	size_t type_count;
	uint64_t types_left_out; /* messages of types above the maximum */
	struct pidmap type_map;  /* struct report_type *, by tag */
	struct pidmap actors;    /* struct report_actor, by pid */
	struct report_actor *ranked[REPORT_ACTORS_SHOWN];
	size_t ranked_count;
	const char *groups[REPORT_GROUPS_SHOWN + 1]; /* behaviours; the last one: others */
	uint64_t flow[REPORT_GROUPS_SHOWN + 1][REPORT_GROUPS_SHOWN + 1]; /* from, to */
	size_t group_count;
	struct pidmap pairs;     /* uint64_t messages, by numbers of (sender's, receiver's) group */
	struct pidmap group_map; /* uint32_t number, by hash of the name */
	const char *group_names[256];
	size_t group_names_count;
	struct report_incident incidents[REPORT_INCIDENTS_MAX];
	size_t incident_count;
	uint64_t incidents_of[ACTOR_EVENT_COUNT]; /* all of them, by kind */
	struct report_root *roots;
	size_t root_count;
	struct pidmap root_map; /* uint32_t number, by hash of (behaviour, type) */
	struct report_chain chains[REPORT_CHAINS_SHOWN];
	size_t chain_count;
	bool failed; /* no memory */
};

/* 0 or a negative errno with a text in the source. report_destroy in either case. */
int report_gather(struct source *source, struct report **ret_report);
struct report *report_destroy(struct report *report);

/* The second pass; part of report_gather. */
int report_follow_chains(struct report *report);

/* What the gathering shares with it. */
uint64_t report_begin_chain(void *report, const struct turn *turn);
void report_note_chain(struct report *report, const struct turn *turn);

/* Writes the page. */
void report_print(struct report *report, FILE *file);

/* The parts of the page that are drawn. */
void report_print_activity(const struct report *report, FILE *file);
void report_print_heat(const struct report *report, const struct report_type *type, FILE *file);
void report_print_chain(const struct report *report, const struct report_chain *chain, FILE *file);

#endif
