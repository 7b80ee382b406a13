/* SPDX-License-Identifier: MIT */
#include "store/codec.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zstd.h>

#define ZSTD_LEVEL    1
#define PACK_MIN      32 /* a plane shorter than this is not worth a frame */
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

static_assert(PIDS_MAX < HASH_SIZE / 2, "the list of pids must fit its hash table");
static_assert(SLOT_HIGH + EVENT_SLOT_COUNT <= SHARED_KINDS, "two streams with one number");
static_assert(TRACE_CHUNK_EVENTS <= UINT16_MAX, "positions are 16 bits wide");

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
	struct {
		uint64_t pid;
		uint32_t stamp;
		uint16_t index;
	} hash[HASH_SIZE];
	uint32_t stamp;

	uint16_t order[TRACE_CHUNK_EVENTS];   /* positions, by kind */
	uint16_t start[256 + 1];              /* order[start[k] .. start[k + 1]) are of kind k */
	uint16_t current[TRACE_CHUNK_EVENTS]; /* pid number of the turn's actor */
	uint16_t keys[TRACE_CHUNK_EVENTS];
	uint32_t last[PIDS_MAX];
	uint64_t values[PIDS_MAX];
	uint8_t plane[PIDS_MAX * sizeof(uint64_t)];

	struct stream streams[ACTOR_EVENT_COUNT + 1][SLOT_MAX];
	struct stream unknown[256 - ACTOR_EVENT_COUNT][EVENT_SLOT_COUNT];
};

struct codec *codec_create(void)
{
	struct codec *codec = calloc(1, sizeof(*codec));

	if (codec == NULL)
		return NULL;
	codec->compress = ZSTD_createCCtx();
	codec->decompress = ZSTD_createDCtx();
	/* Worst case: every stream present and nothing packs. */
	codec->out_capacity = 64 + sizeof(codec->plane) + TRACE_CHUNK_EVENTS * 40 +
			      (size_t)256 * SLOT_MAX * STREAM_HEADER;
	codec->out = malloc(codec->out_capacity);
	if (codec->compress == NULL || codec->decompress == NULL || codec->out == NULL)
		return codec_destroy(codec);
	return codec;
}

struct codec *codec_destroy(struct codec *codec)
{
	if (codec == NULL)
		return NULL;
	ZSTD_freeCCtx(codec->compress);
	ZSTD_freeDCtx(codec->decompress);
	free(codec->out);
	free(codec);
	return NULL;
}

struct codec_want codec_want_all(void)
{
	struct codec_want want;

	memset(&want, (int)CODEC_SLOTS_ALL, sizeof(want));
	return want;
}

uint64_t codec_checksum(const void *data, size_t size)
{
	return XXH3_64bits(data, size);
}

static uint64_t pid_hash(uint64_t pid)
{
	pid *= UINT64_C(0x9e3779b97f4a7c15);
	return pid ^ (pid >> 29);
}

static void bloom_add(uint8_t bloom[CODEC_BLOOM_SIZE], uint64_t pid)
{
	uint64_t hash = pid_hash(pid);

	for (int i = 0; i < CODEC_BLOOM_HASHES; i++, hash >>= 20)
		bloom[hash >> 3 & (CODEC_BLOOM_SIZE - 1)] |= (uint8_t)(1u << (hash & 7));
}

bool codec_bloom_has(const uint8_t bloom[CODEC_BLOOM_SIZE], uint64_t pid)
{
	uint64_t hash = pid_hash(pid);

	for (int i = 0; i < CODEC_BLOOM_HASHES; i++, hash >>= 20)
		if ((bloom[hash >> 3 & (CODEC_BLOOM_SIZE - 1)] & (1u << (hash & 7))) == 0)
			return false;
	return true;
}

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

static enum key sequence_key(uint8_t kind)
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

static bool is_pid(uint8_t kind, enum event_slot slot)
{
	return field_type(event_field(kind, slot)) == FIELD_TYPE_PID;
}

static uint64_t zigzag(uint64_t difference)
{
	return (difference << 1) ^ (uint64_t) - (int64_t)(difference >> 63);
}

static uint64_t unzigzag(uint64_t value)
{
	return (value >> 1) ^ (uint64_t) - (int64_t)(value & 1);
}

static unsigned bytes_for(uint64_t mask)
{
	return mask == 0 ? 1 : (unsigned)(71 - __builtin_clzll(mask)) / 8;
}

/* ---- encoding ---- */

