/* SPDX-License-Identifier: MIT */
#include "model/traffic.h"

#include <stdlib.h>
#include <string.h>

#include <actor/plane.h>

#define WINDOW_NS   UINT64_C(10000000000)

#define ACTORS_KEPT 1024u /* a power of two */
#define WAYS        4u    /* places that a key may have in an index */
#define INDEX_SIZE  (2 * TRAFFIC_MESSAGES)
#define CACHE_SIZE  4096u

/* The turn that a thread is in, or that an actor in a call will go on with. */
struct turn {
	uint64_t actor;
	uint64_t begin;   /* ticks of this stretch, 0: not known */
	uint64_t run;     /* ticks of the stretches before it */
	uint64_t message; /* number, 0: not seen */
	uint16_t behaviour;
	bool whole; /* its begin was seen */
};

struct actor_times {
	uint64_t pid;
	struct traffic_times run;
	struct traffic_times wait;
};

struct behaviour_times {
	struct traffic_times run;
	struct traffic_times wait;
};

struct traffic {
	struct traffic_message messages[TRAFFIC_MESSAGES];
	uint64_t newest;
	uint32_t index[INDEX_SIZE]; /* low half of a message's number */
	struct turn turns[ACTOR_PLANE_THREADS_MAX];
	struct turn calls[ACTORS_KEPT]; /* turns that wait in a call, by pid */
	struct actor_times actors[ACTORS_KEPT];
	struct behaviour_times *behaviours[TRAFFIC_BEHAVIOURS_MAX];
	struct traffic_edge edges[TRAFFIC_EDGES];
	struct {
		uint64_t pid;
		uint16_t behaviour;
	} cache[CACHE_SIZE];
	uint64_t unseen;
	uint64_t ticked_ns;
	uint64_t faded_ns;
	const struct names *names; /* during a poll */
	traffic_listener listener;
	void *listener_user;
	const struct ticks *ticks;
};

struct traffic *traffic_create(void)
{
	return calloc(1, sizeof(struct traffic));
}

struct traffic *traffic_destroy(struct traffic *traffic)
{
	if (traffic == NULL)
		return NULL;
	for (size_t i = 0; i < TRAFFIC_BEHAVIOURS_MAX; i++)
		free(traffic->behaviours[i]);
	free(traffic);
	return NULL;
}

static uint64_t mix(uint64_t value)
{
	value *= UINT64_C(0x9e3779b97f4a7c15);
	return value ^ value >> 32;
}

/* ---- Times ----------------------------------------------------------------------------------- */

static unsigned slot_of(uint64_t ns)
{
	unsigned power, slot;

	if (ns < 4)
		return (unsigned)ns;
	power = 63 - (unsigned)__builtin_clzll(ns);
	slot = 4 * (power - 1) + (unsigned)(ns >> (power - 2) & 3);
	return slot < TRAFFIC_QUANTILES ? slot : TRAFFIC_QUANTILES - 1;
}

static uint64_t middle_of(unsigned slot)
{
	unsigned power;
	uint64_t low;

	if (slot < 4)
		return slot;
	power = slot / 4 + 1;
	low = (UINT64_C(4) + slot % 4) << (power - 2);
	return low + (UINT64_C(1) << (power - 2)) / 2;
}

static void times_add(struct traffic_times *times, uint64_t ns)
{
	uint16_t *slot = &times->slots[slot_of(ns)];

	times->count++;
	if (*slot < UINT16_MAX)
		(*slot)++;
}

/* Half of it is forgotten: what was a while ago counts less and less. */
static void times_fade(struct traffic_times *times)
{
	times->count = 0;
	for (int i = 0; i < TRAFFIC_QUANTILES; i++) {
		times->slots[i] /= 2;
		times->count += times->slots[i];
	}
}

