/* SPDX-License-Identifier: MIT */
#ifndef STORE_CODEC_INNER_H
#define STORE_CODEC_INNER_H

/* What the two directions of the codec share. */

#include <zstd.h>

#include "store/codec.h"
#include "store/codec_guess.h"

#define PIDS_MAX   (3 * TRACE_CHUNK_EVENTS + 1)
#define HASH_BITS  16
#define HASH_SIZE  (1u << HASH_BITS)
#define PLANES_MAX 8 /* of a stream of version 3 and before */

/* Different words of a stream that are worth a list of their own. */
#define WORDS_MAX       TRACE_CHUNK_EVENTS
#define WORDS_HASH_SIZE 16384

/*
 * The second stream of a slot s is that of slot s + SLOT_HIGH: the high half of a PAIR, the first
 * running number of each actor.
 */
#define SLOT_HIGH 8
#define SLOT_MAX  20

/* What belongs to no kind has numbers of its own under kind 0, above the slots of its events. */
enum shared_stream {
	SHARED_KINDS = 16,
	SHARED_TIMES = 17,
	SHARED_PIDS_LOW = 18,
	SHARED_PIDS_HIGH = 19
};

/* Append only. Version 4 has those from SAME on, the versions before it the others. */
enum coding {
	CODING_PLANES,
	CODING_PLANES_DELTA,
	CODING_PLANES_WORDS,
	CODING_PLANES_DICTIONARY,
	CODING_SAME,
	CODING_NARROW,
	CODING_WIDE,
	CODING_WORDS,
	CODING_DICTIONARY,
	CODING_GUESSED,
	CODING_GUESSED_DIFFERENCES,
	CODING_COUNT
};

_Static_assert(PIDS_MAX < HASH_SIZE / 2, "the list of pids must fit its hash table");
_Static_assert(SLOT_HIGH + EVENT_SLOT_COUNT <= SHARED_KINDS, "two streams with one number");
_Static_assert(TRACE_CHUNK_EVENTS <= UINT16_MAX, "positions are 16 bits wide");
_Static_assert(WORDS_MAX <= WORDS_HASH_SIZE / 2, "the list of words must fit its hash table");

/* A stream as the decoder finds it. */
struct stream {
	const uint8_t *header; /* of its planes, in old versions; NULL: the stream is not there */
	const uint8_t *data;
	size_t size; /* of data, from version 4 on */
	uint8_t coding;
	uint8_t width; /* planes */
};

/* RECVs or SENDs, side by side: what the encoder has most of. */
struct column_set {
	size_t count;
	uint32_t heads[TRACE_CHUNK_EVENTS];     /* kind, flags, tag */
	uint32_t a[TRACE_CHUNK_EVENTS];         /* numbers of pids */
	uint32_t b[TRACE_CHUNK_EVENTS];         /* of RECVs the same */
	uint32_t sequences[TRACE_CHUNK_EVENTS]; /* what is to be stored for seq */
	size_t first_count;
	uint32_t firsts[TRACE_CHUNK_EVENTS]; /* the first seq of each actor */
};

struct codec {
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
	uint64_t following[PIDS_MAX]; /* KNOWN and the next running number, by pid number */
	uint64_t values[PIDS_MAX];
	uint32_t narrow[PIDS_MAX];
	uint32_t high[PIDS_MAX];
	uint32_t firsts[TRACE_CHUNK_EVENTS];
	struct guess guess;
	uint32_t right[PIDS_MAX];
	uint32_t wrong[PIDS_MAX];

	/* What the encoder has of the events. */
	struct column_set recv;
	struct column_set send;
	uint64_t send_b[TRACE_CHUNK_EVENTS]; /* hashes */
	uint64_t send_c[TRACE_CHUNK_EVENTS]; /* pairs */
	uint64_t times[TRACE_CHUNK_EVENTS];
	size_t time_count;
	struct {
		uint64_t recv, send;
	} running[PIDS_MAX];                 /* as `following` */
	uint16_t others[TRACE_CHUNK_EVENTS]; /* positions of all other kinds */
	size_t other_count;
	bool guesses; /* no SENDs: an order log, which is to be small */

	/* The different words of a stream, and where to find them: as with the pids. */
	uint64_t words[WORDS_MAX];
	size_t word_count;
	uint32_t words_hash[WORDS_HASH_SIZE];
	uint32_t words_stamp;

	uint8_t plane[PIDS_MAX * sizeof(uint64_t)]; /* of old versions */

	uint8_t bloom[CODEC_BLOOM_MAX];

	unsigned version; /* of the blob that is read */
	unsigned known;   /* kinds of events that its writer knew */
	uint8_t kind_list[256];
	unsigned kind_list_count;
	struct stream streams[ACTOR_EVENT_COUNT + 1][SLOT_MAX];
	struct stream unknown[256 - ACTOR_EVENT_COUNT][EVENT_SLOT_COUNT];
	bool has_unknown; /* some of them are set */
};

/* Of an actor's running number: that there was one. */
#define KNOWN (UINT64_C(1) << 32)

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

/* ---- codec_streams.c ---- */

/* Write values[0..count) as one stream, or nothing where all are 0. */
void codec_put_stream(struct codec *codec, uint8_t kind, unsigned slot, const uint64_t *values,
		      size_t count);
void codec_put_narrow(struct codec *codec, uint8_t kind, unsigned slot, const uint32_t *values,
		      size_t count);

/* The `bits` from `shift` on of each word. */
void codec_put_part(struct codec *codec, uint8_t kind, unsigned slot, const uint32_t *words,
		    size_t count, unsigned shift, unsigned bits);

/* The low halves as one stream, the high ones as another. */
void codec_put_pairs(struct codec *codec, uint8_t kind, unsigned slot, const uint64_t *values,
		     size_t count);

/* Reads a stream of version 4 into codec->values[0..count). 0 or -EBADMSG. */
int codec_get_stream(struct codec *codec, const struct stream *stream, size_t count);

/* ---- codec_planes.c ---- */

/* Finds the streams' ends, and reads one: as above, of version 3 and before. */
const uint8_t *codec_find_planes(struct stream *stream, const uint8_t *in, const uint8_t *end);
int codec_get_planes(struct codec *codec, const struct stream *stream, size_t count);

/* ---- codec.c ---- */

/* Fills codec->start and codec->order from codec->kinds. */
void codec_sort_by_kind(struct codec *codec, size_t count);

/* The same, as if there were no other kind: codec->order has the positions of this one. */
void codec_sort_one_kind(struct codec *codec, size_t count, uint8_t kind);

#endif
