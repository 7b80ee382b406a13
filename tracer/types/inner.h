/* SPDX-License-Identifier: MIT */
#ifndef TRACER_TYPES_INNER_H
#define TRACER_TYPES_INNER_H

/* What the files of this folder share. */

#include <tracer/types.h>

#include <bpf/btf.h>

#define TYPES_DEPTH_MAX   64                   /* of typedefs, and of values in values */
#define TYPES_NODES_MAX   (1u << 20)           /* of one value */
#define TYPES_NODES_LEAST 1024                 /* so many it may have, however few its bytes */
#define TYPES_STEPS_MAX   (1u << 14)           /* members that a search looks at */
#define TYPES_REPEATS_MIN 8                    /* equal elements that are told as one */
#define TYPES_SHOWN_MAX   256                  /* elements of an array, in a text for people */
#define TYPES_TEXT_MAX    (UINT32_C(16) << 20) /* bytes of a value's text */
#define TYPES_DATA_MAX    (UINT32_C(64) << 20) /* bytes of BTF */

/* Begins a type that stands for the build that the types were made of; its id follows in hex. */
#define TYPES_BUILD_PREFIX "build_id_"

/* Room for every scalar. */
__extension__ typedef unsigned __int128 types_wide;
__extension__ typedef __int128 types_signed_wide;

struct types {
	struct btf *btf;
	uint32_t count;
};

/* NULL: no such type. */
const struct btf_type *types_type(const struct types *types, uint32_t id);
const char *types_string(const struct types *types, uint32_t offset);

/* The type behind typedefs, const and the like. 0: the types contradict themselves. */
uint32_t types_strip(const struct types *types, uint32_t id);

/* A member of a struct or union: place from the beginning of it, width 0 but for bit-fields. */
struct types_member {
	const char *name; /* "": the members of an unnamed struct or union */
	uint32_t type;
	uint32_t bit_offset;
	uint32_t bit_size;
};

/* `type` is a struct or union, `index` below its number of members. */
struct types_member types_member(const struct types *types, const struct btf_type *type,
				 uint32_t index);

/* The field for a type that lies `bits` from the beginning. -EBADMSG. */
int types_field_at(const struct types *types, uint32_t id, uint64_t bits, uint32_t bit_size,
		   struct types_field *ret_field);

/* The bits of a scalar, in the low end of 128; sign extended where it is signed. -ENODATA. */
int types_bits(const struct types_field *field, const void *bytes, size_t size,
	       types_wide *ret_bits);

/* ---- Text that grows ----------------------------------------------------------------------- */

struct types_text {
	char *text;
	size_t length;
	size_t room;
	int status;
};

void types_text_add(struct types_text *text, const char *bytes, size_t size);
void types_text_format(struct types_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A quoted string; what is not printable is escaped the way C does, or JSON. */
void types_text_quote(struct types_text *text, const char *bytes, size_t size, bool json);

/* ---- Values --------------------------------------------------------------------------------- */

struct types_walk;

/* What is done with a value, part by part. */
struct types_sink {
	/* A struct, union or array begins or ends. `count`: of an array, its elements. */
	void (*begin)(struct types_walk *walk, const struct types_field *field, uint64_t count);
	void (*end)(struct types_walk *walk, const struct types_field *field);
	/* What follows is this member, or this element. */
	void (*member)(struct types_walk *walk, const char *name);
	void (*element)(struct types_walk *walk, uint64_t index);
	/* The last element stands for so many that are equal. NULL: each is wanted. */
	void (*repeat)(struct types_walk *walk, uint64_t count);
	/* So many elements are left out; only with `shown_max`. */
	void (*more)(struct types_walk *walk, uint64_t count);
	/* Returns other than 0 to stop. */
	int (*scalar)(struct types_walk *walk, const struct types_field *field);
};

struct types_walk {
	const struct types *types;
	const struct types_sink *sink;
	const unsigned char *bytes;
	size_t size;
	uint64_t shown_max; /* elements of an array, 0: all */
	uint32_t nodes;
	uint32_t depth;
	bool unnamed; /* what begins is an unnamed member: its members are those of what it is in */
	bool truncated; /* the bytes ended before the value */
	bool flexible;  /* the value ends in a flexible array: nothing lies behind it */
};

/* 0, -ENODATA, -EBADMSG, -E2BIG or what the sink has returned. */
int types_walk(struct types_walk *walk, const struct types_field *field);

/* A scalar or a string as text; "..." or null where the bytes end before it. */
void types_scalar_text(const struct types_walk *walk, const struct types_field *field, bool json,
		       struct types_text *text);

/* ---- ELF ------------------------------------------------------------------------------------ */

struct types_elf {
	void *btf; /* NULL: there is none */
	size_t btf_size;
	bool is_elf;
	bool has_dwarf;
	char build_id[81]; /* hex, "" when there is none */
};

/* What `path` says of itself. Owns: the caller frees `btf`. A file that is no ELF is no error. */
int types_elf_read(const char *path, struct types_elf *ret_elf);

#endif
