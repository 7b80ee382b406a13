/* SPDX-License-Identifier: MIT */
#include "export/report/html.h"

#include <stdint.h>
#include <string.h>

#include "term/text.h"

#define TEXT_SIZE    1024
#define NAME_COLUMNS 160 /* longer names are cut, so that a page has an end */

static void print_character(FILE *file, char character)
{
	switch (character) {
	case '&':
		fputs("&amp;", file);
		break;
	case '<':
		fputs("&lt;", file);
		break;
	case '>':
		fputs("&gt;", file);
		break;
	case '"':
		fputs("&quot;", file);
		break;
	case '\'':
		fputs("&#39;", file);
		break;
	default:
		putc(character, file);
	}
}

void html_print_cut(FILE *file, const char *text, size_t columns)
{
	char safe[TEXT_SIZE];
	size_t shown = 0;

	text_safe(text, safe, sizeof(safe));
	for (const char *at = safe; *at != '\0'; at++) {
		if (((unsigned char)*at & 0xc0) != 0x80 && shown++ == columns) {
			fputs("\xe2\x80\xa6", file);
			return;
		}
		print_character(file, *at);
	}
}

void html_print(FILE *file, const char *text)
{
	html_print_cut(file, text, NAME_COLUMNS);
}
