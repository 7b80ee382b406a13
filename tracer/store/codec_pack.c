/* SPDX-License-Identifier: MIT */

/* Values into streams, streams into planes, planes into bytes. */

#include "store/codec_inner.h"

#include <assert.h>
#include <string.h>

#include "store/codec_bits.h"

#define PACK_MIN     32   /* a plane shorter than this is not worth a frame */
#define PACK_SAMPLED 2048 /* a plane so long is judged by a part of it */
#define PACK_SAMPLE  512  /* bytes of that */

/* Words looked at before a stream of them is given up as one of too many different ones. */
#define WORDS_TRIED 512

/*
 * The loops over values are worth wider registers where the machine has them. Sanitizers do not
 * bear functions that are chosen while the program is loaded.
 */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
	!defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

/* A stream that is being written. */
struct output {
	uint8_t *head;   /* kind, slot, coding, width */
	uint8_t *header; /* where the next plane's packing and size go */
	uint8_t *data;   /* where the planes begin, for now */
	uint8_t *end;    /* and end */
};

static uint64_t zigzag(uint64_t difference)
{
	return (difference << 1) ^ (uint64_t) - (int64_t)(difference >> 63);
}

static unsigned bytes_for(uint64_t mask)
{
	return mask == 0 ? 1 : (unsigned)(71 - __builtin_clzll(mask)) / 8;
}

/* ---- Loops ---------------------------------------------------------------------------------- */

WIDE static void bounds_of(const uint8_t *plane, size_t size, uint8_t *ret_least,
			   uint8_t *ret_greatest)
{
	uint8_t least = 0xff, greatest = 0;

	for (size_t i = 0; i < size; i++) {
		least = plane[i] < least ? plane[i] : least;
		greatest = plane[i] > greatest ? plane[i] : greatest;
	}
	*ret_least = least;
	*ret_greatest = greatest;
}

WIDE static void lower(uint8_t *out, const uint8_t *plane, size_t size, uint8_t least)
{
	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)(plane[i] - least);
}

WIDE static uint64_t bits_used(const uint64_t *values, size_t count)
{
	uint64_t all = 0;

	for (size_t i = 0; i < count; i++)
		all |= values[i];
	return all;
}

WIDE static uint32_t bits_used_narrow(const uint32_t *values, size_t count)
{
	uint32_t all = 0;

	for (size_t i = 0; i < count; i++)
		all |= values[i];
	return all;
}

/* Differences to the value before, the first one to 0; returns the bits that they use. */
WIDE static uint64_t take_differences(uint64_t *differences, const uint64_t *values, size_t count)
{
	uint64_t all = differences[0] = zigzag(values[0]);

	for (size_t i = 1; i < count; i++) {
		uint64_t difference = zigzag(values[i] - values[i - 1]);

		differences[i] = difference;
		all |= difference;
	}
	return all;
}

WIDE static uint64_t difference_bits(const uint32_t *values, size_t count)
{
	uint64_t all = zigzag(values[0]);

	for (size_t i = 1; i < count; i++)
		all |= zigzag((uint64_t)values[i] - values[i - 1]);
	return all;
}

/* Those that fit 32 bits. */
WIDE static void take_narrow_differences(uint32_t *differences, const uint32_t *values,
					 size_t count)
{
	differences[0] = values[0] << 1;
	for (size_t i = 1; i < count; i++) {
		uint32_t difference = values[i] - values[i - 1];

		differences[i] = (difference << 1) ^ -(difference >> 31);
	}
}

WIDE static void make_narrow(uint32_t *out, const uint64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (uint32_t)values[i];
}

WIDE static void take_plane(uint8_t *plane, const uint64_t *values, size_t count, unsigned shift)
{
	for (size_t i = 0; i < count; i++)
		plane[i] = (uint8_t)(values[i] >> shift);
}

WIDE static void take_narrow_plane(uint8_t *plane, const uint32_t *values, size_t count,
				   unsigned shift)
{
	for (size_t i = 0; i < count; i++)
		plane[i] = (uint8_t)(values[i] >> shift);
}

/* ---- Planes --------------------------------------------------------------------------------- */

/* As a frame, if that is not greater than `limit`. Else 0. */
static size_t put_frame(struct codec *codec, const uint8_t *plane, size_t size, uint8_t *out,
			size_t limit)
{
	size_t packed = ZSTD_compress2(codec->compress, out, limit, plane, size);

	return ZSTD_isError(packed) ? 0 : packed;
}

