/* SPDX-License-Identifier: MIT */
#ifndef STORE_ROLLUP_H
#define STORE_ROLLUP_H

/* Counts per second and message type, gathered in memory between two commits. */

#include <stdbool.h>
#include <stdint.h>

#define ROLLUP_SLOTS 4096
#define ROLLUP_FULL  3072 /* more than this many in use: write them out */

struct rollup_row {
	int64_t second;
	uint16_t type;
	bool used;
	uint64_t sent;
	uint64_t bytes;
	uint64_t handled;
	uint64_t turns;
	uint64_t busy_ticks;
};

struct rollup {
	uint32_t used;
	struct rollup_row rows[ROLLUP_SLOTS];
};

/* The row of (second, type). The caller empties the table before it is full. */
struct rollup_row *rollup_at(struct rollup *rollup, int64_t second, uint16_t type);

static inline bool rollup_is_full(const struct rollup *rollup)
{
	return rollup->used > ROLLUP_FULL;
}

void rollup_clear(struct rollup *rollup);

#endif
