/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_FAMILY_H
#define CONFORMANCE_FAMILY_H

/*
 * A supervisor with children that are probes. All note in one journal: their inits with their
 * number, from 1, and their ends; so the order between them shows.
 */

#include <actor/supervisor.h>

#include "probe.h"

#define FAMILY_MAX 4

struct family {
	struct probe *children[FAMILY_MAX];   /* child 1 is children[0] */
	struct actor_child specs[FAMILY_MAX]; /* ids "a", "b", "c", "d" */
	struct actor_supervisor_options options;
	struct actor_pid pid; /* the supervisor's */
};

/* Not started yet; `options.intensity` is high, and `specs` can be changed. */
struct family *family_new(enum actor_strategy strategy, size_t count);
/* The status of starting it, by the case's own thread. */
int family_start(struct family *family);
/* The same by a probe's actor, so that this is its parent. */
int family_start_by(struct probe *parent, struct family *family);
/* Both at once; all children have noted their inits, and these are read. */
struct family *family_running(enum actor_strategy strategy, size_t count);

/* The next notes are the inits of children first to last, or their ends from last to first. */
bool inits_seen(struct family *family, int first, int last);
bool ends_seen(struct family *family, int last, int first, int reason);
/* There are no further notes when the supervisor has done all that it was told before. */
bool family_is_quiet(struct family *family);
/* Waits until the supervisor is dead. */
bool family_is_over(struct family *family);
/* Ends child n, from 1, by itself. */
void child_ends(struct family *family, int n, int reason);

#endif
