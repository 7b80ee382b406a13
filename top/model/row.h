/* SPDX-License-Identifier: MIT */
#ifndef TOP_MODEL_ROW_H
#define TOP_MODEL_ROW_H

/*
 * What one line of a list is about: an actor, all actors of a behaviour, or a branch of the tree.
 * Numbers that are not known are NAN or ROW_UNKNOWN; a sink shows them as "-" and JSON as null.
 */

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#define ROW_UNKNOWN UINT64_MAX /* of a number of nanoseconds */

/* X(NAME, letter, word): the letter is what a screen without colours has. */
#define ROW_STATE_MAP(X)                                                                   \
	X(FREE, ' ', "free")                                                               \
	X(RUNNING, 'R', "running")     /* its turn is going on */                          \
	X(READY, 'Q', "ready")         /* has messages, waits for a scheduler */           \
	X(IDLE, 'W', "idle")           /* waits for a message */                           \
	X(CALLING, 'C', "calling")     /* blocked in a call */                             \
	X(STARTING, 'N', "starting")   /* was spawned, init not yet done */                \
	X(SUSPENDED, 'S', "suspended") /* takes no messages for now */                     \
	X(OUTSIDE, 'O', "outside")     /* a thread of the program's own, busy elsewhere */ \
	X(EXITING, 'X', "exiting")     /* terminate runs */                                \
	X(DEAD, 'Z', "dead")           /* has ended a moment ago */

enum row_state {
#define X(NAME, letter, word) ROW_STATE_##NAME,
	ROW_STATE_MAP(X)
#undef X
	ROW_STATE_COUNT
};

char row_state_letter(enum row_state state);
const char *row_state_word(enum row_state state);

struct row {
	uint64_t pid; /* 0: the line is about several actors */
	uint64_t parent;
	uint64_t waiting_on; /* pid that owes a reply, 0: none */
	uint32_t name;       /* string of the plane, 0: none */
	uint32_t actors;     /* how many the line is about */
	uint32_t running;    /* how many of them run now */
	uint32_t restarts;
	uint16_t behaviour;
	uint16_t tag;  /* message type of the turn or call that is going on, 0: none */
	uint8_t state; /* enum row_state */
	uint8_t kind;  /* enum actor_plane_kind */
	char alert;    /* letter of the most urgent alert, 0: none */
	uint8_t depth; /* in a tree */
	uint64_t mailbox;
	uint64_t mailbox_max; /* of the actors the line is about */
	uint64_t handled;
	uint64_t sent;
	uint64_t memory;
	uint64_t busy_ns;
	uint64_t turn_ns;   /* how long the turn, or the call, has been going on */
	uint64_t oldest_ns; /* age of the oldest message in the mailbox */
	uint64_t age_ns;
	uint64_t p50_ns; /* of handler times */
	uint64_t p99_ns;
	uint64_t wait_ns; /* p99 of the times in the mailbox */
	double in_rate;   /* messages a second */
	double out_rate;
	double busy; /* share of one scheduler, 0 to 1; of many actors it may exceed 1 */
};

#endif
