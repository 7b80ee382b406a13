/* SPDX-License-Identifier: MIT */

/* The order of lines, and which columns they have. */

#include "view/actions.h"

#include <stdio.h>

#include "view/list.h"
#include "view/view.h"

unsigned actions_list(const struct ui *ui)
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

void actions_sort_by(struct ui *ui, enum column_id column)
{
	if ((columns[column].lists & actions_list(ui)) == 0) {
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
	while (!list_has(ui, actions_list(ui), (enum column_id)column));
	*sort_of(ui) = (enum column_id)column;
	*rising_of(ui) = columns[column].rising;
	ui->unsaved = true;
	sort_changed(ui);
	ui_say(ui, false, "sorted by %s", columns[column].key);
}

void action_sort_left(struct ui *ui)
{
	sort_step(ui, -1);
}

void action_sort_right(struct ui *ui)
{
	sort_step(ui, 1);
}

void action_sort_busy(struct ui *ui)
{
	actions_sort_by(ui, COLUMN_BUSY);
}

void action_sort_memory(struct ui *ui)
{
	actions_sort_by(ui, COLUMN_MEMORY);
}

void action_sort_mailbox(struct ui *ui)
{
	actions_sort_by(ui, COLUMN_MAILBOX);
}

void action_sort_time(struct ui *ui)
{
	actions_sort_by(ui, COLUMN_TIME);
}

void action_reverse(struct ui *ui)
{
	*rising_of(ui) = !*rising_of(ui);
	sort_changed(ui);
}

void action_freeze(struct ui *ui)
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

		if ((columns[i].lists & actions_list(ui)) == 0)
			continue;
		snprintf(text, sizeof(text), "%-10s %s", columns[i].title, columns[i].help);
		item = menu_add(&ui->menu, (uint64_t)i, text);
		if (item == NULL)
			return;
		item->checkable = kind == MENU_COLUMNS;
		item->checked = list_has(ui, actions_list(ui), (enum column_id)i);
		if (kind == MENU_SORT && i == (int)*sort_of(ui))
			ui->menu.selected = ui->menu.count - 1;
	}
}

void action_sort(struct ui *ui)
{
	open_columns(ui, MENU_SORT, "Sort by", "Enter chooses, Esc leaves");
}

void action_columns(struct ui *ui)
{
	open_columns(ui, MENU_COLUMNS, "Columns", "Space puts in or takes out, Esc leaves");
}

void actions_toggle_column(struct ui *ui, struct menu_item *item)
{
	uint64_t bit = UINT64_C(1) << item->id;
	int list = list_index(actions_list(ui));

	item->checked = !item->checked;
	ui->hidden[list] &= ~bit;
	ui->wanted[list] &= ~bit;
	if (item->checked)
		ui->wanted[list] |= bit;
	else
		ui->hidden[list] |= bit;
	ui->unsaved = true;
}
