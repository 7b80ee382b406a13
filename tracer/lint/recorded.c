/* SPDX-License-Identifier: MIT */
#include "lint/recorded.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/decode.h"
#include "store/pidmap.h"
#include "store/walk.h"
#include "term/text.h"

/* So many looks at a silence; what stands then stands until something happens. */
#define SILENT_LOOKS 60

/* Messages whose number in a mailbox is kept: those that senders put there. */
#define MAILBOX_KINDS                                                    \
	(1u << ACTOR_MESSAGE_KIND_INFO | 1u << ACTOR_MESSAGE_KIND_CAST | \
	 1u << ACTOR_MESSAGE_KIND_CALL | 1u << ACTOR_MESSAGE_KIND_ALIASED)

/* An actor as the events so far tell of it. */
struct story {
	int64_t mailbox; /* below 0: what it has got will be seen to be sent */
	uint64_t handled;
	uint64_t since;   /* ticks: of the turn or call that goes on */
	uint64_t waiting; /* pid */
	uint64_t busy;    /* ticks, since the last look */
	uint16_t behaviour;
	uint16_t tag;
	uint8_t state; /* enum lint_state */
	bool outside;
	bool known; /* `mailbox` is */
};

struct recorded {
	struct trace *trace;
	struct decoder *decoder; /* NULL: no memory; then no type is known */
	struct lint_engine *engine;
	const struct recorded_sink *sink;
	struct pidmap stories; /* by pid */
	struct pidmap ended;   /* pids of those that are dead, while somebody may wait for them */
	uint64_t running[ACTOR_PLANE_THREADS_MAX]; /* whose turn it is on each ring */
	uint64_t behaviours[UINT16_MAX + 1];
	int64_t look_ns; /* of the last look */
	uint64_t look_ticks;
	bool begun;
};

/* ---- Words ----------------------------------------------------------------------------------- */

static void actor_text(void *user, uint64_t pid, uint16_t behaviour, char *text, size_t size)
{
	struct recorded *recorded = user;
	const struct trace_name *name;
	char raw[96];

	if (pid == 0) {
		snprintf(raw, sizeof(raw), "%s",
			 behaviour != 0 ? trace_behaviour(recorded->trace, behaviour)
					: "the program");
	} else {
		name = trace_name(recorded->trace, pid);
		if (name->name[0] != '\0')
			snprintf(raw, sizeof(raw), "%s", name->name);
		else if (name->behaviour[0] != '\0')
			snprintf(raw, sizeof(raw), "%s/%u", name->behaviour,
				 (unsigned)(pid & 0xffffff));
		else
			snprintf(raw, sizeof(raw), "%s", name->pid);
	}
	(void)text_safe(raw, text, size);
}

static void type_text(void *user, uint16_t tag, char *text, size_t size)
{
	struct recorded *recorded = user;

	(void)text_safe(tag != 0 ? trace_type(recorded->trace, tag) : "message", text, size);
}

static bool pointer_of(void *user, uint16_t tag, char *path, size_t size)
{
	struct recorded *recorded = user;
	char raw[LINT_TEXT / 2];
	uint32_t id;

	if (recorded->decoder == NULL || tag == 0 ||
	    decoder_find(recorded->decoder, DECODE_MESSAGE, trace_type(recorded->trace, tag),
			 &id) != 0 ||
	    !types_has_pointer(decoder_types(recorded->decoder), id, raw, sizeof(raw)))
		return false;
	(void)text_safe(raw, path, size);
	return true;
}

/* ---- Looks ----------------------------------------------------------------------------------- */

static uint64_t ns_between(const struct recorded *recorded, uint64_t from, uint64_t to)
{
	int64_t ns = to > from ? clock_span_ns(&recorded->trace->clock, from, to - from) : 0;

	return ns > 0 ? (uint64_t)ns : 0;
}

static struct lint_actor actor_of(const struct recorded *recorded, uint64_t pid,
				  const struct story *story, uint64_t now)
{
	struct lint_actor actor = {
		.pid = pid,
		.waiting_on = story->waiting,
		.mailbox = story->mailbox > 0 ? (uint64_t)story->mailbox : 0,
		.handled = story->handled,
		.behaviour = story->behaviour,
		.tag = story->tag,
		.state = story->state,
		.outside = story->outside,
	};

	if (story->state == LINT_STATE_IDLE && actor.mailbox > 0)
		actor.state = LINT_STATE_READY;
	if (story->state == LINT_STATE_RUNNING || story->state == LINT_STATE_CALLING)
		actor.turn_ns = ns_between(recorded, story->since, now);
	return actor;
}

