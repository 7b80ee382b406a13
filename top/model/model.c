/* SPDX-License-Identifier: MIT */
#include "model/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/line.h"

/* Of the time between two ticks, this much goes into the sweep of the table. */
#define SWEEP_SHARE    0.035
#define SWEEP_LEAST_NS UINT64_C(5000000)
#define SWEEP_FIRST_NS UINT64_C(60000000)

/* Rates at a place of a trace are those of the time before it. */
#define LOOK_BEFORE_NS UINT64_C(1000000000)

/* Up to this many messages a second, events cost the program less than 0.3 % of a CPU. */
#define EVENTS_FREE_RATE 100000.0

/*
 * Up to this many, stamping every turn costs it less than 0.5 %. Beyond that, turns are stamped for
 * a short while in each tick, and busy shares are those of that while.
 */
#define COUNTERS_FREE_RATE 400000.0
#define SAMPLE_NS          UINT64_C(20000000)

/* Taken at once, ten times a second: 2 % of a CPU. What is more passes by unseen. */
#define EVENTS_AT_ONCE 40000

static int open_plane(struct model *model, const char *path, char *error, size_t error_size)
{
	struct model_wish wish = model->wish;
	int status;

	memset(model, 0, sizeof(*model));
	model->wish = wish;
	status = target_open(&model->target, path, error, error_size);
	if (status < 0)
		return status;
	names_init(&model->names, model->target.plane);
	hot_init(&model->hot);
	model->rows = calloc(HOT_MAX, sizeof(*model->rows));
	model->traffic = traffic_create();
	status = table_init(&model->table, model->target.plane);
	if (status == 0)
		status = alerts_init(&model->alerts, model);
	if (model->rows == NULL || model->traffic == NULL || status < 0) {
		snprintf(error, error_size, "out of memory");
		model_close(model);
		return -ENOMEM;
	}
	return 0;
}

int model_open(struct model *model, const char *path, char *error, size_t error_size)
{
	int status = open_plane(model, path, error, error_size);

	if (status == 0)
		target_ask(&model->target, TARGET_COUNTERS);
	return status;
}

int model_open_trace(struct model *model, const char *trace, char *error, size_t error_size)
{
	struct stage *stage = NULL;
	int status = stage_open(trace, &stage, error, error_size);

	if (status < 0)
		return status;
	model->marks = marks_end(model->marks);
	status = open_plane(model, stage_plane(stage), error, error_size);
	if (status == 0)
		status = target_stage(&model->target, error, error_size);
	model->stage = stage;
	if (status < 0)
		model_close(model);
	else
		model->marks = marks_begin(trace);
	return status;
}

/* What was seen of the trace's plane is of no use any more: it stands at an earlier time. */
static int look_anew(struct model *model)
{
	struct stage *stage = model->stage;
	struct marks *marks = model->marks;
	char error[512];
	int status;

	model->stage = NULL;
	model->marks = NULL;
	model_close(model);
	status = open_plane(model, stage_plane(stage), error, sizeof(error));
	if (status == 0)
		status = target_stage(&model->target, error, sizeof(error));
	model->stage = stage;
	model->marks = marks;
	return status;
}

int model_play(struct model *model, uint64_t time)
{
	int status;

	if (time < stage_now(model->stage))
		return model_show(model, time, UINT64_MAX);
	status = stage_seek(model->stage, time);
	if (status == 0)
		model_tick(model);
	return status;
}

/* To the event, or, where that is UINT64_MAX, to the time. */
static int seek(struct stage *stage, uint64_t time, uint64_t position)
{
	int status = position != UINT64_MAX ? stage_seek_event(stage, position)
					    : stage_seek(stage, time);

	return status < 0 ? status : 0;
}

