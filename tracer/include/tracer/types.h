/* SPDX-License-Identifier: MIT */
#ifndef TRACER_TYPES_H
#define TRACER_TYPES_H

/*
 * Payloads and states by their C types. The types come from BTF, a compact form of the debugging
 * information, which `actor-trace types` makes of a program (docs/TYPES.md); libbpf reads it.
 * Without libbpf in the build every function that loads types returns -EOPNOTSUPP.
 *
 * A type is a number, `id`, valid for the `struct types` it was found in. Neither the types nor the
 * bytes are trusted: what contradicts itself gives -EBADMSG, bytes that end too early -ENODATA, and
 * no pointer is ever followed. Statuses are negated errnos; where a function has an `error` buffer,
 * it holds a sentence that says what, why and what to do. Out-parameters are untouched on failure
 * unless it says otherwise.
 *
 * Thread: loaded types are constant and may be read by several threads at once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct types; /* the C types of one program */

/* ---- Loading ----------------------------------------------------------------------------------
 */

/*
 * Types of the program at `path`: its section .BTF, else the file PATH.btf, else `path` itself
 * where it is BTF and nothing else. -ENOENT: there are none, and `error` says how to get them;
 * -ESTALE: PATH.btf was made of another build.
 * Owns: the caller closes *ret_types.
 */
int types_open(const char *path, struct types **ret_types, char *error, size_t error_size);

/*
 * The same for a running program, which may be in another mount namespace or already replaced on
 * disk. `program` is its path as it knows it, NULL: not known.
 */
int types_open_process(uint32_t pid, const char *program, struct types **ret_types, char *error,
		       size_t error_size);

/* From memory, as types_data gives it; the bytes are copied. */
int types_parse(const void *data, size_t size, struct types **ret_types, char *error,
		size_t error_size);

/* Accepts NULL, returns NULL. */
struct types *types_close(struct types *types);

/* The BTF itself. It stays the types' own. */
const void *types_data(const struct types *types, size_t *ret_size);

/*
 * Those of the types that the named C types need, as BTF of their own: what a trace carries. What
 * is not known is passed over. `sizes`: as in types_find, or NULL.
 * Owns: the caller frees *ret_data.
 */
int types_subset(const struct types *types, const char *const *names, const uint64_t *sizes,
		 size_t count, void **ret_data, size_t *ret_size);

/*
 * Makes types of the debugging information in the program at `path`, with pahole, and writes them
 * to `output`, which appears whole or not at all. Takes a second or so for a large program.
 */
int types_make(const char *path, const char *output, char *error, size_t error_size);

/* ---- Types ------------------------------------------------------------------------------------
 */

enum types_kind {
	TYPES_KIND_INT,  /* signed or not, up to 16 bytes */
	TYPES_KIND_CHAR, /* plain char */
	TYPES_KIND_BOOL,
	TYPES_KIND_FLOAT, /* 4, 8 or 16 bytes */
	TYPES_KIND_ENUM,
	TYPES_KIND_POINTER, /* to data or functions */
	TYPES_KIND_STRING,  /* array of plain char */
	TYPES_KIND_ARRAY,
	TYPES_KIND_STRUCT,
	TYPES_KIND_UNION
};

/*
 * The type called `ctype`, as C writes it: "struct counter", "uint64_t", "unsigned int", "enum
 * color", "char *". Of several with that name, the one that has `size` bytes (0: the first one).
 * -ENOENT: no such type; -ESTALE: there is one, and its size is another.
 */
int types_find(const struct types *types, const char *ctype, uint64_t size, uint32_t *ret_id);

/* Bytes of one value; a flexible array at the end counts nothing. */
int types_size(const struct types *types, uint32_t id, uint64_t *ret_size);

int types_kind(const struct types *types, uint32_t id, enum types_kind *ret_kind);

/* "struct counter", "uint32_t", "char[16]": as C would write it, cut to fit. Returns `text`. */
const char *types_name(const struct types *types, uint32_t id, char *text, size_t size);

/*
 * Where the type holds a pointer, if it does: the path of the first one, such as "items[].next". A
 * message with a pointer breaks isolation and replay.
 */
