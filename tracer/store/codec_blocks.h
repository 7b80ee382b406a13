/* SPDX-License-Identifier: MIT */
#ifndef STORE_CODEC_BLOCKS_H
#define STORE_CODEC_BLOCKS_H

/*
 * Numbers of 32 bits, 256 to a block, each block in as few bits as its own numbers need:
 *
 *	block   head u8: width 0 to 32, + 64: differences; or 128: the same as the block before
 *	        without 64: least varint
 *	        with 64:    first varint, least difference varint (zigzag)
 *	        the numbers, each less `least`, of `width` bits
 *
 * A full block is 32 rows of 8 lanes: row r has the numbers 8r to 8r + 7. A lane is `width` words
 * of 32 bits, filled from the lowest bit, row after row; word w of the lanes 0 to 7 stand side by
 * side. So eight numbers are packed at a time. In the last block of a stream, which is not full,
 * number i stands at bit i * width, the lowest bit first.
 *
 * The number before is taken from each but the first one; where all of them would need fewer bits
 * that way, they are stored as differences, modulo 2^32.
 */

#include <stddef.h>
#include <stdint.h>

#define BLOCK_NUMBERS 256

/* Bytes that `count` numbers need at most, with what is written behind their end. */
#define BLOCKS_ROOM(count) (4 * (size_t)(count) + 16 * ((size_t)(count) / BLOCK_NUMBERS + 1) + 16)

/* Writes values[0..count) and returns the byte behind. */
uint8_t *blocks_put(uint8_t *out, const uint32_t *values, size_t count);

/* Reads as many. Returns the byte behind, or NULL where they are not all there. */
const uint8_t *blocks_get(const uint8_t *in, const uint8_t *end, uint32_t *values, size_t count);

#endif
