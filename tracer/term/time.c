/* SPDX-License-Identifier: MIT */
#include "term/time.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

bool time_parse(const char *text, int64_t *ret_ns)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = {{"", 1e9}, {"s", 1e9},  {"ms", 1e6},  {"us", 1e3},
		     {"ns", 1}, {"m", 60e9}, {"h", 3600e9}};
	char *end;
	double value = strtod(text, &end);

	if (end == text || !isfinite(value))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) != 0)
			continue;
		value *= units[i].ns;
		if (fabs(value) > 9e18)
			return false;
		*ret_ns = llround(value);
		return true;
	}
	return false;
}
