/* SPDX-License-Identifier: MIT */
#include "attach/choice.h"

#include <errno.h>
#include <stdlib.h>

#include "attach/held.h"
#include "attach/payload.h"
#include "attach/roots.h"
#include "store/layout.h"
#include "store/pidmap.h"

/* Events put together for the sink; one that comes in can become three. */
#define OUT_EVENTS 8192

/* A ring that is held gives up waiting when it holds so many events, or was tried so often. */
#define HELD_MAX  131072
#define TRIES_MAX 8

#define BIT(NAME) (UINT64_C(1) << ACTOR_EVENT_##NAME)

struct lane {
	bool begun;
	uint64_t expected; /* the ring's number of the next event */
	uint64_t next;     /* the file's */

	/* The turn that runs. */
	uint64_t actor;
	enum root root;
	bool kept;        /* all of it */
	bool open;        /* the file knows of it */
	uint64_t stamp;   /* of the next send */
	uint64_t closing; /* ticks; not 0: an OMITTED event is due */
	struct actor_event opening;
	struct payload payload;

	struct held held;
	unsigned tries;
};

struct choice {
	struct choice_options options;
	struct choice_sink sink;
	struct subjects *subjects; /* NULL: no filter */
	struct roots *roots;       /* NULL: no sample */
	struct pidmap waits;       /* uint8_t: whether the turn that waits is kept, by actor */
	struct lane lanes[ACTOR_PLANE_THREADS_MAX];
	uint64_t omitted;

	/* On their way to the sink: consecutive, of one lane. */
	struct trace_context context;
	size_t count;
	struct actor_event out[OUT_EVENTS];
};

/* Nothing is chosen but kinds. */
static bool choice_is_plain(const struct choice *choice)
{
	return choice->subjects == NULL && choice->roots == NULL;
}

/* ---- Towards the sink ---------------------------------------------------------------------- */

static int flush(struct choice *choice, struct lane *lane)
{
	uint32_t thread = (uint32_t)(lane - choice->lanes);
	size_t count = choice->count;

	choice->count = 0;
	if (count == 0)
		return 0;
	return choice->sink.events(choice->sink.user, thread, &choice->context, choice->out, count);
}

static int put(struct choice *choice, struct lane *lane, const struct actor_event *event)
{
	if (choice->count == 0) {
		choice->context.first = lane->next;
		choice->context.actor = lane->open ? lane->actor : 0;
		choice->context.turn_time = lane->open ? lane->opening.c : 0;
	}
	choice->out[choice->count++] = *event;
	lane->next++;
	return choice->count == OUT_EVENTS ? flush(choice, lane) : 0;
}

/* Ends the last turn that was kept, where events that are left out have followed it. */
static int put_closing(struct choice *choice, struct lane *lane)
{
	const struct actor_event omitted = {.kind = ACTOR_EVENT_OMITTED, .c = lane->closing};

	if (lane->closing == 0)
		return 0;
	lane->closing = 0;
	return put(choice, lane, &omitted);
}

static int keep(struct choice *choice, struct lane *lane, const struct actor_event *event)
{
	bool turn = event->kind == ACTOR_EVENT_RECV || event->kind == ACTOR_EVENT_INPUT;
	int result = 0;

	if (turn && event->c == lane->closing)
		lane->closing = 0; /* it does follow, after all */
	else
		result = put_closing(choice, lane);
	return result == 0 ? put(choice, lane, event) : result;
}

/* What follows is left out. */
static void close_turn(struct lane *lane, uint64_t ticks)
{
	if (lane->open)
		lane->closing = ticks;
	lane->open = false;
}

/* ---- What is chosen ------------------------------------------------------------------------ */

static bool match(struct choice *choice, uint64_t actor, uint16_t tag)
{
	return choice->subjects == NULL || subjects_match(choice->subjects, actor, tag);
}

/* Events that say something about an actor other than the one whose turn it is. */
static bool is_about(struct choice *choice, const struct lane *lane,
		     const struct actor_event *event)
{
	if (choice->subjects == NULL || lane->root == ROOT_LEFT)
		return false;
	switch (event->kind) {
	case ACTOR_EVENT_SEND:
	case ACTOR_EVENT_DEAD_LETTER:
	case ACTOR_EVENT_MAILBOX_DROP:
		return match(choice, event->a, event->tag);
	case ACTOR_EVENT_SPAWN:
	case ACTOR_EVENT_EXIT:
	case ACTOR_EVENT_RESTART:
	case ACTOR_EVENT_GIVE_UP:
	case ACTOR_EVENT_REGISTER:
	case ACTOR_EVENT_UNREGISTER:
		return match(choice, event->a, 0);
	default:
		return false;
	}
}

