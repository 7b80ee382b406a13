/* SPDX-License-Identifier: MIT */
#include "store/codec_inner.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "store/varint.h"

#define VERSION_1_KINDS  34 /* version 1 of the blob does not say it */
#define VERSION_OF_KINDS 4  /* from here on a blob lists its kinds, and has first numbers */

static struct stream *stream_at(struct codec *codec, uint8_t kind, unsigned slot)
{
	if (kind < ACTOR_EVENT_COUNT)
		return slot < SLOT_MAX ? &codec->streams[kind][slot] : NULL;
	return slot < EVENT_SLOT_COUNT ? &codec->unknown[kind - ACTOR_EVENT_COUNT][slot] : NULL;
}

/* Finds all streams and checks that they lie inside the blob. */
static int find_streams(struct codec *codec, const uint8_t *in, const uint8_t *end)
{
	memset(codec->streams, 0, sizeof(codec->streams));
	if (codec->has_unknown)
		memset(codec->unknown, 0, sizeof(codec->unknown));
	codec->has_unknown = false;
	while (in != end) {
		struct stream *stream;
		uint64_t size;

		if (end - in < 4)
			return -EBADMSG;
		stream = stream_at(codec, in[0], in[1]);
		if (stream == NULL || stream->header != NULL)
			return -EBADMSG;
		codec->has_unknown |= in[0] >= ACTOR_EVENT_COUNT;
		stream->coding = in[2];
		in += 3;
		if (codec->version < VERSION_OF_KINDS) {
			in = codec_find_planes(stream, in, end);
			if (in == NULL)
				return -EBADMSG;
			continue;
		}
		in = get_varint(in, end, &size);
		if (in == NULL || size > (uint64_t)(end - in))
			return -EBADMSG;
		stream->header = stream->data = in;
		stream->size = size;
		in += size;
	}
	return 0;
}

/* Reads a stream into codec->values[0..count); one that is not there is all zeros. */
static int get_stream(struct codec *codec, uint8_t kind, unsigned slot, size_t count)
{
	const struct stream *stream = stream_at(codec, kind, slot);

	assert(count <= PIDS_MAX);
	if (stream->header == NULL) {
		memset(codec->values, 0, count * sizeof(*codec->values));
		return 0;
	}
	return codec->version < VERSION_OF_KINDS ? codec_get_planes(codec, stream, count)
						 : codec_get_stream(codec, stream, count);
}

/* Reads a stream of pid numbers into codec->keys, each checked. */
static int get_numbers(struct codec *codec, uint8_t kind, enum event_slot slot, size_t count)
{
	uint64_t largest = 0;

	if (get_stream(codec, kind, slot, count) != 0)
		return -EBADMSG;
	for (size_t i = 0; i < count; i++) {
		largest = codec->values[i] > largest ? codec->values[i] : largest;
		codec->keys[i] = (uint16_t)codec->values[i];
	}
	return largest < codec->pid_count ? 0 : -EBADMSG;
}

static size_t kind_count(const struct codec *codec, unsigned kind)
{
	return (size_t)(codec->start[kind + 1] - codec->start[kind]);
}

static int get_current(struct codec *codec, size_t count)
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
		if (codec->kinds[i] == ACTOR_EVENT_RECV || codec->kinds[i] == ACTOR_EVENT_INPUT)
			current = codec->current[i];
		codec->current[i] = current;
	}
	return 0;
}

/*
 * The first running number of each actor in codec->keys, which begins the story of
 * codec->following. Older blobs have no such list: there all begin with 0.
 */
static int get_firsts(struct codec *codec, uint8_t kind, size_t n)
{
	uint64_t *following = codec->following;
	size_t count = 0;

	if (codec->version < VERSION_OF_KINDS) {
		for (size_t i = 0; i < codec->pid_count; i++)
			following[i] = KNOWN;
		return 0;
	}
	memset(following, 0, codec->pid_count * sizeof(*following));
	for (size_t i = 0; i < n; i++) {
		count += following[codec->keys[i]] == 0;
		following[codec->keys[i]] = KNOWN;
	}
	if (get_stream(codec, kind, EVENT_SLOT_SEQ + SLOT_HIGH, count) != 0)
		return -EBADMSG;
	for (size_t i = 0; i < count; i++)
		codec->firsts[i] = (uint32_t)codec->values[i];
	memset(following, 0, codec->pid_count * sizeof(*following));
	return 0;
}

