/* SPDX-License-Identifier: MIT */
#include "dice.h"
#include "suite.h"

#include <errno.h>
#include <stdint.h>

#include <actor/pid.h>

#include "store/codec.h"

static struct dice dice;

static uint64_t next_random(void)
{
	return dice_roll(&dice);
}

static void start_random(void)
{
	dice = dice_take();
}

static struct codec *codec;
static struct actor_event events[TRACE_CHUNK_EVENTS];
static struct actor_event decoded[TRACE_CHUNK_EVENTS];
static uint8_t *blob; /* an exact copy on the heap, so that ASan sees the end */
static size_t blob_size;
static struct codec_summary summary;

static int encode(const struct trace_context *context, size_t count)
{
	const void *data;
	int status;

	if (codec == NULL)
		codec = codec_create();
	status = codec_encode(codec, context, events, count, &data, &blob_size, &summary);
	if (status != 0)
		return status;
	free(blob);
	blob = malloc(blob_size);
	memcpy(blob, data, blob_size);
	return 0;
}

static int decode(size_t count)
{
	const struct codec_want want = codec_want_all();

	memset(decoded, 0xaa, sizeof(decoded));
	return codec_decode(codec, blob, blob_size, &want, decoded, count);
}

static void check_round_trip(size_t count)
{
	const struct trace_context context = {.actor = next_random(), .turn_time = next_random()};

	CU_ASSERT_EQUAL_FATAL(encode(&context, count), 0);
	CU_ASSERT_EQUAL_FATAL(decode(count), 0);
	CU_ASSERT_EQUAL(memcmp(events, decoded, count * sizeof(*events)), 0);
}

/* Events as a program makes them: turns of `actors` actors. */
static void fill_turns(size_t count, unsigned actors)
{
	uint64_t time = UINT64_C(1) << 50;
	uint32_t seq[256] = {0};
	uint64_t current = 0;

	memset(events, 0, sizeof(events));
	for (size_t i = 0; i < count; i++) {
		struct actor_event *event = &events[i];
		unsigned peer = (unsigned)(next_random() % actors);

		time += next_random() % 4000;
		event->tag = (uint16_t)(1 + next_random() % 5);
		event->flags = ACTOR_MESSAGE_KIND_CAST;
		if (i % 2 == 0) {
			current = next_random() % actors;
			event->kind = ACTOR_EVENT_RECV;
			event->seq = seq[peer];
			event->a = actor_pid_pack((uint32_t)current, 1).bits;
			event->b = actor_pid_pack(peer, 1).bits;
			event->c = time;
		} else {
			event->kind = ACTOR_EVENT_SEND;
			event->seq = seq[current]++;
			event->a = actor_pid_pack(peer, 1).bits;
			event->b = next_random() % 16 * UINT64_C(0x9e3779b97f4a7c15);
			event->c = next_random() % 4 << 32 | 16;
		}
	}
}

/*
 * What is recorded for a replay: turns only, of which a few have one time stamp. A ring of
 * `actors`, but for every `odd`th turn, which somebody else has, with a message of whomsoever.
 */
static void fill_order(size_t count, unsigned actors, unsigned odd)
{
	uint64_t time = UINT64_C(1) << 50;

	memset(events, 0, sizeof(events));
	for (size_t i = 0; i < count; i++) {
		struct actor_event *event = &events[i];
		bool strays = i % odd == odd - 1;

		time += i % 40 == 0 ? 1024 * (next_random() % 8) : 0;
		event->kind = ACTOR_EVENT_RECV;
		event->flags = ACTOR_MESSAGE_KIND_CAST;
		event->tag = (uint16_t)(1 + i / actors % 2);
		event->seq = (uint32_t)(i / actors);
		event->a = actor_pid_pack((uint32_t)(strays ? next_random() % 99 : i % actors), 1)
				   .bits;
		event->b = actor_pid_pack(
				   (uint32_t)(strays ? next_random() : i + actors - 1) % actors, 1)
				   .bits;
		event->c = time;
	}
}

