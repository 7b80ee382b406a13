/* SPDX-License-Identifier: MIT */
/* Going about: single steps, places, breakpoints, both ways. */
#include "debug/debug.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/seek.h"
#include "term/time.h"

bool debug_number(const char *word, uint64_t *ret_number)
{
	char *end;

	if (word == NULL || word[0] < '0' || word[0] > '9')
		return false;
	errno = 0;
	*ret_number = strtoull(word, &end, 10);
	return errno == 0 && *end == '\0';
}

static void say_stop(struct debug *debug, uint32_t hit)
{
	if (hit != 0)
		printf("breakpoint %" PRIu32 ": ", hit);
	if (debug->timeline.crashed)
		printf("the program crashes in this turn: ");
	debug_where(debug);
}

/* Goes and says where that is. */
static int go(struct debug *debug, uint64_t count, bool stop)
{
	uint32_t hit = 0;
	int status = timeline_go(&debug->timeline, count, stop, &hit);

	if (status != 0)
		return debug_say_timeline(debug, status);
	say_stop(debug, hit);
	return 0;
}

/* ---- Steps ------------------------------------------------------------------------------------
 */

/* Until the same actor is about to run again, in either direction. */
static int step_actor(struct debug *debug, uint64_t actor, uint64_t times, bool back)
{
	struct timeline *timeline = &debug->timeline;
	const struct actor_control_break what = {.actor = actor};
	uint64_t begin = timeline_count(timeline);
	struct timeline_break kept[TIMELINE_BREAKS_MAX];
	uint32_t kept_count = timeline->break_count;
	uint32_t hit = 0;
	int status;

	if (actor == 0)
		return debug_say(debug, -ENOENT, "nobody is about to run here");
	/* The user's breakpoints are left aside: this is a step. */
	memcpy(kept, timeline->breaks, kept_count * sizeof(kept[0]));
	timeline->break_count = 0;
	(void)timeline_break(timeline, UINT32_MAX, &what);
	for (status = 0; times > 0 && status == 0; times--) {
		status = back ? timeline_reverse(timeline, UINT32_MAX, false, &hit)
			      : timeline_go(timeline, UINT64_MAX, true, &hit);
		if (hit == 0)
			break;
	}
	memcpy(timeline->breaks, kept, kept_count * sizeof(kept[0]));
	timeline->break_count = kept_count;
	if (status != 0)
		return debug_say_timeline(debug, status);
	if (hit == 0 && back) {
		status = timeline_go(timeline, begin, false, NULL);
		if (status != 0)
			return debug_say_timeline(debug, status);
		return debug_say(debug, -ENOENT, "it has not run before");
	}
	say_stop(debug, 0);
	return 0;
}

/* The event of the trace that the step is. */
static int find_event(struct debug *debug, uint64_t step, struct walk_event *ret_event,
		      struct actor_event *ret_record)
{
	const struct actor_event *wanted;
	struct codec_want all = codec_want_all();
	struct walk_filter filter = walk_filter_all;
	struct walk_event event;
	struct walk *walk;
	char error[256];
	int status;

	if (step == 0 || step > debug->event_count)
		return -ENOENT;
	wanted = &debug->events[step - 1];
	filter.actor = wanted->a;
	filter.from = filter.to = wanted->c;
	status = walk_begin(debug->db, &filter, &all, &walk, error, sizeof(error));
	if (status != 0)
		return status;
	while ((status = walk_next(walk, &event)) == 1) {
		if (memcmp(event.event, wanted, sizeof(*wanted)) != 0)
			continue;
		*ret_record = *event.event;
		*ret_event = event;
		ret_event->event = ret_record;
		break;
	}
	walk_end(walk);
	return status == 1 ? 0 : status == 0 ? -ENOENT : status;
}

int debug_event_id(struct debug *debug, uint64_t step, uint64_t *ret_id)
{
	struct walk_event event;
	struct actor_event record;
	int status = find_event(debug, step, &event, &record);

	if (status == 0)
		*ret_id = event.id;
	return status;
}

