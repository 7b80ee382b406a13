/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_SAMPLE_H
#define ACTOR_SAMPLE_H

/*
 * The stack of a thread that runs, for the watch: the thread is sent a real-time signal whose
 * disposition was the default, and notes its own frames. One that sleeps in the kernel is left
 * alone, because the signal could cut its system call short.
 */

#include <stdbool.h>
#include <stdint.h>

#define SAMPLE_MAX 40

/* Installs the signal handler, once for all systems. False: no signal is free. */
bool sample_begin(void);
void sample_end(void);
/* A thread that may be sampled, in itself. */
void sample_allow(void);

/* Frames, innermost first, into `pcs`; returns how many, 0 when there are none to be had. */
int sample_take(uint32_t tid, void *pcs[SAMPLE_MAX]);

/* "name+0x12 (module+0x3456)", or what of that is known. */
void sample_text(const void *pc, char *text, unsigned size);

#endif