static void fill_noise(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t words[4] = {next_random(), next_random(), next_random(), next_random()};

		memcpy(&events[i], words, sizeof(events[i]));
		/* Half of the events of kinds that there are, with narrow values in between. */
		if (next_random() % 2 == 0)
			events[i].kind = (uint8_t)(next_random() % ACTOR_EVENT_COUNT);
		if (next_random() % 4 == 0)
			events[i].a = next_random() % 8;
		if (next_random() % 4 == 0)
			events[i].c = next_random() % 100000;
	}
}

static void turns_come_back(void)
{
	start_random();
	fill_turns(TRACE_CHUNK_EVENTS, 200);
	check_round_trip(TRACE_CHUNK_EVENTS);
	CU_ASSERT(blob_size < TRACE_CHUNK_EVENTS * 6);
	CU_ASSERT_EQUAL(summary.kinds,
			UINT64_C(1) << ACTOR_EVENT_RECV | UINT64_C(1) << ACTOR_EVENT_SEND);
	CU_ASSERT_EQUAL(summary.time_min, events[0].c);
	CU_ASSERT_EQUAL(summary.time_max, events[TRACE_CHUNK_EVENTS - 2].c);
	for (size_t i = 0; i < TRACE_CHUNK_EVENTS; i++)
		CU_ASSERT(codec_bloom_has(summary.bloom, summary.bloom_size, events[i].a));
}

static void any_bytes_come_back(void)
{
	start_random();
	for (int round = 0; round < 200; round++) {
		size_t count = 1 + next_random() % (round % 20 == 0 ? TRACE_CHUNK_EVENTS : 300);

		fill_noise(count);
		check_round_trip(count);
	}
	fill_noise(TRACE_CHUNK_EVENTS);
	check_round_trip(TRACE_CHUNK_EVENTS);
}

/* Who comes after whom is foreseen, and when: so much is in few bytes. */
static void order_logs_come_back(void)
{
	start_random();
	fill_order(TRACE_CHUNK_EVENTS, 100, TRACE_CHUNK_EVENTS);
	check_round_trip(TRACE_CHUNK_EVENTS);
	CU_ASSERT(blob_size < TRACE_CHUNK_EVENTS / 3);
	for (unsigned odd = 1; odd < 40; odd++) {
		size_t count = 1 + next_random() % TRACE_CHUNK_EVENTS;

		fill_order(count, 1 + (unsigned)(next_random() % 300), odd);
		check_round_trip(count);
	}
	/* Only what cannot be foreseen is random, whatever it is. */
	for (int i = 0; i < TRACE_CHUNK_EVENTS; i += 100)
		events[i].seq = (uint32_t)next_random();
	check_round_trip(TRACE_CHUNK_EVENTS);
}

/* Runs of the same pid, nobody's among them, whatever the kind. */
static void few_pids_come_back(void)
{
	const uint64_t pids[] = {0, actor_pid_pack(1, 1).bits, actor_pid_pack(2, 1).bits,
				 UINT64_MAX};

	start_random();
	for (int round = 0; round < 500; round++) {
		size_t count = 1 + next_random() % 12;
		uint8_t kind = (uint8_t)(next_random() % ACTOR_EVENT_COUNT);

		memset(events, 0, sizeof(events));
		for (size_t i = 0; i < count; i++) {
			events[i].kind = kind;
			events[i].seq = (uint32_t)(next_random() % 3);
			events[i].a = pids[next_random() % 4];
			events[i].b = pids[next_random() % 4];
			events[i].c = pids[next_random() % 4];
		}
		check_round_trip(count);
	}
}

static void every_kind_comes_back(void)
{
	start_random();
	for (unsigned kind = 0; kind < 256; kind++) {
		fill_noise(50);
		for (int i = 0; i < 50; i++)
			events[i].kind = (uint8_t)kind;
		check_round_trip(50);
	}
}

