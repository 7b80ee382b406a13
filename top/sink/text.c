/* SPDX-License-Identifier: MIT */
#include "sink/text.h"

void text_show(const struct cells *cells, FILE *file)
{
	for (int y = 0; y < cells->height; y++) {
		const struct cell *line = &cells->cells[(size_t)y * (size_t)cells->width];
		int end = cells->width;

		while (end > 0 && line[end - 1].character == ' ')
			end--;
		for (int x = 0; x < end; x++) {
			char text[5];

			if ((line[x].flags & CELL_TAIL) != 0)
				continue;
			(void)cells_utf8(line[x].character, text);
			fputs(text, file);
		}
		putc('\n', file);
	}
}