struct look {
	const struct recorded *recorded;
	uint64_t now; /* ticks */
};

static bool look_at(void *user, uint64_t pid, struct lint_actor *ret_actor)
{
	const struct look *look = user;
	const struct story *story = pidmap_get(&look->recorded->stories, pid, 0);

	if (story == NULL) {
		/* One that nothing was heard of lives, but what it does is not known. */
		*ret_actor = (struct lint_actor){.state = LINT_STATE_OTHER};
		return pidmap_get(&look->recorded->ended, pid, 0) == NULL;
	}
	*ret_actor = actor_of(look->recorded, pid, story, look->now);
	return true;
}

/* How much of the window since the last look it has run. */
static double busy_of(const struct recorded *recorded, struct story *story,
		      const struct lint_actor *actor, uint64_t window_ns)
{
	uint64_t busy =
		ns_between(recorded, recorded->look_ticks, recorded->look_ticks + story->busy);

	if (actor->state == LINT_STATE_RUNNING)
		busy += actor->turn_ns < window_ns ? actor->turn_ns : window_ns;
	story->busy = 0;
	return window_ns > 0 ? (double)busy / (double)window_ns : 0;
}

static void look(struct recorded *recorded, int64_t at_ns)
{
	struct look look = {recorded, clock_ticks(&recorded->trace->clock, at_ns)};
	uint64_t window_ns = (uint64_t)(at_ns - recorded->look_ns);
	const struct lint_alert *gone;
	size_t position = 0, count;
	struct story *story;
	uint64_t pid;
	uint32_t number;

	lint_begin(recorded->engine, (uint64_t)at_ns);
	while ((story = pidmap_next(&recorded->stories, &position, &pid, &number)) != NULL) {
		struct lint_actor actor = actor_of(recorded, pid, story, look.now);

		actor.busy = busy_of(recorded, story, &actor, window_ns);
		if (lint_may_interest(actor.state == LINT_STATE_IDLE, actor.mailbox, actor.busy, 0,
				      0))
			lint_actor(recorded->engine, &actor);
	}
	for (unsigned i = 1; i <= UINT16_MAX; i++)
		if (recorded->behaviours[i] > 0)
			lint_behaviour(recorded->engine, (uint16_t)i, recorded->behaviours[i]);
	lint_end(recorded->engine, look_at, &look);
	gone = lint_gone(recorded->engine, &count);
	for (size_t i = 0; i < count; i++)
		recorded->sink->alert(recorded->sink->user, &gone[i]);
	recorded->look_ns = at_ns;
	recorded->look_ticks = look.now;
}

/* All looks that are due before something happens at that time. */
static void look_until(struct recorded *recorded, int64_t ns)
{
	if (!recorded->begun) {
		recorded->look_ns = ns > 0 ? ns : 0;
		recorded->begun = true;
		lint_begin(recorded->engine, (uint64_t)recorded->look_ns);
	}
	for (int i = 0; ns - recorded->look_ns >= (int64_t)LINT_WINDOW_NS; i++) {
		/* In the middle of a long silence nothing changes but how long it lasts. */
		if (i == SILENT_LOOKS)
			recorded->look_ns = ns - (int64_t)LINT_WINDOW_NS;
		look(recorded, recorded->look_ns + (int64_t)LINT_WINDOW_NS);
	}
}

/* ---- Stories --------------------------------------------------------------------------------- */

static struct story *story_of(struct recorded *recorded, uint64_t pid)
{
	return pid != 0 ? pidmap_put(&recorded->stories, pid, 0, NULL) : NULL;
}

static bool is_in_mailbox(const struct actor_event *event)
{
	return (MAILBOX_KINDS >> event_message_kind(event) & 1) != 0 && event->seq != 0;
}

/* The turn that went on on that ring is over, or waits. */
static void turn_end(struct recorded *recorded, uint32_t thread, uint64_t time)
{
	uint64_t pid = recorded->running[thread];
	struct story *story = pid != 0 ? pidmap_get(&recorded->stories, pid, 0) : NULL;
	uint64_t from;

	recorded->running[thread] = 0;
	if (story == NULL || story->state != LINT_STATE_RUNNING)
		return;
	/* What was before the last look has been counted there. */
	from = story->since > recorded->look_ticks ? story->since : recorded->look_ticks;
	if (time > from)
		story->busy += time - from;
	story->state = LINT_STATE_IDLE;
}

