/* SPDX-License-Identifier: MIT */
#ifndef STORE_CALLS_H
#define STORE_CALLS_H

/*
 * Calls and whatever else actors wait for, from events: one pass over all rings by time.
 *
 * A SEND of kind call begins one. Where a WAIT of its type follows, the caller stands still until
 * the RECV of a reply, a timeout or a death; where none does, it was a request, and the first
 * RESPONSE of that type from that callee answers the oldest one. A WAIT for anything else (a new
 * actor, room in a mailbox, a message) is a wait. Memory: what is open.
 */

#include "store/walk.h"

enum call_how {
	CALL_CALL,    /* the caller waits for the reply */
	CALL_REQUEST, /* it goes on and gets a response later */
	CALL_WAIT     /* no call: it waits for something else */
};

enum call_outcome {
	CALL_OPEN,   /* the recording ends before it does */
	CALL_ANSWER, /* with the kind of message in `answer` */
	CALL_GONE    /* the caller ended first */
};

struct call {
	uint64_t id; /* of the SEND, of a wait: of the WAIT */
	uint64_t caller;
	uint64_t callee;  /* 0: nobody in particular */
	uint64_t start;   /* ticks; of a call: when the wait began */
	uint64_t handled; /* when the callee began to handle it, 0: not known */
	uint64_t end;     /* 0: open */
	uint32_t seq;     /* of the SEND, 0: not known */
	uint32_t thread;
	uint16_t tag;
	uint8_t how;     /* enum call_how */
	uint8_t outcome; /* enum call_outcome */
	uint8_t answer;  /* enum actor_message_kind */
};

struct calls;

/* Those that start in [from, to], ticks. 0 or a negative errno with a text in `error`. */
int calls_begin(sqlite3 *db, uint64_t from, uint64_t to, struct calls **ret_calls, char *error,
		size_t error_size);
struct calls *calls_end(struct calls *calls);

/* The next one by its end, those without an end last: 1, 0 at the end, or a negative errno. */
int calls_next(struct calls *calls, struct call *ret_call);

#endif
