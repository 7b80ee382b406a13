/* SPDX-License-Identifier: MIT */
#include "model/ticks.h"

/* A shorter stretch measures the clock worse than the program has. */
#define MEASURE_NS UINT64_C(500000000)

void ticks_refresh(struct ticks *ticks, const struct actor_plane_header *header)
{
	struct plane_instant now;

	if (header->ticks_per_second > 0 && ticks->ns_per_tick == 0)
		ticks->ns_per_tick = 1e9 / (double)header->ticks_per_second;
	if (ticks->ns_per_tick == 0)
		ticks->ns_per_tick = 1;
	if (plane_clock_sample(header->clock, &now) != 0) {
		/* A plane from another kind of machine: it stands still. */
		ticks->now = header->ticks_start;
		ticks->monotonic_ns = plane_clock_monotonic();
		return;
	}
	ticks->now = now.ticks;
	ticks->monotonic_ns = now.monotonic_ns;
	if (now.monotonic_ns > header->monotonic_start_ns + MEASURE_NS &&
	    now.ticks > header->ticks_start)
		ticks->ns_per_tick = (double)(now.monotonic_ns - header->monotonic_start_ns) /
				     (double)(now.ticks - header->ticks_start);
}
