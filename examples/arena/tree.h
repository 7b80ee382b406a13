/* SPDX-License-Identifier: MIT */
#ifndef ARENA_TREE_H
#define ARENA_TREE_H

/*
 * The supervision tree. Children start from the top and stop from the bottom, so that everyone
 * finds those he needs:
 *
 *	arena (one_for_one)
 *	  store        the SQLite file, a port with its own thread
 *	  referee      ratings
 *	  roster       who is here
 *	  rooms        (dynamic)  room, room, ...
 *	  matchmaker
 *	  channels     (dynamic)  channel, channel, ...
 *	  lobby        the listening socket
 */

#include <actor/actor.h>

#include "rules.h"

struct tree_options {
	const char *database; /* file name, or ":memory:" */
	const char *address;
	uint16_t port;
	struct rules rules;
};

/* Starts the tree. The calling thread must have entered a system. What fails says why on stderr. */
int tree_start(const struct tree_options *options, struct actor_pid *ret_top);

/* Stops it from the bottom and waits. False when it did not end within the time. */
bool tree_stop(struct actor_pid top, uint64_t patience_ns);

#endif
