/* SPDX-License-Identifier: MIT */

/* The lines above the list: who is watched, how busy it is, what is lost. */

#include "view/view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "view/format.h"
#include "view/record.h"

/* Narrower or lower than this, the header is two lines. */
#define ROOMY_WIDTH  76
#define ROOMY_HEIGHT 20

/* ---- Pieces ---------------------------------------------------------------------------------- */

void spark_draw(struct cells *cells, int x, int y, int width, const double *values, int count,
		double most)
{
	for (int i = 0; i < width; i++) {
		int at = count - width + i;
		double value = at >= 0 ? values[at] : NAN;

		cells_put(cells, x + i, y, STYLE_BAR,
			  cells_spark(cells, isnan(value) ? NAN
					     : most > 0   ? value / most
							  : 0));
	}
}

/* The last minute of one of the meters. */
static void spark_meter(const struct ui *ui, struct cells *cells, int x, int y, int width,
			enum meters_kept kept, double least)
{
	const struct meters_history *history = &ui->model.meters.kept[kept];
	double values[METERS_SECONDS], most = least;

	for (int i = 0; i < METERS_SECONDS; i++) {
		values[i] = meters_history_at(history, (uint32_t)(METERS_SECONDS - 1 - i));
		if (!isnan(values[i]) && values[i] > most)
			most = values[i];
	}
	spark_draw(cells, x, y, width < METERS_SECONDS ? width : METERS_SECONDS, values,
		   METERS_SECONDS, most);
}

/* "label [||||    38%]"; returns the columns. */
static int bar_draw(struct cells *cells, int x, int y, int width, double share)
{
	char text[FORMAT_SIZE], label[FORMAT_SIZE + 2];
	int inside = width - 2, full;

	snprintf(label, sizeof(label), "%s%%", format_share(share, text));
	full = isnan(share) ? 0 : (int)lround(fmin(share, 1) * inside);
	cells_put(cells, x, y, STYLE_LABEL, '[');
	for (int i = 0; i < full; i++)
		cells_put(cells, x + 1 + i, y, share > 0.85 ? STYLE_BAD : STYLE_BAR, '|');
	cells_right(cells, x + 1, y, inside, STYLE_NORMAL, label);
	cells_put(cells, x + width - 1, y, STYLE_LABEL, ']');
	return width;
}

