/* SPDX-License-Identifier: MIT */
#ifndef STORE_ROLLUP_H
#define STORE_ROLLUP_H

/* Counts per second, message type and actor, gathered in memory before they are written. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rollup_counts {
	int64_t sent;
	int64_t bytes;
	int64_t handled;
	int64_t turns;
	int64_t busy_ticks;
};

struct rollup_row {
	int64_t second;
	uint64_t actor;
	uint16_t type;
	bool used;
	struct rollup_counts counts;
};

struct rollup {
	struct rollup_row *rows;
	uint32_t slots; /* a power of two; half of them can be used, so that none is far away */
	uint32_t used;
};

bool rollup_init(struct rollup *rollup, uint32_t slots);
void rollup_finish(struct rollup *rollup);

/* The row, or NULL where there is none and no room for it. */
struct rollup_row *rollup_at(struct rollup *rollup, int64_t second, uint16_t type, uint64_t actor);

/* Time to empty it: there is still room for half as many again. */
static inline bool rollup_is_full(const struct rollup *rollup)
{
	return rollup->used >= rollup->slots / 4;
}

static inline void rollup_add(struct rollup_row *row, const struct rollup_counts *counts)
{
	row->counts.sent += counts->sent;
	row->counts.bytes += counts->bytes;
	row->counts.handled += counts->handled;
	row->counts.turns += counts->turns;
	row->counts.busy_ticks += counts->busy_ticks;
}

/* Removes the rows before `second`; those that stay may move. */
void rollup_clear(struct rollup *rollup, int64_t second);

#endif
