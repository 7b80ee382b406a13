/* SPDX-License-Identifier: MIT */

/*
 * The wheel against a list of what is armed. All that it promises is checked at every step: nothing
 * early, nothing late, nothing lost, in order, and wheel_next never says later than the first.
 */

#include "base/clock.h"
#include "timer/wheel.h"

#include "dice.h"
#include "suite.h"

#define ENTRIES 300

struct item {
	struct wheel_entry entry; /* first: the list is of these */
	uint64_t due;             /* what the deadline amounts to */
	bool armed;
};

static struct item items[ENTRIES];
static struct wheel wheel;
static unsigned wrong;

static void setup(uint64_t now)
{
	memset(items, 0, sizeof(items));
	wheel_init(&wheel, now);
	wrong = 0;
}

static void arm(struct item *item, uint64_t deadline)
{
	item->due = deadline > wheel.now ? deadline : wheel.now + 1;
	item->armed = true;
	wheel_add(&wheel, &item->entry, deadline);
}

static void disarm(struct item *item)
{
	wrong += wheel_remove(&wheel, &item->entry) != item->armed;
	item->armed = false;
}

static uint64_t first_due(void)
{
	uint64_t first = UINT64_MAX;

	for (unsigned i = 0; i < ENTRIES; i++)
		if (items[i].armed && items[i].due < first)
			first = items[i].due;
	return first;
}

static unsigned armed(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < ENTRIES; i++)
		count += items[i].armed;
	return count;
}

static void advance(uint64_t now)
{
	struct wheel_entry *entry = wheel_advance(&wheel, now);
	uint64_t last = 0;

	wrong += wheel.now != now;
	while (entry != NULL) {
		struct item *item = (struct item *)(void *)entry;

		entry = entry->next;
		item->entry.next = NULL;
		wrong += !item->armed;
		wrong += item->entry.link != NULL;
		wrong += item->due > now;
		wrong += item->due < last;
		last = item->due;
		item->armed = false;
	}
	/* What is still armed is due later. */
	wrong += first_due() <= now;
	wrong += wheel.count != armed();
}

static void check_next(void)
{
	uint64_t next = wheel_next(&wheel);
	uint64_t first = first_due();

	wrong += (next == UINT64_MAX) != (first == UINT64_MAX);
	wrong += next > first;
	wrong += next <= wheel.now;
}

/* Goes from one wheel_next to the next one, as the timer thread does, until all have fired. */
static unsigned run_out(void)
{
	unsigned steps = 0;

	while (wheel.count > 0 && steps < 100000) {
		uint64_t next = wheel_next(&wheel);

		check_next();
		if (next <= wheel.now || next == UINT64_MAX)
			break;
		advance(next);
		steps++;
	}
	wrong += armed() != 0;
	return steps;
}

/* ---- Cases ----------------------------------------------------------------------------------- */

static void an_empty_wheel_sleeps(void)
{
	setup(12345);
	CU_ASSERT_EQUAL(wheel_next(&wheel), UINT64_MAX);
	CU_ASSERT_PTR_NULL(wheel_advance(&wheel, 12345));
	CU_ASSERT_PTR_NULL(wheel_advance(&wheel, 1 << 30));
	CU_ASSERT_EQUAL(wheel.now, 1 << 30);
	/* Time does not go back. */
	CU_ASSERT_PTR_NULL(wheel_advance(&wheel, 5));
	CU_ASSERT_EQUAL(wheel.now, 1 << 30);
}

static void what_has_passed_is_due_with_the_next_tick(void)
{
	setup(1000);
	arm(&items[0], 0);
	arm(&items[1], 999);
	arm(&items[2], 1000);
	arm(&items[3], 1001);
	CU_ASSERT_EQUAL(wheel_next(&wheel), 1001);
	advance(1000);
	CU_ASSERT_EQUAL(armed(), 4);
	advance(1001);
	CU_ASSERT_EQUAL(armed(), 0);
	CU_ASSERT_EQUAL(wrong, 0);
}

/* Around every power of 2, from every power of 2: alone, so that nothing else wakes the wheel. */
static void every_distance_from_every_time(void)
{
	for (int from = 0; from < 48; from++) {
		for (int by = 0; by < 40; by++) {
			for (int i = 0; i < 9; i++) {
				uint64_t now = (UINT64_C(1) << from) + (uint64_t)(i / 3) - 1;
				uint64_t distance = (UINT64_C(1) << by) + (uint64_t)(i % 3) - 1;

				setup(now);
				arm(&items[0], now + distance);
				check_next();
				if (distance > 1) {
					advance(now + distance - 1);
					CU_ASSERT_TRUE(items[0].armed);
				}
				advance(distance == 0 ? now + 1 : now + distance);
				CU_ASSERT_FALSE(items[0].armed);
				CU_ASSERT_EQUAL(wrong, 0);
			}
		}
	}
}

