/* SPDX-License-Identifier: MIT */
#include "store/writer.h"

#include <string.h>

#include <actor/plane.h>

#include "store/layout.h"

/* So many events are taken between two looks at the table of sums; each needs two rows at most. */
#define WATCH_RUN 256

/* ---- Counts per second, type and actor ------------------------------------------------------- */

/*
 * What was counted lately is counted on in the lane's own small table, where an actor and a type
 * have one place. What makes room there, and all of it before a commit, goes to the roll-ups.
 */

/* Bit 63: the place is taken. The second's own upper bits are all like bit 62. */
static uint64_t key_of(int64_t second)
{
	return (uint64_t)second << 16 | UINT64_C(1) << 63;
}

static int64_t second_of(uint64_t key)
{
	return (int64_t)(key << 1) >> 17;
}

static void give(struct trace_writer *writer, struct recent *recent)
{
	int64_t second = second_of(recent->key);
	uint16_t type = (uint16_t)recent->key;
	struct rollup_row *share =
		recent->actor != 0 ? rollup_at(&writer->shares, second, type, recent->actor) : NULL;

	/* writer_watch() and writer_give_recent() empty the table before it is full. */
	rollup_add(rollup_at(&writer->rollup, second, type, 0), &recent->counts);
	if (share != NULL)
		rollup_add(share, &recent->counts);
	recent->counts = (struct rollup_counts){0};
}

static bool has_counts(const struct recent *recent)
{
	const struct rollup_counts *counts = &recent->counts;

	return (counts->sent | counts->bytes | counts->handled | counts->turns |
		counts->busy_ticks) != 0;
}

int writer_give_recent(struct trace_writer *writer)
{
	int status = 0;

	for (int i = 0; i < ACTOR_PLANE_THREADS_MAX; i++) {
		struct recent *recent = writer->lanes[i].recent;

		for (size_t j = 0; recent != NULL && j < LANE_RECENT && status == 0; j++) {
			if (!has_counts(&recent[j]))
				continue;
			give(writer, &recent[j]);
			if (rollup_is_full(&writer->rollup))
				status = writer_store_rollup(writer);
		}
	}
	return status;
}

static __attribute__((noinline)) void take_place(struct trace_writer *writer, struct recent *recent,
						 uint64_t actor, uint64_t key)
{
	if (has_counts(recent))
		give(writer, recent);
	*recent = (struct recent){.actor = actor, .key = key};
}

/* Where to count for a type, and for the actor whose turn it is. */
static inline struct rollup_counts *tally_of(struct trace_writer *writer, const struct lane *lane,
					     uint64_t actor, uint16_t type)
{
	struct recent *recent = &lane->recent[(actor + type * UINT64_C(257)) & (LANE_RECENT - 1)];
	uint64_t key = lane->second_key | type;

	if (__builtin_expect(recent->actor != actor || recent->key != key, 0))
		take_place(writer, recent, actor, key);
	return &recent->counts;
}

/* Finds the second of lane->turn_time. */
static __attribute__((noinline)) void find_second(struct trace_writer *writer, struct lane *lane)
{
	int64_t ns = clock_ns(&writer->clock, lane->turn_time);
	int64_t second = ns >= 0 ? ns / 1000000000 : (ns - 999999999) / 1000000000;

	lane->second_key = key_of(second);
	lane->second_begin = lane->turn_time;
	/* A span that is surely in the same second, not the whole second. */
	lane->second_end = lane->turn_time + 1;
	if (writer->clock.count > 0) {
		int64_t left = (second + 1) * 1000000000 - ns;

		lane->second_end +=
			(uint64_t)((double)left * 0.99 /
				   writer->clock.points[writer->clock.count - 1].ns_per_tick);
	}
	if (second > writer->second_last)
		writer->second_last = second;
}

/* ---- Turns ------------------------------------------------------------------------------------
 */

static inline void set_time(struct trace_writer *writer, struct lane *lane, uint64_t time)
{
	lane->turn_time = time;
	if (__builtin_expect(time < lane->second_begin || time >= lane->second_end, 0))
		find_second(writer, lane);
}

static inline void turn_begins(struct trace_writer *writer, struct lane *lane, uint64_t actor,
			       uint16_t tag, uint64_t time)
{
	lane->actor = actor;
	lane->turn_open = true;
	lane->turn_tag = tag;
	set_time(writer, lane, time);
}

