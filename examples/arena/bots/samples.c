/* SPDX-License-Identifier: MIT */
#include "samples.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

void samples_add(struct samples *samples, uint64_t value)
{
	if (samples->count == samples->room) {
		size_t room = samples->room ? 2 * samples->room : 4096;
		uint64_t *values = realloc(samples->values, room * sizeof(*values));

		if (values == NULL) {
			fputs("arena-bots: out of memory\n", stderr);
			exit(1);
		}
		samples->values = values;
		samples->room = room;
	}
	samples->values[samples->count++] = value;
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

uint64_t samples_quantile(struct samples *samples, double percent)
{
	size_t rank;

	assert(percent >= 0);
	assert(percent <= 100);
	if (samples->count == 0)
		return 0;
	qsort(samples->values, samples->count, sizeof(*samples->values), compare);
	rank = (size_t)((double)samples->count * percent / 100.0);
	return samples->values[rank < samples->count ? rank : samples->count - 1];
}

void samples_finish(struct samples *samples)
{
	free(samples->values);
	*samples = (struct samples){0};
}
