/* SPDX-License-Identifier: MIT */
#include "term/number.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>

const char *number_digits(double value, char buffer[NUMBER_SIZE])
{
	double size = fabs(value);
	int decimals = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;

	snprintf(buffer, NUMBER_SIZE, "%.*f", decimals, value);
	return buffer;
}

/* The largest unit in which the value is not less than 1 after rounding to three digits. */
static const char *scaled(double value, double step, const char *const *units, size_t count,
			  char buffer[NUMBER_SIZE])
{
	size_t unit = 0;
	char digits[NUMBER_SIZE];

	while (unit + 1 < count && fabs(value) >= step - step / 2000) {
		value /= step;
		unit++;
	}
	if (unit == 0)
		snprintf(buffer, NUMBER_SIZE, "%.0f%s%.8s", value, units[0][0] != '\0' ? " " : "",
			 units[0]);
	else
		snprintf(buffer, NUMBER_SIZE, "%.20s %.8s", number_digits(value, digits),
			 units[unit]);
	return buffer;
}

const char *number_ns(int64_t ns, char buffer[NUMBER_SIZE])
{
	static const char *const units[] = {"ns", "us", "ms", "s"};

	if (ns >= INT64_C(120000000000)) {
		int64_t seconds = ns / 1000000000;

		if (seconds < 3600)
			snprintf(buffer, NUMBER_SIZE, "%" PRId64 " min %02" PRId64 " s",
				 seconds / 60, seconds % 60);
		else
			snprintf(buffer, NUMBER_SIZE, "%" PRId64 " h %02" PRId64 " min",
				 seconds / 3600, seconds / 60 % 60);
		return buffer;
	}
	return scaled((double)ns, 1000, units, sizeof(units) / sizeof(units[0]), buffer);
}

const char *number_count(uint64_t count, char buffer[NUMBER_SIZE])
{
	char digits[NUMBER_SIZE];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, count);
	int out = 0;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			buffer[out++] = ',';
		buffer[out++] = digits[i];
	}
	buffer[out] = '\0';
	return buffer;
}

const char *number_short(double value, char buffer[NUMBER_SIZE])
{
	static const char *const units[] = {"", "k", "M", "G", "T"};

	return scaled(value, 1000, units, sizeof(units) / sizeof(units[0]), buffer);
}

const char *number_bytes(uint64_t bytes, char buffer[NUMBER_SIZE])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};

	return scaled((double)bytes, 1024, units, sizeof(units) / sizeof(units[0]), buffer);
}
