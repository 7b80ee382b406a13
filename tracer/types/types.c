/* SPDX-License-Identifier: MIT */
#include "types/inner.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

const struct btf_type *types_type(const struct types *types, uint32_t id)
{
	return id <= types->count ? btf__type_by_id(types->btf, id) : NULL;
}

const char *types_string(const struct types *types, uint32_t offset)
{
	const char *text = btf__str_by_offset(types->btf, offset);

	return text != NULL ? text : "";
}

uint32_t types_count(const struct types *types)
{
	return types->count;
}

/* ---- Checks -----------------------------------------------------------------------------------
 */

static bool name_is_sane(const struct types *types, uint32_t offset)
{
	const char *name = btf__str_by_offset(types->btf, offset);

	if (name == NULL)
		return false;
	for (; *name != '\0'; name++)
		if ((unsigned char)*name < 0x20 || *name == 0x7f || *name == '"' || *name == '\\')
			return false;
	return true;
}

static bool id_is_sane(const struct types *types, uint32_t id)
{
	return id <= types->count;
}

static bool members_are_sane(const struct types *types, const struct btf_type *type)
{
	const struct btf_member *member = btf_members(type);

	for (uint32_t i = 0; i < btf_vlen(type); i++, member++)
		if (!name_is_sane(types, member->name_off) || !id_is_sane(types, member->type) ||
		    member->type == 0)
			return false;
	return true;
}

static bool enumerators_are_sane(const struct types *types, const struct btf_type *type)
{
	for (uint32_t i = 0; i < btf_vlen(type); i++)
		if (!name_is_sane(types, btf_is_enum64(type) ? btf_enum64(type)[i].name_off
							     : btf_enum(type)[i].name_off))
			return false;
	return type->size == 1 || type->size == 2 || type->size == 4 || type->size == 8;
}

/*
 * What libbpf does not look at: whether names and references lead anywhere, and sizes are those of
 * such types. What refers to itself is found where it is followed.
 */
static bool type_is_sane(const struct types *types, const struct btf_type *type)
{
	const struct btf_array *array;

	if (!name_is_sane(types, type->name_off))
		return false;
	switch (btf_kind(type)) {
	case BTF_KIND_INT:
		return type->size >= 1 && type->size <= 16 && btf_int_bits(type) >= 1 &&
		       btf_int_bits(type) + btf_int_offset(type) <= 8 * type->size;
	case BTF_KIND_FLOAT:
		return type->size == 2 || type->size == 4 || type->size == 8 || type->size == 12 ||
		       type->size == 16 || type->size == 32;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return enumerators_are_sane(types, type);
	case BTF_KIND_ARRAY:
		array = btf_array(type);
		return array->type != 0 && id_is_sane(types, array->type) &&
		       id_is_sane(types, array->index_type);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return members_are_sane(types, type);
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return id_is_sane(types, type->type);
	default:
		return true; /* functions and the like: no values have them */
	}
}

/* The header, before libbpf reads it: alignment, and that one part does not lie in another. */
static bool header_is_sane(const void *data, size_t size)
{
	struct btf_header header;

	if (size < sizeof(header) || size > TYPES_DATA_MAX)
		return false;
	memcpy(&header, data, sizeof(header));
	return header.magic == BTF_MAGIC && header.version == BTF_VERSION &&
	       header.hdr_len >= sizeof(header) && header.hdr_len % 4 == 0 &&
	       header.hdr_len <= size && header.type_off % 4 == 0 && header.type_len % 4 == 0 &&
	       (uint64_t)header.hdr_len + header.type_off + header.type_len <= size &&
	       (uint64_t)header.hdr_len + header.str_off + header.str_len <= size;
}

int types_parse(const void *data, size_t size, struct types **ret_types, char *error,
		size_t error_size)
{
	libbpf_print_fn_t print;
	struct types *types;

	if (!header_is_sane(data, size)) {
		snprintf(error, error_size,
			 "this is no BTF, or BTF of another version or machine; "
			 "make it anew with actor-trace types");
		return -EBADMSG;
	}
	types = calloc(1, sizeof(*types));
	if (types == NULL) {
		snprintf(error, error_size, "out of memory");
		return -ENOMEM;
	}
	print = libbpf_set_print(NULL);
	types->btf = btf__new(data, (uint32_t)size);
	libbpf_set_print(print);
	if (types->btf == NULL) {
		int status = errno == ENOMEM ? -ENOMEM : -EBADMSG;

		snprintf(error, error_size,
			 "the BTF is damaged: %s; make it anew with "
			 "actor-trace types",
			 strerror(errno));
		types_close(types);
		return status;
	}
	types->count = btf__type_cnt(types->btf) - 1;
	for (uint32_t id = 1; id <= types->count; id++) {
		const struct btf_type *type = types_type(types, id);

		if (type == NULL || !type_is_sane(types, type)) {
			snprintf(error, error_size,
				 "the BTF is damaged: type %u of %u contradicts "
				 "itself; make it anew with actor-trace types",
				 id, types->count);
			types_close(types);
			return -EBADMSG;
		}
	}
	*ret_types = types;
	return 0;
}

