/* SPDX-License-Identifier: MIT */
#include "compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/layout.h"

#define BIT(NAME) (UINT64_C(1) << ACTOR_EVENT_##NAME)

/* What an actor does, but for messages sent, which are SEND or DEAD_LETTER as it happens. */
#define COMPARED                                                                         \
	(BIT(RECV) | BIT(SEND) | BIT(SPAWN) | BIT(EXIT) | BIT(WAIT) | BIT(TIMER_START) | \
	 BIT(TIMER_CANCEL) | BIT(LINK) | BIT(UNLINK) | BIT(MONITOR) | BIT(DEMONITOR) |   \
	 BIT(REGISTER) | BIT(UNREGISTER) | BIT(CLOCK) | BIT(OBSERVE) | BIT(RESTART) |    \
	 BIT(GIVE_UP) | BIT(JOIN) | BIT(LEAVE) | BIT(UNHANDLED) | BIT(POSTPONE) | BIT(INPUT))

/* An actor's recorded events that wait for their like, by place - 1. */
struct queue {
	uint64_t *places;
	size_t first, count, room;
	uint32_t sent_then; /* number of the last message */
	uint32_t sent_now;
	uint64_t step;  /* place of the step that runs now */
	bool outside;   /* not compared */
	bool thread;    /* of the program: what it has started is run */
	bool skips_now; /* up to its next step */
};

struct compare {
	struct recording *recording;
	const struct script_file *script;
	struct plane_view *plane;
	compare_found found;
	void *user;
	struct pidmap queues; /* struct queue by pid */
	uint64_t kinds;
	uint64_t cursor; /* recorded events that were looked at */
	uint64_t then;   /* whose turn it is there */
	uint64_t now[ACTOR_PLANE_THREADS_MAX];
	uint64_t turns;
	bool failed; /* out of memory */
};

struct compare *compare_create(struct recording *recording, const struct script_file *script,
			       compare_found found, void *user)
{
	struct compare *compare = calloc(1, sizeof(*compare));

	if (compare == NULL)
		return NULL;
	compare->recording = recording;
	compare->script = script;
	compare->found = found;
	compare->user = user;
	compare->kinds = COMPARED & recording->kinds;
	pidmap_init(&compare->queues, sizeof(struct queue));
	return compare;
}

uint64_t compare_events(const struct recording *recording)
{
	return (COMPARED & recording->kinds) | BIT(RECV) | BIT(INPUT) | BIT(EXIT) | BIT(WAIT) |
	       BIT(WAKE) | (recording->kinds & BIT(DEAD_LETTER));
}

struct compare *compare_destroy(struct compare *compare)
{
	size_t position = 0;
	struct queue *queue;
	uint64_t key;
	uint32_t number;

	if (compare == NULL)
		return NULL;
	while ((queue = pidmap_next(&compare->queues, &position, &key, &number)) != NULL)
		free(queue->places);
	pidmap_finish(&compare->queues);
	free(compare);
	return NULL;
}

void compare_plane(struct compare *compare, struct plane_view *plane)
{
	compare->plane = plane;
}

uint64_t compare_turns(const struct compare *compare)
{
	return compare->turns;
}

/* ---- Queues ------------------------------------------------------------------------------------
 */

static struct queue *queue_of(struct compare *compare, uint64_t pid)
{
	struct queue *queue = pidmap_put(&compare->queues, pid, 0, NULL);

	compare->failed = compare->failed || queue == NULL;
	return queue;
}

static void queue_add(struct compare *compare, struct queue *queue, uint64_t place)
{
	if (queue->count == queue->room) {
		size_t room = queue->room == 0 ? 8 : 2 * queue->room;
		uint64_t *places = malloc(room * sizeof(*places));

		if (places == NULL) {
			compare->failed = true;
			return;
		}
		for (size_t i = 0; i < queue->count; i++)
			places[i] = queue->places[(queue->first + i) & (queue->room - 1)];
		free(queue->places);
		queue->places = places;
		queue->first = 0;
		queue->room = room;
	}
	queue->places[(queue->first + queue->count++) & (queue->room - 1)] = place;
}

