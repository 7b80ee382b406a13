/* SPDX-License-Identifier: MIT */
#include "command.h"

static const struct command *const commands[] = {
	&command_record, &command_snapshot, &command_salvage, &command_ls,     &command_info,
	&command_dump,   &command_sql,      &command_export,  &command_report, &command_flame,
	&command_check,  &command_state,    &command_types,   &command_probe,
};

static const struct command_program program = {
	.name = "actor-trace",
	.usage = "usage: actor-trace COMMAND [OPTIONS]\n"
		 "\n"
		 "Records what the actors of a program do, and answers questions about it.\n",
	.commands = commands,
	.count = sizeof(commands) / sizeof(commands[0]),
};

int main(int argc, char **argv)
{
	return command_main(&program, argc, argv);
}
