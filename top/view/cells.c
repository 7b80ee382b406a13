/* SPDX-License-Identifier: MIT */
#include "view/cells.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define SIZE_MAX_SIDE 1000

bool cells_resize(struct cells *cells, int width, int height)
{
	struct cell *more;

	width = width < 0 ? 0 : width > SIZE_MAX_SIDE ? SIZE_MAX_SIDE : width;
	height = height < 0 ? 0 : height > SIZE_MAX_SIDE ? SIZE_MAX_SIDE : height;
	more = realloc(cells->cells, ((size_t)width * (size_t)height + 1) * sizeof(*more));
	cells->width = cells->height = 0;
	if (more == NULL)
		return false;
	cells->cells = more;
	cells->width = width;
	cells->height = height;
	cells_clear(cells);
	return true;
}

void cells_finish(struct cells *cells)
{
	free(cells->cells);
	memset(cells, 0, sizeof(*cells));
}

void cells_clear(struct cells *cells)
{
	cells->cursor_x = cells->cursor_y = -1;
	cells_fill(cells, 0, 0, cells->width, cells->height, STYLE_NORMAL, ' ');
}

static struct cell *cell_at(struct cells *cells, int x, int y)
{
	if (x < 0 || y < 0 || x >= cells->width || y >= cells->height)
		return NULL;
	return &cells->cells[(size_t)y * (size_t)cells->width + (size_t)x];
}

/* ---- Characters ------------------------------------------------------------------------------ */

/* The character at *text, which moves on; what is not UTF-8 becomes U+FFFD. */
static uint32_t next_character(const char **text)
{
	const unsigned char *at = (const unsigned char *)*text;
	uint32_t character = at[0];
	int more = at[0] >= 0xf0 ? 3 : at[0] >= 0xe0 ? 2 : at[0] >= 0xc0 ? 1 : 0;

	*text += 1;
	if (at[0] < 0x80)
		return character;
	if (more == 0 || at[0] > 0xf4)
		return 0xfffd;
	character &= 0x3fu >> more;
	for (int i = 1; i <= more; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0xfffd;
		character = character << 6 | (at[i] & 0x3f);
		*text += 1;
	}
	return character;
}

/* Columns of a character; 0: it is not shown at all. */
static int character_width(uint32_t character)
{
	int width;

	if (character < 0x20 || (character >= 0x7f && character < 0xa0))
		return 0;
	if (character < 0x300)
		return 1;
	width = wcwidth((wchar_t)character);
	return width < 0 ? 1 : width;
}

size_t cells_utf8(uint32_t c, char text[5])
{
	size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};

	text[length] = '\0';
	for (size_t i = length - 1; i > 0; i--, c >>= 6)
		text[i] = (char)(0x80 | (c & 0x3f));
	text[0] = (char)(first[length] | c);
	return length;
}

int cells_width(const char *text)
{
	int width = 0;

	while (*text != '\0')
		width += character_width(next_character(&text));
	return width;
}

/* ---- Drawing --------------------------------------------------------------------------------- */

int cells_put(struct cells *cells, int x, int y, enum style style, uint32_t character)
{
	int width = character_width(character);
	struct cell *cell = cell_at(cells, x, y);

	if (width == 0)
		return 0;
	if (cells->ascii && character > 0x7e) {
		character = '?';
		width = 1;
	}
	if (cell == NULL)
		return width;
	if (width == 2 && x + 1 >= cells->width) {
		character = ' ';
		width = 1;
	}
	*cell = (struct cell){character, (uint8_t)style, 0};
	if (width == 2)
		cell[1] = (struct cell){' ', (uint8_t)style, CELL_TAIL};
	return width;
}

int cells_text(struct cells *cells, int x, int y, int width, enum style style, const char *text)
{
	bool cut = cells_width(text) > width;
	int used = 0;

	if (width <= 0)
		return 0;
	if (cut)
		width--;
	while (*text != '\0') {
		uint32_t character = next_character(&text);

		if (used + character_width(character) > width)
			break;
		used += cells_put(cells, x + used, y, style, character);
	}
	if (cut)
		used += cells_put(cells, x + used, y, style, '~');
	return used;
}

int cells_print(struct cells *cells, int x, int y, enum style style, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return cells_text(cells, x, y, cells->width - x, style, text);
}

