/* SPDX-License-Identifier: MIT */
#ifndef TOP_MODEL_MODEL_H
#define TOP_MODEL_MODEL_H

/*
 * What is known of the watched program. A view says what it wishes, model_tick() reads the plane,
 * and the view draws what it finds here. Knows no terminal, and never writes to the program but for
 * its lease.
 *
 *	plane -> meters, table -> hot -> rows      every tick
 *	rings -> events                            between ticks, while somebody wishes them
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/alerts.h"
#include <tracer/marks.h>
#include <tracer/stage.h>

#include "model/columns.h"
#include "model/hot.h"
#include "model/meters.h"
#include "model/names.h"
#include "model/table.h"
#include "model/target.h"
#include "model/ticks.h"
#include "model/traffic.h"

#define MODEL_PINNED_MAX 64

struct model_wish {
	struct table_wish list;    /* of actors */
	enum column_id group_sort; /* of behaviours */
	bool group_rising;
	uint32_t first_row; /* of the list, on the screen: it and the next ones are completed */
	uint32_t page_rows;
	bool frozen; /* the order of rows stays, values go on */
	bool events; /* events are wanted; else only where they cost nothing */
	uint64_t pinned[MODEL_PINNED_MAX]; /* read every tick, whether in the list or not */
	size_t pinned_count;
	uint64_t interval_ns; /* between ticks */
};

struct model {
	struct target target;
	struct stage *stage; /* NULL: a running program is watched */
	struct marks *marks; /* of the stage; NULL: none */
	struct ticks ticks;
	struct names names;
	struct meters meters;
	struct table table;
	struct hot_set hot;
	struct traffic *traffic;
	struct alerts alerts;
	struct model_wish wish;
	struct row *rows; /* the list of actors, in order */
	size_t row_count;
	struct row *groups; /* the list of behaviours, in order */
	size_t group_count;
	bool sampling;    /* turns are stamped only for a while in each tick */
	uint64_t rest_ns; /* monotonic: when that while ends */
	uint64_t tick_count;
	uint64_t tick_cost_ns; /* own time of the last tick */
	double own_cpu;        /* share of one CPU that this process has used since the last tick */
	uint64_t own_cpu_ns;
	uint64_t own_wall_ns;
};

/* Watches the plane at `path`. 0, PLANE_E* or -ENOMEM, `error` says why. */
int model_open(struct model *model, const char *path, char *error, size_t error_size);
void model_close(struct model *model);

/* Shows a recorded trace, at its beginning. The same statuses as stage_open. */
int model_open_trace(struct model *model, const char *trace, char *error, size_t error_size);

/*
 * For a trace: on to a later time of it, with a look at it. 0 or a negative errno; with a time that
 * is earlier the same as model_show.
 */
int model_play(struct model *model, uint64_t time);

/*
 * Any place of the trace: the state after event number `position`, or, where that is UINT64_MAX,
 * after the last event that is not later than `time`. What is shown depends on the place alone.
 */
int model_show(struct model *model, uint64_t time, uint64_t position);

/*
 * Reads the program. Where its table is large, the first tick looks at the part that fits into the
 * time of a first screen.
 */
void model_tick(struct model *model);

/*
 * When model_rest() is to be called, on the monotonic clock; UINT64_MAX: need not be. It lets the
 * program go on unstamped until the next tick.
 */
uint64_t model_rest_at(const struct model *model);
void model_rest(struct model *model);

/* Takes what is new in the rings. To be called several times a second while events are on. */
void model_events(struct model *model);

/* Puts the rows into the order that is wished, without reading the program. */
void model_sort(struct model *model);

/* The row of an actor that is in the list or pinned; NULL: it is neither. */
const struct row *model_row(const struct model *model, uint64_t pid);

/* Every number is there: rates need two looks at the program. */
bool model_is_warm(const struct model *model);

#endif