static uint16_t pid_number(struct codec *codec, uint64_t pid)
{
	size_t place = pid_hash(pid) >> 8 & (HASH_SIZE - 1);

	while (codec->hash[place].stamp == codec->stamp) {
		if (codec->hash[place].pid == pid)
			return codec->hash[place].index;
		place = (place + 1) & (HASH_SIZE - 1);
	}
	assert(codec->pid_count < PIDS_MAX);
	codec->hash[place].pid = pid;
	codec->hash[place].stamp = codec->stamp;
	codec->hash[place].index = (uint16_t)codec->pid_count;
	codec->pids[codec->pid_count] = pid;
	return (uint16_t)codec->pid_count++;
}

static uint8_t *put_varint(uint8_t *out, uint64_t value)
{
	while (value >= 0x80) {
		*out++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*out++ = (uint8_t)value;
	return out;
}

/* Writes one packed plane to `out`, returns its size and how it is packed. */
static size_t put_plane(struct codec *codec, const uint8_t *plane, size_t size, uint8_t *out,
			enum packing *ret_packing)
{
	size_t packed;

	if (size > 1 && memcmp(plane, plane + 1, size - 1) == 0) {
		*out = *plane;
		*ret_packing = PACKING_SAME;
		return 1;
	}
	if (size >= PACK_MIN) {
		packed = ZSTD_compressCCtx(codec->compress, out, size - 1, plane, size, ZSTD_LEVEL);
		if (!ZSTD_isError(packed)) {
			*ret_packing = PACKING_ZSTD;
			return packed;
		}
	}
	memcpy(out, plane, size);
	*ret_packing = PACKING_RAW;
	return size;
}

/* Writes codec->values[0..count) as one stream, or nothing where all are 0. */
static void put_stream(struct codec *codec, uint8_t kind, unsigned slot, size_t count)
{
	const uint64_t *values = codec->values;
	uint64_t plain = 0;
	uint64_t delta = 0;
	uint64_t before = 0;
	uint8_t *header = codec->out + codec->out_size;
	uint8_t *data = header + STREAM_HEADER;
	uint8_t *end = data;
	enum coding coding = CODING_PLAIN;
	unsigned width;
	size_t size = count;

	for (size_t i = 0; i < count; i++) {
		plain |= values[i];
		delta |= zigzag(values[i] - before);
		before = values[i];
	}
	if (plain == 0)
		return;
	width = bytes_for(plain);
	if (bytes_for(delta) < width) {
		width = bytes_for(delta);
		coding = CODING_DELTA;
	}
	if (width == 8) {
		coding = CODING_WORDS;
		size = count * sizeof(*values);
		width = 1;
	}
	*header++ = kind;
	*header++ = (uint8_t)slot;
	*header++ = (uint8_t)coding;
	*header++ = (uint8_t)width;
	for (unsigned plane = 0; plane < width; plane++) {
		enum packing packing;
		size_t packed;

		if (coding == CODING_WORDS) {
			memcpy(codec->plane, values, size);
		} else if (coding == CODING_PLAIN) {
			for (size_t i = 0; i < count; i++)
				codec->plane[i] = (uint8_t)(values[i] >> (8 * plane));
		} else {
			before = 0;
			for (size_t i = 0; i < count; i++) {
				codec->plane[i] =
					(uint8_t)(zigzag(values[i] - before) >> (8 * plane));
				before = values[i];
			}
		}
		packed = put_plane(codec, codec->plane, size, end, &packing);
		*header++ = (uint8_t)packing;
		header = put_varint(header, packed);
		end += packed;
	}
	memmove(header, data, (size_t)(end - data));
	codec->out_size = (size_t)(header + (end - data) - codec->out);
	assert(codec->out_size <= codec->out_capacity);
}

static void sort_by_kind(struct codec *codec, const struct actor_event *events, size_t count)
{
	uint16_t next[256];
	size_t sum = 0;

	memset(codec->start, 0, sizeof(codec->start));
	for (size_t i = 0; i < count; i++)
		codec->start[events[i].kind + 1]++;
	for (size_t kind = 0; kind <= 256; kind++) {
		sum += codec->start[kind];
		codec->start[kind] = (uint16_t)sum;
	}
	memcpy(next, codec->start, sizeof(next));
	for (size_t i = 0; i < count; i++)
		codec->order[next[events[i].kind]++] = (uint16_t)i;
}

/* The turn's actor at each event, as far as this chunk tells: what running numbers are kept by. */
static void put_shared(struct codec *codec, const struct trace_context *context,
		       const struct actor_event *events, size_t count, uint64_t base)
{
	uint16_t current = pid_number(codec, context->actor);
	size_t times = 0;

	for (size_t i = 0; i < count; i++) {
		if (events[i].kind == ACTOR_EVENT_RECV || events[i].kind == ACTOR_EVENT_INPUT)
			current = pid_number(codec, events[i].a);
		codec->current[i] = current;
	}
	for (size_t i = 0; i < count; i++)
		codec->values[i] = events[i].kind;
	put_stream(codec, 0, SHARED_KINDS, count);
	for (size_t i = 0; i < count; i++)
		if (event_has_time(events[i].kind))
			codec->values[times++] = events[i].c - base;
	put_stream(codec, 0, SHARED_TIMES, times);
}

static void put_slot(struct codec *codec, const struct actor_event *events, uint8_t kind,
		     enum event_slot slot)
{
	const uint16_t *order = codec->order + codec->start[kind];
	size_t count = (size_t)(codec->start[kind + 1] - codec->start[kind]);
	enum actor_field field = event_field(kind, slot);
	enum key key = KEY_NONE;

	if (field == ACTOR_FIELD_TIME)
		return;
	if (slot == EVENT_SLOT_SEQ)
		key = sequence_key(kind);
	if (is_pid(kind, slot)) {
		for (size_t i = 0; i < count; i++)
			codec->values[i] =
				pid_number(codec, event_slot_value(&events[order[i]], slot));
	} else if (key != KEY_NONE) {
		memset(codec->last, 0, sizeof(*codec->last) * PIDS_MAX);
		for (size_t i = 0; i < count; i++) {
			const struct actor_event *event = &events[order[i]];
			uint16_t number =
				key == KEY_CURRENT
					? codec->current[order[i]]
					: pid_number(codec, key == KEY_A ? event->a : event->b);
			uint32_t difference = event->seq - codec->last[number];

			codec->values[i] = (difference << 1) ^ -(difference >> 31);
			codec->last[number] = event->seq + 1;
		}
	} else {
		for (size_t i = 0; i < count; i++)
			codec->values[i] = event_slot_value(&events[order[i]], slot);
	}
	if (field_type(field) == FIELD_TYPE_PAIR) {
		for (size_t i = 0; i < count; i++)
			codec->values[i] >>= 32;
		put_stream(codec, kind, slot + SLOT_HIGH, count);
		for (size_t i = 0; i < count; i++)
			codec->values[i] = (uint32_t)event_slot_value(&events[order[i]], slot);
	}
	put_stream(codec, kind, slot, count);
}

static void summarise(const struct codec *codec, const struct actor_event *events, size_t count,
		      struct codec_summary *ret_summary)
{
	struct codec_summary summary = {.time_min = UINT64_MAX};

	for (unsigned kind = 0; kind < 256; kind++)
		if (codec->start[kind + 1] != codec->start[kind])
			summary.kinds |= UINT64_C(1) << (kind < ACTOR_EVENT_COUNT ? kind : 63);
	for (size_t i = 0; i < count; i++) {
		if (!event_has_time(events[i].kind))
			continue;
		if (events[i].c < summary.time_min)
			summary.time_min = events[i].c;
		if (events[i].c > summary.time_max)
			summary.time_max = events[i].c;
	}
	if (summary.time_min > summary.time_max)
		summary.time_min = summary.time_max;
	for (size_t i = 0; i < codec->pid_count; i++)
		bloom_add(summary.bloom, codec->pids[i]);
	*ret_summary = summary;
}

int codec_encode(struct codec *codec, const struct trace_context *context,
		 const struct actor_event *events, size_t count, const void **ret_data,
		 size_t *ret_size, struct codec_summary *ret_summary)
{
	uint8_t *prefix;
	uint64_t base = 0;

	if (count == 0 || count > TRACE_CHUNK_EVENTS)
		return -EINVAL;
	for (size_t i = 0; i < count && base == 0; i++)
		if (event_has_time(events[i].kind))
			base = events[i].c;
	codec->stamp++;
	codec->pid_count = 0;
	/* Room for the prefix, which needs the number of pids; it is moved up to it at the end. */
	codec->out_size = 32;
	sort_by_kind(codec, events, count);
	put_shared(codec, context, events, count, base);
	for (unsigned kind = 0; kind < 256; kind++) {
		if (codec->start[kind + 1] == codec->start[kind])
			continue;
		for (int slot = 0; slot < EVENT_SLOT_COUNT; slot++)
			put_slot(codec, events, (uint8_t)kind, (enum event_slot)slot);
	}
	for (size_t i = 0; i < codec->pid_count; i++)
		codec->values[i] = codec->pids[i] & UINT32_C(0xffffff);
	put_stream(codec, 0, SHARED_PIDS_LOW, codec->pid_count);
	for (size_t i = 0; i < codec->pid_count; i++)
		codec->values[i] = codec->pids[i] >> 24;
	put_stream(codec, 0, SHARED_PIDS_HIGH, codec->pid_count);
	summarise(codec, events, count, ret_summary);

	prefix = codec->out;
	*prefix++ = CODEC_VERSION;
	prefix = put_varint(prefix, count);
	prefix = put_varint(prefix, codec->pid_count);
	memcpy(prefix, &base, sizeof(base));
	prefix += sizeof(base);
	memmove(prefix, codec->out + 32, codec->out_size - 32);
	*ret_data = codec->out;
	*ret_size = (size_t)(prefix - codec->out) + codec->out_size - 32;
	return 0;
}

/* ---- decoding ---- */

static const uint8_t *get_varint(const uint8_t *in, const uint8_t *end, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		if (in == end)
			return NULL;
		value |= (uint64_t)(*in & 0x7f) << shift;
		if ((*in++ & 0x80) == 0) {
			*ret_value = value;
			return in;
		}
	}
	return NULL;
}