bool types_has_pointer(const struct types *types, uint32_t id, char *path, size_t size);

/* How many types there are: ids are 1 to this. */
uint32_t types_count(const struct types *types);

/* ---- Values -----------------------------------------------------------------------------------
 */

enum types_form {
	TYPES_FORM_LINE,  /* {pos = {x = 1.5, y = 2}, name = "bob"} */
	TYPES_FORM_LINES, /* a member in each line, indented by what it is in */
	TYPES_FORM_JSON   /* {"pos":{"x":1.5,"y":2},"name":"bob"} */
};

/*
 * The value in `bytes` as text, without control characters. Where the bytes end before the value
 * does, the text holds what is there and the status is -ENODATA. Bytes behind the value belong to
 * its flexible array, if it has one, and are shown in hexadecimal else. -E2BIG: too much to show.
 * Owns: the caller frees *ret_text, which is also set with -ENODATA.
 */
int types_format(const struct types *types, uint32_t id, const void *bytes, size_t size,
		 enum types_form form, char **ret_text);

/* For bytes without a type: "24 bytes: 0a0000..", at most `shown` of them. Owns: as above. */
int types_format_hex(const void *bytes, size_t size, size_t shown, char **ret_text);

/* One scalar of a value. The strings are the callee's only during the call. */
struct types_column {
	const char *path;  /* "pos.x", "items[3].id"; "" for a value that is a scalar itself */
	const char *value; /* as in the form LINE */
	enum types_kind kind;
	uint32_t type;
	uint64_t offset; /* of its first byte */
};

/* Calls `take` for each scalar and string in order; it stops when that returns other than 0. */
int types_columns(const struct types *types, uint32_t id, const void *bytes, size_t size,
		  int (*take)(void *context, const struct types_column *column), void *context);

/* ---- Fields -----------------------------------------------------------------------------------
 */

/* A part of a value. */
struct types_field {
	uint32_t type;
	enum types_kind kind;
	uint64_t offset;     /* bytes from the beginning of the value */
	uint64_t size;       /* bytes; of a bit-field: those that it touches */
	uint32_t bit_offset; /* of a bit-field: from the lowest bit at `offset` */
	uint32_t bit_size;   /* 0: not a bit-field */
	bool is_signed;
};

/*
 * "pos.x", "items[3].id", "self->pos.x": a first word self, state, message or payload stands for
 * the value itself, unless it has a member of that name. An index beyond an array is refused, but
 * for a flexible one. -ENOENT: no such member, and `error` names those that there are; -EINVAL: it
 * is not a path; -ELOOP: it leads through a pointer.
 */
int types_field(const struct types *types, uint32_t id, const char *path,
		struct types_field *ret_field, char *error, size_t error_size);

enum types_number {
	TYPES_NUMBER_SIGNED,
	TYPES_NUMBER_UNSIGNED,
	TYPES_NUMBER_REAL
};

/* A scalar as a number. Enums, bools, chars and pointers are integers. */
struct types_scalar {
	enum types_number number;
	union {
		int64_t i;   /* SIGNED */
		uint64_t u;  /* UNSIGNED */
		double real; /* REAL */
	};
};

/* -ENODATA: the bytes end before the field does; -EINVAL: it is no number. */
int types_get(const struct types_field *field, const void *bytes, size_t size,
	      struct types_scalar *ret_scalar);

/* The field as text in `form`; see types_format. */
int types_get_text(const struct types *types, const struct types_field *field, const void *bytes,
		   size_t size, enum types_form form, char **ret_text);

/* The value of the enumerator called `name` in the field's enum; -ENOENT. */
int types_enumerator(const struct types *types, const struct types_field *field, const char *name,
		     int64_t *ret_value);

/*
 * Writes `text` into the field: a number, an enumerator, true or false, a string with or without
 * quotes. -ERANGE: it does not fit; -EINVAL: it is no value of that type.
 */
int types_set(const struct types *types, const struct types_field *field, const char *text,
	      void *bytes, size_t size, char *error, size_t error_size);

#ifdef __cplusplus
}
#endif

#endif