static void zeros_and_ones_come_back(void)
{
	start_random();
	memset(events, 0, sizeof(events));
	check_round_trip(TRACE_CHUNK_EVENTS);
	memset(events, 0xff, sizeof(events));
	check_round_trip(TRACE_CHUNK_EVENTS);
	memset(events, 0xff, sizeof(events));
	for (int i = 0; i < TRACE_CHUNK_EVENTS; i++)
		events[i].kind = ACTOR_EVENT_SPAWN;
	check_round_trip(TRACE_CHUNK_EVENTS);
}

/* Three pids in an event are the most: the chunk's list must hold them all. */
static void as_many_pids_as_can_be_come_back(void)
{
	start_random();
	memset(events, 0, sizeof(events));
	for (uint32_t i = 0; i < TRACE_CHUNK_EVENTS; i++) {
		events[i].kind = ACTOR_EVENT_LINK;
		events[i].a = actor_pid_pack(2 * i, i).bits;
		events[i].b = actor_pid_pack(2 * i + 1, i).bits;
	}
	check_round_trip(TRACE_CHUNK_EVENTS);
}

static void only_what_is_wanted_is_decoded(void)
{
	struct codec_want want = {.alone = false};
	const struct trace_context context = {.actor = 5};

	start_random();
	fill_turns(1000, 20);
	CU_ASSERT_EQUAL_FATAL(encode(&context, 1000), 0);
	want.slots[ACTOR_EVENT_SEND] = 1u << EVENT_SLOT_SEQ | 1u << EVENT_SLOT_C;
	CU_ASSERT_EQUAL_FATAL(codec_decode(codec, blob, blob_size, &want, decoded, 1000), 0);
	for (int i = 0; i < 1000; i++) {
		bool send = events[i].kind == ACTOR_EVENT_SEND;

		CU_ASSERT_EQUAL(decoded[i].kind, events[i].kind);
		CU_ASSERT_EQUAL(decoded[i].seq, send ? events[i].seq : 0);
		CU_ASSERT_EQUAL(decoded[i].c, send ? events[i].c : 0);
		CU_ASSERT_EQUAL(decoded[i].a, 0);
		CU_ASSERT_EQUAL(decoded[i].tag, 0);
	}
}

static void wrong_counts_are_refused(void)
{
	const struct trace_context context = {.actor = 5};
	const void *data = NULL;
	size_t size = 0;

	start_random();
	fill_turns(100, 20);
	CU_ASSERT_EQUAL_FATAL(encode(&context, 100), 0);
	CU_ASSERT_EQUAL(decode(99), -EBADMSG);
	CU_ASSERT_EQUAL(decode(101), -EBADMSG);
	CU_ASSERT_EQUAL(codec_encode(codec, &context, events, 0, &data, &size, &summary), -EINVAL);
	CU_ASSERT_PTR_NULL(data);
}

/* The decoder itself, without the checksum that protects it: an error or nonsense, no crash. */
static void damage_never_crashes(void)
{
	const struct trace_context context = {.actor = 5};

	start_random();
	fill_noise(60);
	fill_turns(50, 20);
	CU_ASSERT_EQUAL_FATAL(encode(&context, 60), 0);
	for (size_t i = 0; i < blob_size; i++) {
		uint8_t right = blob[i];

		for (int bit = 0; bit < 8; bit++) {
			blob[i] = right ^ (uint8_t)(1u << bit);
			(void)decode(60);
		}
		blob[i] = (uint8_t)next_random();
		(void)decode(60);
		blob[i] = right;
	}
	CU_ASSERT_EQUAL(decode(60), 0);
}

