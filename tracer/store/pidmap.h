/* SPDX-License-Identifier: MIT */
#ifndef STORE_PIDMAP_H
#define STORE_PIDMAP_H

/* A hash table from a pair of numbers (a pid, a message's sender and number) to a value by size. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pidmap {
	char *slots;
	size_t capacity; /* a power of two, 0 at first */
	size_t count;
	size_t stride;
	size_t value_size;
};

void pidmap_init(struct pidmap *map, size_t value_size);
void pidmap_finish(struct pidmap *map);
void pidmap_clear(struct pidmap *map);

/* Valid until the next insertion or removal. NULL: not there. */
void *pidmap_get(const struct pidmap *map, uint64_t key, uint32_t number);

/* What is there, or a new value of zeros; *ret_new says which, and may be NULL. NULL: no memory. */
void *pidmap_put(struct pidmap *map, uint64_t key, uint32_t number, bool *ret_new);

/* Copies the value out (where ret_value is not NULL) and removes it. False: it was not there. */
bool pidmap_take(struct pidmap *map, uint64_t key, uint32_t number, void *ret_value);

/* Walks the table: *position starts at 0; NULL at the end. Nothing may be changed meanwhile. */
void *pidmap_next(const struct pidmap *map, size_t *position, uint64_t *ret_key,
		  uint32_t *ret_number);

#endif
