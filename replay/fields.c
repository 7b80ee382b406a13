/* SPDX-License-Identifier: MIT */
#include "fields.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "term/text.h"

#define SHOWN_MAX   16
#define COLUMNS_MAX 65536
#define BYTES_MAX   64

struct column {
	char *path;
	char *value;
};

struct columns {
	struct column *columns;
	size_t count;
	size_t room;
};

static int take_column(void *context, const struct types_column *column)
{
	struct columns *columns = context;
	struct column taken;

	if (columns->count == columns->room) {
		size_t room = columns->room != 0 ? 2 * columns->room : 32;
		struct column *more = columns->room < COLUMNS_MAX
					      ? reallocarray(columns->columns, room, sizeof(*more))
					      : NULL;

		if (more == NULL)
			return 1;
		columns->columns = more;
		columns->room = room;
	}
	taken = (struct column){strdup(column->path), strdup(column->value)};
	if (taken.path == NULL || taken.value == NULL) {
		free(taken.path);
		free(taken.value);
		return 1;
	}
	columns->columns[columns->count++] = taken;
	return 0;
}

static void columns_finish(struct columns *columns)
{
	for (size_t i = 0; i < columns->count; i++) {
		free(columns->columns[i].path);
		free(columns->columns[i].value);
	}
	free(columns->columns);
}

static const char *value_at(const struct columns *columns, size_t i)
{
	return i < columns->count ? columns->columns[i].value : "nothing";
}

/* ---- Bytes ------------------------------------------------------------------------------------
 */

static bool is_same_at(const struct fields_side *a, const struct fields_side *b, size_t at)
{
	return at < a->size && at < b->size &&
	       ((const unsigned char *)a->bytes)[at] == ((const unsigned char *)b->bytes)[at];
}

static size_t first_difference(const struct fields_side *a, const struct fields_side *b)
{
	size_t at = 0;

	while (is_same_at(a, b, at))
		at++;
	return at;
}

static void print_bytes(FILE *file, const char *indent, const struct fields_side *side,
			const struct fields_side *other)
{
	const unsigned char *bytes = side->bytes;
	size_t from = 0;

	if (bytes == NULL)
		return;
	if (other->bytes != NULL)
		from = first_difference(side, other);
	from = from == side->size || from < 16 ? 0 : from - from % 16;
	fprintf(file, "%s%-8s bytes", indent, side->label);
	if (from != 0)
		fprintf(file, " from %zu on", from);
	fputc(':', file);
	for (size_t i = from; i < side->size && i < from + BYTES_MAX; i++) {
		bool differs = other->bytes != NULL && !is_same_at(side, other, i);

		fprintf(file, " %s%02x%s", differs ? "[" : "", bytes[i], differs ? "]" : "");
	}
	if (side->size > from + BYTES_MAX)
		fprintf(file, " ... of %zu", side->size);
	fputc('\n', file);
}

/* ---- Fields -----------------------------------------------------------------------------------
 */

static void print_one(FILE *file, const struct types *types, uint32_t id, const char *indent,
		      const struct fields_side *side)
{
	char *text = NULL;

	(void)types_format(types, id, side->bytes, side->size, TYPES_FORM_LINE, &text);
	if (text == NULL)
		return;
	fprintf(file, "%s%-8s ", indent, side->label);
	text_print(file, text);
	fputc('\n', file);
	free(text);
}

static size_t print_different(FILE *file, const char *indent, const struct fields_side *a,
			      const struct columns *of_a, const struct fields_side *b,
			      const struct columns *of_b)
{
	size_t most = of_a->count > of_b->count ? of_a->count : of_b->count;
	size_t different = 0;

	for (size_t i = 0; i < most; i++) {
		const struct columns *has = i < of_a->count ? of_a : of_b;
		const char *path = has->columns[i].path;

		if (i < of_a->count && i < of_b->count &&
		    strcmp(of_a->columns[i].value, of_b->columns[i].value) == 0)
			continue;
		if (++different > SHOWN_MAX)
			continue;
		fputs(indent, file);
		text_print(file, path[0] != '\0' ? path : "value");
		fprintf(file, ": %s ", a->label);
		text_print(file, value_at(of_a, i));
		fprintf(file, ", %s ", b->label);
		text_print(file, value_at(of_b, i));
		fputc('\n', file);
	}
	if (different > SHOWN_MAX)
		fprintf(file, "%sand %zu more fields\n", indent, different - SHOWN_MAX);
	return different;
}

