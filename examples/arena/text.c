/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_init(struct text *text)
{
	text->size = 0;
	text->cut = false;
	text->bytes[0] = '\0';
}

void text_line(struct text *text, const char *format, ...)
{
	size_t room = sizeof(text->bytes) - text->size;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text->bytes + text->size, room, format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length + 2 > room) {
		text->bytes[text->size] = '\0';
		text->cut = true;
		return;
	}
	text->size += (size_t)length;
	text->bytes[text->size++] = '\n';
	text->bytes[text->size] = '\0';
}

void text_raw(struct text *text, const char *characters)
{
	size_t length = strlen(characters);

	if (text->size + length + 1 > sizeof(text->bytes)) {
		text->cut = true;
		return;
	}
	memcpy(text->bytes + text->size, characters, length + 1);
	text->size += length;
}
