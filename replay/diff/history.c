/* SPDX-License-Identifier: MIT */
#include "history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/open.h"

#define KIND_PORT    2
#define KIND_FOREIGN 3

/* Not for anybody but the two sides of one comparison. */
static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t x = a * UINT64_C(0x9e3779b97f4a7c15) + b;

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static uint64_t mix_text(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; text != NULL && *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

/* ---- Actors -----------------------------------------------------------------------------------
 */

static struct history *add(struct histories *histories, uint64_t pid, uint64_t identity)
{
	struct history *history;
	uint32_t *place;
	bool fresh;

	if (identity == pid && histories->original != NULL)
		identity = histories_identity(histories->original, pid);
	if (histories->count == histories->room) {
		uint32_t room = histories->room != 0 ? 2 * histories->room : 64;
		struct history *more = realloc(histories->actors, room * sizeof(*more));

		if (more == NULL)
			return NULL;
		histories->actors = more;
		histories->room = room;
	}
	place = pidmap_put(&histories->by_pid, pid, 0, &fresh);
	if (place == NULL)
		return NULL;
	*place = histories->count;
	place = pidmap_put(&histories->by_identity, identity, 0, &fresh);
	if (place == NULL)
		return NULL;
	if (fresh)
		*place = histories->count;
	history = &histories->actors[histories->count++];
	*history = (struct history){.pid = pid, .identity = identity};
	return history;
}

const struct history *histories_find_pid(const struct histories *histories, uint64_t pid)
{
	const uint32_t *place = pidmap_get(&histories->by_pid, pid, 0);

	return place != NULL ? &histories->actors[*place] : NULL;
}

const struct history *histories_find(const struct histories *histories, uint64_t identity)
{
	const uint32_t *place = pidmap_get(&histories->by_identity, identity, 0);

	return place != NULL ? &histories->actors[*place] : NULL;
}

uint32_t history_turns(const struct history *history, uint32_t count)
{
	uint32_t turns = 0;

	for (uint32_t i = 0; i < count && i < history->count; i++)
		turns += (history->turns[i].id & HISTORY_GOES_ON) == 0;
	return turns;
}

uint64_t histories_identity(const struct histories *histories, uint64_t pid)
{
	const struct history *history = histories_find_pid(histories, pid);
	uint64_t identity = history != NULL ? history->identity : pid;

	return identity == pid && histories->original != NULL
		       ? histories_identity(histories->original, pid)
		       : identity;
}

/* The actor of events that name it before it was born: in order-only traces, and after losses. */
static struct history *want(struct histories *histories, uint64_t pid)
{
	const uint32_t *place = pidmap_get(&histories->by_pid, pid, 0);

	return place != NULL ? &histories->actors[*place] : add(histories, pid, pid);
}

static int load_actors(struct histories *histories)
{
	sqlite3_stmt *rows = NULL;
	int status = 0;

	if (sqlite3_prepare_v2(histories->db,
			       "SELECT pid, coalesce(identity, pid), coalesce(parent, 0),"
			       " coalesce(behaviour, 0), coalesce(kind, 0), coalesce(nth, 0)"
			       " FROM actor ORDER BY spawn_ticks, pid",
			       -1, &rows, NULL) != SQLITE_OK) {
		snprintf(histories->error, sizeof(histories->error), "%s",
			 sqlite3_errmsg(histories->db));
		return -EBADMSG;
	}
	while (status == 0 && sqlite3_step(rows) == SQLITE_ROW) {
		struct history *history = add(histories, (uint64_t)sqlite3_column_int64(rows, 0),
					      (uint64_t)sqlite3_column_int64(rows, 1));
		int kind = sqlite3_column_int(rows, 4);

		if (history == NULL) {
			status = -ENOMEM;
			break;
		}
		history->parent = (uint64_t)sqlite3_column_int64(rows, 2);
		history->behaviour = (uint16_t)sqlite3_column_int(rows, 3);
		/* The first thread of the program runs in a replay, too. */
		history->outside = kind == KIND_PORT ||
				   (kind == KIND_FOREIGN && sqlite3_column_int(rows, 5) != 1);
	}
	sqlite3_finalize(rows);
	return status;
}

/* ---- Events -----------------------------------------------------------------------------------
 */

static int open_turn(struct histories *histories, struct history *history, uint64_t id, uint64_t in)
{
	if (history->count == history->room) {
		uint32_t room = history->room != 0 ? 2 * history->room : 8;
		struct history_turn *more = realloc(history->turns, room * sizeof(*more));

		if (more == NULL)
			return -ENOMEM;
		history->turns = more;
		history->room = room;
	}
	history->turns[history->count++] = (struct history_turn){.id = id, .in = in};
	histories->turns++;
	return 0;
}

static uint64_t hash_of_type(struct histories *histories, uint16_t tag)
{
	return tag == 0 ? 0 : mix_text(trace_type(histories->trace, tag));
}

static uint64_t hash_of_message(struct histories *histories, const struct actor_event *event)
{
	uint64_t hash = mix(event_message_kind(event), histories_identity(histories, event->b));

	hash = mix(hash, event->seq);
	return mix(hash, hash_of_type(histories, event->tag));
}

/*
 * Whether an exit, a down or the like still finds its receiver is chance where that stands for the
 * outside, and none of its business in a replay.
 */
static bool is_lost_outside(const struct histories *histories, const struct actor_event *event)
{
	uint8_t message = event_message_kind(event);
	const struct history *receiver =
		histories_find(histories, histories_identity(histories, event->a));

	if (histories->original != NULL)
		receiver = histories_find_pid(histories->original, event->a);
	return receiver != NULL && receiver->outside &&
	       (message == ACTOR_MESSAGE_KIND_EXIT || message == ACTOR_MESSAGE_KIND_DOWN ||
		message == ACTOR_MESSAGE_KIND_SIGNAL);
}

/* What a turn has done, without pids and tags. 0: nothing that counts. */
static uint64_t hash_of_deed(struct histories *histories, const struct actor_event *event)
{
	uint64_t hash = mix(event->kind, event->seq);

	switch (event->kind) {
	case ACTOR_EVENT_SEND:
	case ACTOR_EVENT_DEAD_LETTER:
	case ACTOR_EVENT_MAILBOX_DROP:
		if (is_lost_outside(histories, event))
			return 0;
		hash = mix(hash, event_message_kind(event));
		hash = mix(hash, hash_of_type(histories, event->tag));
		hash = mix(hash, histories_identity(histories, event->a));
		if (event->kind == ACTOR_EVENT_SEND)
			hash = mix(mix(hash, event->b), (uint32_t)event->c);
		return hash;
	case ACTOR_EVENT_SPAWN:
		hash = mix(hash, mix_text(trace_behaviour(histories->trace, event->tag)));
		return mix(hash, event->c);
	case ACTOR_EVENT_EXIT:
		return mix(hash, event->b);
	case ACTOR_EVENT_TIMER_START:
		hash = mix(hash, hash_of_type(histories, event->tag));
		return mix(mix(hash, event->b), event->c);
	case ACTOR_EVENT_TIMER_CANCEL:
	case ACTOR_EVENT_POSTPONE:
	case ACTOR_EVENT_UNHANDLED:
		return hash;
	case ACTOR_EVENT_LINK:
	case ACTOR_EVENT_UNLINK:
	case ACTOR_EVENT_MONITOR:
	case ACTOR_EVENT_DEMONITOR:
		return mix(hash, histories_identity(histories, event->b));
	case ACTOR_EVENT_REGISTER:
	case ACTOR_EVENT_UNREGISTER:
	case ACTOR_EVENT_JOIN:
	case ACTOR_EVENT_LEAVE:
		return mix(hash, mix_text(trace_string(histories->trace, (uint32_t)event->b)));
	case ACTOR_EVENT_RESTART:
	case ACTOR_EVENT_GIVE_UP:
		return mix(hash, event->c);
	default:
		return 0;
	}
}

/* Whose deed it is: whose turn it was, but for births of actors that are told by themselves. */
static uint64_t actor_of(const struct walk_event *event)
{
	if (event->event->kind == ACTOR_EVENT_EXIT ||
	    event->event->kind == ACTOR_EVENT_TIMER_START ||
	    event->event->kind == ACTOR_EVENT_TIMER_CANCEL)
		return event->event->a;
	return event->actor;
}

static int take_birth(struct histories *histories, const struct actor_event *event)
{
	struct history *history = want(histories, event->a);

	if (history == NULL)
		return -ENOMEM;
	history->behaviour = event->tag;
	/* What ended before the recorder saw it has no kind in the table. */
	history->outside |= (event->flags & ACTOR_EVENT_FOREIGN) != 0;
	return 0;
}

static int take(struct histories *histories, const struct walk_event *place)
{
	const struct actor_event *event = place->event;
	struct history *history;
	uint64_t deed;

	if (event->kind == ACTOR_EVENT_SPAWN && take_birth(histories, event) != 0)
		return -ENOMEM;
	if (event->kind == ACTOR_EVENT_RECV || event->kind == ACTOR_EVENT_INPUT) {
		history = want(histories, event->a);
		if (history == NULL)
			return -ENOMEM;
		history->lost |= place->gap;
		if (event->kind == ACTOR_EVENT_INPUT)
			return open_turn(histories, history, place->id, 0);
		deed = hash_of_message(histories, event);
		return open_turn(histories, history,
				 event_is_continuation(event) && history->count != 0
					 ? place->id | HISTORY_GOES_ON
					 : place->id,
				 deed);
	}
	deed = hash_of_deed(histories, event);
	if (deed == 0 || actor_of(place) == 0)
		return 0;
	history = want(histories, actor_of(place));
	if (history == NULL)
		return -ENOMEM;
	history->lost |= place->gap;
	if (history->count == 0)
		return 0;
	if (event->kind == ACTOR_EVENT_SEND)
		histories->no_sends = false;
	history->turns[history->count - 1].out = mix(history->turns[history->count - 1].out, deed);
	return 0;
}

static int load_events(struct histories *histories)
{
	struct codec_want all = codec_want_all();
	struct walk_event event;
	struct walk *walk;
	int status = walk_begin(histories->db, &walk_filter_all, &all, &walk, histories->error,
				sizeof(histories->error));

	if (status != 0)
		return status;
	histories->no_sends = true;
	while ((status = walk_next(walk, &event)) == 1) {
		histories->events++;
		histories->has_gaps |= event.gap;
		status = take(histories, &event);
		if (status != 0)
			break;
	}
	walk_end(walk);
	return status;
}

int histories_load(struct histories *histories, const char *path, const struct histories *original)
{
	int status;

	memset(histories, 0, sizeof(*histories));
	histories->original = original;
	pidmap_init(&histories->by_pid, sizeof(uint32_t));
	pidmap_init(&histories->by_identity, sizeof(uint32_t));
	status = store_open(path, &histories->db, histories->error, sizeof(histories->error));
	if (status != 0)
		return status;
	status = trace_open(histories->db, &histories->trace);
	if (status == 0)
		status = trace_refresh(histories->trace);
	if (status != 0) {
		snprintf(histories->error, sizeof(histories->error), "%s cannot be read: %s", path,
			 histories->trace != NULL ? histories->trace->error : "out of memory");
		return status;
	}
	status = load_actors(histories);
	if (status == 0)
		status = load_events(histories);
	if (status != 0 && histories->error[0] == '\0')
		snprintf(histories->error, sizeof(histories->error), "%s cannot be read: %s", path,
			 strerror(-status));
	return status;
}

void histories_finish(struct histories *histories)
{
	for (uint32_t i = 0; i < histories->count; i++)
		free(histories->actors[i].turns);
	free(histories->actors);
	pidmap_finish(&histories->by_pid);
	pidmap_finish(&histories->by_identity);
	trace_close(histories->trace);
	sqlite3_close(histories->db);
	memset(histories, 0, sizeof(*histories));
}
