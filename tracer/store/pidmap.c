/* SPDX-License-Identifier: MIT */
#include "store/pidmap.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN  64
#define CAPACITY_KEPT 1024

struct slot {
	uint64_t key;
	uint32_t number;
	uint32_t used;
	/* the value follows */
};

void pidmap_init(struct pidmap *map, size_t value_size)
{
	*map = (struct pidmap){
		.value_size = value_size,
		.stride = (sizeof(struct slot) + value_size + 7) & ~(size_t)7,
	};
}

void pidmap_finish(struct pidmap *map)
{
	free(map->slots);
	map->slots = NULL;
	map->capacity = 0;
	map->count = 0;
}

void pidmap_clear(struct pidmap *map)
{
	/* What was large once need not be wiped, nor walked, for ever. */
	if (map->capacity > CAPACITY_KEPT && map->count < map->capacity / 16)
		pidmap_finish(map);
	else if (map->count > 0)
		memset(map->slots, 0, map->capacity * map->stride);
	map->count = 0;
}

static struct slot *slot_at(const struct pidmap *map, size_t place)
{
	return (struct slot *)(map->slots + place * map->stride);
}

static size_t home(const struct pidmap *map, uint64_t key, uint32_t number)
{
	uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);

	hash = (hash ^ hash >> 32 ^ number) * UINT64_C(0xd6e8feb86659fd93);
	return (hash ^ hash >> 32) & (map->capacity - 1);
}

/* Where the key is, or the free place where it would be. */
static size_t find(const struct pidmap *map, uint64_t key, uint32_t number)
{
	size_t place = home(map, key, number);

	for (;;) {
		const struct slot *slot = slot_at(map, place);

		if (!slot->used || (slot->key == key && slot->number == number))
			return place;
		place = (place + 1) & (map->capacity - 1);
	}
}

void *pidmap_get(const struct pidmap *map, uint64_t key, uint32_t number)
{
	struct slot *slot;

	if (map->count == 0)
		return NULL;
	slot = slot_at(map, find(map, key, number));
	return slot->used ? slot + 1 : NULL;
}

static bool grow(struct pidmap *map)
{
	struct pidmap bigger = *map;

	bigger.capacity = map->capacity == 0 ? CAPACITY_MIN : 2 * map->capacity;
	bigger.slots = calloc(bigger.capacity, bigger.stride);
	if (bigger.slots == NULL)
		return false;
	for (size_t i = 0; i < map->capacity; i++) {
		const struct slot *slot = slot_at(map, i);

		if (slot->used)
			memcpy(slot_at(&bigger, find(&bigger, slot->key, slot->number)), slot,
			       map->stride);
	}
	free(map->slots);
	*map = bigger;
	return true;
}

void *pidmap_put(struct pidmap *map, uint64_t key, uint32_t number, bool *ret_new)
{
	struct slot *slot;
	bool fresh;

	if (4 * (map->count + 1) > 3 * map->capacity && !grow(map))
		return NULL;
	slot = slot_at(map, find(map, key, number));
	fresh = !slot->used;
	if (fresh) {
		slot->key = key;
		slot->number = number;
		slot->used = 1;
		map->count++;
	}
	if (ret_new != NULL)
		*ret_new = fresh;
	return slot + 1;
}

/* Linear probing without tombstones: what follows moves up into the hole. */
bool pidmap_take(struct pidmap *map, uint64_t key, uint32_t number, void *ret_value)
{
	size_t mask = map->capacity - 1;
	size_t hole;

	if (map->count == 0)
		return false;
	hole = find(map, key, number);
	if (!slot_at(map, hole)->used)
		return false;
	if (ret_value != NULL && map->value_size > 0)
		memcpy(ret_value, slot_at(map, hole) + 1, map->value_size);
	for (size_t place = (hole + 1) & mask; slot_at(map, place)->used;
	     place = (place + 1) & mask) {
		const struct slot *slot = slot_at(map, place);
		size_t distance = (place - home(map, slot->key, slot->number)) & mask;

		if (distance >= ((place - hole) & mask)) {
			memcpy(slot_at(map, hole), slot, map->stride);
			hole = place;
		}
	}
	memset(slot_at(map, hole), 0, map->stride);
	map->count--;
	return true;
}

void *pidmap_next(const struct pidmap *map, size_t *position, uint64_t *ret_key,
		  uint32_t *ret_number)
{
	while (*position < map->capacity) {
		struct slot *slot = slot_at(map, (*position)++);

		if (!slot->used)
			continue;
		*ret_key = slot->key;
		*ret_number = slot->number;
		return slot + 1;
	}
	return NULL;
}
