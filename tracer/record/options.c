/* SPDX-License-Identifier: MIT */
#include "record/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "kernel/view.h"
#include "term/time.h"

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
		options->choice.events = STREAM_EVENTS_FULL;
	else if (strcmp(text, "order") == 0)
		options->choice.events = STREAM_EVENTS_ORDER;
	else
		return command_fail(COMMAND_TROUBLE, NAME,
				    "there is no set of events '%s'; it is full or order", text);
	options->events_name = text;
	return 0;
}

int option_seconds(const char *command, const char *option, const char *text, uint64_t *ret_ns)
{
	int64_t ns;

	if (!time_parse(text, &ns) || ns <= 0 || ns > 1000000000 * INT64_C(1000000000))
		return command_fail(COMMAND_TROUBLE, command,
				    "%s takes a time above 0, as in 10 (seconds), 500ms or 5m, "
				    "not '%s'",
				    option, text);
	*ret_ns = (uint64_t)ns;
	return 0;
}

int option_pid(const char *command, const char *text, long *ret_pid)
{
	char *end;

	errno = 0;
	*ret_pid = strtol(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || *ret_pid <= 0 || *ret_pid > INT_MAX)
		return command_fail(COMMAND_TROUBLE, command,
				    "'%s' is no process id; actor-trace ls lists them", text);
	return 0;
}

/* A whole number from 1 to `max`. False: it is none, or is followed by something. */
static bool parse_count(const char *text, unsigned long max, unsigned long *ret_count)
{
	char *end;

	errno = 0;
	if (*text < '0' || *text > '9')
		return false;
	*ret_count = strtoul(text, &end, 10);
	return *end == '\0' && errno == 0 && *ret_count > 0 && *ret_count <= max;
}

/* 64M, 2G: bytes, or a negative number for what is none. */
static double size_of(const char *text)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;
	double size = strtod(text, &end);

	unit = *end != '\0' ? strchr(units, *end & ~0x20) : NULL;
	if (unit != NULL) {
		size *= (double)(UINT64_C(1) << (10 * (unit - units + 1)));
		end++;
	}
	return end == text || *end != '\0' ? -1 : size;
}

static int parse_max_size(const char *text, struct record_options *options)
{
	double size = size_of(text);

	if (!(size >= 1048576) || size > 1e15)
		return command_fail(COMMAND_TROUBLE, NAME,
				    "--max-size takes bytes, at least 1M, as in 64M or 2G, not "
				    "'%s'",
				    text);
	options->max_bytes = (uint64_t)size;
	return 0;
}

/* The kernel's ring buffer is a power of two. */
static int parse_kernel_buffer(const char *text, struct record_options *options)
{
	double size = size_of(text);
	uint32_t rounded = KERNEL_VIEW_BUFFER_MIN;

	if (!(size >= KERNEL_VIEW_BUFFER_MIN) || size > KERNEL_VIEW_BUFFER_MAX)
		return command_fail(COMMAND_TROUBLE, NAME,
				    "--kernel-buffer takes 64K to 1G, as in 64M, not '%s'", text);
	while (rounded < size)
		rounded *= 2;
	options->kernel = true;
	options->kernel_buffer = rounded;
	return 0;
}

static int parse_profile(const char *text, struct record_options *options)
{
	unsigned long hz;

	if (!parse_count(text, KERNEL_VIEW_HZ_MAX, &hz))
		return command_fail(COMMAND_TROUBLE, NAME,
				    "--profile takes samples a second, 1 to %d, not '%s'",
				    KERNEL_VIEW_HZ_MAX, text);
	options->kernel = true;
	options->profile_hz = (unsigned)hz;
	return 0;
}

static int parse_sample(const char *text, struct record_options *options)
{
	unsigned long every;

	if (strncmp(text, "1/", 2) != 0 || !parse_count(text + 2, 1000000000, &every))
		return command_fail(COMMAND_TROUBLE, NAME,
				    "--sample takes 1/N, as in 1/100, not '%s'", text);
	options->choice.sample = (uint32_t)every;
	return 0;
}

static int parse_payload(const char *text, struct record_options *options)
{
	unsigned long size = RECORD_PAYLOAD;

	if (text != NULL && !parse_count(text, ACTOR_EVENT_PAYLOAD_MAX, &size))
		return command_fail(COMMAND_TROUBLE, NAME,
				    "--payload takes 1 to %d bytes, not '%s'",
				    ACTOR_EVENT_PAYLOAD_MAX, text);
	options->choice.payload_max = (uint32_t)size;
	return 0;
}

static int parse_segments(const char *text, struct record_options *options)
{
	unsigned long count;

	if (!parse_count(text, 1000000, &count))
		return command_fail(COMMAND_TROUBLE, NAME,
				    "--segments takes a number of files, not '%s'", text);
	options->segments = (unsigned)count;
	return 0;
}

static int parse_filter(const char *text, struct record_options *options)
{
	struct filter_error error;
	struct filter *filter;
	int result = filter_parse(text, &subject_schema, &filter, &error);

	if (result == -ENOMEM)
		return command_fail(COMMAND_TROUBLE, NAME, "out of memory");
	if (result < 0)
		return command_fail(COMMAND_TROUBLE, NAME, "--filter, at '%s': %s",
				    error.position < strlen(text) ? text + error.position
								  : "the end",
				    error.text);
	filter_free((struct filter *)(uintptr_t)options->choice.filter);
	options->choice.filter = filter;
	return 0;
}

