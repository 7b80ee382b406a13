/* SPDX-License-Identifier: MIT */
/* docs/man/actor-replay-debug.1, from the table of commands. */
#include "debug/debug.h"

#include <string.h>

/* For roff: hyphens that are meant, no escapes, no requests at a line's beginning. */
static void print_text(const char *text)
{
	bool begin = true;

	for (; *text != '\0'; text++) {
		if (begin && (*text == '.' || *text == '\''))
			fputs("\\&", stdout);
		begin = *text == '\n';
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
	}
}

static void print_command(const struct debug_command *command)
{
	puts(".TP");
	printf(".B ");
	print_text(command->name);
	if (command->usage[0] != '\0') {
		putchar(' ');
		print_text(command->usage);
	}
	putchar('\n');
	print_text(command->summary);
	puts(".");
	if (command->alias != NULL)
		printf("Short: %s.\n", command->alias);
	if (command->help != NULL) {
		puts(".sp\n.nf");
		print_text(command->help);
		puts(".fi");
	}
}

void debug_man(void)
{
	puts(".\\\" SPDX-License-Identifier: MIT\n"
	     ".\\\" Made by `ninja docs-man-debug`.\n"
	     ".TH ACTOR\\-REPLAY\\-DEBUG 1 2026-11-23 \"libactor 0.1.0\" \"libactor\"\n"
	     ".SH NAME\n"
	     "actor\\-replay\\-debug \\- go through a recorded session turn by turn, forwards and "
	     "backwards\n"
	     ".SH SYNOPSIS\n"
	     ".B actor\\-replay debug\n"
	     ".I TRACE\n"
	     ".RB [ \\-x\n"
	     ".IR FILE ]\n"
	     ".RB [ \\-e\n"
	     ".IR COMMAND ]\n"
	     ".RB [ \\-\\-show\\-output ]\n"
	     ".RB [ \\-\\-timing ]\n"
	     ".RB [ \\-\\-\n"
	     ".IR CMD ]\n"
	     ".SH DESCRIPTION\n"
	     "Starts the recorded program with its script and stops it before the first turn. From "
	     "there one can go\n"
	     "to any turn, in both directions, and see states, messages and mailboxes as they were "
	     "then.\n"
	     ".PP\n"
	     "A turn's number is its place in this replay; it is the same in each replay of the "
	     "trace "
	     "by the same\n"
	     "program. @N is an event of the recording, as\n"
	     ".B actor\\-top \\-r\n"
	     "counts them.\n"
	     ".PP\n"
	     "States and messages are shown by their C types, which\n"
	     ".B actor\\-trace types\n"
	     "makes of the program's debugging information; without them, as bytes.\n"
	     ".PP\n"
	     "Commands come from a prompt with completion and a history "
	     "(~/.actor_replay_history), from\n"
	     ".BR \\-x\n"
	     "and\n"
	     ".BR \\-e ,\n"
	     "or from standard input where that is no terminal. A command may be cut short as far "
	     "as "
	     "it is\n"
	     "unambiguous; # begins a comment; an empty line repeats the last command. A command "
	     "that "
	     "fails ends a\n"
	     "script.\n"
	     ".SH OPTIONS\n"
	     ".TP\n"
	     ".BI \\-x \" FILE\"\n"
	     "Run the commands in the file (\\- for standard input), then leave.\n"
	     ".TP\n"
	     ".BI \\-e \" COMMAND\"\n"
	     "Run this command, then leave; several are run in order.\n"
	     ".TP\n"
	     ".B \\-\\-show\\-output\n"
	     "Show what the program prints.\n"
	     ".TP\n"
	     ".B \\-\\-timing\n"
	     "Say how long each command took.\n"
	     ".SH COMMANDS");
	for (size_t i = 0; i < debug_command_count; i++)
		print_command(&debug_commands[i]);
	puts(".SH CHECKPOINTS\n"
	     "Backwards is a copy of the program (fork) that was made earlier, and steps forward. "
	     "At "
	     "most 60 copies\n"
	     "are kept: 48 over the whole session, evenly, and 12 around the places visited last. "
	     "Each costs the\n"
	     "memory that the program writes after it.\n"
	     ".SH EXIT STATUS\n"
	     "0 done; 2 usage, a command that failed, or the program could not be run; 3 there is "
	     "no "
	     "such program; 4\n"
	     "the trace cannot be read.\n"
	     ".SH SEE ALSO\n"
	     ".BR actor\\-replay (1),\n"
	     ".BR actor\\-trace (1),\n"
	     ".BR actor\\-top (1)");
}
