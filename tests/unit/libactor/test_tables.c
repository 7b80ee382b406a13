/* SPDX-License-Identifier: MIT */
/* The plane's tables: texts, types, behaviours, threads, leases. */
#include <pthread.h>
#include <sched.h>

#include "plane_fixture.h"

static const char *text_at(uint32_t offset)
{
	return plane.strings + offset + sizeof(uint32_t);
}

/* ---- Texts ----------------------------------------------------------------------------------- */

static void equal_texts_share_an_offset(void)
{
	uint32_t a, b;

	setup();
	a = plane_string(&plane, "hello", 5);
	b = plane_string(&plane, "hello!", 6);
	CU_ASSERT_NOT_EQUAL(a, 0);
	CU_ASSERT_NOT_EQUAL(a, b);
	CU_ASSERT_EQUAL(a % 4, 0);
	CU_ASSERT_EQUAL(plane_string(&plane, "hello!", 5), a);
	CU_ASSERT_STRING_EQUAL(text_at(a), "hello");
	CU_ASSERT_EQUAL(plane_string(&plane, "", 0), 0);
	CU_ASSERT_EQUAL(plane_string(&plane, NULL, 0), 0);
	/* Any bytes. */
	a = plane_string(&plane, "a\0b", 3);
	CU_ASSERT_EQUAL(memcmp(text_at(a), "a\0b", 4), 0);
	CU_ASSERT_EQUAL(*(uint32_t *)(void *)(plane.strings + a), 3);
	teardown();
}

static void the_string_table_fills_up(void)
{
	static char text[PLANE_STRING_MAX + 100];
	uint32_t first = 0;
	uint32_t offset = 1;
	int count = 0;

	setup();
	memset(text, 'x', sizeof(text));
	for (; offset != 0; count++) {
		memcpy(text, &count, sizeof(count));
		offset = plane_string(&plane, text, sizeof(text));
		first = first != 0 ? first : offset;
		CU_ASSERT_TRUE_FATAL(count < 300);
	}
	CU_ASSERT_TRUE(count > 250);
	CU_ASSERT_EQUAL(*(uint32_t *)(void *)(plane.strings + first), PLANE_STRING_MAX);
	CU_ASSERT_TRUE(plane.control->strings_used <= PLANE_STRINGS_SIZE);
	/* What is known is still found. */
	memset(text, 0, sizeof(count));
	CU_ASSERT_EQUAL(plane_string(&plane, text, sizeof(text)), first);
	teardown();
}

#define WORKERS 4
#define TEXTS   3000

static void *add_texts(void *ret_offsets)
{
	uint32_t *offsets = ret_offsets;

	for (int i = 0; i < TEXTS; i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "text %d", i);
		offsets[i] = plane_string(&plane, text, strlen(text));
	}
	return NULL;
}

static void threads_agree_on_texts(void)
{
	static uint32_t offsets[WORKERS][TEXTS];
	pthread_t threads[WORKERS];

	setup();
	for (int i = 0; i < WORKERS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, add_texts, offsets[i]), 0);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 1; i < WORKERS; i++)
		CU_ASSERT_EQUAL(memcmp(offsets[0], offsets[i], sizeof(offsets[0])), 0);
	for (int i = 0; i < TEXTS; i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "text %d", i);
		CU_ASSERT_STRING_EQUAL(text_at(offsets[0][i]), text);
	}
	teardown();
}

/* ---- Types and behaviours -------------------------------------------------------------------- */

struct padded {
	uint8_t small;
	uint64_t large;
};
struct dense {
	uint64_t one;
	uint64_t two;
};

static void clear_padded(void *payload)
{
	memset((unsigned char *)payload + 1, 0, 7);
}

static void clear_nothing(void *payload)
{
	(void)payload;
}

static struct actor_type type_padded = {
	"padded", "struct padded", NULL, sizeof(struct padded), 0, 0, 0, 0, clear_padded, 0};
static struct actor_type type_dense = {
	"dense", "struct dense", "uint32_t", sizeof(struct dense), 4, 1, 0, 0, clear_nothing, 0};
static struct actor_type type_late = {"late", NULL, NULL, 0, 0, 0, 0, 0, NULL, 0};

