/* SPDX-License-Identifier: MIT */

/* The help: keys by group, then states, columns and the filter's words. From the tables. */

#include "view/view.h"

#include <stdio.h>
#include <string.h>

struct page {
	struct cells *cells;
	int x, y, width, height;
	long line;   /* the next one */
	long offset; /* lines that have been scrolled away */
};

/* The place of the next line, -1: it is not on the screen. */
static int next_y(struct page *page)
{
	long at = page->line++ - page->offset;

	return at >= 0 && at < page->height ? page->y + (int)at : -1;
}

static void title(struct page *page, const char *text)
{
	int y;

	(void)next_y(page);
	y = next_y(page);
	if (y >= 0)
		cells_text(page->cells, page->x, y, page->width, STYLE_STRONG, text);
}

/* How much of the text goes on a line of `room`: up to a space, if there is one. */
static size_t fitting(const char *text, size_t room)
{
	size_t fits = strlen(text);

	if (fits <= room)
		return fits;
	for (fits = room; fits > 0 && text[fits] != ' ';)
		fits--;
	return fits > 0 ? fits : room;
}

/* A name and what it means, on as many lines as that takes. */
static void item(struct page *page, const char *name, int indent, const char *text)
{
	int room = page->width - indent - 2 > 1 ? page->width - indent - 2 : 1;

	do {
		size_t length = fitting(text, (size_t)room);
		int y = next_y(page);
		char line[128];

		if (y >= 0) {
			snprintf(line, sizeof(line), "%.*s", (int)length, text);
			cells_text(page->cells, page->x + 1, y, indent, STYLE_KEY, name);
			cells_text(page->cells, page->x + 2 + indent, y, room, STYLE_NORMAL, line);
		}
		name = "";
		text += length;
		text += strspn(text, " ");
	} while (text[0] != '\0');
}

static void put_keys(const struct ui *ui, struct page *page)
{
	for (int group = 0; group < KEYS_GROUP_COUNT; group++) {
		bool any = false;

		for (size_t i = 0; i < key_count; i++) {
			if ((int)keys[i].group != group || (keys[i].views & 1u << ui->view) == 0)
				continue;
			if (!any)
				title(page, key_group_titles[group]);
			any = true;
			item(page, keys[i].shown, 14, keys[i].help);
		}
	}
}

static void put_states(struct page *page)
{
	title(page, "States (column S)");
	for (int i = ROW_STATE_RUNNING; i < ROW_STATE_COUNT; i++) {
		char letter[2] = {row_state_letter((enum row_state)i), '\0'};

		item(page, letter, 14, row_state_word((enum row_state)i));
	}
}

static void put_columns(struct page *page)
{
	title(page, "Columns (in brackets: the name in filters)");
	for (int i = 0; i < COLUMN_ID_COUNT; i++) {
		char name[48];

		snprintf(name, sizeof(name), "%s (%s)", columns[i].title, columns[i].key);
		item(page, name, 24, columns[i].help);
	}
}

void help_draw(struct ui *ui, struct cells *cells)
{
	int width = cells->width < 84 ? cells->width : 84;
	struct page page = {.cells = cells,
			    .x = (cells->width - width) / 2 + 2,
			    .y = 1,
			    .width = width - 4,
			    .height = cells->height - 2,
			    .offset = (long)ui->help_offset};

	cells_box(cells, page.x - 2, 0, width, cells->height,
		  "actor-top: keys (Space: further, any other key: back)");
	put_keys(ui, &page);
	put_states(&page);
	put_columns(&page);
	title(&page, "Filters");
	item(&page, "\\", 14, "behaviour == room and mailbox > 10");
	item(&page, "", 14, "name ~ sess or not (busy < 5% and for < 200ms)");
	item(&page, "", 14, "state in (running, calling); names may have * and ?");
	/* It does not scroll beyond its last line. */
	if (page.line > page.height && ui->help_offset > (size_t)(page.line - page.height)) {
		ui->help_offset = (size_t)(page.line - page.height);
		help_draw(ui, cells);
	}
}
