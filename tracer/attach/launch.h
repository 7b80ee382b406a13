/* SPDX-License-Identifier: MIT */
#ifndef TRACER_ATTACH_LAUNCH_H
#define TRACER_ATTACH_LAUNCH_H

/* Starts a program to be recorded, and finds the plane that it or one of its children makes. */

#include <sys/types.h>

#include <tracer/attach.h>

/* Of struct actor_plane_header's session, NUL included. */
#define LAUNCH_TOKEN_SIZE 32

struct launch {
	pid_t pid;
	int pidfd;           /* readable once the child has ended */
	uint64_t start_time; /* of the child; planes that are older are not looked at */
	char token[LAUNCH_TOKEN_SIZE];
};

/* A random one, in hexadecimal digits. -ENOSYS ...: the kernel has no random numbers. */
int launch_token(char token[LAUNCH_TOKEN_SIZE]);

/*
 * Starts argv[0], looked up in PATH, with LIBACTOR_SESSION set to a random token and with the
 * signals that the caller has blocked unblocked. -ENOENT, -EACCES ...: it cannot be started.
 * Owns: the caller closes pidfd and waits for the child.
 */
int launch_start(char *const argv[], struct launch *ret_launch);

/*
 * Looks once for a living or dead plane of the session. -ENOENT: there is none; PLANE_ENOT_READY:
 * one may be coming, look again soon. Any other status is that of a plane of the child itself that
 * cannot be read, and `error` says why.
 * Owns: the caller closes *ret_plane.
 */
int launch_find(const struct launch *launch, const char *directory, struct plane_view **ret_plane,
		char *error, size_t error_size);

/*
 * The directory of planes, made with mode 0700 where it is missing. `error` says why it cannot be
 * used.
 */
int launch_directory(char *path, size_t size, char *error, size_t error_size);

#endif
