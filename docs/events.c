/* SPDX-License-Identifier: MIT */

/* Writes docs/EVENTS.md from the tables of actor/event.h; see page.h. */
#include <stdio.h>

#include <actor/event.h>

#include "page.h"

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

static void event_table(FILE *page)
{
	fprintf(page, "\n## Events (version %d)\n\n", ACTOR_EVENT_VERSION);
	fputs("| number | event | says | `tag` | `seq` | `a` | `b` | `c` |\n", page);
	fputs("|-------:|-------|------|-------|-------|-----|-----|-----|\n", page);
#define X(number, NAME, name, tag, seq, a, b, c, text)          \
	fprintf(page, "| %d | `%s` | %s", number, #name, text); \
	page_field(page, ACTOR_FIELD_##tag);                    \
	page_field(page, ACTOR_FIELD_##seq);                    \
	page_field(page, ACTOR_FIELD_##a);                      \
	page_field(page, ACTOR_FIELD_##b);                      \
	page_field(page, ACTOR_FIELD_##c);                      \
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

static void events_page(FILE *page)
{
	fputs(introduction, page);
	event_table(page);
	field_table(page);
	kind_tables(page);
}

int main(int argc, char **argv)
{
	return page_main(argc, argv, events_page, "actor/event.h", "docs-events");
}