int model_show(struct model *model, uint64_t time, uint64_t position)
{
	struct stage *stage = model->stage;
	uint64_t before;
	int status = seek(stage, time, position);

	before = stage_now(stage) - stage_begin(stage) > LOOK_BEFORE_NS
			 ? stage_now(stage) - LOOK_BEFORE_NS
			 : stage_begin(stage);
	/* From the beginning, whatever was shown last: the same place is the same screen. */
	if (status == 0)
		status = seek(stage, 0, UINT64_MAX);
	if (status == 0)
		status = seek(stage, before, UINT64_MAX);
	if (status == 0)
		status = look_anew(model);
	if (status < 0)
		return status;
	model_tick(model);
	status = seek(stage, time, position);
	if (status == 0)
		model_tick(model);
	return status;
}

void model_close(struct model *model)
{
	struct model_wish wish = model->wish;

	table_finish(&model->table);
	hot_finish(&model->hot);
	names_finish(&model->names);
	traffic_destroy(model->traffic);
	alerts_finish(&model->alerts);
	free(model->rows);
	free(model->groups);
	target_close(&model->target);
	stage_close(model->stage);
	marks_end(model->marks);
	memset(model, 0, sizeof(*model));
	model->wish = wish;
}

/* ---- The list of actors ---------------------------------------------------------------------- */

static int compare_rows(const void *left, const void *right, void *argument)
{
	const struct row *a = left, *b = right;
	const struct model *model = argument;
	const struct table_wish *wish = &model->wish.list;
	int order = column_compare(&columns[wish->sort], &model->names, a, b);

	if (order != 0)
		return wish->rising ? order : -order;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

/* Where the order is frozen, rows stay where they are; those that are new come last. */
static void order_frozen(struct model *model, const struct row *fresh, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->row_count; i++) {
		const struct hot *hot = hot_find(&model->hot, model->rows[i].pid);

		if (hot != NULL)
			model->rows[kept++] = hot->row;
	}
	for (size_t i = 0; i < count && kept < HOT_MAX; i++) {
		bool known = false;

		for (size_t j = 0; j < kept && !known; j++)
			known = model->rows[j].pid == fresh[i].pid;
		if (!known)
			model->rows[kept++] = fresh[i];
	}
	model->row_count = kept;
}

static bool is_matched(const struct model *model, const struct row *row)
{
	const struct table_wish *wish = &model->wish.list;

	return wish->match == NULL || wish->match(wish->user, row);
}

/* What the plane alone does not tell. */
static void complete_rows(struct model *model)
{
	for (size_t i = 0; i < model->hot.count; i++) {
		struct row *row = &model->hot.entries[i]->row;

		traffic_times(model->traffic, row);
		row->alert = alerts_letter(&model->alerts, row->pid);
	}
}

/*
 * Births lie in memory of their own, 32 bytes for each actor. It is looked at only for rows that
 * are on the screen, or by which the list is ordered or filtered: of a million actors that is 32 MB
 * less.
 */
static bool needs_births(const struct model *model)
{
	return model->wish.list.sort == COLUMN_AGE || model->wish.list.sort == COLUMN_PARENT ||
	       model->wish.list.match != NULL;
}

static void add_births(struct model *model, struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].state != ROW_STATE_DEAD)
			line_read_birth(model->target.plane, &model->ticks, &rows[i]);
}

static void make_rows(struct model *model)
{
	struct row *fresh = model->wish.frozen ? calloc(HOT_MAX, sizeof(*fresh)) : model->rows;
	size_t count = 0, limit = model->wish.list.rows;

	if (fresh == NULL)
		return;
	for (size_t i = 0; i < model->hot.count; i++) {
		const struct hot *hot = model->hot.entries[i];

		/* A pinned actor need not be in the list; one that has just ended was. */
		if ((hot->listed || hot->dead_ns != 0) && is_matched(model, &hot->row))
			fresh[count++] = hot->row;
	}
	if (needs_births(model))
		add_births(model, fresh, count);
	qsort_r(fresh, count, sizeof(*fresh), compare_rows, model);
	if (count > limit)
		count = limit;
	if (model->wish.first_row < count) {
		size_t rows = count - model->wish.first_row;

		add_births(model, fresh + model->wish.first_row,
			   rows < model->wish.page_rows ? rows : model->wish.page_rows);
	}
	if (!model->wish.frozen) {
		model->row_count = count;
		return;
	}
	order_frozen(model, fresh, count);
	free(fresh);
}

