/* SPDX-License-Identifier: MIT */
#ifndef TERM_NUMBER_H
#define TERM_NUMBER_H

/* Numbers as people read them. Every function fills and returns its buffer. */

#include <stdint.h>

#define NUMBER_SIZE 32

/* "950 ns", "1.23 ms", "12.3 s", "4 min 03 s" */
const char *number_ns(int64_t ns, char buffer[NUMBER_SIZE]);

/* "950", "12,345,678" */
const char *number_count(uint64_t count, char buffer[NUMBER_SIZE]);

/* "950", "12.3 k", "4.56 M" */
const char *number_short(double value, char buffer[NUMBER_SIZE]);

/* "950 B", "12.3 KiB" */
const char *number_bytes(uint64_t bytes, char buffer[NUMBER_SIZE]);

/* "123.4", "12.3", "1.23": three digits that matter */
const char *number_digits(double value, char buffer[NUMBER_SIZE]);

#endif
