/* SPDX-License-Identifier: MIT */
#include "filter/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
	const char *name;
	double factor;
};

/* What may follow a number of each type; the hint stands in errors. */
static const struct {
	struct unit units[8];
	const char *hint;
} types[] = {
	[FILTER_COUNT] = {{{"", 1}, {"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}},
			  "a number, as in 10 or 1.5k"},
	[FILTER_BYTES] = {{{"", 1},
			   {"B", 1},
			   {"k", 1024.0},
			   {"K", 1024.0},
			   {"M", 1048576.0},
			   {"G", 1073741824.0}},
			  "bytes, as in 4096 or 64K"},
	[FILTER_NS] = {{{"ns", 1},
			{"us", 1e3},
			{"ms", 1e6},
			{"s", 1e9},
			{"m", 60e9},
			{"min", 60e9},
			{"h", 3600e9}},
		       "a time with its unit, as in 200ms or 5s"},
	[FILTER_SHARE] = {{{"", 0.01}, {"%", 0.01}}, "per cent, as in 50 or 50%"},
};

bool filter_number(const char *text, enum filter_type type, double *ret_number, char *why,
		   size_t why_size)
{
	char *end;
	double value = strtod(text, &end);

	/* strtod knows more than a person would type: nan, inf, hexadecimal, exponents. */
	if (end != text && end == text + strspn(text, "+-.0123456789")) {
		for (size_t i = 0; i < 8 && types[type].units[i].name != NULL; i++) {
			if (strcmp(end, types[type].units[i].name) != 0)
				continue;
			*ret_number = value * types[type].units[i].factor;
			return true;
		}
	}
	snprintf(why, why_size, "'%.40s' is not %s", text, types[type].hint);
	return false;
}
