/* SPDX-License-Identifier: MIT */
#include "store/vtab.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MIN 256

/* percentile(x, p): the value below which p percent of x lie, between two values on a line. */
struct percentile {
	double *values;
	size_t count;
	size_t capacity;
	double fraction;
	bool failed;
	bool has_fraction;
};

static void percentile_step(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	struct percentile *state = sqlite3_aggregate_context(context, sizeof(*state));
	double percent = sqlite3_value_double(argv[1]);

	(void)argc;
	if (state == NULL) {
		sqlite3_result_error_nomem(context);
		return;
	}
	if (sqlite3_value_numeric_type(argv[1]) == SQLITE_NULL || !(percent >= 0) ||
	    !(percent <= 100)) {
		state->failed = true;
		sqlite3_result_error(context, "percentile(x, p): p must be from 0 to 100", -1);
		return;
	}
	if (state->has_fraction && state->fraction != percent / 100) {
		state->failed = true;
		sqlite3_result_error(context, "percentile(x, p): p must be the same in all rows",
				     -1);
		return;
	}
	state->fraction = percent / 100;
	state->has_fraction = true;
	if (sqlite3_value_numeric_type(argv[0]) != SQLITE_INTEGER &&
	    sqlite3_value_numeric_type(argv[0]) != SQLITE_FLOAT)
		return;
	if (state->count == state->capacity) {
		size_t capacity = state->capacity == 0 ? VALUES_MIN : 2 * state->capacity;
		double *values = realloc(state->values, capacity * sizeof(*values));

		if (values == NULL) {
			state->failed = true;
			sqlite3_result_error_nomem(context);
			return;
		}
		state->values = values;
		state->capacity = capacity;
	}
	state->values[state->count++] = sqlite3_value_double(argv[0]);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static void percentile_final(sqlite3_context *context)
{
	struct percentile *state = sqlite3_aggregate_context(context, 0);
	double place;
	size_t below;
	double value;

	if (state == NULL)
		return;
	if (!state->failed && state->count > 0) {
		qsort(state->values, state->count, sizeof(*state->values), by_value);
		place = state->fraction * (double)(state->count - 1);
		below = (size_t)place;
		value = state->values[below];
		if (below + 1 < state->count)
			value += (place - (double)below) * (state->values[below + 1] - value);
		/* Nanoseconds in, nanoseconds out. */
		if (value == floor(value) && fabs(value) < 9e15)
			sqlite3_result_int64(context, (sqlite3_int64)value);
		else
			sqlite3_result_double(context, value);
	}
	free(state->values);
	state->values = NULL;
}

int functions_register(sqlite3 *db)
{
	return sqlite3_create_function_v2(db, "percentile", 2,
					  SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
					  NULL, NULL, percentile_step, percentile_final, NULL);
}
