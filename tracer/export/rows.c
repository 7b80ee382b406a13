/* SPDX-License-Identifier: MIT */
#include "export/rows.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EITHER(a, b) "(" a " IN (SELECT pid FROM chosen) OR " b " IN (SELECT pid FROM chosen))"
#define ONE(a)       a " IN (SELECT pid FROM chosen)"

const struct rows_table rows_tables[] = {
	{"messages", "received_ns", EITHER("sender", "receiver"), "type"},
	{"turns", "start_ns", EITHER("actor", "sender"), "type"},
	{"calls", "start_ns", EITHER("caller", "callee"), "type"},
	{"events", "time_ns", EITHER("actor", "peer"), "type"},
	{"unhandled", "sent_ns", EITHER("sender", "receiver"), "type"},
	{"unfinished", "sent_ns", EITHER("sender", "receiver"), "type"},
	{"crashes", "exit_ns", ONE("actor"), NULL},
	{"actors", NULL, ONE("pid"), NULL},
	{"turn_time", "start_ns", ONE("actor"), "type"},
	{"sched", "start_ns", ONE("actor"), "type"},
	{"page_faults", "start_ns", ONE("actor"), "type"},
	{"cpu_samples", "time_ns", ONE("actor"), "type"},
	{"gaps", NULL, NULL, NULL},
	{"throughput", NULL, NULL, "type"},
	{"threads", NULL, NULL, NULL},
	{"types", NULL, NULL, "name"},
	{"behaviours", NULL, NULL, NULL},
	{"meta", NULL, NULL, NULL},
	{NULL, NULL, NULL, NULL},
};

const struct rows_table *rows_find(const char *name)
{
	for (const struct rows_table *table = rows_tables; table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

void rows_names(char *text, size_t size)
{
	size_t used = 0;

	for (const struct rows_table *table = rows_tables; table->name != NULL && used < size;
	     table++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 table == rows_tables ? "" : ", ", table->name);
}

static int fail(struct source *source, int code)
{
	snprintf(source->error, sizeof(source->error), "%s", sqlite3_errmsg(source->db));
	return code == SQLITE_NOMEM ? -ENOMEM : code == SQLITE_INTERRUPT ? -EINTR : -EBADMSG;
}

/* Adds " AND COLUMN OPERATOR" to the text. */
static void add(char *sql, size_t size, const char *column, const char *comparison)
{
	size_t length = strlen(sql);

	snprintf(sql + length, size - length, " AND %s %s", column, comparison);
}

int rows_select(struct source *source, const struct rows_table *table, sqlite3_stmt **ret_statement)
{
	const struct selection *selection = &source->selection;
	bool has_actor = selection->actor != NULL && table->actors != NULL;
	const char *chosen = "";
	char pid[32] = "";
	char sql[1024];
	int code;

	if (has_actor)
		chosen = source->behaviour != NULL
				 ? "WITH chosen AS (SELECT pid FROM actors WHERE behaviour = ?3) "
				 : "WITH chosen(pid) AS (VALUES (?3)) ";
	snprintf(sql, sizeof(sql), "%sSELECT * FROM %s WHERE 1", chosen, table->name);
	if (table->time != NULL && selection->since_ns > INT64_MIN)
		add(sql, sizeof(sql), table->time, ">= ?1");
	if (table->time != NULL && selection->until_ns < INT64_MAX)
		add(sql, sizeof(sql), table->time, "<= ?2");
	if (has_actor)
		add(sql, sizeof(sql), table->actors, "");
	if (selection->tag != NULL && table->type != NULL)
		add(sql, sizeof(sql), table->type, "= ?4");
	code = sqlite3_prepare_v2(source->db, sql, -1, ret_statement, NULL);
	if (code != SQLITE_OK)
		return fail(source, code);
	if (source->behaviour == NULL)
		trace_format_pid(source->actor, pid);
	sqlite3_bind_int64(*ret_statement, 1, selection->since_ns);
	sqlite3_bind_int64(*ret_statement, 2, selection->until_ns);
	sqlite3_bind_text(*ret_statement, 3, source->behaviour != NULL ? source->behaviour : pid,
			  -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(*ret_statement, 4, selection->tag, -1, SQLITE_STATIC);
	return 0;
}

int rows_end(struct source *source, sqlite3_stmt *statement, int code)
{
	int status = code == SQLITE_DONE ? 0 : fail(source, code);

	sqlite3_finalize(statement);
	return status;
}
