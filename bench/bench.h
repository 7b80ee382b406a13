/* SPDX-License-Identifier: MIT */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

/*
 * A benchmark: one program, one question, an answer that is checked before a number is printed.
 *
 * bench_main() starts one system, lets the benchmark run once to warm up and then five times, and
 * prints the median, least and greatest time of one operation in ns. What an operation is, the
 * benchmark's file says. With --json the result is one line for other programs; with --smoke it is
 * one short run that only shows that the benchmark still works.
 */

#include <stdint.h>

#include <actor/actor.h>

/* Long enough for any run, short enough to notice one that hangs. */
#define BENCH_DEADLINE ACTOR_SECONDS(120)

struct bench {
	const char *name;
	uint64_t operations; /* in one run, unless --operations says otherwise */
	uint64_t operations_smoke;
	/* Does that many operations. 0: done and right; else a status, already explained. */
	int (*run)(struct actor_system *system, uint64_t operations);
};

/* What main() returns. */
int bench_main(const struct bench *bench, int argc, char **argv);

/* "NAME: WHAT" on stderr; returns `status`, or ACTOR_EINVALID where that is 0. */
int bench_fail(const struct bench *bench, const char *what, int status);

#endif
