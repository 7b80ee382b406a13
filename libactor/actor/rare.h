/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_RARE_H
#define ACTOR_RARE_H

/*
 * What few actors ever need: outstanding requests, aliases, messages put aside, how the last call
 * failed, what the tools of sys.h keep. Hangs on the cell's extra; belongs to the thread that runs
 * the actor.
 */

#include <stdbool.h>
#include <stdint.h>

#include <actor/actor.h>

#include "actor/wait.h"
#include "mem/map.h"

struct cell;
struct thread;

/* Callers in the circle that the last deadlock would have closed; the first again at the end. */
struct cycle {
	uint32_t count;
	struct actor_pid pids[];
};

/* sys.h: what was counted when counting began. */
struct sys_statistics {
	bool on;
	uint64_t since_ns;
	uint32_t handled;
	uint32_t sends;
};

struct cell_rare {
	struct mailbox_list continues;  /* to be handled right after this turn */
	struct mailbox_list postponed;  /* in order of arrival */
	struct actor_message *received; /* by actor_receive, freed with the turn */
	struct map requests;            /* ref -> struct request * */
	struct map aliases;             /* ref -> enum alias_life */
	uint32_t answered;              /* running number of responses */
	int32_t reason;                 /* why the last failed call's callee ended */
	struct cycle *cycle;
	struct wait suspended; /* in cell->wait while the actor is suspended */
	struct sys_statistics statistics;
};

/* NULL when nothing was ever noted. */
struct cell_rare *cell_rare(const struct cell *cell);
/* To note something. NULL: no memory. */
struct cell_rare *cell_rare_want(struct thread *thread, struct cell *cell);
/* The actor ends: what it holds is buried or freed. */
void cell_rare_end(struct thread *thread, struct cell *cell, int reason);

#endif
