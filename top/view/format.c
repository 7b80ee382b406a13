/* SPDX-License-Identifier: MIT */
#include "view/format.h"

#include <math.h>
#include <stdio.h>

static const char *unknown(char buffer[FORMAT_SIZE])
{
	snprintf(buffer, FORMAT_SIZE, "-");
	return buffer;
}

/* Three digits and the unit; `whole`: numbers of the least unit have no decimals. */
static const char *scale(double value, double step, double least, const char *const *units,
			 int count, char buffer[FORMAT_SIZE])
{
	int unit = 0;
	int decimals;

	if (value < least) {
		snprintf(buffer, FORMAT_SIZE, "%.0f%.2s", value, units[0]);
		return buffer;
	}
	while (unit + 1 < count && (unit == 0 || value >= step * 0.9995)) {
		value /= step;
		unit++;
	}
	decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
	snprintf(buffer, FORMAT_SIZE, "%.*f%.2s", decimals, fmin(value, 99999), units[unit]);
	return buffer;
}

const char *format_ns(double ns, char buffer[FORMAT_SIZE])
{
	static const struct {
		double ns;
		const char *unit;
	} units[] = {{86400e9, "d"}, {3600e9, "h"}, {60e9, "m"},
		     {1e9, "s"},     {1e6, "ms"},   {1e3, "us"}};

	if (isnan(ns) || ns < 0)
		return unknown(buffer);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		double value = ns / units[i].ns;

		/* Up to two minutes in seconds, up to two hours in minutes, two days in hours. */
		if (value < (i < 3 ? 1.995 : 0.9995))
			continue;
		snprintf(buffer, FORMAT_SIZE, "%.*f%s", value < 9.95 ? 1 : 0, fmin(value, 9999),
			 units[i].unit);
		return buffer;
	}
	snprintf(buffer, FORMAT_SIZE, "%.0fns", ns);
	return buffer;
}

const char *format_count(double count, char buffer[FORMAT_SIZE])
{
	static const char *const units[] = {"", "k", "M", "G", "T"};

	if (isnan(count) || count < 0)
		return unknown(buffer);
	return scale(count, 1000, 9999.5, units, 5, buffer);
}

const char *format_rate(double rate, char buffer[FORMAT_SIZE])
{
	if (rate > 0 && rate < 9.95) {
		snprintf(buffer, FORMAT_SIZE, "%.1f", rate);
		return buffer;
	}
	return format_count(rate, buffer);
}

const char *format_bytes(double bytes, char buffer[FORMAT_SIZE])
{
	static const char *const units[] = {"", "K", "M", "G", "T"};

	if (isnan(bytes) || bytes < 0)
		return unknown(buffer);
	return scale(bytes, 1024, 1023.5, units, 5, buffer);
}

const char *format_share(double share, char buffer[FORMAT_SIZE])
{
	double percent = share * 100;

	if (isnan(share) || share < 0)
		return unknown(buffer);
	snprintf(buffer, FORMAT_SIZE, "%.*f", percent < 99.95 ? 1 : 0, fmin(percent, 99999));
	return buffer;
}

const char *format_unit(enum column_unit unit, double value, char buffer[FORMAT_SIZE])
{
	switch (unit) {
	case COLUMN_RATE:
		return format_rate(value, buffer);
	case COLUMN_NS:
		return format_ns(value, buffer);
	case COLUMN_BYTES:
		return format_bytes(value, buffer);
	case COLUMN_SHARE:
		return format_share(value, buffer);
	default:
		return format_count(value, buffer);
	}
}

char format_letter(const struct column *column, const struct row *row)
{
	if (column == &columns[COLUMN_STATE])
		return row_state_letter((enum row_state)row->state);
	return row->alert != 0 ? row->alert : ' ';
}
