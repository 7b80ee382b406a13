/* SPDX-License-Identifier: MIT */

/* In place of this folder's other files, where the build has no libbpf: there are no types. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <tracer/types.h>

static int refuse(char *error, size_t error_size)
{
	snprintf(error, error_size,
		 "this build reads no types; build it with libbpf (option bpf) to have them");
	return -EOPNOTSUPP;
}

int types_open(const char *path, struct types **ret_types, char *error, size_t error_size)
{
	(void)path;
	(void)ret_types;
	return refuse(error, error_size);
}

int types_open_process(uint32_t pid, const char *program, struct types **ret_types, char *error,
		       size_t error_size)
{
	(void)pid;
	(void)program;
	(void)ret_types;
	return refuse(error, error_size);
}

int types_parse(const void *data, size_t size, struct types **ret_types, char *error,
		size_t error_size)
{
	(void)data;
	(void)size;
	(void)ret_types;
	return refuse(error, error_size);
}

int types_make(const char *path, const char *output, char *error, size_t error_size)
{
	(void)path;
	(void)output;
	return refuse(error, error_size);
}

/* What follows takes types, and there are none. */

struct types *types_close(struct types *types)
{
	(void)types;
	return NULL;
}

const void *types_data(const struct types *types, size_t *ret_size)
{
	(void)types;
	(void)ret_size;
	return NULL;
}

int types_subset(const struct types *types, const char *const *names, const uint64_t *sizes,
		 size_t count, void **ret_data, size_t *ret_size)
{
	(void)types;
	(void)names;
	(void)sizes;
	(void)count;
	(void)ret_data;
	(void)ret_size;
	return -EOPNOTSUPP;
}

int types_find(const struct types *types, const char *ctype, uint64_t size, uint32_t *ret_id)
{
	(void)types;
	(void)ctype;
	(void)size;
	(void)ret_id;
	return -EOPNOTSUPP;
}

int types_size(const struct types *types, uint32_t id, uint64_t *ret_size)
{
	(void)types;
	(void)id;
	(void)ret_size;
	return -EOPNOTSUPP;
}

int types_kind(const struct types *types, uint32_t id, enum types_kind *ret_kind)
{
	(void)types;
	(void)id;
	(void)ret_kind;
	return -EOPNOTSUPP;
}

const char *types_name(const struct types *types, uint32_t id, char *text, size_t size)
{
	(void)types;
	(void)id;
	if (size > 0)
		text[0] = '\0';
	return text;
}

bool types_has_pointer(const struct types *types, uint32_t id, char *path, size_t size)
{
	(void)types;
	(void)id;
	(void)path;
	(void)size;
	return false;
}

uint32_t types_count(const struct types *types)
{
	(void)types;
	return 0;
}

int types_format(const struct types *types, uint32_t id, const void *bytes, size_t size,
		 enum types_form form, char **ret_text)
{
	(void)types;
	(void)id;
	(void)bytes;
	(void)size;
	(void)form;
	(void)ret_text;
	return -EOPNOTSUPP;
}

int types_columns(const struct types *types, uint32_t id, const void *bytes, size_t size,
		  int (*take)(void *context, const struct types_column *column), void *context)
{
	(void)types;
	(void)id;
	(void)bytes;
	(void)size;
	(void)take;
	(void)context;
	return -EOPNOTSUPP;
}

int types_field(const struct types *types, uint32_t id, const char *path,
		struct types_field *ret_field, char *error, size_t error_size)
{
	(void)types;
	(void)id;
	(void)path;
	(void)ret_field;
	return refuse(error, error_size);
}

int types_get(const struct types_field *field, const void *bytes, size_t size,
	      struct types_scalar *ret_scalar)
{
	(void)field;
	(void)bytes;
	(void)size;
	(void)ret_scalar;
	return -EOPNOTSUPP;
}

int types_get_text(const struct types *types, const struct types_field *field, const void *bytes,
		   size_t size, enum types_form form, char **ret_text)
{
	(void)types;
	(void)field;
	(void)bytes;
	(void)size;
	(void)form;
	(void)ret_text;
	return -EOPNOTSUPP;
}

int types_enumerator(const struct types *types, const struct types_field *field, const char *name,
		     int64_t *ret_value)
{
	(void)types;
	(void)field;
	(void)name;
	(void)ret_value;
	return -EOPNOTSUPP;
}

int types_set(const struct types *types, const struct types_field *field, const char *text,
	      void *bytes, size_t size, char *error, size_t error_size)
{
	(void)types;
	(void)field;
	(void)text;
	(void)bytes;
	(void)size;
	return refuse(error, error_size);
}
