/* SPDX-License-Identifier: MIT */
#include "mem/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <actor/status.h>

#if defined(__SANITIZE_ADDRESS__)
#define POOL_PASS_THROUGH 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOL_PASS_THROUGH 1
#endif
#endif
#ifndef POOL_PASS_THROUGH
#define POOL_PASS_THROUGH 0
#endif

/* A size that is much used gets its memory in huge pages: messages that wait lie far apart. */
#define SLAB_SIZE  ((size_t)1 << 18)
#define SLAB_HUGE  ((size_t)1 << 21)
#define HUGE_AFTER ((size_t)1 << 21)
/* A magazine holds no more than this, but two blocks at least. */
#define MAGAZINE_BYTES ((size_t)1 << 16)

struct pool_slab {
	struct pool_slab *next;
	unsigned char reserved[POOL_BLOCK_MIN - sizeof(struct pool_slab *)];
};

struct pool_loose {
	struct pool_loose *next;
};

/* Stands for a magazine that is full and empty at the same time. Never written. */
static struct pool_magazine none;

static uint8_t class_of(size_t size)
{
	if (POOL_PASS_THROUGH || size > (size_t)POOL_BLOCK_MIN << (POOL_CLASS_COUNT - 1))
		return POOL_CLASS_LARGE;
	if (size <= POOL_BLOCK_MIN)
		return 0;
	return (uint8_t)(64 - __builtin_clzll((unsigned long long)(size - 1)) - 6);
}

static size_t block_size(uint8_t class)
{
	return (size_t)POOL_BLOCK_MIN << class;
}

int pool_init(struct pool *pool)
{
	memset(pool, 0, sizeof(*pool));
	return pthread_mutex_init(&pool->lock, NULL) == 0 ? 0 : ACTOR_ENO_MEMORY;
}

static void free_magazines(struct pool_magazine *magazine)
{
	while (magazine != NULL) {
		struct pool_magazine *next = magazine->next;

		free(magazine);
		magazine = next;
	}
}

void pool_finish(struct pool *pool)
{
	struct pool_slab *slab = pool->slabs;

	for (uint32_t class = 0; class < POOL_CLASS_COUNT; class ++) {
		free_magazines(pool->depots[class].filled);
		free_magazines(pool->depots[class].empty);
	}
	while (slab != NULL) {
		struct pool_slab *next = slab->next;

		free(slab);
		slab = next;
	}
	pthread_mutex_destroy(&pool->lock);
}

/* ---- Magazines ------------------------------------------------------------------------------- */

void pool_cache_init(struct pool_cache *cache, struct pool *pool)
{
	cache->pool = pool;
	for (uint32_t class = 0; class < POOL_CLASS_COUNT; class ++) {
		cache->loaded[class] = &none;
		cache->previous[class] = &none;
	}
}

static void push(struct pool_magazine **list, struct pool_magazine *magazine)
{
	magazine->next = *list;
	*list = magazine;
}

static struct pool_magazine *pop(struct pool_magazine **list)
{
	struct pool_magazine *magazine = *list;

	if (magazine != NULL)
		*list = magazine->next;
	return magazine;
}

/* The pool is locked. */
static void put_back(struct pool_depot *depot, struct pool_magazine *magazine)
{
	if (magazine != &none)
		push(magazine->count != 0 ? &depot->filled : &depot->empty, magazine);
}

void pool_cache_finish(struct pool_cache *cache)
{
	pthread_mutex_lock(&cache->pool->lock);
	for (uint32_t class = 0; class < POOL_CLASS_COUNT; class ++) {
		put_back(&cache->pool->depots[class], cache->loaded[class]);
		put_back(&cache->pool->depots[class], cache->previous[class]);
		cache->loaded[class] = &none;
		cache->previous[class] = &none;
	}
	pthread_mutex_unlock(&cache->pool->lock);
}

/* An empty one; the pool is locked. NULL: no memory. */
static struct pool_magazine *empty_magazine(struct pool_depot *depot, uint8_t class)
{
	struct pool_magazine *magazine = pop(&depot->empty);
	size_t capacity = MAGAZINE_BYTES / block_size(class);

	if (magazine != NULL)
		return magazine;
	magazine = aligned_alloc(64, (sizeof(*magazine) + 63) & ~(size_t)63);
	if (magazine == NULL)
		return NULL;
	memset(magazine, 0, sizeof(*magazine));
	magazine->capacity = capacity > POOL_MAGAZINE ? POOL_MAGAZINE
			     : capacity < 2           ? 2
						      : (uint32_t)capacity;
	return magazine;
}

/* ---- Slabs -----------------------------------------------------------------------------------
 */

/* The pool is locked. */
static bool take_slab(struct pool *pool, uint8_t class)
{
	struct pool_depot *depot = &pool->depots[class];
	bool huge = depot->slab_bytes >= HUGE_AFTER;
	size_t size = huge ? SLAB_HUGE : SLAB_SIZE;
	struct pool_slab *slab = aligned_alloc(huge ? SLAB_HUGE : POOL_BLOCK_MIN, size);

	if (slab == NULL)
		return false;
	if (huge)
		(void)madvise(slab, size, MADV_HUGEPAGE);
	slab->next = pool->slabs;
	pool->slabs = slab;
	depot->slab_bytes += size;
	depot->fresh = (unsigned char *)(slab + 1);
	depot->fresh_end = (unsigned char *)slab + size;
	return true;
}

