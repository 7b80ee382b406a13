/* SPDX-License-Identifier: MIT */
#ifndef TERM_PROGRESS_H
#define TERM_PROGRESS_H

/*
 * A bar on standard error while work takes long: shown on a terminal only, after half a second, at
 * most ten times a second, and wiped when the work is done.
 */

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what;
	bool terminal;
	bool shown;
	int64_t begun_ns;
	int64_t drawn_ns;
};

/* `what` must live as long as the progress. */
void progress_begin(struct progress *progress, const char *what);

/* `done` goes from 0 to 1; a void pointer, so that it can be a callback. */
void progress_show(void *progress, double done);

void progress_end(struct progress *progress);

#endif
