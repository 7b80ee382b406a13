/* SPDX-License-Identifier: MIT */
#include "store/vtab.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/turns.h"

/* Three tables over one pass: what they show of a turn and its message. */
enum table {
	TABLE_TURNS,
	TABLE_MESSAGES,
	TABLE_UNHANDLED,
	TABLE_COUNT
};

/* X(NAME, name, type) */
#define TURN_COLUMNS(X)                  \
	X(ID, id, INTEGER)               \
	X(START, start_ns, INTEGER)      \
	X(END, end_ns, INTEGER)          \
	X(RUN, run_ns, INTEGER)          \
	X(WAIT, wait_ns, INTEGER)        \
	X(ACTOR, actor, TEXT)            \
	X(ACTOR_NAME, actor_name, TEXT)  \
	X(BEHAVIOUR, behaviour, TEXT)    \
	X(TYPE, type, TEXT)              \
	X(KIND, kind, TEXT)              \
	X(SENDER, sender, TEXT)          \
	X(SEQ, seq, INTEGER)             \
	X(SENDS, sends, INTEGER)         \
	X(POSTPONED, postponed, INTEGER) \
	X(THREAD, thread, INTEGER)

#define MESSAGE_COLUMNS(X)                     \
	X(ID, id, INTEGER)                     \
	X(START, received_ns, INTEGER)         \
	X(SENDER, sender, TEXT)                \
	X(SENDER_NAME, sender_name, TEXT)      \
	X(SEQ, seq, INTEGER)                   \
	X(ACTOR, receiver, TEXT)               \
	X(ACTOR_NAME, receiver_name, TEXT)     \
	X(TYPE, type, TEXT)                    \
	X(KIND, kind, TEXT)                    \
	X(SENT, sent_ns, INTEGER)              \
	X(QUEUE, queue_ns, INTEGER)            \
	X(RUN, run_ns, INTEGER)                \
	X(SIZE, size, INTEGER)                 \
	X(DEPTH, depth, INTEGER)               \
	X(TIMES, postponed, INTEGER)           \
	X(SEND_THREAD, sender_thread, INTEGER) \
	X(THREAD, receiver_thread, INTEGER)    \
	X(HASH, hash, TEXT)                    \
	X(SEND_ID, send_id, INTEGER)

#define UNHANDLED_COLUMNS(X)                   \
	X(ID, id, INTEGER)                     \
	X(SENT, sent_ns, INTEGER)              \
	X(SENDER, sender, TEXT)                \
	X(SENDER_NAME, sender_name, TEXT)      \
	X(SEQ, seq, INTEGER)                   \
	X(ACTOR, receiver, TEXT)               \
	X(ACTOR_NAME, receiver_name, TEXT)     \
	X(TYPE, type, TEXT)                    \
	X(KIND, kind, TEXT)                    \
	X(SIZE, size, INTEGER)                 \
	X(DEPTH, depth, INTEGER)               \
	X(SEND_THREAD, sender_thread, INTEGER) \
	X(HASH, hash, TEXT)

enum shown {
	SHOWN_ID,
	SHOWN_START,
	SHOWN_END,
	SHOWN_RUN,
	SHOWN_WAIT,
	SHOWN_ACTOR,
	SHOWN_ACTOR_NAME,
	SHOWN_BEHAVIOUR,
	SHOWN_TYPE,
	SHOWN_KIND,
	SHOWN_SENDER,
	SHOWN_SENDER_NAME,
	SHOWN_SEQ,
	SHOWN_SENDS,
	SHOWN_THREAD,
	SHOWN_POSTPONED,
	SHOWN_TIMES,
	SHOWN_SEND_ID,
	SHOWN_SENT,
	SHOWN_QUEUE,
	SHOWN_SIZE,
	SHOWN_DEPTH,
	SHOWN_SEND_THREAD,
	SHOWN_HASH
};

#define DECLARE(NAME, name, type) ", " #name " " #type
#define SHOW(NAME, name, type)    SHOWN_##NAME,