uint64_t traffic_quantile(const struct traffic_times *times, double fraction)
{
	uint64_t whole = 0, seen = 0;
	double rank;

	for (int i = 0; i < TRAFFIC_QUANTILES; i++)
		whole += times->slots[i];
	if (whole == 0)
		return ROW_UNKNOWN;
	rank = fraction * (double)(whole - 1);
	for (unsigned i = 0; i < TRAFFIC_QUANTILES; i++) {
		seen += times->slots[i];
		if ((double)seen > rank)
			return middle_of(i);
	}
	return middle_of(TRAFFIC_QUANTILES - 1);
}

/* The actor's times. One that hashes to the same place takes it over when it is busier. */
static struct actor_times *actor_times(struct traffic *traffic, uint64_t pid)
{
	struct actor_times *least = NULL;

	for (uint64_t i = 0; i < WAYS; i++) {
		struct actor_times *at = &traffic->actors[(mix(pid) + i) % ACTORS_KEPT];

		if (at->pid == pid)
			return at;
		if (least == NULL || at->run.count < least->run.count)
			least = at;
	}
	memset(least, 0, sizeof(*least));
	least->pid = pid;
	return least;
}

static struct behaviour_times *behaviour_times(struct traffic *traffic, uint16_t behaviour)
{
	if (behaviour == 0 || behaviour >= TRAFFIC_BEHAVIOURS_MAX)
		return NULL;
	if (traffic->behaviours[behaviour] == NULL)
		traffic->behaviours[behaviour] = calloc(1, sizeof(struct behaviour_times));
	return traffic->behaviours[behaviour];
}

void traffic_times(const struct traffic *traffic, struct row *row)
{
	const struct traffic_times *run = NULL, *wait = NULL;

	if (row->pid == 0 && row->behaviour < TRAFFIC_BEHAVIOURS_MAX &&
	    traffic->behaviours[row->behaviour] != NULL) {
		run = &traffic->behaviours[row->behaviour]->run;
		wait = &traffic->behaviours[row->behaviour]->wait;
	}
	for (uint64_t i = 0; row->pid != 0 && i < WAYS; i++) {
		const struct actor_times *at = &traffic->actors[(mix(row->pid) + i) % ACTORS_KEPT];

		if (at->pid == row->pid) {
			run = &at->run;
			wait = &at->wait;
		}
	}
	if (run == NULL)
		return;
	row->p50_ns = traffic_quantile(run, 0.5);
	row->p99_ns = traffic_quantile(run, 0.99);
	row->wait_ns = traffic_quantile(wait, 0.99);
}

/* ---- Messages -------------------------------------------------------------------------------- */

const struct traffic_message *traffic_message(const struct traffic *traffic, uint64_t number)
{
	const struct traffic_message *message = &traffic->messages[number % TRAFFIC_MESSAGES];

	return number != 0 && message->number == number ? message : NULL;
}

static struct traffic_message *message_at(struct traffic *traffic, uint64_t number)
{
	return (struct traffic_message *)traffic_message(traffic, number);
}

uint64_t traffic_newest(const struct traffic *traffic)
{
	return traffic->newest;
}

/* Births and what the clock brings are numbered apart from messages that were sent. */
static bool is_unsent(uint8_t kind)
{
	return kind == ACTOR_MESSAGE_KIND_INIT || kind == ACTOR_MESSAGE_KIND_TIMER ||
	       kind == ACTOR_MESSAGE_KIND_TIMEOUT || kind == ACTOR_MESSAGE_KIND_DIED;
}

static uint64_t key_of(uint64_t from, uint32_t seq, uint8_t kind)
{
	return mix(from ^ (uint64_t)seq << 32 ^ (is_unsent(kind) ? 1 + (uint64_t)kind : 0));
}

static struct traffic_message *message_find(struct traffic *traffic, uint64_t key, uint64_t from,
					    uint32_t seq, uint8_t kind)
{
	for (uint64_t i = 0; i < WAYS; i++) {
		uint32_t low = traffic->index[(key + i) % INDEX_SIZE];
		struct traffic_message *message = &traffic->messages[low % TRAFFIC_MESSAGES];

		if (low != 0 && (uint32_t)message->number == low && message->from == from &&
		    message->seq == seq &&
		    (message->kind == kind || (!is_unsent(message->kind) && !is_unsent(kind))))
			return message;
	}
	return NULL;
}