/* One block that no magazine holds; the pool is locked. NULL: no memory. */
static void *take_block(struct pool *pool, uint8_t class)
{
	struct pool_depot *depot = &pool->depots[class];
	struct pool_loose *loose = depot->loose;
	void *block;

	if (loose != NULL) {
		depot->loose = loose->next;
		return loose;
	}
	if ((size_t)(depot->fresh_end - depot->fresh) < block_size(class) &&
	    !take_slab(pool, class))
		return NULL;
	block = depot->fresh;
	depot->fresh += block_size(class);
	return block;
}

/* Blocks that follow each other in memory come out in that order. The pool is locked. */
static void fill(struct pool *pool, uint8_t class, struct pool_magazine *magazine)
{
	struct pool_depot *depot = &pool->depots[class];
	size_t count = (size_t)(depot->fresh_end - depot->fresh) / block_size(class);

	if (count > magazine->capacity)
		count = magazine->capacity;
	for (size_t i = count; i > 0; i--) {
		magazine->blocks[i - 1] = depot->fresh;
		depot->fresh += block_size(class);
	}
	magazine->count = (uint32_t)count;
}

/* ---- The rare halves --------------------------------------------------------------------------
 */

/* Both magazines of the thread are empty. One block, and a magazine of more where possible. */
static void *refill(struct pool_cache *cache, uint8_t class)
{
	struct pool *pool = cache->pool;
	struct pool_depot *depot = &pool->depots[class];
	struct pool_magazine *magazine;
	void *block = NULL;

	pthread_mutex_lock(&pool->lock);
	magazine = pop(&depot->filled);
	if (magazine != NULL) {
		put_back(depot, cache->previous[class]);
		cache->previous[class] = cache->loaded[class];
		cache->loaded[class] = magazine;
		block = magazine->blocks[--magazine->count];
	} else {
		block = take_block(pool, class);
		if (block != NULL && cache->loaded[class] == &none) {
			magazine = empty_magazine(depot, class);
			if (magazine != NULL)
				cache->loaded[class] = magazine;
		}
		if (block != NULL && cache->loaded[class] != &none)
			fill(pool, class, cache->loaded[class]);
	}
	pthread_mutex_unlock(&pool->lock);
	return block;
}

static void swap(struct pool_cache *cache, uint8_t class)
{
	struct pool_magazine *loaded = cache->loaded[class];

	cache->loaded[class] = cache->previous[class];
	cache->previous[class] = loaded;
}

void *pool_alloc_slow(struct pool_cache *cache, size_t size, uint8_t *ret_class)
{
	uint8_t class = class_of(size);
	struct pool_magazine *magazine;
	void *block;

	if (class == POOL_CLASS_LARGE) {
		size_t rounded = size == 0 ? POOL_BLOCK_MIN : (size + 63) & ~(size_t)63;

		block = rounded < size ? NULL : aligned_alloc(POOL_BLOCK_MIN, rounded);
	} else {
		if (cache->loaded[class]->count == 0)
			swap(cache, class);
		magazine = cache->loaded[class];
		block = magazine->count != 0 ? magazine->blocks[--magazine->count]
					     : refill(cache, class);
	}
	if (block != NULL)
		*ret_class = class;
	return block;
}

/* Both magazines of the thread are full. */
static void unload(struct pool_cache *cache, uint8_t class)
{
	struct pool_depot *depot = &cache->pool->depots[class];
	struct pool_magazine *magazine;

	pthread_mutex_lock(&cache->pool->lock);
	magazine = empty_magazine(depot, class);
	if (magazine != NULL) {
		put_back(depot, cache->previous[class]);
		cache->previous[class] = cache->loaded[class];
		cache->loaded[class] = magazine;
	}
	pthread_mutex_unlock(&cache->pool->lock);
}

void pool_free_slow(struct pool_cache *cache, void *memory, uint8_t class)
{
	struct pool_magazine *magazine;
	struct pool_loose *loose = memory;

	if (class == POOL_CLASS_LARGE) {
		free(memory);
		return;
	}
	if (class == POOL_CLASS_NONE)
		return;
	assert(class < POOL_CLASS_COUNT);
	if (cache->loaded[class]->count == cache->loaded[class]->capacity)
		swap(cache, class);
	if (cache->loaded[class]->count == cache->loaded[class]->capacity)
		unload(cache, class);
	magazine = cache->loaded[class];
	if (magazine->count < magazine->capacity) {
		magazine->blocks[magazine->count++] = memory;
		return;
	}
	pthread_mutex_lock(&cache->pool->lock);
	loose->next = cache->pool->depots[class].loose;
	cache->pool->depots[class].loose = loose;
	pthread_mutex_unlock(&cache->pool->lock);
}
