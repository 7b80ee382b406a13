/* SPDX-License-Identifier: MIT */
#include "suite.h"

#include "term/text.h"

static const char *safe(const char *text)
{
	static char buffer[256];
	size_t size = text_safe(text, buffer, sizeof(buffer));

	CU_ASSERT_EQUAL(size, strlen(buffer) + 1);
	return buffer;
}

static void plain_text_stays(void)
{
	CU_ASSERT_STRING_EQUAL(safe(""), "");
	CU_ASSERT_STRING_EQUAL(safe("plain text, <0.1.2>"), "plain text, <0.1.2>");
	CU_ASSERT_STRING_EQUAL(safe("gr\xc3\xbc\xc3\x9f"
				    "e \xe2\x82\xac \xf0\x9f\x8e\xad"),
			       "gr\xc3\xbc\xc3\x9f"
			       "e \xe2\x82\xac \xf0\x9f\x8e\xad");
}

static void control_characters_are_shown(void)
{
	CU_ASSERT_STRING_EQUAL(safe("a\nb\tc\r"), "a\\nb\\tc\\r");
	CU_ASSERT_STRING_EQUAL(safe("\x1b[2J"), "\\x1b[2J");
	CU_ASSERT_STRING_EQUAL(safe("\x7f\x01"), "\\x7f\\x01");
	CU_ASSERT_STRING_EQUAL(safe("\xc2\x9b"), "\\xc2\\x9b");
	CU_ASSERT_STRING_EQUAL(safe("\xe2\x80\xae"), "\\xe2\\x80\\xae");
}

static void bad_utf8_is_shown(void)
{
	CU_ASSERT_STRING_EQUAL(safe("\xff"), "\\xff");
	CU_ASSERT_STRING_EQUAL(safe("\xc3"), "\\xc3");
	CU_ASSERT_STRING_EQUAL(safe("\xc0\xaf"), "\\xc0\\xaf");
	CU_ASSERT_STRING_EQUAL(safe("\xed\xa0\x80"), "\\xed\\xa0\\x80");
	CU_ASSERT_STRING_EQUAL(safe("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");
	CU_ASSERT_STRING_EQUAL(safe("\xe2\x82"), "\\xe2\\x82");
}

static void cuts_lie_between_characters(void)
{
	char buffer[6] = "xxxxx";

	CU_ASSERT_EQUAL(text_safe("ab\x1b", buffer, sizeof(buffer)), 7);
	CU_ASSERT_STRING_EQUAL(buffer, "ab");
	CU_ASSERT_EQUAL(text_safe("\xe2\x82\xac\xe2\x82\xac", buffer, sizeof(buffer)), 7);
	CU_ASSERT_STRING_EQUAL(buffer, "\xe2\x82\xac");
	CU_ASSERT_EQUAL(text_safe("\x1b", buffer, 3), 5);
	CU_ASSERT_STRING_EQUAL(buffer, "");
	CU_ASSERT_EQUAL(text_safe("abc", NULL, 0), 4);
}

typedef void (*printer)(FILE *file, const char *text);

static const char *printed(printer print, const char *text)
{
	static char buffer[256];
	FILE *file = fmemopen(buffer, sizeof(buffer), "w");

	print(file, text);
	fclose(file);
	return buffer;
}

static void json_is_json(void)
{
	CU_ASSERT_STRING_EQUAL(printed(text_print_json, "a\"b\\c\n\x1b\xff"),
			       "\"a\\\"b\\\\c\\u000a\\u001b\xef\xbf\xbd\"");
	CU_ASSERT_STRING_EQUAL(printed(text_print_json, ""), "\"\"");
}

static void csv_is_csv(void)
{
	CU_ASSERT_STRING_EQUAL(printed(text_print_csv, "plain"), "plain");
	CU_ASSERT_STRING_EQUAL(printed(text_print_csv, "a,b"), "\"a,b\"");
	CU_ASSERT_STRING_EQUAL(printed(text_print_csv, "say \"x\""), "\"say \"\"x\"\"\"");
}

static void widths_count_characters(void)
{
	CU_ASSERT_EQUAL(text_width("abc"), 3);
	CU_ASSERT_EQUAL(text_width("\xe2\x82\xac"), 1);
}

#define CASES(X)                        \
	X(plain_text_stays)             \
	X(control_characters_are_shown) \
	X(bad_utf8_is_shown)            \
	X(cuts_lie_between_characters)  \
	X(json_is_json)                 \
	X(csv_is_csv)                   \
	X(widths_count_characters)
SUITE("text", CASES)
