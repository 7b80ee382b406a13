/* SPDX-License-Identifier: MIT */
#include "types/inner.h"

#include <errno.h>
#include <string.h>

/*
 * A value, part by part, for whoever prints it. Types may contradict themselves and bytes may end:
 * the number of parts, their depth and every place in the bytes are bounded here and nowhere else.
 */

static int walk_member(struct types_walk *walk, const struct types_field *whole,
		       const struct types_member *member, bool last)
{
	struct types_field field;
	const struct btf_type *type =
		types_type(walk->types, types_strip(walk->types, member->type));
	uint64_t bits = 8 * whole->offset + member->bit_offset;
	int status = types_field_at(walk->types, member->type, bits, member->bit_size, &field);

	if (status != 0)
		return status;
	if (field.offset + field.size > whole->offset + whole->size)
		return -EBADMSG;
	/* A flexible array: what is left of the bytes are its elements. */
	if (last && btf_is_array(type) && btf_array(type)->nelems == 0 && whole->offset == 0 &&
	    walk->depth == 1) {
		walk->flexible = true;
		if (walk->size > field.offset)
			field.size = walk->size - field.offset;
	}
	walk->unnamed = member->name[0] == '\0' && field.kind >= TYPES_KIND_STRUCT;
	if (!walk->unnamed)
		walk->sink->member(walk, member->name);
	return types_walk(walk, &field);
}

static int walk_members(struct types_walk *walk, const struct types_field *field,
			const struct btf_type *type)
{
	int status = 0;

	for (uint32_t i = 0; status == 0 && i < btf_vlen(type); i++) {
		struct types_member member = types_member(walk->types, type, i);

		status = walk_member(walk, field, &member,
				     i + 1 == btf_vlen(type) && btf_is_struct(type));
	}
	return status;
}

/* How many elements from the nth on have the same bytes, 1 at least. */
static uint64_t repeats(const struct types_walk *walk, uint64_t offset, uint64_t size,
			uint64_t left)
{
	uint64_t count = 1;

	if (size == 0)
		return left;
	while (count < left && offset + (count + 1) * size <= walk->size &&
	       memcmp(walk->bytes + offset, walk->bytes + offset + count * size, size) == 0)
		count++;
	return count;
}

static int walk_elements(struct types_walk *walk, const struct types_field *field, uint32_t id,
			 uint64_t size, uint64_t count)
{
	int status = 0;
	uint64_t step;
	uint64_t shown = 0;

	for (uint64_t i = 0; status == 0 && i < count; i += step) {
		struct types_field element;

		step = 1;

		if (field->offset + i * size >= walk->size && size > 0) {
			walk->truncated = true;
			break;
		}
		status = types_field_at(walk->types, id, 8 * (field->offset + i * size), 0,
					&element);
		if (status != 0)
			break;
		if (walk->sink->repeat != NULL) {
			step = repeats(walk, element.offset, size, count - i);
			step = step < TYPES_REPEATS_MIN ? 1 : step;
		}
		walk->sink->element(walk, i);
		status = types_walk(walk, &element);
		if (status == 0 && step > 1)
			walk->sink->repeat(walk, step);
		if (status == 0 && walk->shown_max > 0 && ++shown == walk->shown_max &&
		    i + step < count) {
			walk->sink->more(walk, count - i - step);
			break;
		}
	}
	return status;
}

static int walk_array(struct types_walk *walk, const struct types_field *field,
		      const struct btf_type *type)
{
	uint64_t size;
	uint64_t count = btf_array(type)->nelems;
	int status = types_size(walk->types, btf_array(type)->type, &size);

	if (status != 0)
		return status;
	if (count == 0 && size > 0)
		count = field->size / size;
	walk->unnamed = false;
	walk->sink->begin(walk, field, count);
	status = walk_elements(walk, field, btf_array(type)->type, size, count);
	walk->sink->end(walk, field);
	return status;
}

/* Parts without bytes are few in an honest value. */
static uint64_t nodes_max(const struct types_walk *walk)
{
	uint64_t most = TYPES_NODES_LEAST + 2 * (uint64_t)walk->size;

	return most < TYPES_NODES_MAX ? most : TYPES_NODES_MAX;
}

int types_walk(struct types_walk *walk, const struct types_field *field)
{
	const struct btf_type *type =
		types_type(walk->types, types_strip(walk->types, field->type));
	int status;

	if (type == NULL || walk->depth >= TYPES_DEPTH_MAX)
		return -EBADMSG;
	if (++walk->nodes > nodes_max(walk))
		return -E2BIG;
	switch (field->kind) {
	case TYPES_KIND_STRUCT:
	case TYPES_KIND_UNION:
		walk->depth++;
		walk->sink->begin(walk, field, 0);
		status = walk_members(walk, field, type);
		walk->sink->end(walk, field);
		walk->depth--;
		return status;
	case TYPES_KIND_ARRAY:
		walk->depth++;
		status = walk_array(walk, field, type);
		walk->depth--;
		return status;
	default:
		if (field->offset + field->size > walk->size)
			walk->truncated = true;
		return walk->sink->scalar(walk, field);
	}
}

/* ---- Scalars ----------------------------------------------------------------------------------
 */

int types_bits(const struct types_field *field, const void *bytes, size_t size,
	       types_wide *ret_bits)
{
	types_wide bits = 0;
	uint32_t width = field->bit_size > 0 ? field->bit_size : (uint32_t)(8 * field->size);

	if (field->size > sizeof(bits) || field->offset > size ||
	    field->size > size - field->offset)
		return -ENODATA;
	/* The lowest byte comes first, on every machine that this runs on. */
	memcpy(&bits, (const char *)bytes + field->offset, field->size);
	bits >>= field->bit_offset;
	if (width < 128) {
		bits &= ((types_wide)1 << width) - 1;
		if (field->is_signed && width > 0 && (bits >> (width - 1)) != 0)
			bits |= ~(types_wide)0 << width;
	}
	*ret_bits = bits;
	return 0;
}

int types_get(const struct types_field *field, const void *bytes, size_t size,
	      struct types_scalar *ret_scalar)
{
	types_wide bits;
	long double wide;
	double real;
	float single;
	int status;

	if (field->kind >= TYPES_KIND_STRING)
		return -EINVAL;
	status = types_bits(field, bytes, size, &bits);
	if (status != 0)
		return status;
	if (field->kind == TYPES_KIND_FLOAT) {
		if (field->size == sizeof(float)) {
			memcpy(&single, &bits, sizeof(single));
			real = (double)single;
		} else if (field->size == sizeof(double)) {
			memcpy(&real, &bits, sizeof(real));
		} else if (field->size == sizeof(long double)) {
			memcpy(&wide, &bits, sizeof(wide));
			real = (double)wide;
		} else {
			return -EINVAL;
		}
		ret_scalar->number = TYPES_NUMBER_REAL;
		ret_scalar->real = real;
	} else if (field->is_signed) {
		ret_scalar->number = TYPES_NUMBER_SIGNED;
		ret_scalar->i = (int64_t)bits;
	} else {
		ret_scalar->number = TYPES_NUMBER_UNSIGNED;
		ret_scalar->u = (uint64_t)bits;
	}
	return 0;
}