static const uint8_t turn_columns[] = {TURN_COLUMNS(SHOW)};
static const uint8_t message_columns[] = {MESSAGE_COLUMNS(SHOW)};
static const uint8_t unhandled_columns[] = {UNHANDLED_COLUMNS(SHOW)};

static const struct {
	const char *name;
	const char *columns; /* each after a comma */
	const uint8_t *shown;
	size_t count;
	const char *usable;
} tables[TABLE_COUNT] = {
	{"turns", TURN_COLUMNS(DECLARE), turn_columns, sizeof(turn_columns), "xr"},
	{"messages", MESSAGE_COLUMNS(DECLARE), message_columns, sizeof(message_columns), "xr"},
	{"unhandled", UNHANDLED_COLUMNS(DECLARE), unhandled_columns, sizeof(unhandled_columns), ""},
};

/* The columns that only the SEND knows. */
static const uint64_t from_send = UINT64_C(1) << SHOWN_SENT | UINT64_C(1) << SHOWN_QUEUE |
				  UINT64_C(1) << SHOWN_SIZE | UINT64_C(1) << SHOWN_DEPTH |
				  UINT64_C(1) << SHOWN_SEND_THREAD | UINT64_C(1) << SHOWN_SEND_ID |
				  UINT64_C(1) << SHOWN_TIMES | UINT64_C(1) << SHOWN_HASH;

struct turns_cursor {
	sqlite3_vtab_cursor base;
	struct turns *turns;
	struct turn turn;
	bool end;
	char error[256];
};

static int turns_connect(sqlite3 *db, struct vtab_shared *shared, enum table which,
			 sqlite3_vtab **ret_vtab, char **ret_error)
{
	char schema[1024];

	snprintf(schema, sizeof(schema), "CREATE TABLE %s(%s)", tables[which].name,
		 tables[which].columns + 2);
	return vtab_connect(db, shared, schema, which, sizeof(struct vtab), ret_vtab, ret_error);
}

static int connect_turns(sqlite3 *db, void *shared, int argc, const char *const *argv,
			 sqlite3_vtab **ret_vtab, char **ret_error)
{
	(void)argc;
	(void)argv;
	return turns_connect(db, shared, TABLE_TURNS, ret_vtab, ret_error);
}

static int connect_messages(sqlite3 *db, void *shared, int argc, const char *const *argv,
			    sqlite3_vtab **ret_vtab, char **ret_error)
{
	(void)argc;
	(void)argv;
	return turns_connect(db, shared, TABLE_MESSAGES, ret_vtab, ret_error);
}

static int connect_unhandled(sqlite3 *db, void *shared, int argc, const char *const *argv,
			     sqlite3_vtab **ret_vtab, char **ret_error)
{
	(void)argc;
	(void)argv;
	return turns_connect(db, shared, TABLE_UNHANDLED, ret_vtab, ret_error);
}

static int turns_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	enum table which = (enum table)((struct vtab *)base)->which;
	uint64_t shown = 0;

	for (size_t i = 0; i < tables[which].count; i++)
		if ((info->colUsed >> i & 1) != 0)
			shown |= UINT64_C(1) << tables[which].shown[i];
	info->idxNum = (shown & from_send) != 0;
	return vtab_plan(info, tables[which].usable, 1e7);
}

static int turns_open(sqlite3_vtab *base, sqlite3_vtab_cursor **ret_cursor)
{
	struct turns_cursor *cursor = calloc(1, sizeof(*cursor));

	(void)base;
	if (cursor == NULL)
		return SQLITE_NOMEM;
	*ret_cursor = &cursor->base;
	return SQLITE_OK;
}

static int turns_close(sqlite3_vtab_cursor *base)
{
	struct turns_cursor *cursor = (struct turns_cursor *)base;

	turns_end(cursor->turns);
	trace_rest(((struct vtab *)base->pVtab)->shared->trace);
	free(cursor);
	return SQLITE_OK;
}

