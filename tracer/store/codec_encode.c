/* SPDX-License-Identifier: MIT */
#include "store/codec_inner.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define PACK_MIN     32   /* a plane shorter than this is not worth a frame */
#define PACK_SAMPLE  512  /* bytes of a plane from which is seen whether it packs */
#define PACK_SAMPLED 4096 /* a plane that is long enough for that */

static uint64_t zigzag(uint64_t difference)
{
	return (difference << 1) ^ (uint64_t) - (int64_t)(difference >> 63);
}

static unsigned bytes_for(uint64_t mask)
{
	return mask == 0 ? 1 : (unsigned)(71 - __builtin_clzll(mask)) / 8;
}

static uint16_t pid_number(struct codec *codec, uint64_t pid)
{
	size_t place = codec_pid_hash(pid) >> 8 & (HASH_SIZE - 1);

	/* An entry of this chunk: its stamp above, the pid's number below. */
	while (codec->hash[place] >> 16 == codec->stamp) {
		uint16_t number = (uint16_t)codec->hash[place];

		if (codec->pids[number] == pid)
			return number;
		place = (place + 1) & (HASH_SIZE - 1);
	}
	assert(codec->pid_count < PIDS_MAX);
	codec->hash[place] = codec->stamp << 16 | (uint32_t)codec->pid_count;
	codec->pids[codec->pid_count] = pid;
	return (uint16_t)codec->pid_count++;
}

/* No entry of an earlier chunk may look like one of this. */
static void forget_pids(struct codec *codec)
{
	codec->pid_count = 0;
	if (++codec->stamp > UINT16_MAX) {
		memset(codec->hash, 0, sizeof(codec->hash));
		codec->stamp = 1;
	}
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

/*
 * Writes one packed plane to `out`, returns its size and how it is packed. What does not get
 * smaller in its first part (hashes are such) is not tried as a whole.
 */
static size_t put_plane(struct codec *codec, const uint8_t *plane, size_t size, uint8_t *out,
			enum packing *ret_packing)
{
	size_t packed;

	if (size > 1 && memcmp(plane, plane + 1, size - 1) == 0) {
		*out = *plane;
		*ret_packing = PACKING_SAME;
		return 1;
	}
	packed = size >= PACK_MIN && size >= PACK_SAMPLED
			 ? ZSTD_compress2(codec->compress, out, size, plane, PACK_SAMPLE)
			 : 0;
	if (size >= PACK_MIN && !ZSTD_isError(packed) && packed < PACK_SAMPLE - PACK_SAMPLE / 16) {
		packed = ZSTD_compress2(codec->compress, out, size - 1, plane, size);
		if (!ZSTD_isError(packed)) {
			*ret_packing = PACKING_ZSTD;
			return packed;
		}
	}
	memcpy(out, plane, size);
	*ret_packing = PACKING_RAW;
	return size;
}

static void put_packed(struct codec *codec, size_t size, uint8_t **header, uint8_t **end)
{
	enum packing packing;
	size_t packed = put_plane(codec, codec->plane, size, *end, &packing);

	*(*header)++ = (uint8_t)packing;
	*header = put_varint(*header, packed);
	*end += packed;
}

/* Differences to the value before, the first one to 0. They are as wide as the result says. */
static unsigned take_differences(struct codec *codec, const uint64_t *values, size_t count)
{
	uint64_t *differences = codec->differences;
	uint64_t all = zigzag(values[0]);

	differences[0] = all;
	for (size_t i = 1; i < count; i++) {
		differences[i] = zigzag(values[i] - values[i - 1]);
		all |= differences[i];
	}
	return bytes_for(all);
}

/* Writes values[0..count) as one stream, or nothing where all are 0. */
static void put_stream(struct codec *codec, uint8_t kind, unsigned slot, const uint64_t *values,
		       size_t count)
{
	uint8_t *header = codec->out + codec->out_size;
	uint8_t *data = header + STREAM_HEADER;
	uint8_t *end = data;
	enum coding coding = CODING_PLAIN;
	uint64_t all = 0, differ = 0;
	unsigned width;

	for (size_t i = 0; i < count; i++) {
		all |= values[i];
		differ |= values[i] ^ values[0];
	}
	if (all == 0)
		return;
	width = bytes_for(all);
	if (differ != 0 && width > 1) {
		unsigned narrow = take_differences(codec, values, count);

		if (narrow < width) {
			values = codec->differences;
			width = narrow;
			coding = CODING_DELTA;
		}
	}
	if (width == 8)
		coding = CODING_WORDS;
	*header++ = kind;
	*header++ = (uint8_t)slot;
	*header++ = (uint8_t)coding;
	*header++ = (uint8_t)(coding == CODING_WORDS ? 1 : width);
	if (coding == CODING_WORDS) {
		memcpy(codec->plane, values, count * sizeof(*values));
		put_packed(codec, count * sizeof(*values), &header, &end);
	} else {
		for (unsigned shift = 0; shift < 8 * width; shift += 8) {
			for (size_t i = 0; i < count; i++)
				codec->plane[i] = (uint8_t)(values[i] >> shift);
			put_packed(codec, count, &header, &end);
		}
	}
	memmove(header, data, (size_t)(end - data));
	codec->out_size = (size_t)(header + (end - data) - codec->out);
	assert(codec->out_size <= codec->out_capacity);
}

/* Most pids are those of one or two events before. */
static void number_pids(struct codec *codec, const uint64_t *pids, uint16_t *numbers, size_t count)
{
	uint64_t last, other;
	uint16_t last_number, other_number;

	if (count == 0)
		return;
	last = other = pids[0];
	last_number = other_number = pid_number(codec, last);
	for (size_t i = 0; i < count; i++) {
		uint64_t pid = pids[i];

		if (pid != last) {
			uint16_t number = pid == other ? other_number : pid_number(codec, pid);

			other = last;
			other_number = last_number;
			last = pid;
			last_number = number;
		}
		numbers[i] = last_number;
	}
}

/* Lays the events' slots side by side, kind after kind, and numbers their pids. */
static void take_apart(struct codec *codec, const struct trace_context *context,
		       const struct actor_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct actor_event *event = &events[codec->order[i]];

		memcpy(&codec->heads[i], event, sizeof(codec->heads[i]));
		codec->columns[0][i] = event->a;
		codec->columns[1][i] = event->b;
		codec->columns[2][i] = event->c;
	}
	codec->outside = pid_number(codec, context->actor);
	for (unsigned kind = 0; kind < ACTOR_EVENT_COUNT; kind++) {
		for (int column = 0; column < 3; column++) {
			size_t end = codec->start[kind + 1];

			if (!codec_is_pid((uint8_t)kind, (enum event_slot)(EVENT_SLOT_A + column)))
				continue;
			number_pids(codec, codec->columns[column] + codec->start[kind],
				    codec->numbers[column] + codec->start[kind],
				    end - codec->start[kind]);
		}
	}
}

