/* SPDX-License-Identifier: MIT */
#include "view/state.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/columns.h"
#include "term/text.h"
#include "view/child.h"

#define LINES_MAX 200

struct state_text {
	uint64_t actor;
	pid_t child; /* 0: it has ended */
	int output;
	char raw[32768];
	size_t length;
	char lines[LINES_MAX][160]; /* made safe */
	size_t count;
};

struct state_text *state_end(struct state_text *state)
{
	if (state == NULL)
		return NULL;
	if (state->child != 0) {
		kill(state->child, SIGKILL);
		while (waitpid(state->child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(state->output);
	free(state);
	return NULL;
}

void state_begin(struct ui *ui, uint64_t pid)
{
	struct state_text *state = calloc(1, sizeof(*state));
	char process[16], actor[32];
	const char *arguments[] = {"actor-trace", "state", process, actor, NULL};

	ui->state = state_end(ui->state);
	if (state == NULL)
		return;
	snprintf(process, sizeof(process), "%u", plane_view_header(ui->model.target.plane)->pid);
	column_pid_text(pid, actor, sizeof(actor));
	state->actor = pid;
	snprintf(state->lines[0], sizeof(state->lines[0]), "is being read");
	state->count = 1;
	if (!child_start(ui, arguments, &state->child, &state->output)) {
		free(state);
		return;
	}
	ui->state = state;
}

/* The raw text as lines: a whole one each, cut where it is too long. */
static void cut(struct state_text *state)
{
	char *line = state->raw;

	state->raw[state->length] = '\0';
	state->count = 0;
	while (line[0] != '\0' && state->count < LINES_MAX) {
		size_t length = strcspn(line, "\n");
		bool last = line[length] == '\0';

		line[length] = '\0';
		(void)text_safe(line, state->lines[state->count++], sizeof(state->lines[0]));
		if (last)
			break;
		line += length + 1;
	}
}

void state_look(struct ui *ui)
{
	struct state_text *state = ui->state;
	char rest[512];
	ssize_t got;

	if (state == NULL || state->child == 0)
		return;
	while ((got = read(state->output, rest, sizeof(rest))) > 0) {
		size_t room = sizeof(state->raw) - 1 - state->length;
		size_t taken = (size_t)got < room ? (size_t)got : room;

		memcpy(state->raw + state->length, rest, taken);
		state->length += taken;
	}
	/* The end of the pipe: all has been said. */
	if (got != 0 || waitpid(state->child, NULL, 0) < 0)
		return;
	state->child = 0;
	cut(state);
}

const char *state_line(const struct ui *ui, uint64_t pid, size_t line)
{
	const struct state_text *state = ui->state;

	return state != NULL && state->actor == pid && line < state->count ? state->lines[line]
									   : NULL;
}
