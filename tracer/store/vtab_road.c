/* SPDX-License-Identifier: MIT */
#include "store/vtab.h"

#include <stdlib.h>

#include "store/layout.h"
#include "store/road.h"

#define STOPS_DEFAULT 100
#define STOPS_MAX     1000000

/* X(NAME, name, type) */
#define ROAD_COLUMNS(X)                       \
	X(STEP, step, INTEGER)                \
	X(ID, id, INTEGER)                    \
	X(CAUSE, cause, INTEGER)              \
	X(KIND, kind, TEXT)                   \
	X(TYPE, type, TEXT)                   \
	X(SENDER, sender, TEXT)               \
	X(SENDER_NAME, sender_name, TEXT)     \
	X(RECEIVER, receiver, TEXT)           \
	X(RECEIVER_NAME, receiver_name, TEXT) \
	X(SEQ, seq, INTEGER)                  \
	X(SENT, sent_ns, INTEGER)             \
	X(RECEIVED, received_ns, INTEGER)     \
	X(QUEUE, queue_ns, INTEGER)           \
	X(SEND_ID, send_id, INTEGER)          \
	X(MORE, more, INTEGER)                \
	X(MESSAGE, message, INTEGER HIDDEN)   \
	X(STOPS, stops, INTEGER HIDDEN)

enum column {
#define X(NAME, name, type) COLUMN_##NAME,
	ROAD_COLUMNS(X)
#undef X
};

static const char columns[] = ROAD_COLUMNS(VTAB_COLUMN);

struct road_cursor {
	sqlite3_vtab_cursor base;
	struct road road;
	size_t position;
	int64_t message;
	int64_t stops;
	char error[256];
};

static int road_connect(sqlite3 *db, void *shared, int argc, const char *const *argv,
			sqlite3_vtab **ret_vtab, char **ret_error)
{
	(void)argc;
	(void)argv;
	return vtab_connect_function(db, shared, "message_road", columns, ret_vtab, ret_error);
}

static int road_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	return vtab_plan_function(base, info, COLUMN_MESSAGE, COLUMN_STOPS, "message_road(ID)");
}

static int road_open(sqlite3_vtab *base, sqlite3_vtab_cursor **ret_cursor)
{
	(void)base;
	return vtab_open(sizeof(struct road_cursor), ret_cursor);
}

static int road_close(sqlite3_vtab_cursor *base)
{
	struct road_cursor *cursor = (struct road_cursor *)base;

	road_free(&cursor->road);
	trace_rest(((struct vtab *)base->pVtab)->shared->trace);
	free(cursor);
	return SQLITE_OK;
}

static int road_filter(sqlite3_vtab_cursor *base, int number, const char *plan, int argc,
		       sqlite3_value **argv)
{
	struct road_cursor *cursor = (struct road_cursor *)base;
	struct vtab *vtab = (struct vtab *)base->pVtab;
	int code = vtab_refresh(vtab);
	int status;

	(void)number;
	(void)plan;
	if (code != SQLITE_OK)
		return code;
	road_free(&cursor->road);
	cursor->position = 0;
	cursor->stops = argc > 1 ? sqlite3_value_int64(argv[1]) : STOPS_DEFAULT;
	if (cursor->stops < 0 || cursor->stops > STOPS_MAX)
		cursor->stops = STOPS_MAX;
	cursor->message = sqlite3_value_int64(argv[0]);
	if (sqlite3_value_numeric_type(argv[0]) != SQLITE_INTEGER || cursor->message < 0)
		return SQLITE_OK;
	status = road_find(vtab->shared->db, (uint64_t)cursor->message, (size_t)cursor->stops,
			   &cursor->road, cursor->error, sizeof(cursor->error));
	return status < 0 ? vtab_fail(vtab, status, cursor->error) : SQLITE_OK;
}

