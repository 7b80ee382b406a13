/* SPDX-License-Identifier: MIT */
/* Names: a hash table, chained, that is read without a lock. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <actor/status.h>

#include "actor/registry/registry.h"
#include "base/hash.h"

#if defined(__SANITIZE_THREAD__) && !defined(__clang__)
/* All around the fences is atomic, so that they are not known to TSan does no harm. */
#pragma GCC diagnostic ignored "-Wtsan"
#endif

#define BUCKETS_MIN 64u
/* So often a reader begins anew before it waits for the writers. */
#define TRIES 16
/* So many names a reader looks at; in a chain that is being changed it could go in circles. */
#define STEPS_MAX 1024

static const uint32_t class_words[NAME_CLASSES] = {2, 4, 8, NAME_WORDS_MAX};

int name_key_make(struct name_key *key, const char *text)
{
	size_t length = text != NULL ? strlen(text) : 0;

	if (length == 0 || length > REGISTRY_NAME_MAX)
		return ACTOR_EINVALID;
	key->length = (uint32_t)length;
	key->hash = hash_bytes(text, length);
	key->words[length / 8] = 0;
	memcpy(key->words, text, length);
	return 0;
}

/* ---- Readers -----------------------------------------------------------------------------------
 */

static bool is_key(const struct name *name, const struct name_key *key)
{
	uint32_t words = name_words(key->length);

	if (__atomic_load_n(&name->hash, __ATOMIC_RELAXED) != key->hash ||
	    __atomic_load_n(&name->length, __ATOMIC_RELAXED) != key->length)
		return false;
	/* It has had that length, so it has room for so many. */
	for (uint32_t i = 0; i < words; i++) {
		if (__atomic_load_n(&name->words[i], __ATOMIC_RELAXED) != key->words[i])
			return false;
	}
	return true;
}

/* Acquire: pairs with the release in names_add and grow; what is found has been filled in. */
static struct name *search(const struct names *names, const struct name_key *key)
{
	const struct name_table *table = __atomic_load_n(&names->table, __ATOMIC_ACQUIRE);
	struct name *name = __atomic_load_n(&table->buckets[key->hash & (table->capacity - 1)],
					    __ATOMIC_ACQUIRE);

	for (int steps = 0; name != NULL && steps < STEPS_MAX; steps++) {
		if (is_key(name, key))
			return name;
		name = __atomic_load_n(&name->next, __ATOMIC_ACQUIRE);
	}
	return NULL;
}

struct actor_pid names_find(struct names *names, pthread_mutex_t *lock, const struct name_key *key)
{
	struct actor_pid pid;
	const struct name *name;

	for (int tries = 0; tries < TRIES; tries++) {
		/* Acquire: pairs with the release in end_change. */
		uint32_t version = __atomic_load_n(&names->version, __ATOMIC_ACQUIRE);

		if (version % 2 != 0)
			continue;
		name = search(names, key);
		pid.bits = name != NULL ? __atomic_load_n(&name->pid, __ATOMIC_RELAXED) : 0;
		/* Pairs with the fence in begin_change: who has read of a change sees its number.
		 */
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(&names->version, __ATOMIC_RELAXED) == version)
			return pid;
	}
	pthread_mutex_lock(lock);
	name = search(names, key);
	pid.bits = name != NULL ? name->pid : 0;
	pthread_mutex_unlock(lock);
	return pid;
}

/* ---- Writers: with the lock held ---------------------------------------------------------------
 */

static void begin_change(struct names *names)
{
	__atomic_store_n(&names->version, names->version + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static void end_change(struct names *names)
{
	__atomic_store_n(&names->version, names->version + 1, __ATOMIC_RELEASE);
}

static struct name_table *table_create(uint32_t capacity)
{
	struct name_table *table =
		calloc(1, sizeof(*table) + (size_t)capacity * sizeof(table->buckets[0]));

	if (table != NULL)
		table->capacity = capacity;
	return table;
}

int names_init(struct names *names)
{
	names->table = table_create(BUCKETS_MIN);
	return names->table != NULL ? 0 : ACTOR_ENO_MEMORY;
}

static void chain_free(struct name *name, bool own)
{
	while (name != NULL) {
		struct name *next = own ? name->next_own : name->next;

		free(name);
		name = next;
	}
}

void names_finish(struct names *names)
{
	for (uint32_t i = 0; names->table != NULL && i < names->table->capacity; i++)
		chain_free(names->table->buckets[i], false);
	while (names->table != NULL) {
		struct name_table *older = names->table->older;

		free(names->table);
		names->table = older;
	}
	for (int class = 0; class < NAME_CLASSES; class ++)
		chain_free(names->free[class], true);
}

struct name *names_lookup(struct names *names, const struct name_key *key)
{
	return search(names, key);
}

static void link_in(struct name_table *table, struct name *name)
{
	struct name **bucket = &table->buckets[name->hash & (table->capacity - 1)];

	__atomic_store_n(&name->next, *bucket, __ATOMIC_RELAXED);
	__atomic_store_n(bucket, name, __ATOMIC_RELEASE);
}

/* Without memory the chains get longer, nothing worse. */
static void grow(struct names *names)
{
	struct name_table *old = names->table;
	struct name_table *larger = table_create(2 * old->capacity);

	if (larger == NULL)
		return;
	larger->older = old;
	begin_change(names);
	for (uint32_t i = 0; i < old->capacity; i++) {
		while (old->buckets[i] != NULL) {
			struct name *name = old->buckets[i];

			__atomic_store_n(&old->buckets[i], name->next, __ATOMIC_RELAXED);
			link_in(larger, name);
		}
	}
	__atomic_store_n(&names->table, larger, __ATOMIC_RELEASE);
	end_change(names);
}

/* A name of that length, perhaps one that others still look at. */
static struct name *take(struct names *names, uint32_t length)
{
	uint32_t class = 0;
	struct name *name;

	while (class_words[class] < name_words(length))
		class ++;
	name = names->free[class];
	if (name != NULL) {
		names->free[class] = name->next_own;
		return name;
	}
	name = calloc(1, sizeof(*name) + class_words[class] * sizeof(uint64_t));
	if (name != NULL)
		name->class = class;
	return name;
}

struct name *names_add(struct names *names, const struct name_key *key, struct actor_pid pid)
{
	struct name *name = take(names, key->length);

	if (name == NULL)
		return NULL;
	if (names->count >= names->table->capacity)
		grow(names);
	begin_change(names);
	__atomic_store_n(&name->hash, key->hash, __ATOMIC_RELAXED);
	__atomic_store_n(&name->length, key->length, __ATOMIC_RELAXED);
	__atomic_store_n(&name->pid, pid.bits, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < name_words(key->length); i++)
		__atomic_store_n(&name->words[i], key->words[i], __ATOMIC_RELAXED);
	link_in(names->table, name);
	end_change(names);
	names->count++;
	return name;
}

void names_remove(struct names *names, struct name *name)
{
	struct name_table *table = names->table;
	struct name **link = &table->buckets[name->hash & (table->capacity - 1)];

	while (*link != name)
		link = &(*link)->next;
	begin_change(names);
	__atomic_store_n(link, name->next, __ATOMIC_RELAXED);
	end_change(names);
	names->count--;
	/* Its `next` stays, for whoever is just looking at it. */
	name->next_own = names->free[name->class];
	names->free[name->class] = name;
}