struct types *types_close(struct types *types)
{
	if (types != NULL) {
		btf__free(types->btf);
		free(types);
	}
	return NULL;
}

const void *types_data(const struct types *types, size_t *ret_size)
{
	uint32_t size = 0;
	const void *data = btf__raw_data(types->btf, &size);

	*ret_size = size;
	return data;
}

/* ---- What a type is ---------------------------------------------------------------------------
 */

uint32_t types_strip(const struct types *types, uint32_t id)
{
	for (int step = 0; step < TYPES_DEPTH_MAX; step++) {
		const struct btf_type *type = types_type(types, id);

		if (type == NULL || id == 0)
			return 0;
		if (!btf_is_mod(type) && !btf_is_typedef(type) && !btf_is_type_tag(type))
			return id;
		id = type->type;
	}
	return 0;
}

static bool is_char(const struct types *types, const struct btf_type *type)
{
	return btf_is_int(type) && type->size == 1 &&
	       strcmp(types_string(types, type->name_off), "char") == 0;
}

static int kind_of(const struct types *types, uint32_t stripped, enum types_kind *ret_kind)
{
	const struct btf_type *type = types_type(types, stripped);

	if (type == NULL || stripped == 0)
		return -EBADMSG;
	switch (btf_kind(type)) {
	case BTF_KIND_INT:
		*ret_kind = (btf_int_encoding(type) & BTF_INT_BOOL) ? TYPES_KIND_BOOL
			    : is_char(types, type)                  ? TYPES_KIND_CHAR
								    : TYPES_KIND_INT;
		return 0;
	case BTF_KIND_FLOAT:
		*ret_kind = TYPES_KIND_FLOAT;
		return 0;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		*ret_kind = TYPES_KIND_ENUM;
		return 0;
	case BTF_KIND_PTR:
		*ret_kind = TYPES_KIND_POINTER;
		return 0;
	case BTF_KIND_STRUCT:
		*ret_kind = TYPES_KIND_STRUCT;
		return 0;
	case BTF_KIND_UNION:
		*ret_kind = TYPES_KIND_UNION;
		return 0;
	case BTF_KIND_ARRAY: {
		uint32_t element = types_strip(types, btf_array(type)->type);

		if (element == 0)
			return -EBADMSG;
		*ret_kind = is_char(types, types_type(types, element)) ? TYPES_KIND_STRING
								       : TYPES_KIND_ARRAY;
		return 0;
	}
	default:
		return -EBADMSG; /* of a function or of nothing there are no values */
	}
}

int types_kind(const struct types *types, uint32_t id, enum types_kind *ret_kind)
{
	return kind_of(types, types_strip(types, id), ret_kind);
}

int types_size(const struct types *types, uint32_t id, uint64_t *ret_size)
{
	uint64_t times = 1;

	for (int step = 0; step < TYPES_DEPTH_MAX; step++) {
		const struct btf_type *type;

		id = types_strip(types, id);
		type = types_type(types, id);
		if (id == 0 || type == NULL)
			return -EBADMSG;
		switch (btf_kind(type)) {
		case BTF_KIND_INT:
		case BTF_KIND_FLOAT:
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
			return __builtin_mul_overflow(times, (uint64_t)type->size, ret_size)
				       ? -EBADMSG
				       : 0;
		case BTF_KIND_PTR:
			return __builtin_mul_overflow(times, (uint64_t)sizeof(void *), ret_size)
				       ? -EBADMSG
				       : 0;
		case BTF_KIND_ARRAY:
			if (__builtin_mul_overflow(times, (uint64_t)btf_array(type)->nelems,
						   &times))
				return -EBADMSG;
			id = btf_array(type)->type;
			break;
		default:
			return -EBADMSG;
		}
	}
	return -EBADMSG;
}

