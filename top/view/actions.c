/* SPDX-License-Identifier: MIT */
#include "view/actions.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actor/plane_path.h>

#include "term/text.h"
#include "term/time.h"
#include "view/format.h"
#include "view/list.h"
#include "view/record.h"
#include "view/view.h"

#define INTERVAL_LEAST_NS    UINT64_C(100000000)
#define INTERVAL_GREATEST_NS UINT64_C(60000000000)

/* ---- Moving ---------------------------------------------------------------------------------- */

/* To a line; from now on the selection stays with what the line means. */
static void move_to(struct ui *ui, long line)
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

static void move_by(struct ui *ui, long lines)
{
	move_to(ui, (long)ui_place(ui)->index + lines);
}

static void action_up(struct ui *ui)
{
	move_by(ui, -1);
}

static void action_down(struct ui *ui)
{
	move_by(ui, 1);
}

static bool detail_scrolls(struct ui *ui, long lines)
{
	long offset = (long)ui->detail_place.offset + lines;

	if (!ui->detail)
		return false;
	ui->detail_place.offset = offset > 0 ? (size_t)offset : 0;
	return true;
}

static void action_page_up(struct ui *ui)
{
	if (!detail_scrolls(ui, -10))
		move_by(ui, -(long)ui->page);
}

static void action_page_down(struct ui *ui)
{
	if (!detail_scrolls(ui, 10))
		move_by(ui, ui->page);
}

/* The top is where the most interesting line is, whichever that is. */
static void action_home(struct ui *ui)
{
	move_to(ui, 0);
	ui_place(ui)->follows = ui->view != VIEW_ACTORS && ui->view != VIEW_BEHAVIOURS;
}

static void action_end(struct ui *ui)
{
	move_to(ui, LONG_MAX);
}

static void action_follow(struct ui *ui)
{
	struct ui_place *place = ui_place(ui);

	place->follows = !place->follows;
	ui_refresh(ui);
	ui_say(ui, false,
	       place->follows ? "the selection stays with its line"
			      : "the selection stays at its place on the screen");
}

/* ---- Views ----------------------------------------------------------------------------------- */

static void action_next_view(struct ui *ui)
{
	ui_show(ui, (enum view_id)((ui->view + 1) % VIEW_COUNT));
}

static void action_last_view(struct ui *ui)
{
	ui_show(ui, (enum view_id)((ui->view + VIEW_COUNT - 1) % VIEW_COUNT));
}

#define ACTION_VIEW(number)                              \
	static void action_view_##number(struct ui *ui)  \
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

static void action_help(struct ui *ui)
{
	ui->help = true;
	ui->help_offset = 0;
}

static void action_detail(struct ui *ui)
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
	move_to(ui, (long)line);
	ui->detail = true;
	ui->detail_place = (struct ui_place){0};
}

/* One step back at a time, the nearest first. */
static void action_back(struct ui *ui)
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

static void action_left(struct ui *ui)
{
	if (views_fold(ui, false))
		return;
	if (ui->column > 0)
		ui->column--;
}

static void action_right(struct ui *ui)
{
	if (views_fold(ui, true))
		return;
	if (ui->column < COLUMN_ID_COUNT - 4)
		ui->column++;
}

static void action_unfold(struct ui *ui)
{
	(void)views_fold(ui, true);
}

static void action_fold(struct ui *ui)
{
	(void)views_fold(ui, false);
}

static void action_unfold_all(struct ui *ui)
{
	views_fold_all(ui);
}

static void action_meters(struct ui *ui)
{
	ui->meters = !ui->meters;
	ui->unsaved = true;
}

static void action_mouse(struct ui *ui)
{
	ui->mouse = !ui->mouse;
	ui->unsaved = true;
	ui->request = UI_REDRAW;
	ui_say(ui, false, ui->mouse ? "mouse on; hold Shift to select text" : "mouse off");
}

static void action_matrix(struct ui *ui)
{
	views_matrix(ui);
}

static void action_redraw(struct ui *ui)
{
	ui->request = UI_REDRAW;
}

static void action_suspend(struct ui *ui)
{
	ui->request = UI_SUSPEND;
}

static void action_quit(struct ui *ui)
{
	ui->request = UI_QUIT;
}

static void action_print_quit(struct ui *ui)
{
	ui->request = UI_PRINT_QUIT;
}

