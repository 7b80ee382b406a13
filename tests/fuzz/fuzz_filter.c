/* SPDX-License-Identifier: MIT */
/* The filter language: any text is parsed, and then decides about any subject, or is refused. */
#include "fuzz.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include <tracer/filter.h>

static const struct filter_field fields[] = {
	{"name", FILTER_TEXT},    {"behaviour", FILTER_TEXT}, {"mailbox", FILTER_COUNT},
	{"memory", FILTER_BYTES}, {"for", FILTER_NS},         {"busy", FILTER_SHARE},
};

static double number_of(const void *subject, size_t field)
{
	const double *values = subject;

	return values[field];
}

static const char *text_of(const void *subject, size_t field, char *buffer, size_t size)
{
	snprintf(buffer, size, "room %g of %zu", ((const double *)subject)[field], field);
	return buffer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct filter_schema schema = {fields, sizeof(fields) / sizeof(fields[0]),
						    number_of, text_of};
	static const double subjects[][6] = {
		{0, 0, 0, 0, 0, 0},
		{1, 2, 10, 65536, 5e6, 0.5},
		{-1, 1e300, INFINITY, -INFINITY, NAN, NAN},
	};
	struct filter *filter = NULL;
	struct filter_error error = {0};
	char *text = malloc(size + 1);
	int status;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	status = filter_parse(text, &schema, &filter, &error);
	FUZZ_CHECK(status == 0 || status == -EINVAL);
	if (status == 0) {
		FUZZ_CHECK(strcmp(filter_source(filter), text) == 0);
		for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
			(void)filter_match(filter, subjects[i]);
	} else {
		FUZZ_CHECK(filter == NULL && error.text[0] != '\0');
		FUZZ_CHECK(error.position <= strlen(text));
		FUZZ_CHECK(strlen(error.text) < sizeof(error.text));
	}
	filter_free(filter);
	free(text);
	return 0;
}
