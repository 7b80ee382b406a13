/* SPDX-License-Identifier: MIT */
#include "term/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "term/text.h"

#define VERSION "0.1.0"

static const struct command_program *running;

static const char *program_name(void)
{
	return running != NULL ? running->name : "actor";
}

int command_fail(int status, const char *command, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fflush(stdout);
	fprintf(stderr, "%s%s%s: ", program_name(), command != NULL ? " " : "",
		command != NULL ? command : "");
	text_print(stderr, text);
	putc('\n', stderr);
	return status;
}

int command_bad_option(const char *command, char **argv)
{
	const char *word = argv[optind - 1];
	char help[64];

	snprintf(help, sizeof(help), "%s %s%s--help", program_name(),
		 command != NULL ? command : "", command != NULL ? " " : "");
	if (optopt == 0)
		return command_fail(COMMAND_TROUBLE, command, "there is no option %s; see %s", word,
				    help);
	if (strncmp(word, "--", 2) != 0)
		return command_fail(COMMAND_TROUBLE, command,
				    "there is no option -%c, or it lacks its value; see %s", optopt,
				    help);
	if (strchr(word, '=') == NULL)
		return command_fail(COMMAND_TROUBLE, command, "%s needs a value; see %s", word,
				    help);
	return command_fail(COMMAND_TROUBLE, command, "%.*s takes no value; see %s",
			    (int)strcspn(word, "="), word, help);
}

static int longest_name(void)
{
	size_t longest = 0;

	for (size_t i = 0; i < running->count; i++) {
		size_t length = strlen(running->commands[i]->name);

		longest = length > longest ? length : longest;
	}
	return (int)longest;
}

static void print_usage(FILE *file)
{
	fprintf(file, "%s\n", running->usage);
	if (running->otherwise != NULL)
		fprintf(file, "%s\nCommands:\n\n", running->otherwise->help);
	for (size_t i = 0; i < running->count; i++)
		fprintf(file, "  %-*s  %s\n", longest_name(), running->commands[i]->name,
			running->commands[i]->summary);
	fprintf(file, "\n%s COMMAND --help says more about one of them.\n", running->name);
}

static void print_help(const struct command *command)
{
	printf("usage: %s %s %s\n\n%s.\n", running->name, command->name, command->usage,
	       command->summary);
	if (command->help != NULL && command->help[0] != '\0')
		printf("\n%s", command->help);
	if (command->help_more != NULL)
		command->help_more();
}

/* How many letters must change to make one word of the other (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
	size_t row[32];
	size_t length = strlen(b);

	if (length >= sizeof(row) / sizeof(row[0]))
		return SIZE_MAX;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < length; j++) {
			size_t above = row[j + 1];
			size_t best = diagonal + (a[i] != b[j]);

			if (above + 1 < best)
				best = above + 1;
			if (row[j] + 1 < best)
				best = row[j] + 1;
			row[j + 1] = best;
			diagonal = above;
		}
	}
	return row[length];
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < running->count; i++)
		if (strcmp(running->commands[i]->name, name) == 0)
			return running->commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const struct command *nearest = NULL;
	size_t least = 3;

	for (size_t i = 0; i < running->count; i++) {
		size_t letters = distance(name, running->commands[i]->name);

		if (letters < least) {
			least = letters;
			nearest = running->commands[i];
		}
	}
	fprintf(stderr, "%s: there is no command '", running->name);
	text_print(stderr, name);
	if (nearest != NULL)
		fprintf(stderr, "'; did you mean '%s'?\n", nearest->name);
	else
		fprintf(stderr, "'; '%s --help' lists them\n", running->name);
	return COMMAND_TROUBLE;
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
	fprintf(stderr, "%s: cannot write the output: %s\n", running->name, strerror(errno));
	return COMMAND_TROUBLE;
}

int command_main(const struct command_program *program, int argc, char **argv)
{
	const struct command *command;

	running = program;
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
		printf("%s " VERSION "\n", program->name);
		return close_output(COMMAND_OK);
	}
	command = find_command(argv[1]);
	if (command == NULL && program->otherwise != NULL && asks_for_help(argc, argv)) {
		print_usage(stdout);
		return close_output(COMMAND_OK);
	}
	if (command == NULL)
		return program->otherwise != NULL
			       ? close_output(program->otherwise->run(argc, argv))
			       : unknown_command(argv[1]);
	if (asks_for_help(argc - 1, argv + 1)) {
		print_help(command);
		return close_output(COMMAND_OK);
	}
	return close_output(command->run(argc - 1, argv + 1));
}
