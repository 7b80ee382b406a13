/* SPDX-License-Identifier: MIT */
#ifndef TRACER_COMMAND_H
#define TRACER_COMMAND_H

/*
 * A command of actor-trace: one file cmd_NAME.c that exports one constant table. The list in
 * main.c drives dispatch, --help and "did you mean".
 */

struct command {
	const char *name;
	const char *usage;   /* what follows the name, as in "FILE [--json]" */
	const char *summary; /* one line for the list of commands, no full stop */
	const char *help;    /* options and examples, printed below the usage; lines end in \n */
	void (*help_more)(void); /* prints what follows it; NULL: nothing */
	/*
	 * argv[0] is the command's name. main() has already answered -h and --help. Returns an
	 * enum command_status (record: or the status of the command that it ran).
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

extern const struct command command_record;
extern const struct command command_snapshot;
extern const struct command command_salvage;
extern const struct command command_ls;
extern const struct command command_info;
extern const struct command command_dump;
extern const struct command command_export;
extern const struct command command_report;
extern const struct command command_flame;
extern const struct command command_sql;
extern const struct command command_check;
extern const struct command command_probe;
extern const struct command command_types;
extern const struct command command_state;

/*
 * "actor-trace COMMAND: TEXT" on stderr, made safe for a terminal. Returns `status`, so that a
 * command can end with `return command_fail(COMMAND_TROUBLE, "dump", ...)`.
 */
int command_fail(int status, const char *command, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Says what getopt_long() has refused, with `opterr` 0. Returns COMMAND_TROUBLE. */
int command_bad_option(const char *command, char **argv);

#endif
