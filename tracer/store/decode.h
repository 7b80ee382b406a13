/* SPDX-License-Identifier: MIT */
#ifndef STORE_DECODE_H
#define STORE_DECODE_H

/*
 * Payloads and states of a trace by their C types, of which it carries those that it needs. Belongs
 * to the connection's thread, as the connection does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tracer/types.h>

#include "store/sqlite.h"

/* BTF in a trace is compressed; both texts below are an error's. */
#define DECODE_BTF_MAX (UINT32_C(64) << 20)

struct decoder;

/* The types are loaded when they are first asked for. NULL: no memory. */
struct decoder *decoder_create(sqlite3 *db);
struct decoder *decoder_destroy(struct decoder *decoder);

/* The trace's types, NULL where it has none. They are the decoder's. */
const struct types *decoder_types(struct decoder *decoder);

/* Why there are none, and how to get them; "" where there are. Never NULL. */
const char *decoder_trouble(struct decoder *decoder);

/* What of a message type or behaviour is meant. */
enum decode_what {
	DECODE_MESSAGE,
	DECODE_REPLY,
	DECODE_STATE
};

/*
 * The C type of what is called `name`: a message type, a behaviour, or a C type itself. -ENOENT,
 * or -ESTALE where the trace's types have another size for it.
 */
int decoder_find(struct decoder *decoder, enum decode_what what, const char *name,
		 uint32_t *ret_id);

/*
 * The bytes as text; without a type, or where it does not fit, their size and the first of them in
 * hexadecimal, and as {"bytes":3,"hex":"0a0b0c"} in JSON. Bytes that end too early are no error:
 * the rest shows as "..." or null. Owns: the caller frees *ret_text. -ENOMEM.
 */
int decoder_text(struct decoder *decoder, enum decode_what what, const char *name,
		 const void *bytes, size_t size, enum types_form form, char **ret_text);

/* SQL: decode(bytes, name [, kind]). An SQLite code. */
int decode_register(sqlite3 *db);

#endif
