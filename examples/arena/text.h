/* SPDX-License-Identifier: MIT */
#ifndef ARENA_TEXT_H
#define ARENA_TEXT_H

/* Lines on their way to a player, collected so that they leave in one write. */

#include <stdbool.h>
#include <stddef.h>

/* Room for the largest answer: a full board, or the help. */
#define TEXT_SIZE 8192

struct text {
	size_t size;
	bool cut; /* something did not fit and was left out */
	char bytes[TEXT_SIZE];
};

void text_init(struct text *text);
/* Adds one line; the line feed is added. A line that does not fit is left out altogether. */
void text_line(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds characters as they are. */
void text_raw(struct text *text, const char *characters);

#endif