/* A RECV or INPUT. False: it has to wait until more is known. */
static bool choose_turn(struct choice *choice, struct lane *lane, const struct actor_event *event,
			bool force)
{
	bool input = event->kind == ACTOR_EVENT_INPUT;
	uint8_t message = event_message_kind(event), kept;
	enum root root = ROOT_KEPT;

	if (choice->subjects != NULL && !input && !force && message == ACTOR_MESSAGE_KIND_INIT &&
	    !subjects_knows(choice->subjects, event->a))
		return false;
	if (choice->roots != NULL && input)
		root = roots_begin(choice->roots, event->a, event->seq);
	else if (choice->roots != NULL)
		root = roots_take(choice->roots, event, force);
	if (root == ROOT_UNKNOWN)
		return false;
	lane->root = root;
	if (input || !event_is_continuation(event) ||
	    !pidmap_take(&choice->waits, event->a, 0, &kept))
		kept = root == ROOT_KEPT && match(choice, event->a, event->tag);
	lane->kept = kept != 0;
	return true;
}

static int open_turn(struct choice *choice, struct lane *lane, const struct actor_event *event)
{
	int result = 0;

	if (!lane->kept) {
		close_turn(lane, event->c);
		choice->omitted++;
	}
	lane->actor = event->a;
	lane->opening = *event;
	lane->payload.size = 0;
	if (result == 0 && lane->kept) {
		result = keep(choice, lane, event);
		lane->open = true;
	}
	return result;
}

/* The turn waits, ends, or the thread has nothing to do. */
static int end_turn(struct choice *choice, struct lane *lane, const struct actor_event *event)
{
	bool open = lane->open;
	uint8_t *kept;
	int result = 0;

	if (event->kind == ACTOR_EVENT_WAIT) {
		kept = pidmap_put(&choice->waits, event->a, 0, NULL);
		if (kept == NULL)
			return -ENOMEM;
		*kept = lane->kept;
	}
	if (open)
		result = keep(choice, lane, event);
	else
		choice->omitted++;
	lane->open = false;
	/* An actor's last words come after its end and are still its own. */
	if (event->kind == ACTOR_EVENT_EXIT && lane->kept && open)
		lane->open = true;
	return result;
}

/* An event of the turn that runs. */
static int take_inner(struct choice *choice, struct lane *lane, const struct actor_event *event)
{
	const struct actor_event stamp = {.kind = ACTOR_EVENT_STAMP, .c = lane->stamp};
	int result = 0;

	lane->stamp = event->kind == ACTOR_EVENT_STAMP ? event->c : 0;
	if (!lane->kept && !is_about(choice, lane, event)) {
		choice->omitted++;
		return 0;
	}
	if (!lane->open && lane->opening.kind != 0) {
		/* Who did it is worth knowing, though not all that it did. */
		result = keep(choice, lane, &lane->opening);
		choice->omitted--;
		lane->open = true;
	}
	if (result == 0 && !lane->kept && stamp.c != 0) {
		result = keep(choice, lane, &stamp);
		choice->omitted--;
	}
	return result == 0 ? keep(choice, lane, event) : result;
}

static int take_payload(struct choice *choice, struct lane *lane, const struct actor_event *event)
{
	if (event->kind == ACTOR_EVENT_PAYLOAD)
		return payload_add(&lane->payload, event, choice->options.payload_max);
	if (lane->payload.size == 0 || event->seq != lane->payload.number)
		return 0;
	if (event->kind != ACTOR_EVENT_SEND && event->kind != ACTOR_EVENT_DEAD_LETTER &&
	    event->kind != ACTOR_EVENT_MAILBOX_DROP)
		return 0;
	if (choice->sink.payload == NULL || (!lane->kept && !is_about(choice, lane, event))) {
		lane->payload.size = 0;
		return 0;
	}
	return payload_give(&lane->payload, lane->actor, choice->sink.payload, choice->sink.user);
}

