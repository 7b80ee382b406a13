/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lint/recorded.h"
#include "store/open.h"
#include "store/verify.h"
#include "term/number.h"
#include "term/text.h"

#define NAME        "check"
#define OF_LINT_MAX 10 /* alerts that are printed as lines */

struct check {
	const char *path;
	sqlite3 *db;
	struct trace *trace;
	bool json;
	bool wanted[LINT_COUNT];
	struct lint_alert *alerts;
	size_t count;
	size_t room;
	bool no_memory;
	struct verify verify;
};

/* ---- The file -------------------------------------------------------------------------------- */

static void on_problem(void *user, const char *text)
{
	const struct check *check = user;

	if (check->json) {
		printf("{\"type\":\"problem\",\"text\":");
		text_print_json(stdout, text);
		printf("}\n");
	} else {
		printf("damaged: ");
		text_print(stdout, text);
		putchar('\n');
	}
}

static void print_verdict(const struct check *check)
{
	const struct verify *verify = &check->verify;
	char a[NUMBER_SIZE], b[NUMBER_SIZE], c[NUMBER_SIZE], d[NUMBER_SIZE];

	if (check->json) {
		printf("{\"type\":\"file\",\"v\":1,\"path\":");
		text_print_json(stdout, check->path);
		printf(",\"problems\":%" PRIu64 ",\"chunks\":%" PRIu64 ",\"events\":%" PRIu64
		       ",\"gaps\":%" PRIu64 ",\"lost_events\":%" PRIu64 ",\"complete\":%s}\n",
		       verify->problems, verify->chunks, verify->events, verify->gaps, verify->lost,
		       verify->complete ? "true" : "false");
		return;
	}
	text_print(stdout, check->path);
	printf(": %s chunks, %s events, ", number_count(verify->chunks, a),
	       number_count(verify->events, b));
	if (verify->gaps > 0)
		printf("%s lost in %s gaps, ", number_count(verify->lost, c),
		       number_count(verify->gaps, d));
	else
		printf("none lost, ");
	printf("%s%s\n", verify->problems == 0 ? "whole" : "DAMAGED",
	       verify->complete ? "" : "; its recorder has not finished");
}

/* ---- Lints ----------------------------------------------------------------------------------- */

static void on_alert(void *user, const struct lint_alert *alert)
{
	struct check *check = user;

	if (!check->wanted[alert->lint - lints])
		return;
	if (check->count == check->room) {
		size_t room = check->room != 0 ? 2 * check->room : 64;
		struct lint_alert *more = realloc(check->alerts, room * sizeof(*more));

		if (more == NULL) {
			check->no_memory = true;
			return;
		}
		check->alerts = more;
		check->room = room;
	}
	check->alerts[check->count++] = *alert;
}

static int compare(const void *left, const void *right)
{
	const struct lint_alert *a = left, *b = right;

	if (a->since_ns != b->since_ns)
		return a->since_ns < b->since_ns ? -1 : 1;
	if (a->lint != b->lint)
		return a->lint < b->lint ? -1 : 1;
	return (a->subject.pid > b->subject.pid) - (a->subject.pid < b->subject.pid);
}

static void print_json(const struct lint_alert *alert)
{
	static const char *const keys[] = {[LINT_UNIT_COUNT] = "worst",
					   [LINT_UNIT_NS] = "worst_ns",
					   [LINT_UNIT_BYTES] = "worst_bytes",
					   [LINT_UNIT_SHARE] = "worst_percent"};
	double worst = alert->worst * (alert->lint->unit == LINT_UNIT_SHARE ? 100 : 1);
	char pid[32];

	printf("{\"type\":\"alert\",\"lint\":\"%s\",\"level\":\"%s\",\"since_ns\":%" PRIu64,
	       alert->lint->name, lint_level_text(alert->lint->level), alert->since_ns);
	if (alert->until_ns != 0)
		printf(",\"until_ns\":%" PRIu64, alert->until_ns);
	else
		printf(",\"until_ns\":null");
	trace_format_pid(alert->subject.pid, pid);
	printf(",\"pid\":%s%s%s,\"%s\":%.*f,\"text\":", alert->subject.pid != 0 ? "\"" : "",
	       alert->subject.pid != 0 ? pid : "null", alert->subject.pid != 0 ? "\"" : "",
	       keys[alert->lint->unit], alert->lint->unit == LINT_UNIT_SHARE ? 1 : 0, worst);
	text_print_json(stdout, alert->text);
	printf(",\"advice\":");
	text_print_json(stdout, alert->lint->advice);
	printf("}\n");
}

static void print_alert(const struct lint_alert *alert)
{
	char until[32] = "end";

	if (alert->until_ns != 0)
		snprintf(until, sizeof(until), "%.3f", (double)alert->until_ns / 1e9);
	printf("%9.3f - %-9s %c %-7s %-15s %s\n", (double)alert->since_ns / 1e9, until,
	       alert->lint->letter, lint_level_text(alert->lint->level), alert->lint->name,
	       alert->text);
}

/* Each lint's advice once. */
static void print_advice(const struct check *check)
{
	bool said[LINT_COUNT] = {false};

	for (size_t i = 0; i < check->count; i++)
		said[check->alerts[i].lint - lints] = true;
	for (int i = 0; i < LINT_COUNT; i++)
		if (said[i])
			printf("  %s: %s\n", lints[i].name, lints[i].advice);
}

