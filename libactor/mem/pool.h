/* SPDX-License-Identifier: MIT */
#ifndef MEM_POOL_H
#define MEM_POOL_H

/*
 * Blocks for messages, states and the runtime's small records.
 *
 * Sizes are rounded up to powers of two from 64 bytes to 64 KiB; larger ones go to malloc. Each
 * thread keeps a list of free blocks per size; a full list gives a batch of blocks to the depot and
 * an empty one takes a batch back, so that a producer on one thread and a consumer on another reuse
 * the same blocks at one lock per POOL_BATCH messages. Blocks are 64-byte aligned: a small message
 * is one cache line. What the pool took from the system it keeps until it is finished.
 *
 * Under AddressSanitizer every block is a malloc of its own, so that uses after free are seen.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_BLOCK_MIN   64u
#define POOL_CLASS_COUNT 11 /* 64 << 0 .. 64 << 10 */
#define POOL_CLASS_LARGE 0xff
#define POOL_BATCH       64

struct pool_block {
	struct pool_block *next;
	struct pool_block *next_batch; /* in the depot: the first block of a batch names the next */
};

struct pool_list {
	struct pool_block *first;
	uint32_t count;
	uint32_t limit; /* more than this, and a batch goes back to the depot */
};

struct pool {
	pthread_mutex_t lock;
	struct pool_block *batches[POOL_CLASS_COUNT];
	struct pool_slab *slabs;
};

/* A thread's part. */
struct pool_cache {
	struct pool *pool;
	struct pool_list lists[POOL_CLASS_COUNT];
};

int pool_init(struct pool *pool);
void pool_finish(struct pool *pool);

void pool_cache_init(struct pool_cache *cache, struct pool *pool);
/* Gives everything back to the pool. */
void pool_cache_finish(struct pool_cache *cache);

/* The rare halves of what follows. */
void *pool_alloc_slow(struct pool_cache *cache, size_t size, uint8_t *ret_class);
void pool_free_slow(struct pool_cache *cache, void *block, uint8_t class);

/* NULL when there is no memory. *ret_class goes to pool_free. The block is not cleared. */
static inline void *pool_alloc(struct pool_cache *cache, size_t size, uint8_t *ret_class)
{
	struct pool_list *list = &cache->lists[0];
	struct pool_block *block = list->first;

	if (__builtin_expect(size > POOL_BLOCK_MIN || block == NULL, 0))
		return pool_alloc_slow(cache, size, ret_class);
	list->first = block->next;
	list->count--;
	*ret_class = 0;
	return block;
}

static inline void pool_free(struct pool_cache *cache, void *memory, uint8_t class)
{
	struct pool_list *list = &cache->lists[0];
	struct pool_block *block = (struct pool_block *)memory;

	if (__builtin_expect(class != 0 || list->count >= list->limit, 0)) {
		pool_free_slow(cache, memory, class);
		return;
	}
	block->next = list->first;
	list->first = block;
	list->count++;
}

#endif
