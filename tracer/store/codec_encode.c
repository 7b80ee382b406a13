/* SPDX-License-Identifier: MIT */

/* Events into the values of streams. */

#include "store/codec_inner.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "store/varint.h"
#include "store/wide.h"

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
	codec->running[codec->pid_count].recv = 0;
	codec->running[codec->pid_count].send = 0;
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
static inline uint32_t distance(uint64_t *following, uint32_t sequence, uint32_t *firsts,
				size_t *first_count)
{
	uint64_t known = *following;
	uint32_t difference = sequence - (uint32_t)known;

	*following = KNOWN | (uint32_t)(sequence + 1);
	if (known == 0) {
		firsts[(*first_count)++] = sequence;
		return 0;
	}
	return (difference << 1) ^ -(difference >> 31);
}

static inline void take_recv(struct codec *codec, const struct actor_event *event,
			     uint32_t *current)
{
	struct column_set *recv = &codec->recv;
	size_t at = recv->count++;
	uint32_t sender = pid_number(codec, event->b);

	*current = pid_number(codec, event->a);
	memcpy(&recv->heads[at], event, sizeof(recv->heads[at]));
	recv->a[at] = *current;
	recv->b[at] = sender;
	recv->sequences[at] = distance(&codec->running[sender].recv, event->seq, recv->firsts,
				       &recv->first_count);
	codec->times[codec->time_count++] = event->c;
}

static inline void take_send(struct codec *codec, const struct actor_event *event, uint32_t current)
{
	struct column_set *send = &codec->send;
	size_t at = send->count++;

	memcpy(&send->heads[at], event, sizeof(send->heads[at]));
	send->a[at] = pid_number(codec, event->a);
	codec->send_b[at] = event->b;
	codec->send_c[at] = event->c;
	send->sequences[at] = distance(&codec->running[current].send, event->seq, send->firsts,
				       &send->first_count);
}

/*
 * Lays the slots of RECVs and SENDs side by side, and numbers their pids. Whose turn it is, as far
 * as this chunk tells, is what running numbers of sends are kept by. Where the others are, is
 * noted.
 */
static void take_apart(struct codec *codec, const struct trace_context *context,
		       const struct actor_event *events, size_t count)
{
	uint32_t current = pid_number(codec, context->actor);

	for (size_t i = 0; i < count; i++) {
		const struct actor_event *event = &events[i];

		codec->kinds[i] = event->kind;
		if (event->kind == ACTOR_EVENT_RECV) {
			take_recv(codec, event, &current);
		} else if (event->kind == ACTOR_EVENT_SEND) {
			take_send(codec, event, current);
		} else {
			codec->others[codec->other_count++] = (uint16_t)i;
			codec->times[codec->time_count] = event->c;
			codec->time_count += event_has_time(event->kind);
			if (event->kind == ACTOR_EVENT_INPUT)
				current = pid_number(codec, event->a);
		}
	}
}

/* ---- What belongs to no kind ----------------------------------------------------------------- */

/* So that the most frequent ones have the least numbers. */
static unsigned list_kinds(struct codec *codec, const size_t *counts)
{
	unsigned listed = 0;

	for (unsigned kind = 0; kind < 256; kind++) {
		unsigned at = listed;

		if (counts[kind] == 0)
			continue;
		for (; at > 0 && counts[codec->kind_list[at - 1]] < counts[kind]; at--)
			codec->kind_list[at] = codec->kind_list[at - 1];
		codec->kind_list[at] = (uint8_t)kind;
		listed++;
	}
	return listed;
}

WIDE static void compare_kinds(uint32_t *numbers, const uint8_t *kinds, size_t count,
			       uint8_t second)
{
	for (size_t i = 0; i < count; i++)
		numbers[i] = kinds[i] == second;
}

static void put_kinds(struct codec *codec, size_t count)
{
	uint8_t numbers[256];

	for (unsigned i = 0; i < codec->kind_list_count; i++)
		numbers[codec->kind_list[i]] = (uint8_t)i;
	if (codec->kind_list_count == 1)
		return; /* all are number 0 */
	if (codec->kind_list_count == 2)
		compare_kinds(codec->narrow, codec->kinds, count, codec->kind_list[1]);
	else
		for (size_t i = 0; i < count; i++)
			codec->narrow[i] = numbers[codec->kinds[i]];
	codec_put_narrow(codec, 0, SHARED_KINDS, codec->narrow, count);
}

/* Returns the bits that they use. */
WIDE static uint64_t subtract_base(uint64_t *times, size_t count, uint64_t base)
{
	uint64_t used = 0;

	for (size_t i = 0; i < count; i++) {
		times[i] -= base;
		used |= times[i];
	}
	return used;
}

