/* SPDX-License-Identifier: MIT */
#include "man.h"

#include "model/alerts.h"
#include "model/columns.h"
#include "options.h"
#include "view/keys.h"

static const char head[] =
	".\\\" SPDX-License-Identifier: MIT\n"
	".\\\" Made from the tables of top/ by `ninja -C build docs-man`.\n"
	".TH ACTOR\\-TOP 1 2026-11-23 \"libactor 0.1.0\" \"libactor\"\n"
	".SH NAME\n"
	"actor\\-top \\- see what the actors of a program are doing now\n"
	".SH SYNOPSIS\n"
	".B actor\\-top\n"
	".RI [ OPTION ]...\n"
	".SH DESCRIPTION\n"
	"Shows a running program that is made of actors: which of them are busy, whose mailbox "
	"grows,\n"
	"who waits for whom, who sends what to whom. It reads the program's plane, a file of "
	"shared\n"
	"memory, and never calls into the program; it needs no privileges but the program's user.\n"
	".PP\n"
	"Turns are stamped, and messages told, only while somebody watches, and only as far as "
	"that\n"
	"costs the program next to nothing. Above 100,000 messages a second handler times, waits,\n"
	"flow and trace are asked for with the key e; above 400,000 busy shares are those of a "
	"sample\n"
	"of 20 ms in each tick.\n"
	".PP\n"
	"A program that has ended, or was killed, stays on the screen as it stood then.\n"
	".SH OPTIONS\n";

static const char tail[] =
	".SH TRACES\n"
	"With\n"
	".B \\-r\n"
	"a recorded trace is on the same screens. Below the meters is its timeline: how many "
	"events "
	"there\n"
	"were, and where the screen stands. The line below shows what stands out: an alert by its "
	"letter\n"
	"where it begins and a line for as long as it stands, X where an actor crashed, ~ where "
	"events are\n"
	"missing. A place is a number of events, and what is shown is the state after them; it is "
	"the same\n"
	"however it was come to.\n"
	".SH BATCH\n"
	"With\n"
	".B \\-b\n"
	"or one of\n"
	".BR \\-\\-json ,\n"
	".B \\-\\-csv\n"
	"and\n"
	".BR \\-\\-plain ,\n"
	"frames are written as lines, each flushed as soon as it is complete. Of the views, actors "
	"and\n"
	"behaviours can be written. JSON is one object per line: a frame, then its rows; numbers "
	"have\n"
	"their unit in the key, and what is not known is null.\n"
	".B \\-\\-json\\-schema\n"
	"prints the schema.\n"
	".SH EXIT STATUS\n"
	".TP\n"
	".B 0\n"
	"Done.\n"
	".TP\n"
	".B 2\n"
	"Wrong usage, or something went wrong.\n"
	".TP\n"
	".B 3\n"
	"The program was not found, or refused.\n"
	".TP\n"
	".B 128 + N\n"
	"Ended by signal N.\n"
	".SH ENVIRONMENT\n"
	".TP\n"
	".B LIBACTOR_DIR\n"
	"Folder of the planes. Default: $XDG_RUNTIME_DIR/libactor, or else "
	"/dev/shm/libactor\\-UID.\n"
	".TP\n"
	".B NO_COLOR\n"
	"No colours, where it is not empty.\n"
	".TP\n"
	".B LANG, LC_ALL\n"
	"Where the locale is not UTF\\-8, lines and arrows are drawn in ASCII.\n"
	".SH FILES\n"
	".TP\n"
	".I $XDG_CONFIG_HOME/libactor/actor\\-top\n"
	"The set\\-up: sort column, columns, meters, mouse. Written when it is changed in the "
	"viewer.\n"
	"A line that is not understood is reported and ignored.\n"
	".SH EXAMPLES\n"
	"Watch the program that runs:\n"
	".PP\n"
	".RS\n"
	".nf\n"
	"actor\\-top\n"
	".fi\n"
	".RE\n"
	".PP\n"
	"The rooms whose mailbox is long, every five seconds, for a log:\n"
	".PP\n"
	".RS\n"
	".nf\n"
	"actor\\-top \\-b \\-d 5 \\-\\-filter \\(aqbehaviour == room and mailbox > 10\\(aq\n"
	".fi\n"
	".RE\n"
	".SH SEE ALSO\n"
	".BR actor\\-trace (1)\n";

