/* SPDX-License-Identifier: MIT */
/* The small parts of the store: the clock's line, the table by pid, histogram, roll-up, names. */
#include "suite.h"

#include <errno.h>

#include "store/clock.h"
#include "store/histogram.h"
#include "store/layout.h"
#include "store/pidmap.h"
#include "store/rollup.h"
#include "store/trace.h"

static void ticks_become_nanoseconds(void)
{
	struct clock_line line = {.nominal = 0.5};

	CU_ASSERT_EQUAL(clock_ns(&line, 1234), 1234);
	CU_ASSERT_EQUAL(clock_add(&line, 1000, 0), 1);
	CU_ASSERT_EQUAL(clock_ns(&line, 3000), 1000);
	CU_ASSERT_EQUAL(clock_ns(&line, 800), -100);
	/* Too close, and out of order: no news. */
	CU_ASSERT_EQUAL(clock_add(&line, 3000, 2000), 0);
	CU_ASSERT_EQUAL(clock_add(&line, 500, 90000000), 0);
	CU_ASSERT_EQUAL(clock_add(&line, 100001000, 100000000), 1);
	CU_ASSERT_EQUAL(clock_ns(&line, 1000), 0);
	CU_ASSERT_EQUAL(clock_ns(&line, 50001000), 50000000);
	CU_ASSERT_EQUAL(clock_ns(&line, 100001000), 100000000);
	CU_ASSERT_EQUAL(clock_ns(&line, 100001500), 100000500);
	CU_ASSERT_EQUAL(clock_add(&line, 200001000, 150000000), 1);
	CU_ASSERT_EQUAL(clock_ns(&line, 150001000), 125000000);
	for (int64_t ns = 0; ns < 160000000; ns += 1234567) {
		uint64_t ticks = clock_ticks(&line, ns);

		CU_ASSERT(clock_ns(&line, ticks) >= ns);
		CU_ASSERT(clock_ns(&line, ticks - 1) < ns);
	}
	clock_finish(&line);
}

static void bad_points_are_refused(void)
{
	struct clock_line line = {0};

	CU_ASSERT_EQUAL(clock_append(&line, &(struct clock_point){10, 0, 1.0}), 0);
	CU_ASSERT_EQUAL(clock_append(&line, &(struct clock_point){10, 5, 1.0}), -EBADMSG);
	CU_ASSERT_EQUAL(clock_append(&line, &(struct clock_point){20, 5, 0}), -EBADMSG);
	CU_ASSERT_EQUAL(clock_append(&line, &(struct clock_point){20, 5, -1}), -EBADMSG);
	CU_ASSERT_EQUAL(clock_append(&line, &(struct clock_point){20, INT64_MAX, 1e300}), 0);
	/* Far away, but a number and no trap. */
	CU_ASSERT(clock_ns(&line, UINT64_MAX / 4) > 0);
	clock_finish(&line);
}

static void the_table_keeps_and_takes(void)
{
	struct pidmap map;
	uint64_t value;
	bool fresh;
	size_t position = 0;
	size_t seen = 0;
	uint64_t key;
	uint32_t number;

	pidmap_init(&map, sizeof(uint64_t));
	CU_ASSERT_PTR_NULL(pidmap_get(&map, 1, 2));
	CU_ASSERT_FALSE(pidmap_take(&map, 1, 2, NULL));
	for (uint64_t i = 0; i < 10000; i++) {
		uint64_t *place = pidmap_put(&map, i / 3, (uint32_t)(i % 3), &fresh);

		CU_ASSERT_TRUE(fresh);
		*place = i;
	}
	CU_ASSERT_EQUAL(map.count, 10000);
	for (uint64_t i = 0; i < 10000; i += 2) {
		CU_ASSERT_TRUE(pidmap_take(&map, i / 3, (uint32_t)(i % 3), &value));
		CU_ASSERT_EQUAL(value, i);
	}
	for (uint64_t i = 0; i < 10000; i++) {
		uint64_t *place = pidmap_get(&map, i / 3, (uint32_t)(i % 3));

		CU_ASSERT_EQUAL(place != NULL, i % 2 == 1);
		if (place != NULL)
			CU_ASSERT_EQUAL(*place, i);
	}
	while (pidmap_next(&map, &position, &key, &number) != NULL)
		seen++;
	CU_ASSERT_EQUAL(seen, 5000);
	pidmap_put(&map, 0, 1, &fresh);
	CU_ASSERT_FALSE(fresh);
	/* What was taken out is still there to be read; what comes in begins with zeros. */
	for (uint64_t i = 1; i < 10000; i += 2) {
		const uint64_t *taken = pidmap_pop(&map, i / 3, (uint32_t)(i % 3));

		CU_ASSERT_PTR_NOT_NULL_FATAL(taken);
		CU_ASSERT_EQUAL(*taken, i);
	}
	CU_ASSERT_EQUAL(map.count, 0);
	CU_ASSERT_PTR_NULL(pidmap_pop(&map, 0, 1));
	for (uint64_t i = 0; i < 10000; i++) {
		uint64_t *place = pidmap_put(&map, i, 7, NULL);

		CU_ASSERT_EQUAL(*place, 0);
		*place = i;
		if (i % 2 == 1)
			CU_ASSERT_EQUAL(*(uint64_t *)pidmap_pop(&map, i / 2, 7), i / 2);
	}
	CU_ASSERT_EQUAL(map.count, 5000);
	pidmap_clear(&map);
	CU_ASSERT_PTR_NULL(pidmap_get(&map, 0, 1));
	pidmap_finish(&map);
}

