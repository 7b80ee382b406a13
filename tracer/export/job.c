/* SPDX-License-Identifier: MIT */
#include "export/job.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "export/story.h"
#include "term/progress.h"
#include "term/text.h"

#define SQLITE_STEPS 20000 /* between two looks at the signals */

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	interrupted = number;
	story_stop();
}

static int is_interrupted(void *user)
{
	(void)user;
	return interrupted != 0;
}

static void catch_signals(void (*handler)(int number))
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = handler};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
}

/* Loss is never silent. */
static void warn_of_loss(const struct job *job, const struct source *source)
{
	int64_t gaps = source_number(source, "SELECT count(*) FROM gap");
	int64_t lost = source_number(source, "SELECT coalesce(sum(events), 0) FROM gap");

	if (gaps == 0)
		return;
	fprintf(stderr, "actor-trace %s: ", job->command);
	text_print(stderr, source->path);
	fprintf(stderr,
		" misses %" PRId64 " events in %" PRId64
		" gaps: turns and messages there are not whole; see 'SELECT * FROM gaps'\n",
		lost, gaps);
}

static int work_whole(const struct job *job, struct source *source)
{
	struct progress progress;
	struct output output;
	struct export export = {.source = source, .output = &output, .options = job->options};
	int status =
		output_open(&output, job->output, job->kind, source->error, sizeof(source->error));

	if (status != 0)
		return COMMAND_TROUBLE;
	progress_begin(&progress, job->command);
	source->progress = progress_show;
	source->progress_user = &progress;
	catch_signals(interrupt);
	sqlite3_progress_handler(source->db, SQLITE_STEPS, is_interrupted, NULL);
	status = job->work(job->user, &export);
	progress_end(&progress);
	catch_signals(SIG_DFL);
	if (interrupted != 0) {
		output_discard(&output);
		raise(interrupted);
	}
	if (status == 0)
		return output_commit(&output, source->error, sizeof(source->error)) == 0
			       ? COMMAND_OK
			       : COMMAND_TROUBLE;
	output_discard(&output);
	if (source->error[0] == '\0')
		snprintf(source->error, sizeof(source->error), "%s", strerror(-status));
	return status == -EBADMSG ? COMMAND_UNREADABLE : COMMAND_TROUBLE;
}

int job_run(const struct job *job)
{
	struct source source;
	int status = source_open(&source, job->trace, &job->selection);

	if (status == COMMAND_OK) {
		warn_of_loss(job, &source);
		status = work_whole(job, &source);
	}
	if (status != COMMAND_OK)
		command_fail(status, job->command, "%s", source.error);
	source_close(&source);
	return status;
}

int job_main(const struct command *command, const char *example, int argc, char **argv,
	     int (*work)(void *user, struct export *export))
{
	static const struct option options[] = {
		SOURCE_OPTIONS,
		{"output", required_argument, NULL, 'o'},
		{NULL, 0, NULL, 0},
	};
	const struct export_options none = {.count = -1};
	struct job job = {
		.command = command->name,
		.selection = selection_all,
		.kind = OUTPUT_TEXT,
		.options = &none,
		.work = work,
	};
	int option;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (option == '?')
			return command_bad_option(command->name, argv);
		if (option == 'o')
			job.output = optarg;
		else if (!selection_option(&job.selection, option, optarg))
			return command_fail(COMMAND_TROUBLE, command->name,
					    "'%s' is not understood; give a time as 1.5, 200ms or "
					    "30us",
					    optarg);
	}
	if (optind + 1 != argc)
		return command_fail(COMMAND_TROUBLE, command->name, "give one trace file: %s %s",
				    command->name, command->usage);
	if (job.output == NULL)
		return command_fail(COMMAND_TROUBLE, command->name,
				    "say where to: -o %s, or -o - for standard output", example);
	job.trace = argv[optind];
	return job_run(&job);
}
