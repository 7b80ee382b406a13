/* SPDX-License-Identifier: MIT */
#ifndef TRACER_SUMMARY_H
#define TRACER_SUMMARY_H

/* What a recording holds, gathered in one pass: what `info` shows. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/histogram.h"
#include "store/trace.h"
#include "store/turns.h"

#define SUMMARY_TOP 5

struct summary_type {
	uint16_t type;
	struct histogram queue; /* ns */
	struct histogram run;   /* ns */
	uint32_t depth_max;
	uint64_t count; /* messages handled */
};

struct summary_pair {
	uint64_t sender;
	uint64_t receiver;
	uint64_t messages;
};

struct summary {
	struct trace *trace;
	uint64_t turns;
	uint64_t messages;
	uint64_t unmatched; /* messages whose SEND is not in the file; timers do not count */
	uint64_t unhandled; /* sends that nobody received */
	struct histogram queue;
	struct histogram run;
	struct summary_type **types; /* by messages, most first */
	size_t type_count;
	struct turn slowest[SUMMARY_TOP];
	size_t slowest_count;
	struct summary_pair pairs[SUMMARY_TOP];
	size_t pair_count;
};

/* 0 or a negative errno with a text. *ret_summary belongs to the caller. */
int summary_create(sqlite3 *db, struct summary **ret_summary, char *error, size_t error_size);
struct summary *summary_destroy(struct summary *summary);

#endif
