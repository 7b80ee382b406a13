/* SPDX-License-Identifier: MIT */
/* The part of an actor that most actors do not have. */
#include <stdlib.h>
#include <string.h>

#include "actor/deadline.h"
#include "actor/system.h"

struct cell_extra cell_extra_none;

struct cell_extra *cell_extra_want(struct thread *thread, struct cell *cell)
{
	struct cell_extra *extra = cell->extra;
	uint8_t class;

	if (extra != &cell_extra_none)
		return extra;
	extra = pool_alloc(&thread->pool, sizeof(*extra), &class);
	if (extra == NULL)
		return NULL;
	memset(extra, 0, sizeof(*extra));
	extra->class = class;
	cell->extra = extra;
	return extra;
}

/* What readers of the plane have been told of them is true no more. */
static void forget_bonds(struct thread *thread, const struct cell *cell, enum plane_bond kind,
			 const struct map *map)
{
	for (uint32_t i = 0; i < map->capacity && map->count != 0; i++) {
		const struct map_entry *entry = &map->entries[i];
		struct actor_pid peer = {kind == PLANE_BOND_LINK ? entry->key : entry->value};

		if (entry->key != 0)
			plane_bond_remove(&thread->system->plane, kind, cell_pid(cell), peer);
	}
}

void cell_extra_free(struct thread *thread, struct cell *cell)
{
	struct cell_extra *extra = cell->extra;

	if (extra == &cell_extra_none)
		return;
	cell->extra = &cell_extra_none;
	blobs_end(thread, extra);
	extra->deadline = deadline_destroy(thread, extra->deadline);
	forget_bonds(thread, cell, PLANE_BOND_LINK, &extra->links);
	forget_bonds(thread, cell, PLANE_BOND_MONITOR, &extra->monitors);
	map_clear(&extra->links);
	map_clear(&extra->monitors);
	watchers_free(extra->watchers);
	pool_free(&thread->pool, extra, extra->class);
}
