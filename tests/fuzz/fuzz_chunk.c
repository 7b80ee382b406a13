/* SPDX-License-Identifier: MIT */
/*
 * The decoder of chunks: two bytes of how many events, then a blob. What is decoded can be packed
 * and comes back the same; a column decoded alone is the same column.
 */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "store/codec.h"

static struct actor_event events[TRACE_CHUNK_EVENTS];
static struct actor_event again[TRACE_CHUNK_EVENTS];

static void check_columns(struct codec *codec, const uint8_t *data, size_t size, size_t count)
{
	struct codec_want want = {.alone = false};

	for (int kind = 0; kind <= ACTOR_EVENT_COUNT; kind++)
		want.slots[kind] = 1u << EVENT_SLOT_SEQ | 1u << EVENT_SLOT_TAG;
	if (codec_decode(codec, data, size, &want, again, count) != 0)
		return; /* a column that was not asked for before may be damaged */
	for (size_t i = 0; i < count; i++)
		FUZZ_CHECK(again[i].kind == events[i].kind && again[i].seq == events[i].seq &&
			   again[i].tag == events[i].tag && again[i].a == 0);
}

static void check_round_trip(struct codec *codec, size_t count)
{
	const struct codec_want want = codec_want_all();
	const struct trace_context context = {.actor = 1};
	struct codec_summary summary;
	const void *data;
	uint8_t *copy;
	size_t size;

	FUZZ_CHECK(codec_encode(codec, &context, events, count, &data, &size, &summary) == 0);
	copy = malloc(size);
	FUZZ_CHECK(copy != NULL);
	memcpy(copy, data, size);
	FUZZ_CHECK(codec_decode(codec, copy, size, &want, again, count) == 0);
	FUZZ_CHECK(memcmp(events, again, count * sizeof(*events)) == 0);
	for (size_t i = 0; i < count; i++)
		if (events[i].kind == ACTOR_EVENT_RECV)
			FUZZ_CHECK(codec_bloom_has(summary.bloom, summary.bloom_size, events[i].a));
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct codec *codec;
	const struct codec_want want = codec_want_all();
	size_t count;
	int status;

	if (codec == NULL)
		codec = codec_create();
	if (codec == NULL || size < 2)
		return 0;
	count = 1 + (size_t)(data[0] | data[1] << 8) % TRACE_CHUNK_EVENTS;
	data += 2;
	size -= 2;
	status = codec_decode(codec, data, size, &want, events, count);
	FUZZ_CHECK(status == 0 || status == -EBADMSG);
	if (status != 0)
		return 0;
	check_columns(codec, data, size, count);
	check_round_trip(codec, count);
	return 0;
}