static uint64_t queue_take(struct queue *queue)
{
	uint64_t place = queue->places[queue->first];

	queue->first = (queue->first + 1) & (queue->room - 1);
	queue->count--;
	return place;
}

/*
 * A message that the actor sends: dead letters of its last words are others', and one to an alias
 * that is over is its receiver's.
 */
static bool is_own_letter(const struct actor_event *event, uint64_t actor, uint32_t sent)
{
	return event->kind == ACTOR_EVENT_DEAD_LETTER && event->b == actor && event->seq > sent &&
	       event_message_kind(event) != ACTOR_MESSAGE_KIND_ALIASED;
}

/* Whether it is compared, as an event of that actor. */
static bool is_compared(const struct compare *compare, const struct actor_event *event,
			uint64_t actor, uint32_t *sent)
{
	if (event->kind == ACTOR_EVENT_SEND && (compare->kinds & BIT(SEND)) != 0) {
		*sent = event->seq;
		return true;
	}
	if (event->kind == ACTOR_EVENT_DEAD_LETTER) {
		if ((compare->kinds & BIT(SEND)) == 0 || !is_own_letter(event, actor, *sent))
			return false;
		*sent = event->seq;
		return true;
	}
	return event->kind < 64 && (compare->kinds >> event->kind & 1) != 0;
}

/* Whose event it is, where an event says that itself; else whose turn it is. */
static uint64_t whose(const struct actor_event *event, uint64_t turn, uint64_t *ret_turn)
{
	switch (event->kind) {
	case ACTOR_EVENT_RECV:
	case ACTOR_EVENT_INPUT:
	case ACTOR_EVENT_EXIT:
		*ret_turn = event->a;
		return event->a;
	case ACTOR_EVENT_WAIT:
		*ret_turn = 0;
		return event->a;
	case ACTOR_EVENT_WAKE:
		*ret_turn = event->a != 0 ? event->a : turn;
		return 0;
	case ACTOR_EVENT_IDLE:
		*ret_turn = 0;
		return 0;
	case ACTOR_EVENT_CLOCK:
	case ACTOR_EVENT_OBSERVE:
		return event->a;
	case ACTOR_EVENT_SPAWN:
		return event->b != 0 ? event->b : event->a;
	default:
		return turn;
	}
}

/* Reads one recorded event into its actor's queue. False: there are no more. */
static bool read_recorded(struct compare *compare)
{
	const struct actor_event *event;
	uint64_t actor;
	struct queue *queue;

	if (compare->cursor >= compare->script->count)
		return false;
	event = &compare->script->events[compare->cursor++];
	actor = whose(event, compare->then, &compare->then);
	if (event->kind == ACTOR_EVENT_INPUT && event->a != compare->script->main_pid) {
		queue = queue_of(compare, actor); /* before the birth of a thread of the program */
		if (queue != NULL)
			queue->outside = true;
	}
	if (event->kind == ACTOR_EVENT_SPAWN) {
		struct queue *parent = event->b != 0 ? queue_of(compare, event->b) : NULL;

		bool foreign = (event->flags & ACTOR_EVENT_FOREIGN) != 0;

		if (foreign || (parent != NULL && parent->outside && !parent->thread)) {
			queue = queue_of(compare, event->a);
			if (queue != NULL)
				queue->outside = true;
			if (queue != NULL && event->b == 0)
				queue->thread = true;
		}
	}
	queue = actor != 0 ? queue_of(compare, actor) : NULL;
	if (queue != NULL && !queue->outside &&
	    is_compared(compare, event, actor, &queue->sent_then))
		queue_add(compare, queue, compare->cursor - 1);
	return true;
}

