/* SPDX-License-Identifier: MIT */

/*
 * Blocked calls as a forest: whoever blocks others stands above them, cycles above all. An actor
 * waits for one other at most, so the way up from each leads to a root or around a cycle.
 */

#include "view/kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/format.h"

#define STEPS_MAX 128 /* a longer chain is cut */

/* A blocked call, for sorting and counting. */
struct edge {
	const struct table_wait *wait;
	uint32_t blocked; /* how many wait for wait->pid */
	bool cycle;
	bool shown;
};

struct forest {
	struct edge *edges; /* by pid */
	size_t count;
	struct edge **by_on; /* the same by whom they wait for, the longest wait first */
	const struct ui *ui;
	struct views *kept;
};

static int compare_pids(const void *left, const void *right)
{
	const struct edge *a = left, *b = right;

	return (a->wait->pid > b->wait->pid) - (a->wait->pid < b->wait->pid);
}

static int compare_on(const void *left, const void *right)
{
	const struct edge *a = *(struct edge *const *)left, *b = *(struct edge *const *)right;

	if (a->wait->on != b->wait->on)
		return a->wait->on < b->wait->on ? -1 : 1;
	if (a->wait->since != b->wait->since)
		return a->wait->since < b->wait->since ? -1 : 1;
	return (a->wait->pid > b->wait->pid) - (a->wait->pid < b->wait->pid);
}

static struct edge *edge_of(const struct forest *forest, uint64_t pid)
{
	struct table_wait wait = {.pid = pid};
	struct edge key = {.wait = &wait};

	return forest->count > 0 ? bsearch(&key, forest->edges, forest->count,
					   sizeof(*forest->edges), compare_pids)
				 : NULL;
}

