/* SPDX-License-Identifier: MIT */

/* Searching, filtering, tagging. */

#include "view/actions.h"

#include <stdio.h>
#include <string.h>

#include "view/view.h"

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
			actions_move_to(ui, (long)at);
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

void actions_search_done(struct ui *ui)
{
	if (ui->search[0] != '\0' && !find(ui, ui_place(ui)->index, false))
		find_again(ui, false);
}

bool actions_search_typed(struct ui *ui)
{
	return ui->search[0] == '\0' || find(ui, ui_place(ui)->index, false);
}

void action_search(struct ui *ui)
{
	prompt_open(&ui->prompt, PROMPT_SEARCH, "");
}

void action_search_next(struct ui *ui)
{
	find_again(ui, false);
}

void action_search_last(struct ui *ui)
{
	find_again(ui, true);
}

void action_filter(struct ui *ui)
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

void action_only(struct ui *ui)
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

void action_tag(struct ui *ui)
{
	uint64_t pid = ui_selected_pid(ui);

	if (pid == 0)
		return;
	for (size_t i = 0; i < ui->tag_count; i++) {
		if (ui->tags[i] == pid) {
			ui->tags[i] = ui->tags[--ui->tag_count];
			actions_move_by(ui, 1);
			return;
		}
	}
	if (ui->tag_count == UI_TAGS_MAX) {
		ui_say(ui, true, "no more than %d tags", UI_TAGS_MAX);
		return;
	}
	ui->tags[ui->tag_count++] = pid;
	actions_move_by(ui, 1);
}

void action_untag(struct ui *ui)
{
	ui->tag_count = 0;
}