/* To the turn that gets what this one sends first. */
static int step_message(struct debug *debug)
{
	struct timeline *timeline = &debug->timeline;
	struct seek seek;
	struct seek_event at;
	struct actor_control_break what = {.actor = 0};
	uint32_t seq;
	uint64_t id;
	uint32_t hit = 0;
	char error[256];
	int status = debug_event_id(debug, timeline->where.step, &id);

	if (status != 0)
		return debug_say(debug, status, "the trace does not have this turn");
	status = seek_begin(&seek, debug->db, error, sizeof(error));
	if (status == 0)
		status = seek_event(&seek, id, &at);
	while (status == 1) {
		status = seek_next_output(&seek, &at);
		if (status != 1 || at.event.kind == ACTOR_EVENT_SEND)
			break;
	}
	seek_end(&seek);
	if (status != 1)
		return debug_say(debug, -ENOENT, "this turn sends nothing");
	what.actor = at.event.a;
	what.sender = timeline->where.actor;
	seq = at.event.seq;
	{
		struct timeline_break kept[TIMELINE_BREAKS_MAX];
		uint32_t kept_count = timeline->break_count;

		memcpy(kept, timeline->breaks, kept_count * sizeof(kept[0]));
		timeline->break_count = 0;
		(void)timeline_break(timeline, UINT32_MAX, &what);
		do
			status = timeline_go(timeline, UINT64_MAX, true, &hit);
		while (status == 0 && hit != 0 && timeline->where.seq != seq);
		memcpy(timeline->breaks, kept, kept_count * sizeof(kept[0]));
		timeline->break_count = kept_count;
	}
	if (status != 0)
		return debug_say_timeline(debug, status);
	say_stop(debug, 0);
	return 0;
}

int debug_step(struct debug *debug, const struct debug_words *words)
{
	struct timeline *timeline = &debug->timeline;
	const char *what = words->count > 1 ? words->word[1] : "turn";
	uint64_t times = 1;
	bool has_number = debug_number(words->word[words->count - 1], &times) && words->count > 1;

	if (timeline->at_end)
		return debug_say(debug, -ENOENT, "this is the end; `back` goes back");
	if (timeline->crashed)
		return debug_say(debug, -ENOENT,
				 "the program crashes in this turn; actor-replay gdb "
				 "--at end shows where");
	if (strcmp(what, "actor") == 0)
		return step_actor(debug, timeline->where.actor, times, false);
	if (strcmp(what, "message") == 0)
		return step_message(debug);
	if (strcmp(what, "turn") != 0 && !(has_number && words->count == 2))
		return debug_say(debug, -EINVAL, "step [turn|actor|message] [N]");
	return go(debug, timeline_count(timeline) + times, false);
}

int debug_back(struct debug *debug, const struct debug_words *words)
{
	uint64_t count = timeline_count(&debug->timeline);
	uint64_t times = 1;
	bool has_number = words->count > 1 && debug_number(words->word[words->count - 1], &times);

	if (words->count > 1 && strcmp(words->word[1], "actor") == 0)
		return step_actor(debug, debug->timeline.where.actor, times, true);
	if (words->count > 1 && strcmp(words->word[1], "turn") != 0 &&
	    !(has_number && words->count == 2))
		return debug_say(debug, -EINVAL, "back [turn|actor] [N]");
	if (count == 0)
		return debug_say(debug, -ENOENT, "this is the beginning");
	return go(debug, times < count ? count - times : 0, false);
}

/* ---- Places -----------------------------------------------------------------------------------
 */

int64_t debug_time(struct debug *debug, uint64_t step)
{
	if (step == 0 || step > debug->event_count)
		return -1;
	return clock_ns(&debug->trace->clock, debug->events[step - 1].c);
}

/* Whether a replay stops before the step: what stands for the outside is not run. */
static bool is_run(const struct debug *debug, const struct actor_event *event)
{
	if (event->kind == ACTOR_EVENT_INPUT)
		return event->a == debug->main_pid;
	return event->kind == ACTOR_EVENT_RECV && pidmap_get(debug->outside, event->a, 0) == NULL;
}

/*
 * The first step that is not before a time. Events are in order of time on each thread alone, so
 * all are looked at: what ends main stands early among them and is late.
 */
uint64_t debug_step_at(struct debug *debug, int64_t time_ns)
{
	uint64_t ticks = clock_ticks(&debug->trace->clock, time_ns);
	uint64_t first = UINT64_MAX, found = 0;

	for (uint64_t i = 0; i < debug->event_count; i++) {
		const struct actor_event *event = &debug->events[i];

		if (event->c >= ticks && event->c < first && is_run(debug, event)) {
			first = event->c;
			found = i + 1;
		}
	}
	return found;
}

uint64_t debug_event_of(const struct debug *debug, uint64_t step)
{
	return step == 0 || step > debug->event_count ? step : debug->numbers[step - 1];
}