static void index_put(struct traffic *traffic, uint64_t key, uint32_t low)
{
	uint32_t *oldest = NULL;

	for (uint64_t i = 0; i < WAYS; i++) {
		uint32_t *at = &traffic->index[(key + i) % INDEX_SIZE];

		/* Differences, because the numbers go around. */
		if (oldest == NULL || low - *at > low - *oldest)
			oldest = at;
	}
	*oldest = low;
}

/* The message of that sender and number; its send and its turn may be seen in any order. */
static struct traffic_message *message_take(struct traffic *traffic, uint64_t from, uint32_t seq,
					    uint8_t kind, uint16_t tag, uint64_t to)
{
	uint64_t key = key_of(from, seq, kind);
	struct traffic_message *message = message_find(traffic, key, from, seq, kind);

	/* A timer fires again and again under one number. */
	if (message != NULL && (!is_unsent(kind) || message->taken == 0))
		return message;
	traffic->newest++;
	message = &traffic->messages[traffic->newest % TRAFFIC_MESSAGES];
	*message = (struct traffic_message){.number = traffic->newest,
					    .from = from,
					    .to = to,
					    .seq = seq,
					    .tag = tag,
					    .kind = kind};
	index_put(traffic, key, (uint32_t)traffic->newest);
	return message;
}

/* ---- Behaviours and edges -------------------------------------------------------------------- */

/* Also of actors that have ended, while they are remembered. */
static uint16_t behaviour_of(struct traffic *traffic, uint64_t pid)
{
	size_t at = mix(pid) % CACHE_SIZE;
	uint16_t behaviour;

	if (pid == 0)
		return 0;
	if (traffic->cache[at].pid == pid)
		return traffic->cache[at].behaviour;
	behaviour = names_pid_behaviour(traffic->names, pid);
	if (behaviour != 0) {
		traffic->cache[at].pid = pid;
		traffic->cache[at].behaviour = behaviour;
	}
	return behaviour;
}

static struct traffic_edge *edge_of(struct traffic *traffic, uint16_t from, uint16_t to,
				    uint16_t tag)
{
	uint64_t key = mix((uint64_t)from << 32 | (uint64_t)to << 16 | tag);

	for (uint64_t i = 0; i < TRAFFIC_EDGES; i++) {
		struct traffic_edge *edge = &traffic->edges[(key + i) % TRAFFIC_EDGES];

		if (!edge->used) {
			edge->from = from;
			edge->to = to;
			edge->tag = tag;
			edge->used = true;
			return edge;
		}
		if (edge->from == from && edge->to == to && edge->tag == tag)
			return edge;
	}
	return NULL; /* more kinds of traffic than anybody could read */
}

const struct traffic_edge *traffic_edges(const struct traffic *traffic, size_t *ret_count)
{
	*ret_count = TRAFFIC_EDGES;
	return traffic->edges;
}

/* Both ends of its time in the mailbox are known. */
static void add_wait(struct traffic *traffic, const struct traffic_message *message)
{
	uint16_t to = behaviour_of(traffic, message->to);
	struct behaviour_times *times = behaviour_times(traffic, to);
	struct traffic_edge *edge;
	uint64_t ns;

	if (message->sent == 0 || message->taken == 0)
		return;
	ns = message->taken > message->sent
		     ? ticks_ns(traffic->ticks, message->taken - message->sent)
		     : 0;
	times_add(&actor_times(traffic, message->to)->wait, ns);
	if (times != NULL)
		times_add(&times->wait, ns);
	edge = edge_of(traffic, behaviour_of(traffic, message->from), to, message->tag);
	if (edge != NULL)
		times_add(&edge->waits, ns);
}

/* ---- Turns ----------------------------------------------------------------------------------- */

/* A reply, or its absence, continues the turn that called. */
static bool continues(uint8_t kind)
{
	return kind == ACTOR_MESSAGE_KIND_REPLY || kind == ACTOR_MESSAGE_KIND_TIMEOUT ||
	       kind == ACTOR_MESSAGE_KIND_DIED;
}

