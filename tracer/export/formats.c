/* SPDX-License-Identifier: MIT */
#include "export/export.h"

#include <string.h>

extern const struct export_format export_perfetto;
extern const struct export_format export_chrome;
extern const struct export_format export_otlp;
extern const struct export_format export_ctf;
extern const struct export_format export_mermaid;
extern const struct export_format export_plantuml;
extern const struct export_format export_dot;
extern const struct export_format export_folded;
extern const struct export_format export_csv;
extern const struct export_format export_json;
extern const struct export_format export_sqlite;

const struct export_format *const export_formats[] = {
	&export_perfetto, &export_chrome,   &export_otlp,   &export_ctf,
	&export_mermaid,  &export_plantuml, &export_dot,    &export_folded,
	&export_csv,      &export_json,     &export_sqlite, NULL,
};

const struct export_format *export_format_find(const char *name)
{
	for (size_t i = 0; export_formats[i] != NULL; i++)
		if (strcmp(export_formats[i]->name, name) == 0)
			return export_formats[i];
	return NULL;
}

void export_formats_print(FILE *file)
{
	for (size_t i = 0; export_formats[i] != NULL; i++)
		fprintf(file, "  %-10s %s\n", export_formats[i]->name, export_formats[i]->summary);
}

/* roff: a backslash and a point or quote at the beginning of a line mean something. */
static void print_roff(FILE *file, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '-')
			fputs("\\-", file);
		else if (*text == '\\')
			fputs("\\e", file);
		else
			putc(*text, file);
	}
}

void export_formats_print_man(FILE *file)
{
	for (size_t i = 0; export_formats[i] != NULL; i++) {
		fprintf(file, ".TP\n.B %s\n", export_formats[i]->name);
		print_roff(file, export_formats[i]->text);
		putc('\n', file);
	}
}
