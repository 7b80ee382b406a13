/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#define NS_PER_SECOND UINT64_C(1000000000)
#define CALIBRATE_NS  UINT64_C(1500000)
#define SAMPLE_TRIES  8

enum actor_plane_clock clock_kind = ACTOR_PLANE_CLOCK_MONOTONIC;
uint64_t clock_ticks_per_second = NS_PER_SECOND;

static uint64_t clock_read(clockid_t id)
{
	struct timespec now;

	/* Cannot fail: both clocks exist on every Linux and the address is ours. */
	(void)clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t clock_monotonic_ns(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

uint64_t clock_monotonic_late_ns(void)
{
	static uint64_t resolution_ns; /* (shared) the same from whomever it comes */
	uint64_t late_ns = __atomic_load_n(&resolution_ns, __ATOMIC_RELAXED);
	struct timespec time;

	if (late_ns == 0) {
		clock_getres(CLOCK_MONOTONIC_COARSE, &time);
		late_ns = (uint64_t)time.tv_nsec + 1;
		__atomic_store_n(&resolution_ns, late_ns, __ATOMIC_RELAXED);
	}
	clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
	return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec + 2 * late_ns;
}

uint64_t clock_realtime_ns(void)
{
	return clock_read(CLOCK_REALTIME);
}

/*
 * Reads the two kernel clocks between two readings of the ticks and takes the middle. Of several
 * tries the one that took the shortest counts: nothing came between.
 */
struct clock_instant clock_instant(void)
{
	struct clock_instant best = {0, 0, 0};
	uint64_t best_span = UINT64_MAX;

	for (int i = 0; i < SAMPLE_TRIES; i++) {
		uint64_t before = clock_ticks();
		uint64_t monotonic_ns = clock_monotonic_ns();
		uint64_t realtime_ns = clock_realtime_ns();
		uint64_t span = clock_ticks() - before;

		if (span < best_span) {
			best_span = span;
			best.ticks = before + span / 2;
			best.monotonic_ns = monotonic_ns;
			best.realtime_ns = realtime_ns;
		}
	}
	return best;
}

#if defined(__x86_64__)

/* The counter runs at one speed in all power states, on all cores (Intel SDM 3B, 18.17.1). */
static bool tsc_is_invariant(void)
{
	unsigned a, b, c, d;

	return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & (1u << 8)) != 0;
}

/* Spins, because a sleep of this length is stretched by more than the whole calibration takes. */
static uint64_t tsc_measure(void)
{
	struct clock_instant begin = clock_instant();
	struct clock_instant end;

	do {
		end = clock_instant();
	} while (end.monotonic_ns - begin.monotonic_ns < CALIBRATE_NS);
	/* In floating point, because a process that was stopped meanwhile overflows 64 bits. */
	return (uint64_t)((double)(end.ticks - begin.ticks) * (double)NS_PER_SECOND /
				  (double)(end.monotonic_ns - begin.monotonic_ns) +
			  0.5);
}

static void clock_choose(void)
{
	if (!tsc_is_invariant())
		return;
	clock_kind = ACTOR_PLANE_CLOCK_TSC;
	clock_ticks_per_second = tsc_measure();
}

#elif defined(__aarch64__)

static void clock_choose(void)
{
	uint64_t frequency;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
	if (frequency == 0)
		return;
	clock_kind = ACTOR_PLANE_CLOCK_CNTVCT;
	clock_ticks_per_second = frequency;
}

#else

static void clock_choose(void)
{
}

#endif

void clock_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, clock_choose);
}
