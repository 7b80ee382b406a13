/* SPDX-License-Identifier: MIT */

/*
 * Message types and behaviours.
 *
 * A type is numbered once for the whole process, because its number is kept in the type itself;
 * so there is one registry, and every living plane knows every type. Behaviours are constant and
 * are told by their address; each plane numbers its own.
 *
 * Locks: the registry's is taken before a plane's.
 */

#include "plane/plane.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define BEHAVIOUR_BITS  14
#define BEHAVIOUR_SLOTS (1u << BEHAVIOUR_BITS)

_Static_assert(BEHAVIOUR_SLOTS == 2 * PLANE_BEHAVIOURS_MAX, "at most half full");

static struct {
	pthread_mutex_t lock;
	struct plane *planes;
	struct actor_type **types; /* [1 .. count] */
	uint32_t count;
	uint32_t capacity;
	const struct plane_known_type *known; /* [1 .. known_count] - 1 */
	uint32_t known_count;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- Types ----------------------------------------------------------------------------------- */

static int type_reserve(struct plane *plane, uint32_t number)
{
	return plane_extent_reserve(plane, ACTOR_PLANE_REGION_TYPES,
				    ((size_t)number + 1) * sizeof(struct actor_plane_type));
}

/* The memory is there. Numbers come in order, so the mark is the number. */
static void entry_write(struct plane *plane, const struct plane_known_type *type, uint32_t number)
{
	struct actor_plane_type *entry = &plane->types[number];

	pthread_mutex_lock(&plane->lock);
	entry->name = plane_text_locked(plane, type->name);
	entry->ctype = plane_text_locked(plane, type->ctype);
	entry->size = type->size;
	entry->flexible = type->flexible;
	entry->reply_ctype = plane_text_locked(plane, type->reply_ctype);
	entry->reply_size = type->reply_size;
	/* Release: pairs with the reader's acquire; entries up to the mark are complete. */
	if (plane->control->types_used < number)
		__atomic_store_n(&plane->control->types_used, number, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&plane->lock);
}

static void type_write(struct plane *plane, const struct actor_type *type, uint32_t number)
{
	const struct plane_known_type entry = {
		.name = type->name,
		.ctype = type->ctype,
		.reply_ctype = type->reply_ctype,
		.size = type->size,
		.reply_size = type->reply_size,
		.flexible = type->flexible,
	};

	entry_write(plane, &entry, number);
}

static bool registry_grow(void)
{
	uint32_t capacity = registry.capacity == 0 ? 64 : 2 * registry.capacity;
	struct actor_type **larger =
		realloc(registry.types, capacity * sizeof(struct actor_type *));

	if (larger == NULL)
		return false;
	registry.types = larger;
	registry.capacity = capacity;
	return true;
}

/*
 * A payload without padding needs no clearing, and most have none. All ones stay all ones then.
 * Without memory to try it on, it is cleared for nothing, which is right and slow.
 */
static void drop_idle_clear(struct actor_type *type)
{
	unsigned char *payload;
	bool changed = false;

	if (type->clear == NULL)
		return;
	payload = malloc(type->size);
	if (payload == NULL)
		return;
	memset(payload, 0xff, type->size);
	type->clear(payload);
	for (uint32_t i = 0; i < type->size && !changed; i++)
		changed = payload[i] != 0xff;
	free(payload);
	if (!changed)
		type->clear = NULL;
}

/* The number for a new type, with memory for it in every plane; 0: there is none. */
static uint32_t next_number(void)
{
	uint32_t number = registry.count + 1;

	if (number >= PLANE_TYPES_MAX || (number >= registry.capacity && !registry_grow()))
		return 0;
	for (struct plane *plane = registry.planes; plane != NULL; plane = plane->next)
		if (type_reserve(plane, number) != 0)
			return 0;
	return number;
}

/* With the registry's lock. `number` 0: the next one. False: there is no room. */
static bool type_number(struct actor_type *type, uint32_t number)
{
	bool known = number != 0;

	if (!known)
		number = next_number();
	if (number == 0)
		return false;
	drop_idle_clear(type);
	registry.types[number] = type;
	if (!known)
		registry.count = number;
	for (struct plane *at = registry.planes; at != NULL; at = at->next)
		type_write(at, type, number);
	/* Release: pairs with the acquire in plane_type. */
	__atomic_store_n(&type->number, number, __ATOMIC_RELEASE);
	return true;
}

static bool same_text(const char *a, const char *b)
{
	return (a == NULL || a[0] == '\0') ? (b == NULL || b[0] == '\0')
					   : b != NULL && strcmp(a, b) == 0;
}

static bool is_known(const struct actor_type *type, uint32_t number)
{
	const struct plane_known_type *known = &registry.known[number - 1];

	return registry.types[number] == NULL && same_text(type->name, known->name) &&
	       same_text(type->ctype, known->ctype) && type->size == known->size &&
	       (type->flexible != 0) == known->flexible && type->reply_size == known->reply_size;
}

/* Where types that stand in a row had their numbers in another run; 0: they were not there. */
static uint32_t known_number(const struct actor_type *first, uint32_t count)
{
	for (uint32_t number = 1; number + count - 1 <= registry.known_count; number++) {
		uint32_t i = 0;

		while (i < count && is_known(&first[i], number + i))
			i++;
		if (i == count)
			return number;
	}
	return 0;
}

void plane_tables_know(const struct plane_known_type *known, uint32_t count)
{
	pthread_mutex_lock(&registry.lock);
	if (count != 0 && registry.count == 0) {
		registry.types = calloc(count + 64, sizeof(*registry.types));
		registry.capacity = registry.types != NULL ? count + 64 : 0;
		if (registry.types != NULL) {
			registry.known = known;
			registry.known_count = registry.count = count;
		}
	}
	pthread_mutex_unlock(&registry.lock);
}

uint16_t plane_type_add(struct plane *plane, struct actor_type *type)
{
	struct actor_type *first = type - type->nth;
	uint32_t count = type->count > 1 ? type->count : 1;

	assert(plane != NULL);
	assert(type->nth < count);
	pthread_mutex_lock(&registry.lock);
	/* The types of an array are numbered together, so that their numbers are in a row. Relaxed:
	 * only who holds the lock writes them. */
	if (__atomic_load_n(&first->number, __ATOMIC_RELAXED) == 0 &&
	    registry.count + count < PLANE_TYPES_MAX) {
		uint32_t known = known_number(first, count);

		for (uint32_t i = 0; i < count && type_number(&first[i], known); i++)
			known += known != 0;
	}
	pthread_mutex_unlock(&registry.lock);
	return (uint16_t)__atomic_load_n(&type->number, __ATOMIC_RELAXED);
}

/* ---- Behaviours ------------------------------------------------------------------------------ */

static uint32_t behaviour_place(const struct actor_behaviour *behaviour)
{
	/* Fibonacci hashing; the high bits are the good ones. Never leaves the process. */
	return (uint32_t)(((uint64_t)(uintptr_t)behaviour * UINT64_C(0x9e3779b97f4a7c15)) >>
			  (64 - BEHAVIOUR_BITS));
}

/* The place of the behaviour in the index: where it is, or where it would be. */
static struct plane_behaviour_slot *behaviour_find(const struct plane *plane,
						   const struct actor_behaviour *behaviour,
						   bool *ret_known)
{
	/* Ends, because the index is twice as large as the table. */
	for (uint32_t at = behaviour_place(behaviour);; at = (at + 1) & (BEHAVIOUR_SLOTS - 1)) {
		struct plane_behaviour_slot *slot = &plane->behaviour_index[at];
		/* Acquire: pairs with the release in behaviour_add; the number is there. */
		const struct actor_behaviour *found =
			__atomic_load_n(&slot->behaviour, __ATOMIC_ACQUIRE);

		if (found == behaviour || found == NULL) {
			*ret_known = found != NULL;
			return slot;
		}
	}
}

static uint16_t behaviour_add(struct plane *plane, const struct actor_behaviour *behaviour,
			      struct plane_behaviour_slot *slot)
{
	/* Relaxed: only who holds the lock writes it. */
	uint32_t number = __atomic_load_n(&plane->control->behaviours_used, __ATOMIC_RELAXED) + 1;
	struct actor_plane_behaviour *entry = &plane->behaviours[number];
	size_t state_size = behaviour->state_size;

