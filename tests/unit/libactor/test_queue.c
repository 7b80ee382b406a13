/* SPDX-License-Identifier: MIT */

/* The run queue by one thread. tests/stress has the thieves. */

#include "sched/queue.h"

#include "dice.h"
#include "suite.h"

#define COUNT (4 * QUEUE_SIZE)

static struct task tasks[COUNT];
static struct queue queue;
static struct queue other;

/* The counters may begin anywhere: they wrap round in a long life. */
static const uint32_t beginnings[] = {0,
				      1,
				      QUEUE_SIZE - 1,
				      UINT32_MAX - 3,
				      UINT32_MAX - QUEUE_SIZE / 2,
				      UINT32_MAX - QUEUE_SIZE + 1};
#define BEGINNINGS (sizeof(beginnings) / sizeof(beginnings[0]))

static void setup(uint32_t mine, uint32_t others)
{
	memset(&queue, 0, sizeof(queue));
	memset(&other, 0, sizeof(other));
	queue.head = queue.tail = mine;
	other.head = other.tail = others;
}

static void put_all(struct queue *to, uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		CU_ASSERT_TRUE(queue_put(to, &tasks[first + i]));
}

/* Tasks [first, first + count) and nothing behind them. */
static void take_all(struct queue *from, uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		CU_ASSERT_PTR_EQUAL(queue_take(from), &tasks[first + i]);
	CU_ASSERT_PTR_NULL(queue_take(from));
	CU_ASSERT_EQUAL(queue_count(from), 0);
}

/* ---- Cases ----------------------------------------------------------------------------------- */

static void first_in_first_out(void)
{
	for (size_t b = 0; b < BEGINNINGS; b++) {
		setup(beginnings[b], 0);
		CU_ASSERT_PTR_NULL(queue_take(&queue));
		for (uint32_t count = 1; count <= QUEUE_SIZE; count += 51) {
			put_all(&queue, count, count);
			CU_ASSERT_EQUAL(queue_count(&queue), count);
			take_all(&queue, count, count);
		}
	}
}

static void full_takes_no_more(void)
{
	for (size_t b = 0; b < BEGINNINGS; b++) {
		setup(beginnings[b], 0);
		put_all(&queue, 0, QUEUE_SIZE);
		CU_ASSERT_EQUAL(queue_count(&queue), QUEUE_SIZE);
		CU_ASSERT_FALSE(queue_put(&queue, &tasks[QUEUE_SIZE]));
		CU_ASSERT_FALSE(queue_put(&queue, &tasks[QUEUE_SIZE]));
		CU_ASSERT_PTR_EQUAL(queue_take(&queue), &tasks[0]);
		CU_ASSERT_TRUE(queue_put(&queue, &tasks[QUEUE_SIZE]));
		CU_ASSERT_FALSE(queue_put(&queue, &tasks[QUEUE_SIZE + 1]));
		take_all(&queue, 1, QUEUE_SIZE);
	}
}

/* The older half, the larger one where it is odd; its first is returned, the rest is queued. */
static void a_thief_takes_the_older_half(void)
{
	for (size_t b = 0; b < BEGINNINGS * BEGINNINGS; b++) {
		for (uint32_t count = 1; count <= QUEUE_SIZE; count += count < 10 ? 1 : 41) {
			uint32_t half = (count + 1) / 2;

			setup(beginnings[b % BEGINNINGS], beginnings[b / BEGINNINGS]);
			put_all(&queue, 0, count);
			CU_ASSERT_PTR_EQUAL(queue_steal(&other, &queue), &tasks[0]);
			CU_ASSERT_EQUAL(queue_count(&other), half - 1);
			CU_ASSERT_EQUAL(queue_count(&queue), count - half);
			take_all(&other, 1, half - 1);
			take_all(&queue, half, count - half);
		}
	}
}

static void half_of_a_full_queue(void)
{
	setup(5, 9);
	put_all(&queue, 0, QUEUE_SIZE);
	CU_ASSERT_PTR_EQUAL(queue_steal(&other, &queue), &tasks[0]);
	take_all(&other, 1, QUEUE_SIZE / 2 - 1);
	take_all(&queue, QUEUE_SIZE / 2, QUEUE_SIZE / 2);
}

static void nothing_to_steal(void)
{
	setup(0, 0);
	CU_ASSERT_PTR_NULL(queue_steal(&other, &queue));
	put_all(&queue, 0, 1);
	CU_ASSERT_PTR_EQUAL(queue_steal(&other, &queue), &tasks[0]);
	CU_ASSERT_PTR_NULL(queue_steal(&other, &queue));
	CU_ASSERT_EQUAL(queue_count(&queue), 0);
	CU_ASSERT_EQUAL(queue_count(&other), 0);
}

/* Any mixture of putting, taking and stealing keeps everything, once and in order. */
static void random_operations(void)
{
	struct dice dice = dice_take();
	uint32_t put = 0;
	uint32_t taken = 0;
	int wrong = 0;

	setup((uint32_t)dice_roll(&dice), (uint32_t)dice_roll(&dice));
	for (int i = 0; i < 200000; i++) {
		uint32_t ready = put - taken;
		uint64_t chance = dice_below(&dice, 100);

		if (chance < (i / 1000 % 2 == 0 ? 60 : 40)) {
			bool room = ready < QUEUE_SIZE;

			wrong += queue_put(&queue, &tasks[put % COUNT]) != room;
			put += room;
		} else if (chance < 98) {
			struct task *expected = ready > 0 ? &tasks[taken % COUNT] : NULL;

			wrong += queue_take(&queue) != expected;
			taken += ready > 0;
		} else if (ready > 0) {
			/* The thief runs what it has stolen at once. */
			wrong += queue_steal(&other, &queue) != &tasks[taken++ % COUNT];
			for (uint32_t k = 1; k < (ready + 1) / 2; k++)
				wrong += queue_take(&other) != &tasks[taken++ % COUNT];
			wrong += queue_take(&other) != NULL;
		}
		wrong += queue_count(&queue) != put - taken;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_TRUE(put > 50000);
}

#define CASES(X)                        \
	X(first_in_first_out)           \
	X(full_takes_no_more)           \
	X(a_thief_takes_the_older_half) \
	X(half_of_a_full_queue)         \
	X(nothing_to_steal)             \
	X(random_operations)
SUITE("queue", CASES)