/*
 * zstd costs more than all the rest: of a long plane it gets a part first, and the whole only where
 * that becomes smaller by a quarter than `plain`, which is what can be had for nothing. Hashes and
 * the low bytes of times do not.
 */
static size_t try_frame(struct codec *codec, const uint8_t *plane, size_t size, uint8_t *out,
			size_t plain)
{
	if (size < PACK_MIN)
		return 0;
	if (size >= PACK_SAMPLED) {
		size_t limit = PACK_SAMPLE * plain / size;

		if (put_frame(codec, plane + size / 2, PACK_SAMPLE, out, limit - limit / 4) == 0)
			return 0;
	}
	return put_frame(codec, plane, size, out, plain - plain / 4);
}

/* Writes one packed plane to `out`, returns its size and how it is packed. */
static size_t put_plane(struct codec *codec, const uint8_t *plane, size_t size, uint8_t *out,
			enum packing *ret_packing)
{
	uint8_t least, greatest;
	unsigned bits;
	size_t packed, plain = size;

	bounds_of(plane, size, &least, &greatest);
	if (least == greatest) {
		*out = *plane;
		*ret_packing = PACKING_SAME;
		return 1;
	}
	bits = 32u - (unsigned)__builtin_clz((unsigned)(greatest - least));
	if (bits < 8)
		plain = 2 + bits_size(size, bits);
	packed = try_frame(codec, plane, size, out, plain);
	if (packed != 0) {
		*ret_packing = PACKING_ZSTD;
		return packed;
	}
	if (bits == 8 || plain >= size) {
		memcpy(out, plane, size);
		*ret_packing = PACKING_RAW;
		return size;
	}
	out[0] = (uint8_t)bits;
	out[1] = least;
	lower(codec->lowered, plane, size, least);
	bits_put(out + 2, codec->lowered, size, bits);
	*ret_packing = PACKING_BITS;
	return plain;
}

static void put_packed(struct codec *codec, struct output *output, const uint8_t *plane,
		       size_t size)
{
	enum packing packing;
	size_t packed = put_plane(codec, plane, size, output->end, &packing);

	*output->header++ = (uint8_t)packing;
	output->header = codec_put_varint(output->header, packed);
	output->end += packed;
}

/* ---- Streams -------------------------------------------------------------------------------- */

static struct output begin_stream(struct codec *codec)
{
	uint8_t *head = codec->out + codec->out_size;
	uint8_t *data = head + STREAM_HEADER;

	return (struct output){.head = head, .header = head + 4, .data = data, .end = data};
}

static void end_stream(struct codec *codec, struct output *output, uint8_t kind, unsigned slot,
		       enum coding coding, unsigned width)
{
	size_t size = (size_t)(output->end - output->data);

	output->head[0] = kind;
	output->head[1] = (uint8_t)slot;
	output->head[2] = (uint8_t)coding;
	output->head[3] = (uint8_t)width;
	memmove(output->header, output->data, size);
	codec->out_size = (size_t)(output->header - codec->out) + size;
	assert(codec->out_size <= codec->out_capacity);
}

static void put_narrow_planes(struct codec *codec, struct output *output, const uint32_t *values,
			      size_t count, unsigned width)
{
	for (unsigned shift = 0; shift < 8 * width; shift += 8) {
		take_narrow_plane(codec->plane, values, count, shift);
		put_packed(codec, output, codec->plane, count);
	}
}

void codec_put_constant(struct codec *codec, uint8_t kind, unsigned slot, uint64_t value)
{
	struct output output = begin_stream(codec);
	unsigned width = bytes_for(value);

	if (value == 0)
		return;
	for (unsigned shift = 0; shift < 8 * width; shift += 8) {
		*output.header++ = PACKING_SAME;
		*output.header++ = 1;
		*output.end++ = (uint8_t)(value >> shift);
	}
	end_stream(codec, &output, kind, slot, CODING_PLAIN, width);
}

void codec_put_bytes(struct codec *codec, uint8_t kind, unsigned slot, const uint8_t *values,
		     size_t count)
{
	struct output output = begin_stream(codec);

	put_packed(codec, &output, values, count);
	end_stream(codec, &output, kind, slot, CODING_PLAIN, 1);
}

