/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "term/text.h"

#define VERSION "0.1.0"

static const struct command *const commands[] = {
	&command_replay, &command_diff, &command_check, &command_debug, &command_gdb,
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

int command_fail(int status, const char *command, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fflush(stdout);
	fprintf(stderr, "actor-replay%s%s: ", command != NULL ? " " : "",
		command != NULL ? command : "");
	text_print(stderr, text);
	putc('\n', stderr);
	return status;
}

int command_bad_option(const char *command, char **argv)
{
	const char *word = argv[optind - 1];
	const char *name = command != NULL ? command : "";
	const char *space = command != NULL ? " " : "";

	if (optopt == 0)
		return command_fail(COMMAND_TROUBLE, command,
				    "there is no option %s; see actor-replay %s%s--help", word,
				    name, space);
	if (strncmp(word, "--", 2) != 0)
		return command_fail(COMMAND_TROUBLE, command,
				    "there is no option -%c, or it lacks its value; see "
				    "actor-replay %s%s--help",
				    optopt, name, space);
	if (strchr(word, '=') == NULL)
		return command_fail(COMMAND_TROUBLE, command,
				    "%s needs a value; see actor-replay %s%s--help", word, name,
				    space);
	return command_fail(COMMAND_TROUBLE, command,
			    "%.*s takes no value; see actor-replay %s%s--help",
			    (int)strcspn(word, "="), word, name, space);
}

static void print_usage(FILE *file)
{
	fputs("usage: actor-replay TRACE [OPTIONS] [-- CMD ARGS...]\n"
	      "       actor-replay COMMAND [OPTIONS]\n"
	      "\n"
	      "Runs recorded sessions again, and compares them. Without a command:\n"
	      "\n",
	      file);
	fputs(command_replay.help, file);
	fputs("\nCommands:\n\n", file);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(file, "  %-6s  %s\n", commands[i]->name, commands[i]->summary);
	fputs("\nactor-replay COMMAND --help says more about one of them.\n", file);
}

static void print_help(const struct command *command)
{
	printf("usage: actor-replay %s %s\n\n%s.\n", command->name, command->usage,
	       command->summary);
	if (command->help != NULL && command->help[0] != '\0')
		printf("\n%s", command->help);
	if (command->help_more != NULL)
		command->help_more();
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int is_help(const char *argument)
{
	return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

/* Whether help is asked for among the command's own options: `--` ends them. */
static int asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (is_help(argv[i]))
			return 1;
	return 0;
}

/* What was printed has arrived, or its reader has gone and does not want it. */
static int close_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (errno == EPIPE)
		return status;
	fprintf(stderr, "actor-replay: cannot write the output: %s\n", strerror(errno));
	return COMMAND_TROUBLE;
}

int main(int argc, char **argv)
{
	const struct command *command;

	opterr = 0; /* see command_bad_option() */
	if (argc < 2) {
		print_usage(stderr);
		return COMMAND_TROUBLE;
	}
	if (is_help(argv[1]) || strcmp(argv[1], "help") == 0) {
		command = argc > 2 ? find_command(argv[2]) : NULL;
		if (command != NULL)
			print_help(command);
		else
			print_usage(stdout);
		return close_output(COMMAND_OK);
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("actor-replay " VERSION);
		return close_output(COMMAND_OK);
	}
	command = find_command(argv[1]);
	if (command == NULL && asks_for_help(argc, argv)) {
		print_usage(stdout);
		return close_output(COMMAND_OK);
	}
	if (command == NULL) /* it is the trace */
		return close_output(command_replay.run(argc, argv));
	if (asks_for_help(argc - 1, argv + 1)) {
		print_help(command);
		return close_output(COMMAND_OK);
	}
	return close_output(command->run(argc - 1, argv + 1));
}
