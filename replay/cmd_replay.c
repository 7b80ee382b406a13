/* SPDX-License-Identifier: MIT */
/* The program once more, and whether it does the same. */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "compare.h"
#include "culprit.h"
#include "report.h"
#include "session.h"
#include "shim_find.h"
#include "strict.h"
#include "term/number.h"
#include "term/progress.h"
#include "term/text.h"

#define LISTED_MAX 1000

struct options {
	const char *path;
	char **command; /* NULL: as recorded */
	bool all;       /* --continue */
	bool strict;
	bool json;
	bool quiet;
	bool output;
	uint64_t patience_ns;
};

struct replay {
	struct options options;
	struct recording recording;
	struct script_file script;
	struct compare *compare;
	struct session *session;
	struct progress progress;
	struct divergence first;
	uint64_t found;
	char error[2048];
};

static int say(const struct replay *replay, int status)
{
	return command_fail(status, NULL, "%s", replay->error);
}

/* ---- Divergences -------------------------------------------------------------------------------
 */

static struct report report_of(struct replay *replay, const struct divergence *divergence)
{
	return (struct report){
		.recording = &replay->recording,
		.script = &replay->script,
		.divergence = divergence,
		.file = replay->options.path,
	};
}

static int found(void *user, const struct divergence *divergence)
{
	struct replay *replay = user;
	struct report report;

	if (replay->found++ == 0)
		replay->first = *divergence;
	if (!replay->options.all)
		return 1;
	if (replay->found > LISTED_MAX)
		return 0;
	report = report_of(replay, divergence);
	if (replay->options.json)
		report_json(stdout, &report);
	else
		report_line(stdout, &report);
	return 0;
}

static int events(void *user, const struct stream_batch *batch)
{
	struct replay *replay = user;

	if (replay->script.count != 0)
		progress_show(&replay->progress, (double)replay->script.header->position /
							 (double)replay->script.count);
	return compare_take(replay->compare, batch);
}

/* ---- One replay --------------------------------------------------------------------------------
 */

static int open_session(struct replay *replay)
{
	const struct session_options options = {
		.command = replay->options.command,
		.output = replay->options.output,
		.events = compare_events(&replay->recording),
		.preload = shim_find(),
		.patience_ns = replay->options.patience_ns,
	};
	int result = session_open(&replay->recording, &replay->script, &options, events, replay,
				  &replay->session, replay->error, sizeof(replay->error));

	if (result == COMMAND_OK)
		compare_plane(replay->compare, session_plane(replay->session));
	return result;
}

/* To the end, or to the first divergence. */
static int run(struct replay *replay)
{
	int result, status;

	progress_begin(&replay->progress, "replaying");
	result = open_session(replay);
	if (result == COMMAND_OK)
		result = session_run(replay->session, UINT64_MAX, 0);
	if (result != COMMAND_OK && replay->session != NULL && replay->found == 0)
		snprintf(replay->error, sizeof(replay->error), "%s",
			 session_error(replay->session));
	/* It has crashed where it crashed then. */
	if (result == COMMAND_FINDING && replay->found == 0 && replay->session != NULL &&
	    session_ended(replay->session, &status) && WIFSIGNALED(status) &&
	    WTERMSIG(status) == (int)replay->recording.exit_signal)
		result = COMMAND_OK;
	if (result == COMMAND_OK && compare_finish(replay->compare, true) < 0)
		result = COMMAND_FINDING;
	progress_end(&replay->progress);
	if (replay->found != 0)
		result = COMMAND_FINDING;
	return result;
}

/* Whether the program that has run is another build than the recorded one. */
static bool is_other_build(const struct replay *replay)
{
	const struct actor_plane_header *header;
	char now[2 * sizeof(header->build_id) + 1] = "";

	if (replay->session == NULL || session_plane(replay->session) == NULL)
		return false;
	header = plane_view_header(session_plane(replay->session));
	for (uint32_t i = 0; i < header->build_id_size; i++)
		snprintf(now + 2 * i, 3, "%02x", header->build_id[i]);
	return strcmp(now, replay->recording.build_id) != 0;
}

static void print_first(struct replay *replay, bool other_build)
{
	struct report report = report_of(replay, &replay->first);
	struct culprit culprit;

	culprit_find(&replay->recording, &replay->script, &replay->first, replay->options.command,
		     other_build, replay->options.patience_ns, &culprit);
	report.culprit = culprit.text[0] != '\0' ? culprit.text : NULL;
	report.then = culprit.then;
	report.now = culprit.now;
	if (replay->options.json)
		report_json(stdout, &report);
	else
		report_print(stdout, &report);
	culprit_finish(&culprit);
}

static void print_speed(struct replay *replay, uint64_t took_ns)
{
	int64_t recorded_ns = replay->recording.duration_ns;
	uint64_t turns = compare_turns(replay->compare);
	char count[NUMBER_SIZE], time[NUMBER_SIZE], took[NUMBER_SIZE], times[NUMBER_SIZE];
	double factor = took_ns != 0 ? (double)recorded_ns / (double)took_ns : 0;

	if (replay->options.json) {
		printf("{\"verdict\":\"%s\",\"turns\":%" PRIu64 ",\"divergences\":%" PRIu64
		       ",\"recorded_ns\":%" PRId64 ",\"replayed_ns\":%" PRIu64 "}\n",
		       replay->found == 0 ? "identical" : "diverged", turns, replay->found,
		       recorded_ns, took_ns);
		return;
	}
	if (replay->options.quiet)
		return;
	printf("%s turns, %s recorded, replayed in %s", number_count(turns, count),
	       number_ns(recorded_ns, time), number_ns((int64_t)took_ns, took));
	if (factor > 0)
		printf(" (%s x real time)", number_digits(factor, times));
	if (replay->found == 0)
		printf(": identical\n");
	else if (replay->options.all)
		printf(": diverged %" PRIu64 " time%s\n", replay->found,
		       replay->found == 1 ? "" : "s");
	else
		printf(": diverged\n");
}

