/* SPDX-License-Identifier: MIT */
/*
 * The trace file, measured: a long session is written into FILE, then it is asked what people ask.
 *
 *	bench-store FILE [--events N] [--distinct] [--runs N] [--keep] [--quick] [--smoke]
 *
 * Two rings; 64 services that live all the time and 2000 sessions that come and go, each good for
 * some hundred events. A turn is a RECV and a SEND or two; payloads have 64 values (or all differ).
 * Each figure is a line of JSON, of CPU time, so that other programs do not count; a query is timed
 * from opening the file, which the machine still has in memory, to its last row. --quick leaves out
 * the questions that read everything. The file is removed afterwards.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "session.h"

#include <sqlite3.h>

#include "store/open.h"

#define RUNS_MAX 50

struct options {
	const char *path;
	uint64_t events;
	int runs;
	bool distinct;
	bool keep;
	bool quick;
};

static int fail(const char *text)
{
	fprintf(stderr, "bench-store: %s\n", text);
	return EXIT_FAILURE;
}

static double seconds_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int write_file(const struct options *options, struct session *session)
{
	const struct trace_writer_options writing = {sizeof(writing), options->path, "bench-store"};
	struct trace_totals totals = {0};
	struct trace_writer *writer;
	struct rusage usage;
	char error[512];
	double seconds = 0;
	double start;

	if (trace_writer_create(&writing, &writer, error, sizeof(error)) != 0)
		return fail(error);
	trace_writer_meta_int(writer, "ticks_per_second", 1000000000);
	session_describe(session, writer);
	for (uint64_t round = 1; session->made < options->events; round++) {
		session_run(session);
		start = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
		if (session_write(session, writer) != 0)
			return fail(trace_writer_error(writer));
		/* As often as a recorder would at this speed. */
		if (round % 32 == 0 && trace_writer_commit(writer) != 0)
			return fail(trace_writer_error(writer));
		seconds += seconds_of(CLOCK_PROCESS_CPUTIME_ID) - start;
	}
	start = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
	if (trace_writer_finish(writer, &totals) != 0)
		return fail(trace_writer_error(writer));
	seconds += seconds_of(CLOCK_PROCESS_CPUTIME_ID) - start;
	trace_writer_destroy(writer);
	if (totals.events != session->made)
		return fail("the totals are wrong");
	getrusage(RUSAGE_SELF, &usage);
	printf("{\"bench\":\"store-write\",\"runtime\":\"libactor\",\"ns_per_op\":%.2f,"
	       "\"bytes_per_event\":%.2f,\"events\":%" PRIu64 ",\"actors\":%" PRIu64
	       ",\"peak_kib\":%ld}\n",
	       seconds * 1e9 / (double)totals.events,
	       (double)totals.file_bytes / (double)totals.events, totals.events, totals.actors,
	       usage.ru_maxrss);
	fflush(stdout);
	return EXIT_SUCCESS;
}

/* ---- questions ---- */

struct question {
	const char *name;
	const char *sql; /* its first column must not be 0 */
	bool scan;       /* of all events: the figure is for one */
};

/* ?1 and ?2: a millisecond in the middle; ?3: an actor that lived then; ?4: a message of it. */
static const struct question questions[] = {
	{"range",
	 "SELECT count(*), min(actor), max(run_ns) FROM turns WHERE start_ns BETWEEN ?1 AND ?2",
	 false},
	{"range-messages",
	 "SELECT count(*), max(queue_ns), sum(size) FROM messages WHERE received_ns BETWEEN ?1 AND "
	 "?2",
	 false},
	{"history",
	 "SELECT count(*), min(time_ns), max(time_ns), sum(size), count(DISTINCT peer) FROM"
	 " events WHERE actor = ?3",
	 false},
	{"mailbox", "SELECT count(*), max(length) FROM mailbox_history(?3)", false},
	{"road", "SELECT count(*), min(step), max(step) FROM message_road(?4)", false},
	{"count", "SELECT count(*) FROM events", true},
	{"sum", "SELECT sum(size) FROM events WHERE kind = 'send'", true},
	{"group", "SELECT count(*), kind, sum(size) FROM events GROUP BY kind", true},
	{"turns", "SELECT count(*), max(run_ns), sum(wait_ns) FROM turns", true},
	{"messages", "SELECT count(*), max(queue_ns), sum(run_ns) FROM messages", true},
};

/* What the questions are about, found once. */
struct subject {
	int64_t from_ns;
	int64_t to_ns;
	char actor[32];
	int64_t message;
};