static void big_blobs_survive_damage(void)
{
	const struct trace_context context = {.actor = 5};

	start_random();
	fill_turns(2000, 200);
	CU_ASSERT_EQUAL_FATAL(encode(&context, 2000), 0);
	for (int round = 0; round < 3000; round++) {
		size_t place = next_random() % blob_size;
		uint8_t right = blob[place];

		blob[place] = (uint8_t)next_random();
		(void)decode(2000);
		blob[place] = right;
	}
	CU_ASSERT_EQUAL(decode(2000), 0);
}

static void order_logs_survive_damage(void)
{
	const struct trace_context context = {.actor = 5};

	start_random();
	fill_order(2000, 30, 20);
	CU_ASSERT_EQUAL_FATAL(encode(&context, 2000), 0);
	for (size_t place = 0; place < blob_size; place++) {
		uint8_t right = blob[place];

		for (int round = 0; round < 3; round++) {
			blob[place] = (uint8_t)next_random();
			(void)decode(2000);
		}
		blob[place] = right;
	}
	CU_ASSERT_EQUAL(decode(2000), 0);
}

static void every_truncation_is_refused(void)
{
	const struct trace_context context = {.actor = 5};
	const struct codec_want want = codec_want_all();
	uint8_t *part;

	start_random();
	fill_turns(300, 20);
	CU_ASSERT_EQUAL_FATAL(encode(&context, 300), 0);
	for (size_t size = 0; size < blob_size; size++) {
		int status;

		part = malloc(size > 0 ? size : 1);
		memcpy(part, blob, size);
		status = codec_decode(codec, part, size, &want, decoded, 300);
		/* A cut between two streams leaves a blob that is whole, and shorter. */
		CU_ASSERT(status == 0 || status == -EBADMSG);
		free(part);
	}
}

/* A writer that knew fewer kinds took what it did not know for plain numbers. */
static void unknown_kinds_stay_plain(void)
{
	const struct trace_context context = {.actor = 5};
	const uint8_t strange = 0xee; /* no other byte of the blob is like it */

	start_random();
	memset(events, 0, sizeof(events));
	for (int i = 0; i < 100; i++) {
		events[i].kind = strange;
		events[i].a = (uint64_t)i << 33;
		events[i].c = (uint64_t)(i % 30) << 40;
	}
	CU_ASSERT_EQUAL_FATAL(encode(&context, 100), 0);
	/* The same blob as if its writer's newest kind had been the one before UNSTUCK. */
	for (size_t i = 0; i < blob_size; i++)
		if (blob[i] == strange)
			blob[i] = ACTOR_EVENT_UNSTUCK;
	CU_ASSERT_EQUAL(blob[1], ACTOR_EVENT_COUNT);
	blob[1] = ACTOR_EVENT_UNSTUCK;
	CU_ASSERT_EQUAL_FATAL(decode(100), 0);
	for (int i = 0; i < 100; i++) {
		CU_ASSERT_EQUAL(decoded[i].kind, ACTOR_EVENT_UNSTUCK);
		CU_ASSERT_EQUAL(decoded[i].a, events[i].a);
		CU_ASSERT_EQUAL(decoded[i].c, events[i].c);
	}
}

static void finish(void)
{
	free(blob);
	blob = NULL;
	codec = codec_destroy(codec);
	CU_ASSERT_PTR_NULL(codec_destroy(NULL));
}

#define CASES(X)                            \
	X(turns_come_back)                  \
	X(any_bytes_come_back)              \
	X(order_logs_come_back)             \
	X(few_pids_come_back)               \
	X(every_kind_comes_back)            \
	X(zeros_and_ones_come_back)         \
	X(as_many_pids_as_can_be_come_back) \
	X(only_what_is_wanted_is_decoded)   \
	X(wrong_counts_are_refused)         \
	X(damage_never_crashes)             \
	X(big_blobs_survive_damage)         \
	X(order_logs_survive_damage)        \
	X(every_truncation_is_refused)      \
	X(unknown_kinds_stay_plain)         \
	X(finish)
SUITE("codec", CASES)
