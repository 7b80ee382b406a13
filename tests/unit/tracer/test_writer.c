/* SPDX-License-Identifier: MIT */
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store/open.h"
#include "synthetic.h"

static sqlite3 *open_trace(const char *path)
{
	sqlite3 *db = NULL;
	char error[512] = "";

	if (store_open(path, &db, error, sizeof(error)) != 0)
		fprintf(stderr, "%s\n", error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	return db;
}

static void totals_are_right(void)
{
	const char *path = synthetic_path("totals");
	struct trace_totals totals = synthetic_write(path);
	char wal[300];

	CU_ASSERT_EQUAL(totals.events, SYNTHETIC_EVENTS);
	CU_ASSERT_EQUAL(totals.turns, 6);
	CU_ASSERT_EQUAL(totals.messages, 5);
	CU_ASSERT_EQUAL(totals.actors, 4);
	CU_ASSERT_EQUAL(totals.lost, 0);
	CU_ASSERT_EQUAL(totals.duration_ns, 1300);
	CU_ASSERT(totals.file_bytes > 0);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	CU_ASSERT_EQUAL(access(wal, F_OK), -1);
	synthetic_remove(path);
}

static void a_file_is_not_overwritten(void)
{
	const char *path = synthetic_path("there");
	const struct trace_writer_options options = {sizeof(options), path, NULL};
	struct trace_writer *writer = (struct trace_writer *)1;
	char error[512] = "";

	synthetic_write(path);
	CU_ASSERT_EQUAL(trace_writer_create(&options, &writer, error, sizeof(error)), -EEXIST);
	CU_ASSERT_PTR_EQUAL(writer, (struct trace_writer *)1);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "not overwritten"));
	synthetic_remove(path);
}

static void a_bad_path_is_explained(void)
{
	const struct trace_writer_options options = {sizeof(options), "/nowhere/at/all.db", NULL};
	struct trace_writer *writer = NULL;
	char error[512] = "";

	CU_ASSERT_EQUAL(trace_writer_create(&options, &writer, error, sizeof(error)), -ENOENT);
	CU_ASSERT_PTR_NULL(writer);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "/nowhere/at/all.db"));
}

static void plain_rows_are_readable(void)
{
	const char *path = synthetic_path("rows");
	sqlite3 *db;

	synthetic_write(path);
	db = open_trace(path);
	CHECK_QUERY(db, "SELECT value FROM meta WHERE key IN ('complete', 'format', 'messages')",
		    "1\n5\n5");
	CHECK_QUERY(db,
		    "SELECT pid, name, behaviour, parent, nth, identity, spawn_ns, exit_ns,"
		    " exit_reason FROM actors ORDER BY id",
		    "<0.1.1>|a|client|-|-|0000000000000000|-|-|-\n"
		    "<0.2.1>||worker|-|-|0000000000000000|-|-|-\n"
		    "<0.3.1>|||-|-|0000000000000000|-|2300|normal\n"
		    "<0.4.1>||worker|<0.5.1>|1|0000000000001234|2100|-|-");
	CHECK_QUERY(db,
		    "SELECT type, sent, bytes, handled, turns, busy_ns FROM throughput"
		    " ORDER BY type",
		    "ask|2|20|1|1|300\ngo|0|0|1|1|200\nnote|3|24|2|2|100\n"
		    "tick|0|0|1|1|100\ntype 0|0|0|0|1|200");
	CHECK_QUERY(db, "SELECT * FROM actors_by_behaviour",
		    "worker|2|2|0|0\n(unknown)|1|0|0|0\nclient|1|1|0|0");
	CHECK_QUERY(db, "SELECT thread, kind, tid, name FROM threads",
		    "0|scheduler|100|scheduler-0\n1|scheduler|101|scheduler-1");
	sqlite3_close(db);
	synthetic_remove(path);
}

static void unknown_never_overwrites_known(void)
{
	const char *path = synthetic_path("known");
	struct trace_writer *writer = synthetic_begin(path);
	sqlite3 *db;

	trace_writer_actor(writer, &(struct trace_actor){.pid = D,
							 .parent = P,
							 .nth = 3,
							 .behaviour = 2,
							 .name = "d",
							 .spawn_ticks = 1500});
	trace_writer_commit(writer);
	trace_writer_actor(
		writer, &(struct trace_actor){.pid = D, .exit_ticks = 1600, .exit_reason = -110});
	CU_ASSERT_EQUAL(trace_writer_finish(writer, NULL), 0);
	trace_writer_destroy(writer);
	db = open_trace(path);
	CHECK_QUERY(db,
		    "SELECT name, behaviour, parent, nth, spawn_ns, exit_ns, exit_reason"
		    " FROM actors WHERE pid = '<0.4.1>'",
		    "d|worker|<0.5.1>|3|500|600|no reply within the time allowed");
	sqlite3_close(db);
	synthetic_remove(path);
}

