/* SPDX-License-Identifier: MIT */
#ifndef MISBEHAVE_H
#define MISBEHAVE_H

/*
 * Actors that do what actors should not do: one misdeed for each lint of actor-top and
 * `actor-trace check`, under the lint's name.
 */

#include <stdbool.h>
#include <stddef.h>

#include <actor/actor.h>

/* Schedulers of the program, however many CPUs there are: the starved need to know. */
#define MISBEHAVE_SCHEDULERS 4

struct misdeed {
	const char *name; /* the lint's */
	const char *text; /* what goes on */
	/* Starts its actors. Returns 0 or a status. Called by main's thread. */
	int (*start)(void);
	bool alone;        /* not among `all`: it would hide the others, or needs a recording */
	size_t ring_bytes; /* 0: what is usual */
};

extern const struct misdeed misdeeds[];
extern const size_t misdeed_count;

/* The program is about to end: handlers that do not come to an end should, now. */
bool misbehave_ends(void);

int start_call_deadlock(void);
int start_call_convoy(void);
int start_call_timeout(void);
int start_orphan_call(void);

int start_stuck_handler(void);
int start_hot_actor(void);
int start_starved(void);

int start_mailbox_growing(void);
int start_mailbox_long(void);
int start_big_message(void);
int start_pointer_message(void);
int start_memory_share(void);

int start_restart_storm(void);
int start_actor_leak(void);
int start_dead_letters(void);
int start_unhandled(void);
int start_trace_lossy(void);

#endif
