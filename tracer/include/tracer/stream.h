/* SPDX-License-Identifier: MIT */
#ifndef TRACER_STREAM_H
#define TRACER_STREAM_H

/*
 * The events of a plane, ring by ring, in order, each at most once, and a gap wherever some are
 * missing.
 *
 *	stream_open        takes a lease: from now on the program emits
 *	stream_poll        hands over what has been published since the last poll
 *	stream_advance     says that all of it is safe: the program may overwrite it
 *	stream_close       gives the lease back: the program goes on as if nobody had been there
 *
 * A thread of the stream renews the lease, so that a long commit does not let it lapse. Where it
 * lapses all the same (the reader was stopped), the stream takes up its place again and reports a
 * gap of unknown length for every ring.
 *
 * Thread: all functions of a stream are called by one thread.
 * Memory: 256 KiB for events and a fixed number of bytes for every ring.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tracer/attach.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The exact time of every send. */
#define STREAM_EVENTS_EXACT (UINT64_C(1) << ACTOR_EVENT_STAMP)

/* Every kind of event but that and payloads; what a full recording asks for. */
#define STREAM_EVENTS_FULL                                                                \
	(((UINT64_C(1) << ACTOR_EVENT_COUNT) - 1) & ~UINT64_C(1) & ~STREAM_EVENTS_EXACT & \
	 ~(UINT64_C(1) << ACTOR_EVENT_PAYLOAD))

/* What a replay needs: who received what in which order, and all that came from outside. */
#define STREAM_EVENTS_ORDER                                                             \
	(UINT64_C(1) << ACTOR_EVENT_RECV | UINT64_C(1) << ACTOR_EVENT_INPUT |           \
	 UINT64_C(1) << ACTOR_EVENT_WAIT | UINT64_C(1) << ACTOR_EVENT_SPAWN |           \
	 UINT64_C(1) << ACTOR_EVENT_EXIT | UINT64_C(1) << ACTOR_EVENT_CLOCK |           \
	 UINT64_C(1) << ACTOR_EVENT_OBSERVE | UINT64_C(1) << ACTOR_EVENT_MODE |         \
	 UINT64_C(1) << ACTOR_EVENT_TIMER_CANCEL | UINT64_C(1) << ACTOR_EVENT_OUTSIDE | \
	 UINT64_C(1) << ACTOR_EVENT_OUTSIDE_BYTES)

/* Why events are missing; a stable word, stored in trace files. X(NAME, text) */
#define STREAM_GAP_MAP(X)                                                                   \
	X(OVERWRITTEN, "overwritten")    /* the program was faster than the reader */       \
	X(DISCARDED, "discarded")        /* the ring was full and the mode is DISCARD */    \
	X(LAPSED, "reader lapsed")       /* the lease was not renewed in time */            \
	X(REFUSED, "no memory for ring") /* the program could not have the ring's memory */ \
	X(DAMAGED, "damaged") /* the ring contradicts itself; nothing more is read of it */

enum stream_gap_reason {
#define X(NAME, text) STREAM_GAP_##NAME,
	STREAM_GAP_MAP(X)
#undef X
	STREAM_GAP_COUNT
};

const char *stream_gap_text(enum stream_gap_reason reason);

struct stream_options {
	size_t size;                /* sizeof(struct stream_options) of the caller */
	enum actor_plane_mode mode; /* NONE: no lease, for planes of dead programs */
	uint64_t events;            /* bit k: events of kind k */
	uint32_t payload_max;       /* bytes of each payload, where events has PAYLOAD */
	bool history;               /* begin with the oldest event still there, not with the next */
	uint64_t since_ticks;       /* of the history, leave out chunks that ended before */
	/*
	 * ACTOR_PLANE_THREADS_MAX numbers: where an earlier reader stopped in each ring. What is
	 * still there from then on comes first, and a gap where nobody read meanwhile. NULL: there
	 * was none.
	 */
	const uint64_t *positions;
};

/* Consecutive events of one ring. Valid until the callback returns. */
struct stream_batch {
	uint32_t thread;    /* the ring's index */
	uint64_t actor;     /* whose turn it was before the first event, 0: nobody's */
	uint64_t turn_time; /* ticks at which that turn began */
	uint64_t first;     /* number of the first event in its ring */
	uint64_t chunk;     /* of the ring, in which they are */
	const struct actor_event *events;
	size_t count;
};

struct stream_gap {
	uint32_t thread;
	enum stream_gap_reason reason;
	uint64_t count; /* 0: not known */
	uint64_t from_ticks;
	uint64_t to_ticks;
};

/* A callback that returns a negative number ends the poll with it; what it got counts as taken. */
struct stream_sink {
	int (*batch)(void *user, const struct stream_batch *batch);
	int (*gap)(void *user, const struct stream_gap *gap);
	void *user;
};

struct stream; /* a reader's place in all rings of a plane */

/*
 * PLANE_EDEAD: the program is gone (open without a lease instead), PLANE_EBUSY: no lease is free.
 * The plane must stay open as long as the stream.
 * Owns: the caller closes *ret_stream.
 */
int stream_open(struct plane_view *plane, const struct stream_options *options,
		struct stream **ret_stream, char *error, size_t error_size);

/*
 * Hands over at most about `events_max` events (0: no bound), fairly from all rings, gaps before
 * the events that follow them.
 * Returns: how many events, 0 when there are no more for now, or what a callback returned.
 */
int64_t stream_poll(struct stream *stream, const struct stream_sink *sink, size_t events_max);

/*
 * After the last poll of a program that has ended, or before closing: reports the losses that no
 * later event will tell of. Returns what a callback returned, or 0.
 */
int stream_finish(struct stream *stream, const struct stream_sink *sink);

/* All that was handed over may be overwritten. Wakes writers that wait for it. */
void stream_advance(struct stream *stream);

/*
 * Of what was handed over of a ring, chunk number `chunk` and those after it are not safe yet:
 * stream_advance() leaves them. UINT64_MAX: all are.
 */
void stream_hold(struct stream *stream, uint32_t thread, uint64_t chunk);

/* The same of one ring's events before number `next` only, and nobody is woken. */
void stream_advance_to(struct stream *stream, uint32_t thread, uint64_t next);

/* Wakes writers that wait for room, after stream_advance_to(). */
void stream_wake(struct stream *stream);

/* Number of the next event of a ring: what has been handed over ends before it. */
uint64_t stream_position(const struct stream *stream, uint32_t thread);

/* Rings that have been in use so far. */
uint32_t stream_threads(const struct stream *stream);

/*
 * Whether to advance soon: a ring has no room for another chunk, or half of it has been handed over
 * and not yet been given back.
 */
bool stream_pressed(const struct stream *stream);

/* How often the lease lapsed. */
uint32_t stream_lapses(const struct stream *stream);

/* Gives the lease back. Accepts NULL, returns NULL. */
struct stream *stream_close(struct stream *stream);

#ifdef __cplusplus
}
#endif

#endif
