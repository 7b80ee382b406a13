/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_CONTAIN_H
#define ACTOR_CONTAIN_H

/*
 * Crash containment: a fault in a handler becomes its actor's exit. The signal handler runs on a
 * stack of its own, decides whether the fault is the handler's, and then has the thread go on at
 * the beginning of the stack that the handler was on: nothing need be prepared before a turn.
 *
 * How it tells a handler's fault from one of the runtime. The runtime is compiled such that the
 * addresses of all its functions lie in a table (-fpatchable-function-entry; it costs no
 * instruction). From where the fault is, the frames are walked outwards until the first function
 * of the runtime. Is there one of the program before it, the fault is the program's; is there none,
 * or only the C library's, it is the runtime's own, and the process ends as it would without
 * containment.
 */

#include <stdbool.h>

struct actor_system;
struct thread;

/* ACTOR_EUNSUPPORTED in builds that cannot: under a sanitizer, or without that table. */
int contain_begin(void);
void contain_end(void);

/* A thread whose handlers are contained, in itself. False: no memory; then they are not. */
bool contain_enter(struct thread *thread);
void contain_leave(struct thread *thread);

/* A detached actor's thread: the address of a frame that outlives all handlers. */
void contain_base(struct thread *thread, void *frame);

#endif
