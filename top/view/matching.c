/* SPDX-License-Identifier: MIT */
#include "view/matching.h"

#include "model/columns.h"

struct subject {
	const struct row *row;
	const struct names *names;
};

static double number_of(const void *subject, size_t field)
{
	return columns[field].number(((const struct subject *)subject)->row);
}

static const char *text_of(const void *subject, size_t field, char *buffer, size_t size)
{
	const struct subject *row = subject;

	columns[field].text(row->row, row->names, buffer, size);
	return buffer;
}

static enum filter_type type_of(enum column_unit unit)
{
	switch (unit) {
	case COLUMN_NS:
		return FILTER_NS;
	case COLUMN_BYTES:
		return FILTER_BYTES;
	case COLUMN_SHARE:
		return FILTER_SHARE;
	case COLUMN_COUNT:
	case COLUMN_RATE:
		return FILTER_COUNT;
	default:
		return FILTER_TEXT;
	}
}

static struct filter_field fields[COLUMN_ID_COUNT];

const struct filter_schema matching_schema = {fields, COLUMN_ID_COUNT, number_of, text_of};

/* The fields are the columns; a constructor, because C cannot make one table from another. */
__attribute__((constructor)) static void fields_fill(void)
{
	for (int i = 0; i < COLUMN_ID_COUNT; i++)
		fields[i] = (struct filter_field){columns[i].key, type_of(columns[i].unit)};
}

bool matching_filter(const struct filter *filter, const struct row *row, const struct names *names)
{
	struct subject subject = {row, names};

	return filter == NULL || filter_match(filter, &subject);
}
