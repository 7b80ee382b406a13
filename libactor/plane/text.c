/* SPDX-License-Identifier: MIT */

/*
 * The plane's texts: append-only, each once. The index by hash is this process's own: open
 * addressing with linear probing, at most half full; it holds offsets, the texts are the keys.
 */

#include "plane/plane.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define CAPACITY_MIN 256u
#define EMPTY_SIZE   8u /* the text at offset 0: length, NUL, padding */

static uint32_t text_size(size_t length)
{
	return (uint32_t)((sizeof(uint32_t) + length + 1 + 3) & ~(size_t)3);
}

static uint32_t length_at(const struct plane *plane, uint32_t offset)
{
	uint32_t length;

	memcpy(&length, plane->strings + offset, sizeof(length));
	return length;
}

/* The place of a text in the index: where it is, or where it would be. */
static uint32_t *find(const struct plane *plane, const char *text, size_t length)
{
	uint32_t mask = plane->string_capacity - 1;
	uint32_t at = (uint32_t)hash_bytes(text, length) & mask;

	for (;; at = (at + 1) & mask) {
		uint32_t offset = plane->string_index[at];

		if (offset == 0 ||
		    (length_at(plane, offset) == length &&
		     memcmp(plane->strings + offset + sizeof(uint32_t), text, length) == 0))
			return &plane->string_index[at];
	}
}

static bool grow(struct plane *plane)
{
	uint32_t capacity = plane->string_capacity;
	uint32_t *old = plane->string_index;
	uint32_t *larger = calloc(2 * (size_t)capacity, sizeof(*larger));

	if (larger == NULL)
		return false;
	plane->string_index = larger;
	plane->string_capacity = 2 * capacity;
	for (uint32_t i = 0; i < capacity; i++)
		if (old[i] != 0)
			*find(plane, plane->strings + old[i] + sizeof(uint32_t),
			      length_at(plane, old[i])) = old[i];
	free(old);
	return true;
}

/* Puts the text behind the others. Returns its offset, 0 when there is no room. */
static uint32_t append(struct plane *plane, const char *text, size_t length)
{
	/* Relaxed: only who holds the lock writes it. */
	uint32_t offset = __atomic_load_n(&plane->control->strings_used, __ATOMIC_RELAXED);
	uint32_t size = text_size(length);
	uint32_t prefix = (uint32_t)length;

	if (size > PLANE_STRINGS_SIZE - offset ||
	    plane_extent_reserve(plane, ACTOR_PLANE_REGION_STRINGS, (size_t)offset + size) != 0)
		return 0;
	memcpy(plane->strings + offset, &prefix, sizeof(prefix));
	memcpy(plane->strings + offset + sizeof(prefix), text, length);
	/* The NUL and the padding are there: the memory is fresh and nothing is written twice. */
	/* Release: pairs with the reader's acquire; the text below the mark is complete. */
	__atomic_store_n(&plane->control->strings_used, offset + size, __ATOMIC_RELEASE);
	return offset;
}

uint32_t plane_string_locked(struct plane *plane, const char *text, size_t length)
{
	uint32_t *place;
	uint32_t offset;

	if (text == NULL || length == 0)
		return 0;
	if (length > PLANE_STRING_MAX)
		length = PLANE_STRING_MAX;
	/* Without memory for a larger index this one is filled up; its last place stays free. */
	if (2 * plane->string_count >= plane->string_capacity && !grow(plane) &&
	    plane->string_count + 1 >= plane->string_capacity)
		return 0;
	place = find(plane, text, length);
	if (*place != 0)
		return *place;
	offset = append(plane, text, length);
	if (offset != 0) {
		*place = offset;
		plane->string_count++;
	}
	return offset;
}

uint32_t plane_text_locked(struct plane *plane, const char *text)
{
	return text == NULL ? 0 : plane_string_locked(plane, text, strlen(text));
}

uint32_t plane_string(struct plane *plane, const char *text, size_t length)
{
	uint32_t offset;

	assert(text != NULL || length == 0);
	pthread_mutex_lock(&plane->lock);
	offset = plane_string_locked(plane, text, length);
	pthread_mutex_unlock(&plane->lock);
	return offset;
}

int plane_text_init(struct plane *plane)
{
	plane->string_index = calloc(CAPACITY_MIN, sizeof(*plane->string_index));
	if (plane->string_index == NULL)
		return ACTOR_ENO_MEMORY;
	plane->string_capacity = CAPACITY_MIN;
	if (plane_extent_reserve(plane, ACTOR_PLANE_REGION_STRINGS, EMPTY_SIZE) != 0)
		return ACTOR_EPLANE;
	__atomic_store_n(&plane->control->strings_used, EMPTY_SIZE, __ATOMIC_RELEASE);
	return 0;
}
