/* SPDX-License-Identifier: MIT */
#include "store/decode.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#define HEX_SHOWN    48
#define CACHE_ROUNDS 64

/* What was found of a name. */
struct found {
	struct found *next;
	enum decode_what what;
	int status;
	uint32_t id;
	char name[];
};

struct decoder {
	sqlite3 *db;
	struct types *types;
	struct found *cache[CACHE_ROUNDS];
	bool loaded;
	char trouble[512];
};

struct decoder *decoder_create(sqlite3 *db)
{
	struct decoder *decoder = calloc(1, sizeof(*decoder));

	if (decoder != NULL)
		decoder->db = db;
	return decoder;
}

struct decoder *decoder_destroy(struct decoder *decoder)
{
	if (decoder == NULL)
		return NULL;
	types_close(decoder->types);
	for (size_t i = 0; i < CACHE_ROUNDS; i++) {
		while (decoder->cache[i] != NULL) {
			struct found *next = decoder->cache[i]->next;

			free(decoder->cache[i]);
			decoder->cache[i] = next;
		}
	}
	free(decoder);
	return NULL;
}

/* ---- Loading ----------------------------------------------------------------------------------
 */

static void unpack(struct decoder *decoder, const void *data, size_t stored, int64_t size)
{
	void *bytes;
	size_t got;

	if (size <= 0 || size > DECODE_BTF_MAX) {
		snprintf(decoder->trouble, sizeof(decoder->trouble),
			 "the trace's types are damaged");
		return;
	}
	bytes = malloc((size_t)size);
	if (bytes == NULL) {
		snprintf(decoder->trouble, sizeof(decoder->trouble), "out of memory");
		return;
	}
	got = ZSTD_decompress(bytes, (size_t)size, data, stored);
	if (ZSTD_isError(got) || got != (size_t)size)
		snprintf(decoder->trouble, sizeof(decoder->trouble),
			 "the trace's types are damaged");
	else
		types_parse(bytes, (size_t)size, &decoder->types, decoder->trouble,
			    sizeof(decoder->trouble));
	free(bytes);
}

