/* SPDX-License-Identifier: MIT */
#include "store/codec_inner.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "store/codec_blocks.h"

/* An event's slots, each as wide as it can be, and what a stream begins with. */
#define OUT_EVENT  40
#define OUT_STREAM 64

struct codec *codec_create(void)
{
	struct codec *codec = calloc(1, sizeof(*codec));

	if (codec == NULL)
		return NULL;
	codec->decompress = ZSTD_createDCtx();
	/* Worst case: every stream present, and no number narrower than it can be; one in two
	 * codings. */
	codec->out_capacity = 1024 + 3 * BLOCKS_ROOM(2 * PIDS_MAX) +
			      BLOCKS_ROOM(TRACE_CHUNK_EVENTS * OUT_EVENT / 4) +
			      (size_t)256 * SLOT_MAX * OUT_STREAM;
	codec->out = malloc(codec->out_capacity);
	if (codec->decompress == NULL || codec->out == NULL)
		return codec_destroy(codec);
	return codec;
}

struct codec *codec_destroy(struct codec *codec)
{
	if (codec == NULL)
		return NULL;
	ZSTD_freeDCtx(codec->decompress);
	free(codec->out);
	free(codec);
	return NULL;
}

struct codec_want codec_want_all(void)
{
	struct codec_want want = {.alone = false};

	memset(want.slots, (int)CODEC_SLOTS_ALL, sizeof(want.slots));
	return want;
}

uint64_t codec_checksum(const void *data, size_t size)
{
	return XXH3_64bits(data, size);
}

uint64_t codec_pid_hash(uint64_t pid)
{
	pid *= UINT64_C(0x9e3779b97f4a7c15);
	return pid ^ (pid >> 29);
}

size_t codec_bloom_size(size_t pids)
{
	size_t size = CODEC_BLOOM_MIN;

	while (size < CODEC_BLOOM_MAX && size < 2 * pids)
		size *= 2;
	return size;
}

void codec_bloom_add(uint8_t *bloom, size_t size, uint64_t pid)
{
	uint64_t hash = codec_pid_hash(pid);

	for (int i = 0; i < CODEC_BLOOM_HASHES; i++, hash >>= 20)
		bloom[hash >> 3 & (size - 1)] |= (uint8_t)(1u << (hash & 7));
}

bool codec_bloom_has(const uint8_t *bloom, size_t size, uint64_t pid)
{
	uint64_t hash = codec_pid_hash(pid);

	if (bloom == NULL || size == 0 || (size & (size - 1)) != 0)
		return true;
	for (int i = 0; i < CODEC_BLOOM_HASHES; i++, hash >>= 20)
		if ((bloom[hash >> 3 & (size - 1)] & (1u << (hash & 7))) == 0)
			return false;
	return true;
}

enum key codec_sequence_key(uint8_t kind)
{
	enum actor_field field = event_field(kind, EVENT_SLOT_SEQ);

	if (field != ACTOR_FIELD_SEQ && field != ACTOR_FIELD_NTH)
		return KEY_NONE;
	if (kind == ACTOR_EVENT_RECV)
		return KEY_B; /* the sender */
	if (kind == ACTOR_EVENT_SEND)
		return KEY_CURRENT;
	if (event_field(kind, EVENT_SLOT_B) == ACTOR_FIELD_PARENT)
		return KEY_B;
	if (event_field(kind, EVENT_SLOT_A) == ACTOR_FIELD_ACTOR)
		return KEY_A;
	return KEY_NONE;
}

bool codec_is_pid(uint8_t kind, enum event_slot slot)
{
	return field_type(event_field(kind, slot)) == FIELD_TYPE_PID;
}

static void count_kinds(struct codec *codec, size_t count)
{
	/* Two tables, so that one event's count does not wait for that of the one before. */
	uint16_t counts[2][256] = {{0}};
	size_t sum = 0;

	for (size_t i = 0; i + 1 < count; i += 2) {
		counts[0][codec->kinds[i]]++;
		counts[1][codec->kinds[i + 1]]++;
	}
	if (count % 2 == 1)
		counts[0][codec->kinds[count - 1]]++;
	for (size_t kind = 0; kind < 256; kind++) {
		codec->start[kind] = (uint16_t)sum;
		sum += (size_t)(counts[0][kind] + counts[1][kind]);
	}
	codec->start[256] = (uint16_t)sum;
}

void codec_sort_by_kind(struct codec *codec, size_t count)
{
	uint16_t next[256];

	count_kinds(codec, count);
	memcpy(next, codec->start, sizeof(next));
	for (size_t i = 0; i < count; i++)
		codec->order[next[codec->kinds[i]]++] = (uint16_t)i;
}

void codec_sort_one_kind(struct codec *codec, size_t count, uint8_t kind)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		codec->order[found] = (uint16_t)i;
		found += codec->kinds[i] == kind;
	}
	for (size_t k = 0; k < 256; k++)
		codec->start[k] = k <= kind ? 0 : (uint16_t)found;
	codec->start[256] = (uint16_t)found;
}
