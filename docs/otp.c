/* SPDX-License-Identifier: MIT */
/* Writes docs/OTP.md from tests/conformance/table.h; see page.h. */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "page.h"
#include "table.h"

enum verdict {
	SAME,
	DIFFERS
};

struct row {
	const char *name;
	const char *page;
	const char *section;
	const char *sentence;
	enum verdict verdict;
	const char *why;
};

#define ROW(name, page, section, sentence, verdict, why) \
	{#name, page, section, sentence, verdict, why},
#define X(NAME, name, title) static const struct row rows_##name[] = {ROWS_##NAME(ROW)};
CONFORMANCE_AREAS(X)
#undef X

static const struct area {
	const char *title;
	const char *name;
	const struct row *rows;
	size_t count;
} areas[] = {
#define X(NAME, name, title) {title, #name, rows_##name, sizeof(rows_##name) / sizeof(struct row)},
	CONFORMANCE_AREAS(X)
#undef X
};
#define AREA_COUNT (sizeof(areas) / sizeof(areas[0]))

static const char introduction[] =
	"# Erlang/OTP's rules, and ours\n"
	"\n"
	"<!-- Made from tests/conformance/table.h by `ninja -C build docs-otp`. -->\n"
	"\n"
	"libactor's actors are OTP's generic servers in C. This page lists what OTP's "
	"documentation\n"
	"says of them, of supervisors, links, exits, monitors and timers, sentence by sentence. "
	"Each\n"
	"row is a test with that name in tests/conformance: `meson test -C build --suite\n"
	"conformance` runs all, `build/tests/conformance/otp_links a_link_goes_both_ways` runs "
	"one.\n"
	"\n"
	"The sentences are quoted from the documentation of Erlang/OTP 25 to 28, copyright "
	"Ericsson "
	"AB,\n"
	"Apache License 2.0; `[...]` is left out. \"Processes\" and \"Expressions\" are chapters "
	"of "
	"the\n"
	"Erlang Reference Manual, all other pages are those of modules. Terms are translated so: "
	"a\n"
	"process is an actor, an atom like `normal` a number like `ACTOR_EXIT_NORMAL`, a failing\n"
	"function one that returns a negative status, a callback that returns `{stop, Reason, "
	"...}`\n"
	"a handler that returns the reason.\n";

/* Text in a cell of a table: a bar would end the cell. */
static void cell(FILE *page, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			fputc('\\', page);
		fputc(*text, page);
	}
}

static size_t count(enum verdict verdict)
{
	size_t sum = 0;

	for (size_t i = 0; i < AREA_COUNT; i++) {
		for (size_t j = 0; j < areas[i].count; j++)
			sum += areas[i].rows[j].verdict == verdict;
	}
	return sum;
}

static void area_table(FILE *page, const struct area *area)
{
	fprintf(page,
		"\n## %s\n\ntests/conformance/%s.c\n\n"
		"| OTP's documentation | says | we | test |\n|---|---|---|---|\n",
		area->title, area->name);
	for (size_t i = 0; i < area->count; i++) {
		const struct row *row = &area->rows[i];

		fprintf(page, "| %s, ", row->page);
		cell(page, row->section);
		fputs(" | ", page);
		cell(page, row->sentence);
		if (row->verdict == SAME)
			fprintf(page, " | same | `%s` |\n", row->name);
		else
			fprintf(page, " | [differ](#%s) | `%s` |\n", row->name, row->name);
	}
}

static void differences(FILE *page)
{
	fputs("\n## Where we differ, and why\n", page);
	for (size_t i = 0; i < AREA_COUNT; i++) {
		for (size_t j = 0; j < areas[i].count; j++) {
			const struct row *row = &areas[i].rows[j];

			if (row->verdict == DIFFERS)
				fprintf(page, "\n### %s\n\n> %s\n> (%s, %s)\n\n%s\n", row->name,
					row->sentence, row->page, row->section, row->why);
		}
	}
}

static void otp_page(FILE *page)
{
	fputs(introduction, page);
	fprintf(page,
		"\n%zu rows: %zu where we do the same, %zu where we differ on purpose; these are "
		"explained\nat the end.\n",
		count(SAME) + count(DIFFERS), count(SAME), count(DIFFERS));
	for (size_t i = 0; i < AREA_COUNT; i++)
		area_table(page, &areas[i]);
	differences(page);
}

int main(int argc, char **argv)
{
	return page_main(argc, argv, otp_page, "tests/conformance/table.h", "docs-otp");
}
