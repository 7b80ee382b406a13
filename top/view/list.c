/* SPDX-License-Identifier: MIT */
#include "view/list.h"

#include <stdio.h>
#include <string.h>

#include "view/format.h"

/* Columns beyond this priority are shown when they are asked for, or the screen is very wide. */
#define PRIORITY_USUAL 14

int list_index(unsigned list)
{
	return list == COLUMN_IN_ACTORS ? 0 : list == COLUMN_IN_BEHAVIOURS ? 1 : 2;
}

bool list_has(const struct ui *ui, unsigned list, enum column_id id)
{
	const struct column *column = &columns[id];
	uint64_t bit = UINT64_C(1) << id;

	if ((column->lists & list) == 0 || (ui->hidden[list_index(list)] & bit) != 0)
		return false;
	return column->priority <= PRIORITY_USUAL || (ui->wanted[list_index(list)] & bit) != 0;
}

/* Names are cut as long as that leaves more numbers on a narrow screen. */
#define NAME_WIDTH       20
#define NAME_WIDE_SCREEN 64

/* The column that takes what is left. */
static enum column_id stretched(unsigned list)
{
	return list == COLUMN_IN_BEHAVIOURS ? COLUMN_BEHAVIOUR : COLUMN_NAME;
}

static int priority_of(const struct ui *ui, unsigned list, enum column_id id)
{
	bool wanted = (ui->wanted[list_index(list)] & UINT64_C(1) << id) != 0;

	return id == stretched(list) ? -1 : wanted ? 0 : columns[id].priority;
}

void list_layout(const struct ui *ui, unsigned list, int width, struct list_layout *ret_layout)
{
	bool taken[COLUMN_ID_COUNT] = {false};
	int roomy = width >= NAME_WIDE_SCREEN ? NAME_WIDTH - columns[stretched(list)].width : 0;
	int left = width - roomy, skipped = 0;

	/* The most important first, as long as there is room. */
	for (int priority = -1; priority < 20; priority++) {
		for (int i = 0; i < COLUMN_ID_COUNT; i++) {
			enum column_id id = (enum column_id)i;
			int needed = columns[i].width + 1;

			if (!list_has(ui, list, id) || priority_of(ui, list, id) != priority ||
			    needed > left)
				continue;
			taken[i] = true;
			left -= needed;
		}
	}
	ret_layout->count = 0;
	for (int i = 0; i < COLUMN_ID_COUNT; i++) {
		enum column_id id = (enum column_id)i;
		bool keeps = id == stretched(list) || id == COLUMN_ALERT;

		if (!taken[i])
			continue;
		if (!keeps && skipped < (int)ui->column) {
			skipped++;
			left += columns[i].width + 1;
			continue;
		}
		ret_layout->columns[ret_layout->count] = id;
		ret_layout->widths[ret_layout->count] = columns[i].width;
		ret_layout->count++;
	}
	for (int i = 0; i < ret_layout->count; i++)
		if (ret_layout->columns[i] == stretched(list))
			ret_layout->widths[i] += roomy + (left > 40 ? 40 : left > 0 ? left : 0);
}

enum column_id list_column_at(const struct ui *ui, unsigned list, int width, int x)
{
	struct list_layout layout;
	int at = 0;

	list_layout(ui, list, width, &layout);
	for (int i = 0; i < layout.count; i++) {
		at += layout.widths[i] + 1;
		if (x < at)
			return layout.columns[i];
	}
	return COLUMN_ID_COUNT;
}

static bool is_right(const struct column *column)
{
	return column->number != NULL;
}

void list_head(const struct ui *ui, struct cells *cells, int x, int y, int width, unsigned list,
	       enum column_id sort, bool rising)
{
	struct list_layout layout;

	cells_fill(cells, x, y, width, 1, STYLE_TITLE, ' ');
	list_layout(ui, list, width, &layout);
	for (int i = 0; i < layout.count; i++) {
		const struct column *column = &columns[layout.columns[i]];
		bool sorted = layout.columns[i] == sort;
		enum style style = sorted ? STYLE_SORTED : STYLE_TITLE;
		char title[32];

		snprintf(title, sizeof(title), "%s", column->title);
		/* The mark is not only a colour. */
		if (sorted && column->width > 1)
			snprintf(title, sizeof(title), "%.*s%s", column->width - 1, column->title,
				 cells_glyph_text(cells, rising ? GLYPH_UP : GLYPH_DOWN));
		if (is_right(column))
			cells_right(cells, x, y, layout.widths[i], style, title);
		else
			cells_text(cells, x, y, layout.widths[i], style, title);
		x += layout.widths[i] + 1;
	}
}

/* What a number deserves. */
static enum style style_of(const struct column *column, const struct row *row)
{
	double value;

	if (row->state == ROW_STATE_DEAD)
		return STYLE_DIM;
	if (column == &columns[COLUMN_ALERT])
		return row->alert != 0 ? STYLE_BAD : STYLE_NORMAL;
	if (column == &columns[COLUMN_STATE])
		return row->state == ROW_STATE_RUNNING   ? STYLE_GOOD
		       : row->state == ROW_STATE_CALLING ? STYLE_WARN
		       : row->state == ROW_STATE_IDLE    ? STYLE_DIM
							 : STYLE_NORMAL;
	if (column->number == NULL)
		return column == &columns[COLUMN_NAME] ? STYLE_STRONG : STYLE_NORMAL;
	value = column->number(row);
	if (isnan(value) || value == 0)
		return STYLE_DIM;
	if (column == &columns[COLUMN_MAILBOX] && row->mailbox_max >= 10000)
		return STYLE_BAD;
	if (column == &columns[COLUMN_MAILBOX] && row->mailbox_max >= 100)
		return STYLE_WARN;
	if (column == &columns[COLUMN_BUSY] && row->actors == 1 && value > 0.8)
		return STYLE_BAD;
	return STYLE_NORMAL;
}

static void draw_cell(const struct ui *ui, struct cells *cells, int x, int y, int width,
		      const struct column *column, const struct row *row, const char *prefix)
{
	enum style style = style_of(column, row);
	char text[NAMES_TEXT], number[FORMAT_SIZE];
	int used = 0;

	if (column->unit == COLUMN_LETTER) {
		cells_put(cells, x, y, style, (unsigned char)format_letter(column, row));
		return;
	}
	if (is_right(column)) {
		cells_right(cells, x, y, width, style,
			    format_unit(column->unit, column->number(row), number));
		return;
	}
	column->text(row, &ui->model.names, text, sizeof(text));
	if (column == &columns[COLUMN_NAME] && prefix != NULL)
		used = cells_text(cells, x, y, width, STYLE_DIM, prefix);
	if (column == &columns[COLUMN_NAME] && ui_is_tagged(ui, row->pid))
		style = STYLE_TAGGED;
	cells_text(cells, x + used, y, width - used, style, text);
}

void list_row(const struct ui *ui, struct cells *cells, int x, int y, int width, unsigned list,
	      const struct row *row, const char *prefix)
{
	struct list_layout layout;

	list_layout(ui, list, width, &layout);
	for (int i = 0; i < layout.count; i++) {
		draw_cell(ui, cells, x, y, layout.widths[i], &columns[layout.columns[i]], row,
			  prefix);
		x += layout.widths[i] + 1;
	}
}
