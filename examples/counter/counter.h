/* SPDX-License-Identifier: MIT */
#ifndef COUNTER_H
#define COUNTER_H

/*
 * The counter of OTP's GenServer documentation: a call reads it, a cast raises it, and a reset
 * replies with one value while it keeps another.
 *
 * Callers see functions, not messages; they may be actors or threads that have entered the system.
 */

#include <stdint.h>

#include <actor/actor.h>

/* Starts a counter. It is linked to the caller: an actor and its counter end together. */
int counter_start_link(int64_t initial, struct actor_pid *ret_counter);

/* The value (a call). */
int counter_count(struct actor_pid counter, int64_t *ret_value);

/* Adds `amount` (a cast: returns at once, the counter does it later). */
int counter_increment(struct actor_pid counter, int64_t amount);

/* Replies the value and goes on with `value` (a call). */
int counter_reset(struct actor_pid counter, int64_t value, int64_t *ret_old_value);

#endif
