/* SPDX-License-Identifier: MIT */
#ifndef TOP_MODEL_TICKS_H
#define TOP_MODEL_TICKS_H

/* The program's clock, in nanoseconds. */

#include <stdbool.h>
#include <stdint.h>

#include <tracer/attach.h>

struct ticks {
	uint64_t now; /* at this tick of the viewer; of a program that has ended: its end */
	uint64_t monotonic_ns; /* at the same instant */
	double ns_per_tick;
	/*
	 * For how long, in all, the program has stamped its turns for this viewer. Where stamps
	 * would cost the program something, they are asked for now and then only; then a busy share
	 * is that of these times.
	 */
	uint64_t timed_ns;
	bool timed; /* they are stamped now */
};

/* Takes the time. Measures the clock against CLOCK_MONOTONIC since the program's start. */
void ticks_refresh(struct ticks *ticks, const struct actor_plane_header *header);

/* From `from` to now; 0 where that is in the future. */
static inline uint64_t ticks_since_ns(const struct ticks *ticks, uint64_t from)
{
	return ticks->now > from ? (uint64_t)((double)(ticks->now - from) * ticks->ns_per_tick) : 0;
}

static inline uint64_t ticks_ns(const struct ticks *ticks, uint64_t span)
{
	return (uint64_t)((double)span * ticks->ns_per_tick);
}

#endif
