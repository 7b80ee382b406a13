/* SPDX-License-Identifier: MIT */
#include "types/inner.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Text that grows --------------------------------------------------------------------------
 */

static bool text_room(struct types_text *text, size_t size)
{
	size_t room = text->room > 0 ? text->room : 256;
	char *grown;

	if (text->status != 0)
		return false;
	if (size >= TYPES_TEXT_MAX - text->length) {
		text->status = -E2BIG;
		return false;
	}
	while (room <= text->length + size)
		room *= 2;
	if (room == text->room)
		return true;
	grown = realloc(text->text, room);
	if (grown == NULL) {
		text->status = -ENOMEM;
		return false;
	}
	text->text = grown;
	text->room = room;
	return true;
}

void types_text_add(struct types_text *text, const char *bytes, size_t size)
{
	if (!text_room(text, size))
		return;
	memcpy(text->text + text->length, bytes, size);
	text->length += size;
	text->text[text->length] = '\0';
}

void types_text_format(struct types_text *text, const char *format, ...)
{
	char line[512];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (length > 0)
		types_text_add(text, line,
			       (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1);
}

/* Bytes of the UTF-8 character at `bytes`, 0 where there is none or it controls terminals. */
static size_t character(const unsigned char *bytes, size_t size)
{
	size_t length = bytes[0] >= 0xf0 && bytes[0] < 0xf5   ? 4
			: bytes[0] >= 0xe0 && bytes[0] < 0xf0 ? 3
			: bytes[0] >= 0xc2 && bytes[0] < 0xe0 ? 2
							      : 0;

	if (bytes[0] >= 0x20 && bytes[0] < 0x7f)
		return 1;
	if (length == 0 || length > size || (bytes[0] == 0xc2 && bytes[1] < 0xa0))
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, halves of pairs, and what turns the direction of writing round. */
	if ((bytes[0] == 0xe0 && bytes[1] < 0xa0) || (bytes[0] == 0xed && bytes[1] >= 0xa0) ||
	    (bytes[0] == 0xf0 && bytes[1] < 0x90) || (bytes[0] == 0xf4 && bytes[1] >= 0x90))
		return 0;
	if (bytes[0] == 0xe2 && ((bytes[1] == 0x80 && bytes[2] >= 0x8b && bytes[2] <= 0xae) ||
				 (bytes[1] == 0x81 && bytes[2] >= 0xa0 && bytes[2] <= 0xaf)))
		return bytes[1] == 0x80 && bytes[2] >= 0x90 && bytes[2] < 0xa8 ? length : 0;
	return length;
}

void types_text_quote(struct types_text *text, const char *bytes, size_t size, bool json)
{
	types_text_add(text, "\"", 1);
	for (size_t i = 0; i < size && text->status == 0;) {
		const unsigned char *at = (const unsigned char *)bytes + i;
		size_t length = character(at, size - i);

		if (length == 1 && (*at == '"' || *at == '\\')) {
			types_text_add(text, "\\", 1);
			types_text_add(text, bytes + i, 1);
		} else if (length > 0) {
			types_text_add(text, bytes + i, length);
		} else if (*at == '\n') {
			types_text_add(text, "\\n", 2);
		} else {
			types_text_format(text, json ? "\\u%04x" : "\\x%02x", *at);
		}
		i += length > 0 ? length : 1;
	}
	types_text_add(text, "\"", 1);
}

/* ---- Scalars ----------------------------------------------------------------------------------
 */

static void add_integer(struct types_text *text, types_wide bits, bool is_signed)
{
	bool negative = is_signed && (bits >> 127) != 0;
	char digits[48];
	size_t at = sizeof(digits);

	if (negative)
		bits = -bits;
	do {
		digits[--at] = (char)('0' + (int)(bits % 10));
		bits /= 10;
	} while (bits > 0);
	if (negative)
		digits[--at] = '-';
	types_text_add(text, digits + at, sizeof(digits) - at);
}

/* As few digits as tell the value from all others. */
static void add_real(struct types_text *text, double value, bool single, bool json)
{
	char digits[40];

	if (!isfinite(value)) {
		const char *word = isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";

		types_text_format(text, json ? "\"%s\"" : "%s", word);
		return;
	}
	for (int precision = single ? 6 : 15; precision <= 17; precision++) {
		snprintf(digits, sizeof(digits), "%.*g", precision, value);
		if (single ? (double)strtof(digits, NULL) == value : strtod(digits, NULL) == value)
			break;
	}
	types_text_add(text, digits, strlen(digits));
}

static const char *enumerator_name(const struct types *types, const struct types_field *field,
				   uint64_t value)
{
	const struct btf_type *type = types_type(types, types_strip(types, field->type));

	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		if (btf_is_enum64(type) && btf_enum64_value(&btf_enum64(type)[i]) == value)
			return types_string(types, btf_enum64(type)[i].name_off);
		/* In BTF these have 32 bits, in a bit-field or a small enum fewer. */
		if (btf_is_enum(type) && (uint32_t)btf_enum(type)[i].val == (uint32_t)value)
			return types_string(types, btf_enum(type)[i].name_off);
	}
	return NULL;
}

