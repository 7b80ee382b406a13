/* SPDX-License-Identifier: MIT */
#include "actor/rare.h"

#include <stdlib.h>

#include "actor/system.h"

struct cell_rare *cell_rare(const struct cell *cell)
{
	return cell->extra->rare;
}

struct cell_rare *cell_rare_want(struct thread *thread, struct cell *cell)
{
	struct cell_extra *extra = cell_extra_want(thread, cell);

	if (extra == NULL)
		return NULL;
	if (extra->rare == NULL)
		extra->rare = calloc(1, sizeof(*extra->rare));
	return extra->rare;
}

void cell_rare_end(struct thread *thread, struct cell *cell, int reason)
{
	struct cell_rare *rare = cell->extra->rare;

	if (rare == NULL)
		return;
	cell->extra->rare = NULL;
	bury_all(thread, cell, &rare->continues, reason);
	bury_all(thread, cell, &rare->postponed, reason);
	if (rare->received != NULL)
		message_free(thread, rare->received);
	requests_end(thread, &rare->requests);
	map_clear(&rare->aliases);
	free(rare->cycle);
	free(rare);
}