/* ---- One event with its like -------------------------------------------------------------------
 */

static bool same_behaviour(struct compare *compare, uint16_t then, uint16_t now)
{
	struct actor_plane_behaviour behaviour;
	char name[256];

	if (compare->plane == NULL)
		return true; /* the first moment */
	if (plane_view_behaviour(compare->plane, now, &behaviour) < 0 ||
	    plane_view_string(compare->plane, behaviour.name, name, sizeof(name)) < 0)
		return then == now;
	return strcmp(name, trace_behaviour(compare->recording->trace, then)) == 0;
}

static bool same_text(struct compare *compare, uint64_t then, uint64_t now)
{
	const char *recorded = trace_string(compare->recording->trace, (uint32_t)then);
	char text[256];

	if (compare->plane == NULL || recorded == NULL ||
	    plane_view_string(compare->plane, (uint32_t)now, text, sizeof(text)) < 0)
		return then == now;
	return strcmp(text, recorded) == 0;
}

/* A state may hold addresses; whoever looks at it is to know. */
static bool is_state(struct compare *compare, const struct actor_event *event)
{
	return event_message_kind(event) == ACTOR_MESSAGE_KIND_REPLY && event->tag != 0 &&
	       strcmp(trace_type(compare->recording->trace, event->tag), "sys_get_state") == 0;
}

static bool event_has_name(uint8_t kind)
{
	return kind == ACTOR_EVENT_REGISTER || kind == ACTOR_EVENT_UNREGISTER ||
	       kind == ACTOR_EVENT_JOIN || kind == ACTOR_EVENT_LEAVE;
}

/* What differs first, in words; NULL: nothing. */
static const char *difference(struct compare *compare, const struct actor_event *then,
			      const struct actor_event *now)
{
	bool letter = then->kind == ACTOR_EVENT_DEAD_LETTER || now->kind == ACTOR_EVENT_DEAD_LETTER;
	uint8_t kind = then->kind == ACTOR_EVENT_DEAD_LETTER ? ACTOR_EVENT_SEND : then->kind;

	if (kind != (now->kind == ACTOR_EVENT_DEAD_LETTER ? ACTOR_EVENT_SEND : now->kind))
		return "what it does";
	switch (kind) {
	case ACTOR_EVENT_RECV:
		return then->tag != now->tag       ? "message type"
		       : then->b != now->b         ? "sender"
		       : then->seq != now->seq     ? "number of the message"
		       : then->flags != now->flags ? "kind of message"
						   : NULL;
	case ACTOR_EVENT_SEND:
		return then->a != now->a                               ? "receiver"
		       : then->tag != now->tag                         ? "message type"
		       : (then->flags ^ now->flags) & 0x0f             ? "kind of message"
		       : then->seq != now->seq                         ? "number of the message"
		       : letter                                        ? NULL
		       : (uint32_t)then->c != (uint32_t)now->c         ? "size of the payload"
		       : then->b != now->b && !is_state(compare, then) ? "bytes of the payload"
								       : NULL;
	case ACTOR_EVENT_SPAWN:
		return !same_behaviour(compare, then->tag, now->tag) ? "behaviour"
		       : then->c != now->c                           ? "identity"
		       : then->a != now->a                           ? "pid"
								     : NULL;
	case ACTOR_EVENT_EXIT:
		return then->b != now->b ? "exit reason" : NULL;
	case ACTOR_EVENT_WAIT:
		return then->b != now->b       ? "whom it waits for"
		       : then->seq != now->seq ? "reference"
		       : then->tag != now->tag ? "message type"
					       : NULL;
	case ACTOR_EVENT_TIMER_START:
		return then->tag != now->tag   ? "message type"
		       : then->b != now->b     ? "delay"
		       : then->c != now->c     ? "interval"
		       : then->seq != now->seq ? "number of the timer"
					       : NULL;
	case ACTOR_EVENT_REGISTER:
	case ACTOR_EVENT_UNREGISTER:
	case ACTOR_EVENT_JOIN:
	case ACTOR_EVENT_LEAVE:
		return then->a != now->a                      ? "actor"
		       : !same_text(compare, then->b, now->b) ? "name"
							      : NULL;
	case ACTOR_EVENT_CLOCK:
		return NULL;
	case ACTOR_EVENT_OBSERVE:
		return then->seq != now->seq ? "shared fact that is read" : NULL;
	case ACTOR_EVENT_INPUT:
		return then->seq != now->seq ? "number of the input" : NULL;
	default:
		return then->a != now->a       ? "actor"
		       : then->b != now->b     ? "other actor"
		       : then->seq != now->seq ? "number"
		       : then->tag != now->tag ? "message type"
					       : NULL;
	}
}

