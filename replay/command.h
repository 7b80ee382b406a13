/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_COMMAND_H
#define REPLAY_COMMAND_H

/*
 * A command of actor-replay, as tracer/command.h has them for actor-trace. The table in main.c
 * drives dispatch and --help; what is no command is the trace that is to be replayed.
 */

struct command {
	const char *name;
	const char *usage;   /* what follows the name, as in "A B [--json]" */
	const char *summary; /* one line for the list of commands, no full stop */
	const char *help;    /* options and examples, printed below the usage; lines end in \n */
	/* argv[0] is the command's name. Returns an enum command_status. */
	int (*run)(int argc, char **argv);
	void (*help_more)(void); /* prints what follows the help; NULL: nothing */
};

/* Exit statuses, the same for all of the project's programs. */
enum command_status {
	COMMAND_OK = 0,
	COMMAND_FINDING = 1,    /* diverged, or the two differ */
	COMMAND_TROUBLE = 2,    /* usage, or something went wrong */
	COMMAND_NO_TARGET = 3,  /* target not found or refused */
	COMMAND_UNREADABLE = 4, /* the trace cannot be read */
	COMMAND_LOST = 5        /* data lost */
};

extern const struct command command_replay;
extern const struct command command_diff;
extern const struct command command_check;
extern const struct command command_debug;
extern const struct command command_gdb;

/*
 * "actor-replay COMMAND: TEXT" on stderr, made safe for a terminal. `command` is NULL where it is a
 * trace that is replayed. Returns `status`.
 */
int command_fail(int status, const char *command, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Says what getopt_long() has refused, with `opterr` 0. Returns COMMAND_TROUBLE. */
int command_bad_option(const char *command, char **argv);

#endif