static struct stream *stream_at(struct codec *codec, uint8_t kind, unsigned slot)
{
	if (kind < ACTOR_EVENT_COUNT)
		return slot < SLOT_MAX ? &codec->streams[kind][slot] : NULL;
	return slot < EVENT_SLOT_COUNT ? &codec->unknown[kind - ACTOR_EVENT_COUNT][slot] : NULL;
}

/* Finds all streams and checks that their planes lie inside the blob. */
static int find_streams(struct codec *codec, const uint8_t *in, const uint8_t *end)
{
	memset(codec->streams, 0, sizeof(codec->streams));
	memset(codec->unknown, 0, sizeof(codec->unknown));
	while (in != end) {
		struct stream *stream;
		uint64_t total = 0;

		if (end - in < 4)
			return -EBADMSG;
		stream = stream_at(codec, in[0], in[1]);
		if (stream == NULL || stream->header != NULL || in[2] >= CODING_COUNT ||
		    in[3] == 0 || in[3] > PLANES_MAX || (in[2] == CODING_WORDS && in[3] != 1))
			return -EBADMSG;
		stream->coding = in[2];
		stream->width = in[3];
		in += 4;
		stream->header = in;
		for (unsigned plane = 0; plane < stream->width; plane++) {
			uint64_t size;

			if (in == end || *in++ >= PACKING_COUNT)
				return -EBADMSG;
			in = get_varint(in, end, &size);
			if (in == NULL)
				return -EBADMSG;
			total += size;
		}
		if (total > (uint64_t)(end - in))
			return -EBADMSG;
		stream->data = in;
		in += total;
	}
	return 0;
}

