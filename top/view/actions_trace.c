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

static bool has_trace(struct ui *ui)
{
	if (ui->model.stage == NULL)
		ui_say(ui, false, "only a trace has times to go to: actor-top -r TRACE");
	return ui->model.stage != NULL;
}

static void seek_by(struct ui *ui, int64_t ns)
{
	uint64_t now;

	if (!has_trace(ui))
		return;
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

void action_event_back(struct ui *ui)
{
	if (!has_trace(ui) || stage_position(ui->model.stage) == 0)
		return;
	ui->paused = true;
	show(ui, 0, stage_position(ui->model.stage) - 1);
}

void action_event_on(struct ui *ui)
{
	if (!has_trace(ui) || stage_position(ui->model.stage) == stage_events(ui->model.stage))
		return;
	ui->paused = true;
	show(ui, 0, stage_position(ui->model.stage) + 1);
}

/* ---- Marks ----------------------------------------------------------------------------------- */

struct nearest {
	uint64_t now;
	bool back;
	bool found;
	struct mark mark;
};

static void nearer(void *user, const struct mark *mark)
{
	struct nearest *nearest = user;

	if (nearest->back ? mark->from >= nearest->now : mark->from <= nearest->now)
		return;
	if (!nearest->found ||
	    (nearest->back ? mark->from > nearest->mark.from : mark->from < nearest->mark.from))
		nearest->mark = *mark;
	nearest->found = true;
}

static void go_to_mark(struct ui *ui, bool back)
{
	struct nearest nearest = {.back = back};
	bool done = true;

	if (!has_trace(ui))
		return;
	nearest.now = stage_now(ui->model.stage);
	if (ui->model.marks != NULL)
		marks_each(ui->model.marks, nearer, &nearest, &done);
	if (!nearest.found) {
		ui_say(ui, false, "nothing stands out %s%s", back ? "before this" : "behind this",
		       done ? "" : " so far; the trace is still being looked through");
		return;
	}
	ui->paused = true;
	show(ui, nearest.mark.from, UINT64_MAX);
	ui_say(ui, nearest.mark.level == LINT_URGENT, "%c %s", nearest.mark.letter,
	       nearest.mark.text);
}

void action_mark_back(struct ui *ui)
{
	go_to_mark(ui, true);
}

void action_mark_on(struct ui *ui)
{
	go_to_mark(ui, false);
}

/* ---- A place that is typed ------------------------------------------------------------------- */

void action_go_to(struct ui *ui)
{
	if (has_trace(ui))
		prompt_open(&ui->prompt, PROMPT_GO_TO, "");
}

/* "#18422" or, as actor-replay debug has it, "@18422": an event; "t4711": a turn. */
static bool go_to_number(struct ui *ui, const char *text)
{
	unsigned long long number;
	char *end;
	int status = 0;

	errno = 0;
	number = strtoull(text + 1, &end, 10);
	if (end == text + 1 || *end != '\0' || errno != 0 || text[1] == '-')
		return false;
	ui->paused = true;
	if (text[0] == 't')
		status = stage_seek_turn(ui->model.stage, number);
	show(ui, 0, text[0] == 't' && status >= 0 ? stage_position(ui->model.stage) : number);
	return true;
}

bool actions_go_to(struct ui *ui, const char *text)
{
	int64_t ns;

	if (ui->model.stage == NULL)
		return false;
	if (text[0] == '#' || text[0] == '@' || text[0] == 't')
		return go_to_number(ui, text);
	if (!time_parse(text, &ns))
		return false;
	if (text[0] == '+' || text[0] == '-')
		seek_by(ui, ns);
	else
		show(ui, STAGE_BASE + (uint64_t)ns, UINT64_MAX);
	return true;
}
