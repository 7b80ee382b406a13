/* SPDX-License-Identifier: MIT */
#include "store/vtab.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/kernel_words.h"

/* Three tables over the kernel's rows, each of one kind. Column 0 is the row id. */
enum table {
	TABLE_SCHED,
	TABLE_SAMPLES,
	TABLE_FAULTS,
	TABLE_COUNT
};

/* X(NAME, name, type) */
#define WHOSE_COLUMNS(X)              \
	X(ACTOR, actor, TEXT)         \
	X(NAME, actor_name, TEXT)     \
	X(BEHAVIOUR, behaviour, TEXT) \
	X(TYPE, type, TEXT)           \
	X(TURN, turn_ns, INTEGER)     \
	X(TID, tid, INTEGER)          \
	X(CPU, cpu, INTEGER)

#define SCHED_COLUMNS(X)                    \
	X(ID, id, INTEGER)                  \
	X(TIME, start_ns, INTEGER)          \
	X(END, end_ns, INTEGER)             \
	X(CAUSE, why, TEXT)                 \
	X(BLOCKED, blocked_ns, INTEGER)     \
	X(PREEMPTED, preempted_ns, INTEGER) \
	X(RUNNABLE, runnable_ns, INTEGER)   \
	X(SYSCALL, syscall, TEXT)           \
	X(BY_PID, by_pid, INTEGER)          \
	X(BY, by, TEXT)                     \
	X(WAKER_PID, waker_pid, INTEGER)    \
	X(WAKER, waker, TEXT)               \
	WHOSE_COLUMNS(X)                    \
	X(STACK, stack, TEXT)

#define SAMPLE_COLUMNS(X)         \
	X(ID, id, INTEGER)        \
	X(TIME, time_ns, INTEGER) \
	X(CAUSE, mode, TEXT)      \
	X(SYSCALL, syscall, TEXT) \
	WHOSE_COLUMNS(X)          \
	X(STACK, stack, TEXT)

#define FAULT_COLUMNS(X)              \
	X(ID, id, INTEGER)            \
	X(TIME, start_ns, INTEGER)    \
	X(LASTED, lasted_ns, INTEGER) \
	X(COUNT, faults, INTEGER)     \
	X(COST, fault_ns, INTEGER)    \
	WHOSE_COLUMNS(X)

enum shown {
	SHOWN_ID,
	SHOWN_TIME,
	SHOWN_END,
	SHOWN_CAUSE,
	SHOWN_BLOCKED,
	SHOWN_PREEMPTED,
	SHOWN_RUNNABLE,
	SHOWN_SYSCALL,
	SHOWN_BY_PID,
	SHOWN_BY,
	SHOWN_WAKER_PID,
	SHOWN_WAKER,
	SHOWN_ACTOR,
	SHOWN_NAME,
	SHOWN_BEHAVIOUR,
	SHOWN_TYPE,
	SHOWN_TURN,
	SHOWN_TID,
	SHOWN_CPU,
	SHOWN_STACK,
	SHOWN_LASTED,
	SHOWN_COUNT,
	SHOWN_COST
};

#define SHOW(NAME, name, type) SHOWN_##NAME,

static const uint8_t sched_columns[] = {SCHED_COLUMNS(SHOW)};
static const uint8_t sample_columns[] = {SAMPLE_COLUMNS(SHOW)};
static const uint8_t fault_columns[] = {FAULT_COLUMNS(SHOW)};

static const struct {
	const char *name;
	const char *columns; /* each after a comma */
	const uint8_t *shown;
	size_t count;
	uint8_t kind;
} tables[TABLE_COUNT] = {
	{"sched", SCHED_COLUMNS(VTAB_COLUMN), sched_columns, sizeof(sched_columns),
	 TRACE_KERNEL_OFF},
	{"cpu_samples", SAMPLE_COLUMNS(VTAB_COLUMN), sample_columns, sizeof(sample_columns),
	 TRACE_KERNEL_SAMPLE},
	{"page_faults", FAULT_COLUMNS(VTAB_COLUMN), fault_columns, sizeof(fault_columns),
	 TRACE_KERNEL_FAULTS},
};

