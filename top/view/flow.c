/* SPDX-License-Identifier: MIT */

/*
 * Who sends what to whom: kinds of message between behaviours, the most frequent first. Enter on
 * one shows its last messages; with an actor chosen (from its detail, or the list), its neighbours.
 */

#include "view/kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/format.h"

static int compare(const void *left, const void *right)
{
	const struct flow_line *a = left, *b = right;

	if (a->rate < b->rate || a->rate > b->rate)
		return a->rate > b->rate ? -1 : 1;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static void matrix_prepare(struct views *kept);

static void flow_prepare(struct ui *ui)
{
	struct views *kept = ui->views;
	const struct traffic_edge *edges;
	size_t count;

	kept->flow_count = 0;
	if (ui->model.traffic == NULL)
		return;
	edges = traffic_edges(ui->model.traffic, &count);
	for (size_t i = 0; i < count && kept->flow_count < FLOW_LINES_MAX; i++) {
		const struct traffic_edge *edge = &edges[i];

		if (!edge->used)
			continue;
		kept->flow[kept->flow_count++] = (struct flow_line){
			.id = (uint64_t)edge->from << 32 | (uint64_t)edge->to << 16 | edge->tag |
			      1ULL << 60,
			.from = edge->from,
			.to = edge->to,
			.tag = edge->tag,
			.count = edge->count,
			.bytes = edge->bytes,
			.rate = edge->rate,
			.bytes_rate = edge->bytes_rate,
			.wait_ns = traffic_quantile(&edge->waits, 0.99),
		};
	}
	qsort(kept->flow, kept->flow_count, sizeof(kept->flow[0]), compare);
	matrix_prepare(kept);
}

/* ---- Matrix ---------------------------------------------------------------------------------- */

#define MATRIX_NAME 16
#define MATRIX_CELL 8

/* The behaviour's row, MATRIX_MAX: there are too many. */
static size_t matrix_row(struct matrix *matrix, uint16_t behaviour)
{
	size_t row = 0;

	while (row < matrix->count && matrix->behaviours[row] != behaviour)
		row++;
	if (row == matrix->count && row < MATRIX_MAX)
		matrix->behaviours[matrix->count++] = behaviour;
	return row;
}

/* Which behaviours there are, the busiest first, and then their traffic. */
static void matrix_prepare(struct views *kept)
{
	struct matrix *matrix = &kept->matrix;

	matrix->count = 0;
	memset(matrix->sums, 0, sizeof(matrix->sums));
	memset(matrix->rates, 0, sizeof(matrix->rates));
	/* The lines are in the order of their rates, and so are the behaviours they bring. */
	for (size_t i = 0; i < kept->flow_count; i++) {
		const struct flow_line *line = &kept->flow[i];
		size_t from = matrix_row(matrix, line->from);
		size_t to = matrix_row(matrix, line->to);

		if (from < MATRIX_MAX && to < MATRIX_MAX)
			matrix->rates[from][to] += line->rate;
		if (from < MATRIX_MAX)
			matrix->sums[from] += line->rate;
	}
}

static void matrix_head(const struct ui *ui, struct cells *cells, int x, int y, int width)
{
	const struct matrix *matrix = &ui->views->matrix;

	cells_fill(cells, x, y, width, 1, STYLE_TITLE, ' ');
	cells_text(cells, x, y, MATRIX_NAME, STYLE_TITLE, "FROM \\ TO");
	cells_right(cells, x + MATRIX_NAME, y, MATRIX_CELL - 1, STYLE_SORTED, "all");
	for (size_t i = 0; i < matrix->count; i++) {
		int at = MATRIX_NAME + MATRIX_CELL * ((int)i + 1);

		if (at + MATRIX_CELL > width)
			break;
		cells_right(cells, x + at, y, MATRIX_CELL - 1, STYLE_TITLE,
			    names_behaviour(&ui->model.names, matrix->behaviours[i]));
	}
}

static void matrix_line(const struct ui *ui, struct cells *cells, int x, int y, int width,
			size_t row)
{
	const struct matrix *matrix = &ui->views->matrix;
	char text[FORMAT_SIZE];

	cells_text(cells, x, y, MATRIX_NAME, STYLE_STRONG,
		   names_behaviour(&ui->model.names, matrix->behaviours[row]));
	cells_right(cells, x + MATRIX_NAME, y, MATRIX_CELL - 1, STYLE_NORMAL,
		    format_rate(matrix->sums[row], text));
	for (size_t i = 0; i < matrix->count; i++) {
		int at = MATRIX_NAME + MATRIX_CELL * ((int)i + 1);
		double rate = matrix->rates[row][i];

		if (at + MATRIX_CELL > width)
			break;
		if (rate == 0)
			cells_right(cells, x + at, y, MATRIX_CELL - 1, STYLE_DIM, ".");
		else
			cells_right(cells, x + at, y, MATRIX_CELL - 1, STYLE_NORMAL,
				    format_rate(rate, text));
	}
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static size_t flow_count(const struct ui *ui)
{
	return ui->views->matrix.on ? ui->views->matrix.count : ui->views->flow_count;
}

static uint64_t flow_id(const struct ui *ui, size_t line)
{
	return ui->views->matrix.on ? ui->views->matrix.behaviours[line] + 1u
				    : ui->views->flow[line].id;
}

static void flow_text(const struct ui *ui, size_t index, char *text, size_t size)
{
	const struct flow_line *line = &ui->views->flow[index];

	if (ui->views->matrix.on) {
		snprintf(text, size, "%s",
			 names_behaviour(&ui->model.names, ui->views->matrix.behaviours[index]));
		return;
	}
	snprintf(text, size, "%s %s %s", names_behaviour(&ui->model.names, line->from),
		 names_behaviour(&ui->model.names, line->to),
		 names_type(&ui->model.names, line->tag));
}

/* Widths of the three texts, of what is left of the line. */
static void widths(int width, int ret_widths[3])
{
	int room = width - 4 * 8 - 4;

	ret_widths[0] = room / 3 < 22 ? room / 3 : 22;
	ret_widths[1] = ret_widths[0];
	ret_widths[2] = room - 2 * ret_widths[0] < 30 ? room - 2 * ret_widths[0] : 30;
}

static void flow_head(const struct ui *ui, struct cells *cells, int x, int y, int width)
{
	static const char *const heads[] = {"MSG/s", "B/s", "WAIT", "COUNT"};
	int w[3];

	if (ui->views->matrix.on) {
		matrix_head(ui, cells, x, y, width);
		return;
	}
	widths(width, w);
	cells_fill(cells, x, y, width, 1, STYLE_TITLE, ' ');
	cells_text(cells, x, y, w[0], STYLE_TITLE, "FROM");
	cells_text(cells, x + w[0] + 3, y, w[1], STYLE_TITLE, "TO");
	cells_text(cells, x + w[0] + w[1] + 4, y, w[2], STYLE_TITLE, "MESSAGE");
	x += w[0] + w[1] + w[2] + 4;
	for (int i = 0; i < 4; i++)
		cells_right(cells, x + 8 * i, y, 7, i == 0 ? STYLE_SORTED : STYLE_TITLE, heads[i]);
}

static void flow_line(const struct ui *ui, struct cells *cells, int x, int y, int width,
		      size_t index)
{
	const struct flow_line *line = &ui->views->flow[index];
	const struct names *names = &ui->model.names;
	char text[FORMAT_SIZE];
	int w[3];

	if (ui->views->matrix.on) {
		matrix_line(ui, cells, x, y, width, index);
		return;
	}
	widths(width, w);
	cells_text(cells, x, y, w[0], STYLE_STRONG, names_behaviour(names, line->from));
	cells_text(cells, x + w[0] + 1, y, 1, STYLE_DIM,
		   cells_glyph_text(cells, GLYPH_ARROW_RIGHT));
	cells_text(cells, x + w[0] + 3, y, w[1], STYLE_STRONG, names_behaviour(names, line->to));
	cells_text(cells, x + w[0] + w[1] + 4, y, w[2], STYLE_NORMAL, names_type(names, line->tag));
	x += w[0] + w[1] + w[2] + 4;
	cells_right(cells, x, y, 7, STYLE_NORMAL, format_rate(line->rate, text));
	cells_right(cells, x + 8, y, 7, STYLE_NORMAL, format_bytes(line->bytes_rate, text));
	cells_right(cells, x + 16, y, 7, STYLE_NORMAL,
		    format_ns(line->wait_ns == ROW_UNKNOWN ? NAN : (double)line->wait_ns, text));
	cells_right(cells, x + 24, y, 7, STYLE_DIM, format_count((double)line->count, text));
}

static const char *flow_empty(const struct ui *ui)
{
	if (ui->model.target.level != TARGET_EVENTS && ui->model.target.life == PLANE_LIVING)
		return "needs the program's events, which cost it something now: e asks for them";
	return "no message has been seen";
}

/* Its messages, as they come. */
static bool flow_enter(struct ui *ui, size_t index)
{
	const struct flow_line *line = &ui->views->flow[index];

	if (ui->views->matrix.on) {
		views_matrix(ui);
		return true;
	}
	ui->views->trace_edge = line->id;
	ui->views->trace_from = line->from;
	ui->views->trace_to = line->to;
	ui->views->trace_tag = line->tag;
	ui->views->trace_pid = 0;
	ui->views->ladder = 0;
	ui_show(ui, VIEW_TRACE);
	return true;
}

const struct view view_flow = {
	.key = "flow",
	.title = "Flow",
	.prepare = flow_prepare,
	.count = flow_count,
	.id = flow_id,
	.text = flow_text,
	.head = flow_head,
	.line = flow_line,
	.enter = flow_enter,
	.empty = flow_empty,
};
