/* SPDX-License-Identifier: MIT */

/* The whole screen: header, tabs, list or detail, status, footer. */

#include "view/view.h"

#include <stdio.h>
#include <string.h>

#include "view/format.h"

/* From this width on, the detail stands beside the list. */
#define SPLIT_WIDTH   120
#define FOOTER_HEIGHT 12 /* lower screens have none */
#define MESSAGE_NS    UINT64_C(6000000000)

static void draw_tabs(struct ui *ui, struct cells *cells, int y)
{
	int x = 0, whole = 0;

	for (int i = 0; i < VIEW_COUNT; i++)
		whole += 4 + cells_width(views[i]->title);
	whole += ui->model.alerts.count > 0 ? 4 : 0;
	for (int i = 0; i < VIEW_COUNT; i++) {
		bool on = i == (int)ui->view;
		bool alarm = i == VIEW_ALERTS && ui->model.alerts.count > 0;
		char text[40];

		/* Where not all fit, the others are numbers only. */
		if (alarm)
			snprintf(text, sizeof(text), "%c%d %s: %zu%c", on ? '[' : ' ', i + 1,
				 whole <= cells->width + 2 || on ? views[i]->title : "!",
				 ui->model.alerts.count, on ? ']' : ' ');
		else if (whole <= cells->width + 2 || on)
			snprintf(text, sizeof(text), on ? "[%d %s]" : " %d %s ", i + 1,
				 views[i]->title);
		else
			snprintf(text, sizeof(text), " %d ", i + 1);
		x += cells_text(cells, x, y, cells->width - x,
				on      ? STYLE_TAB_ON
				: alarm ? STYLE_BAD
					: STYLE_TAB,
				text);
		ui->tab_ends[i] = x;
	}
}

/* How far the sweep has come and what the viewer costs. */
static void own_text(const struct ui *ui, char *text, size_t size)
{
	const struct model *model = &ui->model;
	char cost[FORMAT_SIZE];
	double progress = table_progress(&model->table);

	if (model->target.plane == NULL)
		text[0] = '\0';
	else if (progress < 1)
		snprintf(text, size, "scanning %.0f%% self %.1f%%", progress * 100,
			 model->own_cpu * 100);
	else
		snprintf(text, size, "scan %s self %.1f%%",
			 format_ns((double)model->table.pass_cost_ns, cost), model->own_cpu * 100);
}

static void draw_footer(const struct ui *ui, struct cells *cells, int y)
{
	char own[64];
	int x = 0, room;

	own_text(ui, own, sizeof(own));
	cells_fill(cells, 0, y, cells->width, 1, STYLE_KEY_TEXT, ' ');
	room = cells->width - cells_width(own) - 1;
	for (size_t i = 0; i < key_count; i++) {
		const struct key *key = &keys[i];
		int width;

		if (key->word == NULL || (key->views & (1u << ui->view)) == 0)
			continue;
		width = cells_width(key->footer) + cells_width(key->word) + 1;
		if (x + width > room)
			continue;
		x += cells_text(cells, x, y, room - x, STYLE_KEY, key->footer);
		x += cells_text(cells, x, y, room - x, STYLE_KEY_TEXT, key->word);
		x += cells_text(cells, x, y, room - x, STYLE_KEY_TEXT, " ");
	}
	cells_right(cells, x, y, cells->width - x, STYLE_KEY_TEXT, own);
}

