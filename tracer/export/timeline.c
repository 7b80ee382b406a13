/* SPDX-License-Identifier: MIT */
#include "export/timeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/story.h"

#define ARGS_MAX 12

struct timeline {
	struct source *source;
	const struct timeline_writer *writer;
	struct pidmap tracks;    /* struct timeline_track, by (what it is of, its kind) */
	struct pidmap mailboxes; /* int64_t: messages that wait, by pid */
	uint64_t *flows;         /* of the turn at hand */
	size_t flow_capacity;
	bool failed; /* no memory */
};

/* A bijection that leaves no pattern; a sum of small numbers becomes a number of its own. */
static uint64_t mix(uint64_t value)
{
	value += UINT64_C(0x9e3779b97f4a7c15);
	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	value ^= value >> 31;
	return value != 0 ? value : 1;
}

static uint64_t flow_of(uint64_t sender, uint32_t seq)
{
	return mix(mix(sender) + seq);
}

/* ---- tracks ---- */

/* The track, which is told when it is new. Valid until the next one. */
static const struct timeline_track *track_at(struct timeline *timeline, uint64_t of,
					     const struct timeline_track *track)
{
	bool fresh;
	struct timeline_track *place =
		pidmap_put(&timeline->tracks, of, (uint32_t)track->kind, &fresh);

	if (place == NULL) {
		timeline->failed = true;
		return NULL;
	}
	if (fresh) {
		*place = *track;
		place->id = mix(of * 8 + (uint64_t)track->kind);
		timeline->writer->track(timeline->writer->user, place);
		place->name = NULL;
	}
	return place;
}

static uint64_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

static const struct timeline_track *known_track(const struct timeline *timeline, uint64_t of,
						enum timeline_track_kind kind)
{
	return pidmap_get(&timeline->tracks, of, (uint32_t)kind);
}

static uint64_t program_track(struct timeline *timeline)
{
	const struct timeline_track *program = known_track(timeline, 0, TRACK_PROGRAM);

	return program != NULL ? program->id : 0;
}

static uint64_t group_track(struct timeline *timeline, uint64_t pid)
{
	const char *group = source_group(timeline->source, pid);
	const struct timeline_track track = {
		.kind = TRACK_GROUP, .name = group, .parent = program_track(timeline)};
	const struct timeline_track *told = track_at(timeline, hash_text(group), &track);

	return told != NULL ? told->id : 0;
}

static const struct timeline_track *actor_track(struct timeline *timeline, uint64_t pid)
{
	const struct timeline_track *known = known_track(timeline, pid, TRACK_ACTOR);
	struct timeline_track track = {.kind = TRACK_ACTOR};
	char label[SOURCE_LABEL_SIZE];

	if (known != NULL)
		return known;
	track.parent = group_track(timeline, pid);
	track.name = source_label(timeline->source, pid, label);
	return track_at(timeline, pid, &track);
}

static const struct timeline_track *mailbox_track(struct timeline *timeline, uint64_t pid)
{
	const struct timeline_track *known = known_track(timeline, pid, TRACK_MAILBOX);
	const struct timeline_track *actor;
	struct timeline_track track = {.kind = TRACK_MAILBOX, .name = "mailbox"};

	if (known != NULL)
		return known;
	actor = actor_track(timeline, pid);
	if (actor == NULL)
		return NULL;
	track.parent = actor->id;
	return track_at(timeline, pid, &track);
}

static const struct timeline_track *thread_track(struct timeline *timeline, uint32_t thread)
{
	const struct timeline_track track = {
		.kind = TRACK_THREAD,
		.name = "thread",
		.parent = program_track(timeline),
		.pid = (int32_t)source_meta_int(timeline->source, "pid"),
		.tid = (int32_t)thread,
	};
	const struct timeline_track *known = known_track(timeline, thread, TRACK_THREAD);

	return known != NULL ? known : track_at(timeline, thread, &track);
}

static void tell_program(struct timeline *timeline)
{
	struct source *source = timeline->source;
	char *program = source_meta(source, "program");
	const struct timeline_track track = {
		.kind = TRACK_PROGRAM,
		.name = program != NULL ? program : "program",
		.pid = (int32_t)source_meta_int(source, "pid"),
	};
	sqlite3_stmt *row;

	track_at(timeline, 0, &track);
	free(program);
	if (sqlite3_prepare_v2(source->db, "SELECT thread, kind, tid, name FROM threads", -1, &row,
			       NULL) != SQLITE_OK)
		return;
	while (sqlite3_step(row) == SQLITE_ROW) {
		const char *kind = (const char *)sqlite3_column_text(row, 1);
		const char *name = (const char *)sqlite3_column_text(row, 3);
		struct timeline_track thread = track;

		thread.kind = TRACK_THREAD;
		thread.parent = program_track(timeline);
		thread.name = name != NULL && name[0] != '\0' ? name : kind;
		thread.tid = sqlite3_column_int(row, 2);
		if (thread.name != NULL)
			track_at(timeline, (uint64_t)sqlite3_column_int64(row, 0), &thread);
	}
	sqlite3_finalize(row);
}

