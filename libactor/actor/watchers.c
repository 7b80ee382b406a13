/* SPDX-License-Identifier: MIT */
/*
 * Whom an actor tells of its end. They are told in the order in which they came, and a registry is
 * watched by a hundred thousand: so an array in that order, where those that left leave a hole,
 * and beside it, once it is long, an index by hash (open addressing, linear probing) that names
 * places of the array. Holes are closed when the array is full.
 */
#include <stdlib.h>
#include <string.h>

#include <actor/actor.h>

#include "actor/system.h"
#include "base/hash.h"

#define CAPACITY_MIN 4u
/* Up to this many are found by looking at them all. */
#define CAPACITY_SMALL 16u

struct watchers {
	struct watcher *entries; /* pid none: a hole */
	uint32_t *index;         /* 2 * capacity places: place in entries + 1; 0: free */
	uint32_t used;           /* of entries, holes counted */
	uint32_t count;
	uint32_t capacity; /* a power of two */
};

void watchers_free(struct watchers *watchers)
{
	if (watchers == NULL)
		return;
	free(watchers->entries);
	free(watchers->index);
	free(watchers);
}

uint32_t watchers_count(const struct watchers *watchers)
{
	return watchers != NULL ? watchers->count : 0;
}

const struct watcher *watchers_next(const struct watchers *watchers, uint32_t *at)
{
	while (watchers != NULL && *at < watchers->used) {
		const struct watcher *entry = &watchers->entries[(*at)++];

		if (entry->pid.bits != 0)
			return entry;
	}
	return NULL;
}

static uint32_t home_of(const struct watchers *watchers, struct actor_pid pid, uint64_t ref)
{
	return (uint32_t)hash_mix(pid.bits, ref) & (2 * watchers->capacity - 1);
}

static void index_put(struct watchers *watchers, uint32_t place)
{
	const struct watcher *entry = &watchers->entries[place];
	uint32_t mask = 2 * watchers->capacity - 1;
	uint32_t at = home_of(watchers, entry->pid, entry->ref);

	while (watchers->index[at] != 0)
		at = (at + 1) & mask;
	watchers->index[at] = place + 1;
}

/* Makes room: twice as much where few left, else by closing the holes. */
static int make_room(struct watchers *watchers)
{
	uint32_t capacity = watchers->capacity;
	struct watcher *entries;
	uint32_t *index = NULL;
	uint32_t used = 0;

	if (2 * watchers->count >= capacity)
		capacity = capacity == 0 ? CAPACITY_MIN : 2 * capacity;
	entries = malloc(capacity * sizeof(*entries));
	if (capacity > CAPACITY_SMALL)
		index = calloc((size_t)2 * capacity, sizeof(*index));
	if (entries == NULL || (capacity > CAPACITY_SMALL && index == NULL)) {
		free(entries);
		free(index);
		return ACTOR_ENO_MEMORY;
	}
	for (uint32_t i = 0; i < watchers->used; i++) {
		if (watchers->entries[i].pid.bits != 0)
			entries[used++] = watchers->entries[i];
	}
	free(watchers->entries);
	free(watchers->index);
	watchers->entries = entries;
	watchers->index = index;
	watchers->used = used;
	watchers->capacity = capacity;
	for (uint32_t i = 0; index != NULL && i < used; i++)
		index_put(watchers, i);
	return 0;
}

int watcher_add(struct thread *thread, struct cell *cell, struct actor_pid watcher, uint64_t ref)
{
	struct cell_extra *extra = cell_extra_want(thread, cell);
	struct watchers *watchers;

	if (extra == NULL)
		return ACTOR_ENO_MEMORY;
	if (extra->watchers == NULL)
		extra->watchers = calloc(1, sizeof(*extra->watchers));
	watchers = extra->watchers;
	if (watchers == NULL || (watchers->used == watchers->capacity && make_room(watchers) != 0))
		return ACTOR_ENO_MEMORY;
	watchers->entries[watchers->used++] = (struct watcher){watcher, ref};
	watchers->count++;
	if (watchers->index != NULL)
		index_put(watchers, watchers->used - 1);
	return 0;
}

static struct watcher *find(const struct watchers *watchers, struct actor_pid pid, uint64_t ref)
{
	uint32_t mask = 2 * watchers->capacity - 1;
	uint32_t place;

	if (watchers->index == NULL) {
		for (uint32_t i = 0; i < watchers->used; i++) {
			struct watcher *entry = &watchers->entries[i];

			if (entry->ref == ref && actor_pid_equal(entry->pid, pid))
				return entry;
		}
		return NULL;
	}
	for (uint32_t at = home_of(watchers, pid, ref); (place = watchers->index[at]) != 0;
	     at = (at + 1) & mask) {
		struct watcher *entry = &watchers->entries[place - 1];

		if (entry->ref == ref && actor_pid_equal(entry->pid, pid))
			return entry;
	}
	return NULL;
}

void watcher_remove(struct cell *cell, struct actor_pid watcher, uint64_t ref)
{
	struct watchers *watchers = cell->extra->watchers;
	struct watcher *entry = watchers != NULL ? find(watchers, watcher, ref) : NULL;

	if (entry == NULL)
		return;
	entry->pid = ACTOR_PID_NONE; /* a hole; the index still leads over it */
	if (--watchers->count == 0) {
		watchers_free(watchers);
		cell->extra->watchers = NULL;
	}
}
