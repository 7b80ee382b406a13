/* SPDX-License-Identifier: MIT */

/* The list of views, and the two that the model itself has the lines of. */

#include "view/kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/list.h"

/* ---- Actors ---------------------------------------------------------------------------------- */

static size_t actors_count(const struct ui *ui)
{
	return ui->model.row_count;
}

static uint64_t actors_id(const struct ui *ui, size_t line)
{
	return ui->model.rows[line].pid;
}

static void actors_text(const struct ui *ui, size_t line, char *text, size_t size)
{
	const struct row *row = &ui->model.rows[line];
	char name[NAMES_TEXT], pid[32];

	names_actor(&ui->model.names, row, name, sizeof(name));
	column_pid_text(row->pid, pid, sizeof(pid));
	snprintf(text, size, "%s %s %s", name, names_behaviour(&ui->model.names, row->behaviour),
		 pid);
}

static void actors_head(const struct ui *ui, struct cells *cells, int x, int y, int width)
{
	list_head(ui, cells, x, y, width, COLUMN_IN_ACTORS, ui->model.wish.list.sort,
		  ui->model.wish.list.rising);
}

static void actors_line(const struct ui *ui, struct cells *cells, int x, int y, int width,
			size_t line)
{
	list_row(ui, cells, x, y, width, COLUMN_IN_ACTORS, &ui->model.rows[line], NULL);
}

static const char *actors_empty(const struct ui *ui)
{
	if (ui->filter != NULL)
		return "no actor fulfils the filter; Esc takes it away";
	return "no actors";
}

const struct view view_actors = {
	.key = "actors",
	.title = "Actors",
	.count = actors_count,
	.id = actors_id,
	.pid = actors_id,
	.text = actors_text,
	.head = actors_head,
	.line = actors_line,
	.empty = actors_empty,
};

/* ---- Behaviours ------------------------------------------------------------------------------ */

static size_t behaviours_count(const struct ui *ui)
{
	return ui->model.group_count;
}

static uint64_t behaviours_id(const struct ui *ui, size_t line)
{
	return ui->model.groups[line].behaviour;
}

static void behaviours_text(const struct ui *ui, size_t line, char *text, size_t size)
{
	snprintf(text, size, "%s",
		 names_behaviour(&ui->model.names, ui->model.groups[line].behaviour));
}

static void behaviours_head(const struct ui *ui, struct cells *cells, int x, int y, int width)
{
	list_head(ui, cells, x, y, width, COLUMN_IN_BEHAVIOURS, ui->model.wish.group_sort,
		  ui->model.wish.group_rising);
}

static void behaviours_line(const struct ui *ui, struct cells *cells, int x, int y, int width,
			    size_t line)
{
	list_row(ui, cells, x, y, width, COLUMN_IN_BEHAVIOURS, &ui->model.groups[line], NULL);
}

/* Its actors. */
static bool behaviours_enter(struct ui *ui, size_t line)
{
	view_only(ui, names_behaviour(&ui->model.names, ui->model.groups[line].behaviour));
	ui->places[VIEW_ACTORS] = (struct ui_place){0};
	ui_tick(ui);
	ui_show(ui, VIEW_ACTORS);
	return true;
}

static const char *behaviours_empty(const struct ui *ui)
{
	(void)ui;
	return "no actors yet";
}

const struct view view_behaviours = {
	.key = "behaviours",
	.title = "Behaviours",
	.count = behaviours_count,
	.id = behaviours_id,
	.text = behaviours_text,
	.head = behaviours_head,
	.line = behaviours_line,
	.enter = behaviours_enter,
	.empty = behaviours_empty,
};

/* ---- All of them ----------------------------------------------------------------------------- */

const struct view *const views[VIEW_COUNT] = {
	[VIEW_ACTORS] = &view_actors,         [VIEW_TREE] = &view_tree,
	[VIEW_BEHAVIOURS] = &view_behaviours, [VIEW_FLOW] = &view_flow,
	[VIEW_WAITS] = &view_waits,           [VIEW_ALERTS] = &view_alerts,
	[VIEW_TRACE] = &view_trace,
};

bool views_create(struct ui *ui)
{
	ui->views = calloc(1, sizeof(*ui->views));
	if (ui->views != NULL)
		ui->views->tree = tree_create();
	return ui->views != NULL && ui->views->tree != NULL;
}

void views_destroy(struct ui *ui)
{
	if (ui->views != NULL)
		tree_destroy(ui->views->tree);
	free(ui->views);
	ui->views = NULL;
}

void views_forget(struct ui *ui)
{
	struct tree *fresh = tree_create();

	if (fresh == NULL)
		return;
	tree_destroy(ui->views->tree);
	memset(ui->views, 0, sizeof(*ui->views));
	ui->views->tree = fresh;
}

bool views_fold(struct ui *ui, bool open)
{
	size_t count, index = ui_place(ui)->index;
	const struct tree_line *lines = tree_lines(ui->views->tree, &count);

	if (ui->view != VIEW_TREE)
		return false;
	if (index >= count)
		return true;
	if (lines[index].branch && lines[index].open != open) {
		tree_open(ui->views->tree, lines[index].id, open);
	} else if (!open && lines[index].depth > 0) {
		/* From a leaf to the branch that it is on. */
		uint8_t depth = lines[index].depth;

		while (index > 0 && lines[index].depth >= depth)
			index--;
		ui_place(ui)->index = index;
		ui_place(ui)->id = lines[index].id;
		ui_place(ui)->follows = true;
	}
	ui_refresh(ui);
	return true;
}

void views_fold_all(struct ui *ui)
{
	ui->views->tree_all_open = !ui->views->tree_all_open;
	tree_open_all(ui->views->tree, ui->views->tree_all_open);
	ui_refresh(ui);
}

void views_matrix(struct ui *ui)
{
	ui->views->matrix.on = !ui->views->matrix.on;
	ui->places[VIEW_FLOW] = (struct ui_place){0};
	ui_refresh(ui);
}

bool views_back(struct ui *ui)
{
	struct views *kept = ui->views;

	if (ui->view != VIEW_TRACE)
		return false;
	ui->places[VIEW_TRACE].follows = false;
	if (kept->ladder != 0) {
		kept->ladder = 0;
		return true;
	}
	if (kept->trace_edge != 0 || kept->trace_pid != 0) {
		kept->trace_edge = 0;
		kept->trace_pid = 0;
		return true;
	}
	return false;
}
