/* SPDX-License-Identifier: MIT */
#ifndef STORE_VARINT_H
#define STORE_VARINT_H

/* Numbers of seven bits a byte, the least first; the high bit says that another byte follows. */

#include <stddef.h>
#include <stdint.h>

/* Returns the byte behind. */
static inline uint8_t *put_varint(uint8_t *out, uint64_t value)
{
	while (value >= 0x80) {
		*out++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*out++ = (uint8_t)value;
	return out;
}

/* The byte behind; NULL: it does not end before `end`, or is no number of 64 bits. */
static inline const uint8_t *get_varint(const uint8_t *in, const uint8_t *end, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 70 && in != end; shift += 7) {
		value |= (uint64_t)(*in & 0x7f) << (shift < 64 ? shift : 63);
		if ((*in++ & 0x80) == 0) {
			*ret_value = value;
			return in;
		}
	}
	return NULL;
}

#endif
