/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_PLANE_PATH_H
#define ACTOR_PLANE_PATH_H

/*
 * Where planes lie. The one piece of code that a program and the tools must agree on, so it is
 * here, inline, and neither has to link the other.
 *
 *	$LIBACTOR_DIR, else $XDG_RUNTIME_DIR/libactor, else /dev/shm/libactor-UID
 */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Writes the directory's path. Returns its length, or -1 where `size` is too small for it. */
static inline int actor_plane_directory(char *path, size_t size)
{
	const char *own = getenv("LIBACTOR_DIR");
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	int length;

	if (own != NULL && own[0] != '\0')
		length = snprintf(path, size, "%s", own);
	else if (runtime != NULL && runtime[0] == '/')
		length = snprintf(path, size, "%s/libactor", runtime);
	else
		length = snprintf(path, size, "/dev/shm/libactor-%u", (unsigned)getuid());
	return length >= 0 && (size_t)length < size ? length : -1;
}

#endif
