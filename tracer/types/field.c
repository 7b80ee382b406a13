/* SPDX-License-Identifier: MIT */
#include "types/inner.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Paths ------------------------------------------------------------------------------------
 */

struct path {
	const struct types *types;
	const char *rest; /* what is still to be resolved */
	char *error;
	size_t error_size;
	uint32_t left; /* members to look at: hostile types fan out */
};

static int fail(struct path *path, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct path *path, int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(path->error, path->error_size, format, arguments);
	va_end(arguments);
	return status;
}

/* The member of that name, in unnamed structs and unions, too; `bits` is where it lies. */
static int find_member(struct path *path, uint32_t id, const char *name, size_t length,
		       uint32_t depth, uint64_t *bits, struct types_member *ret_member)
{
	const struct btf_type *type = types_type(path->types, types_strip(path->types, id));

	if (type == NULL || !btf_is_composite(type))
		return -ENOENT;
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		struct types_member member = types_member(path->types, type, i);
		uint64_t inner = *bits + member.bit_offset;

		if (path->left == 0)
			return -EBADMSG;
		path->left--;
		if (strlen(member.name) == length && length > 0 &&
		    memcmp(member.name, name, length) == 0) {
			*bits = inner;
			*ret_member = member;
			return 0;
		}
		if (member.name[0] == '\0' && depth < TYPES_DEPTH_MAX &&
		    find_member(path, member.type, name, length, depth + 1, &inner, ret_member) ==
			    0) {
			*bits = inner;
			return 0;
		}
	}
	return -ENOENT;
}

static void list_members(struct path *path, uint32_t id, uint32_t depth, char *text, size_t size)
{
	const struct btf_type *type = types_type(path->types, types_strip(path->types, id));

	for (uint32_t i = 0; type != NULL && i < btf_vlen(type) && path->left > 0; i++) {
		struct types_member member = types_member(path->types, type, i);
		const struct btf_type *inner =
			types_type(path->types, types_strip(path->types, member.type));
		size_t length = strlen(text);

		path->left--;
		if (member.name[0] != '\0')
			snprintf(text + length, size - length, "%s%s", length > 0 ? ", " : "",
				 member.name);
		else if (inner != NULL && btf_is_composite(inner) && depth < TYPES_DEPTH_MAX)
			list_members(path, member.type, depth + 1, text, size);
	}
}

static int take_member(struct path *path, struct types_field *field)
{
	struct types_member member;
	uint64_t bits = 8 * field->offset;
	size_t length = 0;
	char name[128];
	int status;

	while (isalnum((unsigned char)path->rest[length]) || path->rest[length] == '_' ||
	       path->rest[length] == '$')
		length++;
	if (length == 0)
		return fail(path, -EINVAL,
			    "a member's name is missing before '%.40s'; write a path such as pos.x "
			    "or items[3].id",
			    path->rest);
	types_name(path->types, field->type, name, sizeof(name));
	if (field->kind == TYPES_KIND_POINTER)
		return fail(path, -ELOOP, "'%.*s' lies behind a pointer (%s), and none is followed",
			    (int)length, path->rest, name);
	if (field->kind < TYPES_KIND_STRUCT)
		return fail(path, -EINVAL, "%s has no members, so no '%.*s'", name, (int)length,
			    path->rest);
	status = find_member(path, field->type, path->rest, length, 0, &bits, &member);
	if (status == -ENOENT) {
		char members[256] = "";

		list_members(path, field->type, 0, members, sizeof(members));
		return fail(path, status, "%s has no member '%.*s'; it has %s", name, (int)length,
			    path->rest, members[0] != '\0' ? members : "none");
	}
	if (status == 0)
		status = types_field_at(path->types, member.type, bits, member.bit_size, field);
	if (status != 0)
		return fail(path, status, "the types contradict themselves at %s", name);
	path->rest += length;
	return 0;
}