/* The turn's actor at each event, as far as this chunk tells: what running numbers are kept by. */
static void follow_turns(struct codec *codec, size_t count)
{
	const uint16_t *recv = codec->numbers[0] + codec->start[ACTOR_EVENT_RECV];
	const uint16_t *input = codec->numbers[0] + codec->start[ACTOR_EVENT_INPUT];
	uint16_t current = codec->outside;

	for (size_t i = 0; i < count; i++) {
		if (codec->kinds[i] == ACTOR_EVENT_RECV)
			current = *recv++;
		else if (codec->kinds[i] == ACTOR_EVENT_INPUT)
			current = *input++;
		codec->current[i] = current;
	}
}

/* What belongs to no kind. */
static void put_shared(struct codec *codec, const struct actor_event *events, size_t count,
		       struct codec_summary *summary, uint64_t *ret_base)
{
	uint64_t *values = codec->values;
	uint64_t base = 0;
	size_t times = 0;

	for (size_t i = 0; i < count; i++)
		values[i] = codec->kinds[i];
	put_stream(codec, 0, SHARED_KINDS, values, count);
	for (size_t i = 0; i < count; i++) {
		values[times] = events[i].c;
		times += event_has_time(codec->kinds[i]);
	}
	for (size_t i = 0; i < times && base == 0; i++)
		base = values[i];
	for (size_t i = 0; i < times; i++) {
		summary->time_min = values[i] < summary->time_min ? values[i] : summary->time_min;
		summary->time_max = values[i] > summary->time_max ? values[i] : summary->time_max;
		values[i] -= base;
	}
	put_stream(codec, 0, SHARED_TIMES, values, times);
	*ret_base = base;
}

/* Running numbers, as differences to what would be the next one of the same actor. */
static void predict(struct codec *codec, enum key key, size_t begin, size_t count)
{
	memset(codec->last, 0, sizeof(*codec->last) * codec->pid_count);
	for (size_t i = 0; i < count; i++) {
		uint16_t number = key == KEY_CURRENT ? codec->current[codec->order[begin + i]]
						     : codec->numbers[key == KEY_B][begin + i];
		uint32_t sequence = (uint32_t)(codec->heads[begin + i] >> 32);
		uint32_t difference = sequence - codec->last[number];

		codec->values[i] = (difference << 1) ^ -(difference >> 31);
		codec->last[number] = sequence + 1;
	}
}

