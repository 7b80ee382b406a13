/* SPDX-License-Identifier: MIT */
#include "attach/record_options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

#define NAME "record"

static int usage_error(const char *text)
{
	return command_fail(COMMAND_TROUBLE, NAME, "%s; see actor-trace record --help", text);
}

static int parse_mode(const char *text, struct record_options *options)
{
	if (strcmp(text, "lossless") == 0)
		options->mode = ACTOR_PLANE_MODE_LOSSLESS;
	else if (strcmp(text, "discard") == 0)
		options->mode = ACTOR_PLANE_MODE_DISCARD;
	else if (strcmp(text, "flight") == 0)
		options->mode = ACTOR_PLANE_MODE_FLIGHT;
	else
		return command_fail(COMMAND_TROUBLE, NAME,
				    "there is no mode '%s'; it is lossless, discard or flight",
				    text);
	return 0;
}

static int parse_events(const char *text, struct record_options *options)
{
	if (strcmp(text, "full") == 0)
		options->events = STREAM_EVENTS_FULL;
	else if (strcmp(text, "order") == 0)
		options->events = STREAM_EVENTS_ORDER;
	else if (strcmp(text, "exact") == 0)
		options->events = STREAM_EVENTS_EXACT;
	else
		return command_fail(COMMAND_TROUBLE, NAME,
				    "there is no set of events '%s'; it is full, order or exact",
				    text);
	options->events_name = text;
	return 0;
}

static int parse_duration(const char *text, struct record_options *options)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end != '\0' || !(seconds > 0) || seconds > 1e9)
		return command_fail(COMMAND_TROUBLE, NAME,
				    "-d takes a number of seconds above 0, not '%s'", text);
	options->duration_ns = (uint64_t)(seconds * 1e9);
	return 0;
}

static int parse_pid(const char *text, struct record_options *options)
{
	char *end;

	errno = 0;
	options->pid = strtol(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || options->pid <= 0 ||
	    options->pid > INT_MAX)
		return command_fail(COMMAND_TROUBLE, NAME,
				    "-p takes a process id, not '%s'; actor-trace ls lists them",
				    text);
	return 0;
}

int record_options_parse(int argc, char **argv, struct record_options *ret_options)
{
	static const struct option longs[] = {
		{"mode", required_argument, NULL, 'm'},
		{"events", required_argument, NULL, 'e'},
		{"fail-on-drop", no_argument, NULL, 'f'},
		{"output", required_argument, NULL, 'o'},
		{"pid", required_argument, NULL, 'p'},
		{"duration", required_argument, NULL, 'd'},
		{"quiet", no_argument, NULL, 'q'},
		{NULL, 0, NULL, 0},
	};
	struct record_options parsed = {
		.mode = ACTOR_PLANE_MODE_LOSSLESS,
		.events = STREAM_EVENTS_FULL,
		.events_name = "full",
	};
	struct record_options *options = &parsed;
	int option, result = 0;

	opterr = 0;
	optind = 1;
	while (result == 0 && (option = getopt_long(argc, argv, "+:o:p:d:q", longs, NULL)) != -1) {
		switch (option) {
		case 'm':
			result = parse_mode(optarg, options);
			break;
		case 'e':
			result = parse_events(optarg, options);
			break;
		case 'f':
			options->fail_on_drop = true;
			break;
		case 'o':
			options->output = optarg;
			break;
		case 'p':
			result = parse_pid(optarg, options);
			break;
		case 'd':
			result = parse_duration(optarg, options);
			break;
		case 'q':
			options->quiet = true;
			break;
		case ':':
			return command_fail(COMMAND_TROUBLE, NAME,
					    "%s needs a value; see actor-trace record --help",
					    argv[optind - 1]);
		default:
			return command_fail(COMMAND_TROUBLE, NAME,
					    "there is no option %s; see actor-trace record --help",
					    argv[optind - 1]);
		}
	}
	if (result != 0)
		return result;
	options->command = argv + optind;
	if (options->pid != 0 && optind < argc)
		return usage_error("either -p PID or a command, not both");
	if (options->pid == 0 && optind >= argc)
		return usage_error("say what to record: -p PID, or -- COMMAND");
	*ret_options = parsed;
	return 0;
}
