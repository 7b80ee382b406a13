/* SPDX-License-Identifier: MIT */

/* Time, and the program that is watched. */

#include "view/actions.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actor/plane_path.h>

#include "term/text.h"
#include "view/format.h"
#include "view/record.h"
#include "view/state.h"
#include "view/view.h"

#define INTERVAL_LEAST_NS    UINT64_C(100000000)
#define INTERVAL_GREATEST_NS UINT64_C(60000000000)

/* ---- Time ------------------------------------------------------------------------------------ */

void action_pause(struct ui *ui)
{
	ui->paused = !ui->paused;
}

void actions_set_interval(struct ui *ui, uint64_t ns)
{
	char text[FORMAT_SIZE];

	ns = ns < INTERVAL_LEAST_NS      ? INTERVAL_LEAST_NS
	     : ns > INTERVAL_GREATEST_NS ? INTERVAL_GREATEST_NS
					 : ns;
	ui->model.wish.interval_ns = ns;
	ui->unsaved = true;
	ui_say(ui, false, "looks every %s", format_ns((double)ns, text));
}

void action_slower(struct ui *ui)
{
	actions_set_interval(ui, ui->model.wish.interval_ns * 2);
}

void action_faster(struct ui *ui)
{
	actions_set_interval(ui, ui->model.wish.interval_ns / 2);
}

void action_delay(struct ui *ui)
{
	char text[32];

	snprintf(text, sizeof(text), "%g", (double)ui->model.wish.interval_ns / 1e9);
	prompt_open(&ui->prompt, PROMPT_DELAY, text);
}

/* ---- Program --------------------------------------------------------------------------------- */

void action_events(struct ui *ui)
{
	ui->model.wish.events = !ui->model.wish.events;
	ui_say(ui, false,
	       ui->model.wish.events ? "events are asked for, whatever they cost the program"
				     : "events only where they cost the program next to nothing");
}

/* False: nothing runs here, and that has been said. */
static bool has_program(struct ui *ui)
{
	bool has = ui->model.target.plane != NULL && ui->model.stage == NULL;

	if (!has)
		ui_say(ui, true, "there is no running program to record");
	return has;
}

/* Where there is a choice, it is given. */
static void choose_what(struct ui *ui)
{
	char text[sizeof(ui->menu.items->text)];

	menu_open(&ui->menu, MENU_RECORD, "Record", "Enter begins, Esc leaves");
	(void)menu_add(&ui->menu, RECORD_ALL, "all actors");
	if (ui->filter != NULL) {
		snprintf(text, sizeof(text), "the filter: %.120s", filter_source(ui->filter));
		(void)menu_add(&ui->menu, RECORD_FILTER, text);
	}
	if (ui->tag_count > 0) {
		snprintf(text, sizeof(text), "the %zu tagged", ui->tag_count);
		(void)menu_add(&ui->menu, RECORD_TAGGED, text);
	}
}

void action_record(struct ui *ui)
{
	if (ui->recording != NULL)
		recording_stop(ui);
	else if (!has_program(ui))
		return;
	else if (ui->model.target.life != PLANE_LIVING)
		ui_say(ui, true,
		       "the program does not run any more; D writes what its plane holds");
	else if (ui->filter != NULL || ui->tag_count > 0)
		choose_what(ui);
	else
		recording_begin(ui, RECORD_ALL);
}

void action_dump(struct ui *ui)
{
	if (ui->dump != NULL)
		ui_say(ui, false, "a dump is being written");
	else if (!has_program(ui))
		return;
	else if (ui->model.target.life == PLANE_LIVING)
		prompt_open(&ui->prompt, PROMPT_DUMP, "");
	else
		dump_begin(ui, 0);
}

void action_state(struct ui *ui)
{
	uint64_t pid = ui_selected_pid(ui);

	if (pid == 0) {
		ui_say(ui, false, "this line is about no single actor");
	} else if (ui->model.stage != NULL) {
		ui_say(ui, false,
		       "a trace holds no states; actor-replay debug TRACE runs it again");
	} else if (ui->model.target.life != PLANE_LIVING) {
		ui_say(ui, false, "the program does not run any more, its states are gone");
	} else {
		state_begin(ui, pid);
		ui->detail = true;
		ui->detail_place = (struct ui_place){0};
	}
}

void action_heir(struct ui *ui)
{
	char path[sizeof(ui->model.target.heir_path)];

	if (ui->model.target.plane == NULL || ui->model.target.heir == 0) {
		ui_say(ui, false, "the program has not been started again");
		return;
	}
	memcpy(path, ui->model.target.heir_path, sizeof(path));
	if (ui_open(ui, path) == 0)
		ui_tick(ui);
}

size_t actions_choose_process(struct ui *ui)
{
	struct plane_summary *summary = malloc(sizeof(*summary));
	struct plane_file *files = NULL;
	char directory[PATH_MAX];
	size_t count = 0, living = 0;

	menu_open(&ui->menu, MENU_PROCESSES, "Programs", "Enter watches it, Esc leaves");
	if (summary == NULL || actor_plane_directory(directory, sizeof(directory)) < 0 ||
	    plane_files_list(directory, &files, &count) < 0)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		char program[256], text[400];
		const char *base;

		plane_look(directory, &files[i], summary);
		if (summary->refusal[0] != '\0')
			continue;
		base = strrchr(summary->program, '/');
		(void)text_safe(base != NULL ? base + 1 : summary->program, program,
				sizeof(program));
		snprintf(text, sizeof(text), "%7u  %-20s %9u actors%s", summary->id.pid, program,
			 summary->actors,
			 summary->life == PLANE_LIVING  ? ""
			 : summary->life == PLANE_ENDED ? ", ended"
							: ", dead");
		if (menu_add(&ui->menu, i, text) == NULL)
			break;
		living += summary->life == PLANE_LIVING;
	}
	free(files);
	free(summary);
	if (ui->menu.count == 0) {
		menu_close(&ui->menu);
		ui_say(ui, true, "no program has a plane in %s", directory);
	}
	return living;
}

void action_processes(struct ui *ui)
{
	(void)actions_choose_process(ui);
}

/* By the pid in its line: the list of files may have changed meanwhile. */
void actions_choose(struct ui *ui, const struct menu_item *item)
{
	char path[PATH_MAX + 80], error[512];
	unsigned pid = (unsigned)strtoul(item->text, NULL, 10);

	if (target_find(pid, path, sizeof(path), error, sizeof(error)) < 0) {
		ui_say(ui, true, "%s", error);
		return;
	}
	if (ui_open(ui, path) == 0)
		ui_tick(ui);
}