struct kernel_cursor {
	sqlite3_vtab_cursor base;
	struct kernel_walk walk;
	struct kernel_words words;
	const struct trace_kernel_row *row;
	int64_t id;
	bool end;
	char error[256];
};

static int kernel_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	enum table which = (enum table)((struct vtab *)base)->which;

	info->idxNum = 0;
	for (size_t i = 0; i < tables[which].count; i++)
		if (tables[which].shown[i] == SHOWN_STACK && (info->colUsed >> i & 1) != 0)
			info->idxNum = 1;
	return vtab_plan(info, "xr", 1e6);
}

static int kernel_open(sqlite3_vtab *base, sqlite3_vtab_cursor **ret_cursor)
{
	(void)base;
	return vtab_open(sizeof(struct kernel_cursor), ret_cursor);
}

static void rest(struct kernel_cursor *cursor)
{
	kernel_walk_end(&cursor->walk);
	kernel_words_free(&cursor->words);
}

static int kernel_close(sqlite3_vtab_cursor *base)
{
	struct kernel_cursor *cursor = (struct kernel_cursor *)base;

	rest(cursor);
	trace_rest(((struct vtab *)base->pVtab)->shared->trace);
	free(cursor);
	return SQLITE_OK;
}

static int cursor_next(sqlite3_vtab_cursor *base)
{
	struct kernel_cursor *cursor = (struct kernel_cursor *)base;
	struct vtab *vtab = (struct vtab *)base->pVtab;
	int status;

	do {
		status = kernel_walk_next(&cursor->walk, &cursor->row, &cursor->id);
	} while (status == 1 && cursor->row->kind != tables[vtab->which].kind);
	if (status < 0)
		return vtab_fail(vtab, status, cursor->error);
	cursor->end = status == 0;
	return SQLITE_OK;
}

static int kernel_filter(sqlite3_vtab_cursor *base, int needs_stacks, const char *plan, int argc,
			 sqlite3_value **argv)
{
	struct kernel_cursor *cursor = (struct kernel_cursor *)base;
	struct vtab *vtab = (struct vtab *)base->pVtab;
	struct vtab_range ns = {INT64_MIN, INT64_MAX, false};
	int code = vtab_refresh(vtab);
	int status;

	if (code != SQLITE_OK)
		return code;
	rest(cursor);
	cursor->end = true;
	for (int i = 0; i < argc; i++)
		vtab_narrow(&ns, plan[2 * i + 1], argv[i]);
	if (ns.empty)
		return SQLITE_OK;
	if (kernel_words_load(&cursor->words, vtab->shared->db, needs_stacks != 0) != 0)
		return SQLITE_NOMEM;
	status = kernel_walk_begin(&cursor->walk, vtab->shared->db, 1u << tables[vtab->which].kind,
				   ns.min, ns.max, cursor->error, sizeof(cursor->error));
	if (status != 0)
		return vtab_fail(vtab, status, cursor->error);
	return cursor_next(base);
}

static int kernel_eof(sqlite3_vtab_cursor *base)
{
	return ((struct kernel_cursor *)base)->end;
}

static int kernel_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret_rowid)
{
	*ret_rowid = ((struct kernel_cursor *)base)->id;
	return SQLITE_OK;
}

