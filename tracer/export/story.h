/* SPDX-License-Identifier: MIT */
#ifndef EXPORT_STORY_H
#define EXPORT_STORY_H

/*
 * One pass over a recording: each turn with all that it did, as soon as it has ended, and the
 * events that belong to no turn alone. Only what the source's selection asks for comes out.
 *
 * Memory: as store/turns.h says, and what the turns under way have sent, at most
 * STORY_SENDS_MAX messages of each; what is above that is counted.
 */

#include "export/source.h"
#include "store/turns.h"

#define STORY_SENDS_MAX 4096

struct story_send {
	struct send send;
	uint32_t seq;
};

/* It ran, without a pause, on one thread. */
struct story_stretch {
	uint64_t from; /* ticks */
	uint64_t to;
	uint32_t thread;
};

struct story_turn {
	struct turn turn;
	const struct story_send *sends; /* by time */
	size_t send_count;
	const struct story_stretch *stretches; /* by time; in between it waited */
	size_t stretch_count;
};

/* Each returns 0, or a negative errno that ends the pass. Any may be NULL. */
struct story_sink {
	void *user;
	int (*turn)(void *user, const struct story_turn *turn);
	/* Every send, by time, of a turn or not, whoever gets it. */
	int (*send)(void *user, uint64_t sender, uint32_t seq, const struct send *send);
	/* Each event of one of these kinds, by time. */
	int (*event)(void *user, const struct walk_event *event);
	uint64_t kinds; /* bit k: kind k */
	/* As in struct turns_watch; called for turns of all actors. */
	uint64_t (*begin)(void *user, const struct turn *turn);
};

/* 0 or a negative errno with a text in source->error; -EINTR after story_stop. */
int story_tell(struct source *source, const struct story_sink *sink);

/* Ends all passes; may be called by a signal handler. */
void story_stop(void);

/* "call", "timer", "input": how the turn was opened. */
const char *story_kind(const struct turn *turn);

#endif
