/* SPDX-License-Identifier: MIT */
#ifndef STORE_CODEC_GUESS_H
#define STORE_CODEC_GUESS_H

/*
 * Numbers of 32 bits that can be foreseen: who has the next turn, whose message it is. What came
 * after the last, the second last and the fourth last number when they were there before, is the
 * guess; only wrong guesses are stored.
 *
 *	wrong varint, blocks of so many numbers of right ones before each wrong one, blocks of what
 *	was right instead
 *
 * The writer and the reader keep the same table of GUESS_TABLE numbers. The place is the hash of
 * those three numbers (0 before the first); a place has a number, 0 at first, and is sure
 * after a right guess. A wrong guess makes it unsure, or, where it is unsure, replaces its number.
 */

#include <stddef.h>
#include <stdint.h>

#define GUESS_BITS   11
#define GUESS_TABLE  (1u << GUESS_BITS)
#define GUESS_BEFORE 4

struct guess {
	struct {
		uint32_t number;
		uint32_t sure;
	} table[GUESS_TABLE];
	uint32_t before[GUESS_BEFORE]; /* the last number first */
};

/*
 * Guesses all of values[0..count). Returns how many guesses were wrong, `right` and `wrong` have
 * room for `max` of them; SIZE_MAX: there are more, or will be.
 */
size_t guess_count(struct guess *guess, const uint32_t *values, size_t count, uint32_t *right,
		   uint32_t *wrong, size_t max);

uint8_t *guess_put(uint8_t *out, const uint32_t *right, const uint32_t *wrong, size_t count);

/*
 * Reads `count` numbers; `right` and `wrong` are of use meanwhile and have as much room. The byte
 * behind, or NULL where the bytes are not those of so many numbers.
 */
const uint8_t *guess_get(struct guess *guess, const uint8_t *in, const uint8_t *end,
			 uint32_t *values, size_t count, uint32_t *right, uint32_t *wrong);

#endif
