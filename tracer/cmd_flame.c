/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <getopt.h>
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
	static const struct option options[] = {
		SOURCE_OPTIONS,
		{"output", required_argument, NULL, 'o'},
		{NULL, 0, NULL, 0},
	};
	const struct export_options none = {.count = -1};
	struct job job = {
		.command = "flame",
		.selection = selection_all,
		.kind = OUTPUT_TEXT,
		.options = &none,
		.work = work,
	};
	int option;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (option == '?')
			return COMMAND_TROUBLE;
		if (option == 'o')
			job.output = optarg;
		else if (!selection_option(&job.selection, option, optarg))
			return command_fail(COMMAND_TROUBLE, "flame",
					    "'%s' is not understood; give a time as 1.5, 200ms or "
					    "30us",
					    optarg);
	}
	if (optind + 1 != argc)
		return command_fail(COMMAND_TROUBLE, "flame", "give one trace file: flame %s",
				    command_flame.usage);
	if (job.output == NULL)
		return command_fail(COMMAND_TROUBLE, "flame",
				    "say where to: -o flame.svg, or -o - for standard output");
	job.trace = argv[optind];
	return job_run(&job);
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
