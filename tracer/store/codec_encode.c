/* SPDX-License-Identifier: MIT */
#include "store/codec_inner.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define ZSTD_LEVEL 1
#define PACK_MIN   32 /* a plane shorter than this is not worth a frame */

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
		key = codec_sequence_key(kind);
	if (codec_is_pid(kind, slot)) {
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

static void summarise(struct codec *codec, const struct actor_event *events, size_t count,
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
	summary.bloom = codec->bloom;
	summary.bloom_size = codec_bloom_size(codec->pid_count);
	memset(codec->bloom, 0, summary.bloom_size);
	for (size_t i = 0; i < codec->pid_count; i++)
		codec_bloom_add(codec->bloom, summary.bloom_size, codec->pids[i]);
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
	codec_sort_by_kind(codec, events, count);
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
