/* SPDX-License-Identifier: MIT */
#include "export/story.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_EVERY 16384 /* turns */

/* What a turn has done so far. */
struct doing {
	struct story_send *sends;
	struct story_stretch *stretches;
	size_t send_count;
	size_t send_capacity;
	size_t stretch_count;
	size_t stretch_capacity;
};

struct story {
	struct source *source;
	const struct story_sink *sink;
	struct pidmap doing; /* struct doing *, by turn */
	struct doing *spare; /* one that can be used again */
	int status;          /* the first failure */
	uint64_t turns;
};

static volatile sig_atomic_t stopped;

void story_stop(void)
{
	stopped = 1;
}

static struct doing *free_doing(struct doing *doing)
{
	if (doing != NULL) {
		free(doing->sends);
		free(doing->stretches);
		free(doing);
	}
	return NULL;
}

static void fail(struct story *story, int status)
{
	if (story->status == 0)
		story->status = status;
}

/* Room for one more element, or NULL. */
static void *grow(void *array, size_t count, size_t *capacity, size_t size)
{
	size_t more = *capacity == 0 ? 4 : *capacity * 2;

	if (count < *capacity)
		return array;
	array = realloc(array, more * size);
	if (array != NULL)
		*capacity = more;
	return array;
}

static struct doing *doing_of(struct story *story, const struct turn *turn)
{
	struct doing **place = pidmap_put(&story->doing, turn->id, 1, NULL);

	if (place == NULL)
		return NULL;
	if (*place == NULL) {
		*place = story->spare != NULL ? story->spare : calloc(1, sizeof(**place));
		story->spare = NULL;
	}
	return *place;
}

static void watch_stretch(void *user, const struct turn *turn, uint32_t thread, uint64_t from,
			  uint64_t to)
{
	struct story *story = user;
	struct doing *doing = doing_of(story, turn);
	struct story_stretch *stretches;

	if (doing == NULL) {
		fail(story, -ENOMEM);
		return;
	}
	stretches = grow(doing->stretches, doing->stretch_count, &doing->stretch_capacity,
			 sizeof(*stretches));
	if (stretches == NULL) {
		fail(story, -ENOMEM);
		return;
	}
	doing->stretches = stretches;
	stretches[doing->stretch_count++] =
		(struct story_stretch){.from = from, .to = to, .thread = thread};
}

static bool is_wanted(const struct story *story, uint64_t time)
{
	return time >= story->source->from && time <= story->source->to;
}

static bool is_wanted_send(const struct story *story, uint64_t sender, const struct send *send)
{
	struct source *source = story->source;

	return is_wanted(story, send->sent) && (source->tag < 0 || source->tag == send->tag) &&
	       (source_has_actor(source, sender) || source_has_actor(source, send->receiver));
}

static void watch_send(void *user, const struct turn *turn, uint64_t sender, uint32_t seq,
		       const struct send *send)
{
	struct story *story = user;
	struct story_send *sends;
	struct doing *doing;

	if (story->sink->send != NULL && is_wanted_send(story, sender, send))
		fail(story, story->sink->send(story->sink->user, sender, seq, send));
	if (turn == NULL || story->sink->turn == NULL)
		return;
	doing = doing_of(story, turn);
	if (doing != NULL && doing->send_count == STORY_SENDS_MAX)
		return;
	sends = doing != NULL ? grow(doing->sends, doing->send_count, &doing->send_capacity,
				     sizeof(*sends))
			      : NULL;
	if (sends == NULL) {
		fail(story, -ENOMEM);
		return;
	}
	doing->sends = sends;
	sends[doing->send_count++] = (struct story_send){.send = *send, .seq = seq};
}

static bool is_about(struct source *source, const struct walk_event *event)
{
	static const enum actor_field fields[] = {ACTOR_FIELD_ACTOR, ACTOR_FIELD_PEER,
						  ACTOR_FIELD_PARENT};

	if (source->actor == 0 && source->behaviour == NULL)
		return true;
	if (event->actor != 0 && source_has_actor(source, event->actor))
		return true;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		enum event_slot slot = event_slot_of(event->event->kind, fields[i]);

		if (slot != EVENT_SLOT_COUNT &&
		    source_has_actor(source, event_slot_value(event->event, slot)))
			return true;
	}
	return false;
}

