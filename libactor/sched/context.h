/* SPDX-License-Identifier: MIT */
#ifndef SCHED_CONTEXT_H
#define SCHED_CONTEXT_H

/*
 * The switch between two stacks, in assembly: context_x86_64.S and context_aarch64.S. A port to
 * another machine is these two functions.
 */

/* Saves what a call must preserve on the running stack, its pointer in *ret_sp, and goes on where
 * `sp` was saved. Returns when somebody switches back. */
void context_switch(void **ret_sp, void *sp);

/* Where a context prepared by context_prepare begins; calls the entry it was given. */
void context_start(void);

/* Makes the top of a fresh stack such that a switch to the result calls `entry`, which must never
 * return. `top` is 16-byte aligned. */
void *context_prepare(void *top, void (*entry)(void));

#endif