static int take_index(struct path *path, struct types_field *field)
{
	const struct btf_type *type =
		types_type(path->types, types_strip(path->types, field->type));
	uint64_t index;
	uint64_t size;
	uint64_t bits;
	char *end;

	if (field->kind == TYPES_KIND_POINTER)
		return fail(path, -ELOOP, "'%.40s' lies behind a pointer, and none is followed",
			    path->rest);
	if (type == NULL || !btf_is_array(type))
		return fail(path, -EINVAL, "'%.40s' asks for an element of what is no array",
			    path->rest);
	errno = 0;
	index = strtoull(path->rest + 1, &end, 0);
	if (!isdigit((unsigned char)path->rest[1]) || *end != ']' || errno != 0)
		return fail(path, -EINVAL, "'%.40s' is no index; write a number, as in [3]",
			    path->rest);
	if (btf_array(type)->nelems > 0 && index >= btf_array(type)->nelems)
		return fail(path, -ENOENT, "there is no element %llu: the array has %u",
			    (unsigned long long)index, btf_array(type)->nelems);
	if (types_size(path->types, btf_array(type)->type, &size) != 0 ||
	    __builtin_mul_overflow(index, size, &bits) ||
	    __builtin_add_overflow(bits, field->offset, &bits) || bits > UINT64_MAX / 16)
		return fail(path, -ENOENT, "element %llu lies beyond all memory",
			    (unsigned long long)index);
	if (types_field_at(path->types, btf_array(type)->type, 8 * bits, 0, field) != 0)
		return fail(path, -EBADMSG, "the types contradict themselves");
	path->rest = end + 1;
	return 0;
}

/* The first word, where it stands for the value itself. */
static void skip_root(struct path *path, const struct types_field *field)
{
	static const char *const words[] = {"self", "state", "message", "payload"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t length = strlen(words[i]);
		const char *behind = path->rest + length;
		struct types_member member;
		uint64_t bits = 0;

		if (strncmp(path->rest, words[i], length) != 0 ||
		    (*behind != '\0' && *behind != '.' && *behind != '[' &&
		     strncmp(behind, "->", 2) != 0))
			continue;
		if (find_member(path, field->type, words[i], length, 0, &bits, &member) != 0)
			path->rest = behind;
		return;
	}
}

int types_field(const struct types *types, uint32_t id, const char *text,
		struct types_field *ret_field, char *error, size_t error_size)
{
	struct path path = {.types = types,
			    .rest = text,
			    .error = error,
			    .error_size = error_size,
			    .left = TYPES_STEPS_MAX};
	struct types_field field;
	bool first;
	int status = types_field_at(types, id, 0, 0, &field);

	if (status != 0)
		return fail(&path, status, "the types contradict themselves");
	skip_root(&path, &field);
	first = path.rest == text;
	while (status == 0 && *path.rest != '\0') {
		if (*path.rest == '[') {
			status = take_index(&path, &field);
		} else {
			if (*path.rest == '.')
				path.rest++;
			else if (strncmp(path.rest, "->", 2) == 0)
				path.rest += 2;
			else if (!first)
				return fail(&path, -EINVAL,
					    "'%.40s' does not go on a path; write "
					    ".name or [3]",
					    path.rest);
			status = take_member(&path, &field);
		}
		first = false;
	}
	if (status == 0)
		*ret_field = field;
	return status;
}

/* ---- Writing ----------------------------------------------------------------------------------
 */

struct writing {
	const struct types *types;
	const struct types_field *field;
	const char *text;
	unsigned char *bytes;
	char *error;
	size_t error_size;
};

static int refuse(const struct writing *writing, int status, const char *why)
{
	char name[128];

	snprintf(writing->error, writing->error_size, "'%.60s' cannot be a %s: %s", writing->text,
		 types_name(writing->types, writing->field->type, name, sizeof(name)), why);
	return status;
}

static void put_bits(const struct writing *writing, types_wide bits)
{
	const struct types_field *field = writing->field;
	types_wide word = 0;

	memcpy(&word, writing->bytes + field->offset, field->size);
	if (field->bit_size > 0) {
		types_wide mask = (((types_wide)1 << field->bit_size) - 1) << field->bit_offset;

		bits = (word & ~mask) | ((bits << field->bit_offset) & mask);
	}
	memcpy(writing->bytes + field->offset, &bits, field->size);
}

/* The bytes of a C string with or without quotes, escapes undone. Negative: it does not end. */
static long unquote(const char *text, char *bytes, size_t size)
{
	size_t length = 0;
	char quote = *text == '"' || *text == '\'' ? *text : '\0';

	if (quote != '\0')
		text++;
	for (; *text != '\0' && *text != quote; text++) {
		char c = *text;

		if (c == '\\' && text[1] != '\0') {
			text++;
			if (*text == 'x' && isxdigit((unsigned char)text[1])) {
				char *end;
				char digits[3] = {text[1],
						  isxdigit((unsigned char)text[2]) ? text[2] : '\0',
						  '\0'};

				c = (char)strtoul(digits, &end, 16);
				text += end - digits;
			} else {
				c = *text == 'n'   ? '\n'
				    : *text == 't' ? '\t'
				    : *text == '0' ? '\0'
						   : *text;
			}
		}
		if (length < size)
			bytes[length] = c;
		length++;
	}
	if (quote != '\0' && (*text != quote || text[1] != '\0'))
		return -1;
	return (long)length;
}

