/* SPDX-License-Identifier: MIT */
#include "store/writer.h"

#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include <actor/status.h>

#include "store/layout.h"

/* Types are stored once or twice. */
#define ZSTD_BTF_LEVEL 9

int trace_writer_meta(struct trace_writer *writer, const char *key, const char *value)
{
	sqlite3_stmt *prepared = writer_change(writer, STATEMENT_META);

	if (prepared == NULL)
		return writer->status;
	writer_bind_text(prepared, 1, key);
	writer_bind_text(prepared, 2, value);
	return writer_run(writer, STATEMENT_META);
}

int trace_writer_meta_int(struct trace_writer *writer, const char *key, int64_t value)
{
	sqlite3_stmt *prepared = writer_change(writer, STATEMENT_META);

	if (prepared == NULL)
		return writer->status;
	if (strcmp(key, "ticks_per_second") == 0 && value > 0)
		writer->clock.nominal = 1e9 / (double)value;
	writer_bind_text(prepared, 1, key);
	sqlite3_bind_int64(prepared, 2, value);
	return writer_run(writer, STATEMENT_META);
}

int writer_store_word(struct trace_writer *writer, enum statement which, int64_t number,
		      const char *text)
{
	sqlite3_stmt *prepared = writer_change(writer, which);

	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, number);
	writer_bind_text(prepared, 2, text);
	return writer_run(writer, which);
}

int writer_store_words(struct trace_writer *writer)
{
	static const struct {
		int64_t number;
		const char *text;
	} reasons[] = {
#define X(NAME, number, text) {number, text},
		ACTOR_EXIT_MAP(X)
#undef X
#define X(NAME, err, text) {-(err), text},
			ACTOR_STATUS_MAP(X)
#undef X
	};
	int status = 0;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]) && status == 0; i++)
		status = writer_store_word(writer, STATEMENT_REASON, reasons[i].number,
					   reasons[i].text);
	for (unsigned kind = 0; kind < ACTOR_EVENT_COUNT && status == 0; kind++)
		if (event_kind_name((uint8_t)kind) != NULL)
			status = writer_store_word(writer, STATEMENT_KIND, kind,
						   event_kind_name((uint8_t)kind));
	return status;
}

int trace_writer_clock(struct trace_writer *writer, uint64_t ticks, uint64_t monotonic_ns,
		       uint64_t realtime_ns)
{
	struct clock_line *line = &writer->clock;
	sqlite3_stmt *prepared;
	int added;

	if (line->count == 0)
		writer->first_monotonic_ns = monotonic_ns;
	added = clock_add(line, ticks, (int64_t)(monotonic_ns - writer->first_monotonic_ns));
	if (added < 0)
		return writer_no_memory(writer);
	if (added == 0)
		return writer->status;
	/* Seconds that lie before their turn on the clock's line may have moved a little. */
	for (int i = 0; i < ACTOR_PLANE_THREADS_MAX; i++)
		writer->lanes[i].second_end = 0;
	if (line->count > 1) {
		prepared = writer_change(writer, STATEMENT_CLOCK_SLOPE);
		if (prepared == NULL)
			return writer->status;
		sqlite3_bind_int64(prepared, 1, (int64_t)line->points[line->count - 2].ticks);
		sqlite3_bind_double(prepared, 2, line->points[line->count - 2].ns_per_tick);
		if (writer_run(writer, STATEMENT_CLOCK_SLOPE) != 0)
			return writer->status;
	}
	prepared = writer_change(writer, STATEMENT_CLOCK);
	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, (int64_t)ticks);
	sqlite3_bind_int64(prepared, 2, (int64_t)monotonic_ns);
	sqlite3_bind_int64(prepared, 3, (int64_t)realtime_ns);
	sqlite3_bind_int64(prepared, 4, line->points[line->count - 1].time_ns);
	sqlite3_bind_double(prepared, 5, line->points[line->count - 1].ns_per_tick);
	return writer_run(writer, STATEMENT_CLOCK);
}

int trace_writer_type(struct trace_writer *writer, uint16_t number, const char *name,
		      const char *ctype, uint32_t size, bool flexible, const char *reply_ctype,
		      uint32_t reply_size)
{
	sqlite3_stmt *prepared = writer_change(writer, STATEMENT_TYPE);

	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, number);
	writer_bind_text(prepared, 2, name);
	writer_bind_text(prepared, 3, ctype);
	sqlite3_bind_int64(prepared, 4, size);
	sqlite3_bind_int64(prepared, 5, flexible);
	writer_bind_text(prepared, 6, reply_ctype);
	sqlite3_bind_int64(prepared, 7, reply_size);
	return writer_run(writer, STATEMENT_TYPE);
}

