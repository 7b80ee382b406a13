/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <time.h>

#include <tracer/attach.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#define CLOCK_TRIES 5

static uint64_t clock_read(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

uint64_t plane_clock_monotonic(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

static int clock_ticks(uint32_t clock, uint64_t *ret_ticks)
{
	switch (clock) {
	case ACTOR_PLANE_CLOCK_MONOTONIC:
		*ret_ticks = clock_read(CLOCK_MONOTONIC);
		return 0;
#if defined(__x86_64__)
	case ACTOR_PLANE_CLOCK_TSC:
		*ret_ticks = __rdtsc();
		return 0;
#elif defined(__aarch64__)
	case ACTOR_PLANE_CLOCK_CNTVCT: {
		uint64_t ticks;

		__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
		*ret_ticks = ticks;
		return 0;
	}
#endif
	default:
		return -EOPNOTSUPP;
	}
}

/*
 * The reader may be preempted between two clocks. Of a few tries the one in which the two readings
 * of the ticks lie closest together is the one that was disturbed least.
 */
int plane_clock_sample(uint32_t clock, struct plane_instant *ret_instant)
{
	struct plane_instant best = {0, 0, 0};
	uint64_t best_spread = UINT64_MAX;

	for (int i = 0; i < CLOCK_TRIES; i++) {
		struct plane_instant now;
		uint64_t before, after;
		int result = clock_ticks(clock, &before);

		if (result < 0)
			return result;
		now.monotonic_ns = clock_read(CLOCK_MONOTONIC);
		now.realtime_ns = clock_read(CLOCK_REALTIME);
		clock_ticks(clock, &after);
		if (clock == ACTOR_PLANE_CLOCK_MONOTONIC)
			now.ticks = now.monotonic_ns;
		else
			now.ticks = before + (after - before) / 2;
		if (after - before < best_spread) {
			best_spread = after - before;
			best = now;
		}
	}
	*ret_instant = best;
	return 0;
}
