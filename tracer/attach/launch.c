/* SPDX-License-Identifier: MIT */
#include "attach/launch.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <actor/plane_path.h>

#define LAUNCH_VARIABLE "LIBACTOR_SESSION="

extern char **environ;

int launch_token(char token[LAUNCH_TOKEN_SIZE])
{
	uint8_t bytes[(LAUNCH_TOKEN_SIZE - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -errno;
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(token + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

/* The caller's environment with `variable` in it. Owns: the caller frees the array alone. */
static char **make_environment(char *variable)
{
	size_t count = 0, used = 0;
	char **environment;

	while (environ[count] != NULL)
		count++;
	environment = calloc(count + 2, sizeof(*environment));
	if (environment == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (strncmp(environ[i], LAUNCH_VARIABLE, strlen(LAUNCH_VARIABLE)) != 0)
			environment[used++] = environ[i];
	}
	environment[used] = variable;
	return environment;
}

static int spawn(char *const argv[], char **environment, pid_t *ret_pid)
{
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	int result;

	result = posix_spawnattr_init(&attributes);
	if (result != 0)
		return -result;
	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGBUS);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	result = posix_spawnp(ret_pid, argv[0], NULL, &attributes, argv, environment);
	posix_spawnattr_destroy(&attributes);
	return -result;
}

int launch_start(char *const argv[], struct launch *ret_launch)
{
	char variable[sizeof(LAUNCH_VARIABLE) + LAUNCH_TOKEN_SIZE];
	char **environment;
	struct launch launch;
	int result;

	memset(&launch, 0, sizeof(launch));
	result = launch_token(launch.token);
	if (result < 0)
		return result;
	snprintf(variable, sizeof(variable), "%s%s", LAUNCH_VARIABLE, launch.token);
	environment = make_environment(variable);
	if (environment == NULL)
		return -ENOMEM;
	result = spawn(argv, environment, &launch.pid);
	free(environment);
	if (result < 0)
		return result;
	/* The child is ours and not yet waited for, so its pid is its own even if it is dead. */
	process_start_time((uint32_t)launch.pid, &launch.start_time);
	launch.pidfd = (int)syscall(SYS_pidfd_open, launch.pid, 0);
	if (launch.pidfd < 0) {
		result = -errno;
		kill(launch.pid, SIGKILL);
		waitpid(launch.pid, NULL, 0);
		return result;
	}
	*ret_launch = launch;
	return 0;
}

int launch_find(const struct launch *launch, const char *directory, struct plane_view **ret_plane,
		char *error, size_t error_size)
{
	struct plane_file *files;
	size_t count;
	int status = -ENOENT;
	int result = plane_files_list(directory, &files, &count);

	if (result < 0)
		return -ENOENT;
	for (size_t i = 0; i < count; i++) {
		char path[PATH_MAX], text[PATH_MAX + 256];
		struct plane_view *plane;

		if (files[i].id.start_time < launch->start_time)
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", directory, files[i].name) >=
		    (int)sizeof(path))
			continue;
		result = plane_view_open(path, &plane, text, sizeof(text));
		if (result == 0 && strcmp(plane_view_header(plane)->session, launch->token) == 0) {
			*ret_plane = plane;
			status = 0;
			break;
		}
		if (result == 0) {
			plane_view_close(plane);
		} else if (result == PLANE_ENOT_READY) {
			status = PLANE_ENOT_READY;
		} else if (result != -ENOENT && status == -ENOENT &&
			   files[i].id.pid == (uint32_t)launch->pid) {
			status = result;
			snprintf(error, error_size, "%s", text);
		}
	}
	free(files);
	return status;
}

int launch_directory(char *path, size_t size, char *error, size_t error_size)
{
	struct stat stat;

	if (actor_plane_directory(path, size) < 0) {
		snprintf(error, error_size,
			 "the runtime directory's path is too long; set "
			 "LIBACTOR_DIR to a shorter one");
		return -ENAMETOOLONG;
	}
	if (mkdir(path, 0700) < 0 && errno != EEXIST) {
		int status = -errno;

		snprintf(error, error_size,
			 "cannot make the directory %s: %s; set LIBACTOR_DIR to one that can be "
			 "written",
			 path, strerror(-status));
		return status;
	}
	/* What libactor would refuse is refused here, where somebody reads the message. */
	if (lstat(path, &stat) < 0 || !S_ISDIR(stat.st_mode)) {
		snprintf(error, error_size, "%s is not a directory; set LIBACTOR_DIR to one", path);
		return -ENOTDIR;
	}
	if (stat.st_uid != geteuid() && geteuid() != 0) {
		snprintf(error, error_size,
			 "%s belongs to another user; set LIBACTOR_DIR to a directory of your own",
			 path);
		return -EACCES;
	}
	if ((stat.st_mode & 077) != 0) {
		snprintf(error, error_size,
			 "%s is open to other users, so libactor does not use it; chmod 700 %s",
			 path, path);
		return -EACCES;
	}
	return 0;
}
