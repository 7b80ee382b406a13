/* SPDX-License-Identifier: MIT */
#ifndef TOP_VIEW_MENU_H
#define TOP_VIEW_MENU_H

/* A box with lines, one of which is chosen. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "view/cells.h"

enum menu_kind {
	MENU_NONE,
	MENU_SORT,
	MENU_COLUMNS,
	MENU_PROCESSES,
	MENU_RECORD
};

struct menu_item {
	char text[160];
	uint64_t id;
	bool checkable;
	bool checked;
};

struct menu {
	enum menu_kind kind;
	const char *title;
	const char *hint; /* below the lines */
	struct menu_item *items;
	size_t count;
	size_t selected;
	size_t offset;
};

enum menu_result {
	MENU_STAYS,
	MENU_CHOSEN,  /* items[selected] */
	MENU_TOGGLED, /* the same, with Space */
	MENU_LEFT
};

void menu_open(struct menu *menu, enum menu_kind kind, const char *title, const char *hint);

/* NULL: no memory. */
struct menu_item *menu_add(struct menu *menu, uint64_t id, const char *text);
void menu_close(struct menu *menu);
enum menu_result menu_input(struct menu *menu, uint32_t input);
void menu_draw(struct menu *menu, struct cells *cells);

#endif
