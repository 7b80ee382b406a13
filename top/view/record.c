/* SPDX-License-Identifier: MIT */
#include "view/record.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attach/subject.h"
#include "model/columns.h"
#include "term/text.h"
#include "view/child.h"

struct recording {
	pid_t pid;
	int errors; /* what the recorder says */
	uint64_t begun_ns;
	char file[128];
	char filter[2048]; /* "": none */
	char said[1024];
	size_t said_length;
};

/* A recording that has not begun; NULL: no memory. */
static struct recording *make(struct ui *ui, const char *kind)
{
	struct recording *recording = calloc(1, sizeof(*recording));
	time_t now = time(NULL);
	char stamp[32] = "";
	struct tm local;

	if (recording == NULL)
		return NULL;
	if (localtime_r(&now, &local) != NULL)
		strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &local);
	snprintf(recording->file, sizeof(recording->file), "%s-%.64s-%s.db", kind,
		 ui->model.target.program, stamp);
	recording->begun_ns = plane_clock_monotonic();
	return recording;
}

/* Owns the recording, and returns it; NULL: it could not be started, and that has been said. */
static struct recording *start(struct ui *ui, struct recording *recording,
			       const char *const *arguments)
{
	if (child_start(ui, arguments, &recording->pid, &recording->errors))
		return recording;
	free(recording);
	return NULL;
}

/* ---- Recording ------------------------------------------------------------------------------- */

static bool filter_of_tags(const struct ui *ui, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "actor in (");

	for (size_t i = 0; i < ui->tag_count && used < size; i++) {
		char pid[32];

		column_pid_text(ui->tags[i], pid, sizeof(pid));
		used += (size_t)snprintf(text + used, size - used, "%s\"%s\"", i > 0 ? ", " : "",
					 pid);
	}
	if (used < size)
		used += (size_t)snprintf(text + used, size - used, ")");
	return ui->tag_count > 0 && used < size;
}

bool record_filter(struct ui *ui, enum record_what what, char *text, size_t size)
{
	struct filter *filter = NULL;
	struct filter_error error;
	bool understood;

	text[0] = '\0';
	if (what == RECORD_ALL)
		return true;
	if (what == RECORD_TAGGED)
		return filter_of_tags(ui, text, size);
	if (ui->filter == NULL)
		return false;
	/* What an actor does at a moment, as busy or mailbox, chooses nobody for a recording. */
	understood = filter_parse(filter_source(ui->filter), &subject_schema, &filter, &error) == 0;
	filter_free(filter);
	return understood && (size_t)snprintf(text, size, "%s", filter_source(ui->filter)) < size;
}

void recording_begin(struct ui *ui, enum record_what what)
{
	struct recording *recording = make(ui, "trace");
	char number[16];
	const char *arguments[9] = {"actor-trace", "record", "-p", number, "-o"};

	if (recording == NULL)
		return;
	snprintf(number, sizeof(number), "%u", plane_view_header(ui->model.target.plane)->pid);
	arguments[5] = recording->file;
	if (!record_filter(ui, what, recording->filter, sizeof(recording->filter))) {
		ui_say(ui, true,
		       "a recording is chosen by actor, name, behaviour and type alone; "
		       "tag actors (Space) instead");
		free(recording);
		return;
	}
	if (recording->filter[0] != '\0') {
		arguments[6] = "--filter";
		arguments[7] = recording->filter;
	}
	ui->recording = start(ui, recording, arguments);
	if (ui->recording != NULL)
		ui_say(ui, false, "records %s into %s; r ends it",
		       what == RECORD_ALL ? "all" : recording->filter, recording->file);
}

void recording_stop(struct ui *ui)
{
	kill(ui->recording->pid, SIGINT);
	ui_say(ui, false, "finishing %s", ui->recording->file);
}

/* ---- The flight recorder --------------------------------------------------------------------- */

void dump_begin(struct ui *ui, double seconds)
{
	const struct target *target = &ui->model.target;
	bool lives = target->life == PLANE_LIVING;
	struct recording *recording = make(ui, lives ? "flight" : "salvaged");
	char number[16], last[32];
	const char *arguments[9] = {"actor-trace", lives ? "snapshot" : "salvage",
				    lives ? number : target->path, "-o"};

	if (recording == NULL)
		return;
	snprintf(number, sizeof(number), "%u", plane_view_header(target->plane)->pid);
	arguments[4] = recording->file;
	if (seconds > 0 && lives) {
		snprintf(last, sizeof(last), "%g", seconds);
		arguments[5] = "--last";
		arguments[6] = last;
	}
	ui->dump = start(ui, recording, arguments);
	if (ui->dump != NULL)
		ui_say(ui, false, "writes %s", recording->file);
}

/* ---- Their end ------------------------------------------------------------------------------- */

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

/* True: it has ended, and that has been said. */
static bool look(struct ui *ui, struct recording *recording)
{
	char safe[UI_MESSAGE];
	int status = 0;

	listen(recording);
	if (waitpid(recording->pid, &status, WNOHANG) == 0)
		return false;
	listen(recording);
	(void)text_safe(last_line(recording), safe, sizeof(safe));
	ui_say(ui, !WIFEXITED(status) || WEXITSTATUS(status) != 0, "%s",
	       safe[0] != '\0' ? safe : "the recording has ended");
	recording_free(recording);
	return true;
}

void recordings_look(struct ui *ui)
{
	if (ui->recording != NULL && look(ui, ui->recording))
		ui->recording = NULL;
	if (ui->dump != NULL && look(ui, ui->dump))
		ui->dump = NULL;
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