/* A machine's clock passes 2^32 ms after 49 days; what is armed shortly before must not wait for as
 * long again. */
static void the_clock_passes_the_top_of_the_wheel(void)
{
	for (uint64_t turn = 1; turn < 4; turn++) {
		uint64_t end = turn << 32;

		for (int before = 0; before < 32; before++) {
			for (int after = 0; after < 32; after++) {
				setup(end - (UINT64_C(1) << before));
				arm(&items[0], end + (UINT64_C(1) << after));
				arm(&items[1], end - 1);
				arm(&items[2], end);
				arm(&items[3], end + 1);
				CU_ASSERT_TRUE(run_out() < 40);
				CU_ASSERT_EQUAL(wrong, 0);
			}
		}
	}
}

static void far_beyond_the_top(void)
{
	for (uint64_t shift = 30; shift < 46; shift++) {
		setup(UINT64_C(0xfedcba98));
		for (uint64_t i = 0; i < ENTRIES; i++)
			arm(&items[i], wheel.now + (UINT64_C(1) << shift) + i * i * i * i);
		run_out();
		CU_ASSERT_EQUAL(wrong, 0);
	}
}

static void removed_ones_do_not_fire(void)
{
	setup(77);
	/* All in one slot, so that the first, the last and those between are taken out of a list.
	 */
	for (unsigned i = 0; i < ENTRIES; i++)
		arm(&items[i], 100000);
	for (unsigned i = 0; i < ENTRIES; i += 3)
		disarm(&items[i]);
	disarm(&items[ENTRIES - 1]);
	disarm(&items[1]);
	disarm(&items[1]);
	disarm(&items[0]);
	CU_ASSERT_EQUAL(wheel.count, armed());
	arm(&items[0], 100001);
	advance(100000);
	CU_ASSERT_EQUAL(armed(), 1);
	/* What has fired is not armed any more. */
	CU_ASSERT_FALSE(wheel_remove(&wheel, &items[2].entry));
	disarm(&items[0]);
	CU_ASSERT_EQUAL(wheel_next(&wheel), UINT64_MAX);
	advance(200000);
	CU_ASSERT_EQUAL(wrong, 0);
}

static uint64_t random_distance(struct dice *dice)
{
	/* All magnitudes alike: all levels, and above them. */
	return dice_roll(dice) >> (28 + dice_roll(dice) % 36);
}

static void random_run(struct dice *dice, uint64_t begin)
{
	setup(begin);
	for (int i = 0; i < 4000; i++) {
		struct item *item = &items[dice_roll(dice) % ENTRIES];
		uint64_t chance = dice_below(dice, 100);

		if (chance < 60 && !item->armed) {
			arm(item, wheel.now + random_distance(dice));
		} else if (chance < 70 && !item->armed) {
			uint64_t past = random_distance(dice);

			arm(item, past < wheel.now ? wheel.now - past : 0);
		} else if (chance < 85) {
			disarm(item);
		} else if (chance < 92) {
			advance(wheel.now + random_distance(dice) / 8);
		} else if (wheel.count > 0) {
			advance(wheel_next(&wheel));
		}
		check_next();
	}
	run_out();
}

static void random_operations(void)
{
	struct dice dice = dice_take();

	for (int run = 0; run < 30; run++) {
		random_run(&dice, run == 0 ? 0 : dice_roll(&dice) >> (16 + run));
		CU_ASSERT_EQUAL(wrong, 0);
	}
}

/* Tick by tick through two turns of the second level, with timers at every tick. */
static void no_tick_is_left_out(void)
{
	setup(0);
	for (uint64_t tick = 1; tick < 2 * 65536; tick++) {
		arm(&items[tick % ENTRIES], tick - 1 + ENTRIES - ENTRIES / 2);
		advance(tick);
	}
	run_out();
	CU_ASSERT_EQUAL(wrong, 0);
}

#define CASES(X)                                     \
	X(an_empty_wheel_sleeps)                     \
	X(what_has_passed_is_due_with_the_next_tick) \
	X(every_distance_from_every_time)            \
	X(the_clock_passes_the_top_of_the_wheel)     \
	X(far_beyond_the_top)                        \
	X(removed_ones_do_not_fire)                  \
	X(random_operations)                         \
	X(no_tick_is_left_out)
SUITE("wheel", CASES)
