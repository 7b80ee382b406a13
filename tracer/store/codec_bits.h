/* SPDX-License-Identifier: MIT */
#ifndef STORE_CODEC_BITS_H
#define STORE_CODEC_BITS_H

/*
 * Small bytes side by side: of each the low `bits` (1 to 7), the first one lowest. Eight of them
 * are a word of 64 bits in which neighbours are pushed together three times.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline size_t bits_size(size_t count, unsigned bits)
{
	return (count * bits + 7) / 8;
}

static inline uint64_t bits_push(uint64_t word, unsigned bits)
{
	word = (word & UINT64_C(0x00ff00ff00ff00ff)) | (word >> 8 & UINT64_C(0x00ff00ff00ff00ff))
							       << bits;
	word = (word & UINT64_C(0x0000ffff0000ffff)) | (word >> 16 & UINT64_C(0x0000ffff0000ffff))
							       << 2 * bits;
	return (word & UINT64_C(0x00000000ffffffff)) | (word >> 32) << 4 * bits;
}

static inline uint64_t bits_pull(uint64_t word, unsigned bits)
{
	uint64_t one = (UINT64_C(1) << bits) - 1;
	uint64_t two = (UINT64_C(1) << 2 * bits) - 1;
	uint64_t four = (UINT64_C(1) << 4 * bits) - 1;

	word = (word & four) | (word >> 4 * bits & four) << 32;
	word = (word & (two | two << 32)) | (word >> 2 * bits & (two | two << 32)) << 16;
	one |= one << 16;
	one |= one << 32;
	return (word & one) | (word >> bits & one) << 8;
}

/* Writes bits_size(count, bits) bytes. */
static inline void bits_put(uint8_t *out, const uint8_t *values, size_t count, unsigned bits)
{
	uint64_t word;

	for (; count >= 8; count -= 8, values += 8, out += bits) {
		memcpy(&word, values, 8);
		word = bits_push(word, bits);
		memcpy(out, &word, bits);
	}
	if (count > 0) {
		word = 0;
		memcpy(&word, values, count);
		word = bits_push(word, bits);
		memcpy(out, &word, bits_size(count, bits));
	}
}

/* Reads as many. */
static inline void bits_get(uint8_t *values, const uint8_t *in, size_t count, unsigned bits)
{
	uint64_t word = 0;

	for (; count >= 8; count -= 8, values += 8, in += bits) {
		memcpy(&word, in, bits);
		word = bits_pull(word, bits);
		memcpy(values, &word, 8);
		word = 0;
	}
	if (count > 0) {
		memcpy(&word, in, bits_size(count, bits));
		word = bits_pull(word, bits);
		memcpy(values, &word, count);
	}
}

#endif
