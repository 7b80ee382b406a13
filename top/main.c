/* SPDX-License-Identifier: MIT */

/* actor-top: what the actors of a program are doing now. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "man.h"
#include "model/model.h"
#include "options.h"
#include "run.h"
#include "sink/batch.h"
#include "term/text.h"
#include "view/matching.h"
#include "view/view.h"

#define VERSION "0.1.0"

enum {
	EXIT_TROUBLE = 2,
	EXIT_NO_TARGET = 3
};

static int fail(int status, const char *text)
{
	fputs("actor-top: ", stderr);
	text_print(stderr, text);
	putc('\n', stderr);
	return status;
}

static int print_help(void)
{
	printf("usage: actor-top [OPTION]...\n\n"
	       "Shows what the actors of a program are doing now.\n\n");
	for (unsigned i = 0; i < options_count; i++) {
		const struct options_row *row = &options_rows[i];
		char left[40];

		snprintf(left, sizeof(left), "%c%c%s --%s%s%s", row->letter != 0 ? '-' : ' ',
			 row->letter != 0 ? row->letter : ' ', row->letter != 0 ? "," : " ",
			 row->word, row->argument != NULL ? " " : "",
			 row->argument != NULL ? row->argument : "");
		printf("  %-26s %s\n", left, row->help);
	}
	printf("\nIn the viewer, ? explains the keys.\n\n"
	       "examples:\n"
	       "  actor-top                      watch the program that runs\n"
	       "  actor-top -b --json -n 1 -K 5  the five busiest actors, for another program\n");
	return 0;
}

/* ---- Batch ----------------------------------------------------------------------------------- */

