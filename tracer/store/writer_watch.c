/* SPDX-License-Identifier: MIT */
#include "store/writer.h"

#include "store/layout.h"

/* The second in which the ring's turn began. */
static int64_t second_now(struct trace_writer *writer, struct lane *lane)
{
	int64_t ns;

	if (lane->turn_time >= lane->second_begin && lane->turn_time < lane->second_end)
		return lane->second;
	ns = clock_ns(&writer->clock, lane->turn_time);
	lane->second = ns >= 0 ? ns / 1000000000 : (ns - 999999999) / 1000000000;
	lane->second_begin = lane->turn_time;
	/* A span that is surely in the same second, not the whole second. */
	lane->second_end = lane->turn_time + 1;
	if (writer->clock.count > 0) {
		int64_t left = (lane->second + 1) * 1000000000 - ns;

		lane->second_end +=
			(uint64_t)((double)left * 0.99 /
				   writer->clock.points[writer->clock.count - 1].ns_per_tick);
	}
	if (lane->second > writer->second_last)
		writer->second_last = lane->second;
	return lane->second;
}

/* Counts for a type, and for the actor whose turn it is. */
static void tally(struct trace_writer *writer, struct lane *lane, uint16_t type,
		  const struct rollup_counts *counts)
{
	int64_t second = second_now(writer, lane);
	struct rollup_row *row = lane->share;

	/* The caller of writer_watch empties the table before it is full. */
	rollup_add(rollup_at(&writer->rollup, second, type, 0), counts);
	if (row == NULL || row->actor != lane->actor || row->type != type || row->second != second)
		row = lane->share = lane->actor == 0
					    ? NULL
					    : rollup_at(&writer->shares, second, type, lane->actor);
	if (row != NULL)
		rollup_add(row, counts);
}

static void turn_begins(struct lane *lane, uint64_t actor, uint16_t tag, uint64_t time)
{
	lane->actor = actor;
	lane->turn_time = time;
	lane->turn_open = true;
	lane->turn_tag = tag;
}

/* The running stretch ends at `time`; its length goes to the turn's type. */
static void turn_stops(struct trace_writer *writer, struct lane *lane, uint64_t time)
{
	if (lane->turn_open && time > lane->turn_time)
		tally(writer, lane, lane->turn_tag,
		      &(struct rollup_counts){.busy_ticks = (int64_t)(time - lane->turn_time)});
	lane->turn_open = false;
}

static int watch_recv(struct trace_writer *writer, struct lane *lane,
		      const struct actor_event *event)
{
	struct rollup_counts counts = {.turns = 1};
	uint16_t tag = event->tag;

	turn_stops(writer, lane, event->c);
	if (event_is_continuation(event)) {
		/* The rest of the turn is of the type that opened it, where that is known... */
		if (writer->waiting.count > 0)
			pidmap_take(&writer->waiting, event->a, 0, &tag);
		if (!event_is_handled(event)) {
			turn_begins(lane, event->a, tag, event->c);
			return 0;
		}
		tag = event->tag; /* ...unless it was a message that the turn waited for */
	}
	turn_begins(lane, event->a, tag, event->c);
	writer->totals.turns++;
	if (event_is_handled(event)) {
		counts.handled = 1;
		writer->totals.messages++;
	}
	tally(writer, lane, tag, &counts);
	return 0;
}

/* What is put aside was not handled; it is received again. */
static void watch_postpone(struct trace_writer *writer, struct lane *lane,
			   const struct actor_event *event)
{
	if ((EVENT_MESSAGES_HANDLED >> event_message_kind(event) & 1) == 0)
		return;
	tally(writer, lane, event->tag, &(struct rollup_counts){.handled = -1});
	writer->totals.messages--;
}

static int watch_wait(struct trace_writer *writer, struct lane *lane,
		      const struct actor_event *event)
{
	uint16_t *tag;

	if (lane->turn_open) {
		tag = pidmap_put(&writer->waiting, event->a, 0, NULL);
		if (tag == NULL)
			return writer_no_memory(writer);
		*tag = lane->turn_tag;
	}
	turn_stops(writer, lane, event->c);
	lane->actor = 0;
	return 0;
}

