/* SPDX-License-Identifier: MIT */
#ifndef TESTS_TYPE_SAMPLES_H
#define TESTS_TYPE_SAMPLES_H

/* Types with every kind of member. The tests read their own debugging information. */

#include <stdbool.h>
#include <stdint.h>

enum color {
	COLOR_NONE,
	COLOR_RED = 3,
	COLOR_COLD = -2
};

__extension__ enum big {
	BIG_SMALL = 1,
	BIG_HUGE = UINT64_C(0x100000001)
};

typedef int32_t score_t;

struct point {
	float x;
	double y;
};

struct node;

struct item {
	uint16_t id;
	char tag[4];
};

/* Bit-fields, floats, strings, unions, pointers, arrays of all of these. */
struct every {
	int8_t i8;
	uint8_t u8;
	int16_t i16;
	uint16_t u16;
	int32_t i32;
	uint32_t u32;
	int64_t i64;
	uint64_t u64;
	bool yes;
	char letter;
	char name[8];
	enum color color;
	enum big big;
	score_t score;
	struct point pos;
	unsigned low : 3;
	int middle : 5;
	unsigned high : 24;
	enum color shade : 4;
	uint64_t wide : 40;
	struct item items[3];
	int matrix[2][3]; /* pahole says [6] */
	union {
		uint32_t word;
		uint8_t bytes[4];
	};
	union {
		float real;
		int32_t whole;
	} both;
	struct {
		int16_t inner;
	};
	struct node *next;
	void (*callback)(int);
	const volatile int fixed;
	__extension__ __int128 huge;
	long double longest;
};

struct flexible {
	uint32_t count;
	struct item items[];
};

struct bytes {
	uint32_t length;
	char text[];
};

struct holder {
	int before;
	struct {
		struct point where;
		const char *text;
	} deep[2];
};

#endif
