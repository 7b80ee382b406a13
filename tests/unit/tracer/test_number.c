/* SPDX-License-Identifier: MIT */
#include "suite.h"

#include "term/number.h"
#include "term/time.h"

static void times_have_three_digits(void)
{
	char b[NUMBER_SIZE];

	CU_ASSERT_STRING_EQUAL(number_ns(0, b), "0 ns");
	CU_ASSERT_STRING_EQUAL(number_ns(950, b), "950 ns");
	CU_ASSERT_STRING_EQUAL(number_ns(1234, b), "1.23 us");
	CU_ASSERT_STRING_EQUAL(number_ns(999999, b), "1.00 ms");
	CU_ASSERT_STRING_EQUAL(number_ns(12345678, b), "12.3 ms");
	CU_ASSERT_STRING_EQUAL(number_ns(123456789, b), "123 ms");
	CU_ASSERT_STRING_EQUAL(number_ns(1500000000, b), "1.50 s");
	CU_ASSERT_STRING_EQUAL(number_ns(243000000000, b), "4 min 03 s");
	CU_ASSERT_STRING_EQUAL(number_ns(7260000000000, b), "2 h 01 min");
	CU_ASSERT_STRING_EQUAL(number_ns(-1234, b), "-1.23 us");
}

static void counts_have_commas(void)
{
	char b[NUMBER_SIZE];

	CU_ASSERT_STRING_EQUAL(number_count(0, b), "0");
	CU_ASSERT_STRING_EQUAL(number_count(999, b), "999");
	CU_ASSERT_STRING_EQUAL(number_count(1000, b), "1,000");
	CU_ASSERT_STRING_EQUAL(number_count(UINT64_MAX, b), "18,446,744,073,709,551,615");
}

static void big_numbers_have_units(void)
{
	char b[NUMBER_SIZE];

	CU_ASSERT_STRING_EQUAL(number_short(17, b), "17");
	CU_ASSERT_STRING_EQUAL(number_short(12345, b), "12.3 k");
	CU_ASSERT_STRING_EQUAL(number_short(4560000, b), "4.56 M");
	CU_ASSERT_STRING_EQUAL(number_bytes(100, b), "100 B");
	CU_ASSERT_STRING_EQUAL(number_bytes(1536, b), "1.50 KiB");
	CU_ASSERT_STRING_EQUAL(number_digits(5.996, b), "6.00");
	CU_ASSERT_STRING_EQUAL(number_digits(9.996, b), "10.0");
}

static void times_are_read(void)
{
	static const struct {
		const char *text;
		int64_t ns;
	} right[] = {{"1.5", 1500000000},  {"2s", 2000000000},   {"200ms", 200000000},
		     {"30us", 30000},      {"17ns", 17},         {"0", 0},
		     {"5m", 300000000000}, {"2h", 7200000000000}};
	static const char *const wrong[] = {"", "x", "1.5x", "ms", "nan", "inf", "1e300"};
	int64_t ns = 7;

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		CU_ASSERT_TRUE(time_parse(right[i].text, &ns));
		CU_ASSERT_EQUAL(ns, right[i].ns);
	}
	ns = 7;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CU_ASSERT_FALSE(time_parse(wrong[i], &ns));
	CU_ASSERT_EQUAL(ns, 7);
}

#define CASES(X)                   \
	X(times_have_three_digits) \
	X(counts_have_commas)      \
	X(big_numbers_have_units)  \
	X(times_are_read)
SUITE("number", CASES)
