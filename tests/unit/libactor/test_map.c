/* SPDX-License-Identifier: MIT */

/* The map against an array that is searched from end to end. */

#include <actor/status.h>

#include "mem/map.h"

#include "dice.h"
#include "suite.h"

#define REFERENCE_MAX 4096

/* What the map should be; entries in no order. */
static struct map_entry reference[REFERENCE_MAX];
static uint32_t reference_count;

static struct map_entry *reference_find(uint64_t key)
{
	for (uint32_t i = 0; i < reference_count; i++)
		if (reference[i].key == key)
			return &reference[i];
	return NULL;
}

static void reference_put(uint64_t key, uint64_t value)
{
	struct map_entry *entry = reference_find(key);

	if (entry == NULL)
		entry = &reference[reference_count++];
	*entry = (struct map_entry){key, value};
}

static void reference_remove(struct map_entry *entry)
{
	*entry = reference[--reference_count];
}

/* How many things are wrong; one assert per check would be the slowest part of the test. */
static int differences(const struct map *map)
{
	int wrong = map->count != reference_count;

	for (uint32_t i = 0; i < reference_count; i++) {
		uint64_t value = ~reference[i].value;

		wrong += !map_get(map, reference[i].key, &value) || value != reference[i].value;
	}
	return wrong;
}

static int by_key(const void *a, const void *b)
{
	const struct map_entry *left = a;
	const struct map_entry *right = b;

	return left->key < right->key ? -1 : left->key > right->key;
}

static int differences_sorted(const struct map *map)
{
	struct map_entry *sorted = map_sorted(map);
	int wrong = (sorted == NULL) != (reference_count == 0);

	qsort(reference, reference_count, sizeof(reference[0]), by_key);
	for (uint32_t i = 0; sorted != NULL && i < reference_count; i++)
		wrong += sorted[i].key != reference[i].key || sorted[i].value != reference[i].value;
	free(sorted);
	return wrong;
}

/* One operation on both; returns how many answers differ. */
static int step(struct map *map, struct dice *dice, uint64_t key, unsigned puts_percent)
{
	struct map_entry *expected = reference_find(key);
	uint64_t chance = dice_roll(dice);
	uint64_t value = 42;
	int wrong = 0;

	if (chance % 100 < puts_percent && reference_count < REFERENCE_MAX) {
		wrong += map_put(map, key, chance) != 0;
		reference_put(key, chance);
	} else if (map_remove(map, key, chance & 128 ? &value : NULL)) {
		wrong += expected == NULL;
		wrong += (chance & 128) != 0 && expected != NULL && value != expected->value;
		if (expected != NULL)
			reference_remove(expected);
	} else {
		wrong += expected != NULL;
		wrong += value != 42;
	}
	return wrong;
}

/* ---- Cases ----------------------------------------------------------------------------------- */

static void an_empty_map_owns_nothing(void)
{
	struct map map = {0};
	uint64_t value = 42;

	CU_ASSERT_FALSE(map_get(&map, 1, &value));
	CU_ASSERT_FALSE(map_remove(&map, 1, &value));
	CU_ASSERT_EQUAL(value, 42);
	CU_ASSERT_PTR_NULL(map_sorted(&map));
	CU_ASSERT_PTR_NULL(map.entries);
	map_clear(&map);

	for (uint64_t key = 1; key <= 100; key++)
		CU_ASSERT_EQUAL(map_put(&map, key, key), 0);
	for (uint64_t key = 1; key <= 100; key++)
		CU_ASSERT_TRUE(map_remove(&map, key, NULL));
	CU_ASSERT_PTR_NULL(map.entries);
	CU_ASSERT_EQUAL(map.count, 0);
}

