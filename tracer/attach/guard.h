/* SPDX-License-Identifier: MIT */
#ifndef TRACER_ATTACH_GUARD_H
#define TRACER_ATTACH_GUARD_H

/*
 * Mappings of files that somebody else may cut short. Touching a page that the file no longer has
 * raises SIGBUS; the guard puts a page of zeros in its place, notes the damage and lets the access
 * go on, so that no reader of shared memory needs a way out of the middle of its work.
 */

#include <stdbool.h>
#include <stddef.h>

/* Mappings that a process can have under guard at a time. */
#define GUARD_MAX 256

/*
 * Puts [start, start + size) under guard; both page-aligned. Returns a handle >= 0, or -ENOSPC
 * where GUARD_MAX are under guard already.
 */
int guard_add(void *start, size_t size);

/* Ends the guard. To be called before the mapping is removed. */
void guard_remove(int handle);

/* Whether a page of it was gone. */
bool guard_hit(int handle);

#endif
