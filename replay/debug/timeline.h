/* SPDX-License-Identifier: MIT */
#ifndef DEBUG_TIMELINE_H
#define DEBUG_TIMELINE_H

/*
 * A replay as a line on which one can go to any place. Time is counted in steps (turns, and what
 * goes on with a turn that has waited), in the order in which this replay runs them: the count of
 * those that were begun before. Backwards is a copy of the process that was made earlier, and steps
 * forward.
 *
 * Copies are made by fork and cost what the process writes afterwards. There are at most
 * TIMELINE_SPREAD of them over the whole line, evenly, the distance doubled when there would be
 * more; and at most TIMELINE_NEAR around the places visited last, so that single steps back are
 * short. Where there are too many, the one that is missed least goes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "debug/link.h"

#define TIMELINE_SPREAD     48
#define TIMELINE_NEAR       12
#define TIMELINE_COPIES_MAX (TIMELINE_SPREAD + TIMELINE_NEAR)
#define TIMELINE_BREAKS_MAX 256

struct timeline_copy {
	struct link link;
	uint64_t count; /* where it stands */
	uint64_t step;  /* the script's that it is about to begin */
	uint64_t used;  /* when it was of use last */
	bool near;
};

struct timeline_break {
	uint32_t number; /* the user's */
	uint32_t remote; /* the process's */
	struct actor_control_break what;
};

struct timeline {
	const struct actor_script_header *script;
	struct timeline_copy copies[TIMELINE_COPIES_MAX + 1]; /* by count */
	uint32_t copy_count;
	uint64_t spacing; /* of those that are spread */
	uint64_t total;   /* steps of the recording, 0: not known */
	uint64_t clock;
	uint64_t copies_made;
	struct link now;
	struct actor_control_reply where; /* of `now` */
	bool at_end;
	bool left;      /* and main has returned */
	bool crashed;   /* running on from `where` ends the process */
	uint64_t crash; /* count of the step that does it; 0: none known */
	struct timeline_break breaks[TIMELINE_BREAKS_MAX];
	uint32_t break_count;
	uint64_t stop_step; /* timeline_go stops before it, too; 0: nowhere */
	/* What-if: what is left alone meanwhile. */
	bool branch;
	struct link trunk;
	struct actor_control_reply trunk_where;
	bool trunk_at_end;
	volatile int *interrupted;                 /* set by ^C; may be NULL */
	void (*progress)(void *user, double done); /* of long runs; may be NULL */
	void *progress_user;
	char error[320];
};

/* `first` stands before the first step, and belongs to the timeline from now on. */
int timeline_begin(struct timeline *timeline, struct link first);
void timeline_end(struct timeline *timeline);

/* Count of the place where it stands: so many steps have been begun. */
static inline uint64_t timeline_count(const struct timeline *timeline)
{
	return timeline->where.steps;
}

/*
 * To a place, or to the end where there are fewer steps. With `stop` breaks stop it on the way
 * forward; *ret_break (may be NULL) is the number of the break that did, or 0. -EINTR: ^C.
 */
int timeline_go(struct timeline *timeline, uint64_t count, bool stop, uint32_t *ret_break);

/* To the script's step `step`, or the first after it. */
int timeline_go_step(struct timeline *timeline, uint64_t step);

/*
 * Backwards to the last place before this one (`inclusive`: or at it) where a break (`number`, 0:
 * any) stops. *ret_break is 0 at the beginning.
 */
int timeline_reverse(struct timeline *timeline, uint32_t number, bool inclusive,
		     uint32_t *ret_break);

/* Breaks. 0 or a negative errno. */
int timeline_break(struct timeline *timeline, uint32_t number,
		   const struct actor_control_break *what);
int timeline_unbreak(struct timeline *timeline, uint32_t number);

/* From now on what happens is a branch, which timeline_abandon throws away. */
int timeline_branch(struct timeline *timeline);
int timeline_abandon(struct timeline *timeline);

/* A copy of where it stands, which is the caller's. */
int timeline_copy(struct timeline *timeline, struct link *ret_link);

/* Asks the process; errors are in timeline->error. */
int timeline_ask(struct timeline *timeline, const struct link_request *request,
		 struct actor_control_reply *ret_reply);

#endif
