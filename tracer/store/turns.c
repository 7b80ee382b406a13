/* SPDX-License-Identifier: MIT */
#include "store/turns.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EARLY_MAX 65536 /* messages received before their SEND that are remembered */

/* A turn on a ring, or on its way from one to another. */
struct open_turn {
	struct turn turn;
	uint64_t since; /* ticks: it has been running, or waiting, since then */
};

/* What a turn leaves stays where it is while the next one is under way: whoever asked reads it. */
struct ring {
	bool open;
	unsigned at;
	struct open_turn places[2];
};

enum phase {
	PHASE_EVENTS,
	PHASE_RINGS,
	PHASE_WAITING,
	PHASE_END
};

struct turns {
	struct turns_options options;
	struct walk *walk;
	struct ring rings[ACTOR_PLANE_THREADS_MAX];
	struct pidmap waiting; /* struct open_turn, by actor */
	struct pidmap sends;   /* struct send, by (sender, seq) */
	struct pidmap early; /* (sender, seq) of what was received and whose SEND is not seen yet */
	uint32_t open_count;
	enum phase phase;
	size_t position; /* in the phase */
	/* An event completes at most its ring's turn, and one that waited. */
	const struct turn *out[2];
	uint32_t out_count;
	uint32_t out_first;
	struct open_turn waited; /* one that is handed out */
	char *error;
	size_t error_size;
};

static struct open_turn *current_of(struct ring *ring)
{
	return &ring->places[ring->at];
}

static struct codec_want wanted(const struct turns_options *options)
{
	struct codec_want want = walk_want_place();

	if (options->watch != NULL && options->watch->event != NULL)
		return codec_want_all();
	want.slots[ACTOR_EVENT_RECV] = CODEC_SLOTS_ALL;
	want.slots[ACTOR_EVENT_WAIT] |= 1u << EVENT_SLOT_A;
	want.slots[ACTOR_EVENT_EXIT] |= 1u << EVENT_SLOT_A;
	want.slots[ACTOR_EVENT_POSTPONE] = CODEC_SLOTS_ALL;
	if (options->messages && !options->unhandled && options->watch == NULL &&
	    options->send_slots != 0)
		want.slots[ACTOR_EVENT_SEND] = 1u << EVENT_SLOT_SEQ | options->send_slots;
	else if (options->messages)
		want.slots[ACTOR_EVENT_SEND] = CODEC_SLOTS_ALL;
	return want;
}

static void fill_send(struct send *send, const struct actor_event *event, uint64_t time,
		      uint32_t thread, uint64_t id)
{
	*send = (struct send){
		.id = id,
		.sent = time,
		.receiver = event->a,
		.hash = event->b,
		.size = (uint32_t)event->c,
		.depth = (uint32_t)(event->c >> 32),
		.thread = thread,
		.tag = event->tag,
		.message = event_message_kind(event),
	};
}

/* ---- sends from before the time range ---- */

/* A pass over chunks for one purpose. */
struct search {
	struct walk_chunks chunks;
	struct codec *codec;
	struct actor_event *events;
	struct pidmap received; /* bool: it must have a SEND; by (sender, seq) */
	size_t sure;            /* how many of these are not found yet */
};

/* Messages received in the range that an actor sent: their SENDs are to be found. */
static int note_received(struct turns *turns, struct search *search, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct actor_event *event = &search->events[i];
		uint8_t message = event_message_kind(event);
		bool fresh;
		bool *sure;

		if (!event_is_handled(event) || !event_has_send(event) ||
		    event->c < turns->options.from || event->c > turns->options.to)
			continue;
		sure = pidmap_put(&search->received, event->b, event->seq, &fresh);
		if (sure == NULL)
			return -ENOMEM;
		if (!fresh)
			continue;
		*sure = message == ACTOR_MESSAGE_KIND_INFO || message == ACTOR_MESSAGE_KIND_CAST ||
			message == ACTOR_MESSAGE_KIND_CALL;
		search->sure += *sure;
	}
	return 0;
}