/* What happened to the program; else the last message. */
static void draw_status(const struct ui *ui, struct cells *cells, int y)
{
	const struct target *target = &ui->model.target;
	bool fresh =
		ui->message[0] != '\0' && plane_clock_monotonic() - ui->message_ns < MESSAGE_NS;
	char text[512] = "";

	if (ui->prompt.kind != PROMPT_NONE) {
		prompt_draw(&ui->prompt, cells, y);
		return;
	}
	if (fresh) {
		cells_text(cells, 0, y, cells->width, ui->message_bad ? STYLE_BAD : STYLE_GOOD,
			   ui->message);
		return;
	}
	if (target->plane == NULL)
		snprintf(text, sizeof(text), "nothing is watched; A chooses a program");
	else if (plane_view_damaged(target->plane))
		snprintf(text, sizeof(text),
			 "the plane was cut short: what is shown is not the program; A chooses "
			 "another");
	else if (target->life != PLANE_LIVING && target->heir != 0)
		snprintf(text, sizeof(text),
			 "the program has ended, and runs again as %u: a watches it", target->heir);
	else if (target->life != PLANE_LIVING)
		snprintf(text, sizeof(text), "the program %s; this is how it stood then",
			 target->life == PLANE_ENDED ? "has ended" : "was killed or has crashed");
	else if (target->notice[0] != '\0')
		snprintf(text, sizeof(text), "%s", target->notice);
	if (text[0] != '\0')
		cells_text(cells, 0, y, cells->width, STYLE_BAD, text);
}

static void draw_list(struct ui *ui, struct cells *cells, int y, int width, int height)
{
	const struct view *view = views[ui->view];
	const struct ui_place *place = ui_place(ui);
	size_t count = view->count(ui);

	ui->list_width = width;
	ui->head_y = -1;
	if (view->head != NULL && height > 1) {
		ui->head_y = y;
		view->head(ui, cells, 0, y++, width);
		height--;
	}
	ui->list_y = y;
	if (ui->page != height) {
		ui->page = height;
		ui_refresh(ui);
	}
	if (count == 0) {
		cells_text(cells, 1, y, width - 1, STYLE_DIM, view->empty(ui));
		return;
	}
	for (int i = 0; i < height && place->offset + (size_t)i < count; i++) {
		size_t line = place->offset + (size_t)i;

		view->line(ui, cells, 0, y + i, width, line);
		if (line == place->index) {
			cells_flag(cells, 0, y + i, width, CELL_REVERSE);
		}
	}
}

static void draw_body(struct ui *ui, struct cells *cells, int y, int height)
{
	int left = cells->width;

	if (ui->detail && cells->width >= SPLIT_WIDTH) {
		left = cells->width / 2;
		cells_fill(cells, left, y, 1, height, STYLE_BORDER,
			   cells_glyph(cells, GLYPH_VERTICAL));
		detail_draw(ui, cells, left + 1, y, cells->width - left - 1, height);
	} else if (ui->detail) {
		ui->head_y = ui->list_y = -1;
		detail_draw(ui, cells, 0, y, cells->width, height);
		return;
	}
	draw_list(ui, cells, y, left, height);
	/* What was drawn too wide for its half stays in it. */
	if (left < cells->width)
		cells_fill(cells, left, y, 1, height, STYLE_BORDER,
			   cells_glyph(cells, GLYPH_VERTICAL));
}

void ui_draw(struct ui *ui, struct cells *cells)
{
	int y, bottom = cells->height;

	cells_clear(cells);
	ui->tabs_y = ui->head_y = ui->list_y = -1;
	if (cells->width < UI_LEAST_WIDTH || cells->height < UI_LEAST_HEIGHT) {
		cells_print(cells, 0, 0, STYLE_NORMAL, "too small: %dx%d", cells->width,
			    cells->height);
		cells_print(cells, 0, 1, STYLE_NORMAL, "need %dx%d", UI_LEAST_WIDTH,
			    UI_LEAST_HEIGHT);
		return;
	}
	y = header_draw(ui, cells);
	ui->tabs_y = y;
	draw_tabs(ui, cells, y++);
	if (cells->height >= FOOTER_HEIGHT)
		draw_footer(ui, cells, --bottom);
	bottom--;
	if (ui->model.target.plane != NULL)
		draw_body(ui, cells, y, bottom - y);
	draw_status(ui, cells, bottom);
	if (ui->help)
		help_draw(ui, cells);
	if (ui->menu.kind != MENU_NONE)
		menu_draw(&ui->menu, cells);
}