int types_enumerator(const struct types *types, const struct types_field *field, const char *name,
		     int64_t *ret_value)
{
	const struct btf_type *type = types_type(types, types_strip(types, field->type));

	if (field->kind != TYPES_KIND_ENUM || type == NULL)
		return -EINVAL;
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		uint32_t at = btf_is_enum64(type) ? btf_enum64(type)[i].name_off
						  : btf_enum(type)[i].name_off;

		if (strcmp(types_string(types, at), name) != 0)
			continue;
		if (btf_is_enum64(type))
			*ret_value = (int64_t)btf_enum64_value(&btf_enum64(type)[i]);
		else if (field->is_signed)
			*ret_value = btf_enum(type)[i].val;
		else
			*ret_value = (int64_t)(uint32_t)btf_enum(type)[i].val;
		return 0;
	}
	return -ENOENT;
}

static void add_char(struct types_text *text, unsigned char c, bool json)
{
	char one = (char)c;

	if (json)
		types_text_quote(text, &one, c == 0 ? 0 : 1, true);
	else if (c == '\'' || c == '\\')
		types_text_format(text, "'\\%c'", c);
	else if (c >= 0x20 && c < 0x7f)
		types_text_format(text, "'%c'", c);
	else
		types_text_format(text, "'\\x%02x'", c);
}

static void add_string(const struct types_walk *walk, const struct types_field *field, bool json,
		       struct types_text *text)
{
	const char *bytes;
	size_t size = 0;

	if (field->offset > walk->size) {
		types_text_format(text, json ? "null" : "...");
		return;
	}
	bytes = (const char *)walk->bytes + field->offset;
	size = walk->size - field->offset;
	if (size > field->size)
		size = field->size;
	types_text_quote(text, bytes, strnlen(bytes, size), json);
	if (!json && size < field->size && strnlen(bytes, size) == size)
		types_text_add(text, "...", 3);
}

void types_scalar_text(const struct types_walk *walk, const struct types_field *field, bool json,
		       struct types_text *text)
{
	struct types_scalar scalar;
	types_wide bits;
	const char *name;

	if (field->kind == TYPES_KIND_STRING) {
		add_string(walk, field, json, text);
		return;
	}
	if (field->offset > walk->size || field->size > walk->size - field->offset) {
		types_text_format(text, json ? "null" : "...");
		return;
	}
	if (types_bits(field, walk->bytes, walk->size, &bits) != 0 ||
	    (field->kind == TYPES_KIND_FLOAT &&
	     types_get(field, walk->bytes, walk->size, &scalar) != 0)) {
		types_text_format(text,
				  json ? "null" : "?"); /* a kind of float of other machines */
		return;
	}
	switch (field->kind) {
	case TYPES_KIND_FLOAT:
		add_real(text, scalar.real, field->size == sizeof(float), json);
		break;
	case TYPES_KIND_BOOL:
		if (bits <= 1)
			types_text_format(text, bits != 0 ? "true" : "false");
		else
			add_integer(text, bits, false);
		break;
	case TYPES_KIND_CHAR:
		add_char(text, (unsigned char)bits, json);
		break;
	case TYPES_KIND_POINTER:
		if (json && bits == 0)
			types_text_format(text, "null");
		else
			types_text_format(text, json ? "\"0x%" PRIx64 "\"" : "0x%" PRIx64,
					  (uint64_t)bits);
		break;
	case TYPES_KIND_ENUM:
		name = enumerator_name(walk->types, field, (uint64_t)bits);
		if (name != NULL)
			types_text_format(text, json ? "\"%s\"" : "%s", name);
		else
			add_integer(text, bits, field->is_signed);
		break;
	default:
		add_integer(text, bits, field->is_signed);
		break;
	}
}