static int note_sends(struct turns *turns, struct search *search, const struct walk_chunk *chunk)
{
	struct walk_place place = walk_place_of(chunk);

	for (uint32_t i = 0; i < chunk->count; i++) {
		const struct actor_event *event = &search->events[i];
		struct send *send;
		bool sure;

		if (event->kind == ACTOR_EVENT_SEND &&
		    pidmap_take(&search->received, place.actor, event->seq, &sure)) {
			search->sure -= sure;
			send = pidmap_put(&turns->sends, place.actor, event->seq, NULL);
			if (send == NULL)
				return -ENOMEM;
			fill_send(send, event, walk_time(&place, event), chunk->thread,
				  (uint64_t)chunk->id << WALK_ID_BITS | i);
		}
		walk_advance(&place, event);
	}
	return 0;
}

/*
 * The messages received in a range may have been sent long before. So: which are they, then back
 * through the chunks until the SEND of each is found.
 */
static int find_sends(struct turns *turns, sqlite3 *db, struct search *search)
{
	struct walk_filter filter = walk_filter_all;
	struct codec_want want = {.alone = false};
	struct walk_chunk chunk;
	int status;

	filter.from = turns->options.from;
	filter.to = turns->options.to;
	filter.kinds = UINT64_C(1) << ACTOR_EVENT_RECV;
	want.slots[ACTOR_EVENT_RECV] = CODEC_SLOTS_ALL;
	status = walk_chunks_begin(&search->chunks, db, search->codec, &filter, false, turns->error,
				   turns->error_size);
	while (status == 0 && (status = walk_chunks_next(&search->chunks, &chunk)) == 1) {
		status = walk_chunks_decode(&search->chunks, &chunk, &want, search->events);
		if (status == 0)
			status = note_received(turns, search, chunk.count);
	}
	walk_chunks_end(&search->chunks);
	if (status != 0)
		return status;

	filter.from = 0;
	filter.kinds = UINT64_C(1) << ACTOR_EVENT_SEND;
	filter.descending = true;
	want = walk_want_place();
	want.slots[ACTOR_EVENT_SEND] = CODEC_SLOTS_ALL;
	status = walk_chunks_begin(&search->chunks, db, search->codec, &filter, false, turns->error,
				   turns->error_size);
	while (status == 0 && search->sure > 0 &&
	       (status = walk_chunks_next(&search->chunks, &chunk)) == 1) {
		status = walk_chunks_decode(&search->chunks, &chunk, &want, search->events);
		if (status == 0)
			status = note_sends(turns, search, &chunk);
	}
	walk_chunks_end(&search->chunks);
	return status < 0 ? status : 0;
}

static int search_back(struct turns *turns, sqlite3 *db)
{
	struct search search = {
		.codec = codec_create(),
		.events = malloc(TRACE_CHUNK_EVENTS * sizeof(struct actor_event)),
	};
	int status = -ENOMEM;

	pidmap_init(&search.received, sizeof(bool));
	if (search.codec != NULL && search.events != NULL)
		status = find_sends(turns, db, &search);
	pidmap_finish(&search.received);
	codec_destroy(search.codec);
	free(search.events);
	return status;
}

/* ---- the pass ---- */

int turns_begin(sqlite3 *db, const struct turns_options *options, struct turns **ret_turns,
		char *error, size_t error_size)
{
	struct turns *turns = calloc(1, sizeof(*turns));
	struct walk_filter filter = walk_filter_all;
	struct codec_want want;
	int status = 0;

	if (turns == NULL)
		return -ENOMEM;
	turns->options = *options;
	turns->options.messages |= options->unhandled;
	turns->error = error;
	turns->error_size = error_size;
	pidmap_init(&turns->waiting, sizeof(struct open_turn));
	pidmap_init(&turns->sends, sizeof(struct send));
	pidmap_init(&turns->early, 0);
	want = wanted(&turns->options);
	/* What is unhandled only the whole recording can tell. */
	if (!options->unhandled)
		filter.from = options->from;
	if (options->messages && filter.from > 0)
		status = search_back(turns, db);
	if (status == 0)
		status = walk_begin(db, &filter, &want, &turns->walk, error, error_size);
	if (status != 0) {
		turns_end(turns);
		return status;
	}
	*ret_turns = turns;
	return 0;
}

