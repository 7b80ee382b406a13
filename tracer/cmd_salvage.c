/* SPDX-License-Identifier: MIT */

/*
 * snapshot and salvage: what a plane still holds, of a program that runs and of one that has died.
 * Both take no lease: the program does not notice.
 */

#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <actor/plane_path.h>

#include "record/record.h"

/* Events of a living program that are older than this are said to be. */
#define AGE_S 2.0

static const char flight_hint[] =
	"start it with LIBACTOR_FLIGHT_RECORDER=1, or set actor_system_options.flight_recorder";

struct wishes {
	const char *output;
	uint64_t last_ns; /* 0: all */
	bool quiet;
	const char *target;
};

static int parse(const char *name, const char *target, int argc, char **argv,
		 struct wishes *ret_wishes)
{
	static const struct option longs[] = {
		{"output", required_argument, NULL, 'o'},
		{"last", required_argument, NULL, 'l'},
		{"quiet", no_argument, NULL, 'q'},
		{NULL, 0, NULL, 0},
	};
	int option, result = 0;

	memset(ret_wishes, 0, sizeof(*ret_wishes));
	opterr = 0;
	optind = 1;
	while (result == 0 && (option = getopt_long(argc, argv, "o:q", longs, NULL)) != -1) {
		if (option == 'o')
			ret_wishes->output = optarg;
		else if (option == 'q')
			ret_wishes->quiet = true;
		else if (option == 'l')
			result = option_seconds(name, "--last", optarg, &ret_wishes->last_ns);
		else
			return command_bad_option(name, argv);
	}
	if (result == 0 && optind != argc - 1)
		return command_fail(COMMAND_TROUBLE, name, "give one %s; see actor-trace %s --help",
				    target, name);
	ret_wishes->target = argv[optind];
	return result;
}

/* The last so many nanoseconds, as a tick of the program's clock. */
static uint64_t since(const struct plane_view *plane, uint64_t last_ns)
{
	const struct actor_plane_header *header = plane_view_header(plane);
	struct plane_instant now;
	double ticks = (double)last_ns / 1e9 * (double)header->ticks_per_second;

	if (last_ns == 0 || plane_clock_sample(header->clock, &now) < 0 ||
	    ticks >= (double)now.ticks)
		return 0;
	return now.ticks - (uint64_t)ticks;
}

/* Whoever asks for a living program's last events believes that they are of just now. */
static void tell_age(const struct recording *recording)
{
	const struct actor_plane_header *header = plane_view_header(recording->plane);
	uint64_t last = recording->output.totals.last_ticks;
	struct plane_instant now;
	double age_s;

	if (plane_view_life(recording->plane) != PLANE_LIVING || header->ticks_per_second == 0 ||
	    plane_clock_sample(header->clock, &now) < 0 || last == 0 || last >= now.ticks)
		return;
	age_s = (double)(now.ticks - last) / (double)header->ticks_per_second;
	if (age_s >= AGE_S)
		command_fail(0, recording->name,
			     "the newest event is %.1f s old: nothing has happened since, or the "
			     "flight recorder is off and these were left by a recording",
			     age_s);
}

/* From the plane to a finished file. `empty` is said when the plane holds no events. */
static int take(struct recording *recording, const struct wishes *wishes, const char *empty,
		int argc, char **argv)
{
	struct record_files *output = &recording->output;
	struct capture_options options = {
		.choice.events = STREAM_EVENTS_FULL | STREAM_EVENTS_EXACT,
		.history = true,
		.since_ticks = since(recording->plane, wishes->last_ns),
	};
	char program[PATH_MAX], error[512];
	int result;

	plane_view_string(recording->plane, plane_view_header(recording->plane)->program, program,
			  sizeof(program));
	output->command = recording->name;
	result = files_open(output, wishes->output, program, argc, argv, false, recording->plane);
	if (result != 0)
		return result;
	options.resume = output->resumed;
	if (capture_open(recording->plane, &options, output->writer, &recording->capture, error,
			 sizeof(error)) < 0) {
		files_drop(output);
		return command_fail(COMMAND_TROUBLE, recording->name, "%s", error);
	}
	result = capture_finish(recording->capture);
	trace_writer_meta(output->writer, "ending", recording->name);
	if (result == 0)
		result = files_end(output, output->writer);
	if (result < 0) {
		const char *text = capture_error(recording->capture);

		command_fail(0, recording->name, "%s",
			     text[0] != '\0' ? text : trace_writer_error(output->writer));
		files_drop(output);
		return COMMAND_TROUBLE;
	}
	if (output->totals.events == 0) {
		files_drop(output);
		return command_fail(COMMAND_NO_TARGET, recording->name, "%s; %s", empty,
				    flight_hint);
	}
	if (!wishes->quiet) {
		tell_age(recording);
		tell_summary(recording);
	}
	if (plane_view_damaged(recording->plane))
		return command_fail(COMMAND_UNREADABLE, recording->name,
				    "the plane was cut short while it was read; what was read "
				    "before is in %s",
				    output->path);
	return COMMAND_OK;
}

