/* SPDX-License-Identifier: MIT */
#ifndef TOP_VIEW_ACTIONS_H
#define TOP_VIEW_ACTIONS_H

/* What keys do. */

#include "view/ui.h"

/* One function for each action of the table of keys. */
#define X(NAME, name) void action_##name(struct ui *ui);
ACTION_MAP(X)
#undef X

void actions_run(struct ui *ui, enum action action);
void actions_prompt(struct ui *ui, uint32_t input);
void actions_menu(struct ui *ui, uint32_t input);
void actions_help(struct ui *ui, uint32_t input);
void actions_mouse(struct ui *ui, const struct mouse *mouse);

/* Selects a line, which from now on stays selected wherever it goes; or one so far away. */
void actions_move_to(struct ui *ui, long line);
void actions_move_by(struct ui *ui, long lines);

/* Sorts by a column; by the same again: the other way round. */
void actions_sort_by(struct ui *ui, enum column_id column);
/* Which columns the view's list may have: COLUMN_IN_*. */
unsigned actions_list(const struct ui *ui);
void actions_toggle_column(struct ui *ui, struct menu_item *item);
void actions_set_interval(struct ui *ui, uint64_t ns);
/* The line that a search finds, from the selected one on; the next one when that is it already. */
void actions_search_done(struct ui *ui);
bool actions_search_typed(struct ui *ui);
/* To a place of the trace, as it is typed. False: it is none, or there is no trace. */
bool actions_go_to(struct ui *ui, const char *text);
/* Watches the program of a line of the chooser. */
void actions_choose(struct ui *ui, const struct menu_item *item);

/* The chooser of programs. Returns how many can be watched. */
size_t actions_choose_process(struct ui *ui);

#endif
