/* SPDX-License-Identifier: MIT */

/* The tree of actors as lines. */

#include "view/kept.h"

#include <stdio.h>
#include <string.h>

#include "view/list.h"

static const struct tree_line *line_at(const struct ui *ui, size_t index)
{
	size_t count;
	const struct tree_line *lines = tree_lines(ui->views->tree, &count);

	return &lines[index];
}

static void tree_prepare(struct ui *ui)
{
	if (ui->model.target.plane != NULL && ui->model.tick_count > 0)
		tree_refresh(ui->views->tree, &ui->model);
}

static size_t tree_count(const struct ui *ui)
{
	size_t count;

	(void)tree_lines(ui->views->tree, &count);
	return count;
}

static uint64_t tree_id(const struct ui *ui, size_t line)
{
	return line_at(ui, line)->id;
}

static uint64_t tree_pid(const struct ui *ui, size_t line)
{
	return line_at(ui, line)->row.pid;
}

static void tree_text(const struct ui *ui, size_t line, char *text, size_t size)
{
	char name[NAMES_TEXT];

	names_actor(&ui->model.names, &line_at(ui, line)->row, name, sizeof(name));
	snprintf(text, size, "%s %s", name,
		 names_behaviour(&ui->model.names, line_at(ui, line)->row.behaviour));
}

static void tree_head(const struct ui *ui, struct cells *cells, int x, int y, int width)
{
	list_head(ui, cells, x, y, width, COLUMN_IN_TREE, ui->model.wish.list.sort,
		  ui->model.wish.list.rising);
}

/* The lines that lead to the name, and whether there is more below. */
static void prefix_of(const struct cells *cells, const struct tree_line *line,
		      char prefix[TREE_PREFIX * 4])
{
	size_t used = 0, size = TREE_PREFIX * 4;

	prefix[0] = '\0';
	for (int depth = 1; depth <= line->depth && used < size; depth++) {
		bool last = (line->lasts & UINT32_C(1) << depth) != 0;
		const char *piece = last ? "  " : cells->ascii ? "| " : "│ ";

		if (depth == line->depth)
			piece = cells_glyph_text(cells, last ? GLYPH_LAST_BRANCH : GLYPH_BRANCH);
		used += (size_t)snprintf(prefix + used, size - used, "%s", piece);
	}
	if (used < size)
		snprintf(prefix + used, size - used, "%s",
			 !line->branch
				 ? ""
				 : cells_glyph_text(cells, line->open ? GLYPH_OPEN : GLYPH_FOLDED));
	if (line->branch && used + 4 < size)
		strcat(prefix, " ");
}

static void tree_line(const struct ui *ui, struct cells *cells, int x, int y, int width,
		      size_t index)
{
	const struct tree_line *line = line_at(ui, index);
	char prefix[TREE_PREFIX * 4];

	prefix_of(cells, line, prefix);
	list_row(ui, cells, x, y, width, COLUMN_IN_TREE, &line->row, prefix);
	if (line->left_out > 0) {
		char text[48];

		snprintf(text, sizeof(text), "and %u more", line->left_out);
		cells_right(cells, x, y, width, STYLE_DIM, text);
	}
}

/* A fold opens; an actor has its detail. */
static bool tree_enter(struct ui *ui, size_t index)
{
	const struct tree_line *line = line_at(ui, index);

	if (!line->fold)
		return false;
	tree_open(ui->views->tree, line->id, !line->open);
	ui_refresh(ui);
	return true;
}

static const char *tree_empty(const struct ui *ui)
{
	(void)ui;
	return "no actors yet";
}

const struct view view_tree = {
	.key = "tree",
	.title = "Tree",
	.prepare = tree_prepare,
	.count = tree_count,
	.id = tree_id,
	.pid = tree_pid,
	.text = tree_text,
	.head = tree_head,
	.line = tree_line,
	.enter = tree_enter,
	.empty = tree_empty,
};