	if (number >= PLANE_BEHAVIOURS_MAX ||
	    plane_extent_reserve(plane, ACTOR_PLANE_REGION_BEHAVIOURS,
				 ((size_t)number + 1) * sizeof(*entry)) != 0)
		return 0;
	entry->name = plane_text_locked(plane, behaviour->name);
	entry->state_ctype = plane_text_locked(plane, behaviour->state_ctype);
	entry->state_size = state_size < UINT32_MAX ? (uint32_t)state_size : UINT32_MAX;
	/* Release: pairs with the reader's acquire; entries up to the mark are complete. */
	__atomic_store_n(&plane->control->behaviours_used, number, __ATOMIC_RELEASE);
	slot->number = (uint16_t)number;
	/* Release: pairs with the acquire in behaviour_find. */
	__atomic_store_n(&slot->behaviour, behaviour, __ATOMIC_RELEASE);
	return (uint16_t)number;
}

uint16_t plane_behaviour(struct plane *plane, const struct actor_behaviour *behaviour)
{
	struct plane_behaviour_slot *slot;
	uint16_t number;
	bool known;

	assert(behaviour != NULL);
	slot = behaviour_find(plane, behaviour, &known);
	if (__builtin_expect(known, 1))
		return slot->number;
	for (size_t i = 0; i < behaviour->type_count; i++)
		if (plane_type(plane, &behaviour->types[i]) == 0)
			return 0;
	pthread_mutex_lock(&plane->lock);
	/* Again: another thread may have been faster, or have taken the place. */
	slot = behaviour_find(plane, behaviour, &known);
	number = known ? slot->number : behaviour_add(plane, behaviour, slot);
	pthread_mutex_unlock(&plane->lock);
	return number;
}

/* ---- Planes ---------------------------------------------------------------------------------- */

int plane_tables_init(struct plane *plane)
{
	int status = 0;

	plane->behaviour_index = calloc(BEHAVIOUR_SLOTS, sizeof(*plane->behaviour_index));
	if (plane->behaviour_index == NULL)
		return ACTOR_ENO_MEMORY;
	pthread_mutex_lock(&registry.lock);
	if (registry.count > 0)
		status = type_reserve(plane, registry.count);
	if (status == 0) {
		for (uint32_t i = 1; i <= registry.count; i++) {
			if (registry.types[i] != NULL)
				type_write(plane, registry.types[i], i);
			else
				entry_write(plane, &registry.known[i - 1], i);
		}
		plane->next = registry.planes;
		registry.planes = plane;
	}
	pthread_mutex_unlock(&registry.lock);
	return status == 0 ? 0 : ACTOR_EPLANE;
}

void plane_tables_forget(struct plane *plane)
{
	struct plane **at;

	pthread_mutex_lock(&registry.lock);
	for (at = &registry.planes; *at != NULL && *at != plane; at = &(*at)->next)
		;
	if (*at != NULL)
		*at = plane->next;
	pthread_mutex_unlock(&registry.lock);
}