/* ---- turns ---- */

struct args {
	struct timeline_arg list[ARGS_MAX];
	size_t count;
};

static void add_text(struct args *args, const char *name, const char *text)
{
	if (args->count < ARGS_MAX && text != NULL && text[0] != '\0')
		args->list[args->count++] = (struct timeline_arg){.name = name, .text = text};
}

static void add_number(struct args *args, const char *name, int64_t number)
{
	if (args->count < ARGS_MAX)
		args->list[args->count++] = (struct timeline_arg){.name = name, .number = number};
}

static const uint64_t *flows_out(struct timeline *timeline, const struct story_turn *told)
{
	if (told->send_count > timeline->flow_capacity) {
		uint64_t *flows =
			realloc(timeline->flows, told->send_count * sizeof(*timeline->flows));

		if (flows == NULL) {
			timeline->failed = true;
			return NULL;
		}
		timeline->flows = flows;
		timeline->flow_capacity = told->send_count;
	}
	for (size_t i = 0; i < told->send_count; i++)
		timeline->flows[i] = flow_of(told->turn.actor, told->sends[i].seq);
	return timeline->flows;
}

static void tell_waits(struct timeline *timeline, const struct story_turn *told,
		       const struct timeline_track *track)
{
	for (size_t i = 1; i < told->stretch_count; i++) {
		const struct timeline_slice wait = {
			.track = track,
			.from_ns = source_ns(timeline->source, told->stretches[i - 1].to),
			.to_ns = source_ns(timeline->source, told->stretches[i].from),
			.name = "wait",
			.category = "wait",
		};

		if (wait.to_ns > wait.from_ns)
			timeline->writer->slice(timeline->writer->user, &wait);
	}
}

static void tell_stretches(struct timeline *timeline, const struct story_turn *told)
{
	char label[SOURCE_LABEL_SIZE];

	source_label(timeline->source, told->turn.actor, label);
	for (size_t i = 0; i < told->stretch_count; i++) {
		const struct story_stretch *stretch = &told->stretches[i];
		const struct timeline_slice slice = {
			.track = thread_track(timeline, stretch->thread),
			.from_ns = source_ns(timeline->source, stretch->from),
			.to_ns = source_ns(timeline->source, stretch->to),
			.name = label,
			.category = "running",
		};

		if (slice.track != NULL)
			timeline->writer->slice(timeline->writer->user, &slice);
	}
}

static void add_message(struct timeline *timeline, const struct story_turn *told, struct args *args,
			char sender[SOURCE_LABEL_SIZE])
{
	const struct turn *turn = &told->turn;
	int64_t start = source_ns(timeline->source, turn->start);

	if (turn->event != ACTOR_EVENT_RECV)
		return;
	if (turn->sender != 0)
		add_text(args, "sender", source_label(timeline->source, turn->sender, sender));
	add_number(args, "seq", turn->seq);
	if (!turn->has_send)
		return;
	add_number(args, "queue_ns",
		   turn->start > turn->sent ? start - source_ns(timeline->source, turn->sent) : 0);
	add_number(args, "size", turn->size);
	add_number(args, "depth", turn->depth);
}

static int tell_turn(void *user, const struct story_turn *told)
{
	struct timeline *timeline = user;
	const struct turn *turn = &told->turn;
	const char *type = trace_type(timeline->source->trace, turn->tag);
	char sender[SOURCE_LABEL_SIZE];
	struct args args = {.count = 0};
	struct timeline_slice slice = {
		.track = actor_track(timeline, turn->actor),
		.from_ns = source_ns(timeline->source, turn->start),
		.name = type[0] != '\0' ? type : story_kind(turn),
		.category = story_kind(turn),
		.flow_in =
			turn->has_send && !turn->postponed ? flow_of(turn->sender, turn->seq) : 0,
		.flows_out = flows_out(timeline, told),
		.flow_out_count = told->send_count,
	};

	if (timeline->failed)
		return -ENOMEM;
	slice.to_ns = turn->end != 0 ? source_ns(timeline->source, turn->end) : slice.from_ns;
	add_number(&args, "turn", (int64_t)turn->id);
	add_message(timeline, told, &args, sender);
	if (turn->sends > 0)
		add_number(&args, "sends", turn->sends);
	if (turn->end == 0)
		add_text(&args, "end", "not known: events are missing, or the recording ended");
	slice.args = args.list;
	slice.arg_count = args.count;
	timeline->writer->slice(timeline->writer->user, &slice);
	tell_waits(timeline, told, slice.track);
	tell_stretches(timeline, told);
	return timeline->failed ? -ENOMEM : 0;
}

/* ---- mailboxes and what happens at one instant ---- */