enum {
	OPTION_MODE = 256,
	OPTION_EVENTS,
	OPTION_PRECISE,
	OPTION_PAYLOAD,
	OPTION_FILTER,
	OPTION_SAMPLE,
	OPTION_KERNEL,
	OPTION_PROFILE,
	OPTION_KERNEL_BUFFER,
	OPTION_MAX_SIZE,
	OPTION_MAX_TIME,
	OPTION_SEGMENTS,
	OPTION_FAIL
};

static const struct option longs[] = {
	{"mode", required_argument, NULL, OPTION_MODE},
	{"events", required_argument, NULL, OPTION_EVENTS},
	{"precise", no_argument, NULL, OPTION_PRECISE},
	{"payload", optional_argument, NULL, OPTION_PAYLOAD},
	{"filter", required_argument, NULL, OPTION_FILTER},
	{"sample", required_argument, NULL, OPTION_SAMPLE},
	{"kernel", no_argument, NULL, OPTION_KERNEL},
	{"profile", required_argument, NULL, OPTION_PROFILE},
	{"kernel-buffer", required_argument, NULL, OPTION_KERNEL_BUFFER},
	{"max-size", required_argument, NULL, OPTION_MAX_SIZE},
	{"max-time", required_argument, NULL, OPTION_MAX_TIME},
	{"segments", required_argument, NULL, OPTION_SEGMENTS},
	{"fail-on-drop", no_argument, NULL, OPTION_FAIL},
	{"output", required_argument, NULL, 'o'},
	{"pid", required_argument, NULL, 'p'},
	{"duration", required_argument, NULL, 'd'},
	{"quiet", no_argument, NULL, 'q'},
	{NULL, 0, NULL, 0},
};

static int take_option(int option, const char *value, struct record_options *options,
		       bool *ret_precise)
{
	switch (option) {
	case OPTION_MODE:
		return parse_mode(value, options);
	case OPTION_EVENTS:
		return parse_events(value, options);
	case OPTION_PRECISE:
		*ret_precise = true;
		return 0;
	case OPTION_PAYLOAD:
		return parse_payload(value, options);
	case OPTION_FILTER:
		return parse_filter(value, options);
	case OPTION_SAMPLE:
		return parse_sample(value, options);
	case OPTION_KERNEL:
		options->kernel = true;
		return 0;
	case OPTION_PROFILE:
		return parse_profile(value, options);
	case OPTION_KERNEL_BUFFER:
		return parse_kernel_buffer(value, options);
	case OPTION_MAX_SIZE:
		return parse_max_size(value, options);
	case OPTION_MAX_TIME:
		return option_seconds(NAME, "--max-time", value, &options->max_ns);
	case OPTION_SEGMENTS:
		return parse_segments(value, options);
	case OPTION_FAIL:
		options->fail_on_drop = true;
		return 0;
	case 'o':
		options->output = value;
		return 0;
	case 'p':
		return option_pid(NAME, value, &options->pid);
	case 'd':
		return option_seconds(NAME, "-d", value, &options->duration_ns);
	default:
		options->quiet = true;
		return 0;
	}
}

/* What cannot be had together. */
static int check(const struct record_options *options, bool precise, int rest)
{
	if (options->pid != 0 && rest > 0)
		return usage_error("either -p PID or a command, not both");
	if (options->pid == 0 && rest == 0)
		return usage_error("say what to record: -p PID, or -- COMMAND");
	if (precise && (options->choice.events >> ACTOR_EVENT_SEND & 1) == 0)
		return usage_error("--precise stamps sends, and --events order leaves them out");
	if (options->segments != 0 && options->max_bytes == 0 && options->max_ns == 0)
		return usage_error("--segments needs --max-size or --max-time");
	return 0;
}

int record_options_parse(int argc, char **argv, struct record_options *ret_options)
{
	bool precise = false;
	int option, result = 0;

	*ret_options = (struct record_options){
		.mode = ACTOR_PLANE_MODE_LOSSLESS,
		.choice.events = STREAM_EVENTS_FULL,
		.events_name = "full",
	};
	opterr = 0;
	optind = 1;
	while (result == 0 && (option = getopt_long(argc, argv, "+o:p:d:q", longs, NULL)) != -1) {
		if (option == '?')
			return command_bad_option(NAME, argv);
		result = take_option(option, optarg, ret_options, &precise);
	}
	if (result == 0)
		result = check(ret_options, precise, argc - optind);
	if (precise)
		ret_options->choice.events |= STREAM_EVENTS_EXACT;
	/* A replay needs the order; what the kernel tells is joined by a turn's own stamp. */
	if (ret_options->choice.events == STREAM_EVENTS_ORDER && !ret_options->kernel)
		ret_options->choice.events |= ACTOR_PLANE_COARSE;
	ret_options->command = argv + optind;
	return result;
}

void record_options_finish(struct record_options *options)
{
	filter_free((struct filter *)(uintptr_t)options->choice.filter);
	options->choice.filter = NULL;
}