static void names_come_from_registrations(void)
{
	const char *path = synthetic_path("names");
	struct trace_writer *writer = synthetic_begin(path);
	const struct trace_context context = {.actor = A, .turn_time = 1500};
	const struct actor_event events[] = {
		{.kind = ACTOR_EVENT_REGISTER, .a = D, .b = 64},
		{.kind = ACTOR_EVENT_RESTART, .seq = 2, .a = D, .b = A},
	};
	sqlite3 *db;

	trace_writer_string(writer, 64, "door");
	trace_writer_events(writer, 0, &context, events, 2);
	CU_ASSERT_EQUAL(trace_writer_finish(writer, NULL), 0);
	trace_writer_destroy(writer);
	db = open_trace(path);
	CHECK_QUERY(db, "SELECT name, restarts FROM actors WHERE pid = '<0.4.1>'", "door|2");
	CHECK_QUERY(db, "SELECT kind, actor, name, time_ns FROM events WHERE kind = 'register'",
		    "register|<0.4.1>|door|500");
	sqlite3_close(db);
	synthetic_remove(path);
}

static void gaps_begin_a_new_chunk(void)
{
	const char *path = synthetic_path("gap");
	struct trace_writer *writer = synthetic_begin(path);
	struct trace_context context = {0};
	const struct actor_event before[] = {RECV(TYPE_GO, CAST, A, X, 1, 2000)};
	const struct actor_event after[] = {SEND(TYPE_NOTE, INFO, C, 9, 8, 1), IDLE(5000)};
	sqlite3 *db;

	trace_writer_events(writer, 0, &context, before, 1);
	trace_writer_gap(writer, 0, 2000, 4000, 100, "lapped");
	context = (struct trace_context){.actor = B, .turn_time = 4000, .first = 101};
	trace_writer_events(writer, 0, &context, after, 2);
	trace_writer_position(writer, 0, 103);
	CU_ASSERT_EQUAL(trace_writer_finish(writer, NULL), 0);
	trace_writer_destroy(writer);
	db = open_trace(path);
	CHECK_QUERY(db, "SELECT first, n FROM chunk ORDER BY id", "0|1\n101|2");
	CHECK_QUERY(db, "SELECT from_ns, to_ns, events, reason FROM gaps", "1000|3000|100|lapped");
	CHECK_QUERY(db, "SELECT next_event FROM positions WHERE thread = 0", "103");
	/* What B did stays B's; A's turn has no known end. */
	CHECK_QUERY(db, "SELECT actor, time_ns FROM events WHERE kind = 'send'", "<0.2.1>|3000");
	CHECK_QUERY(db, "SELECT actor, end_ns, run_ns FROM turns", "<0.1.1>|-|-");
	sqlite3_close(db);
	synthetic_remove(path);
}

static void commits_fill_up_a_chunk(void)
{
	const char *path = synthetic_path("commits");
	struct trace_writer *writer = synthetic_begin(path);
	struct trace_context context = {0};
	sqlite3 *db;

	for (uint64_t i = 0; i < 10000; i++) {
		const struct actor_event event = RECV(TYPE_GO, CAST, A, X, (uint32_t)i, 2000 + i);

		context.first = i;
		trace_writer_events(writer, 0, &context, &event, 1);
		if (i % 1000 == 0)
			CU_ASSERT_EQUAL_FATAL(trace_writer_commit(writer), 0);
	}
	CU_ASSERT_EQUAL(trace_writer_finish(writer, NULL), 0);
	trace_writer_destroy(writer);
	db = open_trace(path);
	CHECK_QUERY(db, "SELECT first, n FROM chunk ORDER BY id", "0|8192\n8192|1808");
	CHECK_QUERY(db, "SELECT count(*), min(seq), max(seq), sum(seq) FROM events",
		    "10000|0|9999|49995000");
	sqlite3_close(db);
	synthetic_remove(path);
}

/* Writes and tells, after each commit, how many events are safe. Never returns. */
static void write_until_killed(const char *path, int pipe)
{
	struct trace_writer *writer = synthetic_begin(path);
	struct trace_context context = {0};
	struct actor_event batch[100];

	for (uint64_t i = 0;; i += 100) {
		for (uint64_t k = 0; k < 100; k++)
			batch[k] = (struct actor_event)RECV(TYPE_GO, CAST, A, X, (uint32_t)(i + k),
							    2000 + i + k);
		context.first = i;
		if (trace_writer_events(writer, 0, &context, batch, 100) != 0)
			_exit(1);
		if (i % 700 == 0) {
			uint64_t safe = i + 100;

			if (trace_writer_commit(writer) != 0 ||
			    write(pipe, &safe, sizeof(safe)) != sizeof(safe))
				_exit(1);
		}
	}
}