/* The first step that is not before an event of the recording, as the viewer counts them. */
static uint64_t step_of_event(const struct debug *debug, uint64_t number)
{
	uint64_t low = 0, high = debug->event_count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (debug->numbers[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low + 1;
}

int debug_goto(struct debug *debug, const struct debug_words *words)
{
	const char *where = words->count > 1 ? words->word[1] : "";
	uint64_t number;
	int64_t time_ns;
	int status;

	if (strcmp(where, "start") == 0)
		return go(debug, 0, false);
	if (strcmp(where, "end") == 0)
		return go(debug, UINT64_MAX, false);
	if (debug_number(where, &number))
		return go(debug, number == 0 ? 0 : number - 1, false);
	if (where[0] == '@' && debug_number(where + 1, &number)) {
		number = step_of_event(debug, number);
	} else if (time_parse(where, &time_ns)) {
		number = debug_step_at(debug, time_ns);
		if (number == 0)
			return go(debug, UINT64_MAX, false);
	} else {
		return debug_say(debug, -EINVAL,
				 "goto wants the number of a turn (1200), a time (1.5s, 200ms), an "
				 "event of the recording (@3400), start or end");
	}
	while (number > 0 && number < debug->event_count &&
	       !is_run(debug, &debug->events[number - 1]))
		number++;
	status = timeline_go_step(&debug->timeline, number);
	if (status != 0)
		return debug_say_timeline(debug, status);
	debug_where(debug);
	return 0;
}

/* ---- Breakpoints ------------------------------------------------------------------------------
 */

int debug_continue(struct debug *debug, const struct debug_words *words)
{
	int status;

	(void)words;
	if (debug->timeline.at_end)
		return debug_say(debug, -ENOENT, "this is the end");
	debug->timeline.stop_step = debug_next_alert(debug, debug->timeline.where.step, false);
	status = go(debug, UINT64_MAX, true);
	debug->timeline.stop_step = 0;
	return status;
}

int debug_reverse_continue(struct debug *debug, const struct debug_words *words)
{
	struct timeline *timeline = &debug->timeline;
	/* The end is behind all steps. */
	uint64_t begin = timeline->at_end ? UINT64_MAX : timeline->where.step;
	uint64_t alert = debug_next_alert(debug, begin, true);
	uint32_t hit = 0;
	int status;

	(void)words;
	if (timeline_count(timeline) == 0)
		return debug_say(debug, -ENOENT, "this is the beginning");
	status = timeline_reverse(timeline, 0, false, &hit);
	if (status != 0)
		return debug_say_timeline(debug, status);
	if (alert != 0 && alert < begin && (hit == 0 || timeline->where.step < alert)) {
		status = timeline_go_step(timeline, alert);
		hit = 0;
		if (status != 0)
			return debug_say_timeline(debug, status);
	}
	say_stop(debug, hit);
	return 0;
}

/* ---- Where a field got its value --------------------------------------------------------------
 */

static void print_field(struct debug *debug, const char *label, const struct debug_value *value)
{
	char *text = NULL;

	if (types_get_text(debug->types, &value->field, value->bytes, value->size, TYPES_FORM_LINE,
			   &text) == 0 ||
	    text != NULL)
		printf("%s%s\n", label, text);
	free(text);
}

static int find_change(struct debug *debug, const char *path, struct debug_value *value)
{
	struct timeline *timeline = &debug->timeline;
	struct actor_control_break what = {.actor = value->pid,
					   .compare = ACTOR_CONTROL_CHANGED,
					   .offset = (uint32_t)value->field.offset,
					   .size = (uint32_t)value->field.size};
	struct timeline_break kept[TIMELINE_BREAKS_MAX];
	uint32_t kept_count = timeline->break_count;
	uint64_t begin = timeline_count(timeline);
	uint32_t hit = 0;
	int status;

	memcpy(kept, timeline->breaks, kept_count * sizeof(kept[0]));
	timeline->break_count = 0;
	(void)timeline_break(timeline, UINT32_MAX, &what);
	status = timeline_reverse(timeline, UINT32_MAX, true, &hit);
	memcpy(timeline->breaks, kept, kept_count * sizeof(kept[0]));
	timeline->break_count = kept_count;
	if (status == 0 && hit == 0) {
		status = timeline_go(timeline, begin, false, NULL);
		if (status == 0)
			return debug_say(
				debug, -ENOENT,
				"%s has not changed before this: it is as it was at birth, "
				"or at the beginning",
				path);
	}
	if (status == 0) /* it stands behind the turn that did it */
		status = timeline_go(timeline, timeline_count(timeline) - 1, false, NULL);
	return status != 0 ? debug_say_timeline(debug, status) : 0;
}

int debug_last_change(struct debug *debug, const struct debug_words *words)
{
	struct debug_value now;
	struct debug_value before;
	int status;

	if (words->count != 2)
		return debug_say(debug, -EINVAL, "last-change self->FIELD");
	if (!debug_value(debug, words->word[1], &now))
		return -ENOENT;
	if (now.is_message || now.field.size == 0 || now.field.size > 64) {
		debug_value_finish(&now);
		return debug_say(debug, -EINVAL,
				 "last-change wants a field of a state, of at most 64 bytes");
	}
	status = find_change(debug, words->word[1], &now);
	if (status == 0) {
		debug_where(debug);
		before = now;
		if (debug_state(debug, &debug->timeline.now, now.pid, &before.bytes,
				&before.size) == 0) {
			printf("this turn changes %s\n", words->word[1]);
			print_field(debug, "  from ", &before);
			print_field(debug, "  to   ", &now);
			debug_value_finish(&before);
		}
	}
	debug_value_finish(&now);
	return status;
}
