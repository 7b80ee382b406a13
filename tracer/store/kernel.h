/* SPDX-License-Identifier: MIT */
#ifndef STORE_KERNEL_H
#define STORE_KERNEL_H

/*
 * The kernel's rows (struct trace_kernel_row), packed: some thousand to a blob, column by column.
 * docs/TRACE_FORMAT.md has every byte. Decoding believes nothing.
 */

#include <stddef.h>
#include <stdint.h>

#include <tracer/store.h>

#include "store/sqlite.h"

#define KERNEL_CHUNK_ROWS 4096

/*
 * The columns of a chunk, in this order, which only grows. X(NAME, member, coding): DELTA is the
 * zigzag difference to the row before, PLAIN the number itself.
 */
#define KERNEL_COLUMN_MAP(X)        \
	X(KIND, kind, PLAIN)        \
	X(CAUSE, cause, PLAIN)      \
	X(TID, tid, DELTA)          \
	X(CPU, cpu, PLAIN)          \
	X(TIME, time_ns, DELTA)     \
	X(FIRST, first_ns, PLAIN)   \
	X(SECOND, second_ns, PLAIN) \
	X(ACTOR, actor, DELTA)      \
	X(TURN, turn_ticks, DELTA)  \
	X(TAG, tag, PLAIN)          \
	X(SYSCALL, syscall, PLAIN)  \
	X(BY, by, PLAIN)            \
	X(WAKER, waker, PLAIN)      \
	X(STACK, stack, PLAIN)      \
	X(COUNT, count, PLAIN)

struct kernel_blob {
	uint8_t *data; /* ours to free */
	size_t size;
};

/* 0 or -ENOMEM. */
int kernel_encode(const struct trace_kernel_row *rows, size_t count, struct kernel_blob *ret_blob);

/* Fills `rows`, which has room for `count`. 0, -ENOMEM, or -EBADMSG for what is no such blob. */
int kernel_decode(const void *data, size_t size, size_t count, struct trace_kernel_row *rows);

/* A pass over the rows of a trace. */
struct kernel_walk {
	sqlite3_stmt *chunks; /* NULL: the trace has none */
	struct trace_kernel_row *rows;
	size_t count;
	size_t position;
	int64_t from_ns;
	char *error;
	size_t error_size;
};

/*
 * Rows of the given kinds (bits) of chunks that touch [from_ns, to_ns], in the order stored; times
 * are those of the session. 0 or a negative errno, with a text in `error`, which must live as long
 * as the walk. Whatever was returned, kernel_walk_end must follow.
 */
int kernel_walk_begin(struct kernel_walk *walk, sqlite3 *db, uint32_t kinds, int64_t from_ns,
		      int64_t to_ns, char *error, size_t error_size);

/* 1, 0 at the end, or a negative errno. *ret_id is the row's for ever. */
int kernel_walk_next(struct kernel_walk *walk, const struct trace_kernel_row **ret_row,
		     int64_t *ret_id);
void kernel_walk_end(struct kernel_walk *walk);

#endif
