/* SPDX-License-Identifier: MIT */
#ifndef DIFF_COMPARE_H
#define DIFF_COMPARE_H

/*
 * Two traces, actor by actor: where each begins to differ, and why.
 *
 * A turn that got the same message and did something else is where a difference begins: the code,
 * or something that the recording does not know of. All turns that differ because of a message that
 * differs follow from the turn that sent it. So the differing actors form trees, and the root of a
 * tree is a change. The first one in time is taken for the change that was made, with all others of
 * its behaviour; whatever else begins to differ by itself is not explained by it.
 */

#include "diff/history.h"

enum differ_why {
	DIFFER_DEED,    /* the same message, and it did something else */
	DIFFER_ORDER,   /* messages that both got, in another order */
	DIFFER_OUTSIDE, /* what came from outside differs */
	DIFFER_MESSAGE, /* follows: its message differs, or was not sent in one of them */
	DIFFER_BIRTH,   /* follows: it was born in one of them only */
	DIFFER_END      /* one of them ends here: the recording, or the replay */
};

struct difference {
	const struct history *a; /* NULL: not in that trace */
	const struct history *b;
	uint32_t turn; /* place of the first turn that differs, from 0 */
	enum differ_why why;
	uint64_t cause; /* identity of the actor from which it follows, 0: none */
	uint64_t time;  /* ticks in A, else in B */
	bool explained; /* it is the change, or follows from it */
	bool change;
};

struct comparison {
	struct histories *a;
	struct histories *b;
	struct difference *differences; /* by time */
	uint32_t count;
	uint32_t changes;     /* where it begins */
	uint32_t unexplained; /* begin by themselves, elsewhere */
	uint64_t cone_turns;  /* turns from the first difference of an actor on, the more of both */
	uint64_t same_turns;
	uint32_t same_actors;
	uint32_t outside; /* actors that were not compared */
	char error[512];
};

/* 0, or a negative errno with a text. The caller finishes it in any case. */
int comparison_make(struct comparison *comparison, struct histories *a, struct histories *b);
void comparison_finish(struct comparison *comparison);

/* The events of one turn, for showing them. */
struct turn_events {
	struct actor_event opener;
	uint64_t time; /* ticks */
	struct actor_event *deeds;
	uint32_t count;
	bool cut; /* there were more */
};
#define TURN_EVENTS_MAX 64

/* 1, 0: there is no such turn, or a negative errno. Owns: the caller frees deeds. */
int turn_events_load(struct histories *histories, uint64_t pid, uint64_t id,
		     struct turn_events *ret_turn, char *error, size_t error_size);

#endif
