/* SPDX-License-Identifier: MIT */

/*
 * Messages as they are handled, the newest below. Enter on one shows its chain: the message that
 * began it all, and what every turn has sent on.
 */

#include "view/kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/format.h"

#define CHAIN_STEPS 64

static const struct traffic_message *message_of(const struct ui *ui, size_t line)
{
	return traffic_message(ui->model.traffic, ui->views->trace[line]);
}

/* ---- All ------------------------------------------------------------------------------------- */

static bool is_of(const struct ui *ui, const struct traffic_message *message)
{
	const struct views *kept = ui->views;
	const struct names *names = &ui->model.names;

	if (kept->trace_pid != 0)
		return message->from == kept->trace_pid || message->to == kept->trace_pid;
	if (kept->trace_edge != 0)
		return message->tag == kept->trace_tag &&
		       names_pid_behaviour(names, message->to) == kept->trace_to &&
		       names_pid_behaviour(names, message->from) == kept->trace_from;
	if (ui->tag_count > 0)
		return ui_is_tagged(ui, message->from) || ui_is_tagged(ui, message->to);
	return true;
}

static int compare_taken(const void *left, const void *right, void *argument)
{
	const struct traffic *traffic = argument;
	const struct traffic_message *a = traffic_message(traffic, *(const uint64_t *)left);
	const struct traffic_message *b = traffic_message(traffic, *(const uint64_t *)right);

	if (a->taken != b->taken)
		return a->taken < b->taken ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

static void collect_all(struct ui *ui)
{
	const struct traffic *traffic = ui->model.traffic;
	struct views *kept = ui->views;

	for (uint64_t number = traffic_newest(traffic);
	     number > 0 && kept->trace_count < TRACE_LINES_MAX; number--) {
		const struct traffic_message *message = traffic_message(traffic, number);

		if (message == NULL)
			break;
		if (message->taken == 0 || message->tag == 0 || !is_of(ui, message))
			continue;
		kept->trace_depth[kept->trace_count] = 0;
		kept->trace[kept->trace_count++] = number;
	}
	qsort_r(kept->trace, kept->trace_count, sizeof(kept->trace[0]), compare_taken,
		(void *)traffic);
}

/* ---- A chain --------------------------------------------------------------------------------- */

static uint64_t root_of(const struct traffic *traffic, uint64_t number)
{
	const struct traffic_message *message = traffic_message(traffic, number);

	for (int i = 0; i < CHAIN_STEPS && message != NULL; i++) {
		const struct traffic_message *cause = traffic_message(traffic, message->cause);

		if (cause == NULL)
			break;
		message = cause;
	}
	return message != NULL ? message->number : number;
}

/* Depth of a message below the root, -1: it is not below it. */
static int depth_below(const struct traffic *traffic, const struct traffic_message *message,
		       uint64_t root)
{
	for (int depth = 0; depth < CHAIN_STEPS && message != NULL; depth++) {
		if (message->number == root)
			return depth;
		message = traffic_message(traffic, message->cause);
	}
	return -1;
}

static void collect_chain(struct ui *ui)
{
	const struct traffic *traffic = ui->model.traffic;
	struct views *kept = ui->views;
	uint64_t root = root_of(traffic, kept->ladder), newest = traffic_newest(traffic);

	for (uint64_t number = root; number <= newest && kept->trace_count < TRACE_LINES_MAX;
	     number++) {
		const struct traffic_message *message = traffic_message(traffic, number);

		if (message != NULL && message->taken != 0 &&
		    depth_below(traffic, message, root) >= 0)
			kept->trace[kept->trace_count++] = number;
	}
	qsort_r(kept->trace, kept->trace_count, sizeof(kept->trace[0]), compare_taken,
		(void *)traffic);
	for (size_t i = 0; i < kept->trace_count; i++)
		kept->trace_depth[i] = (uint8_t)depth_below(
			traffic, traffic_message(traffic, kept->trace[i]), root);
}

static void trace_prepare(struct ui *ui)
{
	struct ui_place *place = &ui->places[VIEW_TRACE];

	ui->views->trace_count = 0;
	if (ui->model.traffic == NULL)
		return;
	if (ui->views->ladder != 0)
		collect_chain(ui);
	else
		collect_all(ui);
	/* Until a line is chosen, the newest is in sight. */
	if (!place->follows && ui->views->trace_count > 0)
		place->index = ui->views->trace_count - 1;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static size_t trace_count(const struct ui *ui)
{
	return ui->views->trace_count;
}

static uint64_t trace_id(const struct ui *ui, size_t line)
{
	return ui->views->trace[line];
}

static uint64_t trace_pid(const struct ui *ui, size_t line)
{
	const struct traffic_message *message = message_of(ui, line);

	return message != NULL ? message->to : 0;
}

static void trace_text(const struct ui *ui, size_t line, char *text, size_t size)
{
	const struct traffic_message *message = message_of(ui, line);
	char from[NAMES_TEXT], to[NAMES_TEXT];

	if (message == NULL)
		return;
	names_pid(&ui->model.names, message->from, from, sizeof(from));
	names_pid(&ui->model.names, message->to, to, sizeof(to));
	snprintf(text, size, "%s %s %s", from, to, names_type(&ui->model.names, message->tag));
}

static void trace_head(const struct ui *ui, struct cells *cells, int x, int y, int width)
{
	cells_fill(cells, x, y, width, 1, STYLE_TITLE, ' ');
	cells_text(cells, x, y, width, STYLE_TITLE,
		   ui->views->ladder != 0 ? "     TIME   WAIT    RUN  CHAIN (Esc: back to all)"
					  : "     TIME   WAIT    RUN  KIND  MESSAGE: FROM, TO");
}

static double span_ns(const struct ui *ui, uint64_t from, uint64_t to)
{
	if (from == 0 || to == 0)
		return NAN;
	return to > from ? (double)ticks_ns(&ui->model.ticks, to - from) : 0;
}

/* Time: how long ago; in a chain, since its beginning. */
static void draw_time(const struct ui *ui, struct cells *cells, int x, int y,
		      const struct traffic_message *message)
{
	char text[FORMAT_SIZE], shown[FORMAT_SIZE + 2];
	const struct traffic_message *first = message_of(ui, 0);

	if (ui->views->ladder != 0 && first != NULL)
		snprintf(shown, sizeof(shown), "+%s",
			 format_ns(span_ns(ui, first->taken, message->taken), text));
	else
		snprintf(shown, sizeof(shown), "-%s",
			 format_ns((double)ticks_since_ns(&ui->model.ticks, message->taken), text));
	cells_right(cells, x, y, 9, STYLE_DIM, shown);
}

static void trace_line(const struct ui *ui, struct cells *cells, int x, int y, int width,
		       size_t index)
{
	const struct traffic_message *message = message_of(ui, index);
	char text[FORMAT_SIZE], from[NAMES_TEXT], to[NAMES_TEXT];
	int end = x + width, depth = ui->views->trace_depth[index];

	if (message == NULL)
		return;
	draw_time(ui, cells, x, y, message);
	cells_right(cells, x + 10, y, 6, STYLE_NORMAL,
		    format_ns(span_ns(ui, message->sent, message->taken), text));
	cells_right(cells, x + 17, y, 6, STYLE_NORMAL,
		    format_ns(message->ended != 0 ? (double)ticks_ns(&ui->model.ticks, message->run)
						  : NAN,
			      text));
	x += 25;
	names_pid(&ui->model.names, message->from, from, sizeof(from));
	names_pid(&ui->model.names, message->to, to, sizeof(to));
	if (ui->views->ladder != 0) {
		x += 2 * (depth < 12 ? depth : 12);
		x += cells_text(cells, x, y, end - x, STYLE_DIM, from) + 1;
		x += cells_text(cells, x, y, end - x, STYLE_DIM, cells->ascii ? "--" : "──");
		x += cells_print(cells, x, y, STYLE_STRONG, " %s ",
				 names_type(&ui->model.names, message->tag));
		x += cells_text(cells, x, y, end - x, STYLE_DIM, cells->ascii ? "-> " : "─▶ ");
		cells_text(cells, x, y, end - x, STYLE_NORMAL, to);
		return;
	}
	cells_text(cells, x, y, end - x < 5 ? end - x : 5, STYLE_LABEL,
		   traffic_kind(message->kind));
	x += 6;
	x += cells_text(cells, x, y, end - x, STYLE_STRONG,
			names_type(&ui->model.names, message->tag));
	x += cells_text(cells, x, y, end - x, STYLE_DIM, ": ");
	x += cells_text(cells, x, y, end - x, STYLE_NORMAL, from);
	x += cells_text(cells, x, y, end - x, STYLE_DIM, cells->ascii ? " -> " : " ▶ ");
	cells_text(cells, x, y, end - x, STYLE_NORMAL, to);
}

static bool trace_enter(struct ui *ui, size_t index)
{
	if (ui->views->ladder != 0)
		return false;
	ui->views->ladder = ui->views->trace[index];
	ui->places[VIEW_TRACE] = (struct ui_place){.id = ui->views->ladder, .follows = true};
	ui_refresh(ui);
	return true;
}

static const char *trace_empty(const struct ui *ui)
{
	return view_flow.empty(ui);
}

const struct view view_trace = {
	.key = "trace",
	.title = "Trace",
	.prepare = trace_prepare,
	.count = trace_count,
	.id = trace_id,
	.pid = trace_pid,
	.text = trace_text,
	.head = trace_head,
	.line = trace_line,
	.enter = trace_enter,
	.empty = trace_empty,
};