static int get_plane(struct codec *codec, enum packing packing, const uint8_t *data, size_t stored,
		     size_t size)
{
	switch (packing) {
	case PACKING_RAW:
		if (stored != size)
			return -EBADMSG;
		memcpy(codec->plane, data, size);
		return 0;
	case PACKING_SAME:
		if (stored != 1)
			return -EBADMSG;
		memset(codec->plane, *data, size);
		return 0;
	case PACKING_ZSTD:
		if (ZSTD_decompressDCtx(codec->decompress, codec->plane, size, data, stored) !=
		    size)
			return -EBADMSG;
		return 0;
	case PACKING_COUNT:
		break;
	}
	return -EBADMSG;
}

/* Reads a stream into codec->values[0..count). */
static int get_stream(struct codec *codec, uint8_t kind, unsigned slot, size_t count)
{
	const struct stream *stream = stream_at(codec, kind, slot);
	uint64_t *values = codec->values;
	const uint8_t *header = stream->header;
	const uint8_t *data = stream->data;

	assert(count <= PIDS_MAX);
	if (header == NULL || stream->coding != CODING_WORDS)
		memset(values, 0, count * sizeof(*values));
	if (header == NULL)
		return 0;
	for (unsigned plane = 0; plane < stream->width; plane++) {
		enum packing packing = (enum packing) * header++;
		size_t size = stream->coding == CODING_WORDS ? count * sizeof(*values) : count;
		uint64_t stored = 0;

		header = get_varint(header, stream->data, &stored);
		if (header == NULL || get_plane(codec, packing, data, stored, size) != 0)
			return -EBADMSG;
		data += stored;
		if (stream->coding == CODING_WORDS)
			memcpy(values, codec->plane, size);
		else
			for (size_t i = 0; i < count; i++)
				values[i] |= (uint64_t)codec->plane[i] << (8 * plane);
	}
	if (stream->coding == CODING_DELTA) {
		uint64_t before = 0;

		for (size_t i = 0; i < count; i++)
			values[i] = before += unzigzag(values[i]);
	}
	return 0;
}

