/* SPDX-License-Identifier: MIT */
#ifndef TRACER_ATTACH_CHOICE_H
#define TRACER_ATTACH_CHOICE_H

/*
 * Between a stream and a file: leaves out what the recording does not want.
 *
 *	kinds    that another reader asked the program for
 *	payload  taken out of the stream and handed over by itself
 *	filter   keeps the turns of the actors and messages chosen, and of all other turns the sends
 *	         to them
 *	sample   keeps one conversation of so many, and that whole
 *
 * What is kept is numbered anew, so that only what is lost leaves a hole in the numbers. Where a
 * turn is followed by events that are left out, an OMITTED event ends it.
 *
 * A turn may be read before the send that led to it, which lies in another ring. Its ring is held
 * then, until more has been read; choice_held() says so, so that what is held is not given back.
 *
 * Memory: what subject.h and roots.h say, 512 KiB, 1.5 MiB for payloads that are being put
 * together, and at most 4 MiB for each ring that is held.
 */

#include <tracer/store.h>
#include <tracer/stream.h>

#include "attach/subject.h"

struct choice_options {
	uint64_t events;      /* bit k: events of kind k */
	uint32_t payload_max; /* bytes of each; 0: none */
	const struct filter *filter;
	uint32_t sample; /* keep 1 conversation of so many; 0 and 1: all */
};

/* What a callback returns that is negative ends what is being done. */
struct choice_sink {
	int (*events)(void *user, uint32_t thread, const struct trace_context *context,
		      const struct actor_event *events, size_t count);
	/* The message is (sender, number); `bytes` are its first. */
	int (*payload)(void *user, uint64_t sender, uint32_t number, const void *bytes,
		       size_t size);
	void *user;
};

struct choice;

/* The kinds of events that the program must emit for it. */
uint64_t choice_needs(const struct choice_options *options);

/* Nothing given is owned but what `sink` and `options` point to must live on. NULL: no memory. */
struct choice *choice_create(const struct plane_view *plane, const struct choice_options *options,
			     const struct choice_sink *sink);

/* Accepts NULL, returns NULL. */
struct choice *choice_destroy(struct choice *choice);

/*
 * Before the first batch, to go on where another one stopped: the ring's next event will be number
 * `expected`, and what is kept next has number `next`.
 */
void choice_resume(struct choice *choice, uint32_t thread, uint64_t expected, uint64_t next);

/* Returns 0, a negative errno, or what the sink returned. */
int choice_take(struct choice *choice, const struct stream_batch *batch);

/* Events of the ring are missing here: what is held of it is let go. */
int choice_gap(struct choice *choice, uint32_t thread);

/* After everything that could be read was read: tries again what is held. `force`: lets it go. */
int choice_settle(struct choice *choice, bool force);

/*
 * Whether events of the ring are held: *ret_event is the number of the first one, and *ret_chunk
 * that of its chunk.
 */
bool choice_held(const struct choice *choice, uint32_t thread, uint64_t *ret_event,
		 uint64_t *ret_chunk);

/* Whether all events of the ring so far were handed on, each with the number that the ring gave. */
bool choice_counts_alike(const struct choice *choice, uint32_t thread);

/* Events that were left out, but for those of kinds that were not asked for. */
uint64_t choice_omitted(const struct choice *choice);

/* How often conversations may have been torn because too much was under way. */
uint64_t choice_torn(const struct choice *choice);

#endif
