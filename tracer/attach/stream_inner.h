/* SPDX-License-Identifier: MIT */
#ifndef TRACER_ATTACH_STREAM_INNER_H
#define TRACER_ATTACH_STREAM_INNER_H

/*
 * Inside a stream.
 *
 *	stream.c       reading: events, gaps, tails
 *	stream_open.c  where reading begins, in each ring
 */

#include <stdbool.h>
#include <stdint.h>

#include <tracer/stream.h>

#include "attach/lease.h"
#include "attach/plane.h"

/* Events copied at a time; bounds the buffer whatever chunk size the plane has. */
#define STREAM_PIECE 8192

/* Where the reader stands in one ring. */
struct place {
	uint64_t chunk;      /* the next event is in this one */
	uint32_t taken;      /* events of it that were handed over */
	uint32_t skip;       /* events of it from before the stream: looked at, not handed over */
	bool known;          /* `expected` means something */
	bool skipped;        /* chunks were left out since the last event */
	bool damaged;        /* the ring contradicts itself and is not read any more */
	uint64_t expected;   /* number of the next event */
	uint64_t actor;      /* whose turn it is after the last event */
	uint64_t turn_time;  /* and since when */
	uint64_t last_ticks; /* of the last event that had a time */
	uint64_t end_ticks;  /* of the last one in the ring when an earlier reader's place was taken
			      */
	uint64_t lost_told;  /* of the ring's count of lost events, what gaps have told so far */
	uint64_t tail;       /* as the program knows it */
	uint64_t hold;       /* the tail goes no further */
};

struct stream {
	struct plane_view *plane;
	struct lease *lease; /* NULL: none */
	uint32_t threads;    /* places in use */
	uint32_t capacity;   /* events to a chunk */
	uint32_t lapses;
	bool interrupted;           /* nobody read for a while: to be told */
	struct actor_event *events; /* STREAM_PIECE of them */
	struct place places[ACTOR_PLANE_THREADS_MAX];
};

/* Whether slot c of such an event is a time. */
bool stream_has_time(uint8_t kind);

/* The program's clock now. */
uint64_t stream_ticks_now(const struct stream *stream);

/* The ring of a thread that came later: all that is in it is new. */
void stream_begin_late(struct stream *stream, uint32_t index);

#endif
