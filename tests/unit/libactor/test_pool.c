/* SPDX-License-Identifier: MIT */

/*
 * The pool: what a block is, that blocks come back, on the same thread and through another, and
 * what happens when there is no memory.
 */

#include <errno.h>
#include <stdint.h>

#include "mem/pool.h"

#include "dice.h"
#include "suite.h"

#if defined(__SANITIZE_ADDRESS__)
#define EVERY_BLOCK_IS_LARGE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EVERY_BLOCK_IS_LARGE 1
#endif
#endif
#ifndef EVERY_BLOCK_IS_LARGE
#define EVERY_BLOCK_IS_LARGE 0
#endif

#define SLAB_SIZE ((size_t)1 << 18)

static struct pool pool;
static struct pool_cache cache;
static bool no_memory;

/* Takes the C library's place, so that the pool can be refused. */
void *aligned_alloc(size_t alignment, size_t size)
{
	void *memory = NULL;

	/* The sanitizers end the program at such sizes. */
	if (no_memory || size > SIZE_MAX / 4 || posix_memalign(&memory, alignment, size) != 0) {
		errno = ENOMEM;
		return NULL;
	}
	return memory;
}

static void setup(void)
{
	CU_ASSERT_EQUAL_FATAL(pool_init(&pool), 0);
	pool_cache_init(&cache, &pool);
}

static void teardown(void)
{
	pool_cache_finish(&cache);
	pool_finish(&pool);
}

struct pool_slab {
	struct pool_slab *next;
};

static size_t slabs(void)
{
	size_t count = 0;

	for (struct pool_slab *slab = pool.slabs; slab != NULL; slab = slab->next)
		count++;
	return count;
}

static uint8_t expected_class(size_t size)
{
	uint8_t class = 0;

	if (EVERY_BLOCK_IS_LARGE || size > 65536)
		return POOL_CLASS_LARGE;
	while (((size_t)64 << class) < size)
		class ++;
	return class;
}

/* A block somebody has, filled with a pattern of its own. */
struct owned {
	unsigned char *block;
	size_t size;
	uint8_t class;
	unsigned char pattern;
};

static bool take(struct owned *owned, size_t size, unsigned char pattern)
{
	*owned = (struct owned){.size = size, .pattern = pattern, .class = 0xee};
	owned->block = pool_alloc(&cache, size, &owned->class);
	if (owned->block == NULL)
		return false;
	memset(owned->block, pattern, size);
	return (uintptr_t)owned->block % 64 == 0 && owned->class == expected_class(size);
}

static bool give(struct owned *owned)
{
	bool intact = true;

	for (size_t i = 0; i < owned->size; i++)
		intact = intact && owned->block[i] == owned->pattern;
	pool_free(&cache, owned->block, owned->class);
	owned->block = NULL;
	return intact;
}

/* ---- Cases ----------------------------------------------------------------------------------- */

static void classes_begin_and_end_where_they_should(void)
{
	const size_t sizes[] = {0,     1,     63,    64,    65,    127,    128,    129,
				255,   256,   257,   1024,  1025,  4096,   4097,   32767,
				32768, 32769, 65535, 65536, 65537, 100000, 1000000};
	enum {
		N = sizeof(sizes) / sizeof(sizes[0])
	};
	struct owned owned[N];

	setup();
	/* All at the same time, so that one that is too short runs into the next. */
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < N; i++)
			CU_ASSERT_TRUE(take(&owned[i], sizes[i], (unsigned char)(i + 1)));
		for (int i = 0; i < N; i++)
			CU_ASSERT_TRUE(give(&owned[i]));
	}
	teardown();
}

static void a_freed_block_is_used_next(void)
{
	struct owned first;
	struct owned second;
	unsigned char *block;

	if (EVERY_BLOCK_IS_LARGE)
		return;
	setup();
	CU_ASSERT_TRUE(take(&first, 100, 1));
	block = first.block;
	CU_ASSERT_TRUE(give(&first));
	CU_ASSERT_TRUE(take(&second, 128, 2));
	CU_ASSERT_PTR_EQUAL(second.block, block);
	CU_ASSERT_TRUE(give(&second));
	CU_ASSERT_EQUAL(slabs(), 1);
	teardown();
}

static void blocks_do_not_overlap(void)
{
	enum {
		N = 1000
	};
	static struct owned owned[N];
	struct dice dice = dice_take();
	int wrong = 0;

	memset(owned, 0, sizeof(owned));
	setup();
	for (int i = 0; i < 4000; i++) {
		struct owned *one = &owned[dice_roll(&dice) % N];
		/* All classes alike, large ones too. */
		size_t size = dice_roll(&dice) % (UINT64_C(96) << dice_roll(&dice) % 11);

		if (one->block != NULL)
			wrong += !give(one);
		else
			wrong += !take(one, size, (unsigned char)dice_roll(&dice));
	}
	for (int i = 0; i < N; i++)
		if (owned[i].block != NULL)
			wrong += !give(&owned[i]);
	CU_ASSERT_EQUAL(wrong, 0);
	teardown();
}

/* Every block of a slab is used before there is a second one. */
static void slabs_are_used_up(void)
{
	static struct owned owned[SLAB_SIZE / 64];

	if (EVERY_BLOCK_IS_LARGE)
		return;
	for (uint8_t class = 0; class < POOL_CLASS_COUNT; class ++) {
		size_t size = (size_t)64 << class;
		size_t count = SLAB_SIZE / size - 1; /* one place is the slab's head */

		setup();
		for (size_t i = 0; i < count; i++)
			CU_ASSERT_TRUE(take(&owned[i], size, (unsigned char)i));
		CU_ASSERT_EQUAL(slabs(), 1);
		CU_ASSERT_TRUE(take(&owned[count], size, 0));
		CU_ASSERT_EQUAL(slabs(), 2);
		for (size_t i = 0; i <= count; i++)
			CU_ASSERT_TRUE(give(&owned[i]));
		CU_ASSERT_EQUAL(slabs(), 2);
		teardown();
	}
}