/* Why the recorder has stored none. */
static void explain(struct decoder *decoder)
{
	sqlite3_stmt *statement;
	const char *why = NULL;

	if (sqlite3_prepare_v2(decoder->db, "SELECT value FROM meta WHERE key = 'no_types'", -1,
			       &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		why = (const char *)sqlite3_column_text(statement, 0);
	snprintf(decoder->trouble, sizeof(decoder->trouble), "%s",
		 why != NULL ? why
			     : "this trace has no types; make them with 'actor-trace types "
			       "PROGRAM' before it is recorded");
	sqlite3_finalize(statement);
}

static void load(struct decoder *decoder)
{
	sqlite3_stmt *statement;

	if (decoder->loaded)
		return;
	decoder->loaded = true;
	/* Traces of older recorders have no such table. */
	if (sqlite3_prepare_v2(decoder->db, "SELECT size, data FROM btf WHERE id = 1", -1,
			       &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		unpack(decoder, sqlite3_column_blob(statement, 1),
		       (size_t)sqlite3_column_bytes(statement, 1),
		       sqlite3_column_int64(statement, 0));
	sqlite3_finalize(statement);
	if (decoder->types == NULL && decoder->trouble[0] == '\0')
		explain(decoder);
}

const struct types *decoder_types(struct decoder *decoder)
{
	load(decoder);
	return decoder->types;
}

const char *decoder_trouble(struct decoder *decoder)
{
	load(decoder);
	return decoder->types != NULL ? "" : decoder->trouble;
}

/* ---- Names ------------------------------------------------------------------------------------
 */

static const char *const queries[] = {
	[DECODE_MESSAGE] = "SELECT ctype, size FROM types WHERE name = ?1 AND ctype IS NOT NULL",
	[DECODE_REPLY] = "SELECT reply_ctype, reply_size FROM types"
			 " WHERE name = ?1 AND reply_ctype IS NOT NULL",
	[DECODE_STATE] = "SELECT state_ctype, state_size FROM behaviours"
			 " WHERE name = ?1 AND state_ctype IS NOT NULL",
};

static int look_up(struct decoder *decoder, enum decode_what what, const char *name,
		   uint32_t *ret_id)
{
	sqlite3_stmt *statement;
	int status = -ENOENT;

	if (sqlite3_prepare_v2(decoder->db, queries[what], -1, &statement, NULL) != SQLITE_OK)
		return -ENOENT;
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW)
		status = types_find(decoder->types, (const char *)sqlite3_column_text(statement, 0),
				    (uint64_t)sqlite3_column_int64(statement, 1), ret_id);
	sqlite3_finalize(statement);
	/* Of the program's own C types by their names. */
	return status == -ENOENT ? types_find(decoder->types, name, 0, ret_id) : status;
}

static size_t place_of(const char *name)
{
	size_t hash = 5381;

	for (; *name != '\0'; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash % CACHE_ROUNDS;
}

int decoder_find(struct decoder *decoder, enum decode_what what, const char *name, uint32_t *ret_id)
{
	struct found **place = &decoder->cache[place_of(name)];
	struct found *found = *place;

	if (decoder_types(decoder) == NULL)
		return -ENOENT;
	while (found != NULL && (found->what != what || strcmp(found->name, name) != 0))
		found = found->next;
	if (found == NULL) {
		found = calloc(1, sizeof(*found) + strlen(name) + 1);
		if (found == NULL)
			return -ENOMEM;
		found->what = what;
		strcpy(found->name, name);
		found->status = look_up(decoder, what, name, &found->id);
		found->next = *place;
		*place = found;
	}
	if (found->status == 0)
		*ret_id = found->id;
	return found->status;
}

static int hex_text(const void *bytes, size_t size, enum types_form form, char **ret_text)
{
	char *text;
	int length;

	if (form != TYPES_FORM_JSON)
		return types_format_hex(bytes, size, HEX_SHOWN, ret_text);
	text = malloc(2 * size + 64);
	if (text == NULL)
		return -ENOMEM;
	length = sprintf(text, "{\"bytes\":%zu,\"hex\":\"", size);
	for (size_t i = 0; i < size; i++)
		length += sprintf(text + length, "%02x", ((const unsigned char *)bytes)[i]);
	strcpy(text + length, "\"}");
	*ret_text = text;
	return 0;
}

/* What the runtime puts before the value of a reply: a status and a reason. */
struct reply_head {
	int32_t status;
	int32_t reason;
};

static int failed_text(const struct reply_head *head, enum types_form form, char **ret_text)
{
	return asprintf(ret_text,
			form == TYPES_FORM_JSON ? "{\"status\":%d,\"reason\":%d}"
						: "{status = %d, reason = %d}",
			head->status, head->reason) < 0
		       ? -ENOMEM
		       : 0;
}

int decoder_text(struct decoder *decoder, enum decode_what what, const char *name,
		 const void *bytes, size_t size, enum types_form form, char **ret_text)
{
	struct reply_head head;
	uint32_t id;
	int status;

	if (what == DECODE_REPLY && size >= sizeof(head)) {
		memcpy(&head, bytes, sizeof(head));
		bytes = (const char *)bytes + sizeof(head);
		size -= sizeof(head);
		if (head.status != 0)
			return failed_text(&head, form, ret_text);
	}
	status = decoder_find(decoder, what, name, &id);
	if (status == 0)
		status = types_format(decoder->types, id, bytes, size, form, ret_text);
	if (status == -ENODATA)
		return 0;
	return status != 0 && status != -ENOMEM ? hex_text(bytes, size, form, ret_text) : status;
}

/* ---- SQL --------------------------------------------------------------------------------------
 */

static enum decode_what what_of(const char *kind)
{
	if (kind == NULL)
		return DECODE_MESSAGE;
	if (strcmp(kind, "reply") == 0 || strcmp(kind, "response") == 0)
		return DECODE_REPLY;
	return strcmp(kind, "state") == 0 ? DECODE_STATE : DECODE_MESSAGE;
}

static void sql_decode(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	struct decoder *decoder = sqlite3_user_data(context);
	const char *name = (const char *)sqlite3_value_text(argv[1]);
	const char *kind = argc > 2 ? (const char *)sqlite3_value_text(argv[2]) : NULL;
	const void *bytes = sqlite3_value_blob(argv[0]);
	char *text = NULL;
	int status;

	if (sqlite3_value_type(argv[0]) == SQLITE_NULL)
		return;
	status = decoder_text(decoder, what_of(kind), name != NULL ? name : "",
			      bytes != NULL ? bytes : "", (size_t)sqlite3_value_bytes(argv[0]),
			      TYPES_FORM_JSON, &text);
	if (status != 0)
		sqlite3_result_error_nomem(context);
	else
		sqlite3_result_text(context, text, -1, free);
}

static void forget(void *decoder)
{
	decoder_destroy(decoder);
}

int decode_register(sqlite3 *db)
{
	int code = SQLITE_OK;

	for (int arguments = 2; code == SQLITE_OK && arguments <= 3; arguments++) {
		struct decoder *decoder = decoder_create(db);

		if (decoder == NULL)
			return SQLITE_NOMEM;
		code = sqlite3_create_function_v2(db, "decode", arguments,
						  SQLITE_UTF8 | SQLITE_INNOCUOUS, decoder,
						  sql_decode, NULL, NULL, forget);
	}
	return code;
}
