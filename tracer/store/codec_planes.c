/* SPDX-License-Identifier: MIT */

/* Streams of blobs of version 3 and before: planes of bytes, packed by zstd or in bits. */

#include "store/codec_bits.h"
#include "store/codec_inner.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "store/varint.h"

enum packing {
	PACKING_RAW,
	PACKING_SAME,
	PACKING_ZSTD,
	PACKING_BITS,
	PACKING_COUNT
};

static uint64_t unzigzag(uint64_t value)
{
	return (value >> 1) ^ (uint64_t) - (int64_t)(value & 1);
}

/* Their number, what each is packed by, and their bytes; NULL where that cannot be. */
const uint8_t *codec_find_planes(struct stream *stream, const uint8_t *in, const uint8_t *end)
{
	uint64_t total = 0;

	if (in == end || stream->coding > CODING_PLANES_DICTIONARY)
		return NULL;
	stream->width = *in++;
	stream->header = in;
	if (stream->width == 0 || stream->width > PLANES_MAX ||
	    (stream->coding == CODING_PLANES_WORDS && stream->width != 1) ||
	    (stream->coding == CODING_PLANES_DICTIONARY &&
	     (stream->width < 2 || stream->width > 3)))
		return NULL;
	for (unsigned plane = 0; plane < stream->width; plane++) {
		uint64_t size;

		if (in == end || *in++ >= PACKING_COUNT)
			return NULL;
		in = get_varint(in, end, &size);
		if (in == NULL || size > (uint64_t)(end - in))
			return NULL;
		total += size;
	}
	if (total > (uint64_t)(end - in))
		return NULL;
	stream->data = in;
	return in + total;
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

int codec_get_planes(struct codec *codec, const struct stream *stream, size_t count)
{
	uint64_t *values = codec->values;
	const uint8_t *header = stream->header;
	const uint8_t *data = stream->data;

	assert(count <= PIDS_MAX);
	if (stream->coding != CODING_PLANES_WORDS)
		memset(values, 0, count * sizeof(*values));
	for (unsigned plane = 0, shift = 0; plane < stream->width; plane++) {
		enum packing packing = (enum packing) * header++;
		size_t size =
			stream->coding == CODING_PLANES_WORDS ? count * sizeof(*values) : count;
		uint64_t stored = 0;
		int status;

		header = get_varint(header, stream->data, &stored);
		if (header == NULL)
			return -EBADMSG;
		status = plane == 0 && stream->coding == CODING_PLANES_DICTIONARY
				 ? get_words(codec, packing, data, stored)
				 : get_plane(codec, packing, data, stored, size);
		if (status != 0)
			return -EBADMSG;
		data += stored;
		if (plane == 0 && stream->coding == CODING_PLANES_DICTIONARY)
			continue;
		if (stream->coding == CODING_PLANES_WORDS) {
			memcpy(values, codec->plane, size);
		} else {
			for (size_t i = 0; i < count; i++)
				values[i] |= (uint64_t)codec->plane[i] << shift;
			shift += 8;
		}
	}
	if (stream->coding == CODING_PLANES_DICTIONARY)
		return look_up_words(codec, count);
	if (stream->coding == CODING_PLANES_DELTA) {
		uint64_t before = 0;

		for (size_t i = 0; i < count; i++)
			values[i] = before += unzigzag(values[i]);
	}
	return 0;
}