static void action_copy(struct ui *ui)
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

/* ---- Finding and choosing -------------------------------------------------------------------- */

static bool line_matches(const struct ui *ui, size_t line)
{
	char text[512] = "";

	views[ui->view]->text(ui, line, text, sizeof(text));
	return strcasestr(text, ui->search) != NULL;
}

/* The next line that matches, from `line` on, around the end. */
static bool find(struct ui *ui, size_t line, bool backwards)
{
	size_t count = views[ui->view]->count(ui);

	for (size_t i = 0; i < count; i++) {
		size_t at = backwards ? (line + count - i % count) % count : (line + i) % count;

		if (line_matches(ui, at)) {
			move_to(ui, (long)at);
			return true;
		}
	}
	return false;
}

static void find_again(struct ui *ui, bool backwards)
{
	size_t count = views[ui->view]->count(ui), index = ui_place(ui)->index;

	if (ui->search[0] == '\0')
		ui_say(ui, false, "nothing is being searched for; / begins");
	else if (count == 0 || !find(ui, (index + (backwards ? count - 1 : 1)) % count, backwards))
		ui_say(ui, true, "no line has '%s'; a filter (\\) looks at all actors", ui->search);
}

static void action_search(struct ui *ui)
{
	prompt_open(&ui->prompt, PROMPT_SEARCH, "");
}

static void action_search_next(struct ui *ui)
{
	find_again(ui, false);
}

static void action_search_last(struct ui *ui)
{
	find_again(ui, true);
}

static void action_filter(struct ui *ui)
{
	prompt_open(&ui->prompt, PROMPT_FILTER,
		    ui->filter != NULL ? filter_source(ui->filter) : "");
}

void view_only(struct ui *ui, const char *behaviour)
{
	struct filter_error error;
	char text[NAMES_TEXT + 32];

	snprintf(text, sizeof(text), "behaviour == \"%s\"", behaviour);
	if (!ui_set_filter(ui, text, &error))
		ui_say(ui, true, "%s", error.text);
}

static void action_only(struct ui *ui)
{
	const struct row *row = model_row(&ui->model, ui_selected_pid(ui));
	struct filter_error error;
	size_t line = ui_place(ui)->index;

	if (ui->filter != NULL)
		(void)ui_set_filter(ui, "", &error);
	else if (ui->view == VIEW_BEHAVIOURS && line < ui->model.group_count)
		view_only(ui, names_behaviour(&ui->model.names, ui->model.groups[line].behaviour));
	else if (row != NULL)
		view_only(ui, names_behaviour(&ui->model.names, row->behaviour));
}

static void action_tag(struct ui *ui)
{
	uint64_t pid = ui_selected_pid(ui);

	if (pid == 0)
		return;
	for (size_t i = 0; i < ui->tag_count; i++) {
		if (ui->tags[i] == pid) {
			ui->tags[i] = ui->tags[--ui->tag_count];
			move_by(ui, 1);
			return;
		}
	}
	if (ui->tag_count == UI_TAGS_MAX) {
		ui_say(ui, true, "no more than %d tags", UI_TAGS_MAX);
		return;
	}
	ui->tags[ui->tag_count++] = pid;
	move_by(ui, 1);
}

static void action_untag(struct ui *ui)
{
	ui->tag_count = 0;
}

/* ---- Order ----------------------------------------------------------------------------------- */

static unsigned list_of(const struct ui *ui)
{
	return ui->view == VIEW_BEHAVIOURS ? COLUMN_IN_BEHAVIOURS
	       : ui->view == VIEW_TREE     ? COLUMN_IN_TREE
					   : COLUMN_IN_ACTORS;
}

/* The tree sorts its branches like the list of actors. */
static enum column_id *sort_of(struct ui *ui)
{
	return ui->view == VIEW_BEHAVIOURS ? &ui->model.wish.group_sort : &ui->model.wish.list.sort;
}

static bool *rising_of(struct ui *ui)
{
	return ui->view == VIEW_BEHAVIOURS ? &ui->model.wish.group_rising
					   : &ui->model.wish.list.rising;
}

static void sort_changed(struct ui *ui)
{
	if (ui->model.target.plane != NULL) {
		table_restart(&ui->model.table);
		if (!ui->paused)
			model_tick(&ui->model);
		else
			model_sort(&ui->model);
	}
	ui_refresh(ui);
}

