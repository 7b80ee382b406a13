/* SPDX-License-Identifier: MIT */
#include "store/rollup.h"

#include <assert.h>
#include <string.h>

struct rollup_row *rollup_at(struct rollup *rollup, int64_t second, uint16_t type)
{
	uint64_t hash = ((uint64_t)second << 16 | type) * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t place = (uint32_t)(hash >> 40) % ROLLUP_SLOTS;
	struct rollup_row *row = &rollup->rows[place];

	while (row->used && (row->second != second || row->type != type)) {
		place = (place + 1) % ROLLUP_SLOTS;
		row = &rollup->rows[place];
	}
	if (!row->used) {
		assert(rollup->used < ROLLUP_SLOTS);
		rollup->used++;
		row->used = true;
		row->second = second;
		row->type = type;
	}
	return row;
}

void rollup_clear(struct rollup *rollup)
{
	memset(rollup, 0, sizeof(*rollup));
}
