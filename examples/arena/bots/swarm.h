/* SPDX-License-Identifier: MIT */
#ifndef ARENA_BOTS_SWARM_H
#define ARENA_BOTS_SWARM_H

/* Many bots and their sockets in one thread. */

#include <stdint.h>

#include "bot.h"

struct swarm_options {
	uint16_t port; /* on 127.0.0.1 */
	unsigned players;
	uint64_t duration_ns;
	uint64_t think_ns;
	unsigned fickle; /* see struct bot */
	uint64_t seed;
};

/*
 * Connects everybody, plays for the duration, lets the last games end and says good bye.
 * Returns 0, or a negative errno when the swarm could not be set up.
 */
int swarm_run(const struct swarm_options *options, struct bot_tally *tally,
	      uint64_t *ret_elapsed_ns);

#endif