static void sort_by(struct ui *ui, enum column_id column)
{
	if ((columns[column].lists & list_of(ui)) == 0) {
		ui_say(ui, false, "this list has no column %s", columns[column].title);
		return;
	}
	if (*sort_of(ui) == column)
		*rising_of(ui) = !*rising_of(ui);
	else
		*rising_of(ui) = columns[column].rising;
	*sort_of(ui) = column;
	ui->unsaved = true;
	sort_changed(ui);
}

static void sort_step(struct ui *ui, int step)
{
	int column = (int)*sort_of(ui);

	do
		column = (column + step + COLUMN_ID_COUNT) % COLUMN_ID_COUNT;
	while (!list_has(ui, list_of(ui), (enum column_id)column));
	*sort_of(ui) = (enum column_id)column;
	*rising_of(ui) = columns[column].rising;
	ui->unsaved = true;
	sort_changed(ui);
	ui_say(ui, false, "sorted by %s", columns[column].key);
}

static void action_sort_left(struct ui *ui)
{
	sort_step(ui, -1);
}

static void action_sort_right(struct ui *ui)
{
	sort_step(ui, 1);
}

static void action_sort_busy(struct ui *ui)
{
	sort_by(ui, COLUMN_BUSY);
}

static void action_sort_memory(struct ui *ui)
{
	sort_by(ui, COLUMN_MEMORY);
}

static void action_sort_mailbox(struct ui *ui)
{
	sort_by(ui, COLUMN_MAILBOX);
}

static void action_sort_time(struct ui *ui)
{
	sort_by(ui, COLUMN_TIME);
}

static void action_reverse(struct ui *ui)
{
	*rising_of(ui) = !*rising_of(ui);
	sort_changed(ui);
}

static void action_freeze(struct ui *ui)
{
	ui->model.wish.frozen = !ui->model.wish.frozen;
	ui_say(ui, false,
	       ui->model.wish.frozen ? "the order stands still; o lets it go"
				     : "the order goes on");
}

static void open_columns(struct ui *ui, enum menu_kind kind, const char *title, const char *hint)
{
	menu_open(&ui->menu, kind, title, hint);
	for (int i = 0; i < COLUMN_ID_COUNT; i++) {
		struct menu_item *item;
		char text[160];

		if ((columns[i].lists & list_of(ui)) == 0)
			continue;
		snprintf(text, sizeof(text), "%-10s %s", columns[i].title, columns[i].help);
		item = menu_add(&ui->menu, (uint64_t)i, text);
		if (item == NULL)
			return;
		item->checkable = kind == MENU_COLUMNS;
		item->checked = list_has(ui, list_of(ui), (enum column_id)i);
		if (kind == MENU_SORT && i == (int)*sort_of(ui))
			ui->menu.selected = ui->menu.count - 1;
	}
}

static void action_sort(struct ui *ui)
{
	open_columns(ui, MENU_SORT, "Sort by", "Enter chooses, Esc leaves");
}

static void action_columns(struct ui *ui)
{
	open_columns(ui, MENU_COLUMNS, "Columns", "Space puts in or takes out, Esc leaves");
}

static void toggle_column(struct ui *ui, struct menu_item *item)
{
	uint64_t bit = UINT64_C(1) << item->id;
	int list = list_index(list_of(ui));

	item->checked = !item->checked;
	ui->hidden[list] &= ~bit;
	ui->wanted[list] &= ~bit;
	if (item->checked)
		ui->wanted[list] |= bit;
	else
		ui->hidden[list] |= bit;
	ui->unsaved = true;
}

/* ---- Time ------------------------------------------------------------------------------------ */

static void action_pause(struct ui *ui)
{
	ui->paused = !ui->paused;
}

static void set_interval(struct ui *ui, uint64_t ns)
{
	char text[FORMAT_SIZE];

	ns = ns < INTERVAL_LEAST_NS      ? INTERVAL_LEAST_NS
	     : ns > INTERVAL_GREATEST_NS ? INTERVAL_GREATEST_NS
					 : ns;
	ui->model.wish.interval_ns = ns;
	ui->unsaved = true;
	ui_say(ui, false, "looks every %s", format_ns((double)ns, text));
}

static void action_slower(struct ui *ui)
{
	set_interval(ui, ui->model.wish.interval_ns * 2);
}

static void action_faster(struct ui *ui)
{
	set_interval(ui, ui->model.wish.interval_ns / 2);
}