static void sleep_until(uint64_t monotonic_ns)
{
	struct timespec until = {(time_t)(monotonic_ns / UINT64_C(1000000000)),
				 (long)(monotonic_ns % UINT64_C(1000000000))};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

/* Until then; a sample of stamped turns ends on the way. */
static void pause_until(struct model *model, uint64_t monotonic_ns)
{
	uint64_t rest = model_rest_at(model);

	if (rest < monotonic_ns) {
		sleep_until(rest);
		model_rest(model);
	}
	sleep_until(monotonic_ns);
}

/* Rates need two looks; the first frame need not wait a whole interval for the second. */
static void warm_up(struct model *model)
{
	uint64_t next = plane_clock_monotonic();

	do {
		model_tick(model);
		next += UINT64_C(100000000);
		if (!model_is_warm(model))
			pause_until(model, next);
	} while (!model_is_warm(model));
}

struct chosen {
	const struct model *model;
	struct filter *filter;
};

static bool is_chosen(void *user, const struct row *row)
{
	const struct chosen *chosen = user;

	return matching_filter(chosen->filter, row, &chosen->model->names);
}

/* What the command line says of a batch. 0, or an exit status. */
static int check_batch(const struct options *options, struct chosen *chosen)
{
	struct filter_error wrong;
	char text[512];

	if (options->view != NULL && strcmp(options->view, "behaviours") != 0 &&
	    strcmp(options->view, "actors") != 0) {
		snprintf(text, sizeof(text), "--view %s: a batch has actors or behaviours",
			 options->view);
		return fail(EXIT_TROUBLE, text);
	}
	if (options->filter != NULL &&
	    filter_parse(options->filter, &matching_schema, &chosen->filter, &wrong) < 0) {
		snprintf(text, sizeof(text), "--filter: at %zu: %s", wrong.position + 1,
			 wrong.text);
		return fail(EXIT_TROUBLE, text);
	}
	return 0;
}

static int run_batch(const struct options *options, struct model *model)
{
	struct batch batch = {
		.file = stdout,
		.format = options->format,
		.list = options->view != NULL && strcmp(options->view, "behaviours") == 0
				? BATCH_BEHAVIOURS
				: BATCH_ACTORS,
		.rows = options->rows,
	};
	uint64_t next;

	warm_up(model);
	next = plane_clock_monotonic();
	for (;;) {
		if (!batch_frame(&batch, model))
			return errno == EPIPE ? 0 : fail(EXIT_TROUBLE, "cannot write the output");
		if (batch.frames == options->frames || model->target.life != PLANE_LIVING)
			return 0;
		next += options->interval_ns;
		pause_until(model, next);
		model_tick(model);
	}
}

/* ---- Main ------------------------------------------------------------------------------------ */

static void wish_from(const struct options *options, struct model_wish *wish)
{
	enum column_id sort = options->sort;

	wish->list.sort = sort != COLUMN_ID_COUNT ? sort : COLUMN_BUSY;
	wish->list.rising = sort != COLUMN_ID_COUNT ? columns[sort].rising : false;
	if (options->rising)
		wish->list.rising = true;
	wish->list.rows = options->batch ? (uint32_t)options->rows : 256;
	wish->group_sort = sort != COLUMN_ID_COUNT && (columns[sort].lists & COLUMN_IN_BEHAVIOURS)
				   ? sort
				   : COLUMN_BUSY;
	wish->group_rising = options->rising || columns[wish->group_sort].rising;
	wish->page_rows = (uint32_t)options->rows;
	wish->interval_ns = options->interval_ns;
	wish->events = options->events;
}

static bool is_view(const char *key)
{
	for (int i = 0; i < VIEW_COUNT; i++)
		if (strcmp(views[i]->key, key) == 0)
			return true;
	return false;
}

/* The plane of the program that is meant. 0 or a negative status; what is wrong has been said. */
static int find(const struct options *options, char *path, size_t size)
{
	char error[1024];
	int status = target_find(options->pid, path, size, error, sizeof(error));

	/* Several are a choice, where there is somebody to choose. */
	if (status < 0 && (options->batch || status != -E2BIG))
		fail(EXIT_NO_TARGET, error);
	return status;
}

static int watch(const struct options *options)
{
	struct model_wish wish = {0};
	char path[4096];
	int status;

	if (options->view != NULL && !is_view(options->view))
		return fail(EXIT_TROUBLE, "--view: it is actors, tree, behaviours, flow, waits, "
					  "alerts or trace");
	wish_from(options, &wish);
	if (options->replay != NULL)
		return run_screens(options, &wish, NULL);
	status = find(options, path, sizeof(path));
	if (status < 0 && status != -E2BIG)
		return EXIT_NO_TARGET;
	return run_screens(options, &wish, status == 0 ? path : NULL);
}

static int watch_as_lines(const struct options *options)
{
	struct model model = {0};
	struct chosen chosen = {.model = &model};
	char path[4096], error[1024];
	int status = check_batch(options, &chosen);

	if (status != 0)
		return status;
	wish_from(options, &model.wish);
	if (chosen.filter != NULL) {
		model.wish.list.match = is_chosen;
		model.wish.list.user = &chosen;
	}
	if (find(options, path, sizeof(path)) < 0)
		status = EXIT_NO_TARGET;
	else if (model_open(&model, path, error, sizeof(error)) < 0)
		status = fail(EXIT_NO_TARGET, error);
	else
		status = run_batch(options, &model);
	model_close(&model);
	filter_free(chosen.filter);
	return status;
}

int main(int argc, char **argv)
{
	struct options options;
	int status = options_parse(&options, argc, argv);

	if (status != 0)
		return status;
	switch (options.task) {
	case OPTIONS_HELP:
		return print_help();
	case OPTIONS_MAN:
		man_write(stdout);
		return 0;
	case OPTIONS_SCHEMA:
		batch_schema(stdout);
		return 0;
	case OPTIONS_VERSION:
		printf("actor-top " VERSION " (plane %d, events %d)\n", ACTOR_PLANE_VERSION,
		       ACTOR_EVENT_VERSION);
		return 0;
	default:
		break;
	}
	if (options.replay != NULL && (options.batch || options.pid != 0))
		return fail(EXIT_TROUBLE,
			    "-r shows a trace on the screen; it takes neither -b nor -p");
	return options.batch ? watch_as_lines(&options) : watch(&options);
}
