/* SPDX-License-Identifier: MIT */
#ifndef TOP_VIEW_CELLS_H
#define TOP_VIEW_CELLS_H

/*
 * A screen as an array of attributed characters. Views draw into it; what lies outside is clipped
 * here and nowhere else. A sink shows it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a text is, not what it looks like: sinks decide. X(NAME) */
#define STYLE_MAP(X)                                      \
	X(NORMAL)                                         \
	X(DIM) /* there if you look for it */             \
	X(STRONG)                                         \
	X(LABEL)  /* the name of a number */              \
	X(TITLE)  /* heads of columns */                  \
	X(SORTED) /* the head of the column that sorts */ \
	X(TAB)                                            \
	X(TAB_ON)                                         \
	X(KEY) /* in the footer */                        \
	X(KEY_TEXT)                                       \
	X(GOOD)                                           \
	X(WARN)                                           \
	X(BAD) /* somebody should do something */         \
	X(BAR)                                            \
	X(MATCH) /* what was searched for */              \
	X(BORDER)                                         \
	X(TAGGED)

enum style {
#define X(NAME) STYLE_##NAME,
	STYLE_MAP(X)
#undef X
	STYLE_COUNT
};

enum {
	CELL_REVERSE = 1, /* selected */
	CELL_TAIL = 2     /* the second half of a wide character */
};

struct cell {
	uint32_t character;
	uint8_t style;
	uint8_t flags;
};

struct cells {
	int width;
	int height;
	bool ascii;   /* what is not ASCII is replaced */
	int cursor_x; /* -1: hidden */
	int cursor_y;
	struct cell *cells;
};

/* Empties it, in a new size. False: no memory, it is 0 x 0 then. */
bool cells_resize(struct cells *cells, int width, int height);
void cells_finish(struct cells *cells);
void cells_clear(struct cells *cells);

/* One character; returns the columns it took. */
int cells_put(struct cells *cells, int x, int y, enum style style, uint32_t character);

/* UTF-8 text in at most `width` columns, cut with "~" when it is longer. Returns the columns. */
int cells_text(struct cells *cells, int x, int y, int width, enum style style, const char *text);

/* As printf; cut at the right edge. Returns the columns. */
int cells_print(struct cells *cells, int x, int y, enum style style, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* The same, ending at column x + width. */
void cells_right(struct cells *cells, int x, int y, int width, enum style style, const char *text);

void cells_fill(struct cells *cells, int x, int y, int width, int height, enum style style,
		uint32_t character);

/* Adds a flag to what is there. */
void cells_flag(struct cells *cells, int x, int y, int width, uint8_t flag);

/* A frame with a title; its inside is emptied. */
void cells_box(struct cells *cells, int x, int y, int width, int height, const char *title);

/* The cell's text as UTF-8, with its NUL; returns its length. */
size_t cells_utf8(uint32_t character, char text[5]);

/* Columns that a UTF-8 text takes. */
int cells_width(const char *text);

/* Glyphs, in both alphabets. */
enum glyph {
	GLYPH_HORIZONTAL,
	GLYPH_VERTICAL,
	GLYPH_TOP_LEFT,
	GLYPH_TOP_RIGHT,
	GLYPH_BOTTOM_LEFT,
	GLYPH_BOTTOM_RIGHT,
	GLYPH_BRANCH,
	GLYPH_LAST_BRANCH,
	GLYPH_ARROW_RIGHT,
	GLYPH_ARROW_LEFT,
	GLYPH_DOWN,
	GLYPH_UP,
	GLYPH_FOLDED,
	GLYPH_OPEN,
	GLYPH_COUNT
};
uint32_t cells_glyph(const struct cells *cells, enum glyph glyph);

/* The glyph as text, for cells_text. */
const char *cells_glyph_text(const struct cells *cells, enum glyph glyph);

/* A column of a sparkline: share 0 to 1; NAN is a blank. */
uint32_t cells_spark(const struct cells *cells, double share);

#endif
