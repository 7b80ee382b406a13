/* SPDX-License-Identifier: MIT */
/* What an actor has: messages that wait, links and the like, as lists for the other end. */
#include "script/script.h"

#include <stdlib.h>
#include <string.h>

#include "actor/rare.h"

/* ---- Messages ----------------------------------------------------------------------------------
 */

static const struct mailbox_list *list_of(const struct cell *cell, int place)
{
	const struct cell_rare *rare = cell_rare(cell);

	switch (place) {
	case 0:
		return &cell->urgent;
	case 1:
		return &cell->queue;
	default:
		return rare != NULL ? &rare->postponed : NULL;
	}
}

size_t control_mailbox(const struct cell *cell, uint64_t from, unsigned char *bytes,
		       uint64_t *ret_count)
{
	static const uint8_t places[] = {1, 0, 2};
	size_t used = 0;
	uint64_t count = 0;

	for (int i = 0; i < 3; i++) {
		const struct mailbox_list *list = list_of(cell, i);
		const struct actor_message *message = list != NULL ? list->first : NULL;

		for (; message != NULL; message = message->next_, count++) {
			struct actor_control_waiting waiting = {
				.sender = message->sender.bits,
				.ref = message->ref_,
				.seq = message->sequence,
				.size = message->size,
				.tag = message->tag,
				.kind = message->kind,
				.place = places[i],
			};

			if (count < from || used + sizeof(waiting) > ACTOR_CONTROL_BYTES_MAX)
				continue;
			memcpy(bytes + used, &waiting, sizeof(waiting));
			used += sizeof(waiting);
		}
	}
	*ret_count = count;
	return used;
}

struct actor_message *control_message(const struct cell *cell, uint64_t nth)
{
	for (int i = 0; i < 3; i++) {
		const struct mailbox_list *list = list_of(cell, i);
		struct actor_message *message = list != NULL ? list->first : NULL;

		for (; message != NULL; message = message->next_) {
			if (--nth == 0)
				return message;
		}
	}
	return NULL;
}

struct actor_message *control_message_take(struct cell *cell, uint64_t nth)
{
	struct mailbox_list *lists[] = {&cell->urgent, &cell->queue};

	for (int i = 0; i < 2; i++) {
		struct actor_message *before = NULL;

		for (struct actor_message *message = lists[i]->first; message != NULL;
		     before = message, message = message->next_) {
			if (--nth != 0)
				continue;
			mailbox_remove(lists[i], before, message);
			return message;
		}
	}
	return NULL;
}

/* ---- Bonds -------------------------------------------------------------------------------------
 */

struct bonds {
	unsigned char *bytes;
	size_t used;
	uint64_t count;
};

static void add(struct bonds *bonds, enum actor_control_bond_kind kind, uint64_t pid, uint64_t ref)
{
	struct actor_control_bond bond = {pid, ref, (uint32_t)kind, 0};

	bonds->count++;
	if (bonds->used + sizeof(bond) > ACTOR_CONTROL_BYTES_MAX)
		return;
	memcpy(bonds->bytes + bonds->used, &bond, sizeof(bond));
	bonds->used += sizeof(bond);
}

size_t control_bonds(const struct script *script, const struct cell *cell, unsigned char *bytes,
		     uint64_t *ret_count)
{
	const struct cell_extra *extra = cell->extra;
	const struct cell_rare *rare = cell_rare(cell);
	struct map_entry *entries = map_sorted(&extra->links);
	struct bonds bonds = {bytes, 0, 0};
	const struct watcher *watcher;
	uint32_t at = 0;

	(void)script;
	for (uint32_t i = 0; entries != NULL && i < extra->links.count; i++)
		add(&bonds, ACTOR_CONTROL_BOND_LINK, entries[i].key, 0);
	free(entries);
	entries = map_sorted(&extra->monitors);
	for (uint32_t i = 0; entries != NULL && i < extra->monitors.count; i++)
		add(&bonds, ACTOR_CONTROL_BOND_MONITOR, entries[i].value, entries[i].key);
	free(entries);
	while ((watcher = watchers_next(extra->watchers, &at)) != NULL)
		add(&bonds, ACTOR_CONTROL_BOND_WATCHER, watcher->pid.bits, watcher->ref);
	entries = map_sorted(&extra->timers);
	for (uint32_t i = 0; entries != NULL && i < extra->timers.count; i++)
		add(&bonds, ACTOR_CONTROL_BOND_TIMER, cell_pid(cell).bits, entries[i].key);
	free(entries);
	entries = rare != NULL ? map_sorted(&rare->requests) : NULL;
	for (uint32_t i = 0; entries != NULL && i < rare->requests.count; i++)
		add(&bonds, ACTOR_CONTROL_BOND_REQUEST, 0, entries[i].key);
	free(entries);
	if (cell->wait != NULL && !cell->wait->suspended)
		add(&bonds, ACTOR_CONTROL_BOND_WAITS_ON, cell->wait->on.bits, cell->wait->ref);
	*ret_count = bonds.count;
	return bonds.used;
}
