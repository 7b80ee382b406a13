/* SPDX-License-Identifier: MIT */
/* Checkpoints: a bounded number, dense near the present, none too far from any place. */
#include <string.h>

#include "session_ladder.h"
#include "suite.h"

#define RUNGS 24

/* Runs `steps` forward and keeps the ladder as session.c does. Returns how many rungs there are. */
static size_t climb(uint64_t steps, uint64_t stride, uint64_t places[RUNGS + 1])
{
	size_t count = 0;

	for (uint64_t at = 0; at <= steps; at += stride) {
		if (count == RUNGS) {
			size_t worst = session_ladder_worst(places, count, at);

			memmove(&places[worst], &places[worst + 1],
				(count - worst - 1) * sizeof(*places));
			count--;
		}
		places[count++] = at;
	}
	return count;
}

static void the_first_place_stays(void)
{
	uint64_t places[RUNGS + 1];
	size_t count = climb(10000000, 1000, places);

	CU_ASSERT_EQUAL(count, RUNGS);
	CU_ASSERT_EQUAL(places[0], 0);
	CU_ASSERT_EQUAL(places[count - 1], 10000000);
}

static void places_rise(void)
{
	uint64_t places[RUNGS + 1];
	size_t count = climb(3000000, 700, places);

	for (size_t i = 1; i < count; i++)
		CU_ASSERT(places[i] > places[i - 1]);
}

/* The way forward from a checkpoint is in proportion to how far one goes back. */
static void gaps_grow_with_distance(void)
{
	uint64_t now = 10000000;
	uint64_t places[RUNGS + 1];
	size_t count = climb(now, 1000, places);

	for (size_t i = 1; i < count; i++) {
		uint64_t gap = places[i] - places[i - 1];
		uint64_t back = now - places[i - 1];

		CU_ASSERT(gap <= back);
		CU_ASSERT(gap <= 4000 || gap <= back * 7 / 8);
	}
}

static void strides_are_bounded(void)
{
	CU_ASSERT_EQUAL(session_ladder_stride(0), 256);
	CU_ASSERT_EQUAL(session_ladder_stride(64 * 1000), 1000);
	CU_ASSERT_EQUAL(session_ladder_stride(UINT64_MAX), 250000);
}

#define CASES(X)                   \
	X(the_first_place_stays)   \
	X(places_rise)             \
	X(gaps_grow_with_distance) \
	X(strides_are_bounded)
SUITE("ladder", CASES)
