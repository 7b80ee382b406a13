/* SPDX-License-Identifier: MIT */
#include "store/road.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/seek.h"

struct tracing {
	struct seek seek;
	struct road *road;
	size_t capacity;
};

static int add(struct tracing *tracing, const struct road_stop *stop)
{
	struct road *road = tracing->road;

	if (road->count == tracing->capacity) {
		size_t capacity = tracing->capacity == 0 ? 32 : 2 * tracing->capacity;
		struct road_stop *longer = realloc(road->stops, capacity * sizeof(*longer));

		if (longer == NULL)
			return -ENOMEM;
		road->stops = longer;
		tracing->capacity = capacity;
	}
	road->stops[road->count++] = *stop;
	return 0;
}

/* The stop of a turn's opener, with its SEND where it has one. */
static int stop_of_opener(struct tracing *tracing, const struct seek_event *opener,
			  struct seek_event *ret_send, struct road_stop *ret_stop)
{
	const struct actor_event *event = &opener->event;
	int status = 0;

	*ret_send = *opener;
	*ret_stop = (struct road_stop){
		.id = opener->id,
		.receiver = event->a,
		.received = opener->time,
		.seq = event->seq,
		.event = event->kind,
	};
	if (event->kind != ACTOR_EVENT_RECV)
		return 0;
	ret_stop->sender = event->b;
	ret_stop->tag = event->tag;
	ret_stop->message = event_message_kind(event);
	if (event_has_send(event) && event->b != 0)
		status = seek_send(&tracing->seek, event->b, event->seq, opener, ret_send);
	else if (ret_stop->message == ACTOR_MESSAGE_KIND_TIMER)
		status = seek_numbered(&tracing->seek, ACTOR_EVENT_TIMER_START, event->a,
				       event->seq, opener, ret_send);
	else if (ret_stop->message == ACTOR_MESSAGE_KIND_INIT)
		status = seek_numbered(&tracing->seek, ACTOR_EVENT_SPAWN, event->a, 0, opener,
				       ret_send);
	if (status == 1) {
		ret_stop->send_id = ret_send->id;
		ret_stop->sent = ret_send->time;
	}
	return status;
}

/* The stop of something sent or spawned, with its RECV where it was received. */
static int stop_of_output(struct tracing *tracing, const struct seek_event *output,
			  struct seek_event *ret_recv, struct road_stop *ret_stop)
{
	const struct actor_event *event = &output->event;
	bool spawn = event->kind == ACTOR_EVENT_SPAWN;
	int status;

	*ret_stop = (struct road_stop){
		.id = output->id,
		.send_id = output->id,
		.sender = output->actor,
		.receiver = event->a,
		.sent = output->time,
		.seq = event->seq,
		.tag = spawn ? 0 : event->tag,
		.event = ACTOR_EVENT_RECV,
		.message = spawn ? ACTOR_MESSAGE_KIND_INIT : event_message_kind(event),
	};
	status = seek_recv(&tracing->seek, output->actor, event->seq, event->a, output, ret_recv);
	if (status == 1) {
		ret_stop->id = ret_recv->id;
		ret_stop->received = ret_recv->time;
		ret_stop->tag = ret_recv->event.tag;
	}
	return status;
}

/* From the turn that `send` belongs to back, each stop the cause of the one before. */
static int go_back(struct tracing *tracing, struct seek_event send, size_t limit)
{
	struct road *road = tracing->road;
	size_t before = road->count - 1; /* the stop whose cause is sought */
	struct seek_event opener;
	struct road_stop stop;
	int status;

	for (int64_t step = -1;; step--) {
		status = seek_opener(&tracing->seek, &send, &opener);
		if (status != 1)
			return status;
		if ((size_t)-step > limit) {
			road->cut_before = true;
			return 0;
		}
		status = stop_of_opener(tracing, &opener, &send, &stop);
		if (status < 0)
			return status;
		stop.step = step;
		road->stops[before].cause = stop.id;
		before = road->count;
		if (add(tracing, &stop) != 0)
			return -ENOMEM;
		if (status == 0)
			return 0;
	}
}