struct turns *turns_end(struct turns *turns)
{
	if (turns == NULL)
		return NULL;
	walk_end(turns->walk);
	pidmap_finish(&turns->waiting);
	pidmap_finish(&turns->sends);
	pidmap_finish(&turns->early);
	free(turns);
	return NULL;
}

static void emit(struct turns *turns, const struct turn *turn)
{
	assert(turns->out_count < sizeof(turns->out) / sizeof(turns->out[0]));
	turns->out[turns->out_count++] = turn;
}

/* The ring's turn has run since it began or went on. */
static void add_stretch(struct turns *turns, struct ring *ring, uint64_t time)
{
	const struct turns_watch *watch = turns->options.watch;
	struct open_turn *current = current_of(ring);

	if (watch != NULL && watch->stretch != NULL)
		watch->stretch(watch->user, &current->turn, (uint32_t)(ring - turns->rings),
			       current->since, time);
	current->turn.run += time - current->since;
}

/* The ring's turn ends at `time`, or nobody knows when (0). */
static void close_turn(struct turns *turns, struct ring *ring, uint64_t time)
{
	struct open_turn *current = current_of(ring);

	if (!ring->open)
		return;
	ring->open = false;
	turns->open_count--;
	if (time != 0 && time >= current->since) {
		add_stretch(turns, ring, time);
		current->turn.end = time;
	}
	emit(turns, &current->turn);
	ring->at ^= 1;
}

/* The turn that the actor waited in ends without going on. False: it did not wait. */
static bool close_waiting(struct turns *turns, uint64_t actor, uint64_t time)
{
	struct open_turn *waited = &turns->waited;

	if (!pidmap_take(&turns->waiting, actor, 0, waited))
		return false;
	if (time > waited->since)
		waited->turn.wait += time - waited->since;
	waited->turn.end = time;
	emit(turns, &waited->turn);
	return true;
}

/*
 * Takes out the SEND of what is received, to be read at once. Where two threads' times disagree it
 * may come only later: it is then not taken for one that nobody received.
 */
static const struct send *take_send(struct turns *turns, const struct actor_event *recv)
{
	const struct send *send;

	if (!event_has_send(recv))
		return NULL;
	send = pidmap_pop(&turns->sends, recv->b, recv->seq);
	if (send == NULL && turns->options.unhandled && turns->early.count < EARLY_MAX)
		pidmap_put(&turns->early, recv->b, recv->seq, NULL);
	return send;
}

/* The turn goes on where its actor waited; whatever the ring had before has ended. */
static void continue_turn(struct turns *turns, struct ring *ring, const struct walk_event *event)
{
	const struct open_turn *waiting;
	uint64_t actor = event->event->a;

	if (turns->options.messages)
		(void)take_send(turns, event->event);
	waiting = pidmap_pop(&turns->waiting, actor, 0);
	if (waiting != NULL) {
		struct open_turn *current;

		close_turn(turns, ring, event->time);
		current = current_of(ring);
		*current = *waiting;
		if (event->time > current->since)
			current->turn.wait += event->time - current->since;
		current->since = event->time;
		ring->open = true;
		turns->open_count++;
	} else if (!ring->open || current_of(ring)->turn.actor != actor) {
		close_turn(turns, ring, event->time);
	}
}

/* What the message's SEND knows of it; NULL: nothing is known. */
static void join(struct turn *turn, const struct send *send)
{
	static const struct send none;

	turn->has_send = send != NULL;
	if (send == NULL)
		send = &none;
	turn->send_id = send->id;
	turn->times = send->times;
	turn->sent = send->sent;
	turn->send_thread = send->thread;
	turn->hash = send->hash;
	turn->size = send->size;
	turn->depth = send->depth;
	turn->has_cause = send->has_turn;
	turn->cause = send->turn;
	turn->chain = send->chain;
}

