/* SPDX-License-Identifier: MIT */
#include "view/ui.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/actions.h"
#include "view/matching.h"
#include "view/record.h"
#include "view/state.h"
#include "view/view.h"

/* Rows that are kept beyond those on the screen, so that scrolling finds them there. */
#define ROWS_LEAST 256u
#define ROWS_AHEAD 128u

bool ui_init(struct ui *ui)
{
	memset(ui, 0, sizeof(*ui));
	ui->meters = true;
	ui->mouse = true;
	ui->page = 10;
	return views_create(ui);
}

void ui_finish(struct ui *ui)
{
	ui->recording = recording_end(ui->recording);
	ui->dump = recording_end(ui->dump);
	ui->state = state_end(ui->state);
	views_destroy(ui);
	ui->filter = filter_free(ui->filter);
	menu_close(&ui->menu);
	model_close(&ui->model);
}

void ui_say(struct ui *ui, bool bad, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ui->message, sizeof(ui->message), format, arguments);
	va_end(arguments);
	ui->message_bad = bad;
	ui->message_ns = plane_clock_monotonic();
}

/* Nothing of what was watched before is on the screen any more. */
static void forget(struct ui *ui)
{
	model_close(&ui->model);
	views_forget(ui);
	for (int i = 0; i < VIEW_COUNT; i++)
		ui->places[i] = (struct ui_place){0};
	ui->tag_count = 0;
	ui->detail = false;
	ui->state = state_end(ui->state);
}

int ui_open(struct ui *ui, const char *path)
{
	char error[1024];
	int status;

	forget(ui);
	status = model_open(&ui->model, path, error, sizeof(error));
	if (status < 0)
		ui_say(ui, true, "%s", error);
	return status;
}

int ui_open_trace(struct ui *ui, const char *trace)
{
	char error[1024];
	int status;

	forget(ui);
	status = model_open_trace(&ui->model, trace, error, sizeof(error));
	if (status < 0)
		ui_say(ui, true, "%s", error);
	return status;
}

/* ---- Filter ---------------------------------------------------------------------------------- */

static bool match(void *user, const struct row *row)
{
	const struct ui *ui = user;

	return matching_filter(ui->filter, row, &ui->model.names);
}

bool ui_set_filter(struct ui *ui, const char *text, struct filter_error *error)
{
	struct filter *filter = NULL;

	if (text[0] != '\0' && filter_parse(text, &matching_schema, &filter, error) < 0)
		return false;
	ui->filter = filter_free(ui->filter);
	ui->filter = filter;
	ui->model.wish.list.match = filter != NULL ? match : NULL;
	ui->model.wish.list.user = ui;
	if (ui->model.target.plane != NULL)
		table_restart(&ui->model.table);
	return true;
}

/* ---- Selection ------------------------------------------------------------------------------- */

uint64_t ui_selected_pid(const struct ui *ui)
{
	const struct view *view = views[ui->view];
	const struct ui_place *place = &ui->places[ui->view];

	if (view->pid == NULL || place->index >= view->count(ui))
		return 0;
	return view->pid(ui, place->index);
}

bool ui_is_tagged(const struct ui *ui, uint64_t pid)
{
	for (size_t i = 0; pid != 0 && i < ui->tag_count; i++)
		if (ui->tags[i] == pid)
			return true;
	return false;
}

/* The place again, after the lines have changed: by id where it follows, else by index. */
static void place_again(struct ui *ui)
{
	const struct view *view = views[ui->view];
	struct ui_place *place = ui_place(ui);
	size_t count = view->count(ui), page = ui->page > 0 ? (size_t)ui->page : 1;

	if (count == 0) {
		place->index = place->offset = 0;
		return;
	}
	if (place->follows && (place->index >= count || view->id(ui, place->index) != place->id)) {
		size_t line = 0;

		while (line < count && view->id(ui, line) != place->id)
			line++;
		/* What has gone is kept for a while in case it comes back. */
		if (line < count)
			place->index = line;
	}
	if (place->index >= count)
		place->index = count - 1;
	if (!place->follows || place->id == 0)
		place->id = view->id(ui, place->index);
	if (place->index < place->offset)
		place->offset = place->index;
	if (place->index >= place->offset + page)
		place->offset = place->index + 1 - page;
	if (count > page && place->offset > count - page)
		place->offset = count - page;
	if (count <= page)
		place->offset = 0;
}

/* ---- Ticks ----------------------------------------------------------------------------------- */

static void make_wish(struct ui *ui)
{
	struct model_wish *wish = &ui->model.wish;
	const struct ui_place *place = &ui->places[VIEW_ACTORS];
	uint32_t rows = (uint32_t)place->offset + (uint32_t)ui->page + ROWS_AHEAD;
	uint64_t selected = ui_selected_pid(ui);

	wish->list.rows = rows > ROWS_LEAST ? rows : ROWS_LEAST;
	wish->first_row = (uint32_t)place->offset;
	wish->page_rows = (uint32_t)ui->page;
	wish->pinned_count = 0;
	if (selected != 0)
		wish->pinned[wish->pinned_count++] = selected;
	for (size_t i = 0; i < ui->tag_count; i++)
		wish->pinned[wish->pinned_count++] = ui->tags[i];
}

void ui_refresh(struct ui *ui)
{
	if (views[ui->view]->prepare != NULL)
		views[ui->view]->prepare(ui);
	place_again(ui);
}

void ui_events(struct ui *ui)
{
	state_look(ui);
	if (!ui->paused && ui->model.target.plane != NULL)
		model_events(&ui->model);
}

/* A trace goes on as fast as it went when it was recorded, and stops at its end. */
static void play(struct ui *ui)
{
	struct model *model = &ui->model;
	uint64_t now = stage_now(model->stage);

	if (model->tick_count == 0)
		model_tick(model);
	else if (model_play(model, now + model->wish.interval_ns) < 0)
		ui_say(ui, true, "the trace is damaged here; what came before can be seen");
	if (stage_now(model->stage) >= stage_end(model->stage) || stage_now(model->stage) == now) {
		ui->paused = model->tick_count > 1;
		if (ui->paused)
			ui_say(ui, false, "the trace ends here; [ and { go back");
	}
}

void ui_tick(struct ui *ui)
{
	recordings_look(ui);
	if (ui->paused || ui->model.target.plane == NULL)
		return;
	make_wish(ui);
	if (ui->model.stage == NULL) {
		model_tick(&ui->model);
	} else {
		play(ui);
	}
	ui_refresh(ui);
}

void ui_show(struct ui *ui, enum view_id view)
{
	ui->view = view;
	ui->detail = false;
	ui->column = 0;
	ui_refresh(ui);
}

/* ---- Input ----------------------------------------------------------------------------------- */

void ui_input(struct ui *ui, uint32_t input, const struct mouse *mouse)
{
	const struct key *key;

	if (input == INPUT_MOUSE) {
		if (ui->mouse && mouse != NULL)
			actions_mouse(ui, mouse);
		return;
	}
	if (ui->prompt.kind != PROMPT_NONE) {
		actions_prompt(ui, input);
		return;
	}
	if (ui->menu.kind != MENU_NONE) {
		actions_menu(ui, input);
		return;
	}
	if (ui->help) {
		actions_help(ui, input);
		return;
	}
	key = key_find(input, ui->view);
	if (key != NULL)
		actions_run(ui, key->action);
	else if (input > ' ' && input < 127)
		ui_say(ui, false, "%c does nothing here; ? explains the keys", (int)input);
	else
		ui_say(ui, false, "this key does nothing here; ? explains the keys");
}
