/* SPDX-License-Identifier: MIT */
#ifndef BASE_HASH_H
#define BASE_HASH_H

/*
 * Hashes of values. They are written into traces and compared with those of a later run, so they
 * depend on nothing but the bytes: no seed, no address, no byte order.
 *
 * Stability: part of the trace format; a change makes old recordings diverge.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014; constants: variant 13 of Stafford). */
static inline uint64_t hash_finalise(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/*
 * One number from two, not symmetric: the identity of the nth child of an actor is
 * hash_mix(identity of the actor, n). With one argument fixed it is a bijection of the other, so
 * the children of one actor never collide.
 */
static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
	return hash_finalise(a + hash_finalise(b + UINT64_C(0x9e3779b97f4a7c15)));
}

__extension__ typedef unsigned __int128 hash_wide_;

static inline uint64_t hash_multiply_(uint64_t a, uint64_t b)
{
	hash_wide_ product = (hash_wide_)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_read8_(const unsigned char *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value = __builtin_bswap64(value);
#endif
	return value;
}

static inline uint64_t hash_read4_(const unsigned char *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value = __builtin_bswap32(value);
#endif
	return value;
}

#define HASH_SECRET0_ UINT64_C(0x2d358dccaa6c78a5)
#define HASH_SECRET1_ UINT64_C(0x8bb84b93962eacc9)
#define HASH_SECRET2_ UINT64_C(0x4b33a62ed433d4a3)
#define HASH_SECRET3_ UINT64_C(0x4d5a2da51de1aa47)

/* The part of hash_bytes for more than 16 bytes: folds all but the last 1 to 16 into the seed. */
static inline uint64_t hash_fold_(const unsigned char *bytes, size_t size, uint64_t seed)
{
	if (size >= 48) {
		uint64_t seed1 = seed;
		uint64_t seed2 = seed;

		do {
			seed = hash_multiply_(hash_read8_(bytes) ^ HASH_SECRET1_,
					      hash_read8_(bytes + 8) ^ seed);
			seed1 = hash_multiply_(hash_read8_(bytes + 16) ^ HASH_SECRET2_,
					       hash_read8_(bytes + 24) ^ seed1);
			seed2 = hash_multiply_(hash_read8_(bytes + 32) ^ HASH_SECRET3_,
					       hash_read8_(bytes + 40) ^ seed2);
			bytes += 48;
			size -= 48;
		} while (size >= 48);
		seed ^= seed1 ^ seed2;
	}
	for (; size > 16; bytes += 16, size -= 16)
		seed = hash_multiply_(hash_read8_(bytes) ^ HASH_SECRET1_,
				      hash_read8_(bytes + 8) ^ seed);
	return seed;
}

static inline uint64_t hash_finish_(uint64_t a, uint64_t b, uint64_t seed, size_t size)
{
	hash_wide_ product = (hash_wide_)(a ^ HASH_SECRET1_) * (b ^ seed);

	return hash_multiply_((uint64_t)product ^ HASH_SECRET0_ ^ size,
			      (uint64_t)(product >> 64) ^ HASH_SECRET1_);
}

/* hash_bytes for at most 16 bytes: short enough to be inlined where it counts. */
static inline uint64_t hash_short(const void *data, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)data;
	uint64_t a = 0;
	uint64_t b = 0;

	if (size >= 4) {
		size_t step = (size >> 3) << 2;

		a = hash_read4_(bytes) << 32 | hash_read4_(bytes + step);
		b = hash_read4_(bytes + size - 4) << 32 | hash_read4_(bytes + size - 4 - step);
	} else if (size > 0) {
		a = (uint64_t)bytes[0] << 16 | (uint64_t)bytes[size >> 1] << 8 | bytes[size - 1];
	}
	return hash_finish_(a, b, hash_multiply_(HASH_SECRET0_, HASH_SECRET1_), size);
}

/* wyhash, final version 4 (Wang Yi, public domain), with its default secret and seed 0. */
static inline uint64_t hash_bytes(const void *data, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)data;
	uint64_t seed = hash_multiply_(HASH_SECRET0_, HASH_SECRET1_);

	if (size <= 16)
		return hash_short(data, size);
	seed = hash_fold_(bytes, size, seed);
	return hash_finish_(hash_read8_(bytes + size - 16), hash_read8_(bytes + size - 8), seed,
			    size);
}

#endif
