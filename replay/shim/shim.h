/* SPDX-License-Identifier: MIT */
#ifndef SHIM_SHIM_H
#define SHIM_SHIM_H

#include <stdbool.h>
#include <stdint.h>

/* Who calls: reports go to `fd` from now on. */
void callers_open(int fd);
bool callers_wanted(void);
/*
 * A handler of actor `pid` (0: none) has called `function`. Reported once for each caller; nothing
 * where that is the runtime itself.
 */
void callers_note(const char *function, uint64_t pid);

#endif
