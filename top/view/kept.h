/* SPDX-License-Identifier: MIT */
#ifndef TOP_VIEW_KEPT_H
#define TOP_VIEW_KEPT_H

/* What the views keep between ticks: struct views of ui.h. */

#include "model/tree.h"
#include "view/view.h"

#define WAITS_LINES_MAX 2000
#define FLOW_LINES_MAX  1000
#define TRACE_LINES_MAX 2000
#define MATRIX_MAX      64

struct waits_line {
	uint64_t pid;
	uint64_t for_ns;  /* ROW_UNKNOWN: it does not wait */
	uint32_t blocked; /* how many wait for it, directly or not */
	uint8_t depth;
	bool cycle; /* it is part of one */
	bool last;  /* of its siblings */
};

struct flow_line {
	uint64_t id;
	uint16_t from;
	uint16_t to;
	uint16_t tag;
	uint64_t count;
	uint64_t bytes;
	double rate;
	double bytes_rate;
	uint64_t wait_ns;
};

/* Messages a second from behaviour to behaviour, the busiest first. */
struct matrix {
	bool on;
	size_t count;
	uint16_t behaviours[MATRIX_MAX];
	double sums[MATRIX_MAX];              /* of a behaviour, to and from */
	double rates[MATRIX_MAX][MATRIX_MAX]; /* [from][to] */
};

struct views {
	struct tree *tree;
	bool tree_all_open;
	struct waits_line waits[WAITS_LINES_MAX];
	size_t wait_count;
	struct flow_line flow[FLOW_LINES_MAX];
	size_t flow_count;
	struct matrix matrix;
	/* What the trace is of: a kind of message (trace_edge), an actor, or all. */
	uint64_t trace_edge;
	uint16_t trace_from;
	uint16_t trace_to;
	uint16_t trace_tag;
	uint64_t trace_pid;
	uint64_t trace[TRACE_LINES_MAX];      /* numbers of messages, in the order of time */
	uint8_t trace_depth[TRACE_LINES_MAX]; /* in a chain */
	size_t trace_count;
	uint64_t ladder; /* the chain of this message; 0: all */
};

#endif
