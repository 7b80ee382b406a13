/* SPDX-License-Identifier: MIT */
#ifndef TOP_MODEL_TABLE_H
#define TOP_MODEL_TABLE_H

/*
 * The actor table, swept. A pass looks at every slot once: it finds the actors that the list wants
 * most, adds up behaviours and totals, and notes who waits for whom. A pass may take several ticks
 * where the table is large; what is published is always that of the last whole pass.
 *
 * Memory: 16 bytes a slot, besides the plane's own 64 that are looked at.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tracer/attach.h>

#include "model/columns.h"
#include "model/heap.h"
#include "model/meters.h"
#include "model/names.h"
#include "model/row.h"
#include "model/ticks.h"

#define TABLE_ROWS_MAX  1000  /* rows of a list; who wants to see more wants a filter */
#define TABLE_WAITS_MAX 65536 /* blocked calls that are kept */

/* What a list wants to see. */
struct table_wish {
	enum column_id sort;
	bool rising;
	uint32_t rows;
	bool (*match)(void *user, const struct row *row); /* NULL: all */
	void *user;
	/* Adds what only events tell, NULL: the wish does not depend on it. */
	void (*complete)(void *user, struct row *row);
	void *complete_user;
	/* Gets every actor that lives, NULL: nobody wants to. */
	void (*visit)(void *user, const struct row *row);
	void *visit_user;
};

struct table_sums {
	uint64_t states[ROW_STATE_COUNT];
	uint64_t actors;
	uint64_t matching; /* those that the list's filter lets through */
	uint64_t mailbox;
	uint64_t mailbox_max;
	uint64_t mailbox_max_pid;
	uint64_t memory;
	double born_rate; /* NAN: not known yet */
	double died_rate;
};

/* A blocked call. */
struct table_wait {
	uint64_t pid;
	uint64_t on;
	uint64_t handled; /* by `pid`: while it does not change, it is the same call */
	uint64_t since;   /* ticks at which it was first seen */
};

/* What is gathered during a pass. */
struct table_findings {
	struct table_sums sums;
	struct heap heap;
	struct row *behaviours; /* [1 .. behaviour_count] */
	uint32_t behaviour_count;
	uint32_t behaviour_room;
	struct table_wait *waits; /* in the order of slots */
	size_t wait_count;
	uint64_t died;
};

struct table_look {
	uint64_t ticks; /* 0: never */
	uint64_t timed_ns;
};

struct table_before; /* an actor's counters as they were */

struct table {
	const struct plane_view *plane;
	struct table_before *before;
	struct table_look *looks; /* when each block of slots was looked at last */
	size_t slots;
	struct table_findings findings[2];
	unsigned running; /* index of the findings that are being gathered */
	bool in_pass;
	uint32_t next;          /* slot at which the pass goes on */
	uint32_t slots_used;    /* when the pass began */
	size_t wait_before;     /* in the published waits: where the merge stands */
	uint64_t pass_begun;    /* ticks */
	uint64_t pass_ended;    /* ticks of the last whole pass, 0: none yet */
	uint64_t pass_before;   /* and of the one before that */
	uint64_t pass_spent_ns; /* own time in the pass that is running */
	uint64_t pass_cost_ns;  /* own time that the last whole pass took */
};

/* 0 or -ENOMEM. */
int table_init(struct table *table, const struct plane_view *plane);
void table_finish(struct table *table);

/*
 * Goes on with the pass, or begins one, until it is whole or `budget_ns` are used up. Returns true
 * when a pass has become whole.
 */
bool table_sweep(struct table *table, const struct table_wish *wish, const struct names *names,
		 const struct meters *meters, const struct ticks *ticks, uint64_t budget_ns);

/* Throws the running pass away: the wish has changed. */
void table_restart(struct table *table);

/* How much of the running pass is done, 0 to 1; 1 when none is running. */
double table_progress(const struct table *table);

/* Of the last whole pass. */
static inline const struct table_findings *table_found(const struct table *table)
{
	return &table->findings[1 - table->running];
}

#endif