/* "label value", two blanks after it; returns the column that follows. */
static int pair(struct cells *cells, int x, int y, const char *label, enum style style,
		const char *value)
{
	if (x + cells_width(label) + 1 + cells_width(value) > cells->width)
		return x;
	x += cells_print(cells, x, y, STYLE_LABEL, "%s ", label);
	x += cells_text(cells, x, y, cells->width - x, style, value);
	return x + 2;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static const char *state_text(const struct ui *ui, enum style *ret_style)
{
	if (ui->model.stage != NULL) {
		*ret_style = ui->paused ? STYLE_WARN : STYLE_GOOD;
		return ui->paused ? "REPLAY paused" : "REPLAY";
	}
	*ret_style = STYLE_BAD;
	if (plane_view_damaged(ui->model.target.plane))
		return "DAMAGED";
	if (ui->model.target.life == PLANE_DEAD)
		return "KILLED";
	if (ui->model.target.life == PLANE_ENDED)
		return "ENDED";
	*ret_style = ui->paused ? STYLE_WARN : STYLE_GOOD;
	return ui->paused ? "PAUSED" : "LIVE";
}

static void draw_right(const struct ui *ui, struct cells *cells, int left)
{
	char text[192] = "", clock[16] = "", recording[160] = "";
	time_t now = time(NULL);
	enum style style = STYLE_DIM;
	struct tm local;

	if (localtime_r(&now, &local) != NULL)
		strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	if (ui->recording != NULL)
		recording_text(ui->recording, recording, sizeof(recording));
	else if (ui->model.meters.recorder != 0)
		snprintf(recording, sizeof(recording), "recorded by %u", ui->model.meters.recorder);
	if (recording[0] != '\0')
		style = STYLE_WARN;
	snprintf(text, sizeof(text), "%s%s%s", recording, recording[0] != '\0' ? "  " : "", clock);
	if (left + 1 + cells_width(text) > cells->width)
		snprintf(text, sizeof(text), "%s", recording);
	if (text[0] != '\0')
		cells_right(cells, left + 1, 0, cells->width - left - 1, style, text);
}

/* Where in the trace it stands: state after that event. */
static void draw_replay(const struct ui *ui, struct cells *cells)
{
	const struct stage *stage = ui->model.stage;
	enum style style;
	const char *state = state_text(ui, &style);
	int x = 0;

	x += cells_print(cells, x, 0, STYLE_STRONG, "%.40s ", ui->model.target.program);
	x += cells_print(cells, x, 0, style, "%s ", state);
	/* Of the session, as dump, check and the debugger count it: a recorder may come late. */
	x += cells_print(cells, x, 0, STYLE_NORMAL, "%.3f of %.3f s ",
			 ((double)stage_now(stage) - (double)STAGE_BASE) / 1e9,
			 ((double)stage_end(stage) - (double)STAGE_BASE) / 1e9);
	x += cells_print(cells, x, 0, STYLE_LABEL, "event %llu of %llu",
			 (unsigned long long)stage_position(stage),
			 (unsigned long long)stage_events(stage));
	if (x + 24 <= cells->width)
		(void)cells_print(cells, x, 0, STYLE_LABEL, " turn %llu",
				  (unsigned long long)stage_turns(stage));
}

static void draw_identity(const struct ui *ui, struct cells *cells)
{
	const struct actor_plane_header *header = plane_view_header(ui->model.target.plane);
	uint64_t until = ui->model.target.ended_ns != 0 ? ui->model.target.ended_ns
							: plane_clock_monotonic();
	uint64_t seconds = (until - header->monotonic_start_ns) / UINT64_C(1000000000);
	char delay[FORMAT_SIZE];
	enum style style;
	const char *state = state_text(ui, &style);
	int x = 0;

	if (ui->model.stage != NULL) {
		draw_replay(ui, cells);
		return;
	}
	x += cells_print(cells, x, 0, STYLE_STRONG, "%.40s", ui->model.target.program);
	x += cells_print(cells, x, 0, STYLE_NORMAL, "(%u) ", header->pid);
	if (cells->width >= 60)
		x += cells_print(cells, x, 0, STYLE_LABEL, "up %llu:%02llu:%02llu ",
				 (unsigned long long)(seconds / 3600),
				 (unsigned long long)(seconds / 60 % 60),
				 (unsigned long long)(seconds % 60));
	x += cells_print(cells, x, 0, style, "%s ", state);
	x += cells_print(cells, x, 0, STYLE_LABEL, "%s ",
			 format_ns((double)ui->model.wish.interval_ns, delay));
	if (cells->width >= 70)
		x += cells_text(cells, x, 0, cells->width - x, STYLE_LABEL,
				ui->model.sampling                          ? "sampled "
				: ui->model.target.level == TARGET_EVENTS   ? "events "
				: ui->model.target.level == TARGET_COUNTERS ? "counters "
									    : "no lease ");
	draw_right(ui, cells, x);
}

static void draw_schedulers(const struct ui *ui, struct cells *cells, int y)
{
	const struct meters *meters = &ui->model.meters;
	int count = (int)meters->scheduler_count, room = cells->width - 34, x = 0;
	char text[FORMAT_SIZE + 8];

	x += cells_print(cells, x, y, STYLE_LABEL, "sched ");
	if (count > 0 && count <= 16 && room / count >= 12) {
		int width = room / count - 1 < 24 ? room / count - 1 : 24;

		for (int i = 0; i < count; i++)
			x += bar_draw(cells, x, y, width, meters->threads[i].busy) + 1;
	} else {
		x += bar_draw(cells, x, y, room > 30 ? 30 : room, meters->busy) + 1;
	}
	snprintf(text, sizeof(text), "x%d", count);
	x += cells_text(cells, x, y, cells->width - x, STYLE_LABEL, text) + 2;
	x = pair(cells, x, y, "runq",
		 meters->ready > 10 * meters->scheduler_count ? STYLE_WARN : STYLE_NORMAL,
		 format_count(meters->ready, text));
	snprintf(text, sizeof(text), "%llu", (unsigned long long)meters->lost);
	(void)pair(cells, x, y, "lost", meters->lost_rate > 0 ? STYLE_BAD : STYLE_NORMAL, text);
}

static void draw_messages(const struct ui *ui, struct cells *cells, int y)
{
	const struct meters *meters = &ui->model.meters;
	char text[FORMAT_SIZE];
	int x = 0;

	x += cells_print(cells, x, y, STYLE_LABEL, "msgs  ");
	x += cells_print(cells, x, y, STYLE_STRONG, "%6s/s ",
			 format_rate(meters->messages_rate, text));
	spark_meter(ui, cells, x, y, cells->width - x > 60 ? 60 : cells->width - x - 1,
		    METERS_MESSAGES, 1);
	if (cells->width - x >= 110) {
		x += 62;
		x += cells_print(cells, x, y, STYLE_LABEL, "busy ");
		spark_meter(ui, cells, x, y, cells->width - x - 1, METERS_BUSY, 1);
	}
}

static void draw_actors(const struct ui *ui, struct cells *cells, int y)
{
	static const enum row_state shown[] = {ROW_STATE_RUNNING, ROW_STATE_READY,
					       ROW_STATE_CALLING, ROW_STATE_IDLE,
					       ROW_STATE_SUSPENDED};
	const struct table_sums *sums = &table_found(&ui->model.table)->sums;
	char a[FORMAT_SIZE], b[FORMAT_SIZE], text[64];
	int x = 0;

	snprintf(text, sizeof(text), "%llu", (unsigned long long)sums->actors);
	x = pair(cells, x, y, "actors", STYLE_STRONG, text);
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (sums->states[shown[i]] == 0 && shown[i] == ROW_STATE_SUSPENDED)
			continue;
		x = pair(cells, x, y, row_state_word(shown[i]),
			 shown[i] == ROW_STATE_CALLING && sums->states[shown[i]] > 0 ? STYLE_WARN
										     : STYLE_NORMAL,
			 format_count((double)sums->states[shown[i]], a));
	}
	snprintf(text, sizeof(text), "+%s -%s/s", format_rate(sums->born_rate, a),
		 format_rate(sums->died_rate, b));
	x = pair(cells, x, y, "born/died", STYLE_NORMAL, text);
	(void)x;
}

