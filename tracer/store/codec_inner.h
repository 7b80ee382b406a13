/* SPDX-License-Identifier: MIT */
#ifndef STORE_CODEC_INNER_H
#define STORE_CODEC_INNER_H

/* What the two directions of the codec share. */

#include <zstd.h>

#include "store/codec.h"

#define PIDS_MAX      (3 * TRACE_CHUNK_EVENTS + 1)
#define HASH_BITS     16
#define HASH_SIZE     (1u << HASH_BITS)
#define PLANES_MAX    8
#define STREAM_HEADER (4 + PLANES_MAX * 4)

/* The high half of a PAIR in slot s is the stream of slot s + SLOT_HIGH. */
#define SLOT_HIGH 8
#define SLOT_MAX  20

/* What belongs to no kind has numbers of its own under kind 0, above the slots of its events. */
enum shared_stream {
	SHARED_KINDS = 16,
	SHARED_TIMES = 17,
	SHARED_PIDS_LOW = 18,
	SHARED_PIDS_HIGH = 19
};

enum coding {
	CODING_PLAIN,
	CODING_DELTA,
	CODING_WORDS,
	CODING_COUNT
};
enum packing {
	PACKING_RAW,
	PACKING_SAME,
	PACKING_ZSTD,
	PACKING_COUNT
};

_Static_assert(PIDS_MAX < HASH_SIZE / 2, "the list of pids must fit its hash table");
_Static_assert(SLOT_HIGH + EVENT_SLOT_COUNT <= SHARED_KINDS, "two streams with one number");
_Static_assert(TRACE_CHUNK_EVENTS <= UINT16_MAX, "positions are 16 bits wide");

/* A stream as the decoder finds it. */
struct stream {
	const uint8_t *header; /* of the planes; NULL: the stream is not there */
	const uint8_t *data;
	uint8_t coding;
	uint8_t width;
};

struct codec {
	ZSTD_CCtx *compress;
	ZSTD_DCtx *decompress;
	uint8_t *out;
	size_t out_size;
	size_t out_capacity;

	/* The chunk's pids in order of appearance, and where to find them. */
	uint64_t pids[PIDS_MAX];
	size_t pid_count;
	uint32_t hash[HASH_SIZE];
	uint32_t stamp;

	uint8_t kinds[TRACE_CHUNK_EVENTS];
	uint16_t order[TRACE_CHUNK_EVENTS];   /* positions, by kind */
	uint16_t start[256 + 1];              /* order[start[k] .. start[k + 1]) are of kind k */
	uint16_t current[TRACE_CHUNK_EVENTS]; /* pid number of the turn's actor */
	uint16_t keys[TRACE_CHUNK_EVENTS];
	uint32_t last[PIDS_MAX];
	uint64_t values[PIDS_MAX];

	/* What the encoder has of the events, by kind. */
	uint64_t heads[TRACE_CHUNK_EVENTS];      /* kind, flags, tag, seq */
	uint64_t columns[3][TRACE_CHUNK_EVENTS]; /* a, b, c */
	uint16_t numbers[3][TRACE_CHUNK_EVENTS]; /* of the pids among them */
	uint16_t outside;                        /* number of the context's actor */
	uint64_t differences[PIDS_MAX];

	uint8_t plane[PIDS_MAX * sizeof(uint64_t)];

	uint8_t bloom[CODEC_BLOOM_MAX];

	unsigned known; /* kinds of events that the writer of the blob knew */
	struct stream streams[ACTOR_EVENT_COUNT + 1][SLOT_MAX];
	struct stream unknown[256 - ACTOR_EVENT_COUNT][EVENT_SLOT_COUNT];
};

/*
 * Whose running number it is, to predict the next one. Any answer decodes; a good one makes most
 * differences 0.
 */
enum key {
	KEY_NONE,
	KEY_CURRENT,
	KEY_A,
	KEY_B
};

enum key codec_sequence_key(uint8_t kind);
bool codec_is_pid(uint8_t kind, enum event_slot slot);
uint64_t codec_pid_hash(uint64_t pid);
size_t codec_bloom_size(size_t pids);
void codec_bloom_add(uint8_t *bloom, size_t size, uint64_t pid);

/* Fills codec->order and codec->start from codec->kinds. */
void codec_sort_by_kind(struct codec *codec, size_t count);

#endif
