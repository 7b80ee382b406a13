/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_SESSION_LADDER_H
#define REPLAY_SESSION_LADDER_H

/*
 * Which checkpoints are kept. Places rise; the distance between two is to be in proportion to how
 * far they lie back from the present, so that a bounded number covers any history.
 */

#include <stddef.h>
#include <stdint.h>

/* How many steps apart checkpoints are made when all of a session's steps are run. */
uint64_t session_ladder_stride(uint64_t steps);

/* The place that is missed least, by index; `count` is at least 2. The first one always stays. */
size_t session_ladder_worst(const uint64_t *places, size_t count, uint64_t now);

#endif
