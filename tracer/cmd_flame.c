/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <stdio.h>

#include "export/flame/flame.h"
#include "export/job.h"

static int work(void *user, struct export *export)
{
	struct flame flame;
	int status = flame_gather(&flame, export->source);

	(void)user;
	if (status == 0)
		flame_print(&flame, export->source, export->output->file);
	flame_finish(&flame);
	return status;
}

static int flame_run(int argc, char **argv)
{
	return job_main(&command_flame, "flame.svg", argc, argv, work);
}

const struct command command_flame = {
	.name = "flame",
	.usage = "FILE -o flame.svg [--since T] [--until T] [--actor A] [--tag TYPE]",
	.summary = "Draw where the time went, on a CPU and off it, by behaviour and message type",
	.help = "  -o, --output FILE      the picture; it appears whole or not at all\n" SOURCE_HELP
		"\n"
		"Two flame graphs in one SVG file, for a browser: a click zooms, / searches. For\n"
		"recordings with the kernel's view: actor-trace record --profile 99, or --kernel,\n"
		"which shows time on a CPU by behaviour and message type alone.\n",
	.run = flame_run,
};
