/* SPDX-License-Identifier: MIT */
#include "view/menu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/keys.h"

void menu_open(struct menu *menu, enum menu_kind kind, const char *title, const char *hint)
{
	menu_close(menu);
	menu->kind = kind;
	menu->title = title;
	menu->hint = hint;
}

struct menu_item *menu_add(struct menu *menu, uint64_t id, const char *text)
{
	struct menu_item *items = realloc(menu->items, (menu->count + 1) * sizeof(*items));

	if (items == NULL)
		return NULL;
	menu->items = items;
	items += menu->count++;
	memset(items, 0, sizeof(*items));
	items->id = id;
	snprintf(items->text, sizeof(items->text), "%s", text);
	return items;
}

void menu_close(struct menu *menu)
{
	free(menu->items);
	memset(menu, 0, sizeof(*menu));
}

static void move(struct menu *menu, long by)
{
	long to = (long)menu->selected + by;

	if (to >= (long)menu->count)
		to = (long)menu->count - 1;
	menu->selected = to > 0 ? (size_t)to : 0;
}

enum menu_result menu_input(struct menu *menu, uint32_t input)
{
	switch (input) {
	case INPUT_UP:
	case 'k':
		move(menu, -1);
		return MENU_STAYS;
	case INPUT_DOWN:
	case 'j':
		move(menu, 1);
		return MENU_STAYS;
	case INPUT_PAGE_UP:
		move(menu, -10);
		return MENU_STAYS;
	case INPUT_PAGE_DOWN:
		move(menu, 10);
		return MENU_STAYS;
	case INPUT_HOME:
	case 'g':
		menu->selected = 0;
		return MENU_STAYS;
	case INPUT_END:
	case 'G':
		move(menu, (long)menu->count);
		return MENU_STAYS;
	case ' ':
		return menu->count > 0 ? MENU_TOGGLED : MENU_STAYS;
	case INPUT_ENTER:
	case 13:
		return menu->count > 0 ? MENU_CHOSEN : MENU_LEFT;
	case INPUT_ESCAPE:
	case INPUT_BACKSPACE:
	case INPUT_CONTROL('C'):
	case 'q':
		return MENU_LEFT;
	default:
		return MENU_STAYS;
	}
}

static int widest(const struct menu *menu)
{
	int width = cells_width(menu->title) + 4;

	for (size_t i = 0; i < menu->count; i++) {
		int item = cells_width(menu->items[i].text) + (menu->items[i].checkable ? 4 : 0);

		width = item > width ? item : width;
	}
	if (menu->hint != NULL && cells_width(menu->hint) > width)
		width = cells_width(menu->hint);
	return width + 4;
}

void menu_draw(struct menu *menu, struct cells *cells)
{
	int width = widest(menu), lines = (int)menu->count, x, y, hint = menu->hint != NULL;

	if (width > cells->width)
		width = cells->width;
	if (lines > cells->height - 2 - hint)
		lines = cells->height - 2 - hint;
	if (lines < 0)
		lines = 0;
	if (menu->selected < menu->offset)
		menu->offset = menu->selected;
	if (menu->selected >= menu->offset + (size_t)lines)
		menu->offset = menu->selected + 1 - (size_t)lines;
	x = (cells->width - width) / 2;
	y = (cells->height - lines - 2 - hint) / 2;
	cells_box(cells, x, y, width, lines + 2 + hint, menu->title);
	for (int i = 0; i < lines && menu->offset + (size_t)i < menu->count; i++) {
		const struct menu_item *item = &menu->items[menu->offset + (size_t)i];
		int at = x + 2;

		if (item->checkable)
			at += cells_text(cells, at, y + 1 + i, 4, STYLE_NORMAL,
					 item->checked ? "[x] " : "[ ] ");
		cells_text(cells, at, y + 1 + i, x + width - 2 - at, STYLE_NORMAL, item->text);
		if (menu->offset + (size_t)i == menu->selected)
			cells_flag(cells, x + 1, y + 1 + i, width - 2, CELL_REVERSE);
	}
	if (hint)
		cells_text(cells, x + 2, y + lines + 1, width - 4, STYLE_DIM, menu->hint);
}
