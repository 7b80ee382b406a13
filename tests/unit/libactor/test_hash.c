/* SPDX-License-Identifier: MIT */

/*
 * The hashes are part of the trace format: known values must never change, every byte must count,
 * and neither address nor what lies around the bytes may.
 */

#include "base/hash.h"

#include "suite.h"

/* Of wyhash final 4 with seed 0, for bytes 0, 1, 2, ...; by the author's reference program. */
static void known_values_of_wyhash(void)
{
	static const struct {
		size_t size;
		uint64_t hash;
	} known[] = {
		{0, UINT64_C(0x93228a4de0eec5a2)},  {1, UINT64_C(0x8e6d4af7d310c8c4)},
		{2, UINT64_C(0x5121ba5bc9a828b5)},  {3, UINT64_C(0x78c4aa0c972a522d)},
		{4, UINT64_C(0xe08aeeb68058fb32)},  {5, UINT64_C(0x845a2c5da2318785)},
		{7, UINT64_C(0x094e98feb6055cc6)},  {8, UINT64_C(0xb4d6ac74d009e1d4)},
		{9, UINT64_C(0xb42922e019b409be)},  {15, UINT64_C(0x87edaf96d89a08ef)},
		{16, UINT64_C(0x305fdea0ed4a2619)}, {17, UINT64_C(0xd29ffdd201a46f9a)},
		{23, UINT64_C(0x735a0e86527147f0)}, {31, UINT64_C(0xebc13906e5018315)},
		{32, UINT64_C(0x5b00c06ef7540f8f)}, {33, UINT64_C(0x5e1a2536ff90cc32)},
	};
	unsigned char bytes[64];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		CU_ASSERT_EQUAL(hash_bytes(bytes, known[i].size), known[i].hash);
}

static void every_bit_of_every_size_counts(void)
{
	unsigned char bytes[200] = {0};

	for (size_t size = 1; size <= sizeof(bytes); size++) {
		uint64_t zero = hash_bytes(bytes, size);

		CU_ASSERT_NOT_EQUAL(zero, hash_bytes(bytes, size - 1));
		for (size_t bit = 0; bit < 8 * size; bit++) {
			bytes[bit / 8] ^= (unsigned char)(1u << (bit % 8));
			CU_ASSERT_NOT_EQUAL(hash_bytes(bytes, size), zero);
			bytes[bit / 8] ^= (unsigned char)(1u << (bit % 8));
		}
	}
}

static void address_and_neighbours_do_not_count(void)
{
	unsigned char room[256];
	unsigned char bytes[100];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 + 3);
	for (size_t size = 0; size <= sizeof(bytes); size++)
		for (size_t shift = 0; shift < 16; shift++) {
			memset(room, (int)shift, sizeof(room));
			memcpy(room + 16 + shift, bytes, size);
			CU_ASSERT_EQUAL(hash_bytes(room + 16 + shift, size),
					hash_bytes(bytes, size));
		}
	CU_ASSERT_EQUAL(hash_bytes(NULL, 0), hash_bytes(bytes, 0));
}

static void mixing_tells_order_and_neighbours_apart(void)
{
	enum {
		N = 64
	};
	static uint64_t seen[N * N];
	size_t count = 0;

	for (uint64_t a = 0; a < N; a++)
		for (uint64_t b = 0; b < N; b++)
			seen[count++] = hash_mix(a, b);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++)
			CU_ASSERT_FATAL(seen[i] != seen[k]);
	/* Written down once; a change of the value makes all recordings diverge. */
	CU_ASSERT_EQUAL(hash_finalise(UINT64_C(0x9e3779b97f4a7c15)), UINT64_C(0xe220a8397b1dcdaf));
	CU_ASSERT_EQUAL(hash_mix(0, 0), hash_finalise(UINT64_C(0xe220a8397b1dcdaf)));
}

#define CASES(X)                               \
	X(known_values_of_wyhash)              \
	X(every_bit_of_every_size_counts)      \
	X(address_and_neighbours_do_not_count) \
	X(mixing_tells_order_and_neighbours_apart)
SUITE("hash", CASES)