static int set_string(const struct writing *writing)
{
	const struct types_field *field = writing->field;
	char *bytes = calloc(1, field->size > 0 ? field->size : 1);
	long length;

	if (bytes == NULL)
		return refuse(writing, -ENOMEM, "out of memory");
	length = unquote(writing->text, bytes, field->size);
	if (length >= 0 && (uint64_t)length <= field->size)
		memcpy(writing->bytes + field->offset, bytes, field->size);
	free(bytes);
	if (length < 0)
		return refuse(writing, -EINVAL, "its quotes do not close");
	if ((uint64_t)length > field->size)
		return refuse(writing, -ERANGE, "it is too long");
	return 0;
}

static int set_real(const struct writing *writing)
{
	char *end;
	double value = strtod(writing->text, &end);
	float single = (float)value;
	long double wide = (long double)value;
	const void *from = writing->field->size == sizeof(single)  ? (const void *)&single
			   : writing->field->size == sizeof(value) ? (const void *)&value
								   : (const void *)&wide;

	if (*writing->text == '\0' || *end != '\0')
		return refuse(writing, -EINVAL, "it is no number");
	if (writing->field->size == sizeof(single) && isfinite(value) && !isfinite(single))
		return refuse(writing, -ERANGE, "it does not fit");
	if (writing->field->size > sizeof(wide))
		return refuse(writing, -EINVAL, "it is a kind of float of another machine");
	memcpy(writing->bytes + writing->field->offset, from, writing->field->size);
	return 0;
}

static int set_integer(const struct writing *writing)
{
	const struct types_field *field = writing->field;
	uint32_t width = field->bit_size > 0 ? field->bit_size : (uint32_t)(8 * field->size);
	const char *text = writing->text;
	bool negative = *text == '-';
	types_wide bits;
	types_wide most;
	uint64_t value;
	char *end;

	errno = 0;
	value = strtoull(text + negative, &end, 0);
	if (!isdigit((unsigned char)text[negative]) || *end != '\0')
		return refuse(writing, -EINVAL, "it is no integer");
	if (negative && !field->is_signed && value != 0)
		return refuse(writing, -ERANGE, "it has no sign");
	most = width >= 128 ? ~(types_wide)0 : ((types_wide)1 << width) - 1;
	if (field->is_signed)
		most = (most >> 1) + negative;
	if (errno != 0 || value > most)
		return refuse(writing, -ERANGE, "it does not fit");
	bits = negative ? -(types_wide)value : value;
	put_bits(writing, bits);
	return 0;
}

int types_set(const struct types *types, const struct types_field *field, const char *text,
	      void *bytes, size_t size, char *error, size_t error_size)
{
	struct writing writing = {types, field, text, bytes, error, error_size};
	int64_t value;
	char one;

	if (field->offset > size || field->size > size - field->offset)
		return refuse(&writing, -ENODATA, "the bytes end before it");
	switch (field->kind) {
	case TYPES_KIND_STRING:
		return set_string(&writing);
	case TYPES_KIND_FLOAT:
		return set_real(&writing);
	case TYPES_KIND_ENUM:
		if (types_enumerator(types, field, text, &value) == 0) {
			put_bits(&writing, (types_wide)(types_signed_wide)value);
			return 0;
		}
		break;
	case TYPES_KIND_BOOL:
		if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
			put_bits(&writing, text[0] == 't');
			return 0;
		}
		if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
			return refuse(&writing, -EINVAL, "write true or false");
		break;
	case TYPES_KIND_CHAR:
		if (text[0] == '\'' && unquote(text, &one, 1) == 1) {
			put_bits(&writing, (unsigned char)one);
			return 0;
		}
		break;
	case TYPES_KIND_INT:
	case TYPES_KIND_POINTER:
		break;
	default:
		return refuse(&writing, -EINVAL, "write its members one by one");
	}
	if (field->size > 16)
		return refuse(&writing, -EINVAL, "it is no integer");
	return set_integer(&writing);
}
