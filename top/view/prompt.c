/* SPDX-License-Identifier: MIT */
#include "view/prompt.h"

#include <stdio.h>
#include <string.h>

#include "view/keys.h"

void prompt_open(struct prompt *prompt, enum prompt_kind kind, const char *text)
{
	memset(prompt, 0, sizeof(*prompt));
	prompt->kind = kind;
	snprintf(prompt->text, sizeof(prompt->text), "%s", text);
	prompt->length = prompt->cursor = strlen(prompt->text);
}

static bool is_tail(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t before(const struct prompt *prompt, size_t at)
{
	while (at > 0 && is_tail(prompt->text[--at]))
		;
	return at;
}

static size_t after(const struct prompt *prompt, size_t at)
{
	if (at < prompt->length)
		at++;
	while (at < prompt->length && is_tail(prompt->text[at]))
		at++;
	return at;
}

static void cut(struct prompt *prompt, size_t from, size_t to)
{
	memmove(prompt->text + from, prompt->text + to, prompt->length - to + 1);
	prompt->length -= to - from;
	prompt->cursor = from;
}

static void insert(struct prompt *prompt, uint32_t character)
{
	char text[5];
	size_t length = cells_utf8(character, text);

	if (prompt->length + length >= sizeof(prompt->text))
		return;
	memmove(prompt->text + prompt->cursor + length, prompt->text + prompt->cursor,
		prompt->length - prompt->cursor + 1);
	memcpy(prompt->text + prompt->cursor, text, length);
	prompt->length += length;
	prompt->cursor += length;
}

static size_t word_before(const struct prompt *prompt)
{
	size_t at = prompt->cursor;

	while (at > 0 && prompt->text[at - 1] == ' ')
		at--;
	while (at > 0 && prompt->text[at - 1] != ' ')
		at--;
	return at;
}

static bool move(struct prompt *prompt, uint32_t input)
{
	switch (input) {
	case INPUT_LEFT:
	case INPUT_CONTROL('B'):
		prompt->cursor = before(prompt, prompt->cursor);
		return true;
	case INPUT_RIGHT:
	case INPUT_CONTROL('F'):
		prompt->cursor = after(prompt, prompt->cursor);
		return true;
	case INPUT_HOME:
	case INPUT_CONTROL('A'):
		prompt->cursor = 0;
		return true;
	case INPUT_END:
	case INPUT_CONTROL('E'):
		prompt->cursor = prompt->length;
		return true;
	default:
		return false;
	}
}

enum prompt_result prompt_input(struct prompt *prompt, uint32_t input)
{
	if (move(prompt, input))
		return PROMPT_IGNORED;
	switch (input) {
	case INPUT_ENTER:
	case 13:
		return PROMPT_DONE;
	case INPUT_ESCAPE:
	case INPUT_CONTROL('C'):
		return PROMPT_CANCELLED;
	case INPUT_BACKSPACE:
	case 8:
		if (prompt->length == 0)
			return PROMPT_CANCELLED;
		cut(prompt, before(prompt, prompt->cursor), prompt->cursor);
		break;
	case INPUT_DELETE:
		cut(prompt, prompt->cursor, after(prompt, prompt->cursor));
		break;
	case INPUT_CONTROL('U'):
		cut(prompt, 0, prompt->cursor);
		break;
	case INPUT_CONTROL('W'):
		cut(prompt, word_before(prompt), prompt->cursor);
		break;
	default:
		if (input < ' ' || input >= INPUT_UP)
			return PROMPT_IGNORED;
		insert(prompt, input);
		break;
	}
	prompt->error[0] = '\0';
	return PROMPT_EDITED;
}

void prompt_draw(const struct prompt *prompt, struct cells *cells, int y)
{
	static const char *const labels[] = {
		[PROMPT_NONE] = "",
		[PROMPT_SEARCH] = "Find: ",
		[PROMPT_FILTER] = "Filter: ",
		[PROMPT_DELAY] = "Seconds between two looks: ",
		[PROMPT_GO_TO] = "Go to (12.5s, +3s, #18422, t4711): ",
		[PROMPT_DUMP] = "Dump the last (such as 10s; empty: all that is kept): "};
	const char *label = labels[prompt->kind];
	const char *begin = prompt->text;
	char left[sizeof(prompt->text)];
	int x, room;

	cells_fill(cells, 0, y, cells->width, 1, STYLE_NORMAL, ' ');
	x = cells_text(cells, 0, y, cells->width, STYLE_STRONG, label);
	room = cells->width - x - 1;
	memcpy(left, prompt->text, prompt->cursor);
	left[prompt->cursor] = '\0';
	/* What does not fit is left out at the beginning. */
	while (begin < prompt->text + prompt->cursor &&
	       cells_width(left + (begin - prompt->text)) > room) {
		begin++;
		while (is_tail(*begin))
			begin++;
	}
	cells_text(cells, x, y, room + 1, STYLE_NORMAL, begin);
	cells->cursor_x = x + cells_width(left + (begin - prompt->text));
	cells->cursor_y = y;
	if (prompt->error[0] != '\0') {
		int used = x + cells_width(begin) + 2;

		if (used + cells_width(prompt->error) <= cells->width)
			cells_text(cells, used, y, cells->width - used, STYLE_BAD, prompt->error);
		else if (y > 0)
			cells_print(cells, 0, y - 1, STYLE_BAD, "%-*s", cells->width,
				    prompt->error);
	}
}
