/* SPDX-License-Identifier: MIT */
#include "types/inner.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How a struct or array is written. */
enum style {
	STYLE_FLAT,  /* in brackets, on the line */
	STYLE_LINES, /* a member in each line */
	STYLE_ITEMS  /* an element in each line, flat */
};

struct part {
	enum style style;
	bool first;    /* nothing in it yet */
	bool brackets; /* it has some; an unnamed struct is written as a part of what it is in */
	uint32_t indent;
};

/* The three forms of a value. part[walk.depth] is what is being written. */
struct printer {
	struct types_walk walk; /* first: the walk's functions get it */
	struct types_text text;
	bool json;
	struct part part[TYPES_DEPTH_MAX + 1];
};

static struct printer *printer_of(struct types_walk *walk)
{
	return (struct printer *)(void *)walk;
}

static bool has_parts(const struct types *types, const struct types_field *field)
{
	const struct btf_type *type = types_type(types, types_strip(types, field->type));
	enum types_kind kind;

	if (field->kind >= TYPES_KIND_STRUCT)
		return true;
	return type != NULL && btf_is_array(type) &&
	       types_kind(types, btf_array(type)->type, &kind) == 0 && kind >= TYPES_KIND_ARRAY;
}

static void print_begin(struct types_walk *walk, const struct types_field *field, uint64_t count)
{
	struct printer *printer = printer_of(walk);
	const struct part *outer = &printer->part[walk->depth - 1];
	struct part *part = &printer->part[walk->depth];
	bool array = field->kind == TYPES_KIND_ARRAY;

	(void)count;
	*part = *outer;
	if (walk->unnamed) {
		part->brackets = false;
		return;
	}
	part->first = true;
	if (outer->style == STYLE_LINES && has_parts(walk->types, field)) {
		part->style = array ? STYLE_ITEMS : STYLE_LINES;
		part->brackets = false;
		part->indent += walk->depth > 1;
		return;
	}
	if (outer->style == STYLE_LINES && walk->depth > 1)
		types_text_add(&printer->text, " = ", 3);
	part->style = STYLE_FLAT;
	part->brackets = true;
	types_text_add(&printer->text, array ? "[" : "{", 1);
}

static void print_end(struct types_walk *walk, const struct types_field *field)
{
	struct printer *printer = printer_of(walk);
	const struct part *part = &printer->part[walk->depth];

	if (part->brackets)
		types_text_add(&printer->text, field->kind == TYPES_KIND_ARRAY ? "]" : "}", 1);
	else if (part->style == printer->part[walk->depth - 1].style)
		printer->part[walk->depth - 1].first &= part->first; /* it may have been unnamed */
}

static void print_separator(struct printer *printer, struct part *part)
{
	if (part->style == STYLE_FLAT) {
		if (!part->first)
			types_text_add(&printer->text, ", ", printer->json ? 1 : 2);
	} else {
		if (printer->text.length > 0)
			types_text_add(&printer->text, "\n", 1);
		for (uint32_t i = 0; i < part->indent; i++)
			types_text_add(&printer->text, "  ", 2);
	}
	part->first = false;
}

static void print_member(struct types_walk *walk, const char *name)
{
	struct printer *printer = printer_of(walk);
	struct part *part = &printer->part[walk->depth];

	print_separator(printer, part);
	if (printer->json)
		types_text_add(&printer->text, "\"", 1);
	types_text_add(&printer->text, name, strlen(name));
	if (printer->json)
		types_text_add(&printer->text, "\":", 2);
	else if (part->style == STYLE_FLAT)
		types_text_add(&printer->text, " = ", 3);
}

static void print_element(struct types_walk *walk, uint64_t index)
{
	struct printer *printer = printer_of(walk);
	struct part *part = &printer->part[walk->depth];

	print_separator(printer, part);
	if (part->style == STYLE_ITEMS)
		types_text_format(&printer->text, "[%" PRIu64 "] = ", index);
}

static void print_repeat(struct types_walk *walk, uint64_t count)
{
	types_text_format(&printer_of(walk)->text, " (%" PRIu64 " times)", count);
}

static void print_more(struct types_walk *walk, uint64_t count)
{
	struct printer *printer = printer_of(walk);

	print_separator(printer, &printer->part[walk->depth]);
	types_text_format(&printer->text, "... (%" PRIu64 " more)", count);
}

static int print_scalar(struct types_walk *walk, const struct types_field *field)
{
	struct printer *printer = printer_of(walk);

	if (walk->depth > 0 && printer->part[walk->depth].style == STYLE_LINES)
		types_text_add(&printer->text, " = ", 3);
	types_scalar_text(walk, field, printer->json, &printer->text);
	return printer->text.status;
}

static const struct types_sink people = {
	.begin = print_begin,
	.end = print_end,
	.member = print_member,
	.element = print_element,
	.repeat = print_repeat,
	.more = print_more,
	.scalar = print_scalar,
};

static const struct types_sink programs = {
	.begin = print_begin,
	.end = print_end,
	.member = print_member,
	.element = print_element,
	.scalar = print_scalar,
};

static bool is_text(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((bytes[i] < 0x20 || bytes[i] >= 0x7f) && bytes[i] != '\n' && bytes[i] != '\r')
			return false;
	return true;
}