static void action_delay(struct ui *ui)
{
	char text[32];

	snprintf(text, sizeof(text), "%g", (double)ui->model.wish.interval_ns / 1e9);
	prompt_open(&ui->prompt, PROMPT_DELAY, text);
}

/* ---- Program --------------------------------------------------------------------------------- */

static void action_events(struct ui *ui)
{
	ui->model.wish.events = !ui->model.wish.events;
	ui_say(ui, false,
	       ui->model.wish.events ? "events are asked for, whatever they cost the program"
				     : "events only where they cost the program next to nothing");
}

static void action_record(struct ui *ui)
{
	if (ui->recording != NULL)
		recording_stop(ui);
	else
		recording_begin(ui);
}

static void action_heir(struct ui *ui)
{
	char path[sizeof(ui->model.target.heir_path)];

	if (ui->model.target.plane == NULL || ui->model.target.heir == 0) {
		ui_say(ui, false, "the program has not been started again");
		return;
	}
	memcpy(path, ui->model.target.heir_path, sizeof(path));
	if (ui_open(ui, path) == 0)
		ui_tick(ui);
}

size_t actions_choose_process(struct ui *ui)
{
	struct plane_summary *summary = malloc(sizeof(*summary));
	struct plane_file *files = NULL;
	char directory[PATH_MAX];
	size_t count = 0, living = 0;

	menu_open(&ui->menu, MENU_PROCESSES, "Programs", "Enter watches it, Esc leaves");
	if (summary == NULL || actor_plane_directory(directory, sizeof(directory)) < 0 ||
	    plane_files_list(directory, &files, &count) < 0)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		char program[256], text[400];
		const char *base;

		plane_look(directory, &files[i], summary);
		if (summary->refusal[0] != '\0')
			continue;
		base = strrchr(summary->program, '/');
		(void)text_safe(base != NULL ? base + 1 : summary->program, program,
				sizeof(program));
		snprintf(text, sizeof(text), "%7u  %-20s %9u actors%s", summary->id.pid, program,
			 summary->actors,
			 summary->life == PLANE_LIVING  ? ""
			 : summary->life == PLANE_ENDED ? ", ended"
							: ", dead");
		if (menu_add(&ui->menu, i, text) == NULL)
			break;
		living += summary->life == PLANE_LIVING;
	}
	free(files);
	free(summary);
	if (ui->menu.count == 0) {
		menu_close(&ui->menu);
		ui_say(ui, true, "no program has a plane in %s", directory);
	}
	return living;
}

static void action_processes(struct ui *ui)
{
	(void)actions_choose_process(ui);
}

/* By the pid in its line: the list of files may have changed meanwhile. */
static void choose_process(struct ui *ui, const struct menu_item *item)
{
	char path[PATH_MAX + 80], error[512];
	unsigned pid = (unsigned)strtoul(item->text, NULL, 10);

	if (target_find(pid, path, sizeof(path), error, sizeof(error)) < 0) {
		ui_say(ui, true, "%s", error);
		return;
	}
	if (ui_open(ui, path) == 0)
		ui_tick(ui);
}

/* ---- Dispatch -------------------------------------------------------------------------------- */

void actions_run(struct ui *ui, enum action action)
{
	static void (*const functions[ACTION_COUNT])(struct ui * ui) = {
#define X(NAME, name) [ACTION_##NAME] = action_##name,
		ACTION_MAP(X)
#undef X
	};

	functions[action](ui);
}

static void prompt_done(struct ui *ui)
{
	struct prompt *prompt = &ui->prompt;
	struct filter_error error;
	int64_t ns;

	switch (prompt->kind) {
	case PROMPT_FILTER:
		if (!ui_set_filter(ui, prompt->text, &error)) {
			snprintf(prompt->error, sizeof(prompt->error), "%s", error.text);
			/* Where the mistake is. */
			if (error.position <= prompt->length)
				prompt->cursor = error.position;
			return;
		}
		if (!ui->paused)
			ui_tick(ui);
		break;
	case PROMPT_DELAY:
		if (!time_parse(prompt->text, &ns) || ns <= 0) {
			snprintf(prompt->error, sizeof(prompt->error),
				 "give seconds from 0.1 to 60, as in 2 or 500ms");
			return;
		}
		set_interval(ui, (uint64_t)ns);
		break;
	default:
		if (ui->search[0] != '\0' && !find(ui, ui_place(ui)->index, false))
			find_again(ui, false);
		break;
	}
	prompt->kind = PROMPT_NONE;
}

