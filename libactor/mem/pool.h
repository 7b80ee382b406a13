/* SPDX-License-Identifier: MIT */
#ifndef MEM_POOL_H
#define MEM_POOL_H

/*
 * Blocks for messages, states and the runtime's small records.
 *
 * Sizes are rounded up to powers of two from 64 bytes to 64 KiB; larger ones go to malloc. Free
 * blocks lie in magazines, arrays of pointers: each thread has two for each size and exchanges full
 * and empty ones with the depot, so that a producer on one thread and a consumer on another reuse
 * the same blocks at one lock for a magazine (Bonwick and Adams, "Magazines and Vmem", 2001). A
 * block that comes and goes is not touched by that, and the next ones are fetched ahead of their
 * use. Blocks are 64-byte aligned: a small message is one cache line. What the pool took from the
 * system it keeps until it is finished.
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
#define POOL_MAGAZINE    64u  /* a power of two */
#define POOL_CLASS_NONE  0xfe /* not the pool's: pool_free leaves it alone */

struct pool_magazine {
	struct pool_magazine *next; /* in the depot */
	uint32_t count;
	uint32_t capacity; /* large blocks come in smaller numbers */
	void *blocks[POOL_MAGAZINE];
};

/* What is free of one size, and not with a thread. */
struct pool_depot {
	struct pool_magazine *filled; /* not empty */
	struct pool_magazine *empty;
	struct pool_loose *loose; /* blocks for which there was no magazine */
	unsigned char *fresh;     /* never used from here on */
	unsigned char *fresh_end;
	size_t slab_bytes; /* taken so far */
};

struct pool {
	pthread_mutex_t lock;
	struct pool_depot depots[POOL_CLASS_COUNT];
	struct pool_slab *slabs;
};

/* A thread's part. */
struct pool_cache {
	struct pool *pool;
	struct pool_magazine *loaded[POOL_CLASS_COUNT];
	struct pool_magazine *previous[POOL_CLASS_COUNT];
};

int pool_init(struct pool *pool);
void pool_finish(struct pool *pool);

void pool_cache_init(struct pool_cache *cache, struct pool *pool);
/* Gives everything back to the pool. */
void pool_cache_finish(struct pool_cache *cache);

/* The rare halves of what follows. */
void *pool_alloc_slow(struct pool_cache *cache, size_t size, uint8_t *ret_class);
void pool_free_slow(struct pool_cache *cache, void *block, uint8_t class);

/* Whether a block for so many bytes is at hand, of class 0 and with pool_take_small. */
static inline bool pool_has_small(const struct pool_cache *cache, size_t size)
{
	return __builtin_expect(size <= POOL_BLOCK_MIN && cache->loaded[0]->count != 0, 1);
}

/* Never NULL; pool_has_small has said yes. */
static inline void *pool_take_small(struct pool_cache *cache)
{
	struct pool_magazine *magazine = cache->loaded[0];
	uint32_t count = --magazine->count;
	void *block = magazine->blocks[count];

	/* One that will be written soon; what lies there may be old, but is only fetched. */
	__builtin_prefetch(magazine->blocks[(count - 4) % POOL_MAGAZINE], 1);
	if (block == NULL)
		__builtin_unreachable();
	return block;
}

/* NULL when there is no memory. *ret_class goes to pool_free. The block is not cleared. */
static inline void *pool_alloc(struct pool_cache *cache, size_t size, uint8_t *ret_class)
{
	if (!pool_has_small(cache, size))
		return pool_alloc_slow(cache, size, ret_class);
	*ret_class = 0;
	return pool_take_small(cache);
}

static inline void pool_free(struct pool_cache *cache, void *block, uint8_t class)
{
	struct pool_magazine *magazine = cache->loaded[0];

	if (__builtin_expect(class != 0 || magazine->count == magazine->capacity, 0)) {
		pool_free_slow(cache, block, class);
		return;
	}
	magazine->blocks[magazine->count++] = block;
}

#endif