static void quantiles_are_near(void)
{
	static struct histogram histogram;

	CU_ASSERT_EQUAL(histogram_quantile(&histogram, 0.5), 0);
	for (uint64_t i = 1; i <= 100000; i++)
		histogram_add(&histogram, i * 10);
	for (int percent = 1; percent <= 100; percent++) {
		double exact = percent * 10000.0;
		double got = (double)histogram_quantile(&histogram, percent / 100.0);

		CU_ASSERT(got > exact * 0.97 && got < exact * 1.03);
	}
	histogram_add(&histogram, UINT64_MAX);
	CU_ASSERT_EQUAL(histogram.max, UINT64_MAX);
	CU_ASSERT(histogram_quantile(&histogram, 1) > UINT64_MAX / 2);
}

static void rollups_add_up(void)
{
	struct rollup rollup;
	uint64_t sum = 0;

	CU_ASSERT_FATAL(rollup_init(&rollup, 1024));
	for (int i = 0; i < 5000; i++)
		rollup_at(&rollup, i % 50, (uint16_t)(i % 7), 3)->counts.sent++;
	CU_ASSERT_EQUAL(rollup.used, 350);
	for (int i = 0; i < 1024; i++)
		sum += (uint64_t)rollup.rows[i].counts.sent;
	CU_ASSERT_EQUAL(sum, 5000);
	/* What stays is found again. */
	rollup_clear(&rollup, 20);
	CU_ASSERT_EQUAL(rollup.used, 210);
	sum = 0;
	for (int i = 0; i < 210; i++)
		sum += (uint64_t)rollup_at(&rollup, 20 + i / 7, (uint16_t)(i % 7), 3)->counts.sent;
	CU_ASSERT_EQUAL(sum, 3000);
	CU_ASSERT_EQUAL(rollup.used, 210);
	for (uint64_t i = 0; i < 1000; i++)
		rollup_at(&rollup, 1, 1, i);
	CU_ASSERT(rollup_is_full(&rollup));
	CU_ASSERT_PTR_NULL(rollup_at(&rollup, 1, 1, 2000));
	CU_ASSERT_PTR_NOT_NULL(rollup_at(&rollup, 1, 1, 3));
	rollup_clear(&rollup, INT64_MAX);
	CU_ASSERT_EQUAL(rollup_at(&rollup, -3, 9, 0)->counts.sent, 0);
	CU_ASSERT_FALSE(rollup_is_full(&rollup));
	rollup_finish(&rollup);
}

static void fields_are_where_the_map_says(void)
{
	CU_ASSERT_EQUAL(event_field(ACTOR_EVENT_RECV, EVENT_SLOT_B), ACTOR_FIELD_PEER);
	CU_ASSERT_EQUAL(event_slot_of(ACTOR_EVENT_DEAD_LETTER, ACTOR_FIELD_ACTOR), EVENT_SLOT_B);
	CU_ASSERT_EQUAL(event_slot_of(ACTOR_EVENT_IDLE, ACTOR_FIELD_ACTOR), EVENT_SLOT_COUNT);
	CU_ASSERT_EQUAL(event_field(200, EVENT_SLOT_A), ACTOR_FIELD_NONE);
	CU_ASSERT_EQUAL(field_type(ACTOR_FIELD_PARENT), FIELD_TYPE_PID);
	CU_ASSERT_STRING_EQUAL(event_kind_name(ACTOR_EVENT_TIMER_START), "timer_start");
	CU_ASSERT_PTR_NULL(event_kind_name(0));
	CU_ASSERT_PTR_NULL(event_kind_name(255));
	CU_ASSERT_EQUAL(event_kind_number("recv"), ACTOR_EVENT_RECV);
	CU_ASSERT_EQUAL(event_kind_number("nonsense"), -1);
	CU_ASSERT_EQUAL(event_message_number("down"), ACTOR_MESSAGE_KIND_DOWN);
	/* The store takes the time from slot c: a new event must put it there. */
	for (int kind = 0; kind < ACTOR_EVENT_COUNT; kind++)
		CU_ASSERT_EQUAL(event_has_time((uint8_t)kind),
				event_slot_of((uint8_t)kind, ACTOR_FIELD_TIME) == EVENT_SLOT_C);
}

static void pids_are_read_and_written(void)
{
	static const char *const wrong[] = {
		"",         "<0.1.1",           "0.1.1>",    "<0.1>",
		"<1.2.3>x", "<-1.2.3>",         "<256.1.1>", "<0.16777216.1>",
		"a",        "<0.1.4294967296>", "<0. 1.1>"};
	char text[32];
	uint64_t pid = 7;

	trace_format_pid(UINT64_MAX, text);
	CU_ASSERT_STRING_EQUAL(text, "<255.16777215.4294967295>");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CU_ASSERT_FALSE(trace_parse_pid(wrong[i], &pid));
	CU_ASSERT_EQUAL(pid, 7);
	CU_ASSERT_TRUE(trace_parse_pid("0.17.3", &pid));
	trace_format_pid(pid, text);
	CU_ASSERT_STRING_EQUAL(text, "<0.17.3>");
	CU_ASSERT_TRUE(trace_parse_pid("<0.17.3>", &pid));
}

static void reasons_have_words(void)
{
	char buffer[32];

	CU_ASSERT_STRING_EQUAL(trace_reason(1, buffer), "normal");
	CU_ASSERT_STRING_EQUAL(trace_reason(-ETIMEDOUT, buffer),
			       "no reply within the time allowed");
	CU_ASSERT_STRING_EQUAL(trace_reason(1024, buffer), "1024");
}

#define CASES(X)                         \
	X(ticks_become_nanoseconds)      \
	X(bad_points_are_refused)        \
	X(the_table_keeps_and_takes)     \
	X(quantiles_are_near)            \
	X(rollups_add_up)                \
	X(fields_are_where_the_map_says) \
	X(pids_are_read_and_written)     \
	X(reasons_have_words)
SUITE("parts", CASES)
