/* SPDX-License-Identifier: MIT */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

/*
 * A benchmark: one actor that does a piece of work of a given size when it is asked to, checks the
 * answer, and says how many operations that were. What an operation is, its file says.
 *
 * bench_main() starts a system, lets the work be done a few times to warm up, then again until
 * enough time has passed, and prints what one operation took. Each time is a fresh actor. With
 * --rounds N it does so N times (after one to warm up, unless N is 1), however long that takes: the
 * same work each time, which a replay can do again.
 */

#include <stdint.h>

#include <actor/actor.h>

/* What is measured. */
enum bench_measure {
	BENCH_TIME,  /* ns for one operation */
	BENCH_MEMORY /* bytes resident for one operation, when all is done; done once, not ended */
};

struct bench {
	const char *name;
	uint64_t size;       /* of the work; its meaning is the benchmark's */
	uint64_t size_smoke; /* the same in short: only shows that the benchmark still works */
	/* Answers `bench_go`, with actor_reply or bench_wrong. */
	const struct actor_behaviour *behaviour;
	enum bench_measure measure;
};

/* "Do work of that size"; answered with the number of operations. */
ACTOR_TYPE_DECLARE(bench_go);

/* (handler) The answer is wrong, or could not be had: says so on stderr, and rejects the call. */
int bench_wrong(struct actor_from from, const char *what);

/*
 * What main() returns. `benches` ends with NULL; the first argument says which one, unless there
 * is but one.
 */
int bench_main(const struct bench *const *benches, int argc, char **argv);

#endif
