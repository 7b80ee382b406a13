/* SPDX-License-Identifier: MIT */
#include "suite.h"

#include "export/report/html.h"

/* What is printed for a text, cut after so many characters. */
static const char *printed(const char *text, size_t columns)
{
	static char page[4096];
	FILE *file = fmemopen(page, sizeof(page), "w");

	page[0] = '\0'; /* what prints nothing writes not even the end */
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	if (columns == 0)
		html_print(file, text);
	else
		html_print_cut(file, text, columns);
	fclose(file);
	return page;
}

static void plain_text_stays(void)
{
	CU_ASSERT_STRING_EQUAL(printed("player/bot 1 <", 13), "player/bot 1 \xe2\x80\xa6");
	CU_ASSERT_STRING_EQUAL(printed("", 0), "");
	CU_ASSERT_STRING_EQUAL(printed("caf\xc3\xa9", 0), "caf\xc3\xa9");
}

static void markup_is_text(void)
{
	CU_ASSERT_STRING_EQUAL(printed("</script><b>", 0), "&lt;/script&gt;&lt;b&gt;");
	CU_ASSERT_STRING_EQUAL(printed("\"a' & b", 0), "&quot;a&#39; &amp; b");
	CU_ASSERT_STRING_EQUAL(printed("&lt;", 0), "&amp;lt;");
}

static void controls_and_bad_bytes_are_spelt_out(void)
{
	CU_ASSERT_STRING_EQUAL(printed("a\nb\x1b[1m", 0), "a\\nb\\x1b[1m");
	CU_ASSERT_STRING_EQUAL(printed("\xff<", 0), "\\xff&lt;");
	/* U+202E turns the direction of writing around. */
	CU_ASSERT_PTR_NULL(strstr(printed("x\xe2\x80\xaey", 0), "\xe2\x80\xae"));
}

/* A character is cut whole, and its entity, too. */
static void long_texts_are_cut_between_characters(void)
{
	char text[2000];

	CU_ASSERT_STRING_EQUAL(printed("\xc3\xa9\xc3\xa9\xc3\xa9", 2),
			       "\xc3\xa9\xc3\xa9\xe2\x80\xa6");
	CU_ASSERT_STRING_EQUAL(printed("<<<", 2), "&lt;&lt;\xe2\x80\xa6");
	CU_ASSERT_STRING_EQUAL(printed("abc", 3), "abc");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CU_ASSERT(strlen(printed(text, 0)) < 200);
}

#define CASES(X)                                \
	X(plain_text_stays)                     \
	X(markup_is_text)                       \
	X(controls_and_bad_bytes_are_spelt_out) \
	X(long_texts_are_cut_between_characters)
SUITE("html", CASES)