static void open_turn(struct turns *turns, struct ring *ring, const struct walk_event *event)
{
	const struct turns_watch *watch = turns->options.watch;
	const struct actor_event *opener = event->event;
	bool is_recv = opener->kind == ACTOR_EVENT_RECV;
	struct open_turn *current;
	struct turn *turn;

	close_turn(turns, ring, event->time);
	current = current_of(ring);
	current->since = event->time;
	/* Every member, one by one: to clear it whole takes as long as the rest of this. */
	turn = &current->turn;
	turn->id = event->id;
	turn->actor = opener->a;
	turn->start = event->time;
	turn->end = turn->run = turn->wait = 0;
	turn->sender = is_recv ? opener->b : 0;
	turn->seq = is_recv ? opener->seq : 0;
	turn->sends = 0;
	turn->thread = event->thread;
	turn->tag = is_recv ? opener->tag : 0;
	turn->event = opener->kind;
	turn->message = is_recv ? event_message_kind(opener) : 0;
	turn->postponed = false;
	join(turn, is_recv && turns->options.messages ? take_send(turns, opener) : NULL);
	if (turn->start < turns->options.from || turn->start > turns->options.to)
		return;
	if (watch != NULL && watch->begin != NULL)
		turn->chain = watch->begin(watch->user, turn);
	ring->open = true;
	turns->open_count++;
}

/*
 * A turn that waited for a message of the mailbox has it. The message is one like any other, so
 * what the handler does from here on is its row; the row of the turn that waited ends.
 */
static void receive_in_turn(struct turns *turns, struct ring *ring, const struct walk_event *event)
{
	(void)close_waiting(turns, event->event->a, event->time);
	open_turn(turns, ring, event);
}

static int suspend_turn(struct turns *turns, struct ring *ring, const struct walk_event *event)
{
	struct open_turn *current = current_of(ring);
	struct open_turn *waiting;

	if (!ring->open)
		return 0;
	if (event->time > current->since)
		add_stretch(turns, ring, event->time);
	current->since = event->time;
	waiting = pidmap_put(&turns->waiting, current->turn.actor, 0, NULL);
	if (waiting == NULL)
		return -ENOMEM;
	*waiting = *current;
	ring->open = false;
	turns->open_count--;
	return 0;
}

/* An actor that ends while it waits, or on a ring that is not its turn's, ends its turn too. */
static void end_actor(struct turns *turns, struct ring *ring, const struct walk_event *event)
{
	close_turn(turns, ring, event->time);
	(void)close_waiting(turns, event->event->a, event->time);
}

static void fill_own_send(struct send *send, const struct walk_event *event,
			  const struct turn *turn)
{
	fill_send(send, event->event, event->time, event->thread, event->id);
	/* An actor's last words come after its turn, and are not that of the next one. */
	if (turn != NULL && turn->actor == event->actor) {
		send->has_turn = true;
		send->turn = turn->id;
		send->chain = turn->chain;
	}
}

static int note_send(struct turns *turns, struct ring *ring, const struct walk_event *event)
{
	const struct turns_watch *watch = turns->options.watch;
	struct turn *turn = ring->open ? &current_of(ring)->turn : NULL;
	struct send *place;

	if (turn != NULL)
		turn->sends++;
	if (!turns->options.messages)
		return 0;
	if (watch != NULL && watch->send != NULL) {
		struct send send;

		fill_own_send(&send, event, turn);
		watch->send(watch->user, send.has_turn ? turn : NULL, event->actor,
			    event->event->seq, &send);
	}
	if (turns->early.count > 0 &&
	    pidmap_take(&turns->early, event->actor, event->event->seq, NULL))
		return 0;
	place = pidmap_put(&turns->sends, event->actor, event->event->seq, NULL);
	if (place == NULL)
		return -ENOMEM;
	fill_own_send(place, event, turn);
	return 0;
}

/* The turn's message goes back to where it came from. */
static int postpone(struct turns *turns, struct ring *ring, const struct actor_event *event)
{
	struct turn *turn = &current_of(ring)->turn;
	struct send *send;

	if (!ring->open || turn->event != ACTOR_EVENT_RECV || turn->actor != event->a ||
	    turn->sender != event->b || turn->seq != event->seq)
		return 0;
	turn->postponed = true;
	if (!turn->has_send)
		return 0;
	send = pidmap_put(&turns->sends, turn->sender, turn->seq, NULL);
	if (send == NULL)
		return -ENOMEM;
	*send = (struct send){
		.id = turn->send_id,
		.sent = turn->sent,
		.receiver = turn->actor,
		.hash = turn->hash,
		.size = turn->size,
		.depth = turn->depth,
		.thread = turn->send_thread,
		.times = turn->times + 1,
		.tag = turn->tag,
		.message = turn->message,
	};
	return 0;
}

