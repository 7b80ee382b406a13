/* SPDX-License-Identifier: MIT */

/* The generator is part of the trace format: a replay must draw the same numbers. */

#include "base/random.h"

#include "suite.h"

/* By hand from the authors' program: s = {1, 2} gives rotl(3, 17) + 1 first. */
static void known_values(void)
{
	struct random random = {{1, 2}};

	CU_ASSERT_EQUAL(random_next(&random), (UINT64_C(3) << 17) + 1);
	CU_ASSERT_EQUAL(random.s[0], (UINT64_C(1) << 49) ^ 3 ^ (UINT64_C(3) << 21));
	CU_ASSERT_EQUAL(random.s[1], UINT64_C(3) << 28);
}

/* The first two outputs of SplitMix64 for seed 0. */
static void seeds_are_spread(void)
{
	struct random random;

	random_seed(&random, 0);
	CU_ASSERT_EQUAL(random.s[0], UINT64_C(0xe220a8397b1dcdaf));
	CU_ASSERT_EQUAL(random.s[1], UINT64_C(0x6e789e6aa1b965f4));
}

static void equal_seeds_give_equal_numbers(void)
{
	struct random a, b, c;
	int equal = 0;

	random_seed(&a, 42);
	random_seed(&b, 42);
	random_seed(&c, 43);
	for (int i = 0; i < 1000; i++) {
		uint64_t number = random_next(&a);

		CU_ASSERT_EQUAL(number, random_next(&b));
		equal += number == random_next(&c);
	}
	CU_ASSERT_EQUAL(equal, 0);
}

/* Each bit is set half of the time, within 5 standard deviations. */
static void bits_are_balanced(void)
{
	enum {
		N = 100000
	};
	struct random random;
	int ones[64] = {0};

	random_seed(&random, 1);
	for (int i = 0; i < N; i++) {
		uint64_t number = random_next(&random);

		for (int bit = 0; bit < 64; bit++)
			ones[bit] += (int)(number >> bit & 1);
	}
	for (int bit = 0; bit < 64; bit++)
		CU_ASSERT_TRUE(abs(ones[bit] - N / 2) < 5 * 158);
}

#define CASES(X)                          \
	X(known_values)                   \
	X(seeds_are_spread)               \
	X(equal_seeds_give_equal_numbers) \
	X(bits_are_balanced)
SUITE("random", CASES)
