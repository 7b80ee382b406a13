/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "term/text.h"

#define VERSION "0.1.0"

static const struct command *const commands[] = {
	&command_record, &command_snapshot, &command_salvage, &command_ls,     &command_info,
	&command_dump,   &command_sql,      &command_export,  &command_report, &command_flame,
	&command_check,  &command_state,    &command_types,   &command_probe,
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
	fprintf(stderr, "actor-trace %s: ", command);
	text_print(stderr, text);
	putc('\n', stderr);
	return status;
}

int command_bad_option(const char *command, char **argv)
{
	const char *word = argv[optind - 1];

	if (optopt == 0)
		return command_fail(COMMAND_TROUBLE, command,
				    "there is no option %s; see actor-trace %s --help", word,
				    command);
	if (strncmp(word, "--", 2) != 0)
		return command_fail(
			COMMAND_TROUBLE, command,
			"there is no option -%c, or it lacks its value; see actor-trace %s --help",
			optopt, command);
	if (strchr(word, '=') == NULL)
		return command_fail(COMMAND_TROUBLE, command,
				    "%s needs a value; see actor-trace %s --help", word, command);
	return command_fail(COMMAND_TROUBLE, command,
			    "%.*s takes no value; see actor-trace %s --help",
			    (int)strcspn(word, "="), word, command);
}

static void print_usage(FILE *file)
{
	fputs("usage: actor-trace COMMAND [OPTIONS]\n"
	      "\n"
	      "Records what the actors of a program do, and answers questions about it.\n"
	      "\n",
	      file);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(file, "  %-8s  %s\n", commands[i]->name, commands[i]->summary);
	fputs("\nactor-trace COMMAND --help says more about one of them.\n", file);
}

static void print_help(const struct command *command)
{
	printf("usage: actor-trace %s %s\n\n%s.\n", command->name, command->usage,
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
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const struct command *nearest = NULL;
	size_t least = 3;

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		size_t letters = distance(name, commands[i]->name);

		if (letters < least) {
			least = letters;
			nearest = commands[i];
		}
	}
	fputs("actor-trace: there is no command '", stderr);
	text_print(stderr, name);
	if (nearest != NULL)
		fprintf(stderr, "'; did you mean '%s'?\n", nearest->name);
	else
		fputs("'; 'actor-trace --help' lists them\n", stderr);
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
	fprintf(stderr, "actor-trace: cannot write the output: %s\n", strerror(errno));
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
		puts("actor-trace " VERSION);
		return close_output(COMMAND_OK);
	}
	command = find_command(argv[1]);
	if (command == NULL)
		return unknown_command(argv[1]);
	if (asks_for_help(argc - 1, argv + 1)) {
		print_help(command);
		return close_output(COMMAND_OK);
	}
	return close_output(command->run(argc - 1, argv + 1));
}