static int take_event(struct turns *turns, const struct walk_event *event)
{
	struct ring *ring = &turns->rings[event->thread];
	const struct turns_watch *watch = turns->options.watch;

	if (watch != NULL && watch->event != NULL)
		watch->event(watch->user, event);
	switch (event->event->kind) {
	case ACTOR_EVENT_RECV:
		if (event_is_continuation(event->event) && event_is_handled(event->event))
			receive_in_turn(turns, ring, event);
		else if (event_is_continuation(event->event))
			continue_turn(turns, ring, event);
		else
			open_turn(turns, ring, event);
		return 0;
	case ACTOR_EVENT_INPUT:
		open_turn(turns, ring, event);
		return 0;
	case ACTOR_EVENT_SEND:
		return note_send(turns, ring, event);
	case ACTOR_EVENT_WAIT:
		return suspend_turn(turns, ring, event);
	case ACTOR_EVENT_POSTPONE:
		return postpone(turns, ring, event->event);
	case ACTOR_EVENT_IDLE:
	case ACTOR_EVENT_OMITTED:
		close_turn(turns, ring, event->time);
		return 0;
	case ACTOR_EVENT_EXIT:
		end_actor(turns, ring, event);
		return 0;
	default:
		return 0;
	}
}

/* Reads on until a turn is complete. */
static int next_from_events(struct turns *turns)
{
	struct walk_event event;
	int status = 0;

	while (turns->out_count == 0) {
		status = walk_next(turns->walk, &event);
		if (status <= 0)
			break;
		if (event.gap)
			close_turn(turns, &turns->rings[event.thread], 0);
		status = take_event(turns, &event);
		if (status < 0)
			break;
		if (event.time > turns->options.to && !turns->options.unhandled &&
		    turns->open_count == 0 && turns->waiting.count == 0)
			break;
	}
	if (status == -ENOMEM)
		snprintf(turns->error, turns->error_size, "out of memory");
	if (turns->out_count == 0 || status < 0)
		turns->phase = PHASE_RINGS;
	return status < 0 ? status : 0;
}

/* What is still open at the end has no end. */
static bool next_left_over(struct turns *turns)
{
	struct open_turn *waiting;
	uint64_t actor;
	uint32_t number;

	while (turns->phase == PHASE_RINGS) {
		if (turns->position == ACTOR_PLANE_THREADS_MAX) {
			turns->phase = PHASE_WAITING;
			turns->position = 0;
			break;
		}
		close_turn(turns, &turns->rings[turns->position++], 0);
		if (turns->out_count > 0)
			return true;
	}
	if (turns->phase == PHASE_WAITING) {
		waiting = pidmap_next(&turns->waiting, &turns->position, &actor, &number);
		if (waiting != NULL) {
			emit(turns, &waiting->turn);
			return true;
		}
		turns->phase = PHASE_END;
		turns->position = 0;
	}
	return false;
}

int turns_next(struct turns *turns, const struct turn **ret_turn)
{
	int status;

	if (turns->out_first == turns->out_count) {
		turns->out_first = turns->out_count = 0;
		if (turns->phase == PHASE_EVENTS) {
			status = next_from_events(turns);
			if (status < 0)
				return status;
		}
		if (turns->out_count == 0 && !next_left_over(turns))
			return 0;
	}
	*ret_turn = turns->out[turns->out_first++];
	return 1;
}

int turns_next_unhandled(struct turns *turns, struct send *ret_send, uint64_t *ret_sender,
			 uint32_t *ret_seq)
{
	struct send *send;

	assert(turns->phase == PHASE_END);
	send = pidmap_next(&turns->sends, &turns->position, ret_sender, ret_seq);
	if (send == NULL)
		return 0;
	*ret_send = *send;
	return 1;
}
