/* SPDX-License-Identifier: MIT */
#ifndef ARENA_BOTS_CHANCE_H
#define ARENA_BOTS_CHANCE_H

/* A seeded generator (splitmix64), so that a run can be repeated. */

#include <stdint.h>

struct chance {
	uint64_t state;
};

static inline uint64_t chance_next(struct chance *chance)
{
	uint64_t z = chance->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* In [0, limit); 0 when limit is 0. */
static inline uint64_t chance_below(struct chance *chance, uint64_t limit)
{
	return limit == 0 ? 0 : chance_next(chance) % limit;
}

#endif
