/* SPDX-License-Identifier: MIT */
#include "store/kernel_sums.h"

#include <errno.h>
#include <stdio.h>

/* A stretch's key: pids and ticks both have few bits that differ; a product spreads them. */
static uint64_t stretch_key(uint64_t actor, uint64_t ticks)
{
	uint64_t key = actor ^ ticks * UINT64_C(0x9e3779b97f4a7c15);

	return key ^ key >> 29;
}

static void add(struct kernel_sum *sum, const struct kernel_sum *more)
{
	sum->preempted_ns += more->preempted_ns;
	sum->blocked_ns += more->blocked_ns;
	sum->runnable_ns += more->runnable_ns;
	sum->faults += more->faults;
	sum->fault_ns += more->fault_ns;
	sum->samples += more->samples;
	if (more->blocked_max_ns > sum->blocked_max_ns) {
		sum->blocked_max_ns = more->blocked_max_ns;
		sum->syscall = more->syscall;
		sum->stack = more->stack;
		sum->cause = more->cause;
	}
	if (more->ready_max_ns > sum->ready_max_ns) {
		sum->ready_max_ns = more->ready_max_ns;
		sum->by = more->by;
	}
}

static struct kernel_sum sum_of(const struct trace_kernel_row *row)
{
	struct kernel_sum sum = {0};

	switch (row->kind) {
	case TRACE_KERNEL_OFF:
		if (row->cause == TRACE_KERNEL_CAUSE_PREEMPTED) {
			sum.preempted_ns = row->second_ns;
		} else {
			sum.blocked_ns = row->first_ns;
			sum.runnable_ns = row->second_ns;
			sum.blocked_max_ns = row->first_ns;
			sum.syscall = row->syscall;
			sum.stack = row->stack;
			sum.cause = row->cause;
		}
		sum.ready_max_ns = row->second_ns;
		sum.by = row->by;
		break;
	case TRACE_KERNEL_FAULTS:
		sum.faults = row->count;
		sum.fault_ns = row->second_ns;
		break;
	default:
		sum.samples = row->count;
	}
	return sum;
}

static int load_rows(struct kernel_sums *sums, sqlite3 *db, int64_t from_ns, char *error,
		     size_t error_size)
{
	const struct trace_kernel_row *row;
	struct kernel_walk walk;
	int64_t id;
	int status = kernel_walk_begin(&walk, db, ~0u, from_ns, INT64_MAX, error, error_size);

	while (status == 0 && (status = kernel_walk_next(&walk, &row, &id)) == 1) {
		struct kernel_sum more = sum_of(row);
		struct kernel_sum *sum;

		status = 0;
		if (row->actor == 0 || row->turn_ticks == 0)
			continue;
		sum = pidmap_put(&sums->stretches, stretch_key(row->actor, row->turn_ticks),
				 (uint32_t)row->turn_ticks, NULL);
		if (sum == NULL)
			status = -ENOMEM;
		else
			add(sum, &more);
	}
	kernel_walk_end(&walk);
	return status;
}

static int64_t meta(sqlite3 *db, const char *key, int64_t otherwise)
{
	sqlite3_stmt *statement;
	int64_t value = otherwise;

	if (sqlite3_prepare_v2(db, "SELECT value FROM main.meta WHERE key = ?1", -1, &statement,
			       NULL) != SQLITE_OK)
		return otherwise;
	sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW)
		value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return value;
}

static int load_gaps(struct kernel_sums *sums, sqlite3 *db)
{
	sqlite3_stmt *rows;
	int status = 0;

	if (sqlite3_prepare_v2(db, "SELECT from_ticks, to_ticks FROM main.gap WHERE thread = ?1",
			       -1, &rows, NULL) != SQLITE_OK)
		return 0;
	sqlite3_bind_int(rows, 1, TRACE_THREAD_KERNEL);
	while (status == 0 && sqlite3_step(rows) == SQLITE_ROW) {
		uint64_t *to =
			pidmap_put(&sums->gaps, (uint64_t)sqlite3_column_int64(rows, 0), 0, NULL);

		if (to == NULL)
			status = -ENOMEM;
		else
			*to = (uint64_t)sqlite3_column_int64(rows, 1);
	}
	sqlite3_finalize(rows);
	return status;
}

static void take_stretch(void *user, const struct turn *turn, uint32_t thread, uint64_t from,
			 uint64_t to)
{
	struct kernel_sums *sums = user;
	struct kernel_sum more;
	struct kernel_sum *sum;

	(void)thread;
	(void)to;
	if (!pidmap_take(&sums->stretches, stretch_key(turn->actor, from), (uint32_t)from, &more))
		return;
	sum = pidmap_put(&sums->turns, turn->id, 0, NULL);
	if (sum == NULL)
		sums->failed = true;
	else
		add(sum, &more);
}

int kernel_sums_begin(struct kernel_sums *sums, sqlite3 *db, const struct clock_line *clock,
		      uint64_t from, uint64_t to, char *error, size_t error_size)
{
	int64_t from_ns = meta(db, "kernel_from_ns", INT64_MAX);
	int64_t to_ns = meta(db, "kernel_to_ns", INT64_MAX);
	int64_t wanted_ns = from == 0 ? INT64_MIN : clock_ns(clock, from);
	int status;

	(void)to;
	*sums = (struct kernel_sums){.watch = {.user = sums, .stretch = take_stretch}};
	pidmap_init(&sums->stretches, sizeof(struct kernel_sum));
	pidmap_init(&sums->turns, sizeof(struct kernel_sum));
	pidmap_init(&sums->gaps, sizeof(uint64_t));
	sums->from = from_ns == INT64_MAX ? UINT64_MAX : clock_ticks(clock, from_ns);
	sums->to = to_ns == INT64_MAX ? UINT64_MAX : clock_ticks(clock, to_ns);
	if (sums->from == UINT64_MAX)
		return 0;
	status = load_rows(sums, db, wanted_ns, error, error_size);
	if (status == 0)
		status = load_gaps(sums, db);
	if (status == -ENOMEM)
		snprintf(error, error_size, "out of memory");
	return status;
}

void kernel_sums_finish(struct kernel_sums *sums)
{
	pidmap_finish(&sums->stretches);
	pidmap_finish(&sums->turns);
	pidmap_finish(&sums->gaps);
}

bool kernel_sums_take(struct kernel_sums *sums, const struct turn *turn, struct kernel_sum *ret_sum)
{
	size_t position = 0;
	uint64_t from;
	uint32_t number;
	const uint64_t *to;

	*ret_sum = (struct kernel_sum){0};
	(void)pidmap_take(&sums->turns, turn->id, 0, ret_sum);
	if (turn->end == 0 || turn->start < sums->from || turn->end > sums->to)
		return false;
	while ((to = pidmap_next(&sums->gaps, &position, &from, &number)) != NULL)
		if (turn->end >= from && turn->start <= *to)
			return false;
	return true;
}