void actions_prompt(struct ui *ui, uint32_t input)
{
	switch (prompt_input(&ui->prompt, input)) {
	case PROMPT_DONE:
		prompt_done(ui);
		break;
	case PROMPT_CANCELLED:
		ui->prompt.kind = PROMPT_NONE;
		break;
	case PROMPT_EDITED:
		/* A search shows what it finds while it is typed. */
		if (ui->prompt.kind == PROMPT_SEARCH) {
			snprintf(ui->search, sizeof(ui->search), "%.*s",
				 (int)sizeof(ui->search) - 1, ui->prompt.text);
			if (ui->search[0] != '\0' && !find(ui, ui_place(ui)->index, false))
				snprintf(ui->prompt.error, sizeof(ui->prompt.error),
					 "no line has this");
		}
		break;
	default:
		break;
	}
}

void actions_menu(struct ui *ui, uint32_t input)
{
	enum menu_result result = menu_input(&ui->menu, input);
	struct menu_item item;

	if (result == MENU_STAYS)
		return;
	if (result != MENU_LEFT && ui->menu.kind == MENU_COLUMNS) {
		toggle_column(ui, &ui->menu.items[ui->menu.selected]);
		return;
	}
	if (result == MENU_CHOSEN) {
		enum menu_kind kind = ui->menu.kind;

		item = ui->menu.items[ui->menu.selected];
		menu_close(&ui->menu);
		if (kind == MENU_SORT)
			sort_by(ui, (enum column_id)item.id);
		else
			choose_process(ui, &item);
		return;
	}
	if (result == MENU_LEFT)
		menu_close(&ui->menu);
}

void actions_help(struct ui *ui, uint32_t input)
{
	switch (input) {
	case INPUT_UP:
	case 'k':
		ui->help_offset -= ui->help_offset > 0;
		break;
	case INPUT_DOWN:
	case 'j':
		ui->help_offset++;
		break;
	case INPUT_PAGE_UP:
		ui->help_offset -= ui->help_offset > 10 ? 10 : ui->help_offset;
		break;
	case INPUT_PAGE_DOWN:
	case ' ':
		ui->help_offset += 10;
		break;
	case INPUT_HOME:
	case 'g':
		ui->help_offset = 0;
		break;
	default:
		ui->help = false;
		break;
	}
}

/* ---- Mouse ----------------------------------------------------------------------------------- */

static void click_head(struct ui *ui, int x, int width)
{
	enum column_id column;

	if ((IN_TABLES & 1u << ui->view) == 0)
		return;
	column = list_column_at(ui, list_of(ui), width, x);
	if (column != COLUMN_ID_COUNT)
		sort_by(ui, column);
}

static void click_tabs(struct ui *ui, int x)
{
	for (int i = 0; i < VIEW_COUNT; i++) {
		if (x < ui->tab_ends[i]) {
			ui_show(ui, (enum view_id)i);
			return;
		}
	}
}

void actions_mouse(struct ui *ui, const struct mouse *mouse)
{
	if (ui->help || ui->menu.kind != MENU_NONE || ui->prompt.kind != PROMPT_NONE) {
		uint32_t input = mouse->kind == MOUSE_WHEEL_UP     ? INPUT_UP
				 : mouse->kind == MOUSE_WHEEL_DOWN ? INPUT_DOWN
								   : INPUT_NONE;

		if (input != INPUT_NONE)
			ui_input(ui, input, NULL);
		return;
	}
	if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN) {
		move_by(ui, mouse->kind == MOUSE_WHEEL_UP ? -3 : 3);
	} else if (mouse->y == ui->head_y) {
		click_head(ui, mouse->x, ui->list_width);
	} else if (mouse->y == ui->tabs_y) {
		click_tabs(ui, mouse->x);
	} else if (mouse->y >= ui->list_y && mouse->y < ui->list_y + ui->page) {
		size_t line = ui_place(ui)->offset + (size_t)(mouse->y - ui->list_y);

		if (line < views[ui->view]->count(ui)) {
			move_to(ui, (long)line);
			if (mouse->kind == MOUSE_DOUBLE)
				action_detail(ui);
		}
	}
}
