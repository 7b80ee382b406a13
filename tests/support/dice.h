/* SPDX-License-Identifier: MIT */
#ifndef TESTS_DICE_H
#define TESTS_DICE_H

/*
 * Random numbers of a test: other ones in each run, which prints its seed. LIBACTOR_TEST_SEED=N
 * repeats a run. SplitMix64 (Sebastiano Vigna, public domain,
 * https://prng.di.unimi.it/splitmix64.c).
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct dice {
	uint64_t state;
};

static inline struct dice dice_take(void)
{
	const char *given = getenv("LIBACTOR_TEST_SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 0)
				      : (uint64_t)time(NULL) << 16 ^ (uint64_t)getpid();

	printf("(LIBACTOR_TEST_SEED=%llu) ", (unsigned long long)seed);
	return (struct dice){.state = seed};
}

static inline uint64_t dice_roll(struct dice *dice)
{
	uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Less than `limit`, which is not 0. */
static inline uint64_t dice_below(struct dice *dice, uint64_t limit)
{
	return dice_roll(dice) % limit;
}

#endif