static void draw_memory(const struct ui *ui, struct cells *cells, int y)
{
	const struct table_sums *sums = &table_found(&ui->model.table)->sums;
	char number[FORMAT_SIZE], name[NAMES_TEXT], text[NAMES_TEXT + FORMAT_SIZE + 4];
	int x = 0;

	/* Events do not tell sizes of memory. */
	if (ui->model.stage == NULL)
		x = pair(cells, x, y, "memory", STYLE_NORMAL,
			 format_bytes((double)sums->memory, number));
	x = pair(cells, x, y, "mailboxes", STYLE_NORMAL,
		 format_count((double)sums->mailbox, number));
	if (sums->mailbox_max > 0) {
		names_pid(&ui->model.names, sums->mailbox_max_pid, name, sizeof(name));
		snprintf(text, sizeof(text), "%s %s",
			 format_count((double)sums->mailbox_max, number), name);
		x = pair(cells, x, y, "longest",
			 sums->mailbox_max >= 10000  ? STYLE_BAD
			 : sums->mailbox_max >= 1000 ? STYLE_WARN
						     : STYLE_NORMAL,
			 text);
	}
	(void)x;
}

/* What is unusual about the screen itself. */
static bool draw_conditions(const struct ui *ui, struct cells *cells, int y)
{
	char text[640];
	int x = 0;

	if (ui->filter != NULL) {
		snprintf(text, sizeof(text), "%s (%llu)", filter_source(ui->filter),
			 (unsigned long long)table_found(&ui->model.table)->sums.matching);
		x += cells_print(cells, x, y, STYLE_LABEL, "filter ");
		x += cells_text(cells, x, y, cells->width - x, STYLE_WARN, text) + 2;
	}
	if (ui->model.wish.frozen)
		x += cells_print(cells, x, y, STYLE_WARN, "order frozen") + 2;
	if (ui->tag_count > 0)
		x += cells_print(cells, x, y, STYLE_TAGGED, "%zu tagged", ui->tag_count) + 2;
	return x > 0;
}

int header_draw(const struct ui *ui, struct cells *cells)
{
	bool roomy = cells->width >= ROOMY_WIDTH && cells->height >= ROOMY_HEIGHT;
	int y = 1;

	if (ui->model.target.plane == NULL) {
		cells_text(cells, 0, 0, cells->width, STYLE_STRONG, "actor-top");
		return 1;
	}
	draw_identity(ui, cells);
	if (ui->meters && roomy) {
		draw_schedulers(ui, cells, y++);
		draw_messages(ui, cells, y++);
		draw_actors(ui, cells, y++);
		draw_memory(ui, cells, y++);
	} else if (ui->meters) {
		char rate[FORMAT_SIZE], busy[FORMAT_SIZE], actors[FORMAT_SIZE], lost[FORMAT_SIZE];
		int x = 0;

		x = pair(cells, x, y, "busy%", STYLE_NORMAL,
			 format_share(ui->model.meters.busy, busy));
		x = pair(cells, x, y, "msgs/s", STYLE_NORMAL,
			 format_rate(ui->model.meters.messages_rate, rate));
		x = pair(cells, x, y, "actors", STYLE_NORMAL,
			 format_count((double)table_found(&ui->model.table)->sums.actors, actors));
		(void)pair(cells, x, y++, "lost",
			   ui->model.meters.lost_rate > 0 ? STYLE_BAD : STYLE_NORMAL,
			   format_count((double)ui->model.meters.lost, lost));
	}
	if (ui->model.stage != NULL)
		timeline_draw(ui, cells, y++);
	if (ui->model.stage != NULL && cells->height >= ROOMY_HEIGHT)
		timeline_draw_marks(ui, cells, y++);
	if (draw_conditions(ui, cells, y))
		y++;
	return y;
}