void codec_put_narrow(struct codec *codec, uint8_t kind, unsigned slot, const uint32_t *values,
		      size_t count)
{
	struct output output = begin_stream(codec);
	enum coding coding = CODING_PLAIN;
	uint32_t all = bits_used_narrow(values, count);
	unsigned width = bytes_for(all);

	if (all == 0)
		return;
	if (width > 1) {
		unsigned narrow = bytes_for(difference_bits(values, count));

		if (narrow < width) {
			take_narrow_differences(codec->narrow_differences, values, count);
			values = codec->narrow_differences;
			width = narrow;
			coding = CODING_DELTA;
		}
	}
	put_narrow_planes(codec, &output, values, count, width);
	end_stream(codec, &output, kind, slot, coding, width);
}

/* No entry of an earlier stream may look like one of this. */
static void forget_words(struct codec *codec)
{
	codec->word_count = 0;
	if (++codec->words_stamp > UINT16_MAX) {
		memset(codec->words_hash, 0, sizeof(codec->words_hash));
		codec->words_stamp = 1;
	}
}

/* The word's number; codec->word_count: it is a new one, and *ret_place is where it belongs. */
static uint32_t word_number(const struct codec *codec, uint64_t word, size_t *ret_place)
{
	size_t place = codec_pid_hash(word) >> 8 & (WORDS_HASH_SIZE - 1);

	/* An entry of this stream: its stamp above, the word's number below. */
	while (codec->words_hash[place] >> 16 == codec->words_stamp) {
		uint32_t number = codec->words_hash[place] & 0xffff;

		if (codec->words[number] == word)
			return number;
		place = (place + 1) & (WORDS_HASH_SIZE - 1);
	}
	*ret_place = place;
	return (uint32_t)codec->word_count;
}

/* Numbers the different words, where there are few of them. False: there are not. */
static bool number_words(struct codec *codec, const uint64_t *values, size_t count)
{
	size_t max = count / 4 < WORDS_MAX ? count / 4 : WORDS_MAX;
	size_t place = 0;

	forget_words(codec);
	for (size_t i = 0; i < count; i++) {
		uint32_t number = word_number(codec, values[i], &place);

		if (number == codec->word_count) {
			if (number >= max || (i < WORDS_TRIED && number >= WORDS_TRIED / 2))
				return false;
			codec->words_hash[place] = codec->words_stamp << 16 | number;
			codec->words[codec->word_count++] = values[i];
		}
		codec->word_numbers[i] = number;
	}
	return true;
}

/* Writes values that fill their eight bytes; the different ones first, where they are few. */
static void put_words(struct codec *codec, uint8_t kind, unsigned slot, const uint64_t *values,
		      size_t count)
{
	struct output output = begin_stream(codec);
	unsigned width = 1;
	size_t size;

	if (!number_words(codec, values, count)) {
		memcpy(codec->plane, values, count * sizeof(*values));
		put_packed(codec, &output, codec->plane, count * sizeof(*values));
		end_stream(codec, &output, kind, slot, CODING_WORDS, width);
		return;
	}
	size = codec->word_count * sizeof(*codec->words);
	*output.header++ = PACKING_RAW;
	output.header = codec_put_varint(output.header, size);
	memcpy(output.end, codec->words, size);
	output.end += size;
	width += codec->word_count > 256 ? 2 : 1;
	put_narrow_planes(codec, &output, codec->word_numbers, count, width - 1);
	end_stream(codec, &output, kind, slot, CODING_DICTIONARY, width);
}

void codec_put_stream(struct codec *codec, uint8_t kind, unsigned slot, const uint64_t *values,
		      size_t count)
{
	uint64_t all = bits_used(values, count);
	enum coding coding = CODING_PLAIN;
	unsigned width = bytes_for(all);
	unsigned narrow;
	struct output output;

	if (width <= 4) {
		make_narrow(codec->narrow, values, count);
		codec_put_narrow(codec, kind, slot, codec->narrow, count);
		return;
	}
	narrow = bytes_for(take_differences(codec->differences, values, count));
	if (narrow < width) {
		values = codec->differences;
		width = narrow;
		coding = CODING_DELTA;
	}
	if (width == 8) {
		put_words(codec, kind, slot, values, count);
		return;
	}
	output = begin_stream(codec);
	for (unsigned shift = 0; shift < 8 * width; shift += 8) {
		take_plane(codec->plane, values, count, shift);
		put_packed(codec, &output, codec->plane, count);
	}
	end_stream(codec, &output, kind, slot, coding, width);
}
