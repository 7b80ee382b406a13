/* SPDX-License-Identifier: MIT */
#ifndef BENCH_RECORDER_PACK_H
#define BENCH_RECORDER_PACK_H

/*
 * A recorder in the program that it records: steps are taken where main.c wants them. It is a file
 * of its own because the two sides of a plane have headers that do not go together.
 */

#include <stdint.h>

struct pack;

/* All of these say what failed. NULL: it cannot be made. */
struct pack *pack_begin(const char *plane, const char *path);

/* Takes what is there. 0 or not. */
int pack_step(struct pack *pack);

/* Finishes the file and removes it. */
int pack_end(struct pack *pack, uint64_t *ret_events, uint64_t *ret_bytes);

#endif