/* Reads a stream of pid numbers into codec->keys, each checked. */
static int get_numbers(struct codec *codec, uint8_t kind, enum event_slot slot, size_t count)
{
	if (get_stream(codec, kind, slot, count) != 0)
		return -EBADMSG;
	for (size_t i = 0; i < count; i++) {
		if (codec->values[i] >= codec->pid_count)
			return -EBADMSG;
		codec->keys[i] = (uint16_t)codec->values[i];
	}
	return 0;
}

static size_t kind_count(const struct codec *codec, unsigned kind)
{
	return (size_t)(codec->start[kind + 1] - codec->start[kind]);
}

static int get_current(struct codec *codec, const struct actor_event *events, size_t count)
{
	static const uint8_t openers[] = {ACTOR_EVENT_RECV, ACTOR_EVENT_INPUT};
	uint16_t current = 0; /* the context's actor is the first pid of every chunk */

	for (size_t k = 0; k < sizeof(openers); k++) {
		size_t openings = kind_count(codec, openers[k]);
		const uint16_t *order = codec->order + codec->start[openers[k]];

		if (get_numbers(codec, openers[k], EVENT_SLOT_A, openings) != 0)
			return -EBADMSG;
		for (size_t i = 0; i < openings; i++)
			codec->current[order[i]] = codec->keys[i];
	}
	for (size_t i = 0; i < count; i++) {
		if (events[i].kind == ACTOR_EVENT_RECV || events[i].kind == ACTOR_EVENT_INPUT)
			current = codec->current[i];
		codec->current[i] = current;
	}
	return 0;
}

/* Turns differences in codec->values into the running numbers themselves. */
static int get_sequence(struct codec *codec, const struct actor_event *events, size_t count,
			uint8_t kind, enum key key)
{
	size_t n = kind_count(codec, kind);
	const uint16_t *order = codec->order + codec->start[kind];

	if (key == KEY_CURRENT) {
		if (get_current(codec, events, count) != 0)
			return -EBADMSG;
		for (size_t i = 0; i < n; i++)
			codec->keys[i] = codec->current[order[i]];
	} else if (get_numbers(codec, kind, key == KEY_A ? EVENT_SLOT_A : EVENT_SLOT_B, n) != 0) {
		return -EBADMSG;
	}
	if (get_stream(codec, kind, EVENT_SLOT_SEQ, n) != 0)
		return -EBADMSG;
	memset(codec->last, 0, sizeof(*codec->last) * codec->pid_count);
	for (size_t i = 0; i < n; i++) {
		uint32_t *last = &codec->last[codec->keys[i]];
		uint32_t value = (uint32_t)codec->values[i];

		*last += (value >> 1) ^ -(value & 1);
		codec->values[i] = (*last)++;
	}
	return 0;
}

static void scatter(const struct codec *codec, struct actor_event *events, uint8_t kind,
		    enum event_slot slot)
{
	const uint16_t *order = codec->order + codec->start[kind];
	const uint64_t *values = codec->values;
	size_t n = kind_count(codec, kind);

	switch (slot) {
	case EVENT_SLOT_FLAGS:
		for (size_t i = 0; i < n; i++)
			events[order[i]].flags = (uint8_t)values[i];
		break;
	case EVENT_SLOT_TAG:
		for (size_t i = 0; i < n; i++)
			events[order[i]].tag = (uint16_t)values[i];
		break;
	case EVENT_SLOT_SEQ:
		for (size_t i = 0; i < n; i++)
			events[order[i]].seq = (uint32_t)values[i];
		break;
	case EVENT_SLOT_A:
		for (size_t i = 0; i < n; i++)
			events[order[i]].a = values[i];
		break;
	case EVENT_SLOT_B:
		for (size_t i = 0; i < n; i++)
			events[order[i]].b = values[i];
		break;
	case EVENT_SLOT_C:
		for (size_t i = 0; i < n; i++)
			events[order[i]].c = values[i];
		break;
	case EVENT_SLOT_COUNT:
		break;
	}
}

