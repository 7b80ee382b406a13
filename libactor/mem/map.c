/* SPDX-License-Identifier: MIT */
#include "mem/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <actor/status.h>

#define CAPACITY_MIN 4u

static uint32_t place_of(const struct map *map, uint64_t key)
{
	/* Fibonacci hashing (Knuth, TAOCP 3, 6.4): the keys are pids and running numbers. */
	return (uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (map->capacity - 1);
}

void map_clear(struct map *map)
{
	free(map->entries);
	memset(map, 0, sizeof(*map));
}

/* The place of the key, or of the free entry where it would go. The map has a free entry. */
static uint32_t find(const struct map *map, uint64_t key)
{
	uint32_t place = place_of(map, key);

	while (map->entries[place].key != 0 && map->entries[place].key != key)
		place = (place + 1) & (map->capacity - 1);
	return place;
}

static int grow(struct map *map)
{
	struct map bigger = {.capacity = map->capacity == 0 ? CAPACITY_MIN : map->capacity * 2,
			     .count = map->count};

	bigger.entries = calloc(bigger.capacity, sizeof(*bigger.entries));
	if (bigger.entries == NULL)
		return ACTOR_ENO_MEMORY;
	for (uint32_t i = 0; i < map->capacity; i++) {
		if (map->entries[i].key != 0)
			bigger.entries[find(&bigger, map->entries[i].key)] = map->entries[i];
	}
	free(map->entries);
	*map = bigger;
	return 0;
}

int map_put(struct map *map, uint64_t key, uint64_t value)
{
	uint32_t place;

	assert(key != 0);
	if (4 * (map->count + 1) > 3 * map->capacity && !map_get(map, key, NULL)) {
		int status = grow(map);

		if (status != 0)
			return status;
	}
	place = find(map, key);
	if (map->entries[place].key == 0)
		map->count++;
	map->entries[place].key = key;
	map->entries[place].value = value;
	return 0;
}

bool map_get(const struct map *map, uint64_t key, uint64_t *ret_value)
{
	uint32_t place;

	if (map->count == 0 || key == 0) /* a free entry has key 0 */
		return false;
	place = find(map, key);
	if (map->entries[place].key != key)
		return false;
	if (ret_value != NULL)
		*ret_value = map->entries[place].value;
	return true;
}

bool map_remove(struct map *map, uint64_t key, uint64_t *ret_value)
{
	uint32_t hole;
	uint32_t next;

	if (!map_get(map, key, ret_value))
		return false;
	hole = find(map, key);
	for (next = (hole + 1) & (map->capacity - 1); map->entries[next].key != 0;
	     next = (next + 1) & (map->capacity - 1)) {
		uint32_t home = place_of(map, map->entries[next].key);

		/* May move back unless its home lies cyclically in (hole, next]. */
		if (((next - home) & (map->capacity - 1)) >=
		    ((next - hole) & (map->capacity - 1))) {
			map->entries[hole] = map->entries[next];
			hole = next;
		}
	}
	map->entries[hole].key = 0;
	map->count--;
	if (map->count == 0)
		map_clear(map);
	return true;
}

static int by_key(const void *a, const void *b)
{
	const struct map_entry *left = a;
	const struct map_entry *right = b;

	return left->key < right->key ? -1 : left->key > right->key;
}

struct map_entry *map_sorted(const struct map *map)
{
	struct map_entry *sorted;
	uint32_t count = 0;

	if (map->count == 0)
		return NULL;
	sorted = calloc(map->count, sizeof(*sorted));
	if (sorted == NULL)
		return NULL;
	for (uint32_t i = 0; i < map->capacity; i++) {
		if (map->entries[i].key != 0)
			sorted[count++] = map->entries[i];
	}
	assert(count == map->count);
	qsort(sorted, count, sizeof(*sorted), by_key);
	return sorted;
}
