/* SPDX-License-Identifier: MIT */
#include "term/table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "term/text.h"

#define CELL_MAX 240 /* bytes of a cell on the screen */

struct cell {
	char *text;
	bool right;
};

struct table {
	FILE *file;
	size_t columns;
	int indent;
	size_t widths[TABLE_COLUMNS_MAX];
	bool right[TABLE_COLUMNS_MAX]; /* of the heading: as the first row has it */
	bool has_header;
	bool header_done;
	char *header[TABLE_COLUMNS_MAX];
	struct cell *cells; /* rows x columns */
	size_t rows;
	size_t capacity;
	bool streaming;
};

struct table *table_create(FILE *file, size_t columns, int indent)
{
	struct table *table = calloc(1, sizeof(*table));

	assert(columns <= TABLE_COLUMNS_MAX);
	if (table == NULL)
		return NULL;
	table->file = file;
	table->columns = columns;
	table->indent = indent;
	return table;
}

static void put_cell(struct table *table, size_t column, const char *text, bool right)
{
	size_t width = text_width(text);
	int space = table->widths[column] > width ? (int)(table->widths[column] - width) : 0;
	bool last = column + 1 == table->columns;

	if (column > 0)
		fputs("  ", table->file);
	if (right)
		fprintf(table->file, "%*s%s", space, "", text);
	else
		fprintf(table->file, "%s%*s", text, last ? 0 : space, "");
}

static void put_header(struct table *table)
{
	if (!table->has_header || table->header_done)
		return;
	table->header_done = true;
	fprintf(table->file, "%*s", table->indent, "");
	for (size_t i = 0; i < table->columns; i++)
		put_cell(table, i, table->header[i], table->right[i]);
	putc('\n', table->file);
}

static void flush(struct table *table)
{
	put_header(table);
	for (size_t row = 0; row < table->rows; row++) {
		fprintf(table->file, "%*s", table->indent, "");
		for (size_t i = 0; i < table->columns; i++) {
			struct cell *cell = &table->cells[row * table->columns + i];

			put_cell(table, i, cell->text, cell->right);
			free(cell->text);
		}
		putc('\n', table->file);
	}
	table->rows = 0;
}

struct table *table_destroy(struct table *table)
{
	if (table == NULL)
		return NULL;
	flush(table);
	for (size_t i = 0; i < table->columns; i++)
		free(table->header[i]);
	free(table->cells);
	free(table);
	return NULL;
}

static char *safe_copy(const char *text)
{
	size_t size = text_safe(text, NULL, 0);
	char *copy = malloc(size > CELL_MAX + 4 ? CELL_MAX + 4 : size);

	if (copy == NULL)
		return NULL;
	text_safe(text, copy, size > CELL_MAX ? CELL_MAX : size);
	if (size > CELL_MAX)
		strcat(copy, "...");
	return copy;
}

int table_header(struct table *table, const char *const *names)
{
	for (size_t i = 0; i < table->columns; i++) {
		table->header[i] = safe_copy(names[i]);
		if (table->header[i] == NULL)
			return -ENOMEM;
		table->widths[i] = text_width(table->header[i]);
	}
	table->has_header = true;
	return 0;
}

static int make_room(struct table *table)
{
	size_t capacity = table->capacity == 0 ? 64 : 2 * table->capacity;
	struct cell *cells;

	if (table->rows < table->capacity)
		return 0;
	cells = realloc(table->cells, capacity * table->columns * sizeof(*cells));
	if (cells == NULL)
		return -ENOMEM;
	table->cells = cells;
	table->capacity = capacity;
	return 0;
}

int table_row(struct table *table, const char *const *cells, const bool *right)
{
	struct cell *row;

	if (make_room(table) != 0)
		return -ENOMEM;
	row = &table->cells[table->rows * table->columns];
	for (size_t i = 0; i < table->columns; i++) {
		size_t width;

		row[i].text = safe_copy(cells[i]);
		row[i].right = right != NULL && right[i];
		if (row[i].text == NULL) {
			while (i-- > 0)
				free(row[i].text);
			return -ENOMEM;
		}
		width = text_width(row[i].text);
		if (width > table->widths[i])
			table->widths[i] = width;
		table->right[i] |= row[i].right;
	}
	table->rows++;
	if (table->streaming || table->rows == TABLE_ROWS_ALIGN) {
		table->streaming = true;
		flush(table);
	}
	return 0;
}
