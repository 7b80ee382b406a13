/* SPDX-License-Identifier: MIT */
#include "view/record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "term/text.h"

extern char **environ;

struct recording {
	pid_t pid;
	int errors; /* what the recorder says */
	uint64_t begun_ns;
	char file[128];
	char said[1024];
	size_t said_length;
};

/* Where actor-trace is: beside this program, where the build puts it, or in PATH. */
static void find_recorder(char *path, size_t size)
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

static int spawn(struct recording *recording, const char *program, unsigned pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char number[16];
	const char *arguments[] = {"actor-trace", "record",        "-p", number,
				   "-o",          recording->file, NULL};
	sigset_t none;
	int ends[2], status;

	snprintf(number, sizeof(number), "%u", pid);
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
	status = posix_spawnp(&recording->pid, program, &actions, &attributes,
			      (char *const *)arguments, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (status != 0) {
		close(ends[0]);
		return -status;
	}
	recording->errors = ends[0];
	return 0;
}

void recording_begin(struct ui *ui)
{
	struct recording *recording;
	char program[PATH_MAX], stamp[32] = "";
	time_t now = time(NULL);
	struct tm local;
	int status;

	if (ui->model.target.plane == NULL || ui->model.stage != NULL ||
	    ui->model.target.life != PLANE_LIVING) {
		ui_say(ui, true, "there is no running program to record");
		return;
	}
	recording = calloc(1, sizeof(*recording));
	if (recording == NULL)
		return;
	if (localtime_r(&now, &local) != NULL)
		strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &local);
	snprintf(recording->file, sizeof(recording->file), "trace-%.64s-%s.db",
		 ui->model.target.program, stamp);
	recording->begun_ns = plane_clock_monotonic();
	find_recorder(program, sizeof(program));
	status = spawn(recording, program, plane_view_header(ui->model.target.plane)->pid);
	if (status < 0) {
		ui_say(ui, true, "cannot start %s: %s; is it installed?", program,
		       strerror(-status));
		free(recording);
		return;
	}
	ui->recording = recording;
	ui_say(ui, false, "records into %s; r ends it", recording->file);
}

void recording_stop(struct ui *ui)
{
	kill(ui->recording->pid, SIGINT);
	ui_say(ui, false, "finishing %s", ui->recording->file);
}

/* What the recorder has said; the last line is what it ends with. */
static void listen(struct recording *recording)
{
	char text[512];
	ssize_t got;

	while ((got = read(recording->errors, text, sizeof(text))) > 0) {
		size_t room = sizeof(recording->said) - 1;

		if (recording->said_length + (size_t)got > room)
			recording->said_length = 0;
		memcpy(recording->said + recording->said_length, text, (size_t)got);
		recording->said_length += (size_t)got;
		recording->said[recording->said_length] = '\0';
	}
}

static const char *last_line(struct recording *recording)
{
	char *line;

	while (recording->said_length > 0 && recording->said[recording->said_length - 1] == '\n')
		recording->said[--recording->said_length] = '\0';
	line = strrchr(recording->said, '\n');
	return line != NULL ? line + 1 : recording->said;
}

static void recording_free(struct recording *recording)
{
	close(recording->errors);
	free(recording);
}

void recording_look(struct ui *ui)
{
	struct recording *recording = ui->recording;
	char safe[UI_MESSAGE];
	int status = 0;

	listen(recording);
	if (waitpid(recording->pid, &status, WNOHANG) == 0)
		return;
	listen(recording);
	(void)text_safe(last_line(recording), safe, sizeof(safe));
	ui_say(ui, !WIFEXITED(status) || WEXITSTATUS(status) != 0, "%s",
	       safe[0] != '\0' ? safe : "the recording has ended");
	recording_free(recording);
	ui->recording = NULL;
}

void recording_text(const struct recording *recording, char *text, size_t size)
{
	uint64_t seconds = (plane_clock_monotonic() - recording->begun_ns) / UINT64_C(1000000000);

	snprintf(text, size, "REC %llu:%02llu %s", (unsigned long long)(seconds / 60),
		 (unsigned long long)(seconds % 60), recording->file);
}

struct recording *recording_end(struct recording *recording)
{
	if (recording == NULL)
		return NULL;
	kill(recording->pid, SIGINT);
	while (waitpid(recording->pid, NULL, 0) < 0 && errno == EINTR)
		;
	recording_free(recording);
	return NULL;
}
