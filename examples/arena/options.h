/* SPDX-License-Identifier: MIT */
#ifndef ARENA_OPTIONS_H
#define ARENA_OPTIONS_H

/* The command line of the server. */

#include "tree.h"

struct options {
	struct tree_options tree;
	unsigned schedulers;
	uint64_t seed;
};

/*
 * Returns 0 to go on, 1 when all is done (--help), 2 after a usage error, both reported. The
 * strings in *ret_options are those of argv.
 */
int options_parse(int argc, char **argv, struct options *ret_options);

#endif
