/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "export/job.h"

#define HELP                                                                                       \
	"  --format NAME          see below; by default what the output's name ends in says it\n"  \
	"  -o, --output FILE      default: standard output; appears whole or not at "              \
	"all\n" SOURCE_HELP                                                                        \
	"  --table NAME           csv and json: messages (the default), turns, calls, events,\n"   \
	"                         unhandled, unfinished, crashes, actors, gaps, throughput,\n"     \
	"                         threads, types, behaviours, meta; turn_time, sched,\n"           \
	"                         page_faults, cpu_samples of record --kernel\n"                   \
	"  -n, --count COUNT      mermaid and plantuml: this many messages at most\n"              \
	"  --endpoint URL         otlp: post to a collector, as http://localhost:4318/v1/traces\n" \
	"\n"                                                                                       \
	"Formats:\n"

static void print_formats(void)
{
	export_formats_print(stdout);
}

/* The page of the manual; the table of formats is the same as that of --help. */
static int print_man(void)
{
	fputs(".\\\" SPDX-License-Identifier: MIT\n"
	      ".\\\" Made by `actor-trace export --man`: edit tracer/cmd_export.c and "
	      "tracer/export.\n"
	      ".TH ACTOR\\-TRACE\\-EXPORT 1 2026-11-23 \"libactor 0.1.0\" \"libactor\"\n"
	      ".SH NAME\n"
	      "actor\\-trace\\-export \\- turn a recording into what other programs read\n"
	      ".SH SYNOPSIS\n"
	      ".B actor\\-trace export\n"
	      ".I FILE\n"
	      ".BI \\-\\-format\\  NAME\n"
	      ".RI [ OPTION ]...\n"
	      ".SH DESCRIPTION\n"
	      "Reads a recording made by\n"
	      ".BR actor\\-trace (1)\n"
	      "and writes it, or a part of it, in another format. The output appears under its\n"
	      "name when it is whole; when something fails, or the command is interrupted, it\n"
	      "does not appear, and a file of that name stays as it was. Another recording is\n"
	      "never overwritten. On a terminal a bar shows progress.\n"
	      ".PP\n"
	      "Where events were lost, turns and messages that are not wholly known are marked or\n"
	      "left out, and a warning says so.\n"
	      ".PP\n"
	      "Sends have the time of the turn in which they were made, unless the recording was\n"
	      "made with exact send times.\n"
	      ".SH OPTIONS\n",
	      stdout);
	puts(".TP\n.BI \\-\\-format \" NAME\"\nOne of the formats below. Without it the output's "
	     "name says it: out.pftrace, out.csv.\n"
	     ".TP\n.BR \\-o \", \" \\-\\-output \" \\fIFILE\\fR\"\nWhat to write; default: "
	     "standard "
	     "output.\n"
	     ".TP\n.BI \\-\\-since \" T\"\nFrom this time of the session on: 1.5 (seconds), 200ms, "
	     "30us.\n"
	     ".TP\n.BI \\-\\-until \" T\"\nUp to this time.\n"
	     ".TP\n.BI \\-\\-actor \" PID\\fR|\\fINAME\"\nOnly what this actor does, or sends. A "
	     "behaviour's name means all its actors.\n"
	     ".TP\n.BI \\-\\-tag \" TYPE\"\nOnly messages of this type.\n"
	     ".TP\n.BI \\-\\-table \" NAME\"\ncsv and json: which table, see there.\n"
	     ".TP\n.BR \\-n \", \" \\-\\-count \" \\fICOUNT\\fR\"\nmermaid and plantuml: this many "
	     "messages at most; default: 200.\n"
	     ".TP\n.BI \\-\\-endpoint \" URL\"\notlp: post the spans to a collector instead of "
	     "writing them.\n"
	     ".SH FORMATS");
	export_formats_print_man(stdout);
	fputs(".SH EXIT STATUS\n"
	      "0: done. 2: wrong usage, or the output cannot be written. 4: the trace cannot be\n"
	      "read.\n"
	      ".SH EXAMPLES\n"
	      ".nf\n"
	      "actor\\-trace export trace.db \\-o trace.pftrace\n"
	      "actor\\-trace export trace.db \\-\\-format folded | flamegraph.pl > road.svg\n"
	      "actor\\-trace export trace.db \\-\\-format dot | dot \\-Tsvg > flow.svg\n"
	      "actor\\-trace export trace.db \\-\\-format mermaid \\-\\-actor lobby \\-n 40\n"
	      "actor\\-trace export trace.db \\-\\-format otlp \\-\\-endpoint "
	      "http://localhost:4318/v1/traces\n"
	      ".fi\n"
	      ".SH SEE ALSO\n"
	      ".BR actor\\-trace (1),\n"
	      ".BR actor\\-trace\\-report (1)\n",
	      stdout);
	return COMMAND_OK;
}

