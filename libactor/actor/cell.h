/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_CELL_H
#define ACTOR_CELL_H

/*
 * An actor, as the runtime sees it. Cells lie in one array, at the index of their slot, so a pid is
 * turned into a cell by arithmetic; the memory of a slot is always that of a cell, dead or alive.
 * The part that others look at is the actor's line in the plane; what is here belongs to the thread
 * that runs the actor, but for the fields marked (shared).
 *
 *	a message's road:  actor_send -> mailbox in the line -> cell_drain -> urgent or queue
 *			   -> seam.next_message -> turn
 */

#include <stdbool.h>
#include <stdint.h>

#include <actor/actor.h>
#include <actor/plane.h>

#include "base/random.h"
#include "mailbox/mailbox.h"
#include "mem/map.h"
#include "sched/queue.h"
#include "sched/stack.h"
#include "sched/thread.h"

struct cell_rare;
struct executor;
struct wait;
struct watchers;

/* A call that was taken and is still to be answered. */
struct owed {
	struct owed *next;
	struct actor_from from;
};

/*
 * What only some actors ever need: links, timers, memory of their own. Made when it is first
 * needed, so that a plain actor does not pay for it. Belongs to the thread that runs the actor.
 */
struct cell_extra {
	struct map links;          /* pid -> 1 */
	struct map monitors;       /* ref -> pid watched */
	struct map blobs;          /* address -> how often it is held */
	struct map timers;         /* nth -> struct actor_timer * */
	struct watchers *watchers; /* who watches this actor */
	struct cell_rare *rare;    /* see actor/rare.h */
	struct deadline *deadline; /* of its waits */
	struct owed *owed;
	struct block *blocks;      /* actor_alloc */
	struct actor_from starter; /* who waits for init; caller 0: nobody */
	uint32_t inputs;           /* of a port */
	uint32_t timers_started;
	uint32_t jobs_started; /* blocking calls */
	uint8_t class;         /* of the pool */
};

/*
 * What a turn leaves to be done at its end, see turn_settle. With TRACED every turn takes that way.
 */
#define AFTER_CONTINUES 0x01 /* actor_continue */
#define AFTER_POSTPONE  0x02 /* the message is put aside */
#define AFTER_CHANGED   0x04 /* what was put aside comes back */
#define AFTER_RECEIVED  0x08 /* a message taken by actor_receive is to be freed */
#define AFTER_KILLED    0x10 /* no terminate */
#define AFTER_KEPT      0x40 /* the message belongs to somebody now, at once */
#define AFTER_TRACED    0x20 /* sys.h: the turn is logged */

/* What every actor has, three whole cache lines. Parent and identity lie in the plane's birth line.
 */
struct cell {
	struct task task;
	struct mailbox_list queue;  /* messages in the order of arrival */
	struct mailbox_list urgent; /* signals and replies: before all others */

	void *state;
	const struct actor_behaviour *behaviour;
	struct actor_message *handling; /* by the turn now running */
	struct wait *wait;              /* the call it waits in */
	struct random random;           /* all 0: not seeded yet */
	uint32_t sends;                 /* running number of messages */
	uint32_t handled;               /* turns begun by messages that have a handler */
	uint32_t turn_sends;            /* of this turn */
	uint32_t overtake; /* (shared) 1: a signal lies in the inbox; look before the next turn */

	struct cell_extra *extra; /* never NULL: `cell_extra_none` until something is noted there */
	struct executor *executor; /* NULL: the schedulers */
	struct actor_pid pid;      /* of slot and generation, which are asked for as often */
	uint32_t slot;
	uint32_t generation;
	uint32_t children; /* running numbers: with the identity, the identity of what they count */
	uint32_t refs;
	uint32_t memory;     /* bytes */
	uint8_t after;       /* AFTER_*: what is to be done when the turn is over */
	uint8_t state_class; /* of the pool */
	bool fresh;          /* its init has no argument, and no message yet */
	bool unanswered;     /* `handling` is a call, and nobody has replied to it yet */
	bool traps;
	bool ready;       /* init is done: there is something to terminate */
	bool child;       /* linked to its parent from birth: the parent's exit ends it */
	bool ending;      /* terminate runs */
	bool always_ends; /* terminate runs even when it is killed: it holds a socket */
	bool outside;     /* a port: what it does comes from outside */
	uint8_t stamper;  /* number and 1 of the thread that its last stamp is of, 0: none */
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct cell) == 192, "three lines, which no other cell shares");

/* Stands for every extra in which nothing is noted. Read-only. */
extern struct cell_extra cell_extra_none;

/* To note something. NULL: no memory. */
struct cell_extra *cell_extra_want(struct thread *thread, struct cell *cell);
/* Gives it back with its links and monitors; the rest of what it holds must be gone already. */
void cell_extra_free(struct thread *thread, struct cell *cell);

/* Runs actors elsewhere than on the schedulers: the I/O thread, a detached actor's, a foreign one.
 */
struct executor {
	/* Any thread: the task is to be run. */
	void (*ready)(struct executor *executor, struct task *task);
};

static inline struct cell *cell_of_task(struct task *task)
{
	return (struct cell *)(void *)task; /* first member */
}

static inline struct actor_pid cell_pid(const struct cell *cell)
{
	return cell->pid;
}

/* Any thread: makes the actor run. It must have been woken by this very message. */
void cell_ready(struct actor_system *system, struct cell *cell);

/*
 * Gives a message to an actor, living or not. Owns: takes the message. False when the actor is
 * dead; then the message is freed, and answered where its sender waits for an answer.
 */
bool cell_deliver(struct thread *thread, struct actor_pid to, struct actor_message *message,
		  uint32_t *ret_depth);

/* The same, whatever limit the receiver's mailbox has. */
bool cell_push(struct thread *thread, struct actor_pid to, struct actor_message *message,
	       uint32_t *ret_depth);

/* Owner: moves what has arrived from the mailbox to the lists. True when there was anything. */
bool cell_drain(struct thread *thread, struct cell *cell);
/* Owner, both lists being empty: the same, and takes out what is to be handled first. NULL: none.
 */
struct actor_message *cell_fetch(struct thread *thread, struct cell *cell);
/*
 * Owner, `urgent` being empty: the same, and gives back the reply with that reference where nothing
 * else has arrived. NULL: it is not there, or in `urgent` with the rest.
 */
struct actor_message *cell_fetch_reply(struct thread *thread, struct cell *cell, uint64_t ref);

/* Owner, in its thread: the actor is dead afterwards; `cell` may already be another. */
void cell_end(struct cell *cell, int reason);

/*
 * An actor that has never run a handler is no more; nobody is told. Its slot is not given back: a
 * script has other plans with it. Any thread that is alone with the actor.
 */
void cell_discard(struct thread *thread, struct cell *cell);

#endif
