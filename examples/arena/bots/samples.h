/* SPDX-License-Identifier: MIT */
#ifndef ARENA_BOTS_SAMPLES_H
#define ARENA_BOTS_SAMPLES_H

/* All answer times of a run, for exact quantiles. */

#include <stddef.h>
#include <stdint.h>

struct samples {
	uint64_t *values;
	size_t count;
	size_t room;
};

/* Ends the program when there is no memory. */
void samples_add(struct samples *samples, uint64_t value);
/* The value that `percent` of the samples do not exceed; 0 without samples. Sorts. */
uint64_t samples_quantile(struct samples *samples, double percent);
void samples_finish(struct samples *samples);

#endif