static bool is_runtimes_own(uint8_t kind)
{
	return kind == ACTOR_MESSAGE_KIND_SIGNAL || kind == ACTOR_MESSAGE_KIND_SYSTEM;
}

static void turn_end(struct traffic *traffic, struct turn *turn, uint64_t end)
{
	struct traffic_message *message = message_at(traffic, turn->message);
	struct behaviour_times *times;
	uint64_t run;

	if (turn->actor == 0 || turn->begin == 0 || end < turn->begin) {
		turn->actor = 0;
		return;
	}
	run = turn->run + (end - turn->begin);
	if (message != NULL) {
		message->ended = end;
		message->run = run;
	}
	if (turn->whole && message != NULL && !is_runtimes_own(message->kind)) {
		times = behaviour_times(traffic, turn->behaviour);
		times_add(&actor_times(traffic, turn->actor)->run, ticks_ns(traffic->ticks, run));
		if (times != NULL)
			times_add(&times->run, ticks_ns(traffic->ticks, run));
	}
	turn->actor = 0;
}

/* The place of a turn that waits in a call. Another actor's may be there: then it is forgotten. */
static struct turn *call_of(struct traffic *traffic, uint64_t pid)
{
	return &traffic->calls[mix(pid) % ACTORS_KEPT];
}

static void on_wait(struct traffic *traffic, struct turn *turn, const struct actor_event *event)
{
	struct turn *call = call_of(traffic, event->a);

	if (turn->actor == event->a && turn->begin != 0 && event->c >= turn->begin) {
		*call = *turn;
		call->run += event->c - turn->begin;
		call->begin = 0;
	}
	turn->actor = 0;
}

static void on_receive(struct traffic *traffic, struct turn *turn, const struct actor_event *event)
{
	uint8_t kind = event->flags & 15;
	struct turn *call = call_of(traffic, event->a);
	struct traffic_message *message =
		message_take(traffic, event->b, event->seq, kind, event->tag, event->a);

	turn_end(traffic, turn, event->c);
	message->to = event->a;
	if (message->taken == 0) {
		message->taken = event->c;
		add_wait(traffic, message);
	}
	*turn = (struct turn){.actor = event->a,
			      .begin = event->c,
			      .message = message->number,
			      .behaviour = behaviour_of(traffic, event->a),
			      .whole = true};
	if (!continues(kind))
		return;
	/* The reply has no turn of its own. */
	message->ended = event->c;
	turn->whole = call->actor == event->a && call->whole;
	turn->message = call->actor == event->a ? call->message : 0;
	turn->run = call->actor == event->a ? call->run : 0;
	call->actor = 0;
}

static void on_send(struct traffic *traffic, const struct turn *turn,
		    const struct actor_event *event)
{
	struct traffic_message *message;
	struct traffic_edge *edge;

	if (turn->actor == 0)
		return;
	message = message_take(traffic, turn->actor, event->seq, event->flags & 15, event->tag,
			       event->a);
	message->to = event->a;
	message->size = (uint32_t)event->c;
	message->depth = (uint32_t)(event->c >> 32);
	message->cause = turn->message;
	if (message->sent == 0 && turn->begin != 0) {
		message->sent = turn->begin;
		add_wait(traffic, message);
	}
	edge = edge_of(traffic, turn->behaviour, behaviour_of(traffic, event->a), event->tag);
	if (edge != NULL) {
		edge->count++;
		edge->bytes += message->size;
	}
}

static void on_event(struct traffic *traffic, struct turn *turn, const struct actor_event *event)
{
	switch (event->kind) {
	case ACTOR_EVENT_RECV:
		on_receive(traffic, turn, event);
		break;
	case ACTOR_EVENT_SEND:
		on_send(traffic, turn, event);
		break;
	case ACTOR_EVENT_INPUT:
		turn_end(traffic, turn, event->c);
		*turn = (struct turn){.actor = event->a,
				      .begin = event->c,
				      .behaviour = behaviour_of(traffic, event->a),
				      .whole = true};
		break;
	case ACTOR_EVENT_WAIT:
		on_wait(traffic, turn, event);
		break;
	case ACTOR_EVENT_IDLE:
	case ACTOR_EVENT_EXIT:
	case ACTOR_EVENT_WAKE:
		turn_end(traffic, turn, event->c);
		break;
	case ACTOR_EVENT_SPAWN:
		traffic->cache[mix(event->a) % CACHE_SIZE].pid = event->a;
		traffic->cache[mix(event->a) % CACHE_SIZE].behaviour = event->tag;
		break;
	default:
		break;
	}
}

