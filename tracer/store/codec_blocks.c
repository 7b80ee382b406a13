/* SPDX-License-Identifier: MIT */
#include "store/codec_blocks.h"

#include <stdbool.h>
#include <string.h>

#include "store/varint.h"
#include "store/wide.h"

#define HEAD_DIFFERENCES 64
#define HEAD_SAME        128

#define LANES            8
#define ROWS             (BLOCK_NUMBERS / LANES)

typedef uint32_t row __attribute__((vector_size(4 * LANES)));

/* What a block's numbers, or the differences between them, lie between. */
struct bounds {
	uint32_t least;
	uint32_t greatest;
};

static unsigned width_of(struct bounds bounds)
{
	uint32_t span = bounds.greatest - bounds.least;

	return span == 0 ? 0 : 32u - (unsigned)__builtin_clz(span);
}

/* ---- Writing --------------------------------------------------------------------------------- */

WIDE static struct bounds bounds_of(const uint32_t *values, size_t count)
{
	struct bounds bounds = {UINT32_MAX, 0};

	for (size_t i = 0; i < count; i++) {
		bounds.least = values[i] < bounds.least ? values[i] : bounds.least;
		bounds.greatest = values[i] > bounds.greatest ? values[i] : bounds.greatest;
	}
	return bounds;
}

/* As signed numbers; two values at least. */
WIDE static struct bounds bounds_of_differences(const uint32_t *values, size_t count)
{
	int32_t least = INT32_MAX, greatest = INT32_MIN;

	for (size_t i = 1; i < count; i++) {
		int32_t difference = (int32_t)(values[i] - values[i - 1]);

		least = difference < least ? difference : least;
		greatest = difference > greatest ? difference : greatest;
	}
	return (struct bounds){(uint32_t)least, (uint32_t)greatest};
}

WIDE static void take_differences(uint32_t *differences, const uint32_t *values, size_t count,
				  uint32_t least)
{
	differences[0] = least;
	for (size_t i = 1; i < count; i++)
		differences[i] = values[i] - values[i - 1];
}

WIDE static void pack(uint8_t *out, const uint32_t *values, uint32_t least, unsigned width)
{
	row word = {0};
	unsigned used = 0;

	for (unsigned r = 0; r < ROWS; r++) {
		row value;

		memcpy(&value, values + (size_t)LANES * r, sizeof(value));
		value -= least;
		word |= value << used;
		used += width;
		if (used < 32)
			continue;
		memcpy(out, &word, sizeof(word));
		out += sizeof(word);
		used -= 32;
		word = used > 0 ? value >> (width - used) : (row){0};
	}
}

/* Of a block that is not full; some bytes behind it are written, too. */
static uint8_t *pack_rest(uint8_t *out, const uint32_t *values, size_t count, uint32_t least,
			  unsigned width)
{
	uint64_t word = 0;
	unsigned used = 0;

	for (size_t i = 0; i < count; i++) {
		word |= (uint64_t)(values[i] - least) << used;
		used += width;
		if (used < 32)
			continue;
		memcpy(out, &word, 4);
		out += 4;
		word >>= 32;
		used -= 32;
	}
	memcpy(out, &word, 4);
	return out + (used + 7) / 8;
}

static uint8_t *put_block(uint8_t *out, const uint32_t *values, size_t count)
{
	struct bounds bounds = bounds_of(values, count);
	unsigned width = width_of(bounds);
	uint32_t differences[BLOCK_NUMBERS];

	if (width > 1 && count > 1) {
		struct bounds apart = bounds_of_differences(values, count);

		if (width_of(apart) < width) {
			width = width_of(apart);
			*out++ = (uint8_t)(HEAD_DIFFERENCES | width);
			out = put_varint(out, values[0]);
			out = put_varint(out, (apart.least << 1) ^ -(apart.least >> 31));
			if (width > 0)
				take_differences(differences, values, count, apart.least);
			bounds.least = apart.least;
			values = differences;
			goto numbers;
		}
	}
	*out++ = (uint8_t)width;
	out = put_varint(out, bounds.least);
numbers:
	if (width == 0)
		return out;
	if (count < BLOCK_NUMBERS)
		return pack_rest(out, values, count, bounds.least, width);
	pack(out, values, bounds.least, width);
	return out + sizeof(row) * width;
}