WIDE static uint32_t greatest_of(const uint64_t *values, size_t count)
{
	uint32_t greatest = 0;

	for (size_t i = 0; i < count; i++)
		greatest = (uint32_t)values[i] > greatest ? (uint32_t)values[i] : greatest;
	return greatest;
}

static uint64_t put_times(struct codec *codec, struct codec_summary *summary)
{
	uint64_t *times = codec->times;
	size_t count = codec->time_count;
	uint64_t base = 0, used;

	for (size_t i = 0; i < count && base == 0; i++)
		base = times[i];
	used = subtract_base(times, count, base);
	if (used >> 32 == 0 && base <= UINT64_MAX - used) {
		summary->time_min = base;
		summary->time_max = base + greatest_of(times, count);
	} else {
		summary->time_min = UINT64_MAX;
		for (size_t i = 0; i < count; i++) {
			uint64_t time = times[i] + base;

			summary->time_min = time < summary->time_min ? time : summary->time_min;
			summary->time_max = time > summary->time_max ? time : summary->time_max;
		}
	}
	codec_put_stream(codec, 0, SHARED_TIMES, times, count);
	return base;
}

static void put_pids(struct codec *codec, struct codec_summary *summary)
{
	summary->bloom = codec->bloom;
	summary->bloom_size = codec_bloom_size(codec->pid_count);
	memset(codec->bloom, 0, summary->bloom_size);
	for (size_t i = 0; i < codec->pid_count; i++) {
		codec->narrow[i] = (uint32_t)codec->pids[i] & UINT32_C(0xffffff);
		codec_bloom_add(codec->bloom, summary->bloom_size, codec->pids[i]);
	}
	codec_put_narrow(codec, 0, SHARED_PIDS_LOW, codec->narrow, codec->pid_count);
	for (size_t i = 0; i < codec->pid_count; i++)
		codec->values[i] = codec->pids[i] >> 24;
	codec_put_stream(codec, 0, SHARED_PIDS_HIGH, codec->values, codec->pid_count);
}

/* ---- What belongs to a kind ------------------------------------------------------------------ */

static void put_columns(struct codec *codec, uint8_t kind, const struct column_set *set)
{
	size_t count = set->count;

	codec_put_part(codec, kind, EVENT_SLOT_FLAGS, set->heads, count, 8, 8);
	codec_put_part(codec, kind, EVENT_SLOT_TAG, set->heads, count, 16, 16);
	codec_put_narrow(codec, kind, EVENT_SLOT_SEQ, set->sequences, count);
	codec_put_narrow(codec, kind, EVENT_SLOT_SEQ + SLOT_HIGH, set->firsts, set->first_count);
	codec_put_narrow(codec, kind, EVENT_SLOT_A, set->a, count);
}

static void put_recv(struct codec *codec)
{
	put_columns(codec, ACTOR_EVENT_RECV, &codec->recv);
	codec_put_narrow(codec, ACTOR_EVENT_RECV, EVENT_SLOT_B, codec->recv.b, codec->recv.count);
}

static void put_send(struct codec *codec)
{
	size_t count = codec->send.count;

	put_columns(codec, ACTOR_EVENT_SEND, &codec->send);
	codec_put_stream(codec, ACTOR_EVENT_SEND, EVENT_SLOT_B, codec->send_b, count);
	codec_put_pairs(codec, ACTOR_EVENT_SEND, EVENT_SLOT_C, codec->send_c, count);
}

/* Positions of the other kinds, sorted by kind, into codec->order; counts[kind] of each. */
static void sort_others(struct codec *codec, size_t *counts)
{
	uint16_t next[256];
	size_t sum = 0;

	for (size_t i = 0; i < codec->other_count; i++)
		counts[codec->kinds[codec->others[i]]]++;
	for (unsigned kind = 0; kind < 256; kind++) {
		next[kind] = (uint16_t)sum;
		sum += counts[kind];
	}
	for (size_t i = 0; i < codec->other_count; i++)
		codec->order[next[codec->kinds[codec->others[i]]]++] = codec->others[i];
}