/* The first of those that wait for `pid`, in by_on. */
static size_t first_on(const struct forest *forest, uint64_t pid)
{
	size_t low = 0, high = forest->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (forest->by_on[middle]->wait->on < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Counts who is blocked by whom, and finds cycles. */
static void follow(struct forest *forest)
{
	for (size_t i = 0; i < forest->count; i++) {
		struct edge *at = &forest->edges[i];

		for (int step = 0; step < STEPS_MAX && at != NULL; step++) {
			at = edge_of(forest, at->wait->on);
			if (at == &forest->edges[i]) {
				at->cycle = true;
				break;
			}
			if (at != NULL)
				at->blocked++;
		}
	}
}

static struct waits_line *add_line(struct forest *forest, uint64_t pid)
{
	struct waits_line *line;

	if (forest->kept->wait_count == WAITS_LINES_MAX)
		return NULL;
	line = &forest->kept->waits[forest->kept->wait_count++];
	*line = (struct waits_line){.pid = pid, .for_ns = ROW_UNKNOWN};
	return line;
}

/* All that wait for `pid`, below it. Recursion ends with STEPS_MAX, or at what is shown already. */
static void add_waiting(struct forest *forest, uint64_t pid, int depth)
{
	size_t i = first_on(forest, pid);

	for (; i < forest->count && forest->by_on[i]->wait->on == pid && depth < STEPS_MAX; i++) {
		struct edge *edge = forest->by_on[i];
		struct waits_line *line;

		if (edge->shown)
			continue;
		line = add_line(forest, edge->wait->pid);
		if (line == NULL)
			return;
		edge->shown = true;
		line->for_ns = ticks_since_ns(&forest->ui->model.ticks, edge->wait->since);
		line->blocked = edge->blocked;
		line->depth = (uint8_t)depth;
		line->last = i + 1 == forest->count || forest->by_on[i + 1]->wait->on != pid;
		add_waiting(forest, edge->wait->pid, depth + 1);
	}
}

static void add_cycles(struct forest *forest)
{
	for (size_t i = 0; i < forest->count; i++) {
		struct edge *edge = &forest->edges[i];
		uint64_t first = edge->wait->pid;

		for (int step = 0; step < STEPS_MAX && edge != NULL && edge->cycle && !edge->shown;
		     step++) {
			struct waits_line *line = add_line(forest, edge->wait->pid);

			if (line == NULL)
				return;
			edge->shown = true;
			line->cycle = true;
			line->last = edge->wait->on == first;
			line->blocked = edge->blocked;
			line->for_ns = ticks_since_ns(&forest->ui->model.ticks, edge->wait->since);
			edge = edge_of(forest, edge->wait->on);
		}
	}
	/* Those that wait for somebody in a cycle. */
	for (size_t i = 0, lines = forest->kept->wait_count; i < lines; i++)
		add_waiting(forest, forest->kept->waits[i].pid, 1);
}

struct root {
	uint64_t pid;
	uint32_t blocked;
};

static int compare_roots(const void *left, const void *right)
{
	const struct root *a = left, *b = right;

	if (a->blocked != b->blocked)
		return a->blocked > b->blocked ? -1 : 1;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

/* Whoever blocks others and waits for nobody. */
static void add_roots(struct forest *forest)
{
	struct root *roots = calloc(forest->count + 1, sizeof(*roots));
	size_t count = 0;

	for (size_t i = 0; roots != NULL && i < forest->count; i++) {
		uint64_t on = forest->by_on[i]->wait->on;

		if (edge_of(forest, on) != NULL)
			continue;
		if (count == 0 || roots[count - 1].pid != on)
			roots[count++] = (struct root){on, 0};
		roots[count - 1].blocked += 1 + forest->by_on[i]->blocked;
	}
	if (count > 1)
		qsort(roots, count, sizeof(*roots), compare_roots);
	for (size_t i = 0; i < count; i++) {
		struct waits_line *line = add_line(forest, roots[i].pid);

		if (line == NULL)
			break;
		line->blocked = roots[i].blocked;
		add_waiting(forest, roots[i].pid, 1);
	}
	free(roots);
}

static void waits_prepare(struct ui *ui)
{
	const struct table_findings *found = table_found(&ui->model.table);
	struct forest forest = {.ui = ui, .kept = ui->views};

	ui->views->wait_count = 0;
	if (ui->model.target.plane == NULL || found->wait_count == 0)
		return;
	forest.edges = calloc(found->wait_count, sizeof(*forest.edges));
	forest.by_on = calloc(found->wait_count, sizeof(struct edge *));
	if (forest.edges != NULL && forest.by_on != NULL) {
		forest.count = found->wait_count;
		for (size_t i = 0; i < forest.count; i++)
			forest.edges[i].wait = &found->waits[i];
		qsort(forest.edges, forest.count, sizeof(*forest.edges), compare_pids);
		for (size_t i = 0; i < forest.count; i++)
			forest.by_on[i] = &forest.edges[i];
		qsort(forest.by_on, forest.count, sizeof(struct edge *), compare_on);
		follow(&forest);
		add_cycles(&forest);
		add_roots(&forest);
	}
	free(forest.edges);
	free(forest.by_on);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static size_t waits_count(const struct ui *ui)
{
	return ui->views->wait_count;
}

static uint64_t waits_id(const struct ui *ui, size_t line)
{
	return ui->views->waits[line].pid;
}

static void waits_text(const struct ui *ui, size_t line, char *text, size_t size)
{
	names_pid(&ui->model.names, ui->views->waits[line].pid, text, size);
}

static void waits_head(const struct ui *ui, struct cells *cells, int x, int y, int width)
{
	(void)ui;
	cells_fill(cells, x, y, width, 1, STYLE_TITLE, ' ');
	cells_text(cells, x, y, width, STYLE_TITLE, "BLOCKED    FOR  ACTOR");
}

/* What it is doing, when it is the one that blocks. */
static void doing(const struct ui *ui, uint64_t pid, char *text, size_t size)
{
	const struct meters_thread *thread = meters_running(&ui->model.meters, pid);
	char time[FORMAT_SIZE];

	text[0] = '\0';
	if (!names_lives(&ui->model.names, pid))
		snprintf(text, size, "has ended; nobody will answer");
	else if (thread != NULL && thread->kind != ACTOR_PLANE_THREAD_FOREIGN)
		snprintf(text, size, "handles %s for %s", names_type(&ui->model.names, thread->tag),
			 format_ns((double)ticks_since_ns(&ui->model.ticks, thread->turn_start),
				   time));
}

static void waits_line(const struct ui *ui, struct cells *cells, int x, int y, int width,
		       size_t index)
{
	const struct waits_line *line = &ui->views->waits[index];
	char number[FORMAT_SIZE], name[NAMES_TEXT], text[160] = "";
	enum style style = line->cycle ? STYLE_BAD : line->depth == 0 ? STYLE_STRONG : STYLE_NORMAL;
	int end = x + width;

	if (line->blocked > 0)
		cells_right(cells, x, y, 7, STYLE_NORMAL, format_count(line->blocked, number));
	cells_right(cells, x + 8, y, 6, STYLE_NORMAL,
		    line->for_ns == ROW_UNKNOWN ? "" : format_ns((double)line->for_ns, number));
	x += 16;
	for (int i = 1; i < line->depth; i++)
		x += 2;
	if (line->depth > 0)
		x += cells_text(cells, x, y, end - x, STYLE_DIM,
				cells_glyph_text(cells,
						 line->last ? GLYPH_LAST_BRANCH : GLYPH_BRANCH)) +
		     1;
	names_pid(&ui->model.names, line->pid, name, sizeof(name));
	x += cells_text(cells, x, y, end - x, style, name) + 1;
	if (line->cycle)
		snprintf(text, sizeof(text), "%s",
			 line->last ? "waits for the first of these: a deadlock"
				    : "waits for the next");
	else if (line->for_ns == ROW_UNKNOWN)
		doing(ui, line->pid, text, sizeof(text));
	cells_text(cells, x, y, end - x, line->cycle ? STYLE_BAD : STYLE_DIM, text);
}

static const char *waits_empty(const struct ui *ui)
{
	(void)ui;
	return "nobody is blocked in a call";
}

const struct view view_waits = {
	.key = "waits",
	.title = "Waits",
	.prepare = waits_prepare,
	.count = waits_count,
	.id = waits_id,
	.pid = waits_id,
	.text = waits_text,
	.head = waits_head,
	.line = waits_line,
	.empty = waits_empty,
};
