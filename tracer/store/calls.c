/* SPDX-License-Identifier: MIT */
#include "store/calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What an actor has open: the one it waits for, and its requests, oldest first. */
struct caller {
	struct call wait;
	bool waits;
	struct call *requests;
	size_t count;
	size_t capacity;
};

struct calls {
	struct walk *walk;
	uint64_t from;
	uint64_t to;
	struct pidmap callers; /* struct caller, by pid */
	size_t open;           /* calls in the range that are open */
	struct call *out;      /* complete, not yet handed out */
	size_t out_first;
	size_t out_count;
	size_t out_capacity;
	size_t position; /* of the callers, at the end */
	bool drained;    /* all events are read */
};

static bool append(struct call **list, size_t *count, size_t *capacity, const struct call *call)
{
	if (*count == *capacity) {
		size_t more = *capacity == 0 ? 8 : 2 * *capacity;
		struct call *longer = realloc(*list, more * sizeof(*longer));

		if (longer == NULL)
			return false;
		*list = longer;
		*capacity = more;
	}
	(*list)[(*count)++] = *call;
	return true;
}

static bool in_range(const struct calls *calls, const struct call *call)
{
	return call->start >= calls->from && call->start <= calls->to;
}

static int close_call(struct calls *calls, struct call *call, enum call_outcome outcome,
		      uint64_t end)
{
	if (!in_range(calls, call))
		return 0;
	call->outcome = (uint8_t)outcome;
	call->end = end;
	calls->open--;
	return append(&calls->out, &calls->out_count, &calls->out_capacity, call) ? 0 : -ENOMEM;
}

static void drop_request(struct caller *caller, size_t place)
{
	caller->count--;
	memmove(&caller->requests[place], &caller->requests[place + 1],
		(caller->count - place) * sizeof(*caller->requests));
}

static struct caller *caller_at(struct calls *calls, uint64_t pid)
{
	return pidmap_put(&calls->callers, pid, 0, NULL);
}

/* A call until a WAIT or a RESPONSE tells: for now a request. */
static int take_send(struct calls *calls, const struct walk_event *event)
{
	const struct actor_event *send = event->event;
	const struct call call = {
		.id = event->id,
		.caller = event->actor,
		.callee = send->a,
		.start = event->time,
		.seq = send->seq,
		.thread = event->thread,
		.tag = send->tag,
		.how = CALL_REQUEST,
	};
	struct caller *caller;

	if (event_message_kind(send) != ACTOR_MESSAGE_KIND_CALL || event->actor == 0)
		return 0;
	caller = caller_at(calls, event->actor);
	if (caller == NULL || !append(&caller->requests, &caller->count, &caller->capacity, &call))
		return -ENOMEM;
	calls->open += in_range(calls, &call);
	return 0;
}

static int take_wait(struct calls *calls, const struct walk_event *event)
{
	const struct actor_event *wait = event->event;
	struct caller *caller = caller_at(calls, wait->a);
	struct call call = {
		.id = event->id,
		.caller = wait->a,
		.callee = wait->b,
		.thread = event->thread,
		.tag = wait->tag,
		.how = CALL_WAIT,
	};

	if (caller == NULL)
		return -ENOMEM;
	for (size_t i = caller->count; wait->tag != 0 && i-- > 0;) {
		const struct call *sent = &caller->requests[i];

		if (sent->tag != wait->tag || sent->callee != wait->b)
			continue;
		call = *sent;
		call.how = CALL_CALL;
		calls->open -= in_range(calls, sent);
		drop_request(caller, i);
		break;
	}
	/* Unlike the SEND, it has the exact time. */
	call.start = event->time;
	/* What an earlier wait came to, is lost. */
	if (caller->waits)
		calls->open -= in_range(calls, &caller->wait);
	caller->wait = call;
	caller->waits = true;
	calls->open += in_range(calls, &call);
	return 0;
}

static int answer(struct calls *calls, struct caller *caller, const struct walk_event *event)
{
	const struct actor_event *recv = event->event;

	if (event_is_continuation(recv)) {
		if (!caller->waits)
			return 0;
		caller->waits = false;
		caller->wait.answer = event_message_kind(recv);
		return close_call(calls, &caller->wait, CALL_ANSWER, event->time);
	}
	for (size_t i = 0; i < caller->count; i++) {
		struct call call = caller->requests[i];

		if (call.tag != recv->tag || call.callee != recv->b)
			continue;
		drop_request(caller, i);
		call.answer = event_message_kind(recv);
		return close_call(calls, &call, CALL_ANSWER, event->time);
	}
	return 0;
}

static void handle(struct calls *calls, const struct walk_event *event)
{
	const struct actor_event *recv = event->event;
	struct caller *caller = pidmap_get(&calls->callers, recv->b, 0);

	if (caller == NULL)
		return;
	if (caller->waits && caller->wait.seq == recv->seq && caller->wait.callee == recv->a)
		caller->wait.handled = event->time;
	for (size_t i = 0; i < caller->count; i++)
		if (caller->requests[i].seq == recv->seq)
			caller->requests[i].handled = event->time;
}

