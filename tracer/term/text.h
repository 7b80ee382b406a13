/* SPDX-License-Identifier: MIT */
#ifndef TERM_TEXT_H
#define TERM_TEXT_H

/*
 * Text that somebody else wrote, for a terminal: control characters, which could move the cursor or
 * worse, become \n, \t or \xHH, and so does what is not UTF-8.
 */

#include <stddef.h>
#include <stdio.h>

/* Writes at most `size` bytes with the NUL, cutting between characters. Returns what it needs. */
size_t text_safe(const char *text, char *safe, size_t size);

void text_print(FILE *file, const char *text);

/* As a JSON string with its quotes. */
void text_print_json(FILE *file, const char *text);

/* As a field of a CSV file (RFC 4180), in quotes where they are needed. */
void text_print_csv(FILE *file, const char *text);

/* Columns on a terminal of a text that is already safe. */
size_t text_width(const char *safe);

#endif