/* Bytes that no member of the type accounts for. */
static void print_rest(struct printer *printer, uint64_t whole)
{
	const struct types_walk *walk = &printer->walk;
	char *hex;

	if (walk->flexible || walk->truncated || walk->size <= whole)
		return;
	if (printer->json) {
		/* Into the object, where the value is one. */
		if (printer->text.length == 0 ||
		    printer->text.text[printer->text.length - 1] != '}')
			return;
		printer->text.length--;
		types_text_format(&printer->text, "%s\"rest\":\"",
				  printer->text.text[printer->text.length - 1] == '{' ? "" : ",");
		for (size_t i = whole; i < walk->size; i++)
			types_text_format(&printer->text, "%02x", walk->bytes[i]);
		types_text_add(&printer->text, "\"}", 2);
		return;
	}
	if (is_text(walk->bytes + whole, walk->size - whole)) {
		types_text_format(&printer->text, "%sand %zu bytes: ",
				  printer->part[0].style == STYLE_LINES ? "\n" : " ",
				  (size_t)(walk->size - whole));
		types_text_quote(&printer->text, (const char *)walk->bytes + whole,
				 walk->size - whole, false);
		return;
	}
	if (types_format_hex(walk->bytes + whole, walk->size - whole, 64, &hex) != 0)
		return;
	types_text_format(&printer->text, "%sand %s",
			  printer->part[0].style == STYLE_LINES ? "\n" : " ", hex);
	free(hex);
}

static int format_field(const struct types *types, const struct types_field *field,
			const void *bytes, size_t size, enum types_form form, bool rest,
			char **ret_text)
{
	struct printer *printer = calloc(1, sizeof(*printer));
	int status;

	if (printer == NULL)
		return -ENOMEM;
	printer->json = form == TYPES_FORM_JSON;
	printer->part[0].style = form == TYPES_FORM_LINES ? STYLE_LINES : STYLE_FLAT;
	printer->part[0].first = true;
	printer->walk = (struct types_walk){
		.types = types,
		.sink = printer->json ? &programs : &people,
		.bytes = bytes,
		.size = size,
		.shown_max = printer->json ? 0 : TYPES_SHOWN_MAX,
	};
	status = types_walk(&printer->walk, field);
	if (status == 0 && rest)
		print_rest(printer, field->size);
	if (status == 0) /* an empty struct on lines of its own has none */
		types_text_add(&printer->text, "", 0);
	if (status == 0)
		status = printer->text.status;
	if (status == 0) {
		*ret_text = printer->text.text;
		status = printer->walk.truncated ? -ENODATA : 0;
	} else {
		free(printer->text.text);
	}
	free(printer);
	return status;
}

int types_format(const struct types *types, uint32_t id, const void *bytes, size_t size,
		 enum types_form form, char **ret_text)
{
	struct types_field field;
	int status = types_field_at(types, id, 0, 0, &field);

	return status != 0 ? status
			   : format_field(types, &field, bytes, size, form, true, ret_text);
}

int types_get_text(const struct types *types, const struct types_field *field, const void *bytes,
		   size_t size, enum types_form form, char **ret_text)
{
	return format_field(types, field, bytes, size, form, false, ret_text);
}

/* ---- Columns ----------------------------------------------------------------------------------
 */

struct columns {
	struct types_walk walk; /* first: the walk's functions get it */
	struct types_text path;
	size_t length[TYPES_DEPTH_MAX + 1]; /* of the path of what is being told */
	int (*take)(void *context, const struct types_column *column);
	void *context;
};

static struct columns *columns_of(struct types_walk *walk)
{
	return (struct columns *)(void *)walk;
}

static void column_begin(struct types_walk *walk, const struct types_field *field, uint64_t count)
{
	struct columns *columns = columns_of(walk);

	(void)field;
	(void)count;
	/* An unnamed one stands in the path of what it is in. */
	columns->length[walk->depth] =
		walk->unnamed ? columns->length[walk->depth - 1] : columns->path.length;
}

static void column_end(struct types_walk *walk, const struct types_field *field)
{
	(void)walk;
	(void)field;
}

static void column_member(struct types_walk *walk, const char *name)
{
	struct columns *columns = columns_of(walk);

	columns->path.length = columns->length[walk->depth];
	if (columns->path.length > 0)
		types_text_add(&columns->path, ".", 1);
	types_text_add(&columns->path, name, strlen(name));
}

static void column_element(struct types_walk *walk, uint64_t index)
{
	struct columns *columns = columns_of(walk);

	columns->path.length = columns->length[walk->depth];
	types_text_format(&columns->path, "[%" PRIu64 "]", index);
}

static int column_scalar(struct types_walk *walk, const struct types_field *field)
{
	struct columns *columns = columns_of(walk);
	struct types_text value = {.status = 0};
	struct types_column column = {
		.kind = field->kind, .type = field->type, .offset = field->offset};
	int status;

	types_scalar_text(walk, field, false, &value);
	status = columns->path.status != 0 ? columns->path.status : value.status;
	column.path = columns->path.length > 0 ? columns->path.text : "";
	column.value = value.text;
	if (status == 0)
		status = columns->take(columns->context, &column);
	free(value.text);
	return status;
}

static const struct types_sink column_sink = {
	.begin = column_begin,
	.end = column_end,
	.member = column_member,
	.element = column_element,
	.scalar = column_scalar,
};

int types_columns(const struct types *types, uint32_t id, const void *bytes, size_t size,
		  int (*take)(void *context, const struct types_column *column), void *context)
{
	struct columns columns = {
		.walk = {.types = types, .sink = &column_sink, .bytes = bytes, .size = size},
		.take = take,
		.context = context,
	};
	struct types_field field;
	int status = types_field_at(types, id, 0, 0, &field);

	if (status == 0)
		status = types_walk(&columns.walk, &field);
	if (status == 0 && columns.walk.truncated)
		status = -ENODATA;
	free(columns.path.text);
	return status;
}
