/* SPDX-License-Identifier: MIT */
#include "store/writer.h"

#include <string.h>

#include "store/layout.h"

/* So many events are taken between two looks at the table of sums; each needs two rows at most. */
#define WATCH_RUN 256

/* The second in which the ring's turn began. */
static __attribute__((noinline)) void find_second(const struct trace_writer *writer,
						  struct lane *lane)
{
	int64_t ns = clock_ns(&writer->clock, lane->turn_time);

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
}

static inline int64_t second_now(struct trace_writer *writer, struct lane *lane)
{
	if (lane->turn_time < lane->second_begin || lane->turn_time >= lane->second_end)
		find_second(writer, lane);
	if (lane->second > writer->second_last)
		writer->second_last = lane->second;
	return lane->second;
}

void writer_forget_recent(struct trace_writer *writer)
{
	for (int i = 0; i < ACTOR_PLANE_THREADS_MAX; i++)
		if (writer->lanes[i].recent != NULL)
			memset(writer->lanes[i].recent, 0, LANE_RECENT * sizeof(struct recent));
}

static void recall(struct trace_writer *writer, struct lane *lane, struct recent *recent,
		   uint16_t type, uint64_t key)
{
	struct rollup_row *share =
		lane->actor != 0 ? rollup_at(&writer->shares, lane->second, type, lane->actor)
				 : NULL;

	recent->actor = lane->actor;
	recent->key = key;
	/* writer_watch() empties the table before it is full. */
	recent->sum = &rollup_at(&writer->rollup, lane->second, type, 0)->counts;
	recent->share = share != NULL ? &share->counts : &writer->unshared;
}

/* Where to count for a type, and for the actor whose turn it is. */
static inline const struct recent *tally_of(struct trace_writer *writer, struct lane *lane,
					    uint16_t type)
{
	uint64_t key = (uint64_t)second_now(writer, lane) << 16 | type | UINT64_C(1) << 63;
	size_t place = (size_t)(lane->actor + type * UINT64_C(257)) & (LANE_RECENT - 1);
	struct recent *recent = &lane->recent[place];

	if (__builtin_expect(recent->actor != lane->actor || recent->key != key, 0))
		recall(writer, lane, recent, type, key);
	return recent;
}

static inline void tally_turn(const struct recent *tally, bool handled)
{
	tally->sum->turns++;
	tally->share->turns++;
	tally->sum->handled += handled;
	tally->share->handled += handled;
}

static inline void tally_send(const struct recent *tally, uint32_t bytes)
{
	tally->sum->sent++;
	tally->share->sent++;
	tally->sum->bytes += bytes;
	tally->share->bytes += bytes;
}

static inline void tally_busy(const struct recent *tally, uint64_t ticks)
{
	tally->sum->busy_ticks += (int64_t)ticks;
	tally->share->busy_ticks += (int64_t)ticks;
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
		tally_busy(tally_of(writer, lane, lane->turn_tag), time - lane->turn_time);
	lane->turn_open = false;
}

static int watch_recv(struct trace_writer *writer, struct lane *lane,
		      const struct actor_event *event)
{
	bool handled;
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
	handled = event_is_handled(event);
	writer->totals.messages += handled;
	tally_turn(tally_of(writer, lane, tag), handled);
	return 0;
}

/* What is put aside was not handled; it is received again. */
static void watch_postpone(struct trace_writer *writer, struct lane *lane,
			   const struct actor_event *event)
{
	const struct recent *tally;

	if ((EVENT_MESSAGES_HANDLED >> event_message_kind(event) & 1) == 0)
		return;
	tally = tally_of(writer, lane, event->tag);
	tally->sum->handled--;
	tally->share->handled--;
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

static int watch_event(struct trace_writer *writer, struct lane *lane,
		       const struct actor_event *event)
{
	uint64_t stamp = 0;
	int status = 0;

	switch (event->kind) {
	case ACTOR_EVENT_RECV:
		status = watch_recv(writer, lane, event);
		break;
	case ACTOR_EVENT_POSTPONE:
		watch_postpone(writer, lane, event);
		break;
	case ACTOR_EVENT_INPUT:
		turn_stops(writer, lane, event->c);
		turn_begins(lane, event->a, 0, event->c);
		tally_turn(tally_of(writer, lane, 0), false);
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

int writer_watch(struct trace_writer *writer, struct lane *lane, const struct actor_event *events,
		 size_t count)
{
	int status = 0;

	for (size_t i = 0; i < count && status == 0; i++) {
		const struct actor_event *event = &events[i];

		if (i % WATCH_RUN == 0 && rollup_is_full(&writer->rollup))
			status = writer_store_rollup(writer);
		if (event->kind == ACTOR_EVENT_SEND) {
			tally_send(tally_of(writer, lane, event->tag), (uint32_t)event->c);
			lane->stamp = 0;
		} else if (status == 0) {
			status = watch_event(writer, lane, event);
		}
	}
	return status;
}
