/* SPDX-License-Identifier: MIT */

/* Moving in the time of a recorded trace. */

#include "view/actions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "term/time.h"
#include "view/view.h"

#define SECOND_NS INT64_C(1000000000)

static void show(struct ui *ui, uint64_t time, uint64_t position)
{
	int status = model_show(&ui->model, time, position);

	if (status < 0)
		ui_say(ui, true, "the trace cannot be read here: %s", strerror(-status));
	ui_refresh(ui);
}

static void seek_by(struct ui *ui, int64_t ns)
{
	uint64_t now;

	if (ui->model.stage == NULL) {
		ui_say(ui, false, "only a trace has times to go to: actor-top -r TRACE");
		return;
	}
	now = stage_now(ui->model.stage);
	show(ui, ns < 0 && (uint64_t)-ns > now ? 0 : now + (uint64_t)ns, UINT64_MAX);
}

static int64_t far(const struct ui *ui)
{
	const struct stage *stage = ui->model.stage;

	return stage != NULL ? (int64_t)((stage_end(stage) - stage_begin(stage)) / 20) : 0;
}

void action_play_back(struct ui *ui)
{
	seek_by(ui, -SECOND_NS);
}

void action_play_on(struct ui *ui)
{
	seek_by(ui, SECOND_NS);
}

void action_play_far_back(struct ui *ui)
{
	seek_by(ui, -far(ui));
}

void action_play_far_on(struct ui *ui)
{
	seek_by(ui, far(ui));
}

void action_go_to(struct ui *ui)
{
	if (ui->model.stage == NULL)
		seek_by(ui, 0);
	else
		prompt_open(&ui->prompt, PROMPT_GO_TO, "");
}

static bool go_to_event(struct ui *ui, const char *text)
{
	unsigned long long position;
	char *end;

	errno = 0;
	position = strtoull(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || text[0] == '-')
		return false;
	ui->paused = true;
	show(ui, 0, position);
	return true;
}

bool actions_go_to(struct ui *ui, const char *text)
{
	int64_t ns;

	if (ui->model.stage == NULL)
		return false;
	if (text[0] == '#')
		return go_to_event(ui, text + 1);
	if (!time_parse(text, &ns))
		return false;
	if (text[0] == '+' || text[0] == '-')
		seek_by(ui, ns);
	else
		show(ui, stage_begin(ui->model.stage) + (uint64_t)ns, UINT64_MAX);
	return true;
}
