/* SPDX-License-Identifier: MIT */
#include "dice.h"
#include "suite.h"

#include <math.h>
#include <stdint.h>

#include <tracer/filter.h>

struct subject {
	const char *name;
	double mailbox;
	double memory;
	double turn;
	double busy;
};

static const struct filter_field fields[] = {
	{"name", FILTER_TEXT}, {"mailbox", FILTER_COUNT}, {"memory", FILTER_BYTES},
	{"for", FILTER_NS},    {"busy", FILTER_SHARE},
};

static double number_of(const void *subject, size_t field)
{
	const struct subject *s = subject;
	const double values[] = {NAN, s->mailbox, s->memory, s->turn, s->busy};

	return values[field];
}

static const char *text_of(const void *subject, size_t field, char *buffer, size_t size)
{
	(void)field;
	snprintf(buffer, size, "%s", ((const struct subject *)subject)->name);
	return buffer;
}

static const struct filter_schema schema = {fields, 5, number_of, text_of};

static const struct subject room = {"room/17", 12, 65536, 2e9, 0.5};

/* 1: matches the room; 0: does not; -1: refused. */
static int matches(const char *text)
{
	struct filter *filter = NULL;
	struct filter_error error;
	int result;

	if (filter_parse(text, &schema, &filter, &error) != 0) {
		CU_ASSERT_PTR_NULL(filter);
		CU_ASSERT_NOT_EQUAL(error.text[0], '\0');
		CU_ASSERT(error.position <= strlen(text));
		return -1;
	}
	CU_ASSERT_STRING_EQUAL(filter_source(filter), text);
	result = filter_match(filter, &room);
	filter_free(filter);
	return result;
}

static void filter_compares_numbers_in_their_units(void)
{
	CU_ASSERT_EQUAL(matches("mailbox == 12"), 1);
	CU_ASSERT_EQUAL(matches("mailbox = 12"), 1);
	CU_ASSERT_EQUAL(matches("mailbox != 12"), 0);
	CU_ASSERT_EQUAL(matches("mailbox > 12"), 0);
	CU_ASSERT_EQUAL(matches("mailbox >= 12"), 1);
	CU_ASSERT_EQUAL(matches("mailbox < 1k"), 1);
	CU_ASSERT_EQUAL(matches("mailbox <= 11.5"), 0);
	CU_ASSERT_EQUAL(matches("memory == 64K"), 1);
	CU_ASSERT_EQUAL(matches("memory > 64k"), 0);
	CU_ASSERT_EQUAL(matches("for > 1999ms"), 1);
	CU_ASSERT_EQUAL(matches("for < 2s"), 0);
	CU_ASSERT_EQUAL(matches("busy > 49%"), 1);
	CU_ASSERT_EQUAL(matches("busy < 50"), 0);
}

static void filter_compares_texts(void)
{
	CU_ASSERT_EQUAL(matches("name == room/17"), 1);
	CU_ASSERT_EQUAL(matches("name == ROOM/17"), 1);
	CU_ASSERT_EQUAL(matches("name == room"), 0);
	CU_ASSERT_EQUAL(matches("name == room*"), 1);
	CU_ASSERT_EQUAL(matches("name == '*oo?/*7'"), 1);
	CU_ASSERT_EQUAL(matches("name != room*"), 0);
	CU_ASSERT_EQUAL(matches("name ~ OOM"), 1);
	CU_ASSERT_EQUAL(matches("name !~ oom"), 0);
	CU_ASSERT_EQUAL(matches("name < z"), 1);
	CU_ASSERT_EQUAL(matches("name in (lobby, \"room/17\")"), 1);
	CU_ASSERT_EQUAL(matches("name in (lobby)"), 0);
}

static void filter_binds_and_before_or(void)
{
	CU_ASSERT_EQUAL(matches("mailbox > 1 or mailbox > 100 and name == x"), 1);
	CU_ASSERT_EQUAL(matches("(mailbox > 1 or mailbox > 100) and name == x"), 0);
	CU_ASSERT_EQUAL(matches("not mailbox > 100 && name ~ room"), 1);
	CU_ASSERT_EQUAL(matches("!(mailbox > 1) || busy == 50"), 1);
	CU_ASSERT_EQUAL(matches("NOT name ~ room"), 0);
}

