/* SPDX-License-Identifier: MIT */
#include "compare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/seek.h"

/* ---- One turn ---------------------------------------------------------------------------------
 */

static bool is_shown(uint8_t kind)
{
	return kind != ACTOR_EVENT_STAMP && kind != ACTOR_EVENT_IDLE && kind != ACTOR_EVENT_WAKE &&
	       kind != ACTOR_EVENT_MODE && kind != ACTOR_EVENT_OMITTED;
}

int turn_events_load(struct histories *histories, uint64_t pid, uint64_t id,
		     struct turn_events *ret_turn, char *error, size_t error_size)
{
	struct codec_want all = codec_want_all();
	struct walk_filter filter = walk_filter_all;
	struct turn_events turn = {.time = 0};
	struct walk_event place;
	uint32_t thread = 0;
	struct seek_event opener;
	struct walk *walk;
	struct seek seek;
	int status = seek_begin(&seek, histories->db, error, error_size);

	if (status == 0)
		status = seek_event(&seek, id, &opener);
	seek_end(&seek);
	if (status <= 0)
		return status;
	turn.opener = opener.event;
	turn.time = opener.time;
	turn.deeds = calloc(TURN_EVENTS_MAX, sizeof(*turn.deeds));
	filter.actor = pid;
	filter.from = opener.time;
	if (turn.deeds == NULL)
		return -ENOMEM;
	status = walk_begin(histories->db, &filter, &all, &walk, error, error_size);
	if (status != 0) {
		free(turn.deeds);
		return status;
	}
	for (bool begun = false; (status = walk_next(walk, &place)) == 1;) {
		const struct actor_event *event = place.event;

		if (!begun) {
			begun = place.id == id;
			thread = place.thread;
			continue;
		}
		/* The actor's next turn, or the thread's. */
		if ((event->kind == ACTOR_EVENT_RECV || event->kind == ACTOR_EVENT_INPUT) &&
		    (event->a == pid || place.thread == thread))
			break;
		/* What others do with it at that time; and a replay's times are steps. */
		if (place.thread != thread || place.actor != pid || !is_shown(event->kind))
			continue;
		if (turn.count == TURN_EVENTS_MAX) {
			turn.cut = true;
			break;
		}
		turn.deeds[turn.count++] = *event;
		if (event->kind == ACTOR_EVENT_EXIT)
			break;
	}
	walk_end(walk);
	if (status < 0) {
		free(turn.deeds);
		return status;
	}
	*ret_turn = turn;
	return 1;
}

/* ---- Why --------------------------------------------------------------------------------------
 */

/* What a message was when it was sent, in each of the two. */
struct sent {
	uint64_t hash;
	uint32_t size;
	uint16_t tag;
	bool found;
};

struct side {
	struct histories *histories;
	struct pidmap sent; /* struct sent, by the sender's identity and number */
};

/* Where a difference's turn begins on both sides. */
struct openers {
	struct seek_event event[2];
	bool has[2];
};

static const struct history *history_of(const struct difference *difference, int side)
{
	return side == 0 ? difference->a : difference->b;
}

/* Loads them, and notes whose messages they are: both sides are asked for both. */
static int load_openers(struct comparison *comparison, struct side sides[2],
			struct openers *openers)
{
	int status = 0;

	for (int i = 0; i < 2 && status >= 0; i++) {
		struct seek seek;

		status = seek_begin(&seek, sides[i].histories->db, comparison->error,
				    sizeof(comparison->error));
		for (uint32_t k = 0; k < comparison->count && status >= 0; k++) {
			const struct difference *difference = &comparison->differences[k];
			const struct history *history = history_of(difference, i);
			struct seek_event *event = &openers[k].event[i];

			if (history == NULL || difference->turn >= history->count)
				continue;
			status = seek_event(&seek,
					    history->turns[difference->turn].id & ~HISTORY_GOES_ON,
					    event);
			openers[k].has[i] = status == 1;
			if (status != 1 || !event_has_send(&event->event))
				continue;
			for (int j = 0; j < 2; j++)
				if (pidmap_put(
					    &sides[j].sent,
					    histories_identity(sides[i].histories, event->event.b),
					    event->event.seq, NULL) == NULL)
					status = -ENOMEM;
		}
		seek_end(&seek);
	}
	return status < 0 ? status : 0;
}

