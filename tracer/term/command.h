/* SPDX-License-Identifier: MIT */
#ifndef TERM_COMMAND_H
#define TERM_COMMAND_H

/*
 * Programs of several commands: a command is one file cmd_NAME.c that exports one constant table,
 * and a program's list of these drives dispatch, --help and "did you mean".
 */

#include <stddef.h>

struct command {
	const char *name;
	const char *usage;   /* what follows the name, as in "FILE [--json]" */
	const char *summary; /* one line for the list of commands, no full stop */
	const char *help;    /* options and examples, printed below the usage; lines end in \n */
	void (*help_more)(void); /* prints what follows it; NULL: nothing */
	/*
	 * argv[0] is the command's name; -h and --help are answered already. Returns an enum
	 * command_status (record: or the status of the command that it ran).
	 */
	int (*run)(int argc, char **argv);
};

/* Exit statuses, the same for all of the project's programs. */
enum command_status {
	COMMAND_OK = 0,
	COMMAND_FINDING = 1,    /* diverged, or a check has found something */
	COMMAND_TROUBLE = 2,    /* usage, or something went wrong */
	COMMAND_NO_TARGET = 3,  /* target not found or refused */
	COMMAND_UNREADABLE = 4, /* the trace cannot be read */
	COMMAND_LOST = 5        /* data lost, and --fail-on-drop was given */
};

struct command_program {
	const char *name;
	const char *usage; /* whole lines, above the list of its commands */
	const struct command *const *commands;
	size_t count;
	/*
	 * Runs with the program's own argv where its first word is no command; its help belongs to
	 * the program's. NULL: it is a mistake.
	 */
	const struct command *otherwise;
};

/* main() of such a program, of which there is one. */
int command_main(const struct command_program *program, int argc, char **argv);

/*
 * "PROGRAM COMMAND: TEXT" on stderr, made safe for a terminal; `command` may be NULL. Returns
 * `status`, so that a command can end with `return command_fail(COMMAND_TROUBLE, "dump", ...)`.
 */
int command_fail(int status, const char *command, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Says what getopt_long() has refused, with `opterr` 0. Returns COMMAND_TROUBLE. */
int command_bad_option(const char *command, char **argv);

#endif