static void put_sequences(struct codec *codec, const struct actor_event *events, uint8_t kind,
			  const uint16_t *order, size_t count)
{
	enum key key = codec_sequence_key(kind);
	size_t first_count = 0;

	assert(key != KEY_CURRENT);
	if (key == KEY_NONE) {
		for (size_t i = 0; i < count; i++)
			codec->narrow[i] = events[order[i]].seq;
		codec_put_narrow(codec, kind, EVENT_SLOT_SEQ, codec->narrow, count);
		return;
	}
	/* The pids first: there may be new ones. */
	for (size_t i = 0; i < count; i++)
		codec->keys[i] =
			pid_number(codec, key == KEY_A ? events[order[i]].a : events[order[i]].b);
	memset(codec->following, 0, codec->pid_count * sizeof(*codec->following));
	for (size_t i = 0; i < count; i++)
		codec->narrow[i] = distance(&codec->following[codec->keys[i]], events[order[i]].seq,
					    codec->firsts, &first_count);
	codec_put_narrow(codec, kind, EVENT_SLOT_SEQ, codec->narrow, count);
	codec_put_narrow(codec, kind, EVENT_SLOT_SEQ + SLOT_HIGH, codec->firsts, first_count);
}

static void put_slot(struct codec *codec, const struct actor_event *events, uint8_t kind,
		     enum event_slot slot, const uint16_t *order, size_t count)
{
	enum actor_field field = event_field(kind, slot);

	if (field == ACTOR_FIELD_TIME)
		return;
	if (codec_is_pid(kind, slot)) {
		for (size_t i = 0; i < count; i++)
			codec->narrow[i] =
				pid_number(codec, event_slot_value(&events[order[i]], slot));
		codec_put_narrow(codec, kind, slot, codec->narrow, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		codec->values[i] = event_slot_value(&events[order[i]], slot);
	if (field_type(field) == FIELD_TYPE_PAIR)
		codec_put_pairs(codec, kind, slot, codec->values, count);
	else
		codec_put_stream(codec, kind, slot, codec->values, count);
}

static void put_others(struct codec *codec, const struct actor_event *events, const size_t *counts)
{
	const uint16_t *order = codec->order;

	for (unsigned kind = 0; kind < 256; kind++) {
		size_t count = counts[kind];

		if (count == 0)
			continue;
		put_sequences(codec, events, (uint8_t)kind, order, count);
		for (int slot = 0; slot < EVENT_SLOT_COUNT; slot++)
			if (slot != EVENT_SLOT_SEQ)
				put_slot(codec, events, (uint8_t)kind, (enum event_slot)slot, order,
					 count);
		order += count;
	}
}

/* The blob so far, and what stands before its streams, which is known only now. */
static uint8_t *put_prefix(struct codec *codec, size_t count, uint64_t base)
{
	uint8_t *out = codec->out;

	*out++ = CODEC_VERSION;
	*out++ = ACTOR_EVENT_COUNT;
	out = put_varint(out, count);
	out = put_varint(out, codec->pid_count);
	memcpy(out, &base, sizeof(base));
	out = put_varint(out + sizeof(base), codec->kind_list_count);
	memcpy(out, codec->kind_list, codec->kind_list_count);
	return out + codec->kind_list_count;
}

/* Room for the longest prefix. */
#define PREFIX_ROOM 512

int codec_encode(struct codec *codec, const struct trace_context *context,
		 const struct actor_event *events, size_t count, const void **ret_data,
		 size_t *ret_size, struct codec_summary *ret_summary)
{
	struct codec_summary summary = {0};
	size_t counts[256] = {0};
	uint8_t *prefix;
	uint64_t base;

	if (count == 0 || count > TRACE_CHUNK_EVENTS)
		return -EINVAL;
	forget_pids(codec);
	codec->out_size = PREFIX_ROOM;
	codec->recv.count = codec->recv.first_count = 0;
	codec->send.count = codec->send.first_count = 0;
	codec->other_count = codec->time_count = 0;
	take_apart(codec, context, events, count);
	codec->guesses = codec->send.count == 0;
	sort_others(codec, counts);
	base = put_times(codec, &summary);
	if (codec->recv.count > 0)
		put_recv(codec);
	if (codec->send.count > 0)
		put_send(codec);
	put_others(codec, events, counts);
	counts[ACTOR_EVENT_RECV] = codec->recv.count;
	counts[ACTOR_EVENT_SEND] = codec->send.count;
	codec->kind_list_count = list_kinds(codec, counts);
	for (unsigned i = 0; i < codec->kind_list_count; i++) {
		uint8_t kind = codec->kind_list[i];

		summary.kinds |= UINT64_C(1) << (kind < ACTOR_EVENT_COUNT ? kind : 63);
	}
	put_kinds(codec, count);
	put_pids(codec, &summary);
	*ret_summary = summary;

	prefix = put_prefix(codec, count, base);
	memmove(prefix, codec->out + PREFIX_ROOM, codec->out_size - PREFIX_ROOM);
	*ret_data = codec->out;
	*ret_size = (size_t)(prefix - codec->out) + codec->out_size - PREFIX_ROOM;
	return 0;
}