static void kill_once(const char *path, int round)
{
	int ends[2];
	uint64_t safe = 0;
	uint64_t last;
	char sql[200];
	pid_t child;
	sqlite3 *db;

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		close(ends[0]);
		write_until_killed(path, ends[1]);
		_exit(1);
	}
	close(ends[1]);
	/* After a number of commits that differs from round to round, at no special moment. */
	for (int i = 0; i <= 3 * round && read(ends[0], &last, sizeof(last)) == sizeof(last); i++)
		safe = last;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	while (read(ends[0], &last, sizeof(last)) == sizeof(last))
		safe = last;
	close(ends[0]);
	CU_ASSERT(safe > 0);
	db = open_trace(path);
	snprintf(sql, sizeof(sql),
		 "SELECT count(*) >= %llu, count(*) - max(seq) - 1, count(*) = count(DISTINCT seq)"
		 " FROM events",
		 (unsigned long long)safe);
	CHECK_QUERY(db, sql, "1|0|1");
	CHECK_QUERY(db, "SELECT value FROM meta WHERE key = 'complete'", "0");
	sqlite3_close(db);
	synthetic_remove(path);
}

static void kill_9_keeps_all_that_was_committed(void)
{
	const char *path = synthetic_path("killed");

	for (int round = 0; round < 12; round++)
		kill_once(path, round);
}

static void a_reader_may_look_while_it_is_written(void)
{
	const char *path = synthetic_path("live");
	struct trace_writer *writer = synthetic_begin(path);
	struct trace_context context = {0};
	sqlite3 *db;

	trace_writer_events(writer, 0, &context, synthetic_0, 1);
	trace_writer_commit(writer);
	db = open_trace(path);
	CHECK_QUERY(db, "SELECT count(*) FROM events", "1");
	context.first = 1;
	trace_writer_actor(writer, &(struct trace_actor){.pid = X, .name = "late"});
	trace_writer_events(writer, 0, &context, synthetic_0 + 1, 3);
	trace_writer_commit(writer);
	CHECK_QUERY(db, "SELECT count(*) FROM events", "4");
	CHECK_QUERY(db, "SELECT sender_name FROM messages", "late");
	sqlite3_close(db);
	CU_ASSERT_EQUAL(trace_writer_finish(writer, NULL), 0);
	trace_writer_destroy(writer);
	synthetic_remove(path);
}

/* In a process of its own, because the limit on file sizes would stay. */
static int write_beyond_limit(const char *path)
{
	const struct rlimit limit = {4 << 20, 4 << 20};
	struct trace_writer *writer = synthetic_begin(path);
	struct trace_context context = {0};
	struct actor_event batch[1000];
	int status = 0;

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	for (uint64_t i = 0; i < 1000 && status == 0; i++) {
		for (uint64_t k = 0; k < 1000; k++)
			batch[k] =
				(struct actor_event)RECV((uint16_t)(k * i), CAST, A, PID(k),
							 (uint32_t)(i * k * k), 2000 + i * i + k);
		context.first = i * 1000;
		status = trace_writer_events(writer, 0, &context, batch, 1000);
		if (status == 0)
			status = trace_writer_commit(writer);
	}
	if (status >= 0 || strstr(trace_writer_error(writer), path) == NULL)
		return 1;
	if (trace_writer_meta(writer, "later", "x") != status ||
	    trace_writer_commit(writer) != status || trace_writer_finish(writer, NULL) != status)
		return 2;
	trace_writer_destroy(writer);
	return 0;
}

static void a_full_disk_is_an_error_that_stays(void)
{
	const char *path = synthetic_path("full");
	pid_t child = fork();
	int status = -1;
	sqlite3 *db;

	if (child == 0)
		_exit(write_beyond_limit(path));
	waitpid(child, &status, 0);
	CU_ASSERT_EQUAL(status, 0);
	db = open_trace(path);
	CHECK_QUERY(db, "SELECT count(*) > 1000 FROM events", "1");
	sqlite3_close(db);
	synthetic_remove(path);
}

static void destroy_accepts_null(void)
{
	CU_ASSERT_PTR_NULL(trace_writer_destroy(NULL));
}

#define CASES(X)                                 \
	X(totals_are_right)                      \
	X(a_file_is_not_overwritten)             \
	X(a_bad_path_is_explained)               \
	X(plain_rows_are_readable)               \
	X(unknown_never_overwrites_known)        \
	X(names_come_from_registrations)         \
	X(gaps_begin_a_new_chunk)                \
	X(commits_fill_up_a_chunk)               \
	X(kill_9_keeps_all_that_was_committed)   \
	X(a_reader_may_look_while_it_is_written) \
	X(a_full_disk_is_an_error_that_stays)    \
	X(destroy_accepts_null)
SUITE("writer", CASES)
