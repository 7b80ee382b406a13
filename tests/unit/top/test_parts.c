/* SPDX-License-Identifier: MIT */

/* The viewer's parts that need no program: tables, numbers, the heap, the line that is typed. */

#include "dice.h"
#include "suite.h"

#include <math.h>
#include <stdint.h>

#include "model/columns.h"
#include "model/heap.h"
#include "model/traffic.h"
#include "view/format.h"
#include "view/keys.h"
#include "view/matching.h"
#include "view/prompt.h"

/* ---- Tables ---------------------------------------------------------------------------------- */

static void columns_are_complete(void)
{
	for (int i = 0; i < COLUMN_ID_COUNT; i++) {
		const struct column *column = &columns[i];

		CU_ASSERT_PTR_NOT_NULL_FATAL(column->key);
		CU_ASSERT(strlen(column->title) <= column->width);
		CU_ASSERT((column->number != NULL) != (column->text != NULL));
		CU_ASSERT_NOT_EQUAL(column->lists, 0);
		CU_ASSERT_EQUAL((int)column_find(column->key), i);
		for (int j = 0; j < i; j++)
			CU_ASSERT_STRING_NOT_EQUAL(column->json, columns[j].json);
		if (column->unit == COLUMN_NS)
			CU_ASSERT_PTR_NOT_NULL(strstr(column->json, "_ns"));
		if (column->unit == COLUMN_BYTES)
			CU_ASSERT_PTR_NOT_NULL(strstr(column->json, "_bytes"));
		if (column->unit == COLUMN_SHARE)
			CU_ASSERT_PTR_NOT_NULL(strstr(column->json, "_percent"));
	}
	CU_ASSERT_EQUAL(column_find("nothing"), COLUMN_ID_COUNT);
}

/* In one view, a key does one thing; and every key is explained. */
static void keys_do_not_clash(void)
{
	bool used[ACTION_COUNT] = {false};

	for (size_t i = 0; i < key_count; i++) {
		CU_ASSERT(keys[i].help != NULL && keys[i].help[0] != '\0');
		CU_ASSERT((keys[i].word == NULL) == (keys[i].footer == NULL));
		used[keys[i].action] = true;
		for (int j = 0; j < 4 && keys[i].inputs[j] != 0; j++)
			for (int view = 0; view < VIEW_COUNT; view++)
				if ((keys[i].views & 1u << view) != 0)
					CU_ASSERT_PTR_EQUAL(
						key_find(keys[i].inputs[j], (enum view_id)view),
						&keys[i]);
	}
	for (int i = 0; i < ACTION_COUNT; i++)
		CU_ASSERT_TRUE(used[i]);
}