/* A text that lives no longer than the query. */
static void result_text(sqlite3_context *context, const char *text)
{
	if (text != NULL)
		sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

static void result_task(sqlite3_context *context, const struct kernel_words *words, uint32_t task,
			bool pid)
{
	const struct kernel_task_word *word = kernel_words_task(words, task);

	if (word == NULL)
		return;
	if (pid)
		sqlite3_result_int64(context, word->pid);
	else
		result_text(context, word->comm);
}

static void result_whose(sqlite3_context *context, struct trace *trace,
			 const struct trace_kernel_row *row, enum shown shown)
{
	switch (shown) {
	case SHOWN_ACTOR:
	case SHOWN_NAME:
		vtab_result_actor(context, trace, row->actor, shown == SHOWN_NAME);
		break;
	case SHOWN_BEHAVIOUR:
		if (row->actor != 0)
			vtab_result_text(context, trace_name(trace, row->actor)->behaviour);
		break;
	case SHOWN_TYPE:
		if (row->turn_ticks != 0)
			vtab_result_text(context, trace_type(trace, row->tag));
		break;
	case SHOWN_TURN:
		if (row->turn_ticks != 0)
			sqlite3_result_int64(context, clock_ns(&trace->clock, row->turn_ticks));
		break;
	case SHOWN_TID:
		sqlite3_result_int64(context, row->tid);
		break;
	default:
		sqlite3_result_int64(context, row->cpu);
	}
}

static int kernel_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
	const struct kernel_cursor *cursor = (struct kernel_cursor *)base;
	const struct trace_kernel_row *row = cursor->row;
	const struct vtab *vtab = (struct vtab *)base->pVtab;
	enum shown shown = (enum shown)tables[vtab->which].shown[column];
	bool preempted = row->cause == TRACE_KERNEL_CAUSE_PREEMPTED;
	int64_t time_ns = (int64_t)row->time_ns;
	char buffer[32];

	switch (shown) {
	case SHOWN_ID:
		sqlite3_result_int64(context, cursor->id);
		break;
	case SHOWN_TIME:
		sqlite3_result_int64(context, time_ns);
		break;
	case SHOWN_END:
		sqlite3_result_int64(context,
				     (int64_t)(row->time_ns + row->first_ns + row->second_ns));
		break;
	case SHOWN_CAUSE:
		vtab_result_text(context, kernel_cause_name(row->cause));
		break;
	case SHOWN_LASTED:
	case SHOWN_BLOCKED:
		sqlite3_result_int64(context, (int64_t)row->first_ns);
		break;
	case SHOWN_PREEMPTED:
		sqlite3_result_int64(context, preempted ? (int64_t)row->second_ns : 0);
		break;
	case SHOWN_RUNNABLE:
		sqlite3_result_int64(context, preempted ? 0 : (int64_t)row->second_ns);
		break;
	case SHOWN_SYSCALL:
		result_text(context, kernel_words_syscall(&cursor->words, row->syscall, buffer));
		break;
	case SHOWN_BY_PID:
	case SHOWN_BY:
		result_task(context, &cursor->words, row->by, shown == SHOWN_BY_PID);
		break;
	case SHOWN_WAKER_PID:
	case SHOWN_WAKER:
		result_task(context, &cursor->words, row->waker, shown == SHOWN_WAKER_PID);
		break;
	case SHOWN_STACK:
		result_text(context, kernel_words_stack(&cursor->words, row->stack));
		break;
	case SHOWN_COST:
		sqlite3_result_int64(context, (int64_t)row->second_ns);
		break;
	case SHOWN_COUNT:
		sqlite3_result_int64(context, (int64_t)row->count);
		break;
	default:
		result_whose(context, vtab->shared->trace, row, shown);
	}
	return SQLITE_OK;
}

static const sqlite3_module module = {
	.iVersion = 1,
	.xConnect = vtab_connect_table,
	.xBestIndex = kernel_best_index,
	.xDisconnect = vtab_disconnect,
	.xOpen = kernel_open,
	.xClose = kernel_close,
	.xFilter = kernel_filter,
	.xNext = cursor_next,
	.xEof = kernel_eof,
	.xColumn = kernel_column,
	.xRowid = kernel_rowid,
};

int vtab_register_kernel(sqlite3 *db, struct vtab_shared *shared)
{
	int code = SQLITE_OK;

	for (int i = 0; i < TABLE_COUNT && code == SQLITE_OK; i++)
		code = vtab_register_table(db, shared, &module, tables[i].name, tables[i].columns,
					   i);
	return code;
}
