/* SPDX-License-Identifier: MIT */
#ifndef STORE_CODEC_H
#define STORE_CODEC_H

/*
 * Packs up to TRACE_CHUNK_EVENTS consecutive events of one ring into a blob, and back, without
 * loss, whatever is in them. The bytes:
 *
 *	blob    version u8, known u8, count varint, pids varint, base u64,
 *	        kinds varint, kinds x u8, streams until the end
 *	stream  kind u8, slot u8, coding u8, size varint, size x bytes
 *
 * A stream holds one slot of all events of one kind, or what belongs to no kind (kind 0, slots from
 * 16 on: the kinds themselves, the times, the chunk's pids). Pids become numbers in the chunk's own
 * list, running numbers become differences to the last one of the same actor, and the values are
 * then packed by bits, 256 to a block (codec_blocks.h). So a query unpacks only the columns that it
 * needs. A stream that is not there is all zeros. `known` is the number of kinds of events that the
 * writer knew: slots of others are stored as plain numbers, and a reader that knows more of them
 * must not take them for anything else. docs/TRACE_FORMAT.md has every detail.
 *
 * The decoder believes nothing: any bytes give 0 or -EBADMSG, and never touch memory that is not
 * theirs. A codec belongs to one thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tracer/store.h>

#include "store/layout.h"

/*
 * Older ones are still read: their streams are planes of bytes (codec_planes.c), and version 1 has
 * no `known` and means 34.
 */
#define CODEC_VERSION      4
#define CODEC_BLOOM_MIN    64    /* bytes; always a power of two */
#define CODEC_BLOOM_MAX    16384 /* enough for 2 bytes for each of 8192 pids */
#define CODEC_BLOOM_HASHES 2

struct codec;

/* What a chunk's row says about its blob, for skipping. */
struct codec_summary {
	uint64_t kinds; /* bit k: there are events of kind k; bit 63: of kinds not known here */
	uint64_t time_min;
	uint64_t time_max;    /* both 0 where no event has a time */
	const uint8_t *bloom; /* of all pids, the context's included; the codec's, as the data */
	size_t bloom_size;
};

/* What to decode: bit s of slots[k] asks for slot s of kind k. The kinds come always. */
struct codec_want {
	uint8_t slots[ACTOR_EVENT_COUNT + 1]; /* the last one is for all unknown kinds */
	bool alone;                           /* nobody looks at events of other kinds than ... */
	uint8_t kind;                         /* ... this; they are not even cleared */
	uint64_t pid;                         /* that must be in the chunk, 0: any */
};

#define CODEC_SLOTS_ALL ((1u << EVENT_SLOT_COUNT) - 1)

struct codec *codec_create(void);
struct codec *codec_destroy(struct codec *codec);

/* *ret_data belongs to the codec and is valid until its next use. Returns 0 or -ENOMEM, -EINVAL. */
int codec_encode(struct codec *codec, const struct trace_context *context,
		 const struct actor_event *events, size_t count, const void **ret_data,
		 size_t *ret_size, struct codec_summary *ret_summary);

/*
 * Fills `events[0..count)`: what was not asked for is 0. Returns 0, -EBADMSG, or 1 where want->pid
 * is not among the chunk's, and nothing was decoded.
 */
int codec_decode(struct codec *codec, const void *data, size_t size, const struct codec_want *want,
		 struct actor_event *events, size_t count);

/* Where the events of a kind are among those that were decoded last: any, or the one alone. */
const uint16_t *codec_positions(const struct codec *codec, uint8_t kind, size_t *ret_count);

/* All slots of all kinds. */
struct codec_want codec_want_all(void);

/* False: the pid is certainly not in the chunk. A filter of an impossible size has everything. */
bool codec_bloom_has(const uint8_t *bloom, size_t size, uint64_t pid);

uint64_t codec_checksum(const void *data, size_t size);

#endif