/* Finds the SENDs of the messages that were noted. */
static int load_sent(struct comparison *comparison, struct side *side)
{
	struct codec_want want = walk_want_place();
	struct walk_filter filter = walk_filter_all;
	struct walk_event place;
	struct walk *walk;
	int status;

	if (side->sent.count == 0)
		return 0;
	want.slots[ACTOR_EVENT_SEND] = CODEC_SLOTS_ALL;
	status = walk_begin(side->histories->db, &filter, &want, &walk, comparison->error,
			    sizeof(comparison->error));
	if (status != 0)
		return status;
	while ((status = walk_next(walk, &place)) == 1) {
		struct sent *sent;

		if (place.event->kind != ACTOR_EVENT_SEND || place.actor == 0)
			continue;
		sent = pidmap_get(&side->sent, histories_identity(side->histories, place.actor),
				  place.event->seq);
		if (sent != NULL)
			*sent = (struct sent){.hash = place.event->b,
					      .size = (uint32_t)place.event->c,
					      .tag = place.event->tag,
					      .found = true};
	}
	walk_end(walk);
	return status;
}

static bool is_outside(struct side sides[2], uint64_t identity)
{
	const struct history *history = histories_find(sides[0].histories, identity);

	if (history == NULL)
		history = histories_find(sides[1].histories, identity);
	return history != NULL && history->outside;
}

/* Whether the message of a turn was sent alike in both. */
static bool is_sent_alike(struct side sides[2], int side, const struct actor_event *opener)
{
	const struct sent *sent[2];

	if (!event_has_send(opener))
		return true;
	for (int j = 0; j < 2; j++) {
		sent[j] = pidmap_get(&sides[j].sent,
				     histories_identity(sides[side].histories, opener->b),
				     opener->seq);
		if (sent[j] == NULL)
			return true;
	}
	if (!sent[0]->found && !sent[1]->found)
		return true; /* from an actor whose sends no trace has */
	if (sides[1].histories->original != NULL &&
	    is_outside(sides, histories_identity(sides[side].histories, opener->b)))
		return true; /* a replay gets what was recorded, and does not send it */
	return sent[0]->found && sent[1]->found && sent[0]->hash == sent[1]->hash &&
	       sent[0]->size == sent[1]->size &&
	       strcmp(trace_type(sides[0].histories->trace, sent[0]->tag),
		      trace_type(sides[1].histories->trace, sent[1]->tag)) == 0;
}

static void explain_birth(struct side sides[2], struct difference *difference)
{
	const struct history *one = difference->a != NULL ? difference->a : difference->b;

	difference->why = DIFFER_BIRTH;
	difference->cause =
		histories_identity(sides[difference->a != NULL ? 0 : 1].histories, one->parent);
}

static void explain(struct side sides[2], struct difference *difference,
		    const struct openers *openers)
{
	const struct seek_event *first = openers->has[0] ? &openers->event[0] : &openers->event[1];
	int other = -1; /* the side whose message was not sent alike */

	difference->time = first->time;
	if (difference->a == NULL || difference->b == NULL) {
		explain_birth(sides, difference);
		return;
	}
	for (int i = 0; i < 2 && other < 0; i++)
		if (openers->has[i] && !is_sent_alike(sides, i, &openers->event[i].event))
			other = i;
	if (other >= 0) {
		difference->why = DIFFER_MESSAGE;
		difference->cause =
			histories_identity(sides[other].histories, openers->event[other].event.b);
		if (is_outside(sides, difference->cause)) {
			difference->why = DIFFER_OUTSIDE;
			difference->cause = 0;
		}
	} else if (!openers->has[0] || !openers->has[1]) {
		difference->why = DIFFER_END;
	} else if (first->event.kind == ACTOR_EVENT_INPUT) {
		difference->why = DIFFER_OUTSIDE;
	} else {
		difference->why = difference->a->turns[difference->turn].in ==
						  difference->b->turns[difference->turn].in
					  ? DIFFER_DEED
					  : DIFFER_ORDER;
	}
}

