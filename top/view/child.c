/* SPDX-License-Identifier: MIT */
#include "view/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* Where actor-trace is: beside this program, where the build puts it, or in PATH. */
static void find_program(char *path, size_t size)
{
	static const char *const places[] = {"actor-trace", "../tracer/actor-trace"};
	char own[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);

	own[length > 0 ? length : 0] = '\0';
	for (size_t i = 0; i < 2; i++) {
		char *slash = strrchr(own, '/');

		if (slash == NULL)
			break;
		if (snprintf(path, size, "%.*s/%s", (int)(slash - own), own, places[i]) <
			    (int)size &&
		    access(path, X_OK) == 0)
			return;
	}
	snprintf(path, size, "actor-trace");
}

/* With that program's name as the first of `arguments`, which a NULL ends. */
static int spawn(const char *program, const char *const *arguments, pid_t *ret_pid, int *ret_output)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
	posix_spawnattr_init(&attributes);
	/* Ctrl-C is for the viewer, which then ends the recording in good order. */
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setpgroup(&attributes, 0);
	status = posix_spawnp(ret_pid, program, &actions, &attributes,
			      (char *const *)(uintptr_t)arguments, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (status != 0) {
		close(ends[0]);
		return -status;
	}
	*ret_output = ends[0];
	return 0;
}

bool child_start(struct ui *ui, const char *const *arguments, pid_t *ret_pid, int *ret_output)
{
	char program[PATH_MAX];
	int status;

	find_program(program, sizeof(program));
	status = spawn(program, arguments, ret_pid, ret_output);
	if (status < 0)
		ui_say(ui, true, "cannot start %s: %s; is it installed?", program,
		       strerror(-status));
	return status == 0;
}
