/* SPDX-License-Identifier: MIT */
#ifndef TOP_VIEW_PROMPT_H
#define TOP_VIEW_PROMPT_H

/* One line that is typed. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "view/cells.h"

enum prompt_kind {
	PROMPT_NONE,
	PROMPT_SEARCH,
	PROMPT_FILTER,
	PROMPT_DELAY,
	PROMPT_GO_TO,
	PROMPT_DUMP
};

struct prompt {
	enum prompt_kind kind;
	char text[512];
	size_t length;
	size_t cursor; /* a byte, at the beginning of a character */
	char error[192];
	size_t error_at;
};

enum prompt_result {
	PROMPT_EDITED,
	PROMPT_DONE,
	PROMPT_CANCELLED,
	PROMPT_IGNORED
};

void prompt_open(struct prompt *prompt, enum prompt_kind kind, const char *text);
enum prompt_result prompt_input(struct prompt *prompt, uint32_t input);
void prompt_draw(const struct prompt *prompt, struct cells *cells, int y);

#endif
