/* SPDX-License-Identifier: MIT */
#ifndef STORE_SEEK_H
#define STORE_SEEK_H

/*
 * Finds single events in a file of any length: the SEND of a message, its RECV, the begin of a turn
 * and where it goes on. Chunks that cannot hold what is sought are skipped by their rows; the few
 * that are read stay decoded, because the next thing is mostly near. Memory: 2 MiB.
 */

#include "store/walk.h"

#define SEEK_CHUNKS 8

/* An event and its place. The chunk's events stay where they are until the next function. */
struct seek_event {
	struct actor_event event;
	uint64_t id;
	uint64_t time;  /* ticks */
	uint64_t actor; /* whose turn it is, before the event */
};

struct seek_chunk {
	struct walk_chunk chunk;
	struct actor_event *events;
	uint64_t used; /* when; 0: never */
};

struct seek {
	sqlite3 *db;
	struct codec *codec;
	sqlite3_stmt *neighbours[2]; /* of a chunk on its ring: before, behind */
	struct seek_chunk chunks[SEEK_CHUNKS];
	uint64_t clock;
	uint64_t reads; /* chunks decoded so far */
	char *error;    /* of error_size bytes, the caller's */
	size_t error_size;
};

/* 0 or a negative errno; seek_end() in any case. */
int seek_begin(struct seek *seek, sqlite3 *db, char *error, size_t error_size);
void seek_end(struct seek *seek);

/* All of these return 1 with the event, 0 where there is none, or a negative errno. */
int seek_event(struct seek *seek, uint64_t id, struct seek_event *ret_event);

/* The SEND of `sender`'s message `seq`, at or before `near`. */
int seek_send(struct seek *seek, uint64_t sender, uint32_t seq, const struct seek_event *near,
	      struct seek_event *ret_event);

/*
 * The RECV of that message by `receiver`, behind `near`: the last one where the message is put
 * aside and received again. 0: the receiver ended first, or the recording.
 * Of a SPAWN as `near` it is the new actor's first turn.
 */
int seek_recv(struct seek *seek, uint64_t sender, uint32_t seq, uint64_t receiver,
	      const struct seek_event *near, struct seek_event *ret_event);

/* The RECV or INPUT that opened the turn in which `inside` happened. */
int seek_opener(struct seek *seek, const struct seek_event *inside, struct seek_event *ret_event);

/* The last event of a kind about `actor` with that number; of SPAWN any number will do. */
int seek_numbered(struct seek *seek, uint8_t kind, uint64_t actor, uint32_t number,
		  const struct seek_event *near, struct seek_event *ret_event);

/*
 * The SENDs and SPAWNs of a turn, one after the other: *at is the opener first, then what was found
 * last. Goes on behind WAITs, wherever.
 */
int seek_next_output(struct seek *seek, struct seek_event *at);

#endif
