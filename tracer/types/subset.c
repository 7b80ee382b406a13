/* SPDX-License-Identifier: MIT */
#include "types/inner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * The types that some types need, as BTF of their own. What a pointer leads to is never shown, so
 * that a struct behind one becomes a mere name.
 */
struct subset {
	const struct types *types;
	struct btf *btf;
	uint32_t *map; /* id there -> id here, 0: not taken */
	uint32_t *
		name_of; /* id of a struct there -> id here of what stands for it behind pointers */
	uint32_t *order; /* taken so far, in this order */
	uint32_t count;
	int status;
};

/* Only what values are made of. Of functions not even the names have been checked. */
static bool is_of_values(const struct btf_type *type)
{
	switch (btf_kind(type)) {
	case BTF_KIND_FUNC:
	case BTF_KIND_FUNC_PROTO:
	case BTF_KIND_VAR:
	case BTF_KIND_DATASEC:
	case BTF_KIND_DECL_TAG:
		return false;
	default:
		return true;
	}
}

static void take(struct subset *subset, uint32_t id)
{
	const struct btf_type *type = types_type(subset->types, id);
	int added;

	if (subset->status != 0 || id == 0 || type == NULL || !is_of_values(type) ||
	    subset->map[id] != 0)
		return;
	added = btf__add_type(subset->btf, subset->types->btf, type);
	if (added < 0) {
		subset->status = added;
		return;
	}
	subset->map[id] = (uint32_t)added;
	subset->order[subset->count++] = id;
}

static bool is_only_named(const struct btf_type *type)
{
	return btf_is_composite(type) || btf_is_fwd(type) || btf_is_func_proto(type);
}

/* Takes what the type itself refers to. */
static void take_needed(struct subset *subset, const struct btf_type *type)
{
	uint32_t target;

	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
		target = types_strip(subset->types, type->type);
		if (target != 0 && !is_only_named(types_type(subset->types, target)))
			take(subset, target);
		break;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		take(subset, type->type);
		break;
	case BTF_KIND_ARRAY:
		take(subset, btf_array(type)->type);
		take(subset, btf_array(type)->index_type);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (uint32_t i = 0; i < btf_vlen(type); i++)
			take(subset, btf_members(type)[i].type);
		break;
	default:
		break;
	}
}

/* What a pointer here refers to. */
static uint32_t pointed(struct subset *subset, uint32_t id)
{
	uint32_t target = types_strip(subset->types, id);
	const struct btf_type *type = types_type(subset->types, target);
	int added;

	if (target == 0)
		return 0;
	if (subset->map[target] != 0)
		return subset->map[target];
	if (!is_only_named(type) || types_string(subset->types, type->name_off)[0] == '\0')
		return 0;
	if (subset->name_of[target] == 0) {
		added = btf__add_fwd(subset->btf, types_string(subset->types, type->name_off),
				     btf_is_union(type) ? BTF_FWD_UNION : BTF_FWD_STRUCT);
		if (added < 0) {
			subset->status = added;
			return 0;
		}
		subset->name_of[target] = (uint32_t)added;
	}
	return subset->name_of[target];
}

/* What every member and element must have. */
static uint32_t taken(struct subset *subset, uint32_t id)
{
	if (subset->map[id] == 0)
		subset->status = -EBADMSG;
	return subset->map[id];
}

/* Turns the references of the copy into those of its new neighbours. */
static void refer(struct subset *subset, uint32_t id)
{
	const struct btf_type *type = types_type(subset->types, id);
	uint32_t target = btf_is_ptr(type) ? pointed(subset, type->type) : 0;
	/* The copy is the subset's own; adding types may have moved it. */
	struct btf_type *copy =
		(struct btf_type *)(uintptr_t)btf__type_by_id(subset->btf, subset->map[id]);

	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
		copy->type = target;
		break;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		copy->type = subset->map[type->type];
		break;
	case BTF_KIND_ARRAY:
		btf_array(copy)->type = taken(subset, btf_array(type)->type);
		btf_array(copy)->index_type = subset->map[btf_array(type)->index_type];
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (uint32_t i = 0; i < btf_vlen(type); i++)
			btf_members(copy)[i].type = taken(subset, btf_members(type)[i].type);
		break;
	default:
		break;
	}
}

static int make_subset(struct subset *subset, const char *const *names, const uint64_t *sizes,
		       size_t count, void **ret_data, size_t *ret_size)
{
	const void *data;
	uint32_t size = 0;
	uint32_t id;

	for (size_t i = 0; i < count; i++)
		if (types_find(subset->types, names[i], sizes != NULL ? sizes[i] : 0, &id) == 0)
			take(subset, id);
	for (uint32_t i = 0; i < subset->count && subset->status == 0; i++)
		take_needed(subset, types_type(subset->types, subset->order[i]));
	for (uint32_t i = 0; i < subset->count && subset->status == 0; i++)
		refer(subset, subset->order[i]);
	if (subset->status != 0)
		return subset->status;
	data = btf__raw_data(subset->btf, &size);
	if (data == NULL)
		return -ENOMEM;
	*ret_data = malloc(size);
	if (*ret_data == NULL)
		return -ENOMEM;
	memcpy(*ret_data, data, size);
	*ret_size = size;
	return 0;
}

int types_subset(const struct types *types, const char *const *names, const uint64_t *sizes,
		 size_t count, void **ret_data, size_t *ret_size)
{
	size_t ids = (size_t)types->count + 1;
	struct subset subset = {
		.types = types,
		.btf = btf__new_empty(),
		.map = calloc(ids, sizeof(uint32_t)),
		.name_of = calloc(ids, sizeof(uint32_t)),
		.order = calloc(ids, sizeof(uint32_t)),
	};
	int status = -ENOMEM;

	if (subset.btf != NULL && subset.map != NULL && subset.name_of != NULL &&
	    subset.order != NULL)
		status = make_subset(&subset, names, sizes, count, ret_data, ret_size);
	btf__free(subset.btf);
	free(subset.map);
	free(subset.name_of);
	free(subset.order);
	return status;
}
