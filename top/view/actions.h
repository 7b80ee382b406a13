/* SPDX-License-Identifier: MIT */
#ifndef TOP_VIEW_ACTIONS_H
#define TOP_VIEW_ACTIONS_H

/* What keys do. */

#include "view/ui.h"

void actions_run(struct ui *ui, enum action action);
void actions_prompt(struct ui *ui, uint32_t input);
void actions_menu(struct ui *ui, uint32_t input);
void actions_help(struct ui *ui, uint32_t input);
void actions_mouse(struct ui *ui, const struct mouse *mouse);

/* The chooser of programs. Returns how many can be watched. */
size_t actions_choose_process(struct ui *ui);

#endif