static void filter_takes_unknown_for_no(void)
{
	struct filter *filter = NULL;
	struct filter_error error;
	struct subject unknown = {"x", NAN, NAN, NAN, NAN};

	CU_ASSERT_EQUAL_FATAL(filter_parse("mailbox != 3", &schema, &filter, &error), 0);
	CU_ASSERT_FALSE(filter_match(filter, &unknown));
	filter_free(filter);
}

static void filter_says_what_is_wrong_and_where(void)
{
	static const struct {
		const char *text;
		size_t position;
		const char *part;
	} cases[] = {
		{"", 0, "missing"},
		{"mailbx > 3", 0, "did you mean 'mailbox'"},
		{"mailbox 3", 8, "comes =="},
		{"mailbox >", 9, "value is missing"},
		{"mailbox > x", 10, "not a number"},
		{"mailbox > 0x10", 10, "not a number"},
		{"mailbox > nan", 10, "not a number"},
		{"for > 3", 6, "with its unit"},
		{"mailbox ~ 3", 10, "~ is for texts"},
		{"(mailbox > 3", 12, ") is missing"},
		{"name == \"x", 8, "does not end"},
		{"name == x y", 10, "and or or is missing"},
		{"name == x &", 10, "means nothing"},
		{"name in x", 8, "(a, b)"},
		{"name in (x", 10, "lacks its )"},
		{"not", 3, "missing"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter *filter = NULL;
		struct filter_error error;

		CU_ASSERT(filter_parse(cases[i].text, &schema, &filter, &error) < 0);
		if (error.position != cases[i].position ||
		    strstr(error.text, cases[i].part) == NULL) {
			printf("'%s': at %zu: %s\n", cases[i].text, error.position, error.text);
			CU_FAIL("another error is expected");
		}
	}
}

static void filter_refuses_what_is_too_large(void)
{
	char deep[600] = "", wide[8192] = "mailbox > 1";

	memset(deep, '(', 500);
	CU_ASSERT_EQUAL(matches(deep), -1);
	memset(deep, '!', 500);
	CU_ASSERT_EQUAL(matches(deep), -1);
	for (int i = 0; i < 200; i++)
		strcat(wide, " or busy > 1");
	CU_ASSERT_EQUAL(matches(wide), -1);
	memset(wide, 'x', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	CU_ASSERT_EQUAL(matches(wide), -1);
}

/* Made of the language's own pieces, so that many are nearly right. */
static void filter_survives_any_text(void)
{
	static const char *const pieces[] = {"name",  "mailbox", "for",  "busy",    "(",    ")",
					     " and ", " or ",    "not ", "==",      "<",    ">",
					     "!",     "~",       "'",    "\"",      ",",    "3",
					     "5ms",   "*",       "room", "<0.1.2>", " in ", " ",
					     "&&",    "||",      "\xff", "%",       "=",    "-"};
	struct dice dice = dice_take();
	unsigned parsed = 0;

	for (int i = 0; i < 100000; i++) {
		char text[256] = "";

		for (uint64_t n = 1 + dice_below(&dice, 12); n > 0; n--)
			strcat(text, pieces[dice_below(&dice, sizeof(pieces) / sizeof(pieces[0]))]);
		parsed += matches(text) >= 0;
	}
	CU_ASSERT(parsed > 0);
}

#define CASES(X)                                  \
	X(filter_compares_numbers_in_their_units) \
	X(filter_compares_texts)                  \
	X(filter_binds_and_before_or)             \
	X(filter_takes_unknown_for_no)            \
	X(filter_says_what_is_wrong_and_where)    \
	X(filter_refuses_what_is_too_large)       \
	X(filter_survives_any_text)

SUITE("filter", CASES)