static int get_slot(struct codec *codec, struct actor_event *events, size_t count, uint8_t kind,
		    enum event_slot slot)
{
	size_t n = kind_count(codec, kind);
	enum key key = slot == EVENT_SLOT_SEQ ? sequence_key(kind) : KEY_NONE;

	if (key != KEY_NONE) {
		if (get_sequence(codec, events, count, kind, key) != 0)
			return -EBADMSG;
	} else if (is_pid(kind, slot)) {
		if (get_numbers(codec, kind, slot, n) != 0)
			return -EBADMSG;
		for (size_t i = 0; i < n; i++)
			codec->values[i] = codec->pids[codec->keys[i]];
	} else if (get_stream(codec, kind, slot, n) != 0) {
		return -EBADMSG;
	}
	if (field_type(event_field(kind, slot)) == FIELD_TYPE_PAIR) {
		const uint16_t *order = codec->order + codec->start[kind];

		scatter(codec, events, kind, slot);
		if (get_stream(codec, kind, slot + SLOT_HIGH, n) != 0)
			return -EBADMSG;
		for (size_t i = 0; i < n; i++)
			codec->values[i] = codec->values[i] << 32 |
					   (uint32_t)event_slot_value(&events[order[i]], slot);
	}
	scatter(codec, events, kind, slot);
	return 0;
}

static int get_times(struct codec *codec, struct actor_event *events, size_t count, uint64_t base)
{
	size_t times = 0;

	for (size_t i = 0; i < count; i++)
		times += event_has_time(events[i].kind);
	if (get_stream(codec, 0, SHARED_TIMES, times) != 0)
		return -EBADMSG;
	times = 0;
	for (size_t i = 0; i < count; i++)
		if (event_has_time(events[i].kind))
			events[i].c = codec->values[times++] + base;
	return 0;
}

static int get_pids(struct codec *codec)
{
	if (get_stream(codec, 0, SHARED_PIDS_LOW, codec->pid_count) != 0)
		return -EBADMSG;
	for (size_t i = 0; i < codec->pid_count; i++)
		codec->pids[i] = codec->values[i] & UINT32_C(0xffffff);
	if (get_stream(codec, 0, SHARED_PIDS_HIGH, codec->pid_count) != 0)
		return -EBADMSG;
	for (size_t i = 0; i < codec->pid_count; i++)
		codec->pids[i] |= codec->values[i] << 24;
	return 0;
}

int codec_decode(struct codec *codec, const void *data, size_t size, const struct codec_want *want,
		 struct actor_event *events, size_t count)
{
	const uint8_t *in = data;
	const uint8_t *end = in + size;
	uint64_t stored_count;
	uint64_t pid_count;
	uint64_t base;
	bool times = false;

	if (size < 1 || *in++ != CODEC_VERSION || count == 0 || count > TRACE_CHUNK_EVENTS)
		return -EBADMSG;
	in = get_varint(in, end, &stored_count);
	if (in == NULL || stored_count != count)
		return -EBADMSG;
	in = get_varint(in, end, &pid_count);
	if (in == NULL || pid_count == 0 || pid_count > PIDS_MAX ||
	    (size_t)(end - in) < sizeof(base))
		return -EBADMSG;
	memcpy(&base, in, sizeof(base));
	in += sizeof(base);
	codec->pid_count = pid_count;
	if (find_streams(codec, in, end) != 0 || get_stream(codec, 0, SHARED_KINDS, count) != 0)
		return -EBADMSG;
	memset(events, 0, count * sizeof(*events));
	for (size_t i = 0; i < count; i++)
		events[i].kind = (uint8_t)codec->values[i];
	sort_by_kind(codec, events, count);
	if (get_pids(codec) != 0)
		return -EBADMSG;
	for (unsigned kind = 0; kind < 256; kind++) {
		uint8_t slots = want->slots[kind < ACTOR_EVENT_COUNT ? kind : ACTOR_EVENT_COUNT];

		if (kind_count(codec, kind) == 0)
			continue;
		for (int slot = 0; slot < EVENT_SLOT_COUNT; slot++) {
			if ((slots >> slot & 1) == 0)
				continue;
			if (slot == EVENT_SLOT_C && event_has_time((uint8_t)kind))
				times = true;
			else if (get_slot(codec, events, count, (uint8_t)kind,
					  (enum event_slot)slot) != 0)
				return -EBADMSG;
		}
	}
	return times ? get_times(codec, events, count, base) : 0;
}