static void print_both(FILE *file, const struct types *types, uint32_t id, const char *indent,
		       const struct fields_side *a, const struct fields_side *b)
{
	struct columns of_a = {.count = 0};
	struct columns of_b = {.count = 0};
	size_t at = first_difference(a, b);

	(void)types_columns(types, id, a->bytes, a->size, take_column, &of_a);
	(void)types_columns(types, id, b->bytes, b->size, take_column, &of_b);
	if (print_different(file, indent, a, &of_a, b, &of_b) == 0 &&
	    (at < a->size || at < b->size)) {
		fprintf(file, "%sno field differs; bytes that are in none do, from %zu on\n",
			indent, at);
		print_bytes(file, indent, a, b);
		print_bytes(file, indent, b, a);
	}
	columns_finish(&of_a);
	columns_finish(&of_b);
}

void fields_print(FILE *file, const struct types *types, uint32_t id, const char *indent,
		  const struct fields_side *a, const struct fields_side *b)
{
	if (types == NULL || id == 0) {
		print_bytes(file, indent, a, b);
		print_bytes(file, indent, b, a);
	} else if (a->bytes != NULL && b->bytes != NULL) {
		print_both(file, types, id, indent, a, b);
	} else if (a->bytes != NULL || b->bytes != NULL) {
		print_one(file, types, id, indent, a->bytes != NULL ? a : b);
	}
}

/* ---- For programs ------------------------------------------------------------------------------
 */

static void json_bytes(FILE *file, const char *key, const struct fields_side *side)
{
	const unsigned char *bytes = side->bytes;

	if (bytes == NULL)
		return;
	fprintf(file, ",\"%s\":\"", key);
	for (size_t i = 0; i < side->size; i++)
		fprintf(file, "%02x", bytes[i]);
	fputc('"', file);
}

static void json_value(FILE *file, const struct types *types, uint32_t id, const char *key,
		       const struct fields_side *side)
{
	char *text = NULL;

	if (side->bytes == NULL)
		return;
	(void)types_format(types, id, side->bytes, side->size, TYPES_FORM_JSON, &text);
	if (text != NULL)
		fprintf(file, ",\"%s\":%s", key, text);
	free(text);
}

static void json_fields(FILE *file, const struct types *types, uint32_t id,
			const struct fields_side *a, const struct fields_side *b)
{
	struct columns of_a = {.count = 0};
	struct columns of_b = {.count = 0};
	const char *between = "";

	(void)types_columns(types, id, a->bytes, a->size, take_column, &of_a);
	(void)types_columns(types, id, b->bytes, b->size, take_column, &of_b);
	fputs(",\"fields\":[", file);
	for (size_t i = 0; i < of_a.count || i < of_b.count; i++) {
		const struct columns *has = i < of_a.count ? &of_a : &of_b;
		const char *path = has->columns[i].path;

		if (strcmp(value_at(&of_a, i), value_at(&of_b, i)) == 0)
			continue;
		fprintf(file, "%s{\"field\":", between);
		text_print_json(file, path[0] != '\0' ? path : "value");
		fputs(",\"recorded\":", file);
		text_print_json(file, value_at(&of_a, i));
		fputs(",\"now\":", file);
		text_print_json(file, value_at(&of_b, i));
		fputc('}', file);
		between = ",";
	}
	fputc(']', file);
	columns_finish(&of_a);
	columns_finish(&of_b);
}

void fields_json(FILE *file, const struct types *types, uint32_t id, const struct fields_side *a,
		 const struct fields_side *b)
{
	if (types == NULL || id == 0) {
		json_bytes(file, "recorded_bytes", a);
		json_bytes(file, "now_bytes", b);
		return;
	}
	json_value(file, types, id, "recorded_value", a);
	json_value(file, types, id, "now_value", b);
	if (a->bytes != NULL && b->bytes != NULL)
		json_fields(file, types, id, a, b);
}
