/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <stdio.h>

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
	return job_main(&command_report, "report.html", argc, argv, work);
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
