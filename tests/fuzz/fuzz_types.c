/* SPDX-License-Identifier: MIT */
/* Types and values: the first byte says how many bytes of a value follow, the rest is BTF. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include <tracer/types.h>

#define TYPES_TRIED 20

static int stop_late(void *context, const struct types_column *column)
{
	unsigned *left = context;

	FUZZ_CHECK(column->path != NULL && column->value != NULL);
	return --*left == 0;
}

static void try_forms(const struct types *types, uint32_t id, const uint8_t *bytes, size_t size)
{
	for (int form = TYPES_FORM_LINE; form <= TYPES_FORM_JSON; form++) {
		char *text = NULL;
		int status = types_format(types, id, bytes, size, (enum types_form)form, &text);

		FUZZ_CHECK((status == 0 || status == -ENODATA) == (text != NULL));
		for (const char *c = text; c != NULL && *c != '\0'; c++)
			FUZZ_CHECK((unsigned char)*c >= 0x20 || *c == '\n');
		free(text);
	}
}

static void try_fields(const struct types *types, uint32_t id, const uint8_t *bytes, size_t size)
{
	static const char *const paths[] = {"self", "a",   "a.b", "a[1]", "pos.x", "items[2].id",
					    "name", "[0]", "x",   "low",  "color"};
	static const char *const values[] = {"0", "-1", "1e9", "true", "COLOR_RED", "\"text\""};
	uint8_t copy[256];

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct types_field field;
		struct types_scalar scalar;
		char error[256] = "";

		if (types_field(types, id, paths[i], &field, error, sizeof(error)) != 0) {
			FUZZ_CHECK(error[0] != '\0');
			continue;
		}
		(void)types_get(&field, bytes, size, &scalar);
		memcpy(copy, bytes, size);
		for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++)
			(void)types_set(types, &field, values[j], copy, size, error, sizeof(error));
	}
}

static void try_types(const struct types *types, const uint8_t *bytes, size_t size)
{
	uint32_t count = types_count(types);
	static const char *const names[] = {"struct every", "struct point", "unsigned int"};
	struct types *part = NULL;
	char error[256];
	void *data;
	size_t data_size;

	for (uint32_t id = 0; id <= count + 1 && id < TYPES_TRIED; id++) {
		unsigned left = 1000;
		char text[64];
		uint64_t whole;

		types_name(types, id, text, sizeof(text));
		(void)types_size(types, id, &whole);
		(void)types_has_pointer(types, id, text, sizeof(text));
		(void)types_columns(types, id, bytes, size, stop_late, &left);
		try_forms(types, id, bytes, size);
		try_fields(types, id, bytes, size);
	}
	if (types_subset(types, names, NULL, 3, &data, &data_size) == 0) {
		FUZZ_CHECK(types_parse(data, data_size, &part, error, sizeof(error)) == 0);
		types_close(part);
		free(data);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct types *types = NULL;
	char error[256] = "";
	size_t value;
	int status;

	if (size < 1 || data[0] >= size)
		return 0;
	value = data[0];
	status = types_parse(data + 1 + value, size - 1 - value, &types, error, sizeof(error));
	if (status == 0)
		try_types(types, data + 1, value);
	else
		FUZZ_CHECK(types == NULL && error[0] != '\0');
	types_close(types);
	return 0;
}