int trace_writer_behaviour(struct trace_writer *writer, uint16_t number, const char *name,
			   const char *state_ctype, uint32_t state_size)
{
	sqlite3_stmt *prepared = writer_change(writer, STATEMENT_BEHAVIOUR);

	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, number);
	writer_bind_text(prepared, 2, name);
	writer_bind_text(prepared, 3, state_ctype);
	sqlite3_bind_int64(prepared, 4, state_size);
	return writer_run(writer, STATEMENT_BEHAVIOUR);
}

int trace_writer_string(struct trace_writer *writer, uint32_t offset, const char *text)
{
	sqlite3_stmt *prepared = writer_change(writer, STATEMENT_STRING);
	char **kept;

	if (prepared == NULL)
		return writer->status;
	kept = pidmap_put(&writer->strings, offset, 0, NULL);
	if (kept == NULL)
		return writer_no_memory(writer);
	free(*kept);
	*kept = strdup(text);
	if (*kept == NULL)
		return writer_no_memory(writer);
	sqlite3_bind_int64(prepared, 1, offset);
	writer_bind_text(prepared, 2, text);
	return writer_run(writer, STATEMENT_STRING);
}

int trace_writer_thread(struct trace_writer *writer, uint32_t thread, uint32_t kind, uint32_t tid,
			const char *name)
{
	static const char *const kinds[] = {"none",  "scheduler", "io",
					    "timer", "detached",  "foreign"};
	sqlite3_stmt *prepared = writer_change(writer, STATEMENT_THREAD);

	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, thread);
	writer_bind_text(prepared, 2,
			 kind < sizeof(kinds) / sizeof(kinds[0]) ? kinds[kind] : "unknown");
	sqlite3_bind_int64(prepared, 3, tid);
	writer_bind_text(prepared, 4, name != NULL ? name : "");
	return writer_run(writer, STATEMENT_THREAD);
}

int trace_writer_payload(struct trace_writer *writer, uint64_t sender, uint32_t number,
			 const void *bytes, size_t size)
{
	sqlite3_stmt *prepared = writer_change(writer, STATEMENT_PAYLOAD);

	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, (int64_t)sender);
	sqlite3_bind_int64(prepared, 2, number);
	sqlite3_bind_blob(prepared, 3, bytes, (int)size, SQLITE_TRANSIENT);
	return writer_run(writer, STATEMENT_PAYLOAD);
}

int trace_writer_btf(struct trace_writer *writer, const void *data, size_t size)
{
	sqlite3_stmt *prepared = writer_change(writer, STATEMENT_BTF);
	size_t room = ZSTD_compressBound(size);
	void *packed;
	size_t stored;

	if (prepared == NULL)
		return writer->status;
	packed = malloc(room);
	if (packed == NULL)
		return writer_no_memory(writer);
	stored = ZSTD_compress(packed, room, data, size, ZSTD_BTF_LEVEL);
	if (ZSTD_isError(stored)) {
		free(packed);
		return writer_no_memory(writer);
	}
	sqlite3_bind_int64(prepared, 1, (sqlite3_int64)size);
	sqlite3_bind_blob(prepared, 2, packed, (int)stored, free);
	return writer_run(writer, STATEMENT_BTF);
}

int trace_writer_gap(struct trace_writer *writer, uint32_t thread, uint64_t from_ticks,
		     uint64_t to_ticks, uint64_t count, const char *reason)
{
	sqlite3_stmt *prepared = writer_change(writer, STATEMENT_GAP);

	if (prepared == NULL)
		return writer->status;
	writer->totals.gaps++;
	writer->totals.lost += count;
	sqlite3_bind_int64(prepared, 1, thread);
	writer_bind_known(prepared, 2, from_ticks);
	writer_bind_known(prepared, 3, to_ticks);
	writer_bind_known(prepared, 4, count);
	writer_bind_text(prepared, 5, reason);
	return writer_run(writer, STATEMENT_GAP);
}

int trace_writer_position(struct trace_writer *writer, uint32_t thread, uint64_t next_event)
{
	sqlite3_stmt *prepared = writer_change(writer, STATEMENT_POSITION);

	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, thread);
	sqlite3_bind_int64(prepared, 2, (int64_t)next_event);
	return writer_run(writer, STATEMENT_POSITION);
}
