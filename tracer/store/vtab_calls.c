/* SPDX-License-Identifier: MIT */
#include "store/vtab.h"

#include <stdlib.h>

#include "store/calls.h"

/* Behind the id. X(NAME, name, type) */
#define CALL_COLUMNS(X)                   \
	X(START, start_ns, INTEGER)       \
	X(END, end_ns, INTEGER)           \
	X(TOTAL, total_ns, INTEGER)       \
	X(CALLER, caller, TEXT)           \
	X(CALLER_NAME, caller_name, TEXT) \
	X(CALLEE, callee, TEXT)           \
	X(CALLEE_NAME, callee_name, TEXT) \
	X(TYPE, type, TEXT)               \
	X(SEQ, seq, INTEGER)              \
	X(HOW, how, TEXT)                 \
	X(OUTCOME, outcome, TEXT)         \
	X(HANDLED, handled_ns, INTEGER)   \
	X(QUEUE, queue_ns, INTEGER)       \
	X(ANSWER, answer_ns, INTEGER)     \
	X(THREAD, thread, INTEGER)

enum column {
	COLUMN_ID,
#define X(NAME, name, type) COLUMN_##NAME,
	CALL_COLUMNS(X)
#undef X
};

static const char schema[] = "CREATE TABLE calls(id INTEGER" CALL_COLUMNS(VTAB_COLUMN) ")";

struct calls_cursor {
	sqlite3_vtab_cursor base;
	struct calls *calls;
	struct call call;
	bool end;
	char error[256];
};

static int calls_connect(sqlite3 *db, void *shared, int argc, const char *const *argv,
			 sqlite3_vtab **ret_vtab, char **ret_error)
{
	(void)argc;
	(void)argv;
	return vtab_connect(db, shared, schema, 0, sizeof(struct vtab), ret_vtab, ret_error);
}

static int calls_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	(void)base;
	return vtab_plan(info, "xr", 1e6);
}

static int calls_open(sqlite3_vtab *base, sqlite3_vtab_cursor **ret_cursor)
{
	(void)base;
	return vtab_open(sizeof(struct calls_cursor), ret_cursor);
}

static int calls_close(sqlite3_vtab_cursor *base)
{
	struct calls_cursor *cursor = (struct calls_cursor *)base;

	calls_end(cursor->calls);
	trace_rest(((struct vtab *)base->pVtab)->shared->trace);
	free(cursor);
	return SQLITE_OK;
}

static int cursor_next(sqlite3_vtab_cursor *base)
{
	struct calls_cursor *cursor = (struct calls_cursor *)base;
	int status = calls_next(cursor->calls, &cursor->call);

	if (status < 0)
		return vtab_fail((struct vtab *)base->pVtab, status, cursor->error);
	cursor->end = status == 0;
	return SQLITE_OK;
}

static int calls_filter(sqlite3_vtab_cursor *base, int number, const char *plan, int argc,
			sqlite3_value **argv)
{
	struct calls_cursor *cursor = (struct calls_cursor *)base;
	struct vtab *vtab = (struct vtab *)base->pVtab;
	uint64_t from;
	uint64_t to;
	int code = vtab_refresh(vtab);
	int status;

	(void)number;
	if (code != SQLITE_OK)
		return code;
	cursor->calls = calls_end(cursor->calls);
	cursor->end = true;
	if (!vtab_ticks(vtab, plan, argc, argv, &from, &to))
		return SQLITE_OK;
	status = calls_begin(vtab->shared->db, from, to, &cursor->calls, cursor->error,
			     sizeof(cursor->error));
	if (status != 0)
		return vtab_fail(vtab, status, cursor->error);
	return cursor_next(base);
}

static int calls_eof(sqlite3_vtab_cursor *base)
{
	return ((struct calls_cursor *)base)->end;
}

static int calls_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret_rowid)
{
	*ret_rowid = (sqlite3_int64)((struct calls_cursor *)base)->call.id;
	return SQLITE_OK;
}

static const char *outcome_text(const struct call *call)
{
	switch ((enum call_outcome)call->outcome) {
	case CALL_ANSWER:
		return event_message_name(call->answer);
	case CALL_GONE:
		return "caller ended";
	case CALL_OPEN:
		break;
	}
	return NULL;
}

/* From one time to another, where both are known. Two rings' clocks may differ by a few ticks. */
static void result_span(sqlite3_context *context, const struct clock_line *clock, uint64_t from,
			uint64_t to)
{
	if (from != 0 && to != 0)
		sqlite3_result_int64(context,
				     to > from ? clock_ns(clock, to) - clock_ns(clock, from) : 0);
}

static int calls_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
	static const char *const how[] = {"call", "request", "wait"};
	const struct call *call = &((struct calls_cursor *)base)->call;
	struct trace *trace = ((struct vtab *)base->pVtab)->shared->trace;
	const struct clock_line *clock = &trace->clock;

	switch ((enum column)column) {
	case COLUMN_ID:
		sqlite3_result_int64(context, (sqlite3_int64)call->id);
		break;
	case COLUMN_START:
		sqlite3_result_int64(context, clock_ns(clock, call->start));
		break;
	case COLUMN_END:
		if (call->end != 0)
			sqlite3_result_int64(context, clock_ns(clock, call->end));
		break;
	case COLUMN_TOTAL:
		result_span(context, clock, call->start, call->end);
		break;
	case COLUMN_CALLER:
	case COLUMN_CALLER_NAME:
		vtab_result_actor(context, trace, call->caller, column == COLUMN_CALLER_NAME);
		break;
	case COLUMN_CALLEE:
	case COLUMN_CALLEE_NAME:
		vtab_result_actor(context, trace, call->callee, column == COLUMN_CALLEE_NAME);
		break;
	case COLUMN_TYPE:
		vtab_result_text(context, trace_type(trace, call->tag));
		break;
	case COLUMN_SEQ:
		if (call->seq != 0)
			sqlite3_result_int64(context, call->seq);
		break;
	case COLUMN_HOW:
		vtab_result_text(context, how[call->how]);
		break;
	case COLUMN_OUTCOME:
		vtab_result_text(context, outcome_text(call));
		break;
	case COLUMN_HANDLED:
		if (call->handled != 0)
			sqlite3_result_int64(context, clock_ns(clock, call->handled));
		break;
	case COLUMN_QUEUE:
		result_span(context, clock, call->start, call->handled);
		break;
	case COLUMN_ANSWER:
		result_span(context, clock, call->handled, call->end);
		break;
	case COLUMN_THREAD:
		sqlite3_result_int64(context, call->thread);
		break;
	}
	return SQLITE_OK;
}

static const sqlite3_module calls_module = {
	.iVersion = 1,
	.xConnect = calls_connect,
	.xBestIndex = calls_best_index,
	.xDisconnect = vtab_disconnect,
	.xOpen = calls_open,
	.xClose = calls_close,
	.xFilter = calls_filter,
	.xNext = cursor_next,
	.xEof = calls_eof,
	.xColumn = calls_column,
	.xRowid = calls_rowid,
};

int vtab_register_calls(sqlite3 *db, struct vtab_shared *shared)
{
	return sqlite3_create_module_v2(db, "calls", &calls_module, vtab_share(shared),
					vtab_unshare);
}
