/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "term/text.h"
#include "term/time.h"

#define INTERVAL_LEAST_NS    INT64_C(100000000)
#define INTERVAL_GREATEST_NS INT64_C(60000000000)

/* What an option without a letter is for getopt. */
enum {
	LONG_JSON = 256,
	LONG_PLAIN,
	LONG_CSV,
	LONG_SCHEMA,
	LONG_SORT,
	LONG_RISING,
	LONG_FILTER,
	LONG_VIEW,
	LONG_EVENTS,
	LONG_COLOR,
	LONG_ASCII,
	LONG_NO_CONFIG,
	LONG_MAN,
	LONG_VERSION
};

const struct options_row options_rows[] = {
	{'p', "pid", "PID", "watch this process; without it, the only one there is, or choose"},
	{'r', "replay", "TRACE", "show a recorded trace instead of a running program"},
	{'d', "delay", "SECONDS", "time between two looks, 0.1 to 60; default 1"},
	{'b', "batch", NULL, "write lines instead of showing screens"},
	{'n', "frames", "COUNT", "in batch: end after so many"},
	{'K', "rows", "COUNT", "in batch: at most so many rows a frame; default 20"},
	{0, "json", NULL, "in batch: one JSON object per line, units in the keys"},
	{0, "csv", NULL, "in batch: comma-separated values"},
	{0, "plain", NULL, "in batch: columns of text, the default"},
	{0, "json-schema", NULL, "print the schema of --json and end"},
	{0, "sort", "COLUMN", "order by this column; --sort help lists them"},
	{0, "rising", NULL, "small values first"},
	{0, "filter", "EXPRESSION", "only these, as in 'behaviour == room and mailbox > 10'"},
	{0, "view", "VIEW",
	 "begin with this view: actors, tree, behaviours, flow, waits, alerts, "
	 "trace"},
	{0, "events", NULL, "ask for events also where they cost the program something"},
	{0, "color", "WHEN", "auto, always or never; NO_COLOR is obeyed, too"},
	{0, "ascii", NULL, "no characters beyond ASCII"},
	{'M', "no-mouse", NULL, "leave the mouse to the terminal"},
	{0, "no-config", NULL, "ignore the saved set-up"},
	{'h', "help", NULL, "this text"},
	{0, "version", NULL, "the version"},
};

const unsigned options_count = sizeof(options_rows) / sizeof(options_rows[0]);

static const struct {
	const char *word;
	int value;
} long_values[] = {
	{"json", LONG_JSON},          {"csv", LONG_CSV},     {"plain", LONG_PLAIN},
	{"json-schema", LONG_SCHEMA}, {"sort", LONG_SORT},   {"rising", LONG_RISING},
	{"filter", LONG_FILTER},      {"view", LONG_VIEW},   {"events", LONG_EVENTS},
	{"color", LONG_COLOR},        {"ascii", LONG_ASCII}, {"no-config", LONG_NO_CONFIG},
	{"version", LONG_VERSION},
};

static int refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int refuse(const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fputs("actor-top: ", stderr);
	text_print(stderr, text);
	putc('\n', stderr);
	return 2;
}

/* A whole number from 1 to `max`. */
static bool parse_count(const char *text, uint64_t max, uint64_t *ret_count)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || text[0] == '-' || value == 0 ||
	    value > max)
		return false;
	*ret_count = value;
	return true;
}

static int list_columns(void)
{
	for (int i = 0; i < COLUMN_ID_COUNT; i++)
		fprintf(stderr, "%-12s %s\n", columns[i].key, columns[i].help);
	return 2;
}

static int parse_color(struct options *options, const char *text)
{
	static const char *const words[] = {"auto", "always", "never"};

	for (int i = 0; i < 3; i++) {
		if (strcmp(text, words[i]) == 0) {
			options->color = (enum options_color)i;
			return 0;
		}
	}
	return refuse("--color %s: it is auto, always or never", text);
}