static void put_pair(struct codec *codec, uint8_t kind, unsigned slot, const uint64_t *pairs,
		     size_t count)
{
	for (size_t i = 0; i < count; i++)
		codec->values[i] = pairs[i] >> 32;
	put_stream(codec, kind, slot + SLOT_HIGH, codec->values, count);
	for (size_t i = 0; i < count; i++)
		codec->values[i] = (uint32_t)pairs[i];
	put_stream(codec, kind, slot, codec->values, count);
}

/* The slots of an event's first word. Byte order of the machine, as everywhere in a plane. */
static void put_heads(struct codec *codec, uint8_t kind, size_t begin, size_t count)
{
	const uint64_t *heads = codec->heads + begin;
	enum key key = codec_sequence_key(kind);

	for (size_t i = 0; i < count; i++)
		codec->values[i] = heads[i] >> 8 & 0xff;
	put_stream(codec, kind, EVENT_SLOT_FLAGS, codec->values, count);
	for (size_t i = 0; i < count; i++)
		codec->values[i] = heads[i] >> 16 & 0xffff;
	put_stream(codec, kind, EVENT_SLOT_TAG, codec->values, count);
	if (key != KEY_NONE) {
		predict(codec, key, begin, count);
	} else {
		for (size_t i = 0; i < count; i++)
			codec->values[i] = heads[i] >> 32;
	}
	put_stream(codec, kind, EVENT_SLOT_SEQ, codec->values, count);
}

static void put_kind(struct codec *codec, uint8_t kind)
{
	size_t begin = codec->start[kind];
	size_t count = (size_t)(codec->start[kind + 1] - begin);

	put_heads(codec, kind, begin, count);
	for (unsigned column = 0; column < 3; column++) {
		unsigned slot = EVENT_SLOT_A + column;
		const uint64_t *values = codec->columns[column] + begin;
		enum actor_field field = event_field(kind, (enum event_slot)slot);

		if (field == ACTOR_FIELD_TIME)
			continue;
		if (field_type(field) == FIELD_TYPE_PAIR) {
			put_pair(codec, kind, slot, values, count);
			continue;
		}
		if (codec_is_pid(kind, (enum event_slot)slot)) {
			for (size_t i = 0; i < count; i++)
				codec->values[i] = codec->numbers[column][begin + i];
			values = codec->values;
		}
		put_stream(codec, kind, slot, values, count);
	}
}

static void put_pids(struct codec *codec, struct codec_summary *summary)
{
	summary->bloom = codec->bloom;
	summary->bloom_size = codec_bloom_size(codec->pid_count);
	memset(codec->bloom, 0, summary->bloom_size);
	for (size_t i = 0; i < codec->pid_count; i++) {
		codec->values[i] = codec->pids[i] & UINT32_C(0xffffff);
		codec_bloom_add(codec->bloom, summary->bloom_size, codec->pids[i]);
	}
	put_stream(codec, 0, SHARED_PIDS_LOW, codec->values, codec->pid_count);
	for (size_t i = 0; i < codec->pid_count; i++)
		codec->values[i] = codec->pids[i] >> 24;
	put_stream(codec, 0, SHARED_PIDS_HIGH, codec->values, codec->pid_count);
}

int codec_encode(struct codec *codec, const struct trace_context *context,
		 const struct actor_event *events, size_t count, const void **ret_data,
		 size_t *ret_size, struct codec_summary *ret_summary)
{
	struct codec_summary summary = {.time_min = UINT64_MAX};
	uint8_t *prefix;
	uint64_t base;

	if (count == 0 || count > TRACE_CHUNK_EVENTS)
		return -EINVAL;
	forget_pids(codec);
	/* Room for the prefix, which needs the number of pids; it is moved up to it at the end. */
	codec->out_size = 32;
	for (size_t i = 0; i < count; i++)
		codec->kinds[i] = events[i].kind;
	codec_sort_by_kind(codec, count);
	take_apart(codec, context, events, count);
	follow_turns(codec, count);
	put_shared(codec, events, count, &summary, &base);
	for (unsigned kind = 0; kind < 256; kind++) {
		if (codec->start[kind + 1] == codec->start[kind])
			continue;
		summary.kinds |= UINT64_C(1) << (kind < ACTOR_EVENT_COUNT ? kind : 63);
		put_kind(codec, (uint8_t)kind);
	}
	put_pids(codec, &summary);
	if (summary.time_min > summary.time_max)
		summary.time_min = summary.time_max;
	*ret_summary = summary;

	prefix = codec->out;
	*prefix++ = CODEC_VERSION;
	*prefix++ = ACTOR_EVENT_COUNT;
	prefix = put_varint(prefix, count);
	prefix = put_varint(prefix, codec->pid_count);
	memcpy(prefix, &base, sizeof(base));
	prefix += sizeof(base);
	memmove(prefix, codec->out + 32, codec->out_size - 32);
	*ret_data = codec->out;
	*ret_size = (size_t)(prefix - codec->out) + codec->out_size - 32;
	return 0;
}
