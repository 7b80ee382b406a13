/* SPDX-License-Identifier: MIT */
#ifndef STORE_TURNS_H
#define STORE_TURNS_H

/*
 * Turns and messages from events: one pass over all rings by time.
 *
 * RECV and INPUT open a turn; the next RECV, INPUT, IDLE or EXIT of that ring closes it. WAIT takes
 * it off the ring; the RECV of a reply, timeout or death for the same actor brings it back, on
 * whichever ring. A turn in which events were lost has no known end. What a waiting turn did before
 * the recording began is not known and makes no turn.
 *
 * A message that is put aside (POSTPONE, at the end of its turn) is under way again: its next RECV
 * meets the same SEND, and only the turn that handles it counts for `messages`.
 *
 * A message's SEND is found by (sender, seq). Memory: the turns that are open or waiting and the
 * messages that are under way; with a time range also the messages received in it.
 */

#include "store/walk.h"

struct turn {
	uint64_t id; /* of the event that opened it */
	uint64_t actor;
	uint64_t start; /* ticks, all of them */
	uint64_t end;   /* 0: not known */
	uint64_t run;   /* start to end without wait */
	uint64_t wait;  /* in calls */
	uint64_t sender;
	uint32_t seq;
	uint32_t sends;
	uint32_t thread; /* where it began */
	uint16_t tag;
	uint8_t event;   /* ACTOR_EVENT_RECV or ACTOR_EVENT_INPUT */
	uint8_t message; /* enum actor_message_kind, of a RECV */
	bool postponed;  /* its message was put aside, and is received again */
	uint32_t times;  /* how often it had been put aside before */
	bool has_send;   /* what follows is known */
	uint64_t send_id;
	uint32_t send_thread;
	uint64_t sent; /* ticks: when the sender's turn began, or exactly after a STAMP */
	uint64_t hash;
	uint32_t size;
	uint32_t depth;
	bool has_cause; /* the turn that sent it is known, too */
	uint64_t cause; /* that turn's id */
	uint64_t chain; /* what the watch's `begin` made of it, 0 without one */
};

struct send {
	uint64_t id;
	uint64_t sent;
	uint64_t receiver;
	uint64_t turn;  /* id of the turn that sent it */
	uint64_t chain; /* that turn's */
	bool has_turn;
	uint64_t hash;
	uint32_t size;
	uint32_t depth;
	uint32_t thread;
	uint32_t times; /* how often it was put aside */
	uint16_t tag;
	uint8_t message;
};

/*
 * What happens between two turns, for those who want more than the turns themselves. All are called
 * from turns_next, in the order of time; any may be NULL.
 */
struct turns_watch {
	void *user;
	/*
	 * A turn begins; turn->chain is that of the turn which sent its message, or 0. What this
	 * returns becomes the turn's own, and that of the turns that it causes.
	 */
	uint64_t (*begin)(void *user, const struct turn *turn);
	/* The turn has run on a thread from one time to another, in ticks. */
	void (*stretch)(void *user, const struct turn *turn, uint32_t thread, uint64_t from,
			uint64_t to);
	/* `turn` is NULL where it began before the recording, or before the range. */
	void (*send)(void *user, const struct turn *turn, uint64_t sender, uint32_t seq,
		     const struct send *send);
	/* Each event, before what it does to the turns. Whoever asks gets all of its slots. */
	void (*event)(void *user, const struct walk_event *event);
};

struct turns_options {
	uint64_t from; /* ticks: turns that start in [from, to] */
	uint64_t to;
	bool messages;      /* join each RECV with its SEND */
	uint8_t send_slots; /* which of its slots matter, bit for bit; 0: all */
	bool unhandled;     /* keep the SENDs that never meet their RECV; implies messages */
	const struct turns_watch *watch; /* NULL: nobody; must live as long as the turns */
};

struct turns;

/* 0 or a negative errno with a text in `error`, which must live as long as the result. */
int turns_begin(sqlite3 *db, const struct turns_options *options, struct turns **ret_turns,
		char *error, size_t error_size);
struct turns *turns_end(struct turns *turns);

/* The next turn, by its end: 1, 0 at the end, or a negative errno. Valid until the next call. */
int turns_next(struct turns *turns, const struct turn **ret_turn);

/* After turns_next has returned 0: the sends that nobody has received, in no order. 1 or 0. */
int turns_next_unhandled(struct turns *turns, struct send *ret_send, uint64_t *ret_sender,
			 uint32_t *ret_seq);

/* True where the turn's message counts in `messages`. */
static inline bool turn_is_message(const struct turn *turn)
{
	return turn->event == ACTOR_EVENT_RECV && !turn->postponed &&
	       (EVENT_MESSAGES_HANDLED >> turn->message & 1) != 0;
}

#endif
