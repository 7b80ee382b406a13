/* SPDX-License-Identifier: MIT */
#include "store/actor_pack.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <actor/pid.h>

#include "store/codec_inner.h"
#include "store/varint.h"

enum column {
	COLUMN_SLOT,
	COLUMN_GENERATION, /* and the node above it */
	COLUMN_PARENT,
	COLUMN_NTH,
	COLUMN_IDENTITY,
	COLUMN_BEHAVIOUR,
	COLUMN_SPAWN, /* 0: not known, else 1 and what it is after the base */
	COLUMN_EXIT,  /* the same */
	COLUMN_REASON,
	COLUMN_COUNT
};

#define HEADER_SIZE (1 + 8)

_Static_assert(ACTOR_PACK_MAX <= TRACE_CHUNK_EVENTS, "a stream must have room for a column");

void actor_pack_add(struct actor_pack *pack, const struct trace_actor *actor)
{
	size_t place = pack->count++;

	assert(place < ACTOR_PACK_MAX);
	pack->pid[place] = actor->pid;
	pack->parent[place] = actor->parent;
	pack->identity[place] = actor->identity;
	pack->spawn_ticks[place] = actor->spawn_ticks;
	pack->exit_ticks[place] = actor->exit_ticks;
	pack->exit_reason[place] = actor->exit_reason;
	pack->nth[place] = actor->nth;
	pack->behaviour[place] = actor->behaviour;
}

void actor_pack_at(const struct actor_pack *pack, size_t place, struct trace_actor *ret_actor)
{
	*ret_actor = (struct trace_actor){
		.pid = pack->pid[place],
		.parent = pack->parent[place],
		.identity = pack->identity[place],
		.nth = pack->nth[place],
		.behaviour = pack->behaviour[place],
		.spawn_ticks = pack->spawn_ticks[place],
		.exit_ticks = pack->exit_ticks[place],
		.exit_reason = pack->exit_reason[place],
	};
}

size_t actor_pack_place(const struct actor_pack *pack, uint64_t pid)
{
	for (size_t i = 0; i < pack->count; i++)
		if (pack->pid[i] == pid)
			return i;
	return SIZE_MAX;
}

