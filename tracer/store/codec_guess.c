/* SPDX-License-Identifier: MIT */
#include "store/codec_guess.h"

#include <stdbool.h>
#include <string.h>

#include "store/codec_blocks.h"
#include "store/varint.h"

/* After so many numbers it is known whether guessing is of any use. */
#define GUESS_TRIED 1024

static void forget(struct guess *guess)
{
	memset(guess, 0, sizeof(*guess));
}

/* The third one is left out: the fourth tells more where two actors pass messages on in turns. */
static inline uint32_t place_of(const uint32_t before[GUESS_BEFORE])
{
	return (before[0] * UINT32_C(0x9e3779b1) + before[1] * UINT32_C(0x85ebca6b) +
		before[3] * UINT32_C(0xc2b2ae35)) >>
	       (32 - GUESS_BITS);
}

/* The number at that place is, after what the guess there was. */
static inline void learn(struct guess *guess, uint32_t place, uint32_t number)
{
	if (guess->table[place].number == number)
		guess->table[place].sure = 1;
	else if (guess->table[place].sure != 0)
		guess->table[place].sure = 0;
	else
		guess->table[place].number = number;
	guess->before[3] = guess->before[2];
	guess->before[2] = guess->before[1];
	guess->before[1] = guess->before[0];
	guess->before[0] = number;
}

size_t guess_count(struct guess *guess, const uint32_t *values, size_t count, uint32_t *right,
		   uint32_t *wrong, size_t max)
{
	size_t found = 0, since = 0;

	forget(guess);
	for (size_t i = 0; i < count; i++) {
		uint32_t place = place_of(guess->before);

		if (guess->table[place].number != values[i]) {
			if (found == max || (i < GUESS_TRIED && found == GUESS_TRIED / 4 * 3))
				return SIZE_MAX;
			right[found] = (uint32_t)(i - since);
			wrong[found++] = values[i];
			since = i + 1;
		}
		learn(guess, place, values[i]);
	}
	return found;
}

uint8_t *guess_put(uint8_t *out, const uint32_t *right, const uint32_t *wrong, size_t count)
{
	out = put_varint(out, count);
	if (count == 0)
		return out;
	return blocks_put(blocks_put(out, right, count), wrong, count);
}

const uint8_t *guess_get(struct guess *guess, const uint8_t *in, const uint8_t *end,
			 uint32_t *values, size_t count, uint32_t *right, uint32_t *wrong)
{
	size_t nth = 0, left;
	uint64_t found;

	in = get_varint(in, end, &found);
	if (in == NULL || found > count)
		return NULL;
	if (found > 0)
		in = blocks_get(in, end, right, found);
	if (in != NULL && found > 0)
		in = blocks_get(in, end, wrong, found);
	if (in == NULL)
		return NULL;
	forget(guess);
	left = found > 0 ? right[0] : count;
	for (size_t i = 0; i < count; i++) {
		uint32_t place = place_of(guess->before);

		values[i] = guess->table[place].number;
		if (left-- == 0) {
			values[i] = wrong[nth++];
			left = nth < found ? right[nth] : count;
		}
		learn(guess, place, values[i]);
	}
	return nth == found ? in : NULL; /* else some lie behind the end */
}
