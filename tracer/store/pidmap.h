/* SPDX-License-Identifier: MIT */
#ifndef STORE_PIDMAP_H
#define STORE_PIDMAP_H

/* A hash table from a pair of numbers (a pid, a message's sender and number) to a value by size. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pidmap {
	struct pidmap_slot *slots;
	size_t capacity; /* a power of two, 0 at first */
	size_t count;
	char *values;    /* room for as many as may be in the table */
	uint32_t made;   /* values 1 to this have been in use */
	uint32_t freed;  /* a list of those that are not now; 0: none */
	uint32_t popped; /* the one that was taken out last, not in the list yet; or 0 */
	size_t stride;
	size_t value_size;
};

void pidmap_init(struct pidmap *map, size_t value_size);
void pidmap_finish(struct pidmap *map);
void pidmap_clear(struct pidmap *map);

/* The same as pidmap_finish() of a table whose values are pointers to what free() frees. */
void pidmap_finish_texts(struct pidmap *map);

/* Valid until the next insertion or removal. NULL: not there. */
void *pidmap_get(const struct pidmap *map, uint64_t key, uint32_t number);

/* What is there, or a new value of zeros; *ret_new says which, and may be NULL. NULL: no memory. */
void *pidmap_put(struct pidmap *map, uint64_t key, uint32_t number, bool *ret_new);

/*
 * Takes it out of the table; the value stays until the next insertion or removal. NULL: it was not
 * there.
 */
void *pidmap_pop(struct pidmap *map, uint64_t key, uint32_t number);

/* Copies the value out (where ret_value is not NULL) and removes it. False: it was not there. */
bool pidmap_take(struct pidmap *map, uint64_t key, uint32_t number, void *ret_value);

/* Walks the table: *position starts at 0; NULL at the end. Nothing may be changed meanwhile. */
void *pidmap_next(const struct pidmap *map, size_t *position, uint64_t *ret_key,
		  uint32_t *ret_number);

#endif
