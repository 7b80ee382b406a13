/* SPDX-License-Identifier: MIT */
#ifndef COUNTER_H
#define COUNTER_H

/*
 * The counter of OTP's GenServer documentation: a call reads it, a cast raises it, and a reset
 * replies with one value while it keeps another.
 *
 * Callers see functions, not messages; they may be actors or threads that have entered the system:
 *
 *	int counter_start_link(int64_t initial, struct actor_pid *ret_pid);
 *	int counter_count(struct actor_pid counter_pid, int64_t *ret_reply);
 *	int counter_increment(struct actor_pid counter_pid, int64_t amount);
 *	int counter_reset(struct actor_pid counter_pid, int64_t value, int64_t *ret_reply);
 *
 * counter.c is the actor as one writes it; plain.c is the same on the bare table of callbacks.
 */

#include <actor/define.h>

#define COUNTER                                                  \
	definit(arg(int64_t, initial)), defcall(count, int64_t), \
		defcast(increment, arg(int64_t, amount)),        \
		defcall(reset, int64_t, arg(int64_t, value)), defdescribe()

ACTOR_DECLARE(counter, COUNTER);

#endif