/* The running stretch ends at `time`; its length goes to the turn's type. */
static inline void turn_stops(struct trace_writer *writer, struct lane *lane, uint64_t time)
{
	if (lane->turn_open && time > lane->turn_time)
		tally_of(writer, lane, lane->actor, lane->turn_tag)->busy_ticks +=
			(int64_t)(time - lane->turn_time);
	lane->turn_open = false;
}

static inline void take_turn(struct trace_writer *writer, struct lane *lane, uint64_t actor,
			     uint16_t tag, uint64_t time, bool handled)
{
	struct rollup_counts *tally;

	turn_begins(writer, lane, actor, tag, time);
	writer->totals.turns++;
	writer->totals.messages += handled;
	tally = tally_of(writer, lane, actor, tag);
	tally->turns++;
	tally->handled += handled;
}

/* A RECV that goes on with a turn that waited. */
static void watch_continuation(struct trace_writer *writer, struct lane *lane,
			       const struct actor_event *event)
{
	uint16_t tag = event->tag;

	turn_stops(writer, lane, event->c);
	/* The rest of the turn is of the type that opened it, where that is known... */
	if (writer->waiting.count > 0)
		pidmap_take(&writer->waiting, event->a, 0, &tag);
	/* ...unless it was a message that the turn waited for. */
	if (event_is_handled(event))
		take_turn(writer, lane, event->a, event->tag, event->c, true);
	else
		turn_begins(writer, lane, event->a, tag, event->c);
}

static inline void watch_recv(struct trace_writer *writer, struct lane *lane,
			      const struct actor_event *event)
{
	lane->stamp = 0;
	if (__builtin_expect(event_is_continuation(event), 0)) {
		watch_continuation(writer, lane, event);
		return;
	}
	turn_stops(writer, lane, event->c);
	take_turn(writer, lane, event->a, event->tag, event->c, event_is_handled(event));
}

static inline void watch_send(struct trace_writer *writer, struct lane *lane,
			      const struct actor_event *event)
{
	struct rollup_counts *tally = tally_of(writer, lane, lane->actor, event->tag);

	tally->sent++;
	tally->bytes += (uint32_t)event->c;
	lane->stamp = 0;
}

/* What is put aside was not handled; it is received again. */
static void watch_postpone(struct trace_writer *writer, const struct lane *lane,
			   const struct actor_event *event)
{
	if ((EVENT_MESSAGES_HANDLED >> event_message_kind(event) & 1) == 0)
		return;
	tally_of(writer, lane, lane->actor, event->tag)->handled--;
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
	/* Threads of the program have no parent. The plane says so, too, as long as they live. */
	bool is_thread = event->b == 0;
	const struct trace_actor actor = {
		.pid = event->a,
		.parent = event->b,
		.identity = event->c,
		.nth = event->seq,
		.behaviour = event->tag,
		.kind = is_thread ? ACTOR_PLANE_KIND_FOREIGN : 0,
		.name = is_thread && event->seq == 1 ? "main" : NULL,
		.spawn_ticks = lane->stamp != 0 ? lane->stamp : lane->turn_time,
	};

	return event->a == 0 ? 0 : writer_actor_seen(writer, &actor, true);
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
	set_time(writer, lane, event->c);
	if (writer->waiting.count > 0)
		pidmap_take(&writer->waiting, event->a, 0, NULL);
	return event->a == 0 ? 0 : writer_actor_seen(writer, &actor, false);
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

/* What is neither sent nor received. */
static int watch_event(struct trace_writer *writer, struct lane *lane,
		       const struct actor_event *event)
{
	uint64_t stamp = 0;
	int status = 0;

	switch (event->kind) {
	case ACTOR_EVENT_POSTPONE:
		watch_postpone(writer, lane, event);
		break;
	case ACTOR_EVENT_INPUT:
		turn_stops(writer, lane, event->c);
		take_turn(writer, lane, event->a, 0, event->c, false);
		break;
	case ACTOR_EVENT_IDLE:
	case ACTOR_EVENT_OMITTED:
		turn_stops(writer, lane, event->c);
		lane->actor = 0;
		set_time(writer, lane, event->c);
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

	set_time(writer, lane, lane->turn_time);
	for (size_t i = 0; i < count && status == 0; i++) {
		const struct actor_event *event = &events[i];

		if (i % WATCH_RUN == 0 && rollup_is_full(&writer->rollup))
			status = writer_store_rollup(writer);
		if (event->kind == ACTOR_EVENT_SEND)
			watch_send(writer, lane, event);
		else if (event->kind == ACTOR_EVENT_RECV)
			watch_recv(writer, lane, event);
		else
			status = watch_event(writer, lane, event);
	}
	return status;
}
