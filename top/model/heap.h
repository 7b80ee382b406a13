/* SPDX-License-Identifier: MIT */
#ifndef TOP_MODEL_HEAP_H
#define TOP_MODEL_HEAP_H

/*
 * The K greatest of many: a heap with the least of them on top, so that most candidates are
 * refused by one comparison. Ties go to the smaller pid, so that equal tables give equal lists.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_entry {
	uint64_t rank;
	uint64_t pid;
	/* Rates as they were found, NAN: not known. */
	float in_rate;
	float out_rate;
	float busy;
};

struct heap {
	struct heap_entry *entries; /* the caller's, room for `capacity` */
	size_t count;
	size_t capacity;
};

/* Whether an entry of that rank would stay. */
bool heap_wants(const struct heap *heap, uint64_t rank, uint64_t pid);

void heap_put(struct heap *heap, const struct heap_entry *entry);

#endif
