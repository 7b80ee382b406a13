/* SPDX-License-Identifier: MIT */
#include "store/histogram.h"

#define STEPS (1u << HISTOGRAM_STEP_BITS)

static unsigned slot_of(uint64_t value)
{
	unsigned shift;

	if (value < STEPS)
		return (unsigned)value;
	shift = 63 - (unsigned)__builtin_clzll(value) - HISTOGRAM_STEP_BITS;
	return ((shift + 1) << HISTOGRAM_STEP_BITS) + (unsigned)(value >> shift) - STEPS;
}

static uint64_t middle_of(unsigned slot)
{
	unsigned shift;
	uint64_t low;

	if (slot < STEPS)
		return slot;
	shift = (slot >> HISTOGRAM_STEP_BITS) - 1;
	low = (uint64_t)(STEPS + (slot & (STEPS - 1))) << shift;
	return low + ((UINT64_C(1) << shift) >> 1);
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->count++;
	histogram->sum += value;
	if (value > histogram->max)
		histogram->max = value;
	histogram->slots[slot_of(value)]++;
}

uint64_t histogram_quantile(const struct histogram *histogram, double fraction)
{
	uint64_t rank = (uint64_t)(fraction * (double)(histogram->count - 1)) + 1;
	uint64_t seen = 0;

	if (histogram->count == 0)
		return 0;
	for (unsigned slot = 0; slot < HISTOGRAM_SLOTS; slot++) {
		seen += histogram->slots[slot];
		if (seen >= rank) {
			uint64_t value = middle_of(slot);

			return value < histogram->max ? value : histogram->max;
		}
	}
	return histogram->max;
}
