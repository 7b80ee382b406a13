/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "swarm.h"

#define PLAYERS_MAX 20000
/* Descriptors that are not players: the standard streams and what libraries open. */
#define FILES_SPARE 16

enum number {
	NUMBER_PORT,
	NUMBER_PLAYERS,
	NUMBER_SECONDS,
	NUMBER_THINK,
	NUMBER_FICKLE,
	NUMBER_SEED,
	NUMBER_COUNT
};

static const struct {
	const char *name;
	const char *help;
	long long minimum;
	long long maximum;
	long long normal;
} numbers[NUMBER_COUNT] = {
	[NUMBER_PORT] = {"port", "port of the arena on 127.0.0.1", 1, 65535, 7777},
	[NUMBER_PLAYERS] = {"players", "how many play", 2, PLAYERS_MAX, 50},
	[NUMBER_SECONDS] = {"seconds", "for how long", 1, 86400, 10},
	[NUMBER_THINK] = {"think", "ms between two lines of a player, on average", 1, 60000, 150},
	[NUMBER_FICKLE] = {"fickle", "% of a waiting player's lines that leave and play again", 0,
			   100, 0},
	[NUMBER_SEED] = {"seed", "of all decisions", 0, INT64_MAX, 1},
};

static const struct option long_options[] = {
	{"port", required_argument, NULL, NUMBER_PORT},
	{"players", required_argument, NULL, NUMBER_PLAYERS},
	{"seconds", required_argument, NULL, NUMBER_SECONDS},
	{"think", required_argument, NULL, NUMBER_THINK},
	{"fickle", required_argument, NULL, NUMBER_FICKLE},
	{"seed", required_argument, NULL, NUMBER_SEED},
	{"help", no_argument, NULL, NUMBER_COUNT},
	{NULL, 0, NULL, 0},
};

static void print_help(void)
{
	puts("usage: arena-bots [OPTION...]\n"
	     "\n"
	     "Players for the arena who are programs. Prints the games played, moves, errors and\n"
	     "how long answers took.\n");
	for (unsigned i = 0; i < NUMBER_COUNT; i++)
		printf("  --%-8s N  %s (%lld)\n", numbers[i].name, numbers[i].help,
		       numbers[i].normal);
	puts("  --help        this text\n"
	     "\n"
	     "Exit status: 0 played without errors; 1 no game was played, or errors; 2 usage.");
}

static int usage_error(void)
{
	fputs("arena-bots: try 'arena-bots --help'\n", stderr);
	return 2;
}

/* Returns 0 to go on, 1 when all is done, 2 after a usage error. */
static int parse(int argc, char **argv, long long values[NUMBER_COUNT])
{
	int option;

	for (unsigned i = 0; i < NUMBER_COUNT; i++)
		values[i] = numbers[i].normal;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		char *end;

		if (option == NUMBER_COUNT) {
			print_help();
			return 1;
		}
		if (option < 0 || option > NUMBER_COUNT)
			return usage_error();
		errno = 0;
		values[option] = strtoll(optarg, &end, 10);
		if (errno != 0 || end == optarg || *end != '\0' ||
		    values[option] < numbers[option].minimum ||
		    values[option] > numbers[option].maximum) {
			fprintf(stderr,
				"arena-bots: --%s wants a number from %lld to %lld, not '%s'\n",
				numbers[option].name, numbers[option].minimum,
				numbers[option].maximum, optarg);
			return usage_error();
		}
	}
	if (optind < argc) {
		fprintf(stderr, "arena-bots: unexpected argument '%s'\n", argv[optind]);
		return usage_error();
	}
	return 0;
}

/* As many descriptors as allowed; if that is too few, the sockets that fail say so. */
static void raise_file_limit(unsigned players)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= players + FILES_SPARE)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void print_result(const struct swarm_options *options, struct bot_tally *tally,
			 uint64_t elapsed_ns, uint64_t games)
{
	printf("arena-bots: %u players, %.1f s, %" PRIu64 " games, %" PRIu64 " moves, %" PRIu64
	       " errors, %zu answers, p50 %.3f ms, p99 %.3f ms\n",
	       options->players, (double)elapsed_ns / 1e9, games, tally->moves, tally->errors,
	       tally->answers_ns.count, (double)samples_quantile(&tally->answers_ns, 50) / 1e6,
	       (double)samples_quantile(&tally->answers_ns, 99) / 1e6);
}

int main(int argc, char **argv)
{
	struct bot_tally tally = {.ends = 0};
	struct swarm_options options;
	long long values[NUMBER_COUNT];
	uint64_t elapsed_ns = 0;
	uint64_t games;
	int result = parse(argc, argv, values);
	int status;

	if (result != 0)
		return result == 1 ? 0 : result;
	options = (struct swarm_options){
		.port = (uint16_t)values[NUMBER_PORT],
		.players = (unsigned)values[NUMBER_PLAYERS],
		.duration_ns = (uint64_t)values[NUMBER_SECONDS] * UINT64_C(1000000000),
		.think_ns = (uint64_t)values[NUMBER_THINK] * UINT64_C(1000000),
		.fickle = (unsigned)values[NUMBER_FICKLE],
		.seed = (uint64_t)values[NUMBER_SEED],
	};
	raise_file_limit(options.players);
	status = swarm_run(&options, &tally, &elapsed_ns);
	if (status != 0) {
		fprintf(stderr, "arena-bots: cannot start: %s\n", strerror(-status));
		return 1;
	}
	/* Both players of a game have counted it. */
	games = (tally.ends + 1) / 2;
	print_result(&options, &tally, elapsed_ns, games);
	samples_finish(&tally.answers_ns);
	return games == 0 || tally.errors > 0 ? 1 : 0;
}