static int ask(const struct options *options, const struct question *question,
	       const struct subject *subject, double *ret_seconds)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;
	char error[512];
	double start = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
	int64_t answer = 0;
	int code;

	if (store_open(options->path, &db, error, sizeof(error)) != 0)
		return fail(error);
	code = sqlite3_prepare_v2(db, question->sql, -1, &statement, NULL);
	if (code == SQLITE_OK) {
		sqlite3_bind_int64(statement, 1, subject->from_ns);
		sqlite3_bind_int64(statement, 2, subject->to_ns);
		sqlite3_bind_text(statement, 3, subject->actor, -1, SQLITE_STATIC);
		sqlite3_bind_int64(statement, 4, subject->message);
		while ((code = sqlite3_step(statement)) == SQLITE_ROW)
			answer += sqlite3_column_int64(statement, 0);
	}
	if (code != SQLITE_DONE || answer == 0) {
		fprintf(stderr, "bench-store: %s: %s\n", question->name,
			code == SQLITE_DONE ? "no answer" : sqlite3_errmsg(db));
		return EXIT_FAILURE;
	}
	sqlite3_finalize(statement);
	sqlite3_close(db);
	*ret_seconds = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - start;
	return EXIT_SUCCESS;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static int measure(const struct options *options, const struct question *question,
		   const struct subject *subject, uint64_t events)
{
	double seconds[RUNS_MAX];
	double scale = question->scan ? 1e9 / (double)events : 1e3;
	int runs = options->runs;
	struct rusage usage;

	for (int i = 0; i < runs; i++)
		if (ask(options, question, subject, &seconds[i]) != EXIT_SUCCESS)
			return EXIT_FAILURE;
	qsort(seconds, (size_t)runs, sizeof(seconds[0]), by_value);
	getrusage(RUSAGE_SELF, &usage);
	printf("{\"bench\":\"store-%s\",\"runtime\":\"libactor\",\"%s\":%.3f,\"min\":%.3f,"
	       "\"max\":%.3f,\"runs\":%d,\"events\":%" PRIu64 ",\"peak_kib\":%ld}\n",
	       question->name, question->scan ? "ns_per_op" : "ms", seconds[runs / 2] * scale,
	       seconds[0] * scale, seconds[runs - 1] * scale, runs, events, usage.ru_maxrss);
	fflush(stdout);
	return EXIT_SUCCESS;
}

/* A millisecond in the middle, a session in it, and a message that it handled. */
static int choose(const struct options *options, const struct session *session,
		  struct subject *ret_subject)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;
	char error[512];
	int code;

	ret_subject->from_ns = (int64_t)session->time / 2;
	ret_subject->to_ns = ret_subject->from_ns + 1000000;
	if (store_open(options->path, &db, error, sizeof(error)) != 0)
		return fail(error);
	sqlite3_prepare_v2(db,
			   "SELECT receiver, id FROM messages WHERE received_ns BETWEEN ?1 AND ?2"
			   " AND receiver NOT LIKE '%.1>' LIMIT 1",
			   -1, &statement, NULL);
	sqlite3_bind_int64(statement, 1, ret_subject->from_ns);
	sqlite3_bind_int64(statement, 2, ret_subject->to_ns);
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		snprintf(ret_subject->actor, sizeof(ret_subject->actor), "%s",
			 (const char *)sqlite3_column_text(statement, 0));
		ret_subject->message = sqlite3_column_int64(statement, 1);
	}
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return code == SQLITE_ROW ? EXIT_SUCCESS : fail("the middle of the session is empty");
}

static int run(const struct options *options)
{
	static struct session session;
	struct subject subject = {0};
	int status;

	session_begin(&session, options->distinct);
	status = write_file(options, &session);
	if (status == EXIT_SUCCESS)
		status = choose(options, &session, &subject);
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]) && status == EXIT_SUCCESS;
	     i++)
		if (!options->quick || !questions[i].scan)
			status = measure(options, &questions[i], &subject, session.made);
	if (!options->keep)
		unlink(options->path);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{"events", required_argument, NULL, 'e'},
		{"runs", required_argument, NULL, 'r'},
		{"distinct", no_argument, NULL, 'd'},
		{"keep", no_argument, NULL, 'k'},
		{"smoke", no_argument, NULL, 's'},
		{"quick", no_argument, NULL, 'q'},
		{NULL, 0, NULL, 0},
	};
	struct options options = {.events = 10000000, .runs = 5};
	char path[128];
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'e':
			options.events = strtoull(optarg, NULL, 10);
			break;
		case 'r':
			options.runs = atoi(optarg);
			break;
		case 'd':
			options.distinct = true;
			break;
		case 'k':
			options.keep = true;
			break;
		case 'q':
			options.quick = true;
			break;
		case 's':
			options.events = 400000;
			options.runs = 1;
			break;
		default:
			return 2;
		}
	}
	if (options.events < 100000 || options.runs < 1 || options.runs > RUNS_MAX ||
	    argc - optind > 1)
		return fail(
			"usage: bench-store [FILE] [--events N] [--runs N] [--distinct] [--keep]"
			" [--smoke]; at least 100000 events");
	snprintf(path, sizeof(path), "%s/libactor-bench-store-%d.db",
		 getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp", (int)getpid());
	options.path = optind < argc ? argv[optind] : path;
	return run(&options);
}
