/* SPDX-License-Identifier: MIT */
#ifndef LINT_RECORDED_H
#define LINT_RECORDED_H

/*
 * Lints over a recorded trace: its events are played through, each actor's state is kept as a plane
 * would have shown it, and every half second of the trace's time is looked at.
 *
 * Memory: about 100 bytes for each actor that lives at a time, besides the engine's.
 */

#include <tracer/lint.h>

#include "store/trace.h"

struct recorded_sink {
	/* An alert that has gone, or that stood when the trace ended. Times are the trace's ns. */
	void (*alert)(void *user, const struct lint_alert *alert);
	void *user;
};

/* 0 or a negative errno, with a text in `error`. */
int recorded_lint(struct trace *trace, const struct recorded_sink *sink, char *error,
		  size_t error_size);

#endif