/* A send that nobody received looks like a turn that never began. */
static int next_unhandled(struct turns_cursor *cursor)
{
	struct turn *turn = &cursor->turn;
	struct send send;
	uint64_t sender;
	uint32_t seq;
	int status = turns_next_unhandled(cursor->turns, &send, &sender, &seq);

	*turn = (struct turn){
		.id = send.id,
		.actor = send.receiver,
		.sender = sender,
		.seq = seq,
		.tag = send.tag,
		.event = ACTOR_EVENT_RECV,
		.message = send.message,
		.has_send = true,
		.send_thread = send.thread,
		.sent = send.sent,
		.hash = send.hash,
		.size = send.size,
		.depth = send.depth,
	};
	return status;
}

static int cursor_next(sqlite3_vtab_cursor *base)
{
	struct turns_cursor *cursor = (struct turns_cursor *)base;
	struct vtab *vtab = (struct vtab *)base->pVtab;
	int status;

	if (vtab->which == TABLE_UNHANDLED) {
		cursor->end = next_unhandled(cursor) == 0;
		return SQLITE_OK;
	}
	do {
		status = turns_next(cursor->turns, &cursor->turn);
	} while (status == 1 && vtab->which == TABLE_MESSAGES && !turn_is_message(&cursor->turn));
	if (status < 0)
		return vtab_fail(vtab, status, cursor->error);
	cursor->end = status == 0;
	return SQLITE_OK;
}

static int turns_filter(sqlite3_vtab_cursor *base, int needs_send, const char *plan, int argc,
			sqlite3_value **argv)
{
	struct turns_cursor *cursor = (struct turns_cursor *)base;
	struct vtab *vtab = (struct vtab *)base->pVtab;
	struct turns_options options = {
		.messages = vtab->which == TABLE_MESSAGES && needs_send,
		.unhandled = vtab->which == TABLE_UNHANDLED,
	};
	int code = vtab_refresh(vtab);
	int status;

	if (code != SQLITE_OK)
		return code;
	cursor->turns = turns_end(cursor->turns);
	cursor->end = true;
	if (!vtab_ticks(vtab, plan, argc, argv, &options.from, &options.to))
		return SQLITE_OK;
	status = turns_begin(vtab->shared->db, &options, &cursor->turns, cursor->error,
			     sizeof(cursor->error));
	if (status != 0)
		return vtab_fail(vtab, status, cursor->error);
	while (options.unhandled && (status = turns_next(cursor->turns, &cursor->turn)) == 1)
		;
	if (status < 0)
		return vtab_fail(vtab, status, cursor->error);
	return cursor_next(base);
}

static int turns_eof(sqlite3_vtab_cursor *base)
{
	return ((struct turns_cursor *)base)->end;
}

static int turns_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret_rowid)
{
	*ret_rowid = (sqlite3_int64)((struct turns_cursor *)base)->turn.id;
	return SQLITE_OK;
}

static void result_send(const struct turn *turn, const struct clock_line *clock,
			sqlite3_context *context, enum shown shown)
{
	char buffer[32];

	if (!turn->has_send)
		return;
	switch (shown) {
	case SHOWN_SENT:
		sqlite3_result_int64(context, clock_ns(clock, turn->sent));
		break;
	case SHOWN_QUEUE:
		/* Two rings' clocks may differ by a few ticks. */
		sqlite3_result_int64(context, turn->start > turn->sent
						      ? clock_ns(clock, turn->start) -
								clock_ns(clock, turn->sent)
						      : 0);
		break;
	case SHOWN_SIZE:
		sqlite3_result_int64(context, turn->size);
		break;
	case SHOWN_SEND_ID:
		sqlite3_result_int64(context, (sqlite3_int64)turn->send_id);
		break;
	case SHOWN_TIMES:
		sqlite3_result_int64(context, turn->times);
		break;
	case SHOWN_DEPTH:
		sqlite3_result_int64(context, turn->depth);
		break;
	case SHOWN_SEND_THREAD:
		sqlite3_result_int64(context, turn->send_thread);
		break;
	default:
		snprintf(buffer, sizeof(buffer), "%016llx", (unsigned long long)turn->hash);
		sqlite3_result_text(context, buffer, -1, SQLITE_TRANSIENT);
	}
}

