/* SPDX-License-Identifier: MIT */
#ifndef TOP_VIEW_LIST_H
#define TOP_VIEW_LIST_H

/* Rows in columns: which columns fit, their heads, their cells. */

#include "view/ui.h"

struct list_layout {
	enum column_id columns[COLUMN_ID_COUNT];
	int widths[COLUMN_ID_COUNT];
	int count;
};

/* `list`: one of COLUMN_IN_*. Columns go by priority; the name's takes what is left. */
void list_layout(const struct ui *ui, unsigned list, int width, struct list_layout *ret_layout);

void list_head(const struct ui *ui, struct cells *cells, int x, int y, int width, unsigned list,
	       enum column_id sort, bool rising);

/* `prefix` stands before the name, for trees. */
void list_row(const struct ui *ui, struct cells *cells, int x, int y, int width, unsigned list,
	      const struct row *row, const char *prefix);

/* The column at `x` of a head, COLUMN_ID_COUNT: none. */
enum column_id list_column_at(const struct ui *ui, unsigned list, int width, int x);

/* Index into ui->hidden and ui->wanted. */
int list_index(unsigned list);

/* Whether the set-up has the column, when there is room. */
bool list_has(const struct ui *ui, unsigned list, enum column_id id);

#endif