static int road_next(sqlite3_vtab_cursor *base)
{
	((struct road_cursor *)base)->position++;
	return SQLITE_OK;
}

static int road_eof(sqlite3_vtab_cursor *base)
{
	const struct road_cursor *cursor = (const struct road_cursor *)base;

	return cursor->position >= cursor->road.count;
}

static int road_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret_rowid)
{
	*ret_rowid = (sqlite3_int64)((struct road_cursor *)base)->position;
	return SQLITE_OK;
}

static bool goes_on(const struct road_cursor *cursor)
{
	return (cursor->position == 0 && cursor->road.cut_before) ||
	       (cursor->position + 1 == cursor->road.count && cursor->road.cut_behind);
}

static void result_time(sqlite3_context *context, const struct clock_line *clock, uint64_t ticks)
{
	if (ticks != 0)
		sqlite3_result_int64(context, clock_ns(clock, ticks));
}

static void result_id(sqlite3_context *context, uint64_t id)
{
	if (id != 0)
		sqlite3_result_int64(context, (sqlite3_int64)id);
}

static int road_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
	const struct road_cursor *cursor = (const struct road_cursor *)base;
	const struct road_stop *stop = &cursor->road.stops[cursor->position];
	struct trace *trace = ((struct vtab *)base->pVtab)->shared->trace;
	const struct clock_line *clock = &trace->clock;

	switch ((enum column)column) {
	case COLUMN_STEP:
		sqlite3_result_int64(context, stop->step);
		break;
	case COLUMN_ID:
		result_id(context, stop->id);
		break;
	case COLUMN_CAUSE:
		result_id(context, stop->cause);
		break;
	case COLUMN_KIND:
		vtab_result_text(context, stop->event == ACTOR_EVENT_INPUT
						  ? "input"
						  : event_message_name(stop->message));
		break;
	case COLUMN_TYPE:
		vtab_result_text(context, trace_type(trace, stop->tag));
		break;
	case COLUMN_SENDER:
	case COLUMN_SENDER_NAME:
		vtab_result_actor(context, trace, stop->sender, column == COLUMN_SENDER_NAME);
		break;
	case COLUMN_RECEIVER:
	case COLUMN_RECEIVER_NAME:
		vtab_result_actor(context, trace, stop->receiver, column == COLUMN_RECEIVER_NAME);
		break;
	case COLUMN_SEQ:
		sqlite3_result_int64(context, stop->seq);
		break;
	case COLUMN_SENT:
		result_time(context, clock, stop->sent);
		break;
	case COLUMN_RECEIVED:
		result_time(context, clock, stop->received);
		break;
	case COLUMN_QUEUE:
		if (stop->sent != 0 && stop->received != 0)
			sqlite3_result_int64(context, stop->received > stop->sent
							      ? clock_ns(clock, stop->received) -
									clock_ns(clock, stop->sent)
							      : 0);
		break;
	case COLUMN_SEND_ID:
		result_id(context, stop->send_id);
		break;
	case COLUMN_MORE:
		sqlite3_result_int64(context, goes_on(cursor));
		break;
	case COLUMN_MESSAGE:
		sqlite3_result_int64(context, cursor->message);
		break;
	case COLUMN_STOPS:
		sqlite3_result_int64(context, cursor->stops);
		break;
	}
	return SQLITE_OK;
}

static const sqlite3_module road_module = {
	.iVersion = 1,
	.xConnect = road_connect,
	.xBestIndex = road_best_index,
	.xDisconnect = vtab_disconnect,
	.xOpen = road_open,
	.xClose = road_close,
	.xFilter = road_filter,
	.xNext = road_next,
	.xEof = road_eof,
	.xColumn = road_column,
	.xRowid = road_rowid,
};

int vtab_register_road(sqlite3 *db, struct vtab_shared *shared)
{
	return sqlite3_create_module_v2(db, "message_road", &road_module, vtab_share(shared),
					vtab_unshare);
}
