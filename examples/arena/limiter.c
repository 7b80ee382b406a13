/* SPDX-License-Identifier: MIT */
#include "limiter.h"

#include <assert.h>

#define SECOND_NS UINT64_C(1000000000)
/* One warning per so many refused lines. */
#define WARN_EVERY 50

void limiter_init(struct limiter *limiter, uint32_t lines_per_second, uint32_t refused_max,
		  uint64_t now_ns)
{
	assert(lines_per_second > 0);
	assert(refused_max > 0);
	*limiter = (struct limiter){
		.full_ns = SECOND_NS,
		.last_ns = now_ns,
		.price_ns = SECOND_NS / lines_per_second,
		.refused_max = refused_max,
	};
}

enum limiter_verdict limiter_take(struct limiter *limiter, uint64_t now_ns)
{
	uint64_t earned_ns = now_ns > limiter->last_ns ? now_ns - limiter->last_ns : 0;

	limiter->last_ns = now_ns;
	if (earned_ns >= SECOND_NS - limiter->full_ns) {
		limiter->full_ns = SECOND_NS;
		limiter->refused = 0;
	} else {
		limiter->full_ns += earned_ns;
	}
	if (limiter->full_ns >= limiter->price_ns) {
		limiter->full_ns -= limiter->price_ns;
		return LIMITER_ALLOW;
	}
	limiter->refused++;
	if (limiter->refused >= limiter->refused_max)
		return LIMITER_CLOSE;
	return limiter->refused % WARN_EVERY == 1 ? LIMITER_WARN : LIMITER_DROP;
}
