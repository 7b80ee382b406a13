/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debug/open.h"
#include "term/progress.h"

#define NAME         "debug"
#define COMMANDS_MAX 64

struct order {
	bool file; /* else it is a line */
	const char *text;
};

static volatile int interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static int run_file(struct debug *debug, const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	int status;

	if (file == NULL)
		return debug_say(debug, -errno, "cannot read %s: %s", path, strerror(errno));
	status = debug_script(debug, file);
	if (file != stdin)
		fclose(file);
	return status;
}

static int run_orders(struct debug *debug, const struct order *orders, size_t count)
{
	int status = 0;

	for (size_t i = 0; i < count && status == 0 && !debug->quit; i++)
		status = orders[i].file ? run_file(debug, orders[i].text)
					: debug_line(debug, orders[i].text);
	if (count == 0)
		status = isatty(STDIN_FILENO) ? debug_prompt(debug) : debug_script(debug, stdin);
	return status;
}

static int debug_trace(const struct debug_open_options *options, bool timing,
		       const struct order *orders, size_t count)
{
	static struct debug debug;
	static struct debug_target target;
	struct progress progress;
	int status = debug_open(&debug, &target, options);

	if (status == COMMAND_OK) {
		struct sigaction action = {.sa_handler = on_interrupt};

		(void)sigaction(SIGINT, &action, NULL);
		debug.timing = timing;
		debug.timeline.interrupted = &interrupted;
		debug.stopped = &interrupted;
		progress_begin(&progress, "running");
		debug.timeline.progress = progress_show;
		debug.timeline.progress_user = &progress;
		if (run_orders(&debug, orders, count) != 0)
			status = COMMAND_TROUBLE;
	}
	fflush(stdout);
	debug_close(&debug, &target);
	return status;
}

static void print_commands(void)
{
	puts("\nCommands:\n");
	for (size_t i = 0; i < debug_command_count; i++)
		printf("  %-17s %-4s %s\n", debug_commands[i].name,
		       debug_commands[i].alias != NULL ? debug_commands[i].alias : "",
		       debug_commands[i].summary);
}

static int debug_run(int argc, char **argv)
{
	static const struct option table[] = {
		{"show-output", no_argument, NULL, 'o'},
		{"man", no_argument, NULL, 'm'},
		{"timing", no_argument, NULL, 't'},
		{NULL, 0, NULL, 0},
	};
	struct debug_open_options options = {.name = NAME};
	struct order orders[COMMANDS_MAX];
	bool timing = false;
	size_t count = 0;
	int option;

	while ((option = getopt_long(argc, argv, "+x:e:", table, NULL)) != -1) {
		if (option == 't') {
			timing = true;
			continue;
		}
		if (option == 'm') {
			debug_man();
			return COMMAND_OK;
		}
		if (option == 'o') {
			options.output = true;
			continue;
		}
		if (option != 'x' && option != 'e')
			return command_bad_option(NAME, argv);
		if (count == COMMANDS_MAX)
			return command_fail(COMMAND_TROUBLE, NAME, "at most %d times -x and -e",
					    COMMANDS_MAX);
		orders[count++] = (struct order){option == 'x', optarg};
	}
	if (optind == argc)
		return command_fail(COMMAND_TROUBLE, NAME, "give a trace: debug %s",
				    command_debug.usage);
	options.path = argv[optind++];
	/* Options may follow the trace, too. */
	while (optind < argc && strcmp(argv[optind], "--") != 0) {
		bool file = strcmp(argv[optind], "-x") == 0;

		if (strcmp(argv[optind], "--show-output") == 0) {
			options.output = true;
			optind++;
			continue;
		}
		if (strcmp(argv[optind], "--timing") == 0) {
			timing = true;
			optind++;
			continue;
		}
		if ((!file && strcmp(argv[optind], "-e") != 0) || optind + 1 == argc)
			return command_fail(COMMAND_TROUBLE, NAME, "'%s' is too much: debug %s",
					    argv[optind], command_debug.usage);
		if (count == COMMANDS_MAX)
			return command_fail(COMMAND_TROUBLE, NAME, "at most %d times -x and -e",
					    COMMANDS_MAX);
		orders[count++] = (struct order){file, argv[optind + 1]};
		optind += 2;
	}
	if (optind < argc && ++optind < argc)
		options.command = argv + optind;
	return debug_trace(&options, timing, orders, count);
}

const struct command command_debug = {
	.name = NAME,
	.usage = "TRACE [-x FILE] [-e COMMAND] [--show-output] [--timing] [-- CMD]",
	.summary = "Go through a session turn by turn, forwards and backwards",
	.help = "  -x FILE        run the commands in FILE (- for standard input), then leave\n"
		"  -e COMMAND     run this command; several are run in order\n"
		"  --show-output  show what the program prints\n"
		"  --timing       say how long each command took\n"
		"\n"
		"Without -x and -e commands come from a prompt, or from standard input where that "
		"is\n"
		"no terminal. A command that fails ends a script, with status 2.\n"
		"States and messages are printed by their C types; see actor-trace types.\n",
	.run = debug_run,
	.help_more = print_commands,
};