/*
 * A message that leaves no trace where its receiver has just died: whether that was so is chance.
 * Its number is used up in any case, so that nothing else is hidden by that.
 */
static bool is_fleeting(const struct actor_event *event)
{
	static const uint32_t lasting =
		1u << ACTOR_MESSAGE_KIND_INFO | 1u << ACTOR_MESSAGE_KIND_CAST |
		1u << ACTOR_MESSAGE_KIND_CALL | 1u << ACTOR_MESSAGE_KIND_CONTINUE;

	return event->kind == ACTOR_EVENT_SEND && (lasting >> (event->flags & 0x0f) & 1) == 0;
}

static bool is_same_message(const struct actor_event *then, const struct actor_event *now)
{
	return then->kind == ACTOR_EVENT_SEND && now->kind == ACTOR_EVENT_SEND &&
	       then->seq == now->seq;
}

static int tell(struct compare *compare, enum divergence_kind kind, uint64_t actor, uint64_t step,
		uint64_t place, const struct actor_event *now, const char *field)
{
	struct divergence divergence = {
		.kind = kind,
		.actor = actor,
		.step = step,
		.place = place,
		.has_now = now != NULL,
		.field = field,
	};

	if (now != NULL)
		divergence.now = *now;
	if (now != NULL && event_has_name(now->kind) && compare->plane != NULL)
		(void)plane_view_string(compare->plane, (uint32_t)now->b, divergence.now_name,
					sizeof(divergence.now_name));
	return compare->found(compare->user, &divergence) != 0 ? -ECANCELED : 0;
}

static bool is_step(const struct actor_event *event)
{
	return event->kind == ACTOR_EVENT_RECV || event->kind == ACTOR_EVENT_INPUT;
}

/* The rest of a turn that has gone another way is not looked at, on either side. */
static void skip_turn(struct compare *compare, struct queue *queue)
{
	queue->skips_now = true;
	while (queue->count != 0 && !is_step(&compare->script->events[queue->places[queue->first]]))
		(void)queue_take(queue);
}

