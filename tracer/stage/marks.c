/* SPDX-License-Identifier: MIT */
#include <tracer/marks.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actor/status.h>
#include <tracer/stage.h>

#include "lint/recorded.h"
#include "store/open.h"
#include "store/trace.h"
#include "term/text.h"

/* Of each kind that rows tell of. */
#define ROWS_MAX "2048"

struct marks {
	pthread_t thread;
	pthread_mutex_t lock; /* for all below */
	char *path;
	sqlite3 *db; /* while the thread reads, to interrupt it */
	struct mark *list;
	size_t count;
	size_t room;
	bool ends;
	bool done;
};

static uint64_t stage_time(int64_t ns)
{
	return ns < -(int64_t)STAGE_BASE ? 0 : STAGE_BASE + (uint64_t)ns;
}

static void add(struct marks *marks, const struct mark *mark)
{
	pthread_mutex_lock(&marks->lock);
	if (marks->count == marks->room && marks->room < MARKS_MAX) {
		size_t room = marks->room == 0 ? 64 : marks->room * 2;
		struct mark *list = realloc(marks->list, room * sizeof(*list));

		if (list != NULL) {
			marks->list = list;
			marks->room = room;
		}
	}
	if (marks->count < marks->room)
		marks->list[marks->count++] = *mark;
	pthread_mutex_unlock(&marks->lock);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void take_crash(struct marks *marks, struct trace *trace, sqlite3_stmt *row)
{
	int64_t at = clock_ns(&trace->clock, (uint64_t)sqlite3_column_int64(row, 0));
	const struct trace_name *name = trace_name(trace, (uint64_t)sqlite3_column_int64(row, 1));
	struct mark mark = {.from = stage_time(at),
			    .to = stage_time(at),
			    .kind = MARK_CRASH,
			    .level = LINT_URGENT,
			    .letter = 'X'};
	char raw[LINT_TEXT], number[32];

	snprintf(raw, sizeof(raw), "%.100s %.32s ended: %.80s",
		 name->name[0] != '\0' ? name->name : name->behaviour, name->pid,
		 trace_reason(sqlite3_column_int64(row, 2), number));
	(void)text_safe(raw, mark.text, sizeof(mark.text));
	add(marks, &mark);
}

static void take_gap(struct marks *marks, struct trace *trace, sqlite3_stmt *row)
{
	int64_t from = clock_ns(&trace->clock, (uint64_t)sqlite3_column_int64(row, 0));
	int64_t to = clock_ns(&trace->clock, (uint64_t)sqlite3_column_int64(row, 1));
	const unsigned char *reason = sqlite3_column_text(row, 3);
	struct mark mark = {.from = stage_time(from),
			    .to = stage_time(to > from ? to : from),
			    .kind = MARK_GAP,
			    .level = LINT_WARNING,
			    .letter = '~'};
	char raw[LINT_TEXT], count[32] = "events";

	if (sqlite3_column_type(row, 2) != SQLITE_NULL)
		snprintf(count, sizeof(count), "%lld events",
			 (long long)sqlite3_column_int64(row, 2));
	snprintf(raw, sizeof(raw), "%s are missing here: %.150s", count,
		 reason != NULL ? (const char *)reason : "");
	(void)text_safe(raw, mark.text, sizeof(mark.text));
	add(marks, &mark);
}

static void take_rows(struct marks *marks, struct trace *trace, const char *sql,
		      void (*take)(struct marks *marks, struct trace *trace, sqlite3_stmt *row))
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(trace->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return;
	while (sqlite3_step(statement) == SQLITE_ROW)
		take(marks, trace, statement);
	sqlite3_finalize(statement);
}

/* ---- Alerts ---------------------------------------------------------------------------------- */

static void take_alert(void *user, const struct lint_alert *alert)
{
	struct mark mark = {.from = stage_time((int64_t)alert->since_ns),
			    .to = alert->until_ns != 0 ? stage_time((int64_t)alert->until_ns)
						       : UINT64_MAX,
			    .kind = MARK_ALERT,
			    .level = alert->lint->level,
			    .letter = alert->lint->letter};

	memcpy(mark.text, alert->text, sizeof(mark.text));
	add(user, &mark);
}

/* ---- The thread ------------------------------------------------------------------------------ */

static int is_to_end(void *user)
{
	struct marks *marks = user;
	int ends;

	pthread_mutex_lock(&marks->lock);
	ends = marks->ends;
	pthread_mutex_unlock(&marks->lock);
	return ends;
}

/* False: it is to end already. */
static bool may_begin(struct marks *marks, sqlite3 *db)
{
	bool may;

	/* As soon as a statement is begun, and not only while one lasts. */
	sqlite3_progress_handler(db, 10, is_to_end, marks);

	pthread_mutex_lock(&marks->lock);
	may = !marks->ends;
	if (may)
		marks->db = db;
	pthread_mutex_unlock(&marks->lock);
	return may;
}

static void find_all(struct marks *marks, sqlite3 *db)
{
	const struct recorded_sink sink = {take_alert, marks};
	struct trace *trace = NULL;
	char error[256];

	if (may_begin(marks, db) && trace_open(db, &trace) == 0 && trace_refresh(trace) == 0) {
		take_rows(marks, trace,
			  "SELECT exit_ticks, pid, exit_reason FROM actor "
			  "WHERE exit_ticks IS NOT NULL AND exit_reason NOT IN (0, 1, 2) "
			  "ORDER BY exit_ticks LIMIT " ROWS_MAX,
			  take_crash);
		take_rows(marks, trace,
			  "SELECT coalesce(from_ticks, to_ticks, 0), "
			  "coalesce(to_ticks, from_ticks, 0), events, reason FROM main.gap "
			  "ORDER BY 1 LIMIT " ROWS_MAX,
			  take_gap);
		(void)recorded_lint(trace, &sink, error, sizeof(error));
	}
	trace_close(trace);
	pthread_mutex_lock(&marks->lock);
	marks->db = NULL;
	marks->done = true;
	pthread_mutex_unlock(&marks->lock);
}

static void *marks_main(void *argument)
{
	struct marks *marks = argument;
	sqlite3 *db = NULL;
	char error[512];

	if (store_open(marks->path, &db, error, sizeof(error)) == 0)
		find_all(marks, db);
	sqlite3_close(db);
	return NULL;
}

struct marks *marks_begin(const char *trace)
{
	struct marks *marks = calloc(1, sizeof(*marks));
	sigset_t all, before;
	int status;

	if (marks == NULL)
		return NULL;
	marks->path = strdup(trace);
	pthread_mutex_init(&marks->lock, NULL);
	/* Signals are for the threads of the program that shows it. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	status = marks->path == NULL ? ENOMEM
				     : pthread_create(&marks->thread, NULL, marks_main, marks);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (status == 0)
		return marks;
	pthread_mutex_destroy(&marks->lock);
	free(marks->path);
	free(marks);
	return NULL;
}

struct marks *marks_end(struct marks *marks)
{
	if (marks == NULL)
		return NULL;
	pthread_mutex_lock(&marks->lock);
	marks->ends = true;
	if (marks->db != NULL)
		sqlite3_interrupt(marks->db);
	pthread_mutex_unlock(&marks->lock);
	pthread_join(marks->thread, NULL);
	pthread_mutex_destroy(&marks->lock);
	free(marks->list);
	free(marks->path);
	free(marks);
	return NULL;
}

void marks_each(struct marks *marks, void (*take)(void *user, const struct mark *mark), void *user,
		bool *ret_done)
{
	pthread_mutex_lock(&marks->lock);
	for (size_t i = 0; i < marks->count; i++)
		take(user, &marks->list[i]);
	*ret_done = marks->done;
	pthread_mutex_unlock(&marks->lock);
}