static void types_are_numbered_for_all_planes(void)
{
	static struct plane second, third;
	const struct actor_plane_type *entry;
	uint16_t number;

	setup();
	CU_ASSERT_EQUAL_FATAL(plane_create(&second, &defaults), 0);
	number = plane_type(&plane, &type_padded);
	CU_ASSERT_NOT_EQUAL(number, 0);
	CU_ASSERT_EQUAL(plane_type(&plane, &type_padded), number);
	CU_ASSERT_EQUAL(plane_type(&second, &type_padded), number);
	CU_ASSERT_EQUAL(plane_type(&second, &type_dense), number + 1);
	CU_ASSERT_EQUAL(plane.control->types_used, number + 1);
	CU_ASSERT_EQUAL(second.control->types_used, number + 1);
	entry = &plane.types[number + 1];
	CU_ASSERT_STRING_EQUAL(text_at(entry->name), "dense");
	CU_ASSERT_STRING_EQUAL(text_at(entry->ctype), "struct dense");
	CU_ASSERT_STRING_EQUAL(text_at(entry->reply_ctype), "uint32_t");
	CU_ASSERT_EQUAL(entry->size, sizeof(struct dense));
	CU_ASSERT_EQUAL(entry->reply_size, 4);
	CU_ASSERT_EQUAL(entry->flexible, 1);
	CU_ASSERT_EQUAL(plane_reply_size(&plane, number + 1), 4);
	CU_ASSERT_EQUAL(plane_reply_size(&plane, 65000), 0);
	/* Planes that come later know what was there before. */
	plane_destroy(&second);
	CU_ASSERT_EQUAL_FATAL(plane_create(&third, &defaults), 0);
	CU_ASSERT_EQUAL(third.control->types_used, number + 1);
	CU_ASSERT_EQUAL(plane_type(&third, &type_late), number + 2);
	CU_ASSERT_EQUAL(plane.control->types_used, number + 2);
	plane_destroy(&third);
	teardown();
}

static void only_padding_is_cleared(void)
{
	setup();
	plane_type(&plane, &type_padded);
	plane_type(&plane, &type_dense);
	CU_ASSERT_TRUE(type_padded.clear == clear_padded);
	CU_ASSERT_TRUE(type_dense.clear == NULL);
	teardown();
}

static struct actor_type shared_types[500];

static void *add_types(void *ret_sum)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < 500; i++)
		sum = sum * 31 + plane_type(&plane, &shared_types[i]);
	*(uint64_t *)ret_sum = sum;
	return NULL;
}

static void threads_agree_on_types(void)
{
	pthread_t threads[WORKERS];
	uint64_t sums[WORKERS];
	uint32_t before;

	setup();
	before = plane.control->types_used;
	for (size_t i = 0; i < 500; i++)
		shared_types[i].name = "shared";
	for (int i = 0; i < WORKERS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, add_types, &sums[i]), 0);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 1; i < WORKERS; i++)
		CU_ASSERT_EQUAL(sums[0], sums[i]);
	CU_ASSERT_EQUAL(plane.control->types_used, before + 500);
	teardown();
}

static struct actor_behaviour many_behaviours[PLANE_BEHAVIOURS_MAX];

static void behaviours_are_told_by_address(void)
{
	setup();
	for (uint32_t i = 0; i < PLANE_BEHAVIOURS_MAX; i++) {
		many_behaviours[i].name = "same name";
		many_behaviours[i].state_size = i;
	}
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i + 1 < PLANE_BEHAVIOURS_MAX; i++)
			CU_ASSERT_EQUAL(plane_behaviour(&plane, &many_behaviours[i]), i + 1);
	CU_ASSERT_EQUAL(plane_behaviour(&plane, &many_behaviours[PLANE_BEHAVIOURS_MAX - 1]), 0);
	CU_ASSERT_EQUAL(plane.control->behaviours_used, PLANE_BEHAVIOURS_MAX - 1);
	CU_ASSERT_EQUAL(plane.behaviours[8].state_size, 7);
	CU_ASSERT_STRING_EQUAL(text_at(plane.behaviours[8].name), "same name");
	CU_ASSERT_EQUAL(plane.behaviours[8].state_ctype, 0);
	teardown();
}

static void *add_behaviours(void *ret_numbers)
{
	uint16_t *numbers = ret_numbers;

	for (size_t i = 0; i < TEXTS; i++)
		numbers[i] = plane_behaviour(&plane, &many_behaviours[i]);
	return NULL;
}

