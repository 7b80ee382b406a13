/* SPDX-License-Identifier: MIT */
#include "store/writer.h"

#include <assert.h>

/*
 * What is counted per second and type is stored with every commit, all of it under actor 0. Once a
 * second is over it is told apart by actor: the actors' rows are added and the sum is taken from
 * the row of actor 0. So the sums are right whenever the recorder is killed, a commit stays cheap,
 * and the number of rows a second is bounded: what the table has no room for stays with actor 0.
 */

#define SECONDS_OPEN 2 /* rings are read one after the other: a second may still get events */

static int store_row(struct trace_writer *writer, const struct rollup_row *row, uint64_t actor,
		     int sign)
{
	const struct rollup_counts *counts = &row->counts;
	sqlite3_stmt *prepared = writer_change(writer, STATEMENT_ROLLUP);

	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, row->second);
	sqlite3_bind_int64(prepared, 2, row->type);
	sqlite3_bind_int64(prepared, 3, (int64_t)actor);
	sqlite3_bind_int64(prepared, 4, sign * counts->sent);
	sqlite3_bind_int64(prepared, 5, sign * counts->bytes);
	sqlite3_bind_int64(prepared, 6, sign * counts->handled);
	sqlite3_bind_int64(prepared, 7, sign * counts->turns);
	sqlite3_bind_int64(prepared, 8,
			   sign * clock_span_ns(&writer->clock, writer->time_max,
						(uint64_t)counts->busy_ticks));
	return writer_run(writer, STATEMENT_ROLLUP);
}

int writer_store_rollup(struct trace_writer *writer)
{
	struct rollup *rollup = &writer->rollup;

	for (uint32_t i = 0; i < rollup->slots && rollup->used > 0; i++)
		if (rollup->rows[i].used && store_row(writer, &rollup->rows[i], 0, 1) != 0)
			return writer->status;
	rollup_clear(rollup, INT64_MAX);
	return 0;
}

/* What the actors' rows have is no longer of actor 0; `sums` is empty at first. */
static int take_from_sums(struct trace_writer *writer, struct rollup *sums)
{
	int status = 0;

	for (uint32_t i = 0; i < sums->slots && status == 0; i++)
		if (sums->rows[i].used)
			status = store_row(writer, &sums->rows[i], 0, -1);
	rollup_clear(sums, INT64_MAX);
	return status;
}

/*
 * Writes the rows of actors for the seconds before `second`, and takes what they have from actor 0.
 * The sums have been stored by now, and their table is empty.
 */
static int store_shares(struct trace_writer *writer, int64_t second)
{
	struct rollup *sums = &writer->rollup;
	int status = 0;

	assert(sums->used == 0);
	for (uint32_t i = 0; i < writer->shares.slots && status == 0; i++) {
		const struct rollup_row *row = &writer->shares.rows[i];

		if (!row->used || row->second >= second)
			continue;
		status = store_row(writer, row, row->actor, 1);
		rollup_add(rollup_at(sums, row->second, row->type, 0), &row->counts);
		if (status == 0 && rollup_is_full(sums))
			status = take_from_sums(writer, sums);
	}
	return status == 0 ? take_from_sums(writer, sums) : status;
}

int writer_store_shares(struct trace_writer *writer, bool all)
{
	int64_t second = all ? INT64_MAX : writer->second_last - SECONDS_OPEN + 1;
	int status;

	if (!all && writer->shares_second == second)
		return 0;
	writer->shares_second = second;
	if (writer->shares.used == 0)
		return 0;
	status = writer_store_rollup(writer);
	if (status == 0)
		status = store_shares(writer, second);
	if (status != 0)
		return status;
	rollup_clear(&writer->shares, second);
	if (writer_change(writer, STATEMENT_ROLLUP_EMPTY) == NULL)
		return writer->status;
	return writer_run(writer, STATEMENT_ROLLUP_EMPTY);
}