/* 1: it has to wait; 0, or what the sink returned. */
static int take_event(struct choice *choice, struct lane *lane, const struct actor_event *event,
		      bool force)
{
	bool wanted =
		event->kind < ACTOR_EVENT_COUNT && (choice->options.events >> event->kind & 1) != 0;
	bool turn = event->kind == ACTOR_EVENT_RECV || event->kind == ACTOR_EVENT_INPUT;
	int result = take_payload(choice, lane, event);

	if (result < 0 || event->kind == ACTOR_EVENT_PAYLOAD)
		return result;
	if (choice->subjects != NULL)
		result = subjects_learn(choice->subjects, event);
	if (result < 0)
		return result;
	if (choice->roots != NULL)
		roots_note(choice->roots, lane->actor, event, lane->root);
	if (turn && !choose_turn(choice, lane, event, force))
		return 1;
	if (!wanted) {
		if (turn) {
			lane->actor = event->a;
			lane->opening = *event;
		}
		return 0;
	}
	if (choice_is_plain(choice)) {
		if (turn) {
			lane->actor = event->a;
			lane->opening = *event;
			lane->open = true;
		}
		return keep(choice, lane, event);
	}
	switch (event->kind) {
	case ACTOR_EVENT_RECV:
	case ACTOR_EVENT_INPUT:
		return open_turn(choice, lane, event);
	case ACTOR_EVENT_WAIT:
	case ACTOR_EVENT_EXIT:
	case ACTOR_EVENT_IDLE:
	case ACTOR_EVENT_WAKE:
		if (event->kind == ACTOR_EVENT_EXIT && !lane->open && is_about(choice, lane, event))
			return keep(choice, lane, event);
		return end_turn(choice, lane, event);
	case ACTOR_EVENT_MODE:
		return keep(choice, lane, event);
	default:
		return take_inner(choice, lane, event);
	}
}

/* ---- Batches -------------------------------------------------------------------------------- */

/* Goes on with a lane: returns how many events were dealt with, or what the sink returned. */
static int64_t take_events(struct choice *choice, struct lane *lane,
			   const struct actor_event *events, size_t count, bool force)
{
	int result = 0;
	size_t i = 0;

	for (; i < count && result == 0; i++) {
		result = take_event(choice, lane, &events[i], force);
		if (result > 0)
			break;
		lane->expected++;
	}
	if (result >= 0 && flush(choice, lane) < 0)
		return -EIO;
	return result < 0 ? result : (int64_t)i;
}

/* The lane's numbers before the event with the ring's number `first`. */
static void lane_at(const struct choice *choice, struct lane *lane,
		    const struct stream_batch *batch)
{
	if (!lane->begun) {
		lane->next = batch->first;
		lane->root = ROOT_LEFT;
	} else if (batch->first != lane->expected) {
		lane->next += batch->first - lane->expected;
		lane->opening.kind = 0;
		lane->root = ROOT_LEFT;
		lane->kept = lane->open = false;
		lane->closing = 0;
		lane->payload.size = 0;
	}
	lane->begun = true;
	lane->expected = batch->first;
	if (choice_is_plain(choice) || lane->opening.kind == 0) {
		lane->actor = batch->actor;
		lane->opening.c = batch->turn_time;
		lane->open = choice_is_plain(choice);
	}
}

/* Returns how many events of what is held were dealt with. */
static int64_t release(struct choice *choice, struct lane *lane, bool force)
{
	int64_t total = 0;

	while (lane->held.count > 0) {
		const struct held_batch *first = lane->held.batches[0];
		int64_t taken = take_events(choice, lane, first->events + lane->held.done,
					    first->count - lane->held.done, force);

		if (taken < 0)
			return taken;
		total += taken;
		if (!held_deal(&lane->held, (size_t)taken))
			break;
	}
	return total;
}

/* Most recordings want everything: then a look at each event is enough. */
static bool is_wanted_whole(const struct choice *choice, const struct stream_batch *batch)
{
	uint64_t kinds = 0;

	if (!choice_is_plain(choice))
		return false;
	for (size_t i = 0; i < batch->count; i++)
		kinds |= UINT64_C(1) << (batch->events[i].kind & 63);
	return (kinds & ~choice->options.events) == 0;
}

static int pass_whole(struct choice *choice, struct lane *lane, const struct stream_batch *batch)
{
	const struct trace_context context = {
		.actor = batch->actor,
		.turn_time = batch->turn_time,
		.first = lane->next,
	};

	lane->next += batch->count;
	lane->expected += batch->count;
	/* Where the turn stands, the stream says again with the next batch. */
	return choice->sink.events(choice->sink.user, batch->thread, &context, batch->events,
				   batch->count);
}

void choice_resume(struct choice *choice, uint32_t thread, uint64_t expected, uint64_t next)
{
	struct lane *lane = &choice->lanes[thread];

	lane->begun = true;
	lane->expected = expected;
	lane->next = next;
	lane->root = ROOT_LEFT;
}

int choice_take(struct choice *choice, const struct stream_batch *batch)
{
	struct lane *lane = &choice->lanes[batch->thread];
	int64_t taken;

	if (lane->held.count > 0) {
		if (lane->held.events + batch->count <= HELD_MAX)
			return held_add(&lane->held, batch, 0);
		taken = release(choice, lane, true);
		if (taken < 0)
			return (int)taken;
	}
	lane_at(choice, lane, batch);
	if (is_wanted_whole(choice, batch))
		return pass_whole(choice, lane, batch);
	taken = take_events(choice, lane, batch->events, batch->count, false);
	if (taken < 0)
		return (int)taken;
	return (size_t)taken < batch->count ? held_add(&lane->held, batch, (size_t)taken) : 0;
}

