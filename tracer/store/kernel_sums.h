/* SPDX-License-Identifier: MIT */
#ifndef STORE_KERNEL_SUMS_H
#define STORE_KERNEL_SUMS_H

/*
 * Where each turn's time went while it was not on a CPU: the kernel's rows, summed up by turn. A
 * row names its turn by the actor and the time at which the turn began or, after a wait, went on;
 * turns.h gives those stretches.
 *
 * Memory: some 150 bytes for every stretch of a turn that was off its CPU or had page faults.
 */

#include <stdbool.h>

#include "store/kernel_words.h"
#include "store/turns.h"

struct kernel_sum {
	uint64_t preempted_ns;
	uint64_t blocked_ns;
	uint64_t runnable_ns;
	uint64_t faults;
	uint64_t fault_ns; /* about */
	uint64_t samples;
	/* Of the longest time blocked, of the longest without a CPU, for who asks why. */
	uint64_t blocked_max_ns;
	uint64_t ready_max_ns;
	uint32_t syscall;
	uint32_t stack;
	uint32_t by;
	uint8_t cause; /* of the longest time blocked */
};

struct kernel_sums {
	struct pidmap stretches; /* struct kernel_sum, by actor and ticks */
	struct pidmap turns;     /* the same, of turns that are not complete yet, by id */
	struct pidmap gaps;      /* uint64_t: to, by from; in ticks */
	uint64_t from;           /* the kernel was watched from here ... */
	uint64_t to;             /* ... to here; ticks */
	bool failed;             /* no memory */
	struct turns_watch watch;
};

/*
 * Of turns that begin in a range of ticks. `clock` is the trace's. 0 or a negative errno with a
 * text in `error`. Whatever was returned, kernel_sums_finish must follow.
 */
int kernel_sums_begin(struct kernel_sums *sums, sqlite3 *db, const struct clock_line *clock,
		      uint64_t from, uint64_t to, char *error, size_t error_size);
void kernel_sums_finish(struct kernel_sums *sums);

/*
 * What there is of a turn that is complete; asked once. False: the kernel was not watched then, or
 * records were lost, so that nothing is known.
 */
bool kernel_sums_take(struct kernel_sums *sums, const struct turn *turn,
		      struct kernel_sum *ret_sum);

#endif
