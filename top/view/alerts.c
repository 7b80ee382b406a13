/* SPDX-License-Identifier: MIT */

/* What looks wrong, and what to do about it. */

#include "view/kept.h"

#include <stdio.h>
#include <string.h>

#include "view/format.h"

static size_t alerts_count(const struct ui *ui)
{
	return ui->model.alerts.count;
}

/* The lint and whom it is about. */
static uint64_t alerts_id(const struct ui *ui, size_t line)
{
	const struct lint_alert *alert = &ui->model.alerts.list[line];

	return (alert->subject.pid ^ (uint64_t)(alert->lint - lints) << 56 ^
		(uint64_t)alert->subject.behaviour << 32) |
	       UINT64_C(1) << 63;
}

static uint64_t alerts_pid(const struct ui *ui, size_t line)
{
	return ui->model.alerts.list[line].subject.pid;
}

static void alerts_text(const struct ui *ui, size_t line, char *text, size_t size)
{
	snprintf(text, size, "%s %s", ui->model.alerts.list[line].lint->name,
		 ui->model.alerts.list[line].text);
}

static void alerts_head(const struct ui *ui, struct cells *cells, int x, int y, int width)
{
	(void)ui;
	cells_fill(cells, x, y, width, 1, STYLE_TITLE, ' ');
	cells_text(cells, x, y, width, STYLE_TITLE, "!  SINCE  WHAT");
}

static void alerts_line(const struct ui *ui, struct cells *cells, int x, int y, int width,
			size_t line)
{
	static const enum style styles[] = {
		[LINT_NOTE] = STYLE_NORMAL, [LINT_WARNING] = STYLE_WARN, [LINT_URGENT] = STYLE_BAD};
	const struct lint_alert *alert = &ui->model.alerts.list[line];
	char since[FORMAT_SIZE];
	int used;

	cells_put(cells, x, y, styles[alert->lint->level], (unsigned char)alert->lint->letter);
	cells_right(cells, x + 2, y, 6, STYLE_NORMAL,
		    format_ns((double)(ui->model.ticks.monotonic_ns - alert->since_ns), since));
	used = 10 +
	       cells_text(cells, x + 10, y, width - 10, styles[alert->lint->level], alert->text);
	if (used + 4 < width)
		cells_print(cells, x + used + 2, y, STYLE_DIM, "%.*s", width - used - 3,
			    alert->lint->advice);
}

static const char *alerts_empty(const struct ui *ui)
{
	(void)ui;
	return "nothing looks wrong";
}

const struct view view_alerts = {
	.key = "alerts",
	.title = "Alerts",
	.count = alerts_count,
	.id = alerts_id,
	.pid = alerts_pid,
	.text = alerts_text,
	.head = alerts_head,
	.line = alerts_line,
	.empty = alerts_empty,
};
