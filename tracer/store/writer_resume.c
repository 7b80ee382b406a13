/* SPDX-License-Identifier: MIT */

/* A file whose recorder was killed: what it had committed is taken up, and gone on with. */

#include "store/writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef int take_row(struct trace_writer *writer, sqlite3_stmt *row);

/* Calls `take` for each row. It returns 0 or a negative errno. */
static int each_row(struct trace_writer *writer, const char *sql, take_row *take)
{
	sqlite3_stmt *statement;
	int status = 0, code;

	if (sqlite3_prepare_v2(writer->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return writer_fail_file(writer);
	while (status == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW)
		status = take(writer, statement);
	if (status == 0 && code != SQLITE_DONE)
		status = writer_fail_file(writer);
	sqlite3_finalize(statement);
	return status;
}

static int64_t number_of(struct trace_writer *writer, const char *key)
{
	sqlite3_stmt *statement;
	int64_t number = 0;

	if (sqlite3_prepare_v2(writer->db, "SELECT value FROM meta WHERE key = ?1", -1, &statement,
			       NULL) != SQLITE_OK)
		return 0;
	sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static bool has_boot(struct trace_writer *writer, const char *boot_id)
{
	sqlite3_stmt *statement;
	bool same = false;

	if (sqlite3_prepare_v2(writer->db,
			       "SELECT 1 FROM meta WHERE key = 'boot_id' AND value = ?1", -1,
			       &statement, NULL) != SQLITE_OK)
		return false;
	sqlite3_bind_text(statement, 1, boot_id, -1, SQLITE_STATIC);
	same = sqlite3_step(statement) == SQLITE_ROW;
	sqlite3_finalize(statement);
	return same;
}

static int64_t pragma_of(struct trace_writer *writer, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t number = -1;

	if (sqlite3_prepare_v2(writer->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static int take_clock(struct trace_writer *writer, sqlite3_stmt *row)
{
	const struct clock_point point = {
		.ticks = (uint64_t)sqlite3_column_int64(row, 0),
		.time_ns = sqlite3_column_int64(row, 1),
		.ns_per_tick = sqlite3_column_double(row, 2),
	};

	if (writer->clock.count == 0)
		writer->first_monotonic_ns =
			(uint64_t)(sqlite3_column_int64(row, 3) - point.time_ns);
	return clock_append(&writer->clock, &point);
}

static int take_position(struct trace_writer *writer, sqlite3_stmt *row)
{
	int64_t thread = sqlite3_column_int64(row, 0);

	if (thread < 0 || thread >= ACTOR_PLANE_THREADS_MAX)
		return -EBADMSG;
	writer->lanes[thread].position = (uint64_t)sqlite3_column_int64(row, 1);
	return 0;
}

static int take_chunk(struct trace_writer *writer, sqlite3_stmt *row)
{
	int64_t thread = sqlite3_column_int64(row, 0);

	if (thread < 0 || thread >= ACTOR_PLANE_THREADS_MAX)
		return -EBADMSG;
	writer->lanes[thread].next = (uint64_t)sqlite3_column_int64(row, 1);
	if (sqlite3_column_int64(row, 2) > writer->chunk_last)
		writer->chunk_last = sqlite3_column_int64(row, 2);
	return 0;
}

static int take_open_row(struct trace_writer *writer, sqlite3_stmt *row)
{
	uint8_t *known;

	writer->rows_full |= writer->rows.count >= WRITER_ROWS_MAX;
	if (writer->rows_full)
		return 0;
	known = pidmap_put(&writer->rows, (uint64_t)sqlite3_column_int64(row, 0), 0, NULL);
	if (known == NULL)
		return writer_no_memory(writer);
	*known = (uint8_t)sqlite3_column_int(row, 1);
	return 0;
}

static int refuse(struct trace_writer *writer, const char *why)
{
	return writer_fail(writer, -EEXIST,
			   "%s %s and is not overwritten; remove it or give another name with -o",
			   writer->path, why);
}

int writer_know(struct trace_writer *writer)
{
	if (pragma_of(writer, "PRAGMA application_id") != TRACE_APPLICATION_ID)
		return refuse(writer, "exists already");
	if (pragma_of(writer, "PRAGMA user_version") != TRACE_FORMAT_VERSION)
		return refuse(writer, "has another format");
	return 0;
}

int writer_take_up(struct trace_writer *writer, const struct trace_process *process)
{
	struct trace_totals *totals = &writer->totals;
	int status;

	if (number_of(writer, "complete") != 0)
		return refuse(writer, "is a finished recording");
	/* One that was killed at its start has not said whose recorder it was, nor anything else.
	 */
	if (number_of(writer, "pid") != 0 &&
	    (number_of(writer, "pid") != process->pid ||
	     (uint64_t)number_of(writer, "start_time") != process->start_time ||
	     !has_boot(writer, process->boot_id)))
		return refuse(writer, "is a recording of another process");
	status = each_row(writer,
			  "SELECT ticks, time_ns, ns_per_tick, monotonic_ns FROM clock ORDER BY"
			  " ticks",
			  take_clock);
	if (status == 0)
		status = each_row(writer, "SELECT * FROM positions", take_position);
	if (status == 0)
		status = each_row(writer,
				  "SELECT thread, max(first + n), max(id) FROM chunk"
				  " GROUP BY thread",
				  take_chunk);
	if (status == 0)
		status = each_row(writer,
				  "SELECT pid, (spawn_ticks IS NOT NULL) + 2 * (exit_ticks IS NOT"
				  " NULL) FROM actor WHERE spawn_ticks IS NULL OR exit_ticks IS"
				  " NULL",
				  take_open_row);
	if (status == 0)
		status = writer_take_packs(writer);
	if (status == -EBADMSG)
		return refuse(writer, "is damaged");
	if (status != 0)
		return status;
	writer->clock.nominal = 0;
	totals->events = (uint64_t)number_of(writer, "events");
	totals->turns = (uint64_t)number_of(writer, "turns");
	totals->messages = (uint64_t)number_of(writer, "messages");
	totals->lost = (uint64_t)number_of(writer, "lost");
	totals->gaps = (uint64_t)number_of(writer, "gaps");
	if (totals->events > 0) {
		writer->time_min = (uint64_t)number_of(writer, "first_ticks");
		writer->time_max = (uint64_t)number_of(writer, "last_ticks");
	}
	return trace_writer_meta_int(writer, "resumed", number_of(writer, "resumed") + 1);
}

void trace_writer_stored(const struct trace_writer *writer, uint32_t thread, uint64_t *ret_position,
			 uint64_t *ret_next)
{
	*ret_position = writer->lanes[thread].position;
	*ret_next = writer->lanes[thread].next;
}