static void threads_agree_on_behaviours(void)
{
	static uint16_t numbers[WORKERS][TEXTS];
	pthread_t threads[WORKERS];

	setup();
	for (int i = 0; i < WORKERS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, add_behaviours, numbers[i]),
				      0);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 1; i < WORKERS; i++)
		CU_ASSERT_EQUAL(memcmp(numbers[0], numbers[i], sizeof(numbers[0])), 0);
	CU_ASSERT_EQUAL(plane.control->behaviours_used, TEXTS);
	teardown();
}

/* ---- Threads --------------------------------------------------------------------------------- */

static void places_are_given_and_taken_back(void)
{
	setup();
	CU_ASSERT_EQUAL(plane_thread_claim(&plane, ACTOR_PLANE_THREAD_FOREIGN, "main"), 2);
	CU_ASSERT_EQUAL(plane.control->threads_used, 3);
	CU_ASSERT_EQUAL(plane_thread_claim(&plane, ACTOR_PLANE_THREAD_SCHEDULER, "one"), 0);
	CU_ASSERT_EQUAL(plane_thread_claim(&plane, ACTOR_PLANE_THREAD_SCHEDULER, NULL), 1);
	CU_ASSERT_EQUAL(plane_thread_claim(&plane, ACTOR_PLANE_THREAD_SCHEDULER, "three"), -1);
	CU_ASSERT_EQUAL(plane.threads[0].kind, ACTOR_PLANE_THREAD_SCHEDULER);
	CU_ASSERT_EQUAL(plane.threads[0].tid, (uint32_t)gettid());
	CU_ASSERT_STRING_EQUAL(plane.threads[0].name, "one");
	for (int i = 3; i < ACTOR_PLANE_THREADS_MAX; i++)
		CU_ASSERT_EQUAL(plane_thread_claim(&plane, ACTOR_PLANE_THREAD_DETACHED,
						   "a name that is too long"),
				i);
	CU_ASSERT_STRING_EQUAL(plane.threads[3].name, "a name that is ");
	CU_ASSERT_EQUAL(plane_thread_claim(&plane, ACTOR_PLANE_THREAD_FOREIGN, "x"), -1);
	plane_thread_release(&plane, -1);
	plane_thread_release(&plane, 40);
	CU_ASSERT_EQUAL(plane.threads[40].kind, ACTOR_PLANE_THREAD_NONE);
	CU_ASSERT_EQUAL(plane_thread_claim(&plane, ACTOR_PLANE_THREAD_FOREIGN, "x"), 40);
	CU_ASSERT_EQUAL(plane.control->threads_used, ACTOR_PLANE_THREADS_MAX);
	teardown();
}

static void silent_readers_lapse(void)
{
	setup();
	/* 0: nobody; 1: alive; 2: silent. */
	plane.control->active = UINT64_C(0x010100);
	plane.control->lease[1].heartbeat_ns = UINT64_MAX;
	CU_ASSERT_EQUAL(plane_leases_lapse(&plane, 1u << 1, 1), 0);
	CU_ASSERT_EQUAL(plane_leases_lapse(&plane, PLANE_LEASES_ALL, 1), 1u << 2);
	CU_ASSERT_EQUAL(plane.control->active, UINT64_C(0x000100));
	teardown();
}

/* Last, because types are numbered for the rest of the process. */
static void the_type_table_fills_up(void)
{
	static struct actor_type types[PLANE_TYPES_MAX];
	uint32_t begin;

	setup();
	begin = plane.control->types_used;
	for (uint32_t i = 0; i < PLANE_TYPES_MAX; i++)
		CU_ASSERT_EQUAL(plane_type(&plane, &types[i]),
				begin + i + 1 < PLANE_TYPES_MAX ? begin + i + 1 : 0);
	CU_ASSERT_EQUAL(plane.control->types_used, PLANE_TYPES_MAX - 1);
	teardown();
}

#define CASES(X)                             \
	X(equal_texts_share_an_offset)       \
	X(the_string_table_fills_up)         \
	X(threads_agree_on_texts)            \
	X(types_are_numbered_for_all_planes) \
	X(only_padding_is_cleared)           \
	X(threads_agree_on_types)            \
	X(behaviours_are_told_by_address)    \
	X(threads_agree_on_behaviours)       \
	X(places_are_given_and_taken_back)   \
	X(silent_readers_lapse)              \
	X(the_type_table_fills_up)
SUITE("tables", CASES)