/* What the turn of stop `index` has sent. */
static int go_on_from(struct tracing *tracing, size_t index, size_t last)
{
	struct road *road = tracing->road;
	struct seek_event at;
	struct seek_event recv;
	struct road_stop stop;
	int status = seek_event(&tracing->seek, road->stops[index].id, &at);

	while (status == 1 && (status = seek_next_output(&tracing->seek, &at)) == 1) {
		if (road->count >= last) {
			road->cut_behind = true;
			return 0;
		}
		status = stop_of_output(tracing, &at, &recv, &stop);
		if (status < 0)
			return status;
		stop.step = road->stops[index].step + 1;
		stop.cause = road->stops[index].id;
		status = add(tracing, &stop) != 0 ? -ENOMEM : 1;
	}
	return status < 0 ? status : 0;
}

static bool opens_turn(const struct road_stop *stop)
{
	return stop->event == ACTOR_EVENT_INPUT ||
	       (stop->received != 0 && (EVENT_MESSAGES_CONTINUE >> stop->message & 1) == 0);
}

/* All that the message caused; replies go on in the turn of whoever waits, which is its own road.
 */
static int go_on(struct tracing *tracing, size_t first, size_t limit)
{
	struct road *road = tracing->road;
	int status = 0;

	for (size_t i = first; i < road->count && status == 0 && !road->cut_behind; i++)
		if (i == first || opens_turn(&road->stops[i]))
			status = go_on_from(tracing, i, first + 1 + limit);
	return status;
}

/* The message that the event is about, as stop 0, and its SEND. 1, 0 or negative. */
static int begin(struct tracing *tracing, uint64_t id, struct seek_event *ret_send,
		 bool *ret_has_send)
{
	struct seek_event event;
	struct seek_event recv;
	struct road_stop stop;
	int status = seek_event(&tracing->seek, id, &event);

	if (status != 1)
		return status;
	if (event.event.kind == ACTOR_EVENT_SEND || event.event.kind == ACTOR_EVENT_SPAWN) {
		status = stop_of_output(tracing, &event, &recv, &stop);
		*ret_send = event;
		*ret_has_send = true;
	} else {
		if (event.event.kind != ACTOR_EVENT_RECV && event.event.kind != ACTOR_EVENT_INPUT) {
			status = seek_opener(&tracing->seek, &event, &recv);
			if (status != 1)
				return status;
			event = recv;
		}
		status = stop_of_opener(tracing, &event, ret_send, &stop);
		*ret_has_send = status == 1;
	}
	if (status >= 0)
		status = add(tracing, &stop);
	return status < 0 ? status : 1;
}

static int by_step(const void *a, const void *b)
{
	const struct road_stop *x = a;
	const struct road_stop *y = b;

	if (x->step != y->step)
		return x->step < y->step ? -1 : 1;
	return (x->sent > y->sent) - (x->sent < y->sent);
}

int road_find(sqlite3 *db, uint64_t id, size_t limit, struct road *ret_road, char *error,
	      size_t error_size)
{
	struct tracing tracing = {.road = ret_road};
	struct seek_event send;
	bool has_send = false;
	int status;

	*ret_road = (struct road){0};
	status = seek_begin(&tracing.seek, db, error, error_size);
	if (status == 0)
		status = begin(&tracing, id, &send, &has_send);
	if (status == 1) {
		int gone = has_send ? go_back(&tracing, send, limit) : 0;
		size_t first = ret_road->count;

		/* Stop 0 goes behind those before it, so that what follows has its causes near. */
		if (gone == 0 && first > 1) {
			struct road_stop own = ret_road->stops[0];

			memmove(&ret_road->stops[0], &ret_road->stops[1],
				(first - 1) * sizeof(own));
			ret_road->stops[first - 1] = own;
		}
		if (gone == 0)
			gone = go_on(&tracing, first - 1, limit);
		status = gone < 0 ? gone : 1;
	}
	seek_end(&tracing.seek);
	if (status == 1)
		qsort(ret_road->stops, ret_road->count, sizeof(*ret_road->stops), by_step);
	else
		road_free(ret_road);
	return status;
}

void road_free(struct road *road)
{
	free(road->stops);
	*road = (struct road){0};
}