/* Puts the running numbers themselves into codec->values. */
static int get_sequence(struct codec *codec, size_t count, uint8_t kind, enum key key)
{
	size_t n = kind_count(codec, kind);
	const uint16_t *order = codec->order + codec->start[kind];
	size_t firsts = 0;

	if (key == KEY_CURRENT) {
		if (get_current(codec, count) != 0)
			return -EBADMSG;
		for (size_t i = 0; i < n; i++)
			codec->keys[i] = codec->current[order[i]];
	} else if (get_numbers(codec, kind, key == KEY_A ? EVENT_SLOT_A : EVENT_SLOT_B, n) != 0) {
		return -EBADMSG;
	}
	if (get_firsts(codec, kind, n) != 0 || get_stream(codec, kind, EVENT_SLOT_SEQ, n) != 0)
		return -EBADMSG;
	for (size_t i = 0; i < n; i++) {
		uint64_t *next = &codec->following[codec->keys[i]];
		uint32_t value = (uint32_t)codec->values[i];
		uint32_t seq = (uint32_t)*next + ((value >> 1) ^ -(value & 1));

		if ((*next & KNOWN) == 0)
			seq = codec->firsts[firsts++];
		*next = KNOWN | (uint32_t)(seq + 1);
		codec->values[i] = seq;
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
		if (get_sequence(codec, count, kind, key) != 0)
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
		uint32_t *low = codec->firsts;

		for (size_t i = 0; i < n; i++)
			low[i] = (uint32_t)codec->values[i];
		if (get_stream(codec, kind, slot + SLOT_HIGH, n) != 0)
			return -EBADMSG;
		for (size_t i = 0; i < n; i++)
			codec->values[i] = codec->values[i] << 32 | low[i];
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
	uint8_t timed[256];
	size_t times = 0;

	for (unsigned kind = 0; kind < 256; kind++)
		timed[kind] = has_time(codec, (uint8_t)kind);
	for (size_t i = 0; i < count; i++)
		times += timed[codec->kinds[i]];
	if (get_stream(codec, 0, SHARED_TIMES, times) != 0)
		return -EBADMSG;
	times = 0;
	/* Which kind comes next cannot be foreseen: no branch. */
	for (size_t i = 0; i < count; i++) {
		uint8_t has = timed[codec->kinds[i]];

		events[i].c = has ? codec->values[times] + base : events[i].c;
		times += has;
	}
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

/* The chunk's kinds, which its events have numbers of. NULL: there is no such list. */
static const uint8_t *get_kind_list(struct codec *codec, const uint8_t *in, const uint8_t *end)
{
	uint64_t count;

	in = get_varint(in, end, &count);
	if (in == NULL || count == 0 || count > sizeof(codec->kind_list) ||
	    count > (uint64_t)(end - in))
		return NULL;
	memcpy(codec->kind_list, in, count);
	codec->kind_list_count = (unsigned)count;
	return in + count;
}

/* Fills codec->kinds. */
static int get_kinds(struct codec *codec, size_t count)
{
	uint64_t largest = 0;

	if (get_stream(codec, 0, SHARED_KINDS, count) != 0)
		return -EBADMSG;
	if (codec->version < VERSION_OF_KINDS) {
		for (size_t i = 0; i < count; i++)
			codec->kinds[i] = (uint8_t)codec->values[i];
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		largest = codec->values[i] > largest ? codec->values[i] : largest;
		codec->kinds[i] = codec->kind_list[(uint8_t)codec->values[i]];
	}
	return largest < codec->kind_list_count ? 0 : -EBADMSG;
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
	codec->version = *in;
	if (codec->version == 1)
		codec->known = VERSION_1_KINDS;
	else if (codec->version >= 2 && codec->version <= CODEC_VERSION)
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
	in += sizeof(*ret_base);
	if (codec->version >= VERSION_OF_KINDS)
		in = get_kind_list(codec, in, end);
	return in != NULL ? find_streams(codec, in, end) : -EBADMSG;
}

static bool has_pid(const struct codec *codec, uint64_t pid)
{
	for (size_t i = 0; i < codec->pid_count; i++)
		if (codec->pids[i] == pid)
			return true;
	return false;
}

/* Whether the events of the kind that is asked for alone can be decoded without the others. */
static bool is_apart(const struct codec_want *want)
{
	uint8_t slots =
		want->slots[want->kind < ACTOR_EVENT_COUNT ? want->kind : ACTOR_EVENT_COUNT];

	return want->alone && ((slots >> EVENT_SLOT_SEQ & 1) == 0 ||
			       codec_sequence_key(want->kind) != KEY_CURRENT);
}

/* Whether any slot that is asked for is a pid, or counts for one. */
static bool needs_pids(const struct codec_want *want)
{
	uint8_t slots =
		want->slots[want->kind < ACTOR_EVENT_COUNT ? want->kind : ACTOR_EVENT_COUNT];

	if (!want->alone || want->pid != 0 || (slots >> EVENT_SLOT_SEQ & 1) != 0)
		return true;
	for (int slot = EVENT_SLOT_A; slot < EVENT_SLOT_COUNT; slot++)
		if ((slots >> slot & 1) != 0 && codec_is_pid(want->kind, (enum event_slot)slot))
			return true;
	return false;
}

static void clear(const struct codec *codec, const struct codec_want *want,
		  struct actor_event *events, size_t count)
{
	size_t alone;
	const uint16_t *positions = codec_positions(codec, want->kind, &alone);

	for (size_t i = 0; want->alone && i < alone; i++)
		events[positions[i]] = (struct actor_event){.kind = want->kind};
	for (size_t i = 0; !want->alone && i < count; i++)
		events[i] = (struct actor_event){.kind = codec->kinds[i]};
}

const uint16_t *codec_positions(const struct codec *codec, uint8_t kind, size_t *ret_count)
{
	*ret_count = kind_count(codec, kind);
	return codec->order + codec->start[kind];
}

int codec_decode(struct codec *codec, const void *data, size_t size, const struct codec_want *want,
		 struct actor_event *events, size_t count)
{
	uint64_t stored_count;
	uint64_t base;
	bool times = false;

	if (count == 0 || count > TRACE_CHUNK_EVENTS ||
	    open_blob(codec, data, size, &stored_count, &base) != 0 || stored_count != count ||
	    (needs_pids(want) && get_pids(codec) != 0))
		return -EBADMSG;
	if (want->pid != 0 && !has_pid(codec, want->pid))
		return 1;
	if (get_kinds(codec, count) != 0)
		return -EBADMSG;
	if (is_apart(want))
		codec_sort_one_kind(codec, count, want->kind);
	else
		codec_sort_by_kind(codec, count);
	clear(codec, want, events, count);
	for (unsigned kind = 0; kind < 256; kind++) {
		uint8_t slots = want->slots[kind < ACTOR_EVENT_COUNT ? kind : ACTOR_EVENT_COUNT];

		if (kind_count(codec, kind) == 0 || (want->alone && kind != want->kind))
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