static int take_event(struct compare *compare, uint64_t actor, const struct actor_event *now)
{
	struct queue *queue = queue_of(compare, actor);
	const struct actor_event *then;
	const char *field;
	uint64_t place;
	int result;

	if (queue == NULL)
		return -ENOMEM;
	/* A thread that was too late for all that it did then. */
	if (now->kind == ACTOR_EVENT_INPUT && actor != compare->script->main_pid)
		queue->outside = true;
	if (is_step(now)) {
		compare->turns++;
		queue->skips_now = false;
		queue->step = now->kind == ACTOR_EVENT_RECV ? now->c : 0;
	}
	if (queue->skips_now || !is_compared(compare, now, actor, &queue->sent_now))
		return 0;
	while (queue->count == 0 && read_recorded(compare))
		queue = queue_of(compare, actor); /* the table may have moved */
	if (queue == NULL || compare->failed)
		return -ENOMEM;
	if (queue->outside)
		return 0;
	if (queue->count == 0) {
		/* Beyond what was recorded it may do what it likes, unless that was all. */
		if (!compare->recording->orderly || compare->script->cut || is_fleeting(now))
			return 0;
		queue->skips_now = true;
		return tell(compare, DIVERGENCE_EXTRA, actor, queue->step, 0, now, NULL);
	}
	place = queue->places[queue->first] + 1;
	then = &compare->script->events[place - 1];
	while (is_fleeting(then) && !is_same_message(then, now)) {
		(void)queue_take(queue);
		while (queue->count == 0 && read_recorded(compare))
			queue = queue_of(compare, actor);
		if (queue == NULL || queue->count == 0)
			return 0;
		place = queue->places[queue->first] + 1;
		then = &compare->script->events[place - 1];
	}
	if (is_fleeting(now) && !is_same_message(then, now))
		return 0;
	if (is_step(now) && !is_step(then)) {
		/* The turn before has done less than it did then. */
		result = tell(compare, DIVERGENCE_MISSING, actor, 0, place, NULL, NULL);
		skip_turn(compare, queue);
		queue->skips_now = false;
		if (result < 0 || queue->count == 0)
			return result;
		place = queue->places[queue->first] + 1;
		then = &compare->script->events[place - 1];
	} else if (!is_step(now) && is_step(then)) {
		queue->skips_now = true;
		return tell(compare, DIVERGENCE_EXTRA, actor, queue->step, 0, now, NULL);
	}
	if (now->kind == ACTOR_EVENT_INPUT)
		queue->step = place;
	(void)queue_take(queue);
	field = difference(compare, then, now);
	if (field == NULL)
		return 0;
	result = tell(compare, DIVERGENCE_DIFFERS, actor, queue->step, place, now, field);
	if (!is_step(now) || then->kind != now->kind)
		skip_turn(compare, queue);
	return result;
}

int compare_take(void *user, const struct stream_batch *batch)
{
	struct compare *compare = user;
	uint64_t *turn = &compare->now[batch->thread];
	int result = 0;

	if (*turn == 0)
		*turn = batch->actor;
	for (size_t i = 0; i < batch->count && result == 0; i++) {
		const struct actor_event *event = &batch->events[i];
		uint64_t actor = whose(event, *turn, turn);

		if (actor != 0)
			result = take_event(compare, actor, event);
	}
	return result;
}

/* The place of the step that the event at this place belongs to, for people. */
static uint64_t step_before(const struct compare *compare, uint64_t actor, uint64_t place)
{
	for (uint64_t i = place; i-- > 0;) {
		const struct actor_event *event = &compare->script->events[i];

		if (is_step(event) && event->a == actor)
			return i + 1;
	}
	return 0;
}

int compare_finish(struct compare *compare, bool whole)
{
	int result = 0;

	(void)whole;
	while (read_recorded(compare))
		;
	for (;;) {
		size_t position = 0;
		uint64_t key, first_pid = 0, first = UINT64_MAX;
		uint32_t number;
		struct queue *queue;
		bool step;

		/* By the place in the recording: what is told first is what was missed first. */
		while ((queue = pidmap_next(&compare->queues, &position, &key, &number)) != NULL) {
			while (queue->count != 0 &&
			       is_fleeting(&compare->script->events[queue->places[queue->first]]))
				(void)queue_take(queue);
			if (queue->count != 0 && queue->places[queue->first] < first) {
				first = queue->places[queue->first];
				first_pid = key;
			}
		}
		if (first == UINT64_MAX || result != 0)
			break;
		queue = pidmap_get(&compare->queues, first_pid, 0);
		step = is_step(&compare->script->events[first]);
		result = tell(compare, step ? DIVERGENCE_UNSENT : DIVERGENCE_MISSING, first_pid,
			      step_before(compare, first_pid, first + 1), first + 1, NULL, NULL);
		queue->count = 0; /* the rest of it follows from that */
	}
	return result;
}
