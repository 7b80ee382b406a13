/* SPDX-License-Identifier: MIT */
#ifndef EXPORT_ROWS_H
#define EXPORT_ROWS_H

/* The tables of a trace as rows: what csv, json and sqlite have in common. */

#include "export/source.h"

struct rows_table {
	const char *name;
	const char *time;   /* the column that --since and --until are about; NULL: none */
	const char *actors; /* a condition on the pids in `chosen`; NULL: none */
	const char *type;   /* the column that --tag is about; NULL: none */
};

extern const struct rows_table rows_tables[]; /* a NULL name ends it */

const struct rows_table *rows_find(const char *name);

/* All of them, with commas between. */
void rows_names(char *text, size_t size);

/*
 * SELECT * of the part that the source's selection asks for. 0 or a negative errno with a text in
 * source->error. Owns: the caller finalizes *ret_statement.
 */
int rows_select(struct source *source, const struct rows_table *table,
		sqlite3_stmt **ret_statement);

/* Ends a walk over rows: `code` is what sqlite3_step said last. As rows_select. */
int rows_end(struct source *source, sqlite3_stmt *statement, int code);

#endif