struct types_member types_member(const struct types *types, const struct btf_type *type,
				 uint32_t index)
{
	const struct btf_member *member = &btf_members(type)[index];

	return (struct types_member){
		.name = types_string(types, member->name_off),
		.type = member->type,
		.bit_offset = btf_member_bit_offset(type, index),
		.bit_size = btf_member_bitfield_size(type, index),
	};
}

int types_field_at(const struct types *types, uint32_t id, uint64_t bits, uint32_t bit_size,
		   struct types_field *ret_field)
{
	uint32_t stripped = types_strip(types, id);
	const struct btf_type *type = types_type(types, stripped);
	struct types_field field = {.type = id};
	int status = kind_of(types, stripped, &field.kind);

	if (status == 0)
		status = types_size(types, id, &field.size);
	if (status != 0)
		return status;
	if (btf_is_int(type)) {
		field.is_signed = btf_int_encoding(type) & BTF_INT_SIGNED;
		/* The old way to say bit-field: an int type of its own. */
		if (bit_size == 0 &&
		    (btf_int_bits(type) != 8 * type->size || btf_int_offset(type) != 0)) {
			bit_size = btf_int_bits(type);
			bits += btf_int_offset(type);
		}
	} else if (btf_is_any_enum(type)) {
		field.is_signed = btf_kflag(type);
	}
	field.offset = bits / 8;
	if (bit_size > 0 || bits % 8 != 0) {
		if (!btf_is_int(type) && !btf_is_any_enum(type))
			return -EBADMSG;
		if (bit_size == 0)
			bit_size = (uint32_t)(8 * field.size);
		if (bit_size > 120)
			return -EBADMSG;
		field.bit_offset = (uint32_t)(bits % 8);
		field.bit_size = bit_size;
		field.size = (field.bit_offset + bit_size + 7) / 8;
	}
	*ret_field = field;
	return 0;
}

/* ---- Names ------------------------------------------------------------------------------------
 */

static void name_of(const struct types *types, uint32_t id, int depth, char *text, size_t size);

static void name_of_pointer(const struct types *types, const struct btf_type *type, int depth,
			    char *text, size_t size)
{
	const struct btf_type *target = types_type(types, type->type);
	char inner[128];

	if (target != NULL && btf_is_func_proto(target)) {
		snprintf(text, size, "function *");
		return;
	}
	name_of(types, type->type, depth, inner, sizeof(inner));
	snprintf(text, size, "%s%s*", inner, inner[strlen(inner) - 1] == '*' ? "" : " ");
}

static void name_of_array(const struct types *types, const struct btf_type *type, int depth,
			  char *text, size_t size)
{
	char inner[128];
	char *bracket;

	name_of(types, btf_array(type)->type, depth, inner, sizeof(inner));
	/* int[2][3] is two of int[3]. */
	bracket = strchr(inner, '[');
	snprintf(text, size, "%.*s[%u]%s", bracket != NULL ? (int)(bracket - inner) : 128, inner,
		 btf_array(type)->nelems, bracket != NULL ? bracket : "");
}

static void name_of(const struct types *types, uint32_t id, int depth, char *text, size_t size)
{
	const struct btf_type *type = types_type(types, id);
	const char *name;

	if (type == NULL || id == 0 || depth == 0) {
		snprintf(text, size, "%s", id == 0 ? "void" : "?");
		return;
	}
	name = types_string(types, type->name_off);
	switch (btf_kind(type)) {
	case BTF_KIND_STRUCT:
		snprintf(text, size, "struct %s", name[0] != '\0' ? name : "{...}");
		break;
	case BTF_KIND_UNION:
		snprintf(text, size, "union %s", name[0] != '\0' ? name : "{...}");
		break;
	case BTF_KIND_FWD:
		snprintf(text, size, "%s %s", btf_kflag(type) ? "union" : "struct", name);
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		snprintf(text, size, "enum %s", name[0] != '\0' ? name : "{...}");
		break;
	case BTF_KIND_PTR:
		name_of_pointer(types, type, depth - 1, text, size);
		break;
	case BTF_KIND_ARRAY:
		name_of_array(types, type, depth - 1, text, size);
		break;
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		name_of(types, type->type, depth - 1, text, size);
		break;
	default:
		snprintf(text, size, "%s", name[0] != '\0' ? name : "?");
	}
}

const char *types_name(const struct types *types, uint32_t id, char *text, size_t size)
{
	name_of(types, id, 16, text, size);
	return text;
}
