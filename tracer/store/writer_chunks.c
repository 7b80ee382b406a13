/* SPDX-License-Identifier: MIT */
#include "store/writer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int writer_store_chunk(struct trace_writer *writer, uint32_t thread, struct lane *lane)
{
	struct codec_summary summary;
	const void *data;
	size_t size;
	sqlite3_stmt *prepared;
	int status;

	if (lane->stored == lane->count)
		return 0;
	status =
		writer_watch(writer, lane, lane->events + lane->stored, lane->count - lane->stored);
	if (status != 0)
		return status;
	writer->totals.events += lane->count - lane->stored;
	status = codec_encode(writer->codec, &lane->context, lane->events, lane->count, &data,
			      &size, &summary);
	assert(status == 0);
	prepared = writer_change(writer, STATEMENT_CHUNK);
	if (prepared == NULL)
		return writer->status;
	if (lane->id == 0)
		lane->id = ++writer->chunk_last;
	if (summary.time_max != 0) {
		if (summary.time_min < writer->time_min)
			writer->time_min = summary.time_min;
		if (summary.time_max > writer->time_max)
			writer->time_max = summary.time_max;
	}
	if (summary.time_max == 0)
		summary.time_min = summary.time_max = lane->context.turn_time;
	/* What has no time of its own happened in the turn that was running. */
	if (lane->context.turn_time != 0 && lane->context.turn_time < summary.time_min)
		summary.time_min = lane->context.turn_time;
	sqlite3_bind_int64(prepared, 1, lane->id);
	sqlite3_bind_int64(prepared, 2, thread);
	sqlite3_bind_int64(prepared, 3, (int64_t)lane->context.first);
	sqlite3_bind_int64(prepared, 4, (int64_t)lane->count);
	sqlite3_bind_int64(prepared, 5, (int64_t)summary.time_min);
	sqlite3_bind_int64(prepared, 6, (int64_t)summary.time_max);
	sqlite3_bind_int64(prepared, 7, (int64_t)summary.kinds);
	sqlite3_bind_int64(prepared, 8, (int64_t)lane->context.actor);
	sqlite3_bind_int64(prepared, 9, (int64_t)lane->context.turn_time);
	sqlite3_bind_int64(prepared, 10, (int64_t)codec_checksum(data, size));
	sqlite3_bind_blob(prepared, 11, summary.bloom, (int)summary.bloom_size, SQLITE_STATIC);
	if (writer_run(writer, STATEMENT_CHUNK) != 0)
		return writer->status;
	prepared = writer_change(writer, STATEMENT_DATA);
	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, lane->id);
	sqlite3_bind_blob(prepared, 2, data, (int)size, SQLITE_STATIC);
	lane->stored = lane->count;
	return writer_run(writer, STATEMENT_DATA);
}

/* Writes the chunk out for good; the next event begins a new one. */
static int seal_chunk(struct trace_writer *writer, uint32_t thread, struct lane *lane)
{
	int status = writer_store_chunk(writer, thread, lane);

	lane->count = 0;
	lane->stored = 0;
	lane->id = 0;
	return status;
}

static int begin_batch(struct trace_writer *writer, uint32_t thread, struct lane *lane,
		       const struct trace_context *context)
{
	int status;

	if (lane->events == NULL) {
		lane->recent = calloc(LANE_RECENT, sizeof(*lane->recent));
		lane->events = malloc(TRACE_CHUNK_EVENTS * sizeof(*lane->events));
		if (lane->events == NULL || lane->recent == NULL)
			return writer_no_memory(writer);
	} else if (context->first == lane->next) {
		return 0;
	}
	/* The first events of a ring, or something is missing before them. */
	status = seal_chunk(writer, thread, lane);
	lane->next = context->first;
	lane->actor = context->actor;
	lane->turn_time = context->turn_time;
	lane->turn_open = false;
	lane->stamp = 0;
	return status;
}

int trace_writer_events(struct trace_writer *writer, uint32_t thread,
			const struct trace_context *context, const struct actor_event *events,
			size_t count)
{
	struct lane *lane;
	int status;

	if (thread >= ACTOR_PLANE_THREADS_MAX)
		return writer_fail(writer, -EINVAL, "thread %u is not below %u", thread,
				   ACTOR_PLANE_THREADS_MAX);
	if (writer->status != 0 || count == 0)
		return writer->status;
	lane = &writer->lanes[thread];
	status = begin_batch(writer, thread, lane, context);
	while (count > 0 && status == 0) {
		size_t room = TRACE_CHUNK_EVENTS - lane->count;
		size_t taken = count < room ? count : room;

		if (lane->count == 0) {
			lane->context.actor = lane->actor;
			lane->context.turn_time = lane->turn_time;
			lane->context.first = lane->next;
		}
		memcpy(lane->events + lane->count, events, taken * sizeof(*events));
		lane->count += taken;
		lane->next += taken;
		events += taken;
		count -= taken;
		if (lane->count == TRACE_CHUNK_EVENTS)
			status = seal_chunk(writer, thread, lane);
	}
	return status;
}

uint64_t trace_writer_unpacked(const struct trace_writer *writer, uint32_t thread)
{
	const struct lane *lane = &writer->lanes[thread];

	assert(thread < ACTOR_PLANE_THREADS_MAX);
	return lane->stored < lane->count ? lane->context.first + lane->stored : UINT64_MAX;
}
