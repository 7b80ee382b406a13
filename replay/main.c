/* SPDX-License-Identifier: MIT */
#include "command.h"

static const struct command *const commands[] = {
	&command_replay, &command_diff, &command_check, &command_debug, &command_gdb,
};

static const struct command_program program = {
	.name = "actor-replay",
	.usage = "usage: actor-replay TRACE [OPTIONS] [-- CMD ARGS...]\n"
		 "       actor-replay COMMAND [OPTIONS]\n"
		 "\n"
		 "Runs recorded sessions again, and compares them. Without a command:\n",
	.commands = commands,
	.count = sizeof(commands) / sizeof(commands[0]),
	.otherwise = &command_replay, /* it is the trace */
};

int main(int argc, char **argv)
{
	return command_main(&program, argc, argv);
}