static void footer_fits_eighty_columns(void)
{
	for (int view = 0; view < VIEW_COUNT; view++) {
		size_t width = 0;

		for (size_t i = 0; i < key_count; i++)
			if (keys[i].word != NULL && (keys[i].views & 1u << view) != 0)
				width += strlen(keys[i].footer) + strlen(keys[i].word) + 1;
		CU_ASSERT(width <= 80);
	}
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static void numbers_fit_their_columns(void)
{
	static const enum column_unit units[] = {COLUMN_COUNT, COLUMN_RATE, COLUMN_NS, COLUMN_BYTES,
						 COLUMN_SHARE};
	char text[FORMAT_SIZE];
	struct dice dice = dice_take();

	for (int i = 0; i < 100000; i++) {
		double value = ldexp((double)(dice_roll(&dice) % 1000000),
				     (int)(dice_roll(&dice) % 44) - 20);

		for (size_t j = 0; j < sizeof(units) / sizeof(units[0]); j++) {
			format_unit(units[j], value, text);
			if (units[j] != COLUMN_SHARE || value < 999)
				CU_ASSERT(strlen(text) <= (units[j] == COLUMN_NS ? 6u : 5u));
		}
	}
}

static void numbers_read_well(void)
{
	static const struct {
		enum column_unit unit;
		double value;
		const char *text;
	} cases[] = {{COLUMN_COUNT, 0, "0"},         {COLUMN_COUNT, 9999, "9999"},
		     {COLUMN_COUNT, 21300, "21.3k"}, {COLUMN_COUNT, 999999, "1.00M"},
		     {COLUMN_RATE, 0.25, "0.2"},     {COLUMN_RATE, 1234567, "1.23M"},
		     {COLUMN_NS, 310000, "310us"},   {COLUMN_NS, 1200000, "1.2ms"},
		     {COLUMN_NS, 2.3e9, "2.3s"},     {COLUMN_NS, 119e9, "119s"},
		     {COLUMN_NS, 600e9, "10m"},      {COLUMN_NS, 3 * 86400e9, "3.0d"},
		     {COLUMN_NS, 17, "17ns"},        {COLUMN_BYTES, 1023, "1023"},
		     {COLUMN_BYTES, 65536, "64.0K"}, {COLUMN_BYTES, 6.1 * 1048576, "6.10M"},
		     {COLUMN_SHARE, 0.987, "98.7"},  {COLUMN_SHARE, 1, "100"},
		     {COLUMN_NS, NAN, "-"},          {COLUMN_COUNT, NAN, "-"}};
	char text[FORMAT_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CU_ASSERT_STRING_EQUAL(format_unit(cases[i].unit, cases[i].value, text),
				       cases[i].text);
}

static void quantiles_are_near(void)
{
	struct traffic_times times = {0};

	CU_ASSERT_EQUAL(traffic_quantile(&times, 0.5), ROW_UNKNOWN);
	times.slots[0] = 0;
	times.slots[40] = 99; /* 4 * (power - 1) + 0: 2^11 .. */
	times.slots[80] = 1;
	CU_ASSERT_DOUBLE_EQUAL((double)traffic_quantile(&times, 0.5), 2048, 2048 * 0.15);
	CU_ASSERT_DOUBLE_EQUAL((double)traffic_quantile(&times, 1), 2097152, 2097152 * 0.15);
}

/* ---- The heap -------------------------------------------------------------------------------- */

static int compare_entries(const void *left, const void *right)
{
	const struct heap_entry *a = left, *b = right;

	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

static void heap_keeps_the_greatest(void)
{
	struct heap_entry all[2000], kept[100];
	struct dice dice = dice_take();

	for (int round = 0; round < 50; round++) {
		struct heap heap = {kept, 0, 1 + dice_roll(&dice) % 100};
		size_t count = dice_roll(&dice) % 2000;

		for (size_t i = 0; i < count; i++) {
			all[i] = (struct heap_entry){.rank = dice_roll(&dice) % 50, .pid = i};
			heap_put(&heap, &all[i]);
		}
		qsort(all, count, sizeof(all[0]), compare_entries);
		qsort(kept, heap.count, sizeof(kept[0]), compare_entries);
		CU_ASSERT_EQUAL(heap.count, count < heap.capacity ? count : heap.capacity);
		for (size_t i = 0; i < heap.count; i++)
			CU_ASSERT(kept[i].rank == all[i].rank && kept[i].pid == all[i].pid);
	}
}

/* ---- Typing ---------------------------------------------------------------------------------- */

static void typing_survives_any_key(void)
{
	static const uint32_t inputs[] = {INPUT_LEFT,
					  INPUT_RIGHT,
					  INPUT_HOME,
					  INPUT_END,
					  'a',
					  0xe4,
					  0x5ba4,
					  0x1f600,
					  ' ',
					  INPUT_BACKSPACE,
					  INPUT_DELETE,
					  INPUT_CONTROL('W'),
					  INPUT_CONTROL('U')};
	struct prompt prompt;
	struct dice dice = dice_take();

	prompt_open(&prompt, PROMPT_FILTER, "a \xc3\xa4 b");
	for (int i = 0; i < 200000; i++) {
		/* Letters more often than what takes them away. */
		size_t at = dice_roll(&dice) % 3 != 0
				    ? 4 + dice_roll(&dice) % 5
				    : dice_roll(&dice) % (sizeof(inputs) / sizeof(inputs[0]));

		(void)prompt_input(&prompt, inputs[at]);
		CU_ASSERT_FATAL(prompt.length < sizeof(prompt.text));
		CU_ASSERT_FATAL(prompt.cursor <= prompt.length);
		CU_ASSERT_FATAL(strlen(prompt.text) == prompt.length);
		CU_ASSERT_FATAL((prompt.text[prompt.cursor] & 0xc0) != 0x80);
	}
}

static void every_column_can_be_filtered(void)
{
	for (int i = 0; i < COLUMN_ID_COUNT; i++) {
		static const char *const values[] = {[FILTER_TEXT] = "x",
						     [FILTER_COUNT] = "1k",
						     [FILTER_BYTES] = "1K",
						     [FILTER_NS] = "1ms",
						     [FILTER_SHARE] = "5%"};
		struct filter_error error;
		struct filter *filter = NULL;
		char text[64];

		CU_ASSERT_STRING_EQUAL_FATAL(matching_schema.fields[i].name, columns[i].key);
		snprintf(text, sizeof(text), "%s > %s", columns[i].key,
			 values[matching_schema.fields[i].type]);
		CU_ASSERT_EQUAL(filter_parse(text, &matching_schema, &filter, &error), 0);
		filter_free(filter);
	}
}

#define CASES(X)                      \
	X(columns_are_complete)       \
	X(keys_do_not_clash)          \
	X(footer_fits_eighty_columns) \
	X(numbers_fit_their_columns)  \
	X(numbers_read_well)          \
	X(quantiles_are_near)         \
	X(heap_keeps_the_greatest)    \
	X(typing_survives_any_key)    \
	X(every_column_can_be_filtered)

SUITE("top parts", CASES)
