/* SPDX-License-Identifier: MIT */
#include "session_ladder.h"

uint64_t session_ladder_stride(uint64_t steps)
{
	uint64_t stride = steps / 64;

	if (stride < 256)
		return 256;
	return stride < 250000 ? stride : 250000;
}

size_t session_ladder_worst(const uint64_t *places, size_t count, uint64_t now)
{
	size_t worst = count - 1;
	double least = -1;

	for (size_t i = 1; i + 1 < count; i++) {
		double gap = (double)(places[i + 1] - places[i - 1]);
		double back = now > places[i] ? (double)(now - places[i]) + 1 : 1;
		double cost = gap / back; /* how much longer the way gets, for how rare it is */

		if (least < 0 || cost < least) {
			least = cost;
			worst = i;
		}
	}
	return worst;
}
