/* SPDX-License-Identifier: MIT */
#include "record/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

/* How often it looks for a plane: when one is being set up, and as a fallback for inotify. */
#define FIND_SOON_MS 1
#define FIND_MS      50

/* A program without a plane is asked about after this long. */
#define FIND_HINT_NS UINT64_C(3000000000)

/* Opens the plane of a running process: the first of its systems that is alive. */
int find_running(struct recording *recording, long pid)
{
	struct plane_file *files;
	size_t count;
	char error[PATH_MAX + 256];
	int result = plane_files_list(recording->directory, &files, &count);

	if (result < 0)
		return command_fail(COMMAND_NO_TARGET, recording->name, "cannot read %s: %s",
				    recording->directory, strerror(-result));
	snprintf(error, sizeof(error),
		 "no program with pid %ld has a plane in %s; actor-trace ls lists what can be "
		 "recorded",
		 pid, recording->directory);
	for (size_t i = 0; i < count && recording->plane == NULL; i++) {
		char path[PATH_MAX + 80];
		struct plane_view *plane;

		if (files[i].id.pid != (uint32_t)pid)
			continue;
		snprintf(path, sizeof(path), "%s/%s", recording->directory, files[i].name);
		if (plane_view_open(path, &plane, error, sizeof(error)) < 0)
			continue;
		if (plane_view_life(plane) == PLANE_LIVING) {
			recording->plane = plane;
			continue;
		}
		snprintf(error, sizeof(error),
			 "the program with pid %ld has died; actor-trace salvage %s -o FILE keeps "
			 "what its plane still holds",
			 pid, path);
		plane_view_close(plane);
	}
	free(files);
	if (recording->plane == NULL)
		return command_fail(COMMAND_NO_TARGET, recording->name, "%s", error);
	return 0;
}

static void hint_unlinked(const struct recording *recording, const char *what)
{
	command_fail(0, recording->name,
		     "%s %s: is it linked with libactor, and does it use the directory %s?",
		     recording->options->command[0], what, recording->directory);
}

/*
 * Waits until the child, or one of its children, has a plane. Returns false when it ended without
 * one, or the user gave up.
 */
bool find_launched(struct recording *recording)
{
	char error[PATH_MAX + 256] = "";
	bool hinted = recording->options->quiet;

	for (;;) {
		/* Looked at before the directory: a plane that was made is found then. */
		bool ended = recording->reaped;
		int result = launch_find(&recording->launch, recording->directory,
					 &recording->plane, error, sizeof(error));

		if (result == 0)
			return true;
		if (ended) {
			if (error[0] != '\0')
				command_fail(0, recording->name, "nothing was recorded: %s", error);
			else
				hint_unlinked(recording,
					      "ended and never had a plane; nothing was recorded");
			return false;
		}
		if (recording->signals_taken > 1)
			return false;
		if (!hinted && plane_clock_monotonic() - recording->started_ns > FIND_HINT_NS) {
			hint_unlinked(recording, "runs and has no plane yet; still waiting");
			hinted = true;
		}
		wait_events(recording, result == PLANE_ENOT_READY ? FIND_SOON_MS : FIND_MS);
	}
}