void cells_right(struct cells *cells, int x, int y, int width, enum style style, const char *text)
{
	int length = cells_width(text);

	if (length < width)
		x += width - length;
	cells_text(cells, x, y, length < width ? length : width, style, text);
}

void cells_fill(struct cells *cells, int x, int y, int width, int height, enum style style,
		uint32_t character)
{
	for (int row = y; row < y + height; row++)
		for (int column = x; column < x + width; column++)
			cells_put(cells, column, row, style, character);
}

void cells_flag(struct cells *cells, int x, int y, int width, uint8_t flag)
{
	for (int column = x; column < x + width; column++) {
		struct cell *cell = cell_at(cells, column, y);

		if (cell != NULL)
			cell->flags |= flag;
	}
}

void cells_box(struct cells *cells, int x, int y, int width, int height, const char *title)
{
	uint32_t horizontal = cells_glyph(cells, GLYPH_HORIZONTAL);
	uint32_t vertical = cells_glyph(cells, GLYPH_VERTICAL);

	cells_fill(cells, x, y, width, height, STYLE_NORMAL, ' ');
	cells_fill(cells, x, y, width, 1, STYLE_BORDER, horizontal);
	cells_fill(cells, x, y + height - 1, width, 1, STYLE_BORDER, horizontal);
	cells_fill(cells, x, y, 1, height, STYLE_BORDER, vertical);
	cells_fill(cells, x + width - 1, y, 1, height, STYLE_BORDER, vertical);
	cells_put(cells, x, y, STYLE_BORDER, cells_glyph(cells, GLYPH_TOP_LEFT));
	cells_put(cells, x + width - 1, y, STYLE_BORDER, cells_glyph(cells, GLYPH_TOP_RIGHT));
	cells_put(cells, x, y + height - 1, STYLE_BORDER, cells_glyph(cells, GLYPH_BOTTOM_LEFT));
	cells_put(cells, x + width - 1, y + height - 1, STYLE_BORDER,
		  cells_glyph(cells, GLYPH_BOTTOM_RIGHT));
	if (title != NULL && width > 6) {
		int used;

		cells_put(cells, x + 2, y, STYLE_BORDER, ' ');
		used = cells_text(cells, x + 3, y, width - 6, STYLE_STRONG, title);
		cells_put(cells, x + 3 + used, y, STYLE_BORDER, ' ');
	}
}

/* ---- Glyphs ---------------------------------------------------------------------------------- */

static const struct {
	const char *ascii;
	const char *wide;
} glyphs[GLYPH_COUNT] = {
	[GLYPH_HORIZONTAL] = {"-", "─"},  [GLYPH_VERTICAL] = {"|", "│"},
	[GLYPH_TOP_LEFT] = {"+", "┌"},    [GLYPH_TOP_RIGHT] = {"+", "┐"},
	[GLYPH_BOTTOM_LEFT] = {"+", "└"}, [GLYPH_BOTTOM_RIGHT] = {"+", "┘"},
	[GLYPH_BRANCH] = {"|-", "├─"},    [GLYPH_LAST_BRANCH] = {"`-", "└─"},
	[GLYPH_ARROW_RIGHT] = {">", "▶"}, [GLYPH_ARROW_LEFT] = {"<", "◀"},
	[GLYPH_DOWN] = {"v", "▼"},        [GLYPH_UP] = {"^", "▲"},
	[GLYPH_FOLDED] = {"+", "▸"},      [GLYPH_OPEN] = {"-", "▾"},
};

const char *cells_glyph_text(const struct cells *cells, enum glyph glyph)
{
	return cells->ascii ? glyphs[glyph].ascii : glyphs[glyph].wide;
}

uint32_t cells_glyph(const struct cells *cells, enum glyph glyph)
{
	const char *text = cells_glyph_text(cells, glyph);

	return next_character(&text);
}

uint32_t cells_spark(const struct cells *cells, double share)
{
	static const char ascii[] = "_.:-=+*#";
	int step;

	if (isnan(share))
		return ' ';
	step = (int)(share * 7.999);
	step = step < 0 ? 0 : step > 7 ? 7 : step;
	return cells->ascii ? (uint32_t)ascii[step] : 0x2581u + (uint32_t)step;
}
