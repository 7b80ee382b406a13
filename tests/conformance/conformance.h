/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_CONFORMANCE_H
#define CONFORMANCE_CONFORMANCE_H

/*
 * A program for one area of the table (table.h): each row is a case with a system of its own. In
 * the file:
 *
 *	#include "conformance.h"
 *	#include "table/links.h"
 *
 *	static void a_link_goes_both_ways(void) { ... }
 *
 *	CONFORMANCE("links", ROWS_LINKS)
 *
 * A row without a case, and a case without a row, do not compile.
 */

#include "probe.h"
#include "suite.h"

#define CONFORMANCE_ROW_(function, ...) {#function, function},
#define CONFORMANCE(name, ROWS)                                                                  \
	static const struct suite_case conformance_cases[] = {ROWS(CONFORMANCE_ROW_)};           \
	int main(int argc, char **argv)                                                          \
	{                                                                                        \
		return suite_main_with(name, conformance_cases,                                  \
				       sizeof(conformance_cases) / sizeof(conformance_cases[0]), \
				       probe_setup, probe_teardown, argc, argv);                 \
	}

#endif