static int tell_length(struct timeline *timeline, uint64_t pid, uint64_t time, int64_t length)
{
	const struct timeline_track *track = mailbox_track(timeline, pid);

	if (track == NULL)
		return -ENOMEM;
	timeline->writer->counter(timeline->writer->user, track, source_ns(timeline->source, time),
				  length);
	return 0;
}

static int tell_send(void *user, uint64_t sender, uint32_t seq, const struct send *send)
{
	struct timeline *timeline = user;
	int64_t *length = pidmap_put(&timeline->mailboxes, send->receiver, 0, NULL);

	(void)sender;
	(void)seq;
	if (length == NULL)
		return -ENOMEM;
	*length = send->depth;
	return tell_length(timeline, send->receiver, send->sent, *length);
}

static int tell_recv(struct timeline *timeline, const struct walk_event *event)
{
	int64_t *length = pidmap_get(&timeline->mailboxes, event->event->a, 0);

	if (length == NULL || *length == 0)
		return 0;
	--*length;
	return tell_length(timeline, event->event->a, event->time, *length);
}

static int tell_event(void *user, const struct walk_event *event)
{
	struct timeline *timeline = user;
	uint8_t kind = event->event->kind;
	enum event_slot actor = event_slot_of(kind, ACTOR_FIELD_ACTOR);
	enum event_slot reason = event_slot_of(kind, ACTOR_FIELD_REASON);
	enum event_slot length = event_slot_of(kind, ACTOR_FIELD_LENGTH);
	struct args args = {.count = 0};
	struct timeline_slice slice = {.is_instant = true, .category = "event"};
	char text[32];
	uint64_t pid;

	if (kind == ACTOR_EVENT_RECV)
		return tell_recv(timeline, event);
	pid = actor != EVENT_SLOT_COUNT ? event_slot_value(event->event, actor) : event->actor;
	if (pid == 0)
		return 0;
	slice.track = actor_track(timeline, pid);
	if (slice.track == NULL)
		return -ENOMEM;
	slice.name = event_kind_name(kind);
	slice.from_ns = slice.to_ns = source_ns(timeline->source, event->time);
	if (reason != EVENT_SLOT_COUNT)
		add_text(&args, "reason",
			 trace_reason((int64_t)event_slot_value(event->event, reason), text));
	if (length != EVENT_SLOT_COUNT)
		add_number(&args, "length", (int64_t)event_slot_value(event->event, length));
	slice.args = args.list;
	slice.arg_count = args.count;
	timeline->writer->slice(timeline->writer->user, &slice);
	return 0;
}

static void tell_gaps(struct timeline *timeline)
{
	struct timeline_track track = {
		.kind = TRACK_LOST, .name = "events lost", .parent = program_track(timeline)};
	sqlite3_stmt *row;

	if (sqlite3_prepare_v2(timeline->source->db,
			       "SELECT from_ns, to_ns, events, reason, thread FROM gaps", -1, &row,
			       NULL) != SQLITE_OK)
		return;
	while (sqlite3_step(row) == SQLITE_ROW) {
		struct args args = {.count = 0};
		struct timeline_slice slice = {
			.track = track_at(timeline, (uint64_t)sqlite3_column_int64(row, 4), &track),
			.from_ns = sqlite3_column_int64(row, 0),
			.to_ns = sqlite3_column_int64(row, 1),
			.name = "events lost",
			.category = "gap",
		};

		if (slice.track == NULL)
			break;
		if (slice.to_ns < slice.from_ns)
			slice.to_ns = slice.from_ns;
		if (sqlite3_column_type(row, 2) != SQLITE_NULL)
			add_number(&args, "events", sqlite3_column_int64(row, 2));
		add_text(&args, "reason", (const char *)sqlite3_column_text(row, 3));
		slice.args = args.list;
		slice.arg_count = args.count;
		timeline->writer->slice(timeline->writer->user, &slice);
	}
	sqlite3_finalize(row);
}

#define KIND(NAME) (UINT64_C(1) << ACTOR_EVENT_##NAME)

int timeline_tell(struct source *source, const struct timeline_writer *writer)
{
	struct timeline timeline = {.source = source, .writer = writer};
	const struct story_sink sink = {
		.user = &timeline,
		.turn = tell_turn,
		.send = tell_send,
		.event = tell_event,
		.kinds = KIND(RECV) | KIND(SPAWN) | KIND(EXIT) | KIND(RESTART) | KIND(GIVE_UP) |
			 KIND(DEAD_LETTER) | KIND(LATE_REPLY) | KIND(MAILBOX_HIGH) |
			 KIND(MAILBOX_LOW) | KIND(MAILBOX_DROP) | KIND(UNHANDLED) | KIND(STUCK),
	};
	int status;

	pidmap_init(&timeline.tracks, sizeof(struct timeline_track));
	pidmap_init(&timeline.mailboxes, sizeof(int64_t));
	tell_program(&timeline);
	tell_gaps(&timeline);
	status = story_tell(source, &sink);
	pidmap_finish(&timeline.tracks);
	pidmap_finish(&timeline.mailboxes);
	free(timeline.flows);
	return status;
}
