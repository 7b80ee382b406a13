/* SPDX-License-Identifier: MIT */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

/*
 * xoroshiro128++ 1.0 (David Blackman and Sebastiano Vigna, 2019, public domain,
 * https://prng.di.unimi.it/xoroshiro128plusplus.c), seeded as its authors advise with SplitMix64.
 * A replay draws the same numbers, so the generator is part of the trace format.
 */

#include <stdint.h>

#include "base/hash.h"

struct random {
	uint64_t s[2];
};

/* Every seed is good, 0 too: SplitMix64 cannot give two zeros in a row. */
static inline void random_seed(struct random *random, uint64_t seed)
{
	random->s[0] = hash_finalise(seed + UINT64_C(0x9e3779b97f4a7c15));
	random->s[1] = hash_finalise(seed + 2 * UINT64_C(0x9e3779b97f4a7c15));
}

static inline uint64_t random_rotate_(uint64_t x, int bits)
{
	return (x << bits) | (x >> (64 - bits));
}

static inline uint64_t random_next(struct random *random)
{
	uint64_t s0 = random->s[0];
	uint64_t s1 = random->s[1];
	uint64_t result = random_rotate_(s0 + s1, 17) + s0;

	s1 ^= s0;
	random->s[0] = random_rotate_(s0, 49) ^ s1 ^ (s1 << 21);
	random->s[1] = random_rotate_(s1, 28);
	return result;
}

#endif
