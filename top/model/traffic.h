/* SPDX-License-Identifier: MIT */
#ifndef TOP_MODEL_TRAFFIC_H
#define TOP_MODEL_TRAFFIC_H

/*
 * What the events say: the last messages with their waits and run times, the times of behaviours
 * and actors, and who sends what to whom. What was not seen is counted and makes nothing wrong: a
 * time is taken only where both of its ends were seen.
 *
 * A message's send has no time of its own; it is that of the turn that sent it.
 *
 * Memory: 4 MiB of messages, 1 MiB of actors, 60 KiB for each behaviour that is seen.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <actor/event.h>
#include <tracer/stream.h>

#include "model/names.h"
#include "model/row.h"
#include "model/ticks.h"

#define TRAFFIC_MESSAGES       32768u /* a power of two */
#define TRAFFIC_EDGES          2048u  /* kinds of message between two behaviours */
#define TRAFFIC_BEHAVIOURS_MAX 256u
#define TRAFFIC_QUANTILES      128 /* four steps for each doubling of nanoseconds */

/* A message. Numbers count on from 1; only the last TRAFFIC_MESSAGES are kept. */
struct traffic_message {
	uint64_t number; /* 0: none */
	uint64_t cause;  /* number of the message whose turn has sent this one, 0: not seen */
	uint64_t from;
	uint64_t to;
	uint64_t sent;  /* ticks, 0: not seen */
	uint64_t taken; /* ticks at which its turn began, 0: not seen (yet) */
	uint64_t ended; /* ticks, 0: not seen (yet) */
	uint64_t run;   /* ticks, without the time in calls */
	uint32_t seq;
	uint32_t size;
	uint32_t depth; /* of the mailbox it went into */
	uint16_t tag;
	uint8_t kind; /* enum actor_message_kind */
};

struct traffic_times {
	uint64_t count;
	uint16_t slots[TRAFFIC_QUANTILES];
};

/* All messages of one type from actors of one behaviour to those of another. */
struct traffic_edge {
	uint16_t from; /* behaviours, 0: not known */
	uint16_t to;
	uint16_t tag;
	bool used;
	uint64_t count; /* ever */
	uint64_t bytes;
	uint64_t count_before; /* at the last tick */
	uint64_t bytes_before;
	double rate;
	double bytes_rate;
	struct traffic_times waits;
};

struct traffic;

/* NULL: no memory. */
struct traffic *traffic_create(void);
struct traffic *traffic_destroy(struct traffic *traffic);

/* Gets every event; `actor` is whose turn it is, 0: not known. */
typedef void (*traffic_listener)(void *user, uint64_t actor, const struct actor_event *event);

/* Takes what is new in the rings, about `events_max` at most. */
void traffic_poll(struct traffic *traffic, struct stream *stream, const struct names *names,
		  const struct ticks *ticks, size_t events_max, traffic_listener listener,
		  void *user);

/* Once a tick: rates, and what is old fades. */
void traffic_tick(struct traffic *traffic, const struct ticks *ticks);

/* Fills the times of a row of one actor, or of one of a behaviour. */
void traffic_times(const struct traffic *traffic, struct row *row);

/* The message of that number, NULL: it is not kept any more. */
const struct traffic_message *traffic_message(const struct traffic *traffic, uint64_t number);

/* The number of the newest message, 0: none. */
uint64_t traffic_newest(const struct traffic *traffic);

const struct traffic_edge *traffic_edges(const struct traffic *traffic, size_t *ret_count);

/* `fraction` of the times are shorter; ROW_UNKNOWN without any. */
uint64_t traffic_quantile(const struct traffic_times *times, double fraction);

/* Events that passed by unseen: the program was faster than this reader. */
uint64_t traffic_unseen(const struct traffic *traffic);

const char *traffic_kind(uint8_t kind);

#endif
