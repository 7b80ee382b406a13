/* SPDX-License-Identifier: MIT */

/* Values into streams, and back. */

#include "store/codec_inner.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "store/codec_blocks.h"
#include "store/varint.h"
#include "store/wide.h"

/* Words looked at before a stream of them is given up as one of too many different ones. */
#define WORDS_TRIED 512

/* A stream of fewer bytes, so many numbers to a byte, is small enough as it is. */
#define GUESS_WORTH   32

#define STREAM_HEADER (3 + 5) /* kind, slot, coding, size */

/* ---- Loops ---------------------------------------------------------------------------------- */

/* Bits in which one of the values differs from the first. */
WIDE static uint64_t bits_apart(const uint64_t *values, size_t count)
{
	uint64_t apart = 0;

	for (size_t i = 1; i < count; i++)
		apart |= values[i] ^ values[0];
	return apart;
}

WIDE static uint32_t bits_apart_narrow(const uint32_t *values, size_t count)
{
	uint32_t apart = 0;

	for (size_t i = 1; i < count; i++)
		apart |= values[i] ^ values[0];
	return apart;
}

WIDE static void take_low(uint32_t *out, const uint64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (uint32_t)values[i];
}

WIDE static void take_high(uint32_t *out, const uint64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (uint32_t)(values[i] >> 32);
}

WIDE static void take_part(uint32_t *out, const uint32_t *words, size_t count, unsigned shift,
			   uint32_t mask)
{
	for (size_t i = 0; i < count; i++)
		out[i] = words[i] >> shift & mask;
}

WIDE static void take_differences(uint32_t *out, const uint32_t *values, size_t count)
{
	out[0] = values[0];
	for (size_t i = 1; i < count; i++)
		out[i] = values[i] - values[i - 1];
}

WIDE static void make_wide(uint64_t *out, const uint32_t *low, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = low[i];
}

WIDE static void make_whole(uint64_t *out, const uint32_t *low, const uint32_t *high, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (uint64_t)high[i] << 32 | low[i];
}

/* ---- Writing --------------------------------------------------------------------------------- */

static uint8_t *begin_stream(const struct codec *codec)
{
	return codec->out + codec->out_size + STREAM_HEADER;
}

/* What is between begin_stream() and `end` moves to where its header ends. */
static void end_stream(struct codec *codec, const uint8_t *end, uint8_t kind, unsigned slot,
		       enum coding coding)
{
	uint8_t *head = codec->out + codec->out_size;
	const uint8_t *data = head + STREAM_HEADER;
	size_t size = (size_t)(end - data);

	*head++ = kind;
	*head++ = (uint8_t)slot;
	*head++ = (uint8_t)coding;
	head = put_varint(head, size);
	memmove(head, data, size);
	codec->out_size = (size_t)(head - codec->out) + size;
	assert(codec->out_size <= codec->out_capacity);
}

static void put_constant(struct codec *codec, uint8_t kind, unsigned slot, uint64_t value)
{
	if (value != 0)
		end_stream(codec, put_varint(begin_stream(codec), value), kind, slot, CODING_SAME);
}

/*
 * The numbers in blocks have got as far as `end`. Where guessing takes fewer bytes, these take
 * their place. Returns the new end, NULL where it does not.
 */
static const uint8_t *put_guessed(struct codec *codec, const uint32_t *values, size_t count,
				  bool differences, uint8_t *end)
{
	uint8_t *begin = begin_stream(codec);
	size_t size = (size_t)(end - begin);
	size_t wrong;

	if (!codec->guesses || size < count / GUESS_WORTH + GUESS_WORTH)
		return NULL;
	if (differences) {
		take_differences(codec->high, values, count);
		values = codec->high;
	}
	wrong = guess_count(&codec->guess, values, count, codec->right, codec->wrong,
			    count / 8 * 5);
	if (wrong == SIZE_MAX ||
	    (size_t)(guess_put(end, codec->right, codec->wrong, wrong) - end) >= size)
		return NULL;
	return guess_put(begin, codec->right, codec->wrong, wrong);
}

void codec_put_narrow(struct codec *codec, uint8_t kind, unsigned slot, const uint32_t *values,
		      size_t count)
{
	const uint8_t *guessed;
	uint8_t *end;

	if (count == 0)
		return;
	if (bits_apart_narrow(values, count) == 0) {
		put_constant(codec, kind, slot, values[0]);
		return;
	}
	end = blocks_put(begin_stream(codec), values, count);
	guessed = put_guessed(codec, values, count, false, end);
	if (guessed != NULL)
		end_stream(codec, guessed, kind, slot, CODING_GUESSED);
	else
		end_stream(codec, end, kind, slot, CODING_NARROW);
}

