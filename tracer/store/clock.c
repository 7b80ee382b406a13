/* SPDX-License-Identifier: MIT */
#include "store/clock.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define APART_MIN_NS 1000000  /* closer readings would give noise for a slope */
#define TRUST_MIN_NS 10000000 /* below this the program's own calibration is better */

static int append(struct clock_line *line, const struct clock_point *point)
{
	if (line->count == line->capacity) {
		size_t capacity = line->capacity == 0 ? 16 : 2 * line->capacity;
		struct clock_point *points = realloc(line->points, capacity * sizeof(*points));

		if (points == NULL)
			return -ENOMEM;
		line->points = points;
		line->capacity = capacity;
	}
	line->points[line->count++] = *point;
	return 0;
}

int clock_append(struct clock_line *line, const struct clock_point *point)
{
	if (!isfinite(point->ns_per_tick) || point->ns_per_tick <= 0 ||
	    (line->count > 0 && point->ticks <= line->points[line->count - 1].ticks))
		return -EBADMSG;
	return append(line, point);
}

int clock_add(struct clock_line *line, uint64_t ticks, int64_t time_ns)
{
	struct clock_point point = {ticks, time_ns, line->nominal > 0 ? line->nominal : 1.0};
	struct clock_point *last;

	if (line->count == 0)
		return append(line, &point) == 0 ? 1 : -ENOMEM;
	last = &line->points[line->count - 1];
	if (ticks <= last->ticks || time_ns - last->time_ns < APART_MIN_NS)
		return 0;
	point.ns_per_tick = (double)(time_ns - line->points[0].time_ns) /
			    (double)(ticks - line->points[0].ticks);
	if (line->nominal > 0 && time_ns - line->points[0].time_ns < TRUST_MIN_NS)
		point.ns_per_tick = line->nominal;
	last->ns_per_tick = (double)(time_ns - last->time_ns) / (double)(ticks - last->ticks);
	return append(line, &point) == 0 ? 1 : -ENOMEM;
}

/* The last point at or before `ticks`, else the first. */
static const struct clock_point *point_at(const struct clock_line *line, uint64_t ticks)
{
	size_t low = 0;
	size_t high = line->count;

	/* Most questions are about the last stretch or the first. */
	if (ticks >= line->points[high - 1].ticks)
		return &line->points[high - 1];
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (line->points[middle].ticks <= ticks)
			low = middle;
		else
			high = middle;
	}
	return &line->points[low];
}

/* Rounded as round() does, half away from 0. */
static int64_t to_int64(double value)
{
	int64_t whole;
	double rest;

	if (!(value > -9.2e18))
		return INT64_MIN / 2;
	if (!(value < 9.2e18))
		return INT64_MAX / 2;
	whole = (int64_t)value;
	rest = value - (double)whole;
	return whole + (rest >= 0.5) - (rest <= -0.5);
}

static int64_t add(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

int64_t clock_ns(const struct clock_line *line, uint64_t ticks)
{
	const struct clock_point *point;

	if (line->count == 0)
		return (int64_t)(ticks & INT64_MAX);
	point = point_at(line, ticks);
	return add(point->time_ns,
		   to_int64((double)(int64_t)(ticks - point->ticks) * point->ns_per_tick));
}

int64_t clock_span_ns(const struct clock_line *line, uint64_t from, uint64_t ticks)
{
	if (line->count == 0)
		return (int64_t)(ticks & INT64_MAX);
	return to_int64((double)ticks * point_at(line, from)->ns_per_tick);
}

uint64_t clock_ticks(const struct clock_line *line, int64_t ns)
{
	uint64_t low = 0;
	uint64_t high = INT64_MAX;

	/* clock_ns is monotonic, and this runs once per query: no second formula to get wrong. */
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (clock_ns(line, middle) >= ns)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

void clock_finish(struct clock_line *line)
{
	free(line->points);
	*line = (struct clock_line){0};
}