static void print_alerts(struct check *check)
{
	size_t of_lint[LINT_COUNT] = {0};
	char number[NUMBER_SIZE];

	if (check->count > 1)
		qsort(check->alerts, check->count, sizeof(check->alerts[0]), compare);
	for (size_t i = 0; i < check->count; i++) {
		size_t *said = &of_lint[check->alerts[i].lint - lints];

		if (check->json)
			print_json(&check->alerts[i]);
		else if (++*said <= OF_LINT_MAX)
			print_alert(&check->alerts[i]);
	}
	if (check->json)
		return;
	for (int i = 0; i < LINT_COUNT; i++)
		if (of_lint[i] > OF_LINT_MAX)
			printf("%27s%c %zu more alerts of %s; --json has them all\n", "",
			       lints[i].letter, of_lint[i] - OF_LINT_MAX, lints[i].name);
	if (check->count > 0)
		printf("%s alert%s; what to do:\n", number_count(check->count, number),
		       check->count == 1 ? "" : "s");
	else
		printf("nothing looks wrong\n");
	print_advice(check);
}

/* ---- The command ----------------------------------------------------------------------------- */

static void list_lints(void)
{
	for (int i = 0; i < LINT_COUNT; i++)
		printf("%c %-15s %-7s %s\n", lints[i].letter, lints[i].name,
		       lint_level_text(lints[i].level), lints[i].summary);
}

/* Sets wanted[] for each name of the list. */
static bool choose(struct check *check, const char *list, bool wanted)
{
	for (const char *at = list; *at != '\0';) {
		size_t length = strcspn(at, ",");
		char name[32];
		const struct lint *lint;

		snprintf(name, sizeof(name), "%.*s", (int)length, at);
		lint = lint_find(name);
		if (lint == NULL) {
			(void)command_fail(COMMAND_TROUBLE, NAME,
					   "there is no lint '%s'; actor-trace check --list has "
					   "them",
					   name);
			return false;
		}
		check->wanted[lint - lints] = wanted;
		at += length + (at[length] == ',');
	}
	return true;
}

static int check_file(struct check *check)
{
	const struct recorded_sink sink = {on_alert, check};
	char error[512] = "";
	int status;

	if (store_open(check->path, &check->db, error, sizeof(error)) != 0)
		return command_fail(COMMAND_UNREADABLE, NAME, "%s", error);
	status = trace_open(check->db, &check->trace);
	if (status == 0)
		status = trace_refresh(check->trace);
	if (status != 0)
		return command_fail(COMMAND_UNREADABLE, NAME, "%s cannot be read: %s", check->path,
				    check->trace != NULL ? check->trace->error : "out of memory");
	check->verify.problem = on_problem;
	check->verify.user = check;
	if (verify_trace(&check->verify, check->db) != 0)
		return command_fail(COMMAND_TROUBLE, NAME, "out of memory");
	print_verdict(check);
	if (check->verify.problems > 0)
		return command_fail(COMMAND_UNREADABLE, NAME,
				    "%s is damaged; what it says is not to be trusted, so no lint "
				    "was run",
				    check->path);
	status = recorded_lint(check->trace, &sink, error, sizeof(error));
	if (status != 0 || check->no_memory)
		return command_fail(status == -EBADMSG ? COMMAND_UNREADABLE : COMMAND_TROUBLE, NAME,
				    "%s cannot be read: %s", check->path,
				    check->no_memory ? "out of memory" : error);
	print_alerts(check);
	return check->count > 0 ? COMMAND_FINDING : COMMAND_OK;
}

static int check_run(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"lint", required_argument, NULL, 'w'},
		{"no-lint", required_argument, NULL, 'n'},
		{"list", no_argument, NULL, 'l'},
		{NULL, 0, NULL, 0},
	};
	struct check check = {0};
	bool only = false;
	int option, status;

	for (int i = 0; i < LINT_COUNT; i++)
		check.wanted[i] = true;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			check.json = true;
			break;
		case 'w':
			if (!only)
				memset(check.wanted, 0, sizeof(check.wanted));
			only = true;
			if (!choose(&check, optarg, true))
				return COMMAND_TROUBLE;
			break;
		case 'n':
			if (!choose(&check, optarg, false))
				return COMMAND_TROUBLE;
			break;
		case 'l':
			list_lints();
			return COMMAND_OK;
		default:
			return command_bad_option(NAME, argv);
		}
	}
	if (optind + 1 != argc)
		return command_fail(COMMAND_TROUBLE, NAME, "give one trace file: check %s",
				    command_check.usage);
	check.path = argv[optind];
	status = check_file(&check);
	free(check.alerts);
	trace_close(check.trace);
	sqlite3_close(check.db);
	return status;
}

const struct command command_check = {
	.name = "check",
	.usage = "FILE [--lint NAMES] [--no-lint NAMES] [--json] | --list",
	.summary = "Tell whether a trace is whole, and what looks wrong in it",
	.help = "  --lint NAMES     look for these only: stuck-handler,mailbox-long\n"
		"  --no-lint NAMES  do not look for these\n"
		"  --list           the lints, with letter, level and thresholds\n"
		"  --json           one object for each problem, for the file, and for each alert\n"
		"\n"
		"First the file itself: checksum and content of every chunk, the order of events\n"
		"on every thread, and that all that is missing is a recorded gap. Then the lints\n"
		"of actor-top, over all of the recording. A line: from - until (seconds of the\n"
		"session), letter, level, name, and what it is about, at its worst.\n"
		"\n"
		"Ends with 0 when nothing was found, 1 when a lint fired, 4 when the file is "
		"damaged.\n",
	.run = check_run,
};
