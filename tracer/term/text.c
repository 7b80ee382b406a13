/* SPDX-License-Identifier: MIT */
#include "term/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Bytes of the UTF-8 character at `text`, 0 where it is none, and its number. */
static size_t utf8_length(const unsigned char *text, uint32_t *ret_character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t character;
	size_t length;

	if (text[0] < 0x80) {
		*ret_character = text[0];
		return 1;
	}
	if (text[0] >= 0xc2 && text[0] <= 0xdf)
		length = 2;
	else if (text[0] >= 0xe0 && text[0] <= 0xef)
		length = 3;
	else if (text[0] >= 0xf0 && text[0] <= 0xf4)
		length = 4;
	else
		return 0;
	character = text[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (text[i] & 0x3f);
	}
	if (character < least[length] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*ret_character = character;
	return length;
}

/* C0, DEL, C1, and what turns the direction of writing around. */
static bool is_control(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
	       (character >= 0x202a && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069) || character == 0x2028 ||
	       character == 0x2029;
}

/* One character or bad byte as safe text in `piece`. Returns how many bytes it took. */
static size_t next_piece(const unsigned char *text, char piece[24])
{
	uint32_t character = 0;
	size_t length = utf8_length(text, &character);

	if (length > 0 && !is_control(character)) {
		memcpy(piece, text, length);
		piece[length] = '\0';
		return length;
	}
	if (length == 0)
		length = 1;
	if (text[0] == '\n' || text[0] == '\t' || text[0] == '\r')
		snprintf(piece, 24, "\\%c", text[0] == '\n' ? 'n' : text[0] == '\t' ? 't' : 'r');
	else
		for (size_t i = 0; i < length; i++)
			snprintf(piece + 4 * i, 24 - 4 * i, "\\x%02x", text[i]);
	return length;
}

size_t text_safe(const char *text, char *safe, size_t size)
{
	const unsigned char *at = (const unsigned char *)text;
	char piece[24];
	size_t length = 0;
	bool full = false;

	if (size > 0)
		safe[0] = '\0';
	while (*at != '\0') {
		size_t taken = next_piece(at, piece);
		size_t more = strlen(piece);

		full |= length + more >= size;
		if (!full)
			memcpy(safe + length, piece, more + 1);
		length += more;
		at += taken;
	}
	return length + 1;
}

void text_print(FILE *file, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	char piece[24];

	while (*at != '\0') {
		at += next_piece(at, piece);
		fputs(piece, file);
	}
}

void text_print_json(FILE *file, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	putc('"', file);
	while (*at != '\0') {
		uint32_t character = 0;
		size_t length = utf8_length(at, &character);

		if (*at == '"' || *at == '\\')
			fprintf(file, "\\%c", *at);
		else if (length == 0)
			fputs("\xef\xbf\xbd", file);
		else if (is_control(character))
			fprintf(file, "\\u%04x", (unsigned)character);
		else
			fwrite(at, 1, length, file);
		at += length == 0 ? 1 : length;
	}
	putc('"', file);
}

void text_print_csv(FILE *file, const char *text)
{
	if (strpbrk(text, ",\"\r\n") == NULL) {
		fputs(text, file);
		return;
	}
	putc('"', file);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			putc('"', file);
		putc(*text, file);
	}
	putc('"', file);
}

size_t text_width(const char *safe)
{
	size_t width = 0;

	for (; *safe != '\0'; safe++)
		width += ((unsigned char)*safe & 0xc0) != 0x80;
	return width;
}
