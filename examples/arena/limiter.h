/* SPDX-License-Identifier: MIT */
#ifndef ARENA_LIMITER_H
#define ARENA_LIMITER_H

/* How many lines a second a connection may send: a token bucket that holds one second's worth. */

#include <stdint.h>

enum limiter_verdict {
	LIMITER_ALLOW,
	LIMITER_WARN,  /* refuse, and say so */
	LIMITER_DROP,  /* refuse silently: an answer to each line would double the flood */
	LIMITER_CLOSE, /* refuse; it has been warned often enough */
};

struct limiter {
	uint64_t full_ns;  /* bucket contents, in nanoseconds of earned time */
	uint64_t last_ns;  /* when it was looked at last */
	uint64_t price_ns; /* of one line */
	uint32_t refused;  /* in a row, forgiven by a full bucket */
	uint32_t refused_max;
};

void limiter_init(struct limiter *limiter, uint32_t lines_per_second, uint32_t refused_max,
		  uint64_t now_ns);
enum limiter_verdict limiter_take(struct limiter *limiter, uint64_t now_ns);

#endif
