/* SPDX-License-Identifier: MIT */
#ifndef TOP_RUN_H
#define TOP_RUN_H

/* The viewer on a terminal: keys, ticks, signals. */

#include "options.h"

/* `path`: the plane to watch, NULL: let the user choose. Returns an exit status. */
int run_screens(const struct options *options, const struct model_wish *wish, const char *path);

#endif
