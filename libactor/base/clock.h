/* SPDX-License-Identifier: MIT */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/*
 * The process's clocks. Ticks are the cheapest time stamp that the machine has; all threads see the
 * same ticks, and they never stop or change speed, else the kernel's monotonic clock stands in.
 *
 * Stability: internal.
 */

#include <stdint.h>

#include <actor/plane.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/*
 * Chosen once by clock_init() and constant from then on. Before clock_init() ticks are
 * CLOCK_MONOTONIC nanoseconds.
 */
extern enum actor_plane_clock clock_kind;
/* Measured by clock_init() within 50 parts per million; 10^9 for CLOCK_MONOTONIC. */
extern uint64_t clock_ticks_per_second;

/* The clocks read at one instant, as nearly as that can be done. */
struct clock_instant {
	uint64_t ticks;
	uint64_t monotonic_ns;
	uint64_t realtime_ns;
};

/* Chooses the clock and measures its speed, within 2 ms. Idempotent, thread safe, cannot fail. */
void clock_init(void);

uint64_t clock_monotonic_ns(void);
/*
 * No earlier than clock_monotonic_ns() and later by one or two ticks of the kernel, 20 ms at most,
 * at a quarter of its price.
 */
uint64_t clock_monotonic_late_ns(void);
uint64_t clock_realtime_ns(void);
struct clock_instant clock_instant(void);

/*
 * Not serialising: the processor may take the stamp some nanoseconds before or after its place in
 * the program. A stamp that waits for all earlier instructions costs twice as much.
 */
static inline uint64_t clock_ticks(void)
{
#if defined(__x86_64__)
	if (__builtin_expect(clock_kind == ACTOR_PLANE_CLOCK_TSC, 1))
		return __rdtsc();
#elif defined(__aarch64__)
	if (__builtin_expect(clock_kind == ACTOR_PLANE_CLOCK_CNTVCT, 1)) {
		uint64_t ticks;

		__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
		return ticks;
	}
#endif
	return clock_monotonic_ns();
}

#endif