/* The format that the output's name ends in, or NULL. */
static const struct export_format *format_of_name(const char *path)
{
	size_t length = path != NULL ? strlen(path) : 0;

	for (size_t i = 0; export_formats[i] != NULL; i++) {
		size_t size = strlen(export_formats[i]->extension);

		if (size > 0 && length > size &&
		    strcmp(path + length - size, export_formats[i]->extension) == 0)
			return export_formats[i];
	}
	return NULL;
}

static int choose_format(const char *name, const char *path,
			 const struct export_format **ret_format)
{
	*ret_format = name != NULL ? export_format_find(name) : format_of_name(path);
	if (*ret_format != NULL)
		return COMMAND_OK;
	if (name != NULL)
		command_fail(COMMAND_TROUBLE, "export",
			     "there is no format '%s'; there are:", name);
	else
		command_fail(COMMAND_TROUBLE, "export",
			     "say which format: --format NAME; there are:");
	export_formats_print(stderr);
	return COMMAND_TROUBLE;
}

struct export_call {
	struct job job;
	struct export_options options;
	const char *format;
	bool man;
};

static bool take_option(struct export_call *call, int option)
{
	char *end;

	switch (option) {
	case 'o':
		call->job.output = optarg;
		return true;
	case 'f':
		call->format = optarg;
		return true;
	case 't':
		call->options.table = optarg;
		return true;
	case 'e':
		call->options.endpoint = optarg;
		return true;
	case 'm':
		call->man = true;
		return true;
	case 'n':
		errno = 0;
		call->options.count = strtoll(optarg, &end, 10);
		return errno == 0 && end != optarg && *end == '\0' && call->options.count >= 0;
	default:
		return selection_option(&call->job.selection, option, optarg);
	}
}

static int work(void *user, struct export *export)
{
	const struct export_format *format = user;

	return format->run(export);
}

static int export_run(int argc, char **argv)
{
	static const struct option options[] = {
		SOURCE_OPTIONS,
		{"format", required_argument, NULL, 'f'},
		{"output", required_argument, NULL, 'o'},
		{"table", required_argument, NULL, 't'},
		{"endpoint", required_argument, NULL, 'e'},
		{"count", required_argument, NULL, 'n'},
		{"man", no_argument, NULL, 'm'},
		{NULL, 0, NULL, 0},
	};
	struct export_call call = {
		.job = {.command = "export", .selection = selection_all},
		.options = {.count = -1},
	};
	const struct export_format *format = NULL;
	int option;
	int status;

	while ((option = getopt_long(argc, argv, "o:n:", options, NULL)) != -1) {
		if (option == '?')
			return command_bad_option("export", argv);
		if (!take_option(&call, option))
			return command_fail(COMMAND_TROUBLE, "export",
					    "'%s' is not understood; give a time as 1.5, 200ms or "
					    "30us, and a count as 100",
					    optarg);
	}
	if (call.man)
		return print_man();
	if (optind + 1 != argc)
		return command_fail(COMMAND_TROUBLE, "export", "give one trace file: export %s",
				    command_export.usage);
	status = choose_format(call.format, call.job.output, &format);
	if (status != COMMAND_OK)
		return status;
	if (call.options.endpoint != NULL && strcmp(format->name, "otlp") != 0)
		return command_fail(COMMAND_TROUBLE, "export",
				    "--endpoint goes with --format otlp, not with %s",
				    format->name);
	if (call.options.endpoint != NULL && call.job.output != NULL)
		return command_fail(COMMAND_TROUBLE, "export",
				    "--endpoint posts and -o writes; give one of them");
	call.job.trace = argv[optind];
	call.job.kind = call.options.endpoint != NULL ? OUTPUT_NONE : format->kind;
	call.job.options = &call.options;
	call.job.work = work;
	call.job.user = (void *)format;
	return job_run(&call.job);
}

const struct command command_export = {
	.name = "export",
	.usage = "FILE --format NAME [-o FILE] [--since T] [--until T] [--actor A] [--tag TYPE]",
	.summary = "Turn a trace into what other programs read",
	.help = HELP,
	.help_more = print_formats,
	.run = export_run,
};
