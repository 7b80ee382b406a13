/* SPDX-License-Identifier: MIT */

/* Ticks go forward, at the speed that was measured, whoever asks first. */

#include <pthread.h>

#include "base/clock.h"

#include "suite.h"

static void *initialise(void *ret_speed)
{
	clock_init();
	*(uint64_t *)ret_speed = clock_ticks_per_second;
	return NULL;
}

static void every_thread_finds_the_same_clock(void)
{
	pthread_t threads[4];
	uint64_t speeds[4];

	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, initialise, &speeds[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(speeds[i], clock_ticks_per_second);
	CU_ASSERT_TRUE(clock_ticks_per_second > 1000000);
}

static void ticks_never_go_back(void)
{
	uint64_t last = clock_ticks();

	for (int i = 0; i < 1000000; i++) {
		uint64_t now = clock_ticks();

		CU_ASSERT_FATAL(now >= last);
		last = now;
	}
}

/* Over 20 ms the measured speed and the kernel's clock differ by little; see clock.h. */
static void ticks_run_at_the_measured_speed(void)
{
	double best = 1;

	clock_init();
	for (int i = 0; i < 5; i++) {
		struct clock_instant begin = clock_instant();
		struct clock_instant end;
		double ns; /* then its error, relative */

		do
			end = clock_instant();
		while (end.monotonic_ns - begin.monotonic_ns < 20000000);
		ns = (double)(end.ticks - begin.ticks) * 1e9 / (double)clock_ticks_per_second;
		ns = ns / (double)(end.monotonic_ns - begin.monotonic_ns) - 1;
		ns = ns < 0 ? -ns : ns;
		best = ns < best ? ns : best;
	}
	printf("(off by %.1f ppm) ", best * 1e6);
	/* The machine may take the processor away while the speed is measured. */
	CU_ASSERT_TRUE(best < 1e-3);
}

static void an_instant_is_one_instant(void)
{
	uint64_t before = clock_monotonic_ns();
	struct clock_instant instant = clock_instant();
	uint64_t after = clock_monotonic_ns();

	CU_ASSERT_TRUE(instant.monotonic_ns >= before);
	CU_ASSERT_TRUE(instant.monotonic_ns <= after);
	CU_ASSERT_TRUE(instant.ticks <= clock_ticks());
	/* 2020-01-01: the clocks are not mixed up. */
	CU_ASSERT_TRUE(instant.realtime_ns > UINT64_C(1577836800000000000));
	CU_ASSERT_TRUE(clock_realtime_ns() > UINT64_C(1577836800000000000));
}

#define CASES(X)                             \
	X(every_thread_finds_the_same_clock) \
	X(ticks_never_go_back)               \
	X(ticks_run_at_the_measured_speed)   \
	X(an_instant_is_one_instant)
SUITE("clock", CASES)
