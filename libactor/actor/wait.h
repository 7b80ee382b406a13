/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_WAIT_H
#define ACTOR_WAIT_H

/*
 * Waiting inside a turn: for the answer to a call, for a response, for a message of the mailbox.
 * The actor keeps its stack, or, where it has a thread of its own, sleeps; meanwhile it handles
 * signals and what else overtakes, and nothing that the program sent.
 *
 * A suspended actor waits, too, between turns and without a stack.
 */

#include <stdbool.h>
#include <stdint.h>

#include <actor/actor.h>

#include "mailbox/mailbox.h"

struct cell;
struct stack;
struct thread;

struct wait {
	uint64_t ref;        /* of the answer or of the time-out */
	struct actor_pid on; /* for the trace; none: nobody in particular */
	/* Whether it waits for this message, too. NULL: only for the answer. */
	bool (*matches)(const struct wait *wait, const struct actor_message *message);
	const void *context;
	struct actor_message *scanned; /* the last of the queue that was no match */
	struct mailbox_list held;      /* system messages: they are for between turns */
	bool suspended;                /* no turn waits; system messages are handled */
	bool last;           /* others that are ready go first, though the answer is here */
	bool timed;          /* it has a time-out */
	bool room;           /* it waits for a place in a mailbox */
	struct stack *stack; /* NULL: the thread itself sleeps */
	uint64_t now;        /* the turn's time */
	struct actor_message *answer;
	struct actor_pid caller;
	struct actor_system *system;
};

/* Of this much of it a wait makes use; clearing it all would cost as much as the rest of a wait. */
static inline void wait_init(struct wait *wait)
{
	wait->matches = NULL;
	wait->context = NULL;
	wait->scanned = NULL;
	wait->held = (struct mailbox_list){NULL, NULL, 0};
	wait->suspended = false;
	wait->last = false;
	wait->room = false;
	wait->stack = NULL;
	wait->answer = NULL;
}

/*
 * The actor waits until the answer with that ref, or a match, is there; it is in wait->answer.
 * `wait` is as wait_init leaves it, but for `matches`, `context`, `last` and `room`. `timeout_ns`
 * ACTOR_FOREVER: no limit; 0: what has arrived by now. The caller has seen to a stack with
 * wait_reserve. Afterwards thread_self() may be another.
 */
int wait_for(struct thread *thread, struct wait *wait, uint64_t ref, struct actor_pid on,
	     uint16_t tag, uint64_t timeout_ns);

/* Before anything is sent that would have to be taken back. ACTOR_ENO_MEMORY. */
int wait_reserve(struct thread *thread);

/* The cell waits: whether the message is what it waits for. */
bool wait_wants(const struct cell *cell, const struct actor_message *message);
/* Gives it that message. Does not return where the wait has a stack. Owns the message. */
void wait_accept(struct thread *thread, struct cell *cell, struct actor_message *message);

/* The live seam: a thread that is not a scheduler sleeps itself until the answer is there. */
void wait_asleep(struct thread *thread, struct cell *cell, struct wait *wait);

/* The live seam: the next message of a cell that waits. NULL: none that it takes now. */
struct actor_message *wait_next(struct thread *thread, struct cell *cell);

/* Takes out of the queue, for a moment, what the wait has looked at and left there. */
struct mailbox_list wait_skipped(struct cell *cell);

/* The actor ends in its wait. Gives what was held to `ret_held`. */
void wait_abandon(struct thread *thread, struct cell *cell, struct mailbox_list *ret_held);

/* The fresh scheduler's first step after an actor has gone to wait. */
void cell_rest_waiting(void *cell);
void cell_rest_last(void *cell);

#endif
