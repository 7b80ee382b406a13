/* SPDX-License-Identifier: MIT */

/* Moving, and which view is shown. */

#include "view/actions.h"

#include <limits.h>

#include "view/view.h"

/* ---- Moving ---------------------------------------------------------------------------------- */

/* To a line; from now on the selection stays with what the line means. */
void actions_move_to(struct ui *ui, long line)
{
	const struct view *view = views[ui->view];
	struct ui_place *place = ui_place(ui);
	long count = (long)view->count(ui);

	if (count == 0)
		return;
	line = line >= count ? count - 1 : line < 0 ? 0 : line;
	place->index = (size_t)line;
	place->id = view->id(ui, (size_t)line);
	place->follows = true;
	ui_refresh(ui);
}

void actions_move_by(struct ui *ui, long lines)
{
	actions_move_to(ui, (long)ui_place(ui)->index + lines);
}

void action_up(struct ui *ui)
{
	actions_move_by(ui, -1);
}

void action_down(struct ui *ui)
{
	actions_move_by(ui, 1);
}

static bool detail_scrolls(struct ui *ui, long lines)
{
	long offset = (long)ui->detail_place.offset + lines;

	if (!ui->detail)
		return false;
	ui->detail_place.offset = offset > 0 ? (size_t)offset : 0;
	return true;
}

void action_page_up(struct ui *ui)
{
	if (!detail_scrolls(ui, -10))
		actions_move_by(ui, -(long)ui->page);
}

void action_page_down(struct ui *ui)
{
	if (!detail_scrolls(ui, 10))
		actions_move_by(ui, ui->page);
}

/* The top is where the most interesting line is, whichever that is. */
void action_home(struct ui *ui)
{
	actions_move_to(ui, 0);
	ui_place(ui)->follows = ui->view != VIEW_ACTORS && ui->view != VIEW_BEHAVIOURS;
}

void action_end(struct ui *ui)
{
	actions_move_to(ui, LONG_MAX);
}

void action_follow(struct ui *ui)
{
	struct ui_place *place = ui_place(ui);

	place->follows = !place->follows;
	ui_refresh(ui);
	ui_say(ui, false,
	       place->follows ? "the selection stays with its line"
			      : "the selection stays at its place on the screen");
}

/* ---- Views ----------------------------------------------------------------------------------- */

void action_next_view(struct ui *ui)
{
	ui_show(ui, (enum view_id)((ui->view + 1) % VIEW_COUNT));
}

void action_last_view(struct ui *ui)
{
	ui_show(ui, (enum view_id)((ui->view + VIEW_COUNT - 1) % VIEW_COUNT));
}

#define ACTION_VIEW(number)                              \
	void action_view_##number(struct ui *ui)         \
	{                                                \
		ui_show(ui, (enum view_id)((number)-1)); \
	}

ACTION_VIEW(1)
ACTION_VIEW(2)
ACTION_VIEW(3)
ACTION_VIEW(4)
ACTION_VIEW(5)
ACTION_VIEW(6)
ACTION_VIEW(7)

void action_help(struct ui *ui)
{
	ui->help = true;
	ui->help_offset = 0;
}

void action_detail(struct ui *ui)
{
	const struct view *view = views[ui->view];
	size_t line = ui_place(ui)->index;

	if (line >= view->count(ui))
		return;
	if (view->enter != NULL && view->enter(ui, line))
		return;
	if (ui_selected_pid(ui) == 0) {
		ui_say(ui, false, "this line is about no single actor");
		return;
	}
	actions_move_to(ui, (long)line);
	ui->detail = true;
	ui->detail_place = (struct ui_place){0};
}

/* One step back at a time, the nearest first. */
void action_back(struct ui *ui)
{
	struct filter_error error;

	if (ui->detail)
		ui->detail = false;
	else if (views_back(ui))
		ui_refresh(ui);
	else if (ui->search[0] != '\0')
		ui->search[0] = '\0';
	else if (ui->filter != NULL)
		(void)ui_set_filter(ui, "", &error);
	else if (ui->tag_count > 0)
		ui->tag_count = 0;
	else if (ui->paused)
		ui->paused = false;
	else
		ui_say(ui, false, "q ends the viewer");
}

void action_left(struct ui *ui)
{
	if (views_fold(ui, false))
		return;
	if (ui->column > 0)
		ui->column--;
}

void action_right(struct ui *ui)
{
	if (views_fold(ui, true))
		return;
	if (ui->column < COLUMN_ID_COUNT - 4)
		ui->column++;
}

void action_unfold(struct ui *ui)
{
	(void)views_fold(ui, true);
}

void action_fold(struct ui *ui)
{
	(void)views_fold(ui, false);
}

void action_unfold_all(struct ui *ui)
{
	views_fold_all(ui);
}

void action_meters(struct ui *ui)
{
	ui->meters = !ui->meters;
	ui->unsaved = true;
}

void action_mouse(struct ui *ui)
{
	ui->mouse = !ui->mouse;
	ui->unsaved = true;
	ui->request = UI_REDRAW;
	ui_say(ui, false, ui->mouse ? "mouse on; hold Shift to select text" : "mouse off");
}

void action_matrix(struct ui *ui)
{
	views_matrix(ui);
}

void action_redraw(struct ui *ui)
{
	ui->request = UI_REDRAW;
}

void action_suspend(struct ui *ui)
{
	ui->request = UI_SUSPEND;
}

void action_quit(struct ui *ui)
{
	ui->request = UI_QUIT;
}

void action_print_quit(struct ui *ui)
{
	ui->request = UI_PRINT_QUIT;
}

void action_copy(struct ui *ui)
{
	uint64_t pid = ui_selected_pid(ui);

	if (pid == 0) {
		ui_say(ui, false, "this line has no pid to copy");
		return;
	}
	column_pid_text(pid, ui->clipboard, sizeof(ui->clipboard));
	ui->request = UI_COPY;
	ui_say(ui, false, "%s is in the clipboard, if the terminal allows it", ui->clipboard);
}
