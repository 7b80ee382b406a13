/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_COMPARE_H
#define REPLAY_COMPARE_H

/*
 * Two runs are the same session when each actor does the same in both: this compares what a
 * program under replay does, event by event, with what it did when it was recorded, actor by
 * actor. What depends on the machine's pace alone (lengths of mailboxes, who of two finds a dead
 * actor first) is not compared.
 *
 * Memory: 8 bytes for each recorded event between the place that the replay has come to and the
 * place at which an actor that lags behind does its next thing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tracer/stream.h>

#include "recording.h"
#include "script_file.h"

enum divergence_kind {
	DIVERGENCE_DIFFERS, /* both do something, and it differs in `field` */
	DIVERGENCE_MISSING, /* what was done then is not done now */
	DIVERGENCE_EXTRA,   /* what is done now was not done then */
	DIVERGENCE_UNSENT   /* a message that was received then has not come now */
};

struct divergence {
	enum divergence_kind kind;
	uint64_t actor;
	uint64_t step;  /* place of the step in whose turn it is; 0: before the first */
	uint64_t place; /* of the recorded event in the script, from 1; 0: none */
	bool has_now;
	struct actor_event now;
	const char *field;  /* what differs, for people */
	char now_name[256]; /* the name that `now` is about; "": about none */
};

struct compare;

/* Called for each divergence; not 0: it is enough. */
typedef int (*compare_found)(void *user, const struct divergence *divergence);

struct compare *compare_create(struct recording *recording, const struct script_file *script,
			       compare_found found, void *user);
/* Accepts NULL, returns NULL. */
struct compare *compare_destroy(struct compare *compare);

/* The kinds of events that it wants to be given. */
uint64_t compare_events(const struct recording *recording);

/* The plane of the program, for the words of its tables. Before the first events. */
void compare_plane(struct compare *compare, struct plane_view *plane);

/* A session_events; `user` is the struct compare. -ECANCELED: `found` has said so. */
int compare_take(void *user, const struct stream_batch *batch);

/* After the last event: what is left. `whole`: the program has come to its end by itself. */
int compare_finish(struct compare *compare, bool whole);

/* Turns that were compared; turns of the program so far. */
uint64_t compare_turns(const struct compare *compare);

/* The recorded event at a place. */
static inline const struct actor_event *compare_recorded(const struct script_file *script,
							 uint64_t place)
{
	return place != 0 && place <= script->count ? &script->events[place - 1] : NULL;
}

#endif
