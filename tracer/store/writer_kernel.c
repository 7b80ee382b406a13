/* SPDX-License-Identifier: MIT */
#include "store/writer.h"

#include <stdlib.h>

/* A chunk that is not full is written when it is so old; in the rows' own time. */
#define AGE_NS UINT64_C(1000000000)

static int64_t session_ns(const struct trace_writer *writer, uint64_t monotonic_ns)
{
	return (int64_t)(monotonic_ns - writer->first_monotonic_ns);
}

static int store_chunk(struct trace_writer *writer)
{
	struct kernel_lane *lane = &writer->kernel;
	struct kernel_blob blob;
	int64_t first = INT64_MAX, last = INT64_MIN;
	sqlite3_stmt *prepared;
	uint32_t kinds = 0;

	for (size_t i = 0; i < lane->count; i++) {
		const struct trace_kernel_row *row = &lane->rows[i];
		int64_t begin = (int64_t)row->time_ns;
		int64_t end = (int64_t)(row->time_ns + row->first_ns + row->second_ns);

		first = begin < first ? begin : first;
		last = end > last ? end : last;
		kinds |= 1u << row->kind;
	}
	if (kernel_encode(lane->rows, lane->count, &blob) != 0)
		return writer_no_memory(writer);
	prepared = writer_change(writer, STATEMENT_KERNEL_CHUNK);
	if (prepared != NULL) {
		sqlite3_bind_int64(prepared, 1, (int64_t)lane->count);
		sqlite3_bind_int64(prepared, 2, first);
		sqlite3_bind_int64(prepared, 3, last);
		sqlite3_bind_int64(prepared, 4, kinds);
		sqlite3_bind_int64(prepared, 5, (int64_t)codec_checksum(blob.data, blob.size));
		sqlite3_bind_blob(prepared, 6, blob.data, (int)blob.size, SQLITE_STATIC);
		(void)writer_run(writer, STATEMENT_KERNEL_CHUNK);
	}
	free(blob.data);
	lane->count = 0;
	return writer->status;
}

int writer_store_kernel(struct trace_writer *writer, bool all)
{
	const struct kernel_lane *lane = &writer->kernel;

	if (lane->count == 0)
		return 0;
	if (!all && lane->rows[lane->count - 1].time_ns < lane->rows[0].time_ns + AGE_NS)
		return 0;
	return store_chunk(writer);
}

int trace_writer_kernel(struct trace_writer *writer, const struct trace_kernel_row *row)
{
	struct kernel_lane *lane = &writer->kernel;
	struct trace_kernel_row *place;

	if (lane->rows == NULL) {
		lane->rows = malloc(KERNEL_CHUNK_ROWS * sizeof(*lane->rows));
		if (lane->rows == NULL)
			return writer_no_memory(writer);
	}
	if (lane->count == KERNEL_CHUNK_ROWS && store_chunk(writer) != 0)
		return writer->status;
	place = &lane->rows[lane->count++];
	*place = *row;
	place->time_ns = (uint64_t)session_ns(writer, row->time_ns);
	writer->totals.kernel++;
	return writer->status;
}

int trace_writer_kernel_task(struct trace_writer *writer, uint32_t number, uint32_t pid,
			     uint32_t tid, const char *comm)
{
	sqlite3_stmt *prepared = writer_change(writer, STATEMENT_KERNEL_TASK);

	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, number);
	sqlite3_bind_int64(prepared, 2, pid);
	sqlite3_bind_int64(prepared, 3, tid);
	writer_bind_text(prepared, 4, comm);
	return writer_run(writer, STATEMENT_KERNEL_TASK);
}

int trace_writer_kernel_stack(struct trace_writer *writer, uint32_t number, const char *frames)
{
	return writer_store_word(writer, STATEMENT_KERNEL_STACK, number, frames);
}

int trace_writer_kernel_syscall(struct trace_writer *writer, uint32_t number, const char *name)
{
	return writer_store_word(writer, STATEMENT_KERNEL_SYSCALL, number, name);
}

int trace_writer_kernel_gap(struct trace_writer *writer, uint64_t from_ns, uint64_t to_ns,
			    uint64_t count, const char *reason)
{
	return trace_writer_gap(writer, TRACE_THREAD_KERNEL,
				clock_ticks(&writer->clock, session_ns(writer, from_ns)),
				clock_ticks(&writer->clock, session_ns(writer, to_ns)), count,
				reason);
}

int trace_writer_kernel_from(struct trace_writer *writer, uint64_t monotonic_ns)
{
	return trace_writer_meta_int(writer, "kernel_from_ns", session_ns(writer, monotonic_ns));
}

int trace_writer_kernel_to(struct trace_writer *writer, uint64_t monotonic_ns)
{
	return trace_writer_meta_int(writer, "kernel_to_ns", session_ns(writer, monotonic_ns));
}