static int take_recv(struct calls *calls, const struct walk_event *event)
{
	uint8_t message = event_message_kind(event->event);
	struct caller *caller;
	int status;

	if (message == ACTOR_MESSAGE_KIND_CALL)
		handle(calls, event);
	if (!event_is_continuation(event->event) && message != ACTOR_MESSAGE_KIND_RESPONSE)
		return 0;
	caller = pidmap_get(&calls->callers, event->event->a, 0);
	if (caller == NULL)
		return 0;
	status = answer(calls, caller, event);
	/* A response that ends a wait also answers its request. */
	if (status == 0 && message == ACTOR_MESSAGE_KIND_RESPONSE &&
	    event_is_continuation(event->event)) {
		struct actor_event plain = *event->event;
		struct walk_event again = *event;

		plain.flags &= (uint8_t)~ACTOR_EVENT_RESUMES;
		again.event = &plain;
		status = answer(calls, caller, &again);
	}
	return status;
}

static int end_caller(struct calls *calls, const struct walk_event *event)
{
	struct caller caller;
	int status = 0;

	if (!pidmap_take(&calls->callers, event->event->a, 0, &caller))
		return 0;
	if (caller.waits)
		status = close_call(calls, &caller.wait, CALL_GONE, event->time);
	for (size_t i = 0; i < caller.count && status == 0; i++)
		status = close_call(calls, &caller.requests[i], CALL_GONE, event->time);
	free(caller.requests);
	return status;
}

static int take_event(struct calls *calls, const struct walk_event *event)
{
	switch (event->event->kind) {
	case ACTOR_EVENT_SEND:
		return take_send(calls, event);
	case ACTOR_EVENT_WAIT:
		return take_wait(calls, event);
	case ACTOR_EVENT_RECV:
		return take_recv(calls, event);
	case ACTOR_EVENT_EXIT:
		return end_caller(calls, event);
	default:
		return 0;
	}
}

int calls_begin(sqlite3 *db, uint64_t from, uint64_t to, struct calls **ret_calls, char *error,
		size_t error_size)
{
	static const uint8_t kinds[] = {ACTOR_EVENT_SEND, ACTOR_EVENT_WAIT, ACTOR_EVENT_RECV,
					ACTOR_EVENT_EXIT};
	const uint8_t slots = 1u << EVENT_SLOT_FLAGS | 1u << EVENT_SLOT_TAG | 1u << EVENT_SLOT_SEQ |
			      1u << EVENT_SLOT_A | 1u << EVENT_SLOT_B;
	struct calls *calls = calloc(1, sizeof(*calls));
	struct walk_filter filter = walk_filter_all;
	struct codec_want want = walk_want_place();
	int status;

	if (calls == NULL)
		return -ENOMEM;
	calls->from = from;
	calls->to = to;
	pidmap_init(&calls->callers, sizeof(struct caller));
	for (size_t i = 0; i < sizeof(kinds); i++)
		want.slots[kinds[i]] |= slots;
	want.slots[ACTOR_EVENT_SEND] &= (uint8_t) ~(1u << EVENT_SLOT_B); /* the hash */
	filter.from = from;
	status = walk_begin(db, &filter, &want, &calls->walk, error, error_size);
	if (status != 0) {
		calls_end(calls);
		return status;
	}
	*ret_calls = calls;
	return 0;
}

struct calls *calls_end(struct calls *calls)
{
	size_t position = 0;
	uint64_t pid;
	uint32_t number;
	struct caller *caller;

	if (calls == NULL)
		return NULL;
	walk_end(calls->walk);
	while ((caller = pidmap_next(&calls->callers, &position, &pid, &number)) != NULL)
		free(caller->requests);
	pidmap_finish(&calls->callers);
	free(calls->out);
	free(calls);
	return NULL;
}

/* Gives out what is open at the end, one caller after the other. */
static int drain(struct calls *calls)
{
	struct caller *caller;
	uint64_t pid;
	uint32_t number;
	int status = 0;

	while (calls->out_count == 0 && status == 0) {
		caller = pidmap_next(&calls->callers, &calls->position, &pid, &number);
		if (caller == NULL)
			return 0;
		if (caller->waits)
			status = close_call(calls, &caller->wait, CALL_OPEN, 0);
		for (size_t i = 0; i < caller->count && status == 0; i++)
			status = close_call(calls, &caller->requests[i], CALL_OPEN, 0);
	}
	return status;
}

int calls_next(struct calls *calls, struct call *ret_call)
{
	struct walk_event event;
	int status = 0;

	if (calls->out_first == calls->out_count)
		calls->out_first = calls->out_count = 0;
	while (calls->out_count == 0 && !calls->drained) {
		status = walk_next(calls->walk, &event);
		if (status < 0)
			return status;
		if (status == 0 || (event.time > calls->to && calls->open == 0)) {
			calls->drained = true;
			break;
		}
		status = take_event(calls, &event);
		if (status < 0)
			return status;
	}
	if (calls->out_count == 0)
		status = drain(calls);
	if (status < 0)
		return status;
	if (calls->out_count == 0)
		return 0;
	*ret_call = calls->out[calls->out_first++];
	return 1;
}