static void watch_event(void *user, const struct walk_event *event)
{
	struct story *story = user;
	struct source *source = story->source;
	uint8_t kind = event->event->kind;

	if (story->status != 0 || kind >= ACTOR_EVENT_COUNT ||
	    (story->sink->kinds >> kind & 1) == 0 || !is_wanted(story, event->time) ||
	    !is_about(source, event))
		return;
	if (source->tag >= 0 && (event_field(kind, EVENT_SLOT_TAG) != ACTOR_FIELD_TAG ||
				 event->event->tag != source->tag))
		return;
	fail(story, story->sink->event(story->sink->user, event));
}

static uint64_t watch_begin(void *user, const struct turn *turn)
{
	struct story *story = user;

	return story->sink->begin(story->sink->user, turn);
}

static bool is_wanted_turn(const struct story *story, const struct turn *turn)
{
	struct source *source = story->source;

	return is_wanted(story, turn->start) && (source->tag < 0 || source->tag == turn->tag) &&
	       (source_has_actor(source, turn->actor) ||
		(turn->sender != 0 && source_has_actor(source, turn->sender)));
}

static void take_turn(struct story *story, const struct turn *turn)
{
	struct doing *doing = NULL;
	struct story_turn told = {.turn = *turn};

	pidmap_take(&story->doing, turn->id, 1, &doing);
	if (story->sink->turn != NULL && story->status == 0 && is_wanted_turn(story, turn)) {
		if (doing != NULL) {
			told.sends = doing->sends;
			told.send_count = doing->send_count;
			told.stretches = doing->stretches;
			told.stretch_count = doing->stretch_count;
		}
		fail(story, story->sink->turn(story->sink->user, &told));
	}
	if (doing == NULL)
		return;
	free_doing(story->spare);
	doing->send_count = 0;
	doing->stretch_count = 0;
	story->spare = doing;
}

static void tell_progress(struct story *story, const struct turn *turn)
{
	struct source *source = story->source;
	uint64_t from = source->from > source->first_ticks ? source->from : source->first_ticks;
	uint64_t to = source->to < source->last_ticks ? source->to : source->last_ticks;

	if (++story->turns % PROGRESS_EVERY == 0 && to > from && turn->start > from)
		source_progress(source, (double)(turn->start - from) / (double)(to - from));
}

static int run(struct story *story, struct turns *turns)
{
	const struct turn *turn;
	int status = 0;

	while (story->status == 0 && (status = turns_next(turns, &turn)) == 1) {
		take_turn(story, turn);
		tell_progress(story, turn);
		if (stopped)
			return -EINTR;
	}
	return story->status != 0 ? story->status : status;
}

int story_tell(struct source *source, const struct story_sink *sink)
{
	struct story story = {.source = source, .sink = sink};
	const struct turns_watch watch = {
		.user = &story,
		.begin = sink->begin != NULL ? watch_begin : NULL,
		.stretch = sink->turn != NULL ? watch_stretch : NULL,
		.send = watch_send,
		.event = sink->event != NULL ? watch_event : NULL,
	};
	const struct turns_options options = {
		.from = source->from,
		.to = source->to,
		.messages = true,
		.watch = &watch,
	};
	struct turns *turns = NULL;
	struct doing **doing;
	size_t position = 0;
	uint64_t key;
	uint32_t number;
	int status;

	source->error[0] = '\0';
	pidmap_init(&story.doing, sizeof(struct doing *));
	status = turns_begin(source->db, &options, &turns, source->error, sizeof(source->error));
	if (status == 0)
		status = run(&story, turns);
	turns_end(turns);
	while ((doing = pidmap_next(&story.doing, &position, &key, &number)) != NULL)
		free_doing(*doing);
	free_doing(story.spare);
	pidmap_finish(&story.doing);
	if (status != 0 && source->error[0] == '\0')
		snprintf(source->error, sizeof(source->error), "%s", strerror(-status));
	return status;
}

const char *story_kind(const struct turn *turn)
{
	const char *kind =
		turn->event == ACTOR_EVENT_RECV ? event_message_name(turn->message) : "input";

	return kind != NULL ? kind : "?";
}
