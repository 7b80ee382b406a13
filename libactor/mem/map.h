/* SPDX-License-Identifier: MIT */
#ifndef MEM_MAP_H
#define MEM_MAP_H

/*
 * A map from a 64-bit key (not 0) to a 64-bit value: an actor's links, monitors, timers. Open
 * addressing with linear probing and deletion by backward shift (Knuth, TAOCP 3, 6.4, algorithm R).
 * An empty map owns no memory. Iteration in key order is offered where the order can be seen by a
 * program, because the order of the table depends on its history.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_entry {
	uint64_t key;
	uint64_t value;
};

struct map {
	struct map_entry *entries; /* capacity is a power of two; key 0 is free */
	uint32_t capacity;
	uint32_t count;
};

/* Frees what the map owns; the map is empty afterwards. */
void map_clear(struct map *map);

/* Adds or replaces. The key is not 0. 0 or ACTOR_ENO_MEMORY, then the map is as before. */
int map_put(struct map *map, uint64_t key, uint64_t value);
/* True and *ret_value (may be NULL) when the key is there. Key 0, no pid, never is. */
bool map_get(const struct map *map, uint64_t key, uint64_t *ret_value);
bool map_remove(struct map *map, uint64_t key, uint64_t *ret_value);

/* Sorts a copy of the entries by key. NULL when empty or out of memory; freed by the caller. */
struct map_entry *map_sorted(const struct map *map);

#endif