static int watch_spawn(struct trace_writer *writer, const struct lane *lane,
		       const struct actor_event *event)
{
	const struct trace_actor actor = {
		.pid = event->a,
		.parent = event->b,
		.identity = event->c,
		.nth = event->seq,
		.behaviour = event->tag,
		.spawn_ticks = lane->stamp != 0 ? lane->stamp : lane->turn_time,
	};

	return event->a == 0 ? 0 : trace_writer_actor(writer, &actor);
}

static int watch_exit(struct trace_writer *writer, struct lane *lane,
		      const struct actor_event *event)
{
	const struct trace_actor actor = {
		.pid = event->a,
		.exit_reason = (int64_t)event->b,
		.exit_ticks = event->c,
	};

	turn_stops(writer, lane, event->c);
	lane->turn_time = event->c;
	if (writer->waiting.count > 0)
		pidmap_take(&writer->waiting, event->a, 0, NULL);
	return event->a == 0 ? 0 : trace_writer_actor(writer, &actor);
}

static int watch_register(struct trace_writer *writer, const struct actor_event *event)
{
	char **name = pidmap_get(&writer->strings, event->b, 0);
	struct pending_actor *pending;

	if (name == NULL || event->a == 0)
		return 0;
	pending = writer_actor_at(writer, event->a);
	return pending == NULL ? writer->status : writer_actor_name(writer, pending, *name);
}

/* ACTOR is the new child, PEER the dead one, NTH how often it has been replaced by now. */
static int watch_restart(struct trace_writer *writer, const struct actor_event *event)
{
	struct pending_actor *pending;

	if (event->a == 0)
		return 0;
	pending = writer_actor_at(writer, event->a);
	if (pending == NULL)
		return writer->status;
	if (pending->actor.restarts < event->seq)
		pending->actor.restarts = event->seq;
	return 0;
}

int writer_watch(struct trace_writer *writer, struct lane *lane, const struct actor_event *event)
{
	uint64_t stamp = 0;
	int status = 0;

	if (event_has_time(event->kind)) {
		if (event->c < writer->time_min)
			writer->time_min = event->c;
		if (event->c > writer->time_max)
			writer->time_max = event->c;
	}
	switch (event->kind) {
	case ACTOR_EVENT_RECV:
		status = watch_recv(writer, lane, event);
		break;
	case ACTOR_EVENT_SEND:
		tally(writer, lane, event->tag,
		      &(struct rollup_counts){.sent = 1, .bytes = (uint32_t)event->c});
		break;
	case ACTOR_EVENT_POSTPONE:
		watch_postpone(writer, lane, event);
		break;
	case ACTOR_EVENT_INPUT:
		turn_stops(writer, lane, event->c);
		turn_begins(lane, event->a, 0, event->c);
		tally(writer, lane, 0, &(struct rollup_counts){.turns = 1});
		writer->totals.turns++;
		break;
	case ACTOR_EVENT_IDLE:
	case ACTOR_EVENT_OMITTED:
		turn_stops(writer, lane, event->c);
		lane->actor = 0;
		lane->turn_time = event->c;
		break;
	case ACTOR_EVENT_WAIT:
		status = watch_wait(writer, lane, event);
		break;
	case ACTOR_EVENT_STAMP:
		stamp = event->c;
		break;
	case ACTOR_EVENT_SPAWN:
		status = watch_spawn(writer, lane, event);
		break;
	case ACTOR_EVENT_EXIT:
		status = watch_exit(writer, lane, event);
		break;
	case ACTOR_EVENT_REGISTER:
		status = watch_register(writer, event);
		break;
	case ACTOR_EVENT_RESTART:
		status = watch_restart(writer, event);
		break;
	default:
		break;
	}
	lane->stamp = stamp;
	return status;
}