void codec_put_part(struct codec *codec, uint8_t kind, unsigned slot, const uint32_t *words,
		    size_t count, unsigned shift, unsigned bits)
{
	uint32_t mask = (UINT32_C(1) << bits) - 1;

	/* Most slots of most kinds are the same all the time. */
	if ((bits_apart_narrow(words, count) >> shift & mask) == 0) {
		put_constant(codec, kind, slot, words[0] >> shift & mask);
		return;
	}
	take_part(codec->narrow, words, count, shift, mask);
	codec_put_narrow(codec, kind, slot, codec->narrow, count);
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

/*
 * Lists the different words, where there are few of them, and says of each value how far back in
 * the list it was then; 0 is a new one. False: there are too many.
 */
static bool list_words(struct codec *codec, const uint64_t *values, size_t count)
{
	size_t max = count / 8 * 5;
	size_t place = 0;

	forget_words(codec);
	for (size_t i = 0; i < count; i++) {
		uint32_t number = word_number(codec, values[i], &place);

		codec->narrow[i] = (uint32_t)codec->word_count - number;
		if (number < codec->word_count)
			continue;
		if (number >= max || (i == WORDS_TRIED && number > WORDS_TRIED / 8 * 7))
			return false;
		codec->words_hash[place] = codec->words_stamp << 16 | number;
		codec->words[codec->word_count++] = values[i];
	}
	return true;
}

/* Values that fill their eight bytes; the different ones first, where they are few. */
static void put_words(struct codec *codec, uint8_t kind, unsigned slot, const uint64_t *values,
		      size_t count)
{
	uint8_t *out = begin_stream(codec);
	size_t size = count * sizeof(*values);

	if (!list_words(codec, values, count)) {
		memcpy(out, values, size);
		end_stream(codec, out + size, kind, slot, CODING_WORDS);
		return;
	}
	size = codec->word_count * sizeof(*codec->words);
	out = put_varint(out, codec->word_count);
	memcpy(out, codec->words, size);
	out = blocks_put(out + size, codec->narrow, count);
	end_stream(codec, out, kind, slot, CODING_DICTIONARY);
}

void codec_put_stream(struct codec *codec, uint8_t kind, unsigned slot, const uint64_t *values,
		      size_t count)
{
	uint64_t apart, used;
	uint8_t *out;

	if (count == 0)
		return;
	apart = bits_apart(values, count);
	used = apart | values[0];
	if (apart == 0) {
		put_constant(codec, kind, slot, values[0]);
		return;
	}
	if (used >> 56 != 0) {
		put_words(codec, kind, slot, values, count);
		return;
	}
	take_low(codec->narrow, values, count);
	out = blocks_put(begin_stream(codec), codec->narrow, count);
	if (used >> 32 == 0) {
		const uint8_t *guessed = put_guessed(codec, codec->narrow, count, true, out);

		if (guessed != NULL)
			end_stream(codec, guessed, kind, slot, CODING_GUESSED_DIFFERENCES);
		else
			end_stream(codec, out, kind, slot, CODING_NARROW);
		return;
	}
	take_high(codec->narrow, values, count);
	end_stream(codec, blocks_put(out, codec->narrow, count), kind, slot, CODING_WIDE);
}

void codec_put_pairs(struct codec *codec, uint8_t kind, unsigned slot, const uint64_t *values,
		     size_t count)
{
	take_low(codec->narrow, values, count);
	codec_put_narrow(codec, kind, slot, codec->narrow, count);
	take_high(codec->narrow, values, count);
	codec_put_narrow(codec, kind, slot + SLOT_HIGH, codec->narrow, count);
}

/* ---- Reading --------------------------------------------------------------------------------- */

static const uint8_t *get_words(struct codec *codec, const uint8_t *in, const uint8_t *end,
				size_t count)
{
	uint64_t words, known = 0;

	in = get_varint(in, end, &words);
	if (in == NULL || words > WORDS_MAX || words * sizeof(*codec->words) > (size_t)(end - in))
		return NULL;
	memcpy(codec->words, in, words * sizeof(*codec->words));
	in = blocks_get(in + words * sizeof(*codec->words), end, codec->narrow, count);
	for (size_t i = 0; in != NULL && i < count; i++) {
		uint32_t back = codec->narrow[i];

		known += back == 0;
		back += back == 0;
		if (known > words || back > known)
			return NULL;
		codec->values[i] = codec->words[known - back];
	}
	return in;
}

int codec_get_stream(struct codec *codec, const struct stream *stream, size_t count)
{
	const uint8_t *in = stream->data;
	const uint8_t *end = in + stream->size;
	uint64_t value;

	switch (stream->coding) {
	case CODING_SAME:
		in = get_varint(in, end, &value);
		for (size_t i = 0; in != NULL && i < count; i++)
			codec->values[i] = value;
		break;
	case CODING_NARROW:
		in = blocks_get(in, end, codec->narrow, count);
		if (in != NULL)
			make_wide(codec->values, codec->narrow, count);
		break;
	case CODING_GUESSED:
	case CODING_GUESSED_DIFFERENCES:
		in = guess_get(&codec->guess, in, end, codec->narrow, count, codec->right,
			       codec->wrong);
		if (in == NULL)
			break;
		for (size_t i = 1; stream->coding == CODING_GUESSED_DIFFERENCES && i < count; i++)
			codec->narrow[i] += codec->narrow[i - 1];
		make_wide(codec->values, codec->narrow, count);
		break;
	case CODING_WIDE:
		in = blocks_get(in, end, codec->narrow, count);
		if (in != NULL)
			in = blocks_get(in, end, codec->high, count);
		if (in != NULL)
			make_whole(codec->values, codec->narrow, codec->high, count);
		break;
	case CODING_WORDS:
		if (stream->size != count * sizeof(*codec->values))
			return -EBADMSG;
		memcpy(codec->values, in, stream->size);
		return 0;
	case CODING_DICTIONARY:
		in = get_words(codec, in, end, count);
		break;
	default:
		return -EBADMSG;
	}
	return in == end ? 0 : -EBADMSG;
}
