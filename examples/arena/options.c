/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "game.h"

#define PORT_DEFAULT 7777

/* X(NAME, option, variable, minimum, maximum, help): the options that are numbers. */
#define NUMBER_MAP(X)                                                                              \
	X(PORT, "port", tree.port, 0, 65535, "TCP port; 0 takes a free one")                       \
	X(MATCH_EVERY, "match-every", tree.rules.match_every_ms, 10, 3600000,                      \
	  "pair waiting players every so many ms")                                                 \
	X(TICK, "tick", tree.rules.tick_ms, 5, 10000, "length of a room's tick in ms")             \
	X(TICKS_PER_MOVE, "ticks-per-move", tree.rules.ticks_per_move, 1, 1000,                    \
	  "cycles move every so many ticks")                                                       \
	X(COUNTDOWN, "countdown", tree.rules.countdown_ms, 0, 60000,                               \
	  "ms between match and first move")                                                       \
	X(IDLE, "idle", tree.rules.idle_ms, 50, 86400000,                                          \
	  "close connections that are silent for so many ms")                                      \
	X(LINES, "lines", tree.rules.lines_per_second, 1, 100000,                                  \
	  "lines a second that a connection may send")                                             \
	X(WIDTH, "width", tree.rules.width, GAME_SIDE_MIN, GAME_SIDE_MAX, "width of the grid")     \
	X(HEIGHT, "height", tree.rules.height, GAME_SIDE_MIN, GAME_SIDE_MAX, "height of the grid") \
	X(SCHEDULERS, "schedulers", schedulers, 0, 256, "threads that run actors; 0: one per CPU") \
	X(SEED, "seed", seed, 0, INT64_MAX, "of all randomness; 0: another each time")

enum number {
#define X(NAME, option, variable, minimum, maximum, help) NUMBER_##NAME,
	NUMBER_MAP(X)
#undef X
	NUMBER_COUNT
};

enum {
	OPTION_NUMBER = 256, /* the first of NUMBER_COUNT */
	OPTION_DATABASE = OPTION_NUMBER + NUMBER_COUNT,
	OPTION_ADDRESS,
	OPTION_HELP
};

static const struct {
	const char *name;
	const char *help;
	long long minimum;
	long long maximum;
} numbers[NUMBER_COUNT] = {
#define X(NAME, option, variable, minimum, maximum, help) {option, help, minimum, maximum},
	NUMBER_MAP(X)
#undef X
};

static const struct option long_options[] = {
#define X(NAME, option, variable, minimum, maximum, help) \
	{option, required_argument, NULL, OPTION_NUMBER + NUMBER_##NAME},
	NUMBER_MAP(X)
#undef X
		{"db", required_argument, NULL, OPTION_DATABASE},
	{"address", required_argument, NULL, OPTION_ADDRESS},
	{"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0},
};

static void get_numbers(const struct options *options, long long values[NUMBER_COUNT])
{
#define X(NAME, option, variable, minimum, maximum, help) \
	values[NUMBER_##NAME] = (long long)options->variable;
	NUMBER_MAP(X)
#undef X
}

static void set_numbers(struct options *options, const long long values[NUMBER_COUNT])
{
#define X(NAME, option, variable, minimum, maximum, help) \
	options->variable = (__typeof__(options->variable))values[NUMBER_##NAME];
	NUMBER_MAP(X)
#undef X
}

static void print_help(const long long defaults[NUMBER_COUNT])
{
	puts("usage: arena [OPTION...]\n"
	     "\n"
	     "A game server: light cycles for two, played over TCP by lines of text.\n"
	     "Play with: nc 127.0.0.1 PORT\n"
	     "\n"
	     "  --db FILE           SQLite file with the ratings (arena.db); :memory: forgets "
	     "them\n"
	     "  --address ADDRESS   numeric address to listen on (127.0.0.1)");
	for (unsigned i = 0; i < NUMBER_COUNT; i++)
		printf("  --%-14s N  %s (%lld)\n", numbers[i].name, numbers[i].help, defaults[i]);
	puts("  --help              this text\n"
	     "\n"
	     "SIGINT and SIGTERM end it in order. Exit status: 0 ended in order; 1 failed while\n"
	     "running; 2 wrong usage, or it could not start.");
}

static int usage_error(void)
{
	fputs("arena: try 'arena --help'\n", stderr);
	return 2;
}

static bool read_number(unsigned number, const char *text, long long *ret_value)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno == 0 && end != text && *end == '\0' && value >= numbers[number].minimum &&
	    value <= numbers[number].maximum) {
		*ret_value = value;
		return true;
	}
	fprintf(stderr, "arena: --%s wants a number from %lld to %lld, not '%s'\n",
		numbers[number].name, numbers[number].minimum, numbers[number].maximum, text);
	return false;
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
	struct options options = {
		.tree = {.database = "arena.db",
			 .address = "127.0.0.1",
			 .port = PORT_DEFAULT,
			 .rules = RULES_DEFAULT},
	};
	long long values[NUMBER_COUNT];
	int option;

	get_numbers(&options, values);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == OPTION_HELP) {
			print_help(values);
			return 1;
		}
		if (option == OPTION_DATABASE) {
			options.tree.database = optarg;
		} else if (option == OPTION_ADDRESS) {
			options.tree.address = optarg;
		} else if (option >= OPTION_NUMBER && option < OPTION_DATABASE) {
			unsigned number = (unsigned)(option - OPTION_NUMBER);

			if (!read_number(number, optarg, &values[number]))
				return usage_error();
		} else {
			return usage_error();
		}
	}
	if (optind < argc) {
		fprintf(stderr, "arena: unexpected argument '%s'\n", argv[optind]);
		return usage_error();
	}
	set_numbers(&options, values);
	*ret_options = options;
	return 0;
}