static int turns_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
	const struct turn *turn = &((struct turns_cursor *)base)->turn;
	struct vtab *vtab = (struct vtab *)base->pVtab;
	struct trace *trace = vtab->shared->trace;
	const struct clock_line *clock = &trace->clock;
	bool is_recv = turn->event == ACTOR_EVENT_RECV;
	enum shown shown = (enum shown)tables[vtab->which].shown[column];

	switch (shown) {
	case SHOWN_ID:
		sqlite3_result_int64(context, (int64_t)turn->id);
		break;
	case SHOWN_START:
		sqlite3_result_int64(context, clock_ns(clock, turn->start));
		break;
	case SHOWN_END:
		if (turn->end != 0)
			sqlite3_result_int64(context, clock_ns(clock, turn->end));
		break;
	case SHOWN_RUN:
		if (turn->end != 0)
			sqlite3_result_int64(context, clock_span_ns(clock, turn->start, turn->run));
		break;
	case SHOWN_WAIT:
		if (turn->end != 0)
			sqlite3_result_int64(context,
					     clock_span_ns(clock, turn->start, turn->wait));
		break;
	case SHOWN_ACTOR:
	case SHOWN_ACTOR_NAME:
		vtab_result_actor(context, trace, turn->actor, shown == SHOWN_ACTOR_NAME);
		break;
	case SHOWN_BEHAVIOUR:
		if (turn->actor != 0)
			vtab_result_text(context, trace_name(trace, turn->actor)->behaviour);
		break;
	case SHOWN_SENDER:
	case SHOWN_SENDER_NAME:
		vtab_result_actor(context, trace, turn->sender, shown == SHOWN_SENDER_NAME);
		break;
	case SHOWN_TYPE:
		vtab_result_text(context, trace_type(trace, turn->tag));
		break;
	case SHOWN_KIND:
		vtab_result_text(context, is_recv ? event_message_name(turn->message) : "input");
		break;
	case SHOWN_SEQ:
		if (is_recv)
			sqlite3_result_int64(context, turn->seq);
		break;
	case SHOWN_SENDS:
		sqlite3_result_int64(context, turn->sends);
		break;
	case SHOWN_POSTPONED:
		sqlite3_result_int64(context, turn->postponed);
		break;
	case SHOWN_THREAD:
		sqlite3_result_int64(context, turn->thread);
		break;
	default:
		result_send(turn, clock, context, shown);
	}
	return SQLITE_OK;
}

#define MODULE(connect)                                                                     \
	{                                                                                   \
		.iVersion = 1, .xConnect = connect, .xBestIndex = turns_best_index,         \
		.xDisconnect = vtab_disconnect, .xOpen = turns_open, .xClose = turns_close, \
		.xFilter = turns_filter, .xNext = cursor_next, .xEof = turns_eof,           \
		.xColumn = turns_column, .xRowid = turns_rowid,                             \
	}

static const sqlite3_module modules[TABLE_COUNT] = {
	[TABLE_TURNS] = MODULE(connect_turns),
	[TABLE_MESSAGES] = MODULE(connect_messages),
	[TABLE_UNHANDLED] = MODULE(connect_unhandled),
};

int vtab_register_turns(sqlite3 *db, struct vtab_shared *shared)
{
	int code = SQLITE_OK;

	for (int i = 0; i < TABLE_COUNT && code == SQLITE_OK; i++)
		code = sqlite3_create_module_v2(db, tables[i].name, &modules[i], vtab_share(shared),
						vtab_unshare);
	return code;
}