/* The best of the last whole pass, and of the running one as far as it has come. */
static void want_rows(struct model *model)
{
	hot_begin(&model->hot);
	for (int i = 0; i < 2; i++) {
		const struct heap *heap = &model->table.findings[i].heap;

		if (i == (int)model->table.running && !model->table.in_pass)
			continue;
		for (size_t j = 0; j < heap->count; j++)
			hot_want(&model->hot, heap->entries[j].pid, &heap->entries[j]);
	}
	for (size_t i = 0; i < model->wish.pinned_count; i++)
		hot_want(&model->hot, model->wish.pinned[i], NULL);
}

const struct row *model_row(const struct model *model, uint64_t pid)
{
	const struct hot *hot = hot_find(&model->hot, pid);

	return hot != NULL ? &hot->row : NULL;
}

/* ---- The list of behaviours ------------------------------------------------------------------ */

static int compare_groups(const void *left, const void *right, void *argument)
{
	const struct row *a = left, *b = right;
	const struct model *model = argument;
	int order = column_compare(&columns[model->wish.group_sort], &model->names, a, b);

	if (order != 0)
		return model->wish.group_rising ? order : -order;
	return (int)a->behaviour - (int)b->behaviour;
}

static void make_groups(struct model *model)
{
	const struct table_findings *found = table_found(&model->table);
	struct row *groups =
		realloc(model->groups, ((size_t)found->behaviour_count + 1) * sizeof(*groups));

	if (groups == NULL)
		return;
	model->groups = groups;
	model->group_count = 0;
	for (uint32_t i = 1; i <= found->behaviour_count; i++) {
		struct row *group = &groups[model->group_count];

		if (found->behaviours[i].actors == 0)
			continue;
		*group = found->behaviours[i];
		group->turn_ns = group->oldest_ns = group->age_ns = ROW_UNKNOWN;
		group->p50_ns = group->p99_ns = group->wait_ns = ROW_UNKNOWN;
		traffic_times(model->traffic, group);
		group->alert = alerts_letter_of_behaviour(&model->alerts, group->behaviour);
		model->group_count++;
	}
	if (model->group_count > 1)
		qsort_r(groups, model->group_count, sizeof(*groups), compare_groups, model);
}

void model_sort(struct model *model)
{
	qsort_r(model->rows, model->row_count, sizeof(*model->rows), compare_rows, model);
	if (model->group_count > 1)
		qsort_r(model->groups, model->group_count, sizeof(*model->groups), compare_groups,
			model);
}

/* ---- Ticks ----------------------------------------------------------------------------------- */

static uint64_t own_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

static void measure_self(struct model *model, uint64_t begin_ns)
{
	uint64_t now = plane_clock_monotonic(), cpu = own_time();

	model->tick_cost_ns = now - begin_ns;
	if (model->own_wall_ns != 0 && now - model->own_wall_ns > UINT64_C(500000000)) {
		model->own_cpu =
			(double)(cpu - model->own_cpu_ns) / (double)(now - model->own_wall_ns);
		model->own_wall_ns = 0;
	}
	if (model->own_wall_ns == 0) {
		model->own_wall_ns = now;
		model->own_cpu_ns = cpu;
	}
}

/* Once more is asked, it stays on for a little more than would turn it on. */
static bool is_below(const struct model *model, double rate, bool on)
{
	/* False while it is not known. */
	return model->meters.messages_rate < (on ? 2 * rate : rate);
}

