/* SPDX-License-Identifier: MIT */

/* Events into the values of streams. */

#include "store/codec_inner.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the slots of an event's first word");

/* Slots of an actor lie side by side, so the pids of a program do in the table, too. */
static inline uint16_t pid_number(struct codec *codec, uint64_t pid)
{
	size_t place = (size_t)(pid ^ (pid >> 24) * UINT64_C(0x9e3779b1)) & (HASH_SIZE - 1);

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
	codec->following[codec->pid_count].recv = 0;
	codec->following[codec->pid_count].send = 0;
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

/* What is stored for a running number: its distance from what would be the next one. */
static inline uint32_t distance(uint32_t *following, uint32_t sequence)
{
	uint32_t difference = sequence - *following;

	*following = sequence + 1;
	return (difference << 1) ^ -(difference >> 31);
}

/*
 * Lays the events' slots side by side, kind after kind, and numbers their pids. Whose turn it is,
 * as far as this chunk tells, is what running numbers of sends are kept by.
 */
static void take_apart(struct codec *codec, const struct trace_context *context,
		       const struct actor_event *events, size_t count)
{
	uint32_t current = pid_number(codec, context->actor);
	uint16_t next[256];

	memcpy(next, codec->start, sizeof(next));
	for (size_t i = 0; i < count; i++) {
		const struct actor_event *event = &events[i];
		size_t at = next[event->kind]++;

		memcpy(&codec->heads[at], event, sizeof(codec->heads[at]));
		codec->columns[0][at] = event->a;
		codec->columns[1][at] = event->b;
		codec->columns[2][at] = event->c;
		if (event->kind == ACTOR_EVENT_RECV) {
			uint32_t sender = pid_number(codec, event->b);

			current = pid_number(codec, event->a);
			codec->numbers[0][at] = current;
			codec->numbers[1][at] = sender;
			codec->sequences[at] = distance(&codec->following[sender].recv, event->seq);
		} else if (event->kind == ACTOR_EVENT_SEND) {
			codec->numbers[0][at] = pid_number(codec, event->a);
			codec->sequences[at] =
				distance(&codec->following[current].send, event->seq);
		} else {
			const uint64_t slots[3] = {event->a, event->b, event->c};

			for (int column = 0; column < 3; column++)
				if (codec_is_pid(event->kind,
						 (enum event_slot)(EVENT_SLOT_A + column)))
					codec->numbers[column][at] =
						pid_number(codec, slots[column]);
			if (event->kind == ACTOR_EVENT_INPUT)
				current = codec->numbers[0][at];
		}
	}
}

/* The running numbers of all other kinds. */
static void predict(struct codec *codec, enum key key, size_t begin, size_t count)
{
	const uint32_t *keys = codec->numbers[key == KEY_B] + begin;

	assert(key == KEY_A || key == KEY_B);
	memset(codec->last, 0, sizeof(*codec->last) * codec->pid_count);
	for (size_t i = 0; i < count; i++)
		codec->sequences[begin + i] =
			distance(&codec->last[keys[i]], (uint32_t)(codec->heads[begin + i] >> 32));
}

/* What belongs to no kind. */
static void put_shared(struct codec *codec, const struct actor_event *events, size_t count,
		       struct codec_summary *summary, uint64_t *ret_base)
{
	uint64_t *values = codec->values;
	uint64_t base = 0;
	size_t times = 0;

	codec_put_bytes(codec, 0, SHARED_KINDS, codec->kinds, count);
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
	if (times > 0)
		codec_put_stream(codec, 0, SHARED_TIMES, values, times);
	*ret_base = base;
}

/* Bits in which one of the values differs from the first. */
static uint64_t bits_apart(const uint64_t *values, size_t count)
{
	uint64_t apart = 0;

	for (size_t i = 1; i < count; i++)
		apart |= values[i] ^ values[0];
	return apart;
}

/* The `bits` from `shift` on of each word. Most slots of most kinds are the same all the time. */
static void put_part(struct codec *codec, uint8_t kind, unsigned slot, const uint64_t *words,
		     size_t count, uint64_t apart, unsigned shift, unsigned bits)
{
	uint64_t mask = (UINT64_C(1) << bits) - 1;

	if ((apart >> shift & mask) == 0) {
		codec_put_constant(codec, kind, slot, words[0] >> shift & mask);
		return;
	}
	for (size_t i = 0; i < count; i++)
		codec->narrow[i] = (uint32_t)(words[i] >> shift & mask);
	codec_put_narrow(codec, kind, slot, codec->narrow, count);
}

/* The slots of an event's first word. */
static void put_heads(struct codec *codec, uint8_t kind, size_t begin, size_t count)
{
	const uint64_t *heads = codec->heads + begin;
	uint64_t apart = bits_apart(heads, count);
	enum key key = codec_sequence_key(kind);

	put_part(codec, kind, EVENT_SLOT_FLAGS, heads, count, apart, 8, 8);
	put_part(codec, kind, EVENT_SLOT_TAG, heads, count, apart, 16, 16);
	if (key == KEY_NONE) {
		put_part(codec, kind, EVENT_SLOT_SEQ, heads, count, apart, 32, 32);
		return;
	}
	if (kind != ACTOR_EVENT_RECV && kind != ACTOR_EVENT_SEND)
		predict(codec, key, begin, count);
	codec_put_narrow(codec, kind, EVENT_SLOT_SEQ, codec->sequences + begin, count);
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
			uint64_t apart = bits_apart(values, count);

			put_part(codec, kind, slot + SLOT_HIGH, values, count, apart, 32, 32);
			put_part(codec, kind, slot, values, count, apart, 0, 32);
		} else if (codec_is_pid(kind, (enum event_slot)slot)) {
			codec_put_narrow(codec, kind, slot, codec->numbers[column] + begin, count);
		} else {
			codec_put_stream(codec, kind, slot, values, count);
		}
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
	codec_put_stream(codec, 0, SHARED_PIDS_LOW, codec->values, codec->pid_count);
	for (size_t i = 0; i < codec->pid_count; i++)
		codec->values[i] = codec->pids[i] >> 24;
	codec_put_stream(codec, 0, SHARED_PIDS_HIGH, codec->values, codec->pid_count);
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
	codec_count_kinds(codec, count);
	take_apart(codec, context, events, count);
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
	prefix = codec_put_varint(prefix, count);
	prefix = codec_put_varint(prefix, codec->pid_count);
	memcpy(prefix, &base, sizeof(base));
	prefix += sizeof(base);
	memmove(prefix, codec->out + 32, codec->out_size - 32);
	*ret_data = codec->out;
	*ret_size = (size_t)(prefix - codec->out) + codec->out_size - 32;
	return 0;
}
