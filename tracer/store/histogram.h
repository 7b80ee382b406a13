/* SPDX-License-Identifier: MIT */
#ifndef STORE_HISTOGRAM_H
#define STORE_HISTOGRAM_H

/*
 * Counts values by size, 32 steps for each doubling: a quantile is right within 2 %. 16 KiB,
 * however many values.
 */

#include <stdint.h>

#define HISTOGRAM_STEP_BITS 5
#define HISTOGRAM_SLOTS     ((64 - HISTOGRAM_STEP_BITS + 1) << HISTOGRAM_STEP_BITS)

struct histogram {
	uint64_t count;
	uint64_t sum;
	uint64_t max;
	uint64_t slots[HISTOGRAM_SLOTS];
};

void histogram_add(struct histogram *histogram, uint64_t value);

/* The value below which `fraction` (0 to 1) of all values lie; 0 without values. */
uint64_t histogram_quantile(const struct histogram *histogram, double fraction);

#endif
