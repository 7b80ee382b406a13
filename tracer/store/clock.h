/* SPDX-License-Identifier: MIT */
#ifndef STORE_CLOCK_H
#define STORE_CLOCK_H

/*
 * From a program's ticks to nanoseconds of the session: straight lines between readings of the
 * clocks. The writer, the reader and the views of schema.sql do the same arithmetic, so that a
 * time is the same number wherever it is looked at.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock_point {
	uint64_t ticks;
	int64_t time_ns;    /* since the first reading */
	double ns_per_tick; /* from here to the next reading */
};

struct clock_line {
	struct clock_point *points;
	size_t count;
	size_t capacity;
	double nominal; /* ns per tick as the program says, 0: not known */
};

/*
 * Appends a reading. Returns 1; 0 where it says nothing new (it is out of order, or less than a
 * millisecond after the last); -ENOMEM. It may change the slope of the two last points.
 */
int clock_add(struct clock_line *line, uint64_t ticks, int64_t time_ns);

/* Appends a point as a trace file has it. Ticks must grow. 0, -ENOMEM or -EBADMSG. */
int clock_append(struct clock_line *line, const struct clock_point *point);

/* Without any point, a tick is a nanosecond. Before the first point the first line is extended. */
int64_t clock_ns(const struct clock_line *line, uint64_t ticks);

/* The least tick whose time is >= ns; 0 below the first point's extension to 0. */
uint64_t clock_ticks(const struct clock_line *line, int64_t ns);

/* Length of a stretch that begins at `from`. */
int64_t clock_span_ns(const struct clock_line *line, uint64_t from, uint64_t ticks);

void clock_finish(struct clock_line *line);

#endif
