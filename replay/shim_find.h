/* SPDX-License-Identifier: MIT */
#ifndef REPLAY_SHIM_FIND_H
#define REPLAY_SHIM_FIND_H

/* Path of the library that is loaded before a program under replay, see shim/shim.c. NULL: it is
 * neither beside this program nor installed. */
const char *shim_find(void);

#endif