static int finish(struct recording *recording, int result)
{
	capture_close(recording->capture);
	trace_writer_destroy(recording->output.writer);
	plane_view_close(recording->plane);
	return result;
}

static int snapshot_run(int argc, char **argv)
{
	struct recording recording;
	struct wishes wishes;
	long pid;
	int result = parse("snapshot", "process id", argc, argv, &wishes);

	if (result == 0)
		result = option_pid("snapshot", wishes.target, &pid);
	if (result != 0)
		return result;
	memset(&recording, 0, sizeof(recording));
	recording.name = "snapshot";
	if (actor_plane_directory(recording.directory, sizeof(recording.directory)) < 0)
		return command_fail(COMMAND_NO_TARGET, recording.name,
				    "the runtime directory's path is too long; set LIBACTOR_DIR");
	result = find_running(&recording, pid);
	if (result == 0)
		result = take(&recording, &wishes,
			      "the program's plane holds no events: its flight recorder is off",
			      argc, argv);
	return finish(&recording, result);
}

static int salvage_run(int argc, char **argv)
{
	struct recording recording;
	struct wishes wishes;
	char error[PATH_MAX + 512];
	int result = parse("salvage", "plane", argc, argv, &wishes);

	if (result != 0)
		return result;
	memset(&recording, 0, sizeof(recording));
	recording.name = "salvage";
	result = plane_view_open(wishes.target, &recording.plane, error, sizeof(error));
	if (result < 0)
		return command_fail(result == -ENOENT || result == -EACCES ? COMMAND_NO_TARGET
									   : COMMAND_UNREADABLE,
				    recording.name, "%s", error);
	if (plane_view_life(recording.plane) == PLANE_LIVING && !wishes.quiet)
		command_fail(0, recording.name,
			     "the program with pid %u runs; this is what its plane holds now",
			     plane_view_header(recording.plane)->pid);
	result = take(&recording, &wishes,
		      "the plane holds no events: nobody recorded, and no flight recorder was on",
		      argc, argv);
	return finish(&recording, result);
}

#define COMMON_HELP                                                                         \
	"  -o, --output FILE    the file to make; default: trace-PROGRAM-TIME.db\n"         \
	"      --last S         what happened in the last S seconds, about: whole chunks\n" \
	"  -q, --quiet          say nothing but errors\n"                                   \
	"\n"

const struct command command_snapshot = {
	.name = "snapshot",
	.usage = "[OPTIONS] PID",
	.summary = "Write what a running program's flight recorder holds into a trace file",
	.help = COMMON_HELP
	"The program must have its flight recorder on: LIBACTOR_FLIGHT_RECORDER=1 in its\n"
	"environment, or actor_system_options.flight_recorder. It does not notice. How far\n"
	"back it remembers, LIBACTOR_RING_BYTES says (of each thread, 32 bytes an event).\n"
	"\n"
	"  actor-trace snapshot 4711 -o before.db --last 10\n",
	.run = snapshot_run,
};

const struct command command_salvage = {
	.name = "salvage",
	.usage = "[OPTIONS] PLANE",
	.summary = "Write what a dead program's plane holds into a trace file",
	.help = COMMON_HELP
	"Every event that the program had published is there, whatever killed it, as far\n"
	"back as its rings reach. The plane is left as it is; actor-trace ls shows the\n"
	"planes that there are.\n"
	"\n"
	"  actor-trace salvage /run/user/1000/libactor/4711-123456.plane -o crash.db\n",
	.run = salvage_run,
};