/* ---- Streams --------------------------------------------------------------------------------- */

static int on_batch(void *user, const struct stream_batch *batch)
{
	struct traffic *traffic = user;
	struct turn *turn = &traffic->turns[batch->thread];

	if (batch->thread >= ACTOR_PLANE_THREADS_MAX)
		return 0;
	if (turn->actor != batch->actor)
		*turn = (struct turn){.actor = batch->actor,
				      .begin = batch->turn_time,
				      .behaviour = behaviour_of(traffic, batch->actor)};
	for (size_t i = 0; i < batch->count; i++) {
		on_event(traffic, turn, &batch->events[i]);
		traffic->listener(traffic->listener_user, turn->actor, &batch->events[i]);
	}
	return 0;
}

static int on_gap(void *user, const struct stream_gap *gap)
{
	struct traffic *traffic = user;

	traffic->unseen += gap->count;
	/* Nobody knows which turns have begun and ended in it. */
	if (gap->thread < ACTOR_PLANE_THREADS_MAX)
		traffic->turns[gap->thread].actor = 0;
	memset(traffic->calls, 0, sizeof(traffic->calls));
	return 0;
}

void traffic_poll(struct traffic *traffic, struct stream *stream, const struct names *names,
		  const struct ticks *ticks, size_t events_max, traffic_listener listener,
		  void *user)
{
	struct stream_sink sink = {on_batch, on_gap, traffic};

	traffic->listener = listener;
	traffic->listener_user = user;

	traffic->names = names;
	traffic->ticks = ticks;
	(void)stream_poll(stream, &sink, events_max);
	stream_advance(stream);
}

void traffic_tick(struct traffic *traffic, const struct ticks *ticks)
{
	uint64_t now = ticks->monotonic_ns;
	double seconds = (double)(now - traffic->ticked_ns) / 1e9;
	bool fade = now - traffic->faded_ns >= WINDOW_NS;

	for (size_t i = 0; i < TRAFFIC_EDGES; i++) {
		struct traffic_edge *edge = &traffic->edges[i];

		if (!edge->used)
			continue;
		if (traffic->ticked_ns != 0 && seconds > 0) {
			edge->rate = (double)(edge->count - edge->count_before) / seconds;
			edge->bytes_rate = (double)(edge->bytes - edge->bytes_before) / seconds;
		}
		edge->count_before = edge->count;
		edge->bytes_before = edge->bytes;
		if (fade)
			times_fade(&edge->waits);
	}
	traffic->ticked_ns = now;
	if (!fade)
		return;
	traffic->faded_ns = now;
	for (size_t i = 0; i < ACTORS_KEPT; i++) {
		times_fade(&traffic->actors[i].run);
		times_fade(&traffic->actors[i].wait);
	}
	for (size_t i = 0; i < TRAFFIC_BEHAVIOURS_MAX; i++) {
		if (traffic->behaviours[i] == NULL)
			continue;
		times_fade(&traffic->behaviours[i]->run);
		times_fade(&traffic->behaviours[i]->wait);
	}
}

uint64_t traffic_unseen(const struct traffic *traffic)
{
	return traffic->unseen;
}

const char *traffic_kind(uint8_t kind)
{
	static const char *const words[ACTOR_MESSAGE_KIND_COUNT] = {
#define X(number, NAME, name) [number] = #name,
		ACTOR_MESSAGE_KIND_MAP(X)
#undef X
	};

	return kind < ACTOR_MESSAGE_KIND_COUNT && words[kind] != NULL ? words[kind] : "?";
}
