/* SPDX-License-Identifier: MIT */

/* sqlite: the packed trace as plain rows, for everything that reads SQLite. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "export/export.h"
#include "export/rows.h"

static int fail_target(struct export *export, sqlite3 *target)
{
	snprintf(export->source->error, sizeof(export->source->error), "cannot write %s: %s",
		 export->output->path, sqlite3_errmsg(target));
	return -EIO;
}

/* "CREATE TABLE name(a, b)" or "INSERT INTO name VALUES (?, ?)", of the row's columns. */
static char *make_sql(const char *name, sqlite3_stmt *row, bool is_insert)
{
	sqlite3_str *sql = sqlite3_str_new(NULL);

	sqlite3_str_appendf(
		sql, is_insert ? "INSERT INTO \"%w\" VALUES (" : "CREATE TABLE \"%w\" (", name);
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		const char *type = sqlite3_column_decltype(row, i);

		sqlite3_str_appendall(sql, i > 0 ? ", " : "");
		if (is_insert)
			sqlite3_str_appendall(sql, "?");
		else
			sqlite3_str_appendf(sql, "\"%w\"%s%s", sqlite3_column_name(row, i),
					    type != NULL ? " " : "", type != NULL ? type : "");
	}
	sqlite3_str_appendall(sql, ")");
	return sqlite3_str_finish(sql);
}

static int prepare_insert(sqlite3 *target, const char *name, sqlite3_stmt *row,
			  sqlite3_stmt **ret_insert)
{
	char *create = make_sql(name, row, false);
	char *insert = make_sql(name, row, true);
	int code = SQLITE_NOMEM;

	if (create != NULL && insert != NULL)
		code = sqlite3_exec(target, create, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(target, insert, -1, ret_insert, NULL);
	sqlite3_free(create);
	sqlite3_free(insert);
	return code;
}

static int copy_table(struct export *export, sqlite3 *target, const struct rows_table *table)
{
	sqlite3_stmt *insert = NULL;
	sqlite3_stmt *row = NULL;
	int status = rows_select(export->source, table, &row);
	int columns;
	int code;

	if (status != 0)
		return status;
	columns = sqlite3_column_count(row);
	if (prepare_insert(target, table->name, row, &insert) != SQLITE_OK) {
		sqlite3_finalize(row);
		return fail_target(export, target);
	}
	while ((code = sqlite3_step(row)) == SQLITE_ROW && status == 0) {
		for (int i = 0; i < columns; i++)
			sqlite3_bind_value(insert, i + 1, sqlite3_column_value(row, i));
		if (sqlite3_step(insert) != SQLITE_DONE)
			status = fail_target(export, target);
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
	if (status != 0)
		sqlite3_finalize(row);
	return status != 0 ? status : rows_end(export->source, row, code);
}

/* What a question usually begins with; made last, because that is cheaper. */
static const char indexes[] = "CREATE INDEX messages_receiver ON messages (receiver, received_ns);"
			      "CREATE INDEX messages_sender ON messages (sender, seq);"
			      "CREATE INDEX messages_time ON messages (received_ns);"
			      "CREATE INDEX turns_actor ON turns (actor, start_ns);"
			      "CREATE INDEX turns_time ON turns (start_ns);"
			      "CREATE INDEX events_time ON events (time_ns);"
			      "CREATE INDEX events_actor ON events (actor, time_ns);";

static int copy_all(struct export *export, sqlite3 *target)
{
	size_t count = 0;
	int status = 0;

	/* The file has no name yet: whoever crashes now has lost nothing. */
	if (sqlite3_exec(target,
			 "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
			 "PRAGMA page_size = 16384; BEGIN",
			 NULL, NULL, NULL) != SQLITE_OK)
		return fail_target(export, target);
	while (rows_tables[count].name != NULL)
		count++;
	for (size_t i = 0; i < count && status == 0; i++) {
		status = copy_table(export, target, &rows_tables[i]);
		source_progress(export->source, (double)(i + 1) / (double)(count + 1));
	}
	if (status == 0 && (sqlite3_exec(target, indexes, NULL, NULL, NULL) != SQLITE_OK ||
			    sqlite3_exec(target, "COMMIT", NULL, NULL, NULL) != SQLITE_OK))
		status = fail_target(export, target);
	return status;
}

static int run(struct export *export)
{
	sqlite3 *target = NULL;
	int status;

	if (sqlite3_open_v2(export->output->work, &target,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK)
		status = copy_all(export, target);
	else
		status = fail_target(export, target);
	sqlite3_close(target);
	return status;
}

const struct export_format export_sqlite = {
	.name = "sqlite",
	.extension = ".sqlite",
	.kind = OUTPUT_PATH,
	.summary = "Plain rows in an SQLite file, for everything that reads SQLite",
	.text = "An SQLite file with a plain table for each of messages, turns, calls, events, "
		"unhandled, unfinished, crashes, actors, gaps, throughput, threads, types, "
		"behaviours and meta, for the kernel's view turn_time, sched, page_faults and "
		"cpu_samples, and indexes on actors and times. A recording is some ten times "
		"smaller and needs no export to "
		"be asked in SQL; this is for programs that cannot load actor_trace.so.",
	.run = run,
};
