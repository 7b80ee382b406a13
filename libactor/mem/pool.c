/* SPDX-License-Identifier: MIT */
#include "mem/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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

#define SLAB_SIZE ((size_t)1 << 18)
#define BLOCK_MIN POOL_BLOCK_MIN

struct pool_slab {
	struct pool_slab *next;
	unsigned char reserved[BLOCK_MIN - sizeof(struct pool_slab *)];
};

static uint8_t class_of(size_t size)
{
	if (size <= BLOCK_MIN)
		return 0;
	if (size > (size_t)BLOCK_MIN << (POOL_CLASS_COUNT - 1))
		return POOL_CLASS_LARGE;
	return (uint8_t)(64 - __builtin_clzll((unsigned long long)(size - 1)) - 6);
}

int pool_init(struct pool *pool)
{
	memset(pool, 0, sizeof(*pool));
	return pthread_mutex_init(&pool->lock, NULL) == 0 ? 0 : ACTOR_ENO_MEMORY;
}

void pool_finish(struct pool *pool)
{
	struct pool_slab *slab = pool->slabs;

	while (slab != NULL) {
		struct pool_slab *next = slab->next;

		free(slab);
		slab = next;
	}
	pthread_mutex_destroy(&pool->lock);
}

void pool_cache_init(struct pool_cache *cache, struct pool *pool)
{
	memset(cache, 0, sizeof(*cache));
	cache->pool = pool;
	for (uint32_t class = 0; class < POOL_CLASS_COUNT; class ++)
		cache->lists[class].limit = 2 * POOL_BATCH + (uint32_t)(SLAB_SIZE >> 6 >> class);
}

/* Takes up to POOL_BATCH blocks off a list and hands them to the depot. */
static void give_batch(struct pool_cache *cache, uint8_t class)
{
	struct pool_list *list = &cache->lists[class];
	struct pool_block *first = list->first;
	struct pool_block *last = first;
	uint32_t count = 1;

	assert(first != NULL);
	while (count < POOL_BATCH && last->next != NULL) {
		last = last->next;
		count++;
	}
	list->first = last->next;
	list->count -= count;
	last->next = NULL;
	pthread_mutex_lock(&cache->pool->lock);
	first->next_batch = cache->pool->batches[class];
	cache->pool->batches[class] = first;
	pthread_mutex_unlock(&cache->pool->lock);
}

void pool_cache_finish(struct pool_cache *cache)
{
	for (uint8_t class = 0; class < POOL_CLASS_COUNT; class ++) {
		while (cache->lists[class].first != NULL)
			give_batch(cache, class);
	}
}

/* A fresh slab, cut into blocks; the list gets them all. */
static bool take_slab(struct pool_cache *cache, uint8_t class)
{
	size_t block_size = (size_t)BLOCK_MIN << class;
	struct pool_slab *slab = aligned_alloc(BLOCK_MIN, SLAB_SIZE);
	unsigned char *at;

	if (slab == NULL)
		return false;
	pthread_mutex_lock(&cache->pool->lock);
	slab->next = cache->pool->slabs;
	cache->pool->slabs = slab;
	pthread_mutex_unlock(&cache->pool->lock);

	at = (unsigned char *)slab + SLAB_SIZE;
	while (at - block_size >= (unsigned char *)(slab + 1)) {
		struct pool_block *block;

		at -= block_size;
		block = (struct pool_block *)(void *)at;
		block->next = cache->lists[class].first;
		cache->lists[class].first = block;
		cache->lists[class].count++;
	}
	return true;
}

static bool take_batch(struct pool_cache *cache, uint8_t class)
{
	struct pool_block *batch;
	uint32_t count = 0;

	pthread_mutex_lock(&cache->pool->lock);
	batch = cache->pool->batches[class];
	if (batch != NULL)
		cache->pool->batches[class] = batch->next_batch;
	pthread_mutex_unlock(&cache->pool->lock);
	if (batch == NULL)
		return take_slab(cache, class);
	for (struct pool_block *block = batch; block != NULL; block = block->next)
		count++;
	cache->lists[class].first = batch;
	cache->lists[class].count = count;
	return true;
}

void *pool_alloc_slow(struct pool_cache *cache, size_t size, uint8_t *ret_class)
{
	uint8_t class = POOL_PASS_THROUGH ? POOL_CLASS_LARGE : class_of(size);
	struct pool_list *list;
	struct pool_block *block;

	if (class == POOL_CLASS_LARGE) {
		size_t rounded = size == 0 ? BLOCK_MIN : (size + 63) & ~(size_t)63;

		block = rounded < size ? NULL : aligned_alloc(BLOCK_MIN, rounded);
		if (block != NULL)
			*ret_class = class;
		return block;
	}
	list = &cache->lists[class];
	if (__builtin_expect(list->first == NULL, 0) && !take_batch(cache, class))
		return NULL;
	block = list->first;
	list->first = block->next;
	list->count--;
	*ret_class = class;
	return block;
}

void pool_free_slow(struct pool_cache *cache, void *memory, uint8_t class)
{
	struct pool_block *block = memory;
	struct pool_list *list;

	if (class == POOL_CLASS_LARGE) {
		free(memory);
		return;
	}
	assert(class < POOL_CLASS_COUNT);
	list = &cache->lists[class];
	block->next = list->first;
	list->first = block;
	list->count++;
	if (list->count > list->limit)
		give_batch(cache, class);
}
