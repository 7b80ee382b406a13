/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/job.h"
#include "export/report/report.h"

static int work(void *user, struct export *export)
{
	struct report *report = NULL;
	int status = report_gather(export->source, &report);

	(void)user;
	if (status == 0)
		report_print(report, export->output->file);
	report_destroy(report);
	return status;
}

static int report_run(int argc, char **argv)
{
	static const struct option options[] = {
		SOURCE_OPTIONS,
		{"output", required_argument, NULL, 'o'},
		{NULL, 0, NULL, 0},
	};
	const struct export_options none = {.count = -1};
	struct job job = {
		.command = "report",
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
			return command_fail(COMMAND_TROUBLE, "report",
					    "'%s' is not understood; give a time as 1.5, 200ms or "
					    "30us",
					    optarg);
	}
	if (optind + 1 != argc)
		return command_fail(COMMAND_TROUBLE, "report", "give one trace file: report %s",
				    command_report.usage);
	if (job.output == NULL)
		return command_fail(COMMAND_TROUBLE, "report",
				    "say where to: -o report.html, or -o - for standard output");
	job.trace = argv[optind];
	return job_run(&job);
}

const struct command command_report = {
	.name = "report",
	.usage = "FILE -o report.html [--since T] [--until T] [--actor A] [--tag TYPE]",
	.summary = "Make a page of the most important things about a trace",
	.help = "  -o, --output FILE      the page; it appears whole or not at all\n" SOURCE_HELP
		"\n"
		"One HTML file that needs no network: facts and loss, message types with their\n"
		"latency over time, busiest and slowest actors, who sends to whom, the slowest\n"
		"causal chains, crashes and restarts. At most 5 MiB, whatever the trace.\n",
	.run = report_run,
};
