/* SPDX-License-Identifier: MIT */

/* What looks wrong, and what to do about it. */

#include "view/kept.h"

#include <stdio.h>
#include <string.h>

#include "view/format.h"

#define INDENT 10

/* Two lines each: what is wrong, and what to do about it. */
static const struct lint_alert *alert_of(const struct ui *ui, size_t line)
{
	return &ui->model.alerts.list[line / 2];
}

static size_t alerts_count(const struct ui *ui)
{
	return 2 * ui->model.alerts.count;
}

/* The lint, whom it is about, and which of the two lines. */
static uint64_t alerts_id(const struct ui *ui, size_t line)
{
	const struct lint_alert *alert = alert_of(ui, line);

	return (alert->subject.pid ^ (uint64_t)(alert->lint - lints) << 56 ^
		(uint64_t)alert->subject.behaviour << 32) |
	       UINT64_C(1) << 63 | (uint64_t)(line % 2) << 62;
}

static uint64_t alerts_pid(const struct ui *ui, size_t line)
{
	return alert_of(ui, line)->subject.pid;
}

static void alerts_text(const struct ui *ui, size_t line, char *text, size_t size)
{
	const struct lint_alert *alert = alert_of(ui, line);

	if (line % 2 != 0)
		snprintf(text, size, "%s", alert->lint->advice);
	else
		snprintf(text, size, "%s %s", alert->lint->name, alert->text);
}

static void alerts_head(const struct ui *ui, struct cells *cells, int x, int y, int width)
{
	(void)ui;
	cells_fill(cells, x, y, width, 1, STYLE_TITLE, ' ');
	cells_text(cells, x, y, width, STYLE_TITLE, "!   SINCE WHAT, AND WHAT TO DO");
}

static void alerts_line(const struct ui *ui, struct cells *cells, int x, int y, int width,
			size_t line)
{
	static const enum style styles[] = {
		[LINT_NOTE] = STYLE_NORMAL, [LINT_WARNING] = STYLE_WARN, [LINT_URGENT] = STYLE_BAD};
	const struct lint_alert *alert = alert_of(ui, line);
	enum style style = styles[alert->lint->level];
	char since[FORMAT_SIZE];

	if (line % 2 != 0) {
		cells_text(cells, x + INDENT, y, width - INDENT, STYLE_DIM, alert->lint->advice);
		return;
	}
	cells_put(cells, x, y, style, (unsigned char)alert->lint->letter);
	if (alert->lint->level == LINT_URGENT)
		cells_put(cells, x + 1, y, style, '!');
	cells_right(cells, x + 3, y, 6, STYLE_NORMAL,
		    format_ns((double)(ui->model.ticks.monotonic_ns - alert->since_ns), since));
	cells_text(cells, x + INDENT, y, width - INDENT, style, alert->text);
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
