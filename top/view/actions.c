/* SPDX-License-Identifier: MIT */

/* What is pressed, typed, chosen and clicked, and which action that is. */

#include "view/actions.h"

#include <stdio.h>
#include <string.h>

#include "term/time.h"
#include "view/list.h"
#include "view/record.h"
#include "view/view.h"

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
		actions_set_interval(ui, (uint64_t)ns);
		break;
	case PROMPT_GO_TO:
		if (!actions_go_to(ui, prompt->text)) {
			snprintf(prompt->error, sizeof(prompt->error),
				 "a time, a way, an event or a turn, as in 12.5s, +3s, #18422 or "
				 "t4711");
			return;
		}
		break;
	case PROMPT_DUMP:
		ns = 0;
		if (prompt->text[0] != '\0' && (!time_parse(prompt->text, &ns) || ns <= 0)) {
			snprintf(prompt->error, sizeof(prompt->error),
				 "give seconds, as in 10 or 500ms, or nothing");
			return;
		}
		dump_begin(ui, (double)ns / 1e9);
		break;
	default:
		actions_search_done(ui);
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
			if (!actions_search_typed(ui))
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
		actions_toggle_column(ui, &ui->menu.items[ui->menu.selected]);
		return;
	}
	if (result == MENU_CHOSEN) {
		enum menu_kind kind = ui->menu.kind;

		item = ui->menu.items[ui->menu.selected];
		menu_close(&ui->menu);
		if (kind == MENU_SORT)
			actions_sort_by(ui, (enum column_id)item.id);
		else if (kind == MENU_RECORD)
			recording_begin(ui, (enum record_what)item.id);
		else
			actions_choose(ui, &item);
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
	column = list_column_at(ui, actions_list(ui), width, x);
	if (column != COLUMN_ID_COUNT)
		actions_sort_by(ui, column);
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
		actions_move_by(ui, mouse->kind == MOUSE_WHEEL_UP ? -3 : 3);
	} else if (mouse->y == ui->head_y) {
		click_head(ui, mouse->x, ui->list_width);
	} else if (mouse->y == ui->tabs_y) {
		click_tabs(ui, mouse->x);
	} else if (mouse->y >= ui->list_y && mouse->y < ui->list_y + ui->page) {
		size_t line = ui_place(ui)->offset + (size_t)(mouse->y - ui->list_y);

		if (line < views[ui->view]->count(ui)) {
			actions_move_to(ui, (long)line);
			if (mouse->kind == MOUSE_DOUBLE)
				action_detail(ui);
		}
	}
}
