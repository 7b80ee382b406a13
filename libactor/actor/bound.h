/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_BOUND_H
#define ACTOR_BOUND_H

/*
 * Mailboxes with a limit, and mailboxes that somebody wants to hear of when they get long.
 *
 * The line of such an actor carries ACTOR_PLANE_KIND_WATCHED, and whoever sends comes here; all
 * others pay for one bit in a byte that they have loaded anyway.
 *
 * Only an alarm: messages take the usual road, and the sender that finds the mailbox at the high
 * mark raises the alarm. A limit: messages go into a list under a lock, so that what waits can be
 * counted and the oldest be taken back, and the actor takes them one by one. In both cases the
 * actor learns that there is something to do from the bell, a message that is no message: it lies
 * in the mailbox for the list, or as long as the alarm is on.
 *
 *	list:  sender -> list, and the bell into the inbox -> cell_drain -> bell in the queue
 *	       -> turn_run -> bound_take: the list's first message, and the bell behind it
 *
 * A record belongs to a slot and stays until the system ends, so a sender that comes late finds a
 * lock and a generation that is not its own. Bound: one record of 192 bytes for each slot that ever
 * had such an actor.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <actor/actor.h>

#include "mailbox/mailbox.h"

struct actor_system;
struct cell;
struct thread;

struct bound {
	struct actor_message bell; /* first: a mailbox wants it aligned */
	pthread_mutex_t lock;
	uint32_t generation; /* of the actor that it serves; 0: none */
	uint32_t limit;      /* messages that may wait; 0: any number, the list is not used */
	uint32_t high;       /* 0: no alarm */
	uint32_t low;
	enum actor_mailbox_policy policy;
	bool rung;       /* the bell is on its way: in the inbox or in the queue */
	bool drained;    /* it is in the queue */
	uint32_t raised; /* (shared) the alarm is on */
	uint32_t weight; /* messages that the bell stands for in the queue's count */
	uint32_t others; /* what else was in the queue then */
	uint32_t users;  /* messages in the list that the limit counts */
	struct mailbox_list list;
	struct actor_message *edge; /* the first of them beyond the limit */
};

/* Wishes as they are in the options of spawn; the system's marks stand in where they have none. */
struct bound_wish {
	uint32_t limit;
	uint32_t high;
	uint32_t low;
	enum actor_mailbox_policy policy;
};

/* Whether an actor with these options needs a record; *ret_wish is filled then. ACTOR_EINVALID. */
int bound_wanted(const struct actor_system *system, const struct actor_spawn_options *options,
		 struct bound_wish *ret_wish, bool *ret_wanted);
/* Before the actor's line is seen. ACTOR_ENO_MEMORY. */
int bound_begin(struct actor_system *system, struct cell *cell, const struct bound_wish *wish);
/*
 * The actor is dead, its mailbox closed: what waits in the list goes behind `rest`, the bell out of
 * it, and who waits for room is woken.
 */
void bound_end(struct thread *thread, struct cell *cell, struct mailbox_list *rest);
/* All records of a system. */
void bound_finish(struct actor_system *system);

/*
 * As cell_deliver. False: it was not delivered, or it was and the sender has to wait; then
 * thread->outcome says more, see bound_outcome.
 */
bool bound_deliver(struct thread *thread, struct actor_pid to, struct actor_message *message,
		   uint32_t *ret_depth);

/* What the thread's actor has to be told, or has to wait for, when a send was not delivered. */
enum {
	BOUND_DEAD = 0, /* and negative: a status */
	BOUND_WAITS = 1 /* it was delivered */
};
/*
 * For a script, which knows what became of the message. Follow: takes notice; true where it is in.
 * Rest: it is not. Owns the message.
 */
bool bound_follow(struct thread *thread, struct actor_message *message, uint64_t verdict);
void bound_follow_rest(struct thread *thread, struct actor_pid to, struct actor_message *message,
		       uint64_t verdict);
/* Whether a limit counts it; whether an older one goes for it, and which. */
bool bound_counts(const struct actor_message *message);
bool bound_names_older(uint64_t verdict);
bool bound_is_named(const struct actor_message *message, uint64_t verdict);
/* Waits for room; afterwards another thread may run the actor. 0 or a status. */
int bound_wait(struct thread *thread, struct actor_pid to, uint16_t tag);

/* Owner, in cell_drain: the bell was in the inbox. */
void bound_bell(struct thread *thread, struct cell *cell);
/* Owner: the bell has come up in the queue. */
void bound_take(struct thread *thread, struct cell *cell);

static inline bool bound_is_bell(const struct actor_message *message)
{
	return message->generation_ == 0;
}

#endif
