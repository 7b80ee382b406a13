/* SPDX-License-Identifier: MIT */
#ifndef SAVINA_RANDOM_H
#define SAVINA_RANDOM_H

/*
 * Park and Miller's generator: 31 bits, so that all peers can draw the same numbers in plain
 * arithmetic, Erlang without big integers.
 */

#include <stdint.h>

#define RANDOM_MAX UINT64_C(2147483647)

/* The next of 1 ... RANDOM_MAX - 1. The seed is one of them. */
static inline uint64_t random_next(uint64_t *state)
{
	*state = *state * 16807 % RANDOM_MAX;
	return *state;
}

/* 0 ... limit - 1. */
static inline uint64_t random_less(uint64_t *state, uint64_t limit)
{
	return random_next(state) % limit;
}

#endif