static int explain_all(struct comparison *comparison)
{
	struct side sides[2] = {{.histories = comparison->a}, {.histories = comparison->b}};
	struct openers *openers = calloc(comparison->count + 1, sizeof(*openers));
	int status = openers != NULL ? 0 : -ENOMEM;

	for (int i = 0; i < 2; i++)
		pidmap_init(&sides[i].sent, sizeof(struct sent));
	if (status == 0)
		status = load_openers(comparison, sides, openers);
	for (int i = 0; i < 2 && status == 0; i++)
		status = load_sent(comparison, &sides[i]);
	for (uint32_t i = 0; i < comparison->count && status == 0; i++)
		explain(sides, &comparison->differences[i], &openers[i]);
	for (int i = 0; i < 2; i++)
		pidmap_finish(&sides[i].sent);
	free(openers);
	return status;
}

/* ---- Which -------------------------------------------------------------------------------------
 */

static uint32_t count_alike(const struct history *a, const struct history *b)
{
	uint32_t least = a->count < b->count ? a->count : b->count;
	uint32_t turn = 0;

	while (turn < least && a->turns[turn].in == b->turns[turn].in &&
	       a->turns[turn].out == b->turns[turn].out)
		turn++;
	return turn;
}

static struct difference *add(struct comparison *comparison, uint32_t *room)
{
	if (comparison->count == *room) {
		uint32_t more = *room != 0 ? 2 * *room : 64;
		struct difference *all = realloc(comparison->differences, more * sizeof(*all));

		if (all == NULL)
			return NULL;
		comparison->differences = all;
		*room = more;
	}
	return &comparison->differences[comparison->count++];
}

static uint32_t turns_of(const struct history *history)
{
	return history != NULL ? history_turns(history, history->count) : 0;
}

static int find_differences(struct comparison *comparison)
{
	uint32_t room = 0;

	for (uint32_t i = 0; i < comparison->a->count; i++) {
		const struct history *a = &comparison->a->actors[i];
		const struct history *b = histories_find(comparison->b, a->identity);
		uint32_t alike = b != NULL ? count_alike(a, b) : 0;
		struct difference *difference;

		if (a->outside) {
			comparison->outside++;
			continue;
		}
		comparison->same_turns += history_turns(a, alike);
		if (b != NULL && alike == a->count && alike == b->count) {
			comparison->same_actors++;
			continue;
		}
		difference = add(comparison, &room);
		if (difference == NULL)
			return -ENOMEM;
		*difference = (struct difference){.a = a, .b = b, .turn = alike};
	}
	for (uint32_t i = 0; i < comparison->b->count; i++) {
		const struct history *b = &comparison->b->actors[i];
		struct difference *difference;

		if (b->outside || histories_find(comparison->a, b->identity) != NULL)
			continue;
		difference = add(comparison, &room);
		if (difference == NULL)
			return -ENOMEM;
		*difference = (struct difference){.b = b};
	}
	for (uint32_t i = 0; i < comparison->count; i++) {
		const struct difference *difference = &comparison->differences[i];
		uint32_t turns_a = turns_of(difference->a);
		uint32_t turns_b = turns_of(difference->b);
		uint32_t alike =
			difference->a != NULL ? history_turns(difference->a, difference->turn) : 0;

		comparison->cone_turns += (turns_a > turns_b ? turns_a : turns_b) - alike;
	}
	return 0;
}