static void a_finished_cache_leaves_its_blocks_to_others(void)
{
	struct owned owned[300];

	if (EVERY_BLOCK_IS_LARGE)
		return;
	setup();
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 300; i++)
			CU_ASSERT_TRUE(take(&owned[i], 64, (unsigned char)i));
		for (int i = 0; i < 300; i++)
			CU_ASSERT_TRUE(give(&owned[i]));
		pool_cache_finish(&cache);
		pool_cache_init(&cache, &pool);
	}
	CU_ASSERT_EQUAL(slabs(), 1);
	/* They come back by magazines. */
	CU_ASSERT_TRUE(take(&owned[0], 64, 1));
	CU_ASSERT_TRUE(cache.loaded[0]->count < POOL_MAGAZINE);
	CU_ASSERT_TRUE(give(&owned[0]));
	teardown();
}

/* ---- Through another thread ------------------------------------------------------------------ */

#define HANDED 256

static struct owned handed[HANDED];

static void *give_all(void *intact)
{
	struct pool_cache mine;
	bool *all = intact;

	pool_cache_init(&mine, &pool);
	for (int i = 0; i < HANDED; i++) {
		struct owned *owned = &handed[i];

		for (size_t k = 0; k < owned->size; k++)
			*all = *all && owned->block[k] == owned->pattern;
		memset(owned->block, 0, owned->size);
		pool_free(&mine, owned->block, owned->class);
	}
	pool_cache_finish(&mine);
	return NULL;
}

/* What one thread allocates and another frees comes round: the memory in use does not grow. */
static void blocks_come_back_through_another_thread(void)
{
	const size_t sizes[] = {64, 1000, 65536, 100000};
	size_t after_first = 0;

	setup();
	for (int round = 0; round < 12; round++) {
		bool intact = true;
		pthread_t other;

		for (int i = 0; i < HANDED; i++)
			CU_ASSERT_TRUE(take(&handed[i], sizes[i % 4], (unsigned char)(i + round)));
		CU_ASSERT_EQUAL_FATAL(pthread_create(&other, NULL, give_all, &intact), 0);
		CU_ASSERT_EQUAL(pthread_join(other, NULL), 0);
		CU_ASSERT_TRUE(intact);
		if (round == 0)
			after_first = slabs();
	}
	CU_ASSERT_EQUAL(slabs(), after_first);
	teardown();
}

/* The consumer keeps its cache, as schedulers do; a full one must give batches to the depot. */
static void a_long_lived_consumer_gives_back(void)
{
	struct pool_cache consumer;
	size_t middle = 0;

	setup();
	pool_cache_init(&consumer, &pool);
	for (int i = 0; i < 200000; i++) {
		uint8_t class;
		void *block = pool_alloc(&cache, 64, &class);

		CU_ASSERT_PTR_NOT_NULL_FATAL(block);
		pool_free(&consumer, block, class);
		if (i == 100000)
			middle = slabs();
	}
	CU_ASSERT_EQUAL(slabs(), middle);
	CU_ASSERT_TRUE(slabs() <= 2);
	pool_cache_finish(&consumer);
	teardown();
}

/* ---- No memory ------------------------------------------------------------------------------- */

static void too_large_is_refused(void)
{
	const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 62, SIZE_MAX - 63, SIZE_MAX / 2};

	setup();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint8_t class = 77;

		CU_ASSERT_PTR_NULL(pool_alloc(&cache, sizes[i], &class));
		CU_ASSERT_EQUAL(class, 77);
	}
	teardown();
}

/* What is there is still given out, and when there is memory again all goes on. */
static void no_memory_is_said_and_survived(void)
{
	enum {
		BLOCKS = 3 /* of the largest class in a slab */
	};
	struct owned owned[BLOCKS];
	uint8_t class = 77;

	setup();
	no_memory = true;
	for (size_t size = 1; size <= 1000000; size *= 10)
		CU_ASSERT_PTR_NULL(pool_alloc(&cache, size, &class));
	CU_ASSERT_EQUAL(class, 77);
	no_memory = false;
	CU_ASSERT_TRUE(take(&owned[0], 65536, 1));
	no_memory = !EVERY_BLOCK_IS_LARGE;
	CU_ASSERT_TRUE(take(&owned[1], 65536, 2));
	CU_ASSERT_TRUE(take(&owned[2], 65536, 3));
	no_memory = true;
	CU_ASSERT_PTR_NULL(pool_alloc(&cache, 65536, &class));
	CU_ASSERT_EQUAL(class, 77);
	no_memory = false;
	for (int i = 0; i < BLOCKS; i++)
		CU_ASSERT_TRUE(give(&owned[i]));
	CU_ASSERT_TRUE(take(&owned[0], 65536, 4));
	CU_ASSERT_TRUE(give(&owned[0]));
	teardown();
}

#define CASES(X)                                        \
	X(classes_begin_and_end_where_they_should)      \
	X(a_freed_block_is_used_next)                   \
	X(blocks_do_not_overlap)                        \
	X(slabs_are_used_up)                            \
	X(a_finished_cache_leaves_its_blocks_to_others) \
	X(blocks_come_back_through_another_thread)      \
	X(a_long_lived_consumer_gives_back)             \
	X(too_large_is_refused) X(no_memory_is_said_and_survived)
SUITE("pool", CASES)
