/* SPDX-License-Identifier: MIT */

/*
 * Writes docs/EVENTS.md from the tables of actor/event.h.
 *
 *	events            print the page
 *	events FILE       fail, with the first differing line, unless FILE holds the page
 *	events -w FILE    write FILE
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actor/event.h>

static const char introduction[] =
	"# Events\n"
	"\n"
	"<!-- Made from libactor/include/actor/event.h by `ninja -C build docs-events`. -->\n"
	"\n"
	"What a program with actors tells about itself. An event is 32 bytes with six slots:\n"
	"`kind` (8 bits), `flags` (8), `tag` (16), `seq` (32) and `a`, `b`, `c` (64 each). `kind` "
	"is\n"
	"the number of a row below; the row says which field each of the other slots holds, `-` "
	"for\n"
	"none. The low four bits of `flags` hold the kind of message, where the event is about "
	"one.\n"
	"\n"
	"Each thread writes into a ring of its own. `recv` and `input` open a turn; what follows "
	"on\n"
	"the ring up to the next `recv`, `input`, `wait`, `idle` or `exit` was done by that "
	"turn's\n"
	"actor. Events that have no `time` carry their order only: their time is that of their "
	"turn,\n"
	"or that of the `stamp` event directly before them.\n"
	"\n"
	"Numbers are never used again for something else.\n";

static const char *const field_names[] = {
#define X(NAME, name, type, text) #name,
	ACTOR_FIELD_MAP(X)
#undef X
};

static void slot(FILE *page, enum actor_field field)
{
	if (field == ACTOR_FIELD_NONE)
		fputs(" | -", page);
	else
		fprintf(page, " | `%s`", field_names[field]);
}

static void event_table(FILE *page)
{
	fprintf(page, "\n## Events (version %d)\n\n", ACTOR_EVENT_VERSION);
	fputs("| number | event | says | `tag` | `seq` | `a` | `b` | `c` |\n", page);
	fputs("|-------:|-------|------|-------|-------|-----|-----|-----|\n", page);
#define X(number, NAME, name, tag, seq, a, b, c, text)          \
	fprintf(page, "| %d | `%s` | %s", number, #name, text); \
	slot(page, ACTOR_FIELD_##tag);                          \
	slot(page, ACTOR_FIELD_##seq);                          \
	slot(page, ACTOR_FIELD_##a);                            \
	slot(page, ACTOR_FIELD_##b);                            \
	slot(page, ACTOR_FIELD_##c);                            \
	fputs(" |\n", page);
	ACTOR_EVENT_MAP(X)
#undef X
}

static void field_table(FILE *page)
{
	fputs("\n## Fields\n\n| field | shown as | is |\n|-------|----------|----|\n", page);
#define X(NAME, name, type, text)                   \
	if (ACTOR_FIELD_##NAME != ACTOR_FIELD_NONE) \
		fprintf(page, "| `%s` | %s | %s |\n", #name, #type, text);
	ACTOR_FIELD_MAP(X)
#undef X
}

static void kind_tables(FILE *page)
{
	fputs("\n## Kinds of message\n\n| number | kind |\n|-------:|------|\n", page);
#define X(number, NAME, name) fprintf(page, "| %d | `%s` |\n", number, #name);
	ACTOR_MESSAGE_KIND_MAP(X)
#undef X
	fputs("\n## Shared facts (`topic` of `observe`)\n\n| number | topic "
	      "|\n|-------:|-------|\n",
	      page);
#define X(number, NAME, name) fprintf(page, "| %d | `%s` |\n", number, #name);
	ACTOR_OBSERVED_MAP(X)
#undef X
}

/* The page as text; the caller frees it. */
static char *page_make(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *page = open_memstream(&text, &size);

	if (page == NULL)
		return NULL;
	fputs(introduction, page);
	event_table(page);
	field_table(page);
	kind_tables(page);
	return fclose(page) == 0 ? text : NULL;
}

static int page_write(const char *page, const char *path)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fputs(page, file) < 0 || fclose(file) != 0) {
		perror(path);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

/* Compares line by line. */
static int page_check(const char *page, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[512];
	unsigned number = 0;
	bool same = true;

	if (file == NULL) {
		perror(path);
		return EXIT_FAILURE;
	}
	while (same && fgets(line, sizeof(line), file) != NULL) {
		size_t length = strlen(line);

		number++;
		same = strncmp(page, line, length) == 0;
		if (same)
			page += length;
	}
	fclose(file);
	if (same && *page == '\0')
		return EXIT_SUCCESS;
	fprintf(stderr,
		"%s:%u: differs from actor/event.h; run `ninja -C build docs-events`\n"
		"expected: %.*s\n",
		path, number, (int)strcspn(page, "\n"), page);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	char *page = page_make();
	int status = EXIT_FAILURE;

	if (page == NULL)
		perror("events");
	else if (argc == 1)
		status = fputs(page, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	else if (argc == 2)
		status = page_check(page, argv[1]);
	else if (argc == 3 && strcmp(argv[1], "-w") == 0)
		status = page_write(page, argv[2]);
	else
		fputs("usage: events [[-w] FILE]\n", stderr);
	free(page);
	return status;
}