static void on_receive(struct recorded *recorded, const struct walk_event *event)
{
	const struct actor_event *record = event->event;
	struct story *story;

	turn_end(recorded, event->thread, record->c);
	story = story_of(recorded, record->a);
	if (story == NULL)
		return;
	recorded->running[event->thread] = record->a;
	story->state = LINT_STATE_RUNNING;
	story->since = record->c;
	story->waiting = 0;
	if (!event_is_continuation(record) || story->tag == 0)
		story->tag = record->tag;
	if (record->kind != ACTOR_EVENT_RECV)
		return;
	story->handled++;
	if (is_in_mailbox(record))
		story->mailbox--;
}

static void on_send(struct recorded *recorded, const struct actor_event *event)
{
	struct story *story = is_in_mailbox(event) ? story_of(recorded, event->a) : NULL;

	if (story == NULL)
		return;
	/* Where its birth was not seen the first send says how it stands. */
	if (!story->known)
		story->mailbox = (int64_t)(event->c >> 32) - 1;
	story->known = true;
	story->mailbox++;
}

static void on_wait(struct recorded *recorded, const struct walk_event *event)
{
	const struct actor_event *record = event->event;
	struct story *story;

	turn_end(recorded, event->thread, record->c);
	story = story_of(recorded, record->a);
	if (story == NULL)
		return;
	story->state = record->b != 0 ? LINT_STATE_CALLING : LINT_STATE_OTHER;
	story->waiting = record->b;
	story->since = record->c;
	if (record->tag != 0)
		story->tag = record->tag;
}

static void on_birth(struct recorded *recorded, const struct actor_event *event)
{
	struct story *story = story_of(recorded, event->a);

	if (story == NULL || story->behaviour != 0)
		return;
	story->behaviour = event->tag;
	story->known = true;
	recorded->behaviours[event->tag]++;
}

static void on_end(struct recorded *recorded, const struct actor_event *event)
{
	struct story story = {0};

	if (!pidmap_take(&recorded->stories, event->a, 0, &story))
		return;
	if (story.behaviour != 0 && recorded->behaviours[story.behaviour] > 0)
		recorded->behaviours[story.behaviour]--;
	(void)pidmap_put(&recorded->ended, event->a, 0, NULL);
}

static void on_event(struct recorded *recorded, const struct walk_event *event)
{
	const struct actor_event *record = event->event;

	switch (record->kind) {
	case ACTOR_EVENT_RECV:
	case ACTOR_EVENT_INPUT:
		on_receive(recorded, event);
		break;
	case ACTOR_EVENT_SEND:
		on_send(recorded, record);
		break;
	case ACTOR_EVENT_WAIT:
		on_wait(recorded, event);
		break;
	case ACTOR_EVENT_IDLE:
		turn_end(recorded, event->thread, record->c);
		break;
	case ACTOR_EVENT_SPAWN:
		on_birth(recorded, record);
		break;
	case ACTOR_EVENT_EXIT:
		turn_end(recorded, event->thread, record->c);
		on_end(recorded, record);
		break;
	case ACTOR_EVENT_POSTPONE: {
		struct story *story = story_of(recorded, record->a);

		if (story != NULL)
			story->mailbox++;
		break;
	}
	case ACTOR_EVENT_MAILBOX_DROP: {
		struct story *story = pidmap_get(&recorded->stories, record->a, 0);

		if (story != NULL)
			story->mailbox--;
		break;
	}
	case ACTOR_EVENT_RESTART:
		lint_incident(recorded->engine, LINT_RESTART_STORM,
			      (struct lint_subject){event->actor, 0}, 1, 0, NULL);
		break;
	default:
		break;
	}
	lint_event(recorded->engine, event->actor, record);
}

/* ---- The trace ------------------------------------------------------------------------------- */

/* What the tables know: whose birth was before the recording, and who is a thread of the program.
 */
static void load_actors(struct recorded *recorded)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(recorded->trace->db,
			       "SELECT pid, kind FROM main.actor WHERE kind = 3", -1, &statement,
			       NULL) != SQLITE_OK)
		return;
	while (sqlite3_step(statement) == SQLITE_ROW) {
		struct story *story =
			story_of(recorded, (uint64_t)sqlite3_column_int64(statement, 0));

		if (story != NULL)
			story->outside = true;
	}
	sqlite3_finalize(statement);
}

struct lost {
	int64_t ns;
	uint64_t events;
	char reason[64];
};