/* One option. 0, or an exit status. */
static int take(struct options *options, int option, char *argument)
{
	uint64_t count = 0;
	int64_t ns;

	switch (option) {
	case 'p':
		if (!parse_count(argument, INT32_MAX, &count))
			return refuse("-p %s: that is no process id", argument);
		options->pid = (uint32_t)count;
		return 0;
	case 'r':
		options->replay = argument;
		return 0;
	case 'd':
		if (!time_parse(argument, &ns) || ns < INTERVAL_LEAST_NS ||
		    ns > INTERVAL_GREATEST_NS)
			return refuse("-d %s: give seconds from 0.1 to 60, as in 2 or 500ms",
				      argument);
		options->interval_ns = (uint64_t)ns;
		return 0;
	case 'n':
		if (!parse_count(argument, UINT32_MAX, &options->frames))
			return refuse("-n %s: give a number of frames, 1 or more", argument);
		return 0;
	case 'K':
		if (!parse_count(argument, TABLE_ROWS_MAX, &options->rows))
			return refuse("-K %s: give a number of rows, 1 to %d", argument,
				      TABLE_ROWS_MAX);
		return 0;
	case LONG_SORT:
		options->sort = column_find(argument);
		if (strcmp(argument, "help") == 0)
			return list_columns();
		return options->sort != COLUMN_ID_COUNT
			       ? 0
			       : refuse("--sort %s: no such column; --sort help lists them",
					argument);
	case LONG_COLOR:
		return parse_color(options, argument);
	case LONG_FILTER:
		options->filter = argument;
		return 0;
	case LONG_VIEW:
		options->view = argument;
		return 0;
	default:
		return -1;
	}
}

/* Those that take no argument. */
static void take_flag(struct options *options, int option)
{
	static const struct {
		int option;
		enum batch_format format;
	} formats[] = {{LONG_JSON, BATCH_JSON}, {LONG_CSV, BATCH_CSV}, {LONG_PLAIN, BATCH_PLAIN}};
	static const struct {
		int option;
		enum options_task task;
	} tasks[] = {{'h', OPTIONS_HELP},
		     {LONG_SCHEMA, OPTIONS_SCHEMA},
		     {LONG_MAN, OPTIONS_MAN},
		     {LONG_VERSION, OPTIONS_VERSION}};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (formats[i].option == option) {
			options->format = formats[i].format;
			options->batch = true;
		}
	}
	for (size_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++)
		if (tasks[i].option == option)
			options->task = tasks[i].task;
	options->batch |= option == 'b';
	options->rising |= option == LONG_RISING;
	options->events |= option == LONG_EVENTS;
	options->ascii |= option == LONG_ASCII;
	options->no_mouse |= option == 'M';
	options->no_config |= option == LONG_NO_CONFIG;
}

static int value_of(const struct options_row *row)
{
	for (size_t i = 0; row->letter == 0 && i < sizeof(long_values) / sizeof(long_values[0]);
	     i++)
		if (strcmp(long_values[i].word, row->word) == 0)
			return long_values[i].value;
	return row->letter;
}

int options_parse(struct options *options, int argc, char **argv)
{
	struct option longs[sizeof(options_rows) / sizeof(options_rows[0]) + 2] = {0};
	char shorts[2 * sizeof(options_rows) / sizeof(options_rows[0]) + 2] = "+";
	size_t used = 1;
	int option;

	for (unsigned i = 0; i < options_count; i++) {
		const struct options_row *row = &options_rows[i];

		longs[i] = (struct option){row->word,
					   row->argument != NULL ? required_argument : no_argument,
					   NULL, value_of(row)};
		if (row->letter == 0)
			continue;
		shorts[used++] = row->letter;
		if (row->argument != NULL)
			shorts[used++] = ':';
	}
	/* For the build: writes the man page's tables. */
	longs[options_count] = (struct option){"man", no_argument, NULL, LONG_MAN};
	*options = (struct options){
		.interval_ns = UINT64_C(1000000000), .rows = 20, .sort = COLUMN_ID_COUNT};
	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		int status = option == '?' ? -2 : take(options, option, optarg);

		if (status == -2)
			return refuse("there is no option %s, or it lacks its argument; see "
				      "actor-top --help",
				      argv[optind - 1]);
		if (status > 0)
			return status;
		if (status < 0)
			take_flag(options, option);
	}
	if (optind < argc)
		return refuse("takes no arguments, not '%s'; see actor-top --help", argv[optind]);
	return 0;
}