/* Text with what roff would take for its own escaped. */
static void put(FILE *file, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '-')
			fputs("\\-", file);
		else if (*text == '\\')
			fputs("\\e", file);
		else if (*text == '\'')
			fputs("\\(aq", file);
		else
			putc(*text, file);
	}
}

/* A sentence, from a line of help. */
static void put_sentence(FILE *file, const char *text)
{
	char first[2] = {text[0], '\0'};

	if (first[0] >= 'a' && first[0] <= 'z')
		first[0] = (char)(first[0] - 'a' + 'A');
	put(file, first);
	put(file, text + 1);
	fputs(".\n", file);
}

static void put_options(FILE *file)
{
	for (unsigned i = 0; i < options_count; i++) {
		const struct options_row *row = &options_rows[i];

		fputs(".TP\n", file);
		if (row->letter != 0)
			fprintf(file, "\\fB\\-%c\\fR, ", row->letter);
		fputs("\\fB\\-\\-", file);
		put(file, row->word);
		fputs("\\fR", file);
		if (row->argument != NULL)
			fprintf(file, " \\fI%s\\fR", row->argument);
		putc('\n', file);
		put_sentence(file, row->help);
	}
}

static void put_keys(FILE *file)
{
	fputs(".SH KEYS\n", file);
	for (int group = 0; group < KEYS_GROUP_COUNT; group++) {
		fprintf(file, ".SS %s\n", key_group_titles[group]);
		for (size_t i = 0; i < key_count; i++) {
			if ((int)keys[i].group != group)
				continue;
			fputs(".TP\n\\fB", file);
			put(file, keys[i].shown);
			fputs("\\fR\n", file);
			put_sentence(file, keys[i].help);
		}
	}
}

static void put_columns(FILE *file)
{
	fputs(".SH COLUMNS\n"
	      "The name in brackets is that for\n.B \\-\\-sort\nand in filters.\n",
	      file);
	for (int i = 0; i < COLUMN_ID_COUNT; i++) {
		fputs(".TP\n\\fB", file);
		put(file, columns[i].title);
		fprintf(file, "\\fR (%s)\n", columns[i].key);
		put_sentence(file, columns[i].help);
	}
}

static void put_filters(FILE *file)
{
	fputs(".SH FILTERS\n"
	      "A filter compares columns:\n"
	      ".B == != < <= > >=\nand\n.B in (a, b)\n"
	      "for all of them,\n.B ~\nand\n.B !~\n(contains) for texts. Texts may have * and ?, "
	      "and case does not matter. Times have a unit (10us, 5ms, 2s, 3m, 1h), counts may "
	      "have "
	      "k or M, shares are per cent. Comparisons are joined by\n"
	      ".BR and , \" or\" , \" not\"\nand parentheses.\n",
	      file);
}

static void put_lints(FILE *file)
{
	fputs(".SH ALERTS\n", file);
	for (size_t i = 0; i < LINT_COUNT; i++) {
		fputs(".TP\n\\fB", file);
		put(file, lints[i].name);
		fprintf(file, "\\fR (%c)\n", lints[i].letter);
		put_sentence(file, lints[i].summary);
		put_sentence(file, lints[i].advice);
	}
}

void man_write(FILE *file)
{
	fputs(head, file);
	put_options(file);
	put_keys(file);
	put_columns(file);
	put_filters(file);
	put_lints(file);
	fputs(tail, file);
}
