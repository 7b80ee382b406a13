/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

/*
 * A test program: one file, one topic, a list of cases. In the file:
 *
 *	static void ring_is_empty_at_first(void) { CU_ASSERT_EQUAL(...); }
 *	#define CASES(X) X(ring_is_empty_at_first)
 *	SUITE("ring", CASES)
 *
 * `./test_ring` runs all cases, `./test_ring ring_is_empty_at_first` runs one. A case that is
 * written and not listed does not compile (-Wunused-function). Exit status 77 is "skipped".
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#ifdef NDEBUG
#error "tests need their asserts"
#endif

struct suite_case {
	const char *name;
	CU_TestFunc run;
};

/* `setup` and `teardown` run before and after each case; may be NULL. */
static inline int suite_main_with(const char *name, const struct suite_case *cases, size_t count,
				  CU_SetUpFunc setup, CU_TearDownFunc teardown, int argc,
				  char **argv)
{
	unsigned failures;
	CU_pSuite suite;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return EXIT_FAILURE;
	suite = CU_add_suite_with_setup_and_teardown(name, NULL, NULL, setup, teardown);
	for (size_t i = 0; suite != NULL && i < count; i++) {
		if (argc > 1 && strcmp(argv[1], cases[i].name) != 0)
			continue;
		if (CU_add_test(suite, cases[i].name, cases[i].run) == NULL)
			return EXIT_FAILURE;
	}
	CU_basic_set_mode(CU_BRM_VERBOSE);
	setvbuf(stdout, NULL, _IOLBF, 0);
	CU_basic_run_tests();
	failures = CU_get_number_of_failures();
	if (CU_get_number_of_tests_run() == 0) {
		fprintf(stderr, "%s: no such case: %s\n", name, argc > 1 ? argv[1] : "");
		failures = 1;
	}
	CU_cleanup_registry();
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static inline int suite_main(const char *name, const struct suite_case *cases, size_t count,
			     int argc, char **argv)
{
	return suite_main_with(name, cases, count, NULL, NULL, argc, argv);
}

#define SUITE_ROW_(function) {#function, function},
#define SUITE(name, CASES)                                                                         \
	static const struct suite_case suite_cases[] = {CASES(SUITE_ROW_)};                        \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		return suite_main(name, suite_cases, sizeof(suite_cases) / sizeof(suite_cases[0]), \
				  argc, argv);                                                     \
	}

#endif
