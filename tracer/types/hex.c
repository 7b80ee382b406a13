/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <tracer/types.h>

/* This works without types. */
int types_format_hex(const void *bytes, size_t size, size_t shown, char **ret_text)
{
	static const char digits[] = "0123456789abcdef";
	size_t count = shown < size ? shown : size;
	char *text = malloc(2 * count + 64);
	char *end;

	if (text == NULL)
		return -ENOMEM;
	end = text +
	      snprintf(text, 64, "%zu byte%s%s", size, size == 1 ? "" : "s", count > 0 ? ": " : "");
	for (size_t i = 0; i < count; i++) {
		unsigned char byte = ((const unsigned char *)bytes)[i];

		*end++ = digits[byte >> 4];
		*end++ = digits[byte & 15];
	}
	if (count < size && count > 0) {
		*end++ = '.';
		*end++ = '.';
	}
	*end = '\0';
	*ret_text = text;
	return 0;
}
