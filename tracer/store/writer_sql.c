/* SPDX-License-Identifier: MIT */
#include "store/writer.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const char *const statement_sql[STATEMENT_COUNT] = {
#define X(NAME, sql) [STATEMENT_##NAME] = sql,
	STATEMENT_MAP(X)
#undef X
};

int writer_fail(struct trace_writer *writer, int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(writer->error, sizeof(writer->error), format, arguments);
	va_end(arguments);
	return status;
}

int writer_fail_file(struct trace_writer *writer)
{
	int code = sqlite3_extended_errcode(writer->db);
	const char *advice =
		"the events stay in the program's plane; fix the cause and record again";

	switch (code & 0xff) {
	case SQLITE_FULL:
		writer->status = -ENOSPC;
		advice = "free space on that file system, or record to another with -o";
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		writer->status = -EBUSY;
		advice = "another program writes to the file; record to another with -o";
		break;
	case SQLITE_NOMEM:
		writer->status = -ENOMEM;
		break;
	default:
		writer->status = -EIO;
	}
	return writer_fail(writer, writer->status, "cannot write %s: %s; %s", writer->path,
			   sqlite3_errmsg(writer->db), advice);
}

int writer_no_memory(struct trace_writer *writer)
{
	writer->status = -ENOMEM;
	return writer_fail(writer, -ENOMEM, "cannot write %s: out of memory", writer->path);
}

int writer_execute(struct trace_writer *writer, const char *sql)
{
	return sqlite3_exec(writer->db, sql, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : writer_fail_file(writer);
}

sqlite3_stmt *writer_statement(struct trace_writer *writer, enum statement which)
{
	sqlite3_stmt **place = &writer->statements[which];

	if (*place == NULL)
		sqlite3_prepare_v3(writer->db, statement_sql[which], -1, SQLITE_PREPARE_PERSISTENT,
				   place, NULL);
	return *place;
}

int writer_run(struct trace_writer *writer, enum statement which)
{
	sqlite3_stmt *prepared = writer_statement(writer, which);
	int code;

	if (prepared == NULL)
		return writer_fail_file(writer);
	code = sqlite3_step(prepared);
	if (code != SQLITE_DONE && code != SQLITE_ROW) {
		writer_fail_file(writer);
		sqlite3_reset(prepared);
		return writer->status;
	}
	sqlite3_reset(prepared);
	return 0;
}

sqlite3_stmt *writer_change(struct trace_writer *writer, enum statement which)
{
	sqlite3_stmt *prepared;

	assert(!writer->finished);
	if (writer->status != 0)
		return NULL;
	if (!writer->in_transaction) {
		if (writer_run(writer, STATEMENT_BEGIN) != 0)
			return NULL;
		writer->in_transaction = true;
	}
	prepared = writer_statement(writer, which);
	if (prepared == NULL)
		writer_fail_file(writer);
	else
		sqlite3_clear_bindings(prepared);
	return prepared;
}

void writer_bind_text(sqlite3_stmt *prepared, int index, const char *text)
{
	sqlite3_bind_text(prepared, index, text, -1, SQLITE_TRANSIENT);
}

void writer_bind_known(sqlite3_stmt *prepared, int index, uint64_t value)
{
	if (value != 0)
		sqlite3_bind_int64(prepared, index, (int64_t)value);
}
