/* SPDX-License-Identifier: MIT */
#ifndef ARENA_RULES_H
#define ARENA_RULES_H

/* What the server's options decide for its actors. Travels by value; no padding. */

#include <stdint.h>

struct rules {
	uint32_t match_every_ms;   /* how often waiting players are paired */
	uint32_t tick_ms;          /* of a room */
	uint32_t ticks_per_move;   /* a cycle moves every so many ticks */
	uint32_t countdown_ms;     /* between match and first move */
	uint32_t idle_ms;          /* silence after which a connection is closed */
	uint32_t lines_per_second; /* that a connection may send */
	uint32_t refused_max;      /* lines beyond that before the connection is closed */
	uint32_t width;            /* of the grid */
	uint32_t height;
	uint32_t reserved;
};

#define RULES_DEFAULT                   \
	((struct rules){                \
		.match_every_ms = 5000, \
		.tick_ms = 50,          \
		.ticks_per_move = 2,    \
		.countdown_ms = 1000,   \
		.idle_ms = 60000,       \
		.lines_per_second = 50, \
		.refused_max = 500,     \
		.width = 32,            \
		.height = 20,           \
	})

#endif