static void tell_limits(const struct replay *replay)
{
	if (replay->script.cut)
		fprintf(stderr,
			"actor-replay: events were lost at %.6f s of the recording; only what "
			"came before can be replayed\n",
			(double)clock_ns(&replay->recording.trace->clock,
					 replay->script.cut_ticks) /
				1e9);
	if (replay->script.strangers)
		fprintf(stderr,
			"actor-replay: actors that stand for the outside have started actors; "
			"those are not run, what they sent is missing\n");
}

static int replay_all(struct replay *replay)
{
	uint64_t begin_ns = plane_clock_monotonic(), run_ns;
	bool other_build;
	int result;

	progress_begin(&replay->progress, "reading");
	result = script_file_make(&replay->recording, false, &replay->script, progress_show,
				  &replay->progress, replay->error, sizeof(replay->error));
	progress_end(&replay->progress);
	if (result != COMMAND_OK)
		return say(replay, result);
	tell_limits(replay);
	if (replay->options.strict)
		return strict_run(&replay->recording, &replay->script, replay->options.command);
	replay->compare = compare_create(&replay->recording, &replay->script, found, replay);
	if (replay->compare == NULL)
		return command_fail(COMMAND_TROUBLE, NULL, "out of memory");
	result = run(replay);
	run_ns = plane_clock_monotonic() - begin_ns;
	other_build = is_other_build(replay);
	if (other_build && !replay->options.quiet)
		fprintf(stderr, "actor-replay: the program is another build than the recorded "
				"one\n");
	/* It goes on where its events are no longer read, and the script is one for all runs. */
	replay->session = session_close(replay->session);
	if (result != COMMAND_OK && replay->found == 0)
		return say(replay, result);
	if (replay->found != 0 && !replay->options.all)
		print_first(replay, other_build);
	print_speed(replay, run_ns);
	return result;
}

/* ---- Options -----------------------------------------------------------------------------------
 */

enum {
	OPTION_CONTINUE = 256,
	OPTION_STRICT,
	OPTION_JSON,
	OPTION_OUTPUT,
	OPTION_PATIENCE
};

static const struct option long_options[] = {
	{"continue", no_argument, NULL, OPTION_CONTINUE},
	{"strict", no_argument, NULL, OPTION_STRICT},
	{"json", no_argument, NULL, OPTION_JSON},
	{"show-output", no_argument, NULL, OPTION_OUTPUT},
	{"patience", required_argument, NULL, OPTION_PATIENCE},
	{"quiet", no_argument, NULL, 'q'},
	{NULL, 0, NULL, 0},
};

static int parse(int argc, char **argv, struct options *options)
{
	int letter;

	optind = 0;
	while ((letter = getopt_long(argc, argv, "q", long_options, NULL)) != -1) {
		switch (letter) {
		case OPTION_CONTINUE:
			options->all = true;
			break;
		case OPTION_STRICT:
			options->strict = true;
			break;
		case OPTION_JSON:
			options->json = true;
			break;
		case OPTION_OUTPUT:
			options->output = true;
			break;
		case OPTION_PATIENCE:
			options->patience_ns = strtoull(optarg, NULL, 10) * 1000000000;
			if (options->patience_ns == 0)
				return command_fail(COMMAND_TROUBLE, NULL,
						    "--patience %s: a number of seconds from 1 on",
						    optarg);
			break;
		case 'q':
			options->quiet = true;
			break;
		default:
			return command_bad_option(NULL, argv);
		}
	}
	if (optind >= argc)
		return command_fail(COMMAND_TROUBLE, NULL, "which trace? actor-replay TRACE");
	options->path = argv[optind++];
	if (optind < argc)
		options->command = argv + optind;
	return COMMAND_OK;
}

static int replay_run(int argc, char **argv)
{
	struct replay replay = {0};
	int result = parse(argc, argv, &replay.options);

	if (result != COMMAND_OK)
		return result;
	replay.script.fd = -1;
	result = recording_open(replay.options.path, replay.options.command != NULL,
				&replay.recording, replay.error, sizeof(replay.error));
	if (result != COMMAND_OK)
		return say(&replay, result);
	signal(SIGPIPE, SIG_IGN);
	result = replay_all(&replay);
	replay.compare = compare_destroy(replay.compare);
	script_file_close(&replay.script);
	recording_close(&replay.recording);
	return result;
}

const struct command command_replay = {
	.name = "replay",
	.usage = "TRACE [--continue | --strict] [--json] [--show-output] [--patience N] [-q]\n"
		 "                          [-- CMD ARGS...]",
	.summary = "Run the recorded program again, and compare each turn",
	.help = "  --continue      go on after a divergence and list all of them\n"
		"  --strict        name the places where handlers ask the clock, chance, the\n"
		"                  environment, files or the network past the runtime\n"
		"  --json          one object a line\n"
		"  --show-output   show what the program prints\n"
		"  --patience N    give the program up after N seconds without progress; 10\n"
		"  -q, --quiet     only divergences and errors\n"
		"\n"
		"Exit status: 0 identical; 1 diverged; 2 trouble; 3 the program is not there or\n"
		"is not one of libactor's; 4 the trace cannot be read.\n",
	.run = replay_run,
};