void actor_pack_remove(struct actor_pack *pack, size_t place)
{
	struct trace_actor last;

	size_t count = pack->count - 1;

	actor_pack_at(pack, count, &last);
	pack->count = place;
	actor_pack_add(pack, &last);
	pack->count = count;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static uint64_t base_of(const struct actor_pack *pack)
{
	uint64_t base = UINT64_MAX;

	for (size_t i = 0; i < pack->count; i++) {
		if (pack->spawn_ticks[i] != 0 && pack->spawn_ticks[i] < base)
			base = pack->spawn_ticks[i];
		if (pack->exit_ticks[i] != 0 && pack->exit_ticks[i] < base)
			base = pack->exit_ticks[i];
	}
	return base != UINT64_MAX ? base : 0;
}

static void put_times(struct codec *codec, enum column column, const uint64_t *times, size_t count,
		      uint64_t base)
{
	for (size_t i = 0; i < count; i++)
		codec->values[i] = times[i] != 0 ? times[i] - base + 1 : 0;
	codec_put_stream(codec, 0, column, codec->values, count);
}

void actor_pack_encode(struct codec *codec, const struct actor_pack *pack, const void **ret_data,
		       size_t *ret_size)
{
	uint64_t base = base_of(pack);
	size_t count = pack->count;

	codec->guesses = false;
	codec->out[0] = ACTOR_PACK_VERSION;
	memcpy(codec->out + 1, &base, sizeof(base));
	codec->out_size = HEADER_SIZE;
	for (size_t i = 0; i < count; i++)
		codec->values[i] = pack->pid[i] & ACTOR_PID_SLOT_MASK;
	codec_put_stream(codec, 0, COLUMN_SLOT, codec->values, count);
	for (size_t i = 0; i < count; i++)
		codec->values[i] = pack->pid[i] >> ACTOR_PID_SLOT_BITS;
	codec_put_stream(codec, 0, COLUMN_GENERATION, codec->values, count);
	codec_put_stream(codec, 0, COLUMN_PARENT, pack->parent, count);
	codec_put_narrow(codec, 0, COLUMN_NTH, pack->nth, count);
	codec_put_stream(codec, 0, COLUMN_IDENTITY, pack->identity, count);
	for (size_t i = 0; i < count; i++)
		codec->values[i] = pack->behaviour[i];
	codec_put_stream(codec, 0, COLUMN_BEHAVIOUR, codec->values, count);
	put_times(codec, COLUMN_SPAWN, pack->spawn_ticks, count, base);
	put_times(codec, COLUMN_EXIT, pack->exit_ticks, count, base);
	for (size_t i = 0; i < count; i++)
		codec->values[i] = (uint64_t)pack->exit_reason[i];
	codec_put_stream(codec, 0, COLUMN_REASON, codec->values, count);
	*ret_data = codec->out;
	*ret_size = codec->out_size;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static int find_streams(struct stream *streams, const uint8_t *in, const uint8_t *end)
{
	memset(streams, 0, COLUMN_COUNT * sizeof(*streams));
	while (in < end) {
		struct stream *stream;
		uint64_t size;

		if (end - in < 3 || in[0] != 0 || in[1] >= COLUMN_COUNT)
			return -EBADMSG;
		stream = &streams[in[1]];
		if (stream->header != NULL)
			return -EBADMSG;
		stream->header = in;
		stream->coding = in[2];
		in = get_varint(in + 3, end, &size);
		if (in == NULL || size > (uint64_t)(end - in))
			return -EBADMSG;
		stream->data = in;
		stream->size = (size_t)size;
		in += size;
	}
	return 0;
}

/* Into codec->values. */
static int get_column(struct codec *codec, const struct stream *stream, size_t count)
{
	if (stream->header != NULL)
		return codec_get_stream(codec, stream, count);
	memset(codec->values, 0, count * sizeof(*codec->values));
	return 0;
}

static void take_column(const struct codec *codec, enum column column, uint64_t base,
			struct actor_pack *pack)
{
	const uint64_t *values = codec->values;

	for (size_t i = 0; i < pack->count; i++) {
		uint64_t time = values[i] != 0 ? values[i] - 1 + base : 0;

		switch (column) {
		case COLUMN_SLOT:
			pack->pid[i] = values[i] & ACTOR_PID_SLOT_MASK;
			break;
		case COLUMN_GENERATION:
			pack->pid[i] |= values[i] << ACTOR_PID_SLOT_BITS;
			break;
		case COLUMN_PARENT:
			pack->parent[i] = values[i];
			break;
		case COLUMN_NTH:
			pack->nth[i] = (uint32_t)values[i];
			break;
		case COLUMN_IDENTITY:
			pack->identity[i] = values[i];
			break;
		case COLUMN_BEHAVIOUR:
			pack->behaviour[i] = (uint16_t)values[i];
			break;
		case COLUMN_SPAWN:
			pack->spawn_ticks[i] = time;
			break;
		case COLUMN_EXIT:
			pack->exit_ticks[i] = time;
			break;
		case COLUMN_REASON:
			pack->exit_reason[i] = (int64_t)values[i];
			break;
		case COLUMN_COUNT:
			break;
		}
	}
}

int actor_pack_decode(struct codec *codec, const void *data, size_t size, uint64_t count,
		      struct actor_pack *pack)
{
	const uint8_t *in = data;
	struct stream streams[COLUMN_COUNT];
	uint64_t base;
	int status;

	pack->count = 0;
	if (size < HEADER_SIZE || in[0] != ACTOR_PACK_VERSION || count > ACTOR_PACK_MAX)
		return -EBADMSG;
	memcpy(&base, in + 1, sizeof(base));
	status = find_streams(streams, in + HEADER_SIZE, in + size);
	pack->count = count;
	for (int column = 0; column < COLUMN_COUNT && status == 0; column++) {
		status = get_column(codec, &streams[column], count);
		if (status == 0)
			take_column(codec, (enum column)column, base, pack);
	}
	if (status != 0)
		pack->count = 0;
	return status;
}

int actor_pack_read(struct codec *codec, sqlite3_stmt *row, int column, struct actor_pack *pack)
{
	sqlite3_int64 count = sqlite3_column_int64(row, column);
	uint64_t checksum = (uint64_t)sqlite3_column_int64(row, column + 1);
	const void *data = sqlite3_column_blob(row, column + 2);
	size_t size = (size_t)sqlite3_column_bytes(row, column + 2);

	pack->count = 0;
	if (data == NULL || count < 0 || codec_checksum(data, size) != checksum)
		return -EBADMSG;
	return actor_pack_decode(codec, data, size, (uint64_t)count, pack);
}
