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

/* Different words of a stream that are worth a list of their own. */
#define WORDS_MAX       2048
#define WORDS_HASH_SIZE 8192

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
	CODING_DICTIONARY,
	CODING_COUNT
};
enum packing {
	PACKING_RAW,
	PACKING_SAME,
	PACKING_ZSTD,
	PACKING_BITS,
	PACKING_COUNT
};

_Static_assert(PIDS_MAX < HASH_SIZE / 2, "the list of pids must fit its hash table");
_Static_assert(SLOT_HIGH + EVENT_SLOT_COUNT <= SHARED_KINDS, "two streams with one number");
_Static_assert(TRACE_CHUNK_EVENTS <= UINT16_MAX, "positions are 16 bits wide");
_Static_assert(WORDS_MAX < WORDS_HASH_SIZE / 2, "the list of words must fit its hash table");

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
	uint32_t numbers[3][TRACE_CHUNK_EVENTS]; /* of the pids among them */
	uint32_t sequences[TRACE_CHUNK_EVENTS];  /* what is to be stored for seq */
	struct {
		uint32_t recv, send;
	} following[PIDS_MAX]; /* the next running number, by pid number */
	uint32_t narrow[PIDS_MAX];
	uint64_t differences[PIDS_MAX];
	uint32_t narrow_differences[PIDS_MAX];
	uint8_t lowered[PIDS_MAX * sizeof(uint64_t)];

	/* The different words of a stream, and where to find them: as with the pids. */
	uint64_t words[WORDS_MAX];
	size_t word_count;
	uint32_t word_numbers[PIDS_MAX];
	uint32_t words_hash[WORDS_HASH_SIZE];
	uint32_t words_stamp;

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

/* ---- codec_pack.c ---- */

/* Writes values[0..count) as one stream, or nothing where all are 0. */
void codec_put_stream(struct codec *codec, uint8_t kind, unsigned slot, const uint64_t *values,
		      size_t count);
void codec_put_narrow(struct codec *codec, uint8_t kind, unsigned slot, const uint32_t *values,
		      size_t count);
void codec_put_bytes(struct codec *codec, uint8_t kind, unsigned slot, const uint8_t *values,
		     size_t count);
/* `count` times the same. */
void codec_put_constant(struct codec *codec, uint8_t kind, unsigned slot, uint64_t value);

/* Writes a varint and returns the byte behind it. */
static inline uint8_t *codec_put_varint(uint8_t *out, uint64_t value)
{
	while (value >= 0x80) {
		*out++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*out++ = (uint8_t)value;
	return out;
}

/* ---- codec.c ---- */

/* Fills codec->start from codec->kinds; codec_sort_by_kind() codec->order, too. */
void codec_count_kinds(struct codec *codec, size_t count);
void codec_sort_by_kind(struct codec *codec, size_t count);

#endif
