/* SPDX-License-Identifier: MIT */

/* A recorded trace from its begin to its end: how much happened when, and what stands out. */

#include "view/view.h"

#include "view/format.h"

#define TIMELINE_MAX 300 /* columns */

/* The recording from its begin to its end: how much happened when, and where the screen is. */
void timeline_draw(const struct ui *ui, struct cells *cells, int y)
{
	const struct stage *stage = ui->model.stage;
	double densities[TIMELINE_MAX], most = 0;
	int width = cells->width - 2 < TIMELINE_MAX ? cells->width - 2 : TIMELINE_MAX;
	double span = (double)(stage_end(stage) - stage_begin(stage));
	int here = span > 0 ? (int)((double)(stage_now(stage) - stage_begin(stage)) / span *
				    (width - 1))
			    : 0;

	stage_density(stage, densities, (size_t)width);
	for (int i = 0; i < width; i++)
		most = densities[i] > most ? densities[i] : most;
	cells_put(cells, 0, y, STYLE_BORDER, '[');
	for (int i = 0; i < width; i++)
		cells_put(cells, 1 + i, y, i <= here ? STYLE_BAR : STYLE_DIM,
			  densities[i] == 0 ? ' ' : cells_spark(cells, densities[i] / most));
	cells_put(cells, 1 + width, y, STYLE_BORDER, ']');
	cells_flag(cells, 1 + here, y, 1, CELL_REVERSE);
}

/* What a column of the timeline says: the strongest of what happened there. */
struct stand_out {
	int rank; /* 0: nothing */
	uint32_t sign;
	enum style style;
};

struct stand_outs {
	const struct stage *stage;
	int width;
	uint32_t dash;
	struct stand_out columns[TIMELINE_MAX];
	bool any;
};

static int column_of(const struct stand_outs *outs, uint64_t time)
{
	uint64_t begin = stage_begin(outs->stage), end = stage_end(outs->stage);

	if (time <= begin || end <= begin)
		return 0;
	return time >= end
		       ? outs->width - 1
		       : (int)((double)(time - begin) / (double)(end - begin) * (outs->width - 1));
}

/* Its letter where it begins, and a line for as long as it stands. */
static void put_mark(void *user, const struct mark *mark)
{
	struct stand_outs *outs = user;
	int rank = mark->kind == MARK_GAP             ? 5
		   : mark->kind == MARK_CRASH         ? 3
		   : (int)mark->level >= LINT_URGENT  ? 4
		   : (int)mark->level == LINT_WARNING ? 2
						      : 1;
	enum style style = mark->level == LINT_URGENT ? STYLE_BAD : STYLE_WARN;
	int from = column_of(outs, mark->from), to = column_of(outs, mark->to);

	outs->any = true;
	for (int i = from; i <= to; i++) {
		/* A line is weaker than any letter. */
		int here = i == from ? 10 + rank : rank;

		if (here > outs->columns[i].rank)
			outs->columns[i] = (struct stand_out){
				here, i == from ? (uint32_t)mark->letter : outs->dash, style};
	}
}

void timeline_draw_marks(const struct ui *ui, struct cells *cells, int y)
{
	struct stand_outs outs = {.stage = ui->model.stage,
				  .width = cells->width - 2 < TIMELINE_MAX ? cells->width - 2
									   : TIMELINE_MAX,
				  .dash = cells->ascii ? '-' : 0x2500};
	bool done = true;

	if (ui->model.marks != NULL)
		marks_each(ui->model.marks, put_mark, &outs, &done);
	for (int i = 0; i < outs.width; i++)
		if (outs.columns[i].rank != 0)
			cells_put(cells, 1 + i, y, outs.columns[i].style, outs.columns[i].sign);
	if (!done && !outs.any)
		cells_text(cells, 1, y, cells->width - 1, STYLE_DIM,
			   "alerts, crashes and gaps are being looked for");
	else if (!outs.any)
		cells_text(cells, 1, y, cells->width - 1, STYLE_DIM, "nothing stands out");
}