static void put_replaces(void)
{
	struct map map = {0};
	uint64_t value = 0;

	/* At every load, also where one more key would make it grow. */
	for (uint64_t key = 1; key <= 50; key++) {
		uint32_t capacity;

		CU_ASSERT_EQUAL(map_put(&map, key, 7), 0);
		capacity = map.capacity;
		CU_ASSERT_EQUAL(map_put(&map, key, key + 1000), 0);
		CU_ASSERT_EQUAL(map.capacity, capacity);
		CU_ASSERT_EQUAL(map.count, key);
		CU_ASSERT_TRUE(map_get(&map, key, &value));
		CU_ASSERT_EQUAL(value, key + 1000);
		CU_ASSERT_TRUE(map_get(&map, key, NULL));
	}
	map_clear(&map);
	CU_ASSERT_PTR_NULL(map.entries);
	CU_ASSERT_FALSE(map_get(&map, 1, NULL));
}

static void keys_of_all_shapes(void)
{
	struct map map = {0};

	reference_count = 0;
	for (int bit = 0; bit < 64; bit++) {
		uint64_t key = UINT64_C(1) << bit;

		for (int i = 0; i < 2; i++, key = bit == 0 ? UINT64_MAX : ~key) {
			CU_ASSERT_EQUAL(map_put(&map, key, (uint64_t)bit), 0);
			reference_put(key, (uint64_t)bit);
		}
	}
	CU_ASSERT_EQUAL(reference_count, 128);
	CU_ASSERT_EQUAL(differences(&map), 0);
	CU_ASSERT_EQUAL(differences_sorted(&map), 0);
	map_clear(&map);
}

/* Few different keys: mostly long runs of neighbours, and deletions inside them. */
static void random_operations_on_few_keys(void)
{
	struct dice dice = dice_take();
	int wrong = 0;

	for (int round = 0; round < 200; round++) {
		struct map map = {0};
		uint64_t keys = 1 + dice_roll(&dice) % 60;
		uint64_t stride = round % 2 == 0 ? 1 : dice_roll(&dice) | 1;

		reference_count = 0;
		for (int i = 0; i < 500; i++) {
			uint64_t key = (1 + dice_roll(&dice) % keys) * stride;

			wrong += step(&map, &dice, key, 55);
			wrong += differences(&map);
		}
		wrong += differences_sorted(&map);
		map_clear(&map);
	}
	CU_ASSERT_EQUAL(wrong, 0);
}

/* It grows to thousands and shrinks to nothing again. */
static void random_operations_on_many_keys(void)
{
	struct map map = {0};
	struct dice dice = dice_take();
	uint32_t most = 0;
	int wrong = 0;

	reference_count = 0;
	for (int i = 0; i < 5000; i++) {
		wrong += step(&map, &dice, dice_roll(&dice) | 1, 90);
		if (reference_count > 0 && i % 4 == 0) {
			uint64_t at = dice_roll(&dice) % reference_count;

			wrong += step(&map, &dice, reference[at].key, 20);
		}
		if (reference_count > most)
			most = reference_count;
		if (i % 500 == 0)
			wrong += differences(&map) + differences_sorted(&map);
	}
	CU_ASSERT_TRUE(most > 2000);
	while (reference_count > 0) {
		uint64_t at = dice_roll(&dice) % reference_count;

		wrong += step(&map, &dice, reference[at].key, 0);
		if (reference_count % 500 == 0)
			wrong += differences(&map) + differences_sorted(&map);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_PTR_NULL(map.entries);
	map_clear(&map);
}

static void nothing_has_the_key_0(void)
{
	struct map map = {0};
	uint64_t value = 7;

	CU_ASSERT_EQUAL(map_put(&map, 1, 10), 0);
	CU_ASSERT_FALSE(map_get(&map, 0, &value));
	CU_ASSERT_FALSE(map_remove(&map, 0, &value));
	CU_ASSERT_EQUAL(value, 7);
	CU_ASSERT_EQUAL(map.count, 1);
	map_clear(&map);
}

#define CASES(X)                          \
	X(an_empty_map_owns_nothing)      \
	X(put_replaces)                   \
	X(keys_of_all_shapes)             \
	X(random_operations_on_few_keys)  \
	X(random_operations_on_many_keys) \
	X(nothing_has_the_key_0)
SUITE("map", CASES)