uint8_t *blocks_put(uint8_t *out, const uint32_t *values, size_t count)
{
	for (size_t i = 0; i < count; i += BLOCK_NUMBERS) {
		size_t left = count - i < BLOCK_NUMBERS ? count - i : BLOCK_NUMBERS;

		/* What two actors do in turns is often the same again and again. */
		if (i > 0 && left == BLOCK_NUMBERS &&
		    memcmp(values + i, values + i - BLOCK_NUMBERS, BLOCK_NUMBERS * 4) == 0)
			*out++ = HEAD_SAME;
		else
			out = put_block(out, values + i, left);
	}
	return out;
}

/* ---- Reading --------------------------------------------------------------------------------- */

WIDE static void unpack(uint32_t *values, const uint8_t *in, uint32_t least, unsigned width)
{
	uint32_t mask = UINT32_MAX >> (32 - width);
	row word = {0};
	unsigned used = 32;

	for (unsigned r = 0; r < ROWS; r++) {
		row value;

		if (used == 32) {
			memcpy(&word, in, sizeof(word));
			in += sizeof(word);
			used = 0;
		}
		value = word >> used;
		used += width;
		if (used > 32) {
			memcpy(&word, in, sizeof(word));
			in += sizeof(word);
			used -= 32;
			value |= word << (width - used);
		}
		value = (value & mask) + least;
		memcpy(values + (size_t)LANES * r, &value, sizeof(value));
	}
}

static void unpack_rest(uint32_t *values, const uint8_t *in, size_t count, uint32_t least,
			unsigned width)
{
	uint64_t mask = UINT32_MAX >> (32 - width);
	uint64_t word = 0;
	unsigned filled = 0;

	for (size_t i = 0; i < count; i++) {
		for (; filled < width; filled += 8)
			word |= (uint64_t)*in++ << filled;
		values[i] = (uint32_t)(word & mask) + least;
		word >>= width;
		filled -= width;
	}
}

WIDE static void fill(uint32_t *values, size_t count, uint32_t value)
{
	for (size_t i = 0; i < count; i++)
		values[i] = value;
}

static const uint8_t *get_block(const uint8_t *in, const uint8_t *end, uint32_t *values,
				size_t count)
{
	unsigned head = *in++;
	unsigned width = head & ~(unsigned)HEAD_DIFFERENCES;
	size_t size = count < BLOCK_NUMBERS ? (count * width + 7) / 8 : sizeof(row) * width;
	uint64_t first = 0, least;

	if (width > 32)
		return NULL;
	if ((head & HEAD_DIFFERENCES) != 0)
		in = get_varint(in, end, &first);
	if (in != NULL)
		in = get_varint(in, end, &least);
	if (in == NULL || size > (size_t)(end - in))
		return NULL;
	if ((head & HEAD_DIFFERENCES) != 0)
		least = (least >> 1) ^ -(least & 1);
	if (width == 0)
		fill(values, count, (uint32_t)least);
	else if (count < BLOCK_NUMBERS)
		unpack_rest(values, in, count, (uint32_t)least, width);
	else
		unpack(values, in, (uint32_t)least, width);
	if ((head & HEAD_DIFFERENCES) != 0) {
		uint32_t sum = values[0] = (uint32_t)first;

		for (size_t i = 1; i < count; i++)
			values[i] = sum += values[i];
	}
	return in + size;
}

const uint8_t *blocks_get(const uint8_t *in, const uint8_t *end, uint32_t *values, size_t count)
{
	for (size_t i = 0; i < count; i += BLOCK_NUMBERS) {
		size_t left = count - i < BLOCK_NUMBERS ? count - i : BLOCK_NUMBERS;

		if (in == end)
			return NULL;
		if (*in == HEAD_SAME) {
			if (i == 0 || left < BLOCK_NUMBERS)
				return NULL;
			memcpy(values + i, values + i - BLOCK_NUMBERS, BLOCK_NUMBERS * 4);
			in++;
			continue;
		}
		in = get_block(in, end, values + i, left);
		if (in == NULL)
			return NULL;
	}
	return in;
}
