/* SPDX-License-Identifier: MIT */
#ifndef TERM_TABLE_H
#define TERM_TABLE_H

/*
 * Rows of text in aligned columns. Texts are made safe and copied. Rows are held until they are
 * printed; after TABLE_ROWS_ALIGN rows the widths are fixed and rows go out as they come, so that
 * memory stays bounded.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TABLE_ROWS_ALIGN  2000
#define TABLE_COLUMNS_MAX 128

struct table;

/* `indent` spaces before every row. NULL: no memory. */
struct table *table_create(FILE *file, size_t columns, int indent);

/* Prints what is held. Accepts NULL, returns NULL. */
struct table *table_destroy(struct table *table);

/* The heading's texts; without it there is none. */
int table_header(struct table *table, const char *const *names);

/* One row. `right[i]`: cell i is a number and goes to the right. 0 or -ENOMEM. */
int table_row(struct table *table, const char *const *cells, const bool *right);

#endif
