/* SPDX-License-Identifier: MIT */
#ifndef TERM_TIME_H
#define TERM_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* "1.5", "1.5s", "200ms", "30us", "17ns", "5m", "2h" to nanoseconds. False: it is none of these. */
bool time_parse(const char *text, int64_t *ret_ns);

#endif