/* What is asked of the program: as much as is wished, or as costs it next to nothing. */
static void ask(struct model *model)
{
	bool on = model->target.level == TARGET_EVENTS;
	bool whole = !model->sampling && model->target.level != TARGET_NOTHING;

	model->sampling = false;
	if (model->wish.events || is_below(model, EVENTS_FREE_RATE, on)) {
		target_ask(&model->target, TARGET_EVENTS);
		return;
	}
	target_ask(&model->target, TARGET_COUNTERS);
	model->sampling = !is_below(model, COUNTERS_FREE_RATE, whole);
	model->rest_ns = plane_clock_monotonic() + SAMPLE_NS;
}

uint64_t model_rest_at(const struct model *model)
{
	return model->sampling && model->target.level == TARGET_COUNTERS ? model->rest_ns
									 : UINT64_MAX;
}

void model_rest(struct model *model)
{
	if (plane_clock_monotonic() >= model_rest_at(model))
		target_ask(&model->target, TARGET_NOTHING);
}

static uint64_t sweep_budget(const struct model *model)
{
	uint64_t budget = (uint64_t)((double)model->wish.interval_ns * SWEEP_SHARE);

	if (model->table.pass_ended == 0)
		return SWEEP_FIRST_NS;
	return budget > SWEEP_LEAST_NS ? budget : SWEEP_LEAST_NS;
}

static void complete_row(void *user, struct row *row)
{
	const struct model *model = user;

	traffic_times(model->traffic, row);
	line_read_birth(model->target.plane, &model->ticks, row);
}

void model_events(struct model *model)
{
	if (model->target.level != TARGET_EVENTS || model->target.stream == NULL)
		return;
	traffic_poll(model->traffic, model->target.stream, &model->names, &model->ticks,
		     EVENTS_AT_ONCE, alerts_event, model);
}

/* A trace has its own time, in which every turn is stamped. */
static void take_time(struct model *model)
{
	struct ticks *ticks = &model->ticks;

	if (model->stage != NULL) {
		ticks->now = ticks->monotonic_ns = stage_now(model->stage);
		ticks->ns_per_tick = 1;
		ticks->timed_ns = ticks->now - stage_begin(model->stage);
		ticks->timed = true;
		return;
	}
	ticks_refresh(ticks, plane_view_header(model->target.plane));
	ticks->timed_ns = target_timed_ns(&model->target);
	/* Between samples, turns that began in the last one still have their stamp. */
	ticks->timed = model->target.level != TARGET_NOTHING;
}

void model_tick(struct model *model)
{
	uint64_t begin = plane_clock_monotonic();
	const struct table_sums *sums;
	bool swept;

	if (model->target.plane == NULL)
		return;
	target_look(&model->target);
	/* What has ended stands still: its last words are still there, and so are its last rates.
	 */
	if (model->target.life != PLANE_LIVING && model->table.pass_ended != 0 &&
	    !model->table.in_pass)
		return;
	take_time(model);
	names_refresh(&model->names);
	meters_refresh(&model->meters, model->target.plane, &model->ticks);
	if (columns[model->wish.list.sort].events || needs_births(model)) {
		model->wish.list.complete = complete_row;
		model->wish.list.complete_user = model;
	} else {
		model->wish.list.complete = NULL;
	}
	if (!model->table.in_pass)
		alerts_begin(&model->alerts, model);
	model->wish.list.visit = alerts_row;
	model->wish.list.visit_user = model;
	swept = table_sweep(&model->table, &model->wish.list, &model->names, &model->meters,
			    &model->ticks, sweep_budget(model));
	want_rows(model);
	hot_refresh(&model->hot, model->target.plane, &model->meters, &model->ticks);
	model_events(model);
	traffic_tick(model->traffic, &model->ticks);
	if (swept)
		alerts_end(&model->alerts, model);
	complete_rows(model);
	make_rows(model);
	make_groups(model);
	sums = &table_found(&model->table)->sums;
	meters_keep(&model->meters, &model->ticks, (double)sums->actors, (double)sums->memory);
	if (model->stage == NULL)
		ask(model);
	model->tick_count++;
	measure_self(model, begin);
}

bool model_is_warm(const struct model *model)
{
	return model->table.pass_before != 0 || model->target.life != PLANE_LIVING;
}
