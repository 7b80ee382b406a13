/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MARKS_H
#define TRACER_MARKS_H

/*
 * What stands out in a recorded trace, for who moves in its time: actors that crashed, events that
 * were lost, and alerts of the lints (tracer/lint.h). Crashes and gaps are rows of the file; alerts
 * need every event, so all is found by a thread of its own, while its owner goes on.
 *
 * Times are those of a stage (tracer/stage.h). Memory: 320 bytes for each, at most MARKS_MAX.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tracer/lint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MARKS_MAX 8192

enum mark_kind {
	MARK_CRASH,
	MARK_GAP,
	MARK_ALERT
};

struct mark {
	uint64_t from;
	uint64_t to;
	enum mark_kind kind;
	enum lint_level level;
	char letter;          /* X: a crash, ~: a gap, else the lint's */
	char text[LINT_TEXT]; /* safe for a terminal */
};

struct marks;

/* NULL: no memory, or no thread. */
struct marks *marks_begin(const char *trace);

/* Accepts NULL, returns NULL. Does not wait for what is not found yet. */
struct marks *marks_end(struct marks *marks);

/* What has been found so far; *ret_done: that is all. Calls `take` for each, in no order. */
void marks_each(struct marks *marks, void (*take)(void *user, const struct mark *mark), void *user,
		bool *ret_done);

#ifdef __cplusplus
}
#endif

#endif
