/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_PROBES_H
#define ACTOR_PROBES_H

/*
 * The USDT probes: one for each event of actor/event.h, with its name, of the provider "libactor".
 * bpftrace, perf, gdb and `actor-trace probe` attach to them; docs/PROBES.md is made from this
 * table. A probe is one no-operation of one byte in a function that runs only while somebody
 * watches: a semaphore says so, which each thread reads once per visit to an actor.
 *
 * Stability: append-only. What is wanted most comes first: some tools know six arguments. All
 * probes have the same arguments, all of 8 bytes, unsigned. What `seq`, `a`, `b` and `c` hold is
 * said by the event's row; what it does not use is 0.
 */

#include <actor/event.h>

#define ACTOR_PROBE_PROVIDER "libactor"

/* X(number, name, text) */
#define ACTOR_PROBE_ARGUMENT_MAP(X)                                                      \
	X(0, name, "address of the name of `tag`, a C string, \"\" without one")         \
	X(1, behaviour, "address of the behaviour's name of the actor whose turn it is") \
	X(2, actor, "pid of the actor whose turn it is, 0: none")                        \
	X(3, seq, "the event's running number")                                          \
	X(4, a, "the event's slot a")                                                    \
	X(5, b, "the event's slot b")                                                    \
	X(6, c, "the event's slot c")                                                    \
	X(7, tag, "number of the message type or behaviour")                             \
	X(8, flags, "low 4 bits: the kind of message; above them ACTOR_EVENT_RESUMES")

enum actor_probe_argument {
#define X(number, name, text) ACTOR_PROBE_ARGUMENT_##name = (number),
	ACTOR_PROBE_ARGUMENT_MAP(X)
#undef X
	ACTOR_PROBE_ARGUMENT_COUNT = 9
};

/*
 * Probes share semaphores, so that a thread can look at all of them at once: what happens with
 * every message has one, what happens seldom another. So watching births does not slow messages.
 */
enum actor_probe_group {
	ACTOR_PROBE_GROUP_MESSAGES = 0,
	ACTOR_PROBE_GROUP_LIVES = 1,
	ACTOR_PROBE_GROUP_COUNT = 4 /* room for so many, of 16 bits each */
};

#define ACTOR_PROBE_BIT_(NAME) (UINT64_C(1) << ACTOR_EVENT_##NAME)

/* The kinds of the first group. */
#define ACTOR_PROBE_MESSAGES                                                         \
	(ACTOR_PROBE_BIT_(RECV) | ACTOR_PROBE_BIT_(SEND) | ACTOR_PROBE_BIT_(INPUT) | \
	 ACTOR_PROBE_BIT_(IDLE) | ACTOR_PROBE_BIT_(WAIT) | ACTOR_PROBE_BIT_(WAKE) |  \
	 ACTOR_PROBE_BIT_(TIMER_START) | ACTOR_PROBE_BIT_(TIMER_CANCEL) |            \
	 ACTOR_PROBE_BIT_(CLOCK) | ACTOR_PROBE_BIT_(OBSERVE) | ACTOR_PROBE_BIT_(POSTPONE))

/*
 * Kinds that exist for the readers of rings: their probes are there and are hit only while a
 * reader asks for them.
 */
#define ACTOR_PROBE_READERS                                                                \
	(ACTOR_PROBE_BIT_(STAMP) | ACTOR_PROBE_BIT_(PAYLOAD) | ACTOR_PROBE_BIT_(OMITTED) | \
	 ACTOR_PROBE_BIT_(MODE) | ACTOR_PROBE_BIT_(OUTSIDE) | ACTOR_PROBE_BIT_(OUTSIDE_BYTES))

#define ACTOR_PROBE_GROUP_OF(kind)                                            \
	((ACTOR_PROBE_MESSAGES >> (kind)&1) != 0 ? ACTOR_PROBE_GROUP_MESSAGES \
						 : ACTOR_PROBE_GROUP_LIVES)

#endif
