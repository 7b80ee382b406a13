/* SPDX-License-Identifier: MIT */
#include "store/pidmap.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN  64
#define CAPACITY_KEPT 1024

/*
 * Slots are small and what they stand for lies elsewhere, in places that are used again as soon as
 * they are free: removing moves little, and a table whose entries come and go stays in the cache.
 */
struct pidmap_slot {
	uint64_t key;
	uint32_t number;
	uint32_t value; /* its number, from 1; 0: the slot is free */
};

void pidmap_init(struct pidmap *map, size_t value_size)
{
	size_t stride = (value_size + 7) & ~(size_t)7;

	*map = (struct pidmap){
		.value_size = value_size,
		.stride = stride != 0 ? stride : sizeof(uint64_t),
	};
}

static void forget_values(struct pidmap *map)
{
	map->made = map->freed = map->popped = 0;
	map->count = 0;
}

void pidmap_finish(struct pidmap *map)
{
	free(map->slots);
	free(map->values);
	map->slots = NULL;
	map->values = NULL;
	map->capacity = 0;
	forget_values(map);
}

void pidmap_clear(struct pidmap *map)
{
	/* What was large once need not be wiped, nor walked, for ever. */
	if (map->capacity > CAPACITY_KEPT && map->count < map->capacity / 16)
		pidmap_finish(map);
	else if (map->count > 0)
		memset(map->slots, 0, map->capacity * sizeof(*map->slots));
	forget_values(map);
}

static size_t home(const struct pidmap *map, uint64_t key, uint32_t number)
{
	uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);

	hash = (hash ^ hash >> 32 ^ number) * UINT64_C(0xd6e8feb86659fd93);
	return (hash ^ hash >> 32) & (map->capacity - 1);
}

/* Where the key is, or the free slot where it would be. */
static struct pidmap_slot *find(const struct pidmap *map, uint64_t key, uint32_t number)
{
	size_t place = home(map, key, number);

	for (;;) {
		struct pidmap_slot *slot = &map->slots[place];

		if (slot->value == 0 || (slot->key == key && slot->number == number))
			return slot;
		place = (place + 1) & (map->capacity - 1);
	}
}

static void *value_at(const struct pidmap *map, uint32_t value)
{
	return map->values + (size_t)(value - 1) * map->stride;
}

void *pidmap_get(const struct pidmap *map, uint64_t key, uint32_t number)
{
	const struct pidmap_slot *slot;

	if (map->count == 0)
		return NULL;
	slot = find(map, key, number);
	return slot->value != 0 ? value_at(map, slot->value) : NULL;
}

/* How many entries there may be. */
static size_t most(size_t capacity)
{
	return capacity / 4 * 3;
}

static bool grow(struct pidmap *map)
{
	struct pidmap bigger = *map;
	char *values;

	bigger.capacity = map->capacity == 0 ? CAPACITY_MIN : 2 * map->capacity;
	if (most(bigger.capacity) >= UINT32_MAX)
		return false;
	values = realloc(map->values, most(bigger.capacity) * map->stride);
	if (values == NULL)
		return false;
	map->values = bigger.values = values;
	bigger.slots = calloc(bigger.capacity, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return false;
	for (size_t i = 0; i < map->capacity; i++) {
		const struct pidmap_slot *slot = &map->slots[i];

		if (slot->value != 0)
			*find(&bigger, slot->key, slot->number) = *slot;
	}
	free(map->slots);
	*map = bigger;
	return true;
}

/* A place for a value: the one that was used last, as long as there is one. */
static uint32_t take_value(struct pidmap *map)
{
	uint32_t value = map->popped;

	if (value != 0) {
		map->popped = 0;
	} else if (map->freed != 0) {
		value = map->freed;
		memcpy(&map->freed, value_at(map, value), sizeof(map->freed));
	} else {
		value = ++map->made;
	}
	return value;
}

void *pidmap_put(struct pidmap *map, uint64_t key, uint32_t number, bool *ret_new)
{
	struct pidmap_slot *slot;
	bool fresh;

	if (map->count + 1 > most(map->capacity) && !grow(map))
		return NULL;
	slot = find(map, key, number);
	fresh = slot->value == 0;
	if (fresh) {
		*slot = (struct pidmap_slot){key, number, take_value(map)};
		memset(value_at(map, slot->value), 0, map->stride);
		map->count++;
	}
	if (ret_new != NULL)
		*ret_new = fresh;
	return value_at(map, slot->value);
}

void *pidmap_pop(struct pidmap *map, uint64_t key, uint32_t number)
{
	struct pidmap_slot *hole;
	size_t mask = map->capacity - 1;
	size_t place;

	if (map->count == 0)
		return NULL;
	hole = find(map, key, number);
	if (hole->value == 0)
		return NULL;
	if (map->popped != 0) {
		memcpy(value_at(map, map->popped), &map->freed, sizeof(map->freed));
		map->freed = map->popped;
	}
	map->popped = hole->value;
	/* Linear probing without tombstones: what follows moves up into the hole. */
	place = (size_t)(hole - map->slots);
	for (;;) {
		struct pidmap_slot *slot;
		size_t distance;

		place = (place + 1) & mask;
		slot = &map->slots[place];
		if (slot->value == 0)
			break;
		distance = (place - home(map, slot->key, slot->number)) & mask;
		if (distance >= ((place - (size_t)(hole - map->slots)) & mask)) {
			*hole = *slot;
			hole = slot;
		}
	}
	hole->value = 0;
	map->count--;
	return value_at(map, map->popped);
}

bool pidmap_take(struct pidmap *map, uint64_t key, uint32_t number, void *ret_value)
{
	const void *value = pidmap_pop(map, key, number);

	if (value != NULL && ret_value != NULL)
		memcpy(ret_value, value, map->value_size);
	return value != NULL;
}

void *pidmap_next(const struct pidmap *map, size_t *position, uint64_t *ret_key,
		  uint32_t *ret_number)
{
	while (*position < map->capacity) {
		const struct pidmap_slot *slot = &map->slots[(*position)++];

		if (slot->value == 0)
			continue;
		*ret_key = slot->key;
		*ret_number = slot->number;
		return value_at(map, slot->value);
	}
	return NULL;
}

void pidmap_finish_texts(struct pidmap *map)
{
	size_t position = 0;
	uint64_t key;
	uint32_t number;
	void **text;

	while ((text = pidmap_next(map, &position, &key, &number)) != NULL)
		free(*text);
	pidmap_finish(map);
}