static int by_time(const void *left, const void *right)
{
	const struct difference *a = left;
	const struct difference *b = right;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return (int)(a->why > b->why) - (int)(a->why < b->why);
}

/* ---- The cone ---------------------------------------------------------------------------------
 */

static const char *behaviour_of(const struct comparison *comparison,
				const struct difference *difference)
{
	return difference->a != NULL
		       ? trace_behaviour(comparison->a->trace, difference->a->behaviour)
		       : trace_behaviour(comparison->b->trace, difference->b->behaviour);
}

static bool begins(const struct difference *difference)
{
	return difference->cause == 0;
}

/* Whether it follows from the change. A chain of causes goes back in time, so it has an end. */
static bool follows(const struct comparison *comparison, const struct pidmap *index, uint32_t nth)
{
	const struct difference *difference = &comparison->differences[nth];

	for (uint32_t steps = 0; steps < comparison->count; steps++) {
		const uint32_t *place;

		if (difference->explained || begins(difference))
			return difference->explained;
		place = pidmap_get(index, difference->cause, 0);
		if (place == NULL)
			return false;
		difference = &comparison->differences[*place];
	}
	return false;
}

/* The change is where it begins first, and what begins elsewhere with the same behaviour. */
static int find_cone(struct comparison *comparison)
{
	const struct difference *first = NULL;
	struct pidmap index; /* uint32_t, by identity */

	pidmap_init(&index, sizeof(uint32_t));
	for (uint32_t i = 0; i < comparison->count; i++) {
		const struct difference *difference = &comparison->differences[i];
		const struct history *one = difference->a != NULL ? difference->a : difference->b;
		uint32_t *place = pidmap_put(&index, one->identity, 0, NULL);

		if (place == NULL) {
			pidmap_finish(&index);
			return -ENOMEM;
		}
		*place = i;
	}

	for (uint32_t i = 0; i < comparison->count && first == NULL; i++)
		if (begins(&comparison->differences[i]))
			first = &comparison->differences[i];
	for (uint32_t i = 0; i < comparison->count && first != NULL; i++) {
		struct difference *difference = &comparison->differences[i];

		if (begins(difference) && difference->why == first->why &&
		    strcmp(behaviour_of(comparison, difference), behaviour_of(comparison, first)) ==
			    0) {
			difference->change = difference->explained = true;
			comparison->changes++;
		}
	}
	/* What one of them did not get to is not a second change, nor what follows from that. */
	for (uint32_t i = 0; i < comparison->count && comparison->changes != 0; i++)
		comparison->differences[i].explained |=
			comparison->differences[i].why == DIFFER_END;
	for (uint32_t i = 0; i < comparison->count; i++)
		comparison->differences[i].explained |= follows(comparison, &index, i);
	pidmap_finish(&index);
	for (uint32_t i = 0; i < comparison->count; i++)
		comparison->unexplained += !comparison->differences[i].explained;
	return 0;
}

int comparison_make(struct comparison *comparison, struct histories *a, struct histories *b)
{
	int status;

	*comparison = (struct comparison){.a = a, .b = b};
	status = find_differences(comparison);
	if (status == 0)
		status = explain_all(comparison);
	if (status != 0) {
		if (comparison->error[0] == '\0')
			snprintf(comparison->error, sizeof(comparison->error), "%s",
				 strerror(-status));
		return status;
	}
	if (comparison->count > 1)
		qsort(comparison->differences, comparison->count,
		      sizeof(comparison->differences[0]), by_time);
	status = find_cone(comparison);
	if (status != 0)
		snprintf(comparison->error, sizeof(comparison->error), "%s", strerror(-status));
	return status;
}

void comparison_finish(struct comparison *comparison)
{
	free(comparison->differences);
	comparison->differences = NULL;
	comparison->count = 0;
}