/* Gaps, by when they ended. Returns an array that the caller frees; NULL: there are none. */
static struct lost *load_gaps(struct recorded *recorded, size_t *ret_count)
{
	struct lost *list = NULL;
	sqlite3_stmt *statement;
	size_t count = 0;

	*ret_count = 0;
	if (sqlite3_prepare_v2(recorded->trace->db,
			       "SELECT coalesce(to_ticks, from_ticks, 0), coalesce(events, 1), "
			       "reason FROM main.gap ORDER BY 1",
			       -1, &statement, NULL) != SQLITE_OK)
		return NULL;
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const char *reason = (const char *)sqlite3_column_text(statement, 2);
		struct lost *more = realloc(list, (count + 1) * sizeof(*list));

		if (more == NULL)
			break;
		list = more;
		list[count].ns = clock_ns(&recorded->trace->clock,
					  (uint64_t)sqlite3_column_int64(statement, 0));
		list[count].events = (uint64_t)sqlite3_column_int64(statement, 1);
		(void)text_safe(reason != NULL ? reason : "", list[count].reason,
				sizeof(list[count].reason));
		count++;
	}
	sqlite3_finalize(statement);
	*ret_count = count;
	return list;
}

static void on_lost(struct recorded *recorded, const struct lost *lost)
{
	struct lint_detail detail = {0};

	snprintf(detail.more, sizeof(detail.more), ": %s", lost->reason);
	lint_incident(recorded->engine, LINT_TRACE_LOSSY, (struct lint_subject){0, 0}, lost->events,
		      0, &detail);
}

/* When the recording ended: its last event, or the last reading of its clocks. */
static int64_t end_of(const struct trace *trace, int64_t last_ns)
{
	const struct clock_line *clock = &trace->clock;
	int64_t read = clock->count > 0 ? clock->points[clock->count - 1].time_ns : 0;

	return read > last_ns ? read : last_ns;
}

static int play(struct recorded *recorded, char *error, size_t error_size)
{
	const struct codec_want want = codec_want_all();
	struct walk_event event;
	struct walk *walk;
	size_t gap_count = 0, gap = 0;
	struct lost *gaps;
	int64_t last_ns = 0;
	int status =
		walk_begin(recorded->trace->db, &walk_filter_all, &want, &walk, error, error_size);

	if (status != 0)
		return status;
	gaps = load_gaps(recorded, &gap_count);
	while ((status = walk_next(walk, &event)) == 1) {
		int64_t ns = clock_ns(&recorded->trace->clock, event.time);

		last_ns = ns > last_ns ? ns : last_ns;
		look_until(recorded, last_ns);
		for (; gap < gap_count && gaps[gap].ns <= last_ns; gap++)
			on_lost(recorded, &gaps[gap]);
		on_event(recorded, &event);
	}
	walk_end(walk);
	if (status == 0 && recorded->begun) {
		for (; gap < gap_count; gap++)
			on_lost(recorded, &gaps[gap]);
		last_ns = end_of(recorded->trace, last_ns);
		look_until(recorded, last_ns);
		if (last_ns > recorded->look_ns)
			look(recorded, last_ns);
	}
	free(gaps);
	return status;
}

static void tell_standing(struct recorded *recorded)
{
	size_t count;
	const struct lint_alert *alerts = lint_alerts(recorded->engine, &count);

	for (size_t i = 0; i < count; i++)
		recorded->sink->alert(recorded->sink->user, &alerts[i]);
}

int recorded_lint(struct trace *trace, const struct recorded_sink *sink, char *error,
		  size_t error_size)
{
	struct recorded *recorded = calloc(1, sizeof(*recorded));
	const struct lint_names names = {recorded, actor_text, type_text, pointer_of};
	int status = -ENOMEM;

	snprintf(error, error_size, "out of memory");
	if (recorded == NULL)
		return -ENOMEM;
	recorded->trace = trace;
	recorded->sink = sink;
	recorded->decoder = decoder_create(trace->db);
	recorded->engine = lint_create(&names);
	pidmap_init(&recorded->stories, sizeof(struct story));
	pidmap_init(&recorded->ended, 1);
	if (recorded->engine != NULL) {
		load_actors(recorded);
		status = play(recorded, error, error_size);
	}
	if (status == 0)
		tell_standing(recorded);
	pidmap_finish(&recorded->stories);
	pidmap_finish(&recorded->ended);
	lint_destroy(recorded->engine);
	decoder_destroy(recorded->decoder);
	free(recorded);
	return status;
}
