/* SPDX-License-Identifier: MIT */
#include "store/kernel.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/codec.h"

/* Rows of a chunk: its id, and the position in it. */
#define ID_BITS 12

_Static_assert(1 << ID_BITS == KERNEL_CHUNK_ROWS, "a row's id is made of its chunk's");

static int fail(struct kernel_walk *walk, int status, const char *text)
{
	snprintf(walk->error, walk->error_size, "%s", text);
	return status;
}

/* Traces that were made without the kernel's view may have no tables for it. */
static bool has_tables(sqlite3 *db)
{
	sqlite3_stmt *statement;
	bool found;

	if (sqlite3_prepare_v2(db, "SELECT 1 FROM main.sqlite_schema WHERE name = 'kernel_chunk'",
			       -1, &statement, NULL) != SQLITE_OK)
		return false;
	found = sqlite3_step(statement) == SQLITE_ROW;
	sqlite3_finalize(statement);
	return found;
}

int kernel_walk_begin(struct kernel_walk *walk, sqlite3 *db, uint32_t kinds, int64_t from_ns,
		      int64_t to_ns, char *error, size_t error_size)
{
	static const char sql[] =
		"SELECT id, n, checksum, data FROM main.kernel_chunk"
		" WHERE (kinds & ?1) <> 0 AND t1_ns >= ?2 AND t0_ns <= ?3 ORDER BY id";

	*walk = (struct kernel_walk){.error = error, .error_size = error_size, .from_ns = from_ns};
	if (!has_tables(db))
		return 0;
	walk->rows = malloc(KERNEL_CHUNK_ROWS * sizeof(*walk->rows));
	if (walk->rows == NULL)
		return fail(walk, -ENOMEM, "out of memory");
	if (sqlite3_prepare_v2(db, sql, -1, &walk->chunks, NULL) != SQLITE_OK)
		return fail(walk, -EBADMSG, sqlite3_errmsg(db));
	sqlite3_bind_int64(walk->chunks, 1, kinds);
	sqlite3_bind_int64(walk->chunks, 2, from_ns);
	sqlite3_bind_int64(walk->chunks, 3, to_ns);
	return 0;
}

/* The next chunk: 1, 0 at the end, or a negative errno. */
static int next_chunk(struct kernel_walk *walk)
{
	sqlite3_stmt *chunks = walk->chunks;
	int code = sqlite3_step(chunks);
	int64_t id, count;
	const void *data;
	size_t size;
	int status;

	if (code == SQLITE_DONE)
		return 0;
	if (code != SQLITE_ROW)
		return fail(walk, sqlite_status(code), sqlite3_errmsg(sqlite3_db_handle(chunks)));
	id = sqlite3_column_int64(chunks, 0);
	count = sqlite3_column_int64(chunks, 1);
	data = sqlite3_column_blob(chunks, 3);
	size = (size_t)sqlite3_column_bytes(chunks, 3);
	status = -EBADMSG;
	if (count > 0 && count <= KERNEL_CHUNK_ROWS && data != NULL &&
	    codec_checksum(data, size) == (uint64_t)sqlite3_column_int64(chunks, 2))
		status = kernel_decode(data, size, (size_t)count, walk->rows);
	if (status == -ENOMEM)
		return fail(walk, -ENOMEM, "out of memory");
	if (status != 0) {
		snprintf(walk->error, walk->error_size, "kernel_chunk %" PRId64 " is damaged", id);
		return status;
	}
	walk->count = (size_t)count;
	walk->position = 0;
	return 1;
}

int kernel_walk_next(struct kernel_walk *walk, const struct trace_kernel_row **ret_row,
		     int64_t *ret_id)
{
	int status;

	if (walk->chunks == NULL)
		return 0;
	if (walk->position == walk->count) {
		status = next_chunk(walk);
		if (status <= 0)
			return status;
	}
	*ret_id = sqlite3_column_int64(walk->chunks, 0) << ID_BITS | (int64_t)walk->position;
	*ret_row = &walk->rows[walk->position++];
	return 1;
}

void kernel_walk_end(struct kernel_walk *walk)
{
	sqlite3_finalize(walk->chunks);
	free(walk->rows);
	*walk = (struct kernel_walk){0};
}