int choice_gap(struct choice *choice, uint32_t thread)
{
	int64_t taken = thread < ACTOR_PLANE_THREADS_MAX
				? release(choice, &choice->lanes[thread], true)
				: 0;

	return taken < 0 ? (int)taken : 0;
}

int choice_settle(struct choice *choice, bool force)
{
	bool moved = true;

	/* What one ring lets go may be what another one waits for. */
	while (moved) {
		moved = false;
		for (size_t i = 0; i < ACTOR_PLANE_THREADS_MAX; i++) {
			struct lane *lane = &choice->lanes[i];
			int64_t taken;

			if (lane->held.count == 0)
				continue;
			taken = release(choice, lane, force && !moved);
			if (taken < 0)
				return (int)taken;
			moved = moved || taken > 0;
			lane->tries = taken > 0 ? 0 : lane->tries + 1;
		}
	}
	for (size_t i = 0; i < ACTOR_PLANE_THREADS_MAX && force; i++) {
		int result = put_closing(choice, &choice->lanes[i]);

		if (result == 0)
			result = flush(choice, &choice->lanes[i]);
		if (result < 0)
			return result;
	}
	for (size_t i = 0; i < ACTOR_PLANE_THREADS_MAX && !force; i++) {
		struct lane *lane = &choice->lanes[i];
		int64_t taken = lane->held.count > 0 && lane->tries > TRIES_MAX
					? release(choice, lane, true)
					: 0;

		if (taken < 0)
			return (int)taken;
		lane->tries = taken > 0 ? 0 : lane->tries;
	}
	return 0;
}

bool choice_held(const struct choice *choice, uint32_t thread, uint64_t *ret_event,
		 uint64_t *ret_chunk)
{
	const struct lane *lane = &choice->lanes[thread];

	if (lane->held.count == 0)
		return false;
	*ret_event = lane->held.batches[0]->first + lane->held.done;
	*ret_chunk = lane->held.batches[0]->chunk;
	return true;
}

bool choice_counts_alike(const struct choice *choice, uint32_t thread)
{
	const struct lane *lane = &choice->lanes[thread];

	/* What is left out lets the file's numbers fall behind for good. */
	return lane->held.count == 0 && lane->next == lane->expected;
}

uint64_t choice_omitted(const struct choice *choice)
{
	return choice->omitted;
}

uint64_t choice_torn(const struct choice *choice)
{
	return choice->roots != NULL ? roots_forgotten(choice->roots) : 0;
}

uint64_t choice_needs(const struct choice_options *options)
{
	uint64_t needs = options->events;

	if (options->payload_max > 0)
		needs |= BIT(PAYLOAD) | BIT(SEND) | BIT(DEAD_LETTER);
	if (options->filter != NULL)
		needs |= BIT(RECV) | BIT(INPUT) | BIT(SPAWN) | BIT(REGISTER) | BIT(UNREGISTER);
	if (options->sample > 1)
		needs |= BIT(RECV) | BIT(INPUT) | BIT(SPAWN) | BIT(SEND) | BIT(WAIT) |
			 BIT(TIMER_START) | BIT(TIMER_CANCEL) | BIT(POSTPONE);
	return needs;
}

/* ---- Making ---------------------------------------------------------------------------------- */

struct choice *choice_create(const struct plane_view *plane, const struct choice_options *options,
			     const struct choice_sink *sink)
{
	struct choice *choice = calloc(1, sizeof(*choice));

	if (choice == NULL)
		return NULL;
	choice->options = *options;
	choice->sink = *sink;
	pidmap_init(&choice->waits, sizeof(uint8_t));
	if (options->filter != NULL)
		choice->subjects = subjects_create(plane, options->filter);
	if (options->sample > 1)
		choice->roots = roots_create(options->sample);
	if ((options->filter != NULL && choice->subjects == NULL) ||
	    (options->sample > 1 && choice->roots == NULL))
		return choice_destroy(choice);
	return choice;
}

struct choice *choice_destroy(struct choice *choice)
{
	if (choice == NULL)
		return NULL;
	for (size_t i = 0; i < ACTOR_PLANE_THREADS_MAX; i++) {
		struct lane *lane = &choice->lanes[i];

		held_finish(&lane->held);
		payload_finish(&lane->payload);
	}
	pidmap_finish(&choice->waits);
	subjects_destroy(choice->subjects);
	roots_destroy(choice->roots);
	free(choice);
	return NULL;
}
