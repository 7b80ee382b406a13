/* SPDX-License-Identifier: MIT */
#ifndef BENCH_STORE_SESSION_H
#define BENCH_STORE_SESSION_H

/* A made-up session of actors, as two rings would have it. The same every time. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tracer/store.h>

#define SESSION_SERVICES 64
#define SESSION_ACTORS   (SESSION_SERVICES + 2000) /* alive at a time */
#define SESSION_RINGS    2
#define SESSION_BATCH    4096  /* events of a ring that are made at a time */
#define SESSION_QUEUE    65536 /* messages under way, a power of two */

struct session_actor {
	uint64_t pid;
	uint32_t sent;
	uint32_t turns_left; /* of a session actor */
};

struct session_message {
	uint64_t sender;
	uint64_t pid; /* of the receiver; it may be gone */
	uint32_t receiver;
	uint32_t number;
	uint16_t type;
};

struct session_ring {
	struct trace_context context; /* before the first of the events */
	uint64_t actor;               /* of the turn that runs */
	uint64_t time;
	struct actor_event events[SESSION_BATCH];
	size_t count;
};

struct session {
	uint64_t random;
	uint64_t time; /* ticks, of a nanosecond each */
	uint64_t made; /* events */
	bool distinct;
	struct session_actor actors[SESSION_ACTORS];
	struct session_message queue[SESSION_QUEUE];
	uint32_t first;
	uint32_t last;
	struct session_ring rings[SESSION_RINGS];
};

void session_begin(struct session *session, bool distinct);

/* Types, behaviours and the clock. */
void session_describe(const struct session *session, struct trace_writer *writer);

/* Goes on until a ring's batch is full. */
void session_run(struct session *session);

/* Hands the batches over. 0 or a negative errno. */
int session_write(struct session *session, struct trace_writer *writer);

#endif
