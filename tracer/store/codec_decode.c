/* SPDX-License-Identifier: MIT */
#include "store/codec_bits.h"
#include "store/codec_inner.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define VERSION_1_KINDS 34 /* version 1 of the blob does not say it */

static uint64_t unzigzag(uint64_t value)
{
	return (value >> 1) ^ (uint64_t) - (int64_t)(value & 1);
}

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
		    in[3] == 0 || in[3] > PLANES_MAX || (in[2] == CODING_WORDS && in[3] != 1) ||
		    (in[2] == CODING_DICTIONARY && (in[3] < 2 || in[3] > 3)))
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
	case PACKING_BITS:
		if (stored < 2 || data[0] == 0 || data[0] > 7 ||
		    stored - 2 != bits_size(size, data[0]))
			return -EBADMSG;
		bits_get(codec->plane, data + 2, size, data[0]);
		for (size_t i = 0; i < size; i++)
			codec->plane[i] = (uint8_t)(codec->plane[i] + data[1]);
		return 0;
	case PACKING_COUNT:
		break;
	}
	return -EBADMSG;
}

/* The list that a dictionary begins with, which is not packed. */
static int get_words(struct codec *codec, enum packing packing, const uint8_t *data, size_t stored)
{
	if (packing != PACKING_RAW || stored % sizeof(*codec->words) != 0 ||
	    stored > sizeof(codec->words))
		return -EBADMSG;
	codec->word_count = stored / sizeof(*codec->words);
	memcpy(codec->words, data, stored);
	return 0;
}

/* Numbers of words into words. */
static int look_up_words(struct codec *codec, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (codec->values[i] >= codec->word_count)
			return -EBADMSG;
		codec->values[i] = codec->words[codec->values[i]];
	}
	return 0;
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
	for (unsigned plane = 0, shift = 0; plane < stream->width; plane++) {
		enum packing packing = (enum packing) * header++;
		size_t size = stream->coding == CODING_WORDS ? count * sizeof(*values) : count;
		uint64_t stored = 0;
		int status;

		header = get_varint(header, stream->data, &stored);
		if (header == NULL)
			return -EBADMSG;
		status = plane == 0 && stream->coding == CODING_DICTIONARY
				 ? get_words(codec, packing, data, stored)
				 : get_plane(codec, packing, data, stored, size);
		if (status != 0)
			return -EBADMSG;
		data += stored;
		if (plane == 0 && stream->coding == CODING_DICTIONARY)
			continue;
		if (stream->coding == CODING_WORDS) {
			memcpy(values, codec->plane, size);
		} else {
			for (size_t i = 0; i < count; i++)
				values[i] |= (uint64_t)codec->plane[i] << shift;
			shift += 8;
		}
	}
	if (stream->coding == CODING_DICTIONARY)
		return look_up_words(codec, count);
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
	bool known = kind < codec->known;
	enum key key = known && slot == EVENT_SLOT_SEQ ? codec_sequence_key(kind) : KEY_NONE;

	if (key != KEY_NONE) {
		if (get_sequence(codec, events, count, kind, key) != 0)
			return -EBADMSG;
	} else if (known && codec_is_pid(kind, slot)) {
		if (get_numbers(codec, kind, slot, n) != 0)
			return -EBADMSG;
		for (size_t i = 0; i < n; i++)
			codec->values[i] = codec->pids[codec->keys[i]];
	} else if (get_stream(codec, kind, slot, n) != 0) {
		return -EBADMSG;
	}
	if (known && field_type(event_field(kind, slot)) == FIELD_TYPE_PAIR) {
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

/* Whether the blob keeps the kind's slot c among the times. */
static bool has_time(const struct codec *codec, uint8_t kind)
{
	return kind < codec->known && event_has_time(kind);
}

static int get_times(struct codec *codec, struct actor_event *events, size_t count, uint64_t base)
{
	size_t times = 0;

	for (size_t i = 0; i < count; i++)
		times += has_time(codec, events[i].kind);
	if (get_stream(codec, 0, SHARED_TIMES, times) != 0)
		return -EBADMSG;
	times = 0;
	for (size_t i = 0; i < count; i++)
		if (has_time(codec, events[i].kind))
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

/* Reads what stands before the streams, and finds these. */
static int open_blob(struct codec *codec, const void *data, size_t size, uint64_t *ret_count,
		     uint64_t *ret_base)
{
	const uint8_t *in = data;
	const uint8_t *end = in + size;
	uint64_t pid_count;

	if (size < 2)
		return -EBADMSG;
	if (*in == 1)
		codec->known = VERSION_1_KINDS;
	else if (*in == 2 || *in == CODEC_VERSION)
		codec->known = *++in;
	else
		return -EBADMSG;
	in = get_varint(in + 1, end, ret_count);
	if (in == NULL)
		return -EBADMSG;
	in = get_varint(in, end, &pid_count);
	if (in == NULL || pid_count == 0 || pid_count > PIDS_MAX ||
	    (size_t)(end - in) < sizeof(*ret_base))
		return -EBADMSG;
	memcpy(ret_base, in, sizeof(*ret_base));
	codec->pid_count = pid_count;
	return find_streams(codec, in + sizeof(*ret_base), end);
}

int codec_has_pid(struct codec *codec, const void *data, size_t size, uint64_t pid)
{
	uint64_t count;
	uint64_t base;

	if (open_blob(codec, data, size, &count, &base) != 0 || get_pids(codec) != 0)
		return -EBADMSG;
	for (size_t i = 0; i < codec->pid_count; i++)
		if (codec->pids[i] == pid)
			return 1;
	return 0;
}

int codec_decode(struct codec *codec, const void *data, size_t size, const struct codec_want *want,
		 struct actor_event *events, size_t count)
{
	uint64_t stored_count;
	uint64_t base;
	bool times = false;

	if (count == 0 || count > TRACE_CHUNK_EVENTS ||
	    open_blob(codec, data, size, &stored_count, &base) != 0 || stored_count != count ||
	    get_stream(codec, 0, SHARED_KINDS, count) != 0)
		return -EBADMSG;
	memset(events, 0, count * sizeof(*events));
	for (size_t i = 0; i < count; i++)
		events[i].kind = codec->kinds[i] = (uint8_t)codec->values[i];
	codec_sort_by_kind(codec, count);
	if (get_pids(codec) != 0)
		return -EBADMSG;
	for (unsigned kind = 0; kind < 256; kind++) {
		uint8_t slots = want->slots[kind < ACTOR_EVENT_COUNT ? kind : ACTOR_EVENT_COUNT];

		if (kind_count(codec, kind) == 0)
			continue;
		for (int slot = 0; slot < EVENT_SLOT_COUNT; slot++) {
			if ((slots >> slot & 1) == 0)
				continue;
			if (slot == EVENT_SLOT_C && has_time(codec, (uint8_t)kind))
				times = true;
			else if (get_slot(codec, events, count, (uint8_t)kind,
					  (enum event_slot)slot) != 0)
				return -EBADMSG;
		}
	}
	return times ? get_times(codec, events, count, base) : 0;
}
