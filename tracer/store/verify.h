/* SPDX-License-Identifier: MIT */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

/*
 * Whether a trace file is what its recorder wrote: SQLite's own structure, checksum and content of
 * every chunk, the order of events in every ring, and that whatever is missing is a recorded gap.
 * Memory: one chunk's events.
 */

#include <stdint.h>

#include "store/trace.h"

struct verify {
	uint64_t chunks;
	uint64_t events;
	uint64_t gaps;
	uint64_t lost;     /* events known to be missing, sum over the gaps */
	uint64_t problems; /* said to `problem` */
	int complete;      /* the recorder has finished */
	/* Gets each problem in words. */
	void (*problem)(void *user, const char *text);
	void *user;
};

/* Fills the numbers. 0, or a negative errno where not even that could be done (-ENOMEM). */
int verify_trace(struct verify *verify, sqlite3 *db);

#endif
