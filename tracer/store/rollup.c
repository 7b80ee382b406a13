/* SPDX-License-Identifier: MIT */
#include "store/rollup.h"

#include <stdlib.h>

bool rollup_init(struct rollup *rollup, uint32_t slots)
{
	*rollup = (struct rollup){.rows = calloc(slots, sizeof(*rollup->rows)), .slots = slots};
	return rollup->rows != NULL;
}

void rollup_finish(struct rollup *rollup)
{
	free(rollup->rows);
	rollup->rows = NULL;
}

static struct rollup_row *find(struct rollup *rollup, int64_t second, uint16_t type, uint64_t actor)
{
	uint64_t hash = ((uint64_t)second << 16 | type) * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t place;
	struct rollup_row *row;

	hash = (hash ^ hash >> 29 ^ actor) * UINT64_C(0xd6e8feb86659fd93);
	place = (uint32_t)(hash >> 40) & (rollup->slots - 1);
	row = &rollup->rows[place];
	while (row->used && (row->second != second || row->type != type || row->actor != actor)) {
		place = (place + 1) & (rollup->slots - 1);
		row = &rollup->rows[place];
	}
	return row;
}

struct rollup_row *rollup_at(struct rollup *rollup, int64_t second, uint16_t type, uint64_t actor)
{
	struct rollup_row *row = find(rollup, second, type, actor);

	if (row->used)
		return row;
	if (rollup->used >= rollup->slots / 2)
		return NULL;
	rollup->used++;
	*row = (struct rollup_row){.second = second, .type = type, .actor = actor, .used = true};
	return row;
}

/*
 * What stays is put in anew, first what lies behind the first hole: so no row is ever put where a
 * later one of its own chain would be overtaken.
 */
void rollup_clear(struct rollup *rollup, int64_t second)
{
	uint32_t start = 0;

	if (rollup->used == 0)
		return;
	while (start < rollup->slots && rollup->rows[start].used)
		start++;
	rollup->used = 0;
	for (uint32_t i = 0; i < rollup->slots; i++) {
		struct rollup_row *row = &rollup->rows[(start + i) & (rollup->slots - 1)];
		struct rollup_row kept = *row;

		if (!row->used)
			continue;
		row->used = false;
		if (kept.second < second)
			continue;
		*find(rollup, kept.second, kept.type, kept.actor) = kept;
		rollup->used++;
	}
}
