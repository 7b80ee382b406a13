/* SPDX-License-Identifier: MIT */
#include "store/vtab_turns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* What is on_cpu, preempted, blocked and runnable adds up to run. */
#define TIME_COLUMNS(X)                     \
	X(ID, id, INTEGER)                  \
	X(START, start_ns, INTEGER)         \
	X(END, end_ns, INTEGER)             \
	X(ACTOR, actor, TEXT)               \
	X(ACTOR_NAME, actor_name, TEXT)     \
	X(BEHAVIOUR, behaviour, TEXT)       \
	X(TYPE, type, TEXT)                 \
	X(KIND, kind, TEXT)                 \
	X(QUEUE, queue_ns, INTEGER)         \
	X(WAIT, wait_ns, INTEGER)           \
	X(RUN, run_ns, INTEGER)             \
	X(ON_CPU, on_cpu_ns, INTEGER)       \
	X(PREEMPTED, preempted_ns, INTEGER) \
	X(BLOCKED, blocked_ns, INTEGER)     \
	X(RUNNABLE, runnable_ns, INTEGER)   \
	X(FAULTS, faults, INTEGER)          \
	X(FAULT, fault_ns, INTEGER)         \
	X(WHY, why, TEXT)                   \
	X(STACK, stack, TEXT)               \
	X(THREAD, thread, INTEGER)

#define SHOW(NAME, name, type) SHOWN_##NAME,

static const uint8_t turn_columns[] = {TURN_COLUMNS(SHOW)};
static const uint8_t message_columns[] = {MESSAGE_COLUMNS(SHOW)};
static const uint8_t unhandled_columns[] = {UNHANDLED_COLUMNS(SHOW)};
static const uint8_t time_columns[] = {TIME_COLUMNS(SHOW)};

const struct turns_table turns_tables[TABLE_COUNT] = {
	{"turns", TURN_COLUMNS(VTAB_COLUMN), turn_columns, sizeof(turn_columns), "xr"},
	{"messages", MESSAGE_COLUMNS(VTAB_COLUMN), message_columns, sizeof(message_columns), "xr"},
	{"unhandled", UNHANDLED_COLUMNS(VTAB_COLUMN), unhandled_columns, sizeof(unhandled_columns),
	 ""},
	{"turn_time", TIME_COLUMNS(VTAB_COLUMN), time_columns, sizeof(time_columns), "xr"},
};

/* The columns that only the SEND knows. */
static const uint64_t from_send = UINT64_C(1) << SHOWN_SENT | UINT64_C(1) << SHOWN_QUEUE |
				  UINT64_C(1) << SHOWN_SIZE | UINT64_C(1) << SHOWN_DEPTH |
				  UINT64_C(1) << SHOWN_SEND_THREAD | UINT64_C(1) << SHOWN_SEND_ID |
				  UINT64_C(1) << SHOWN_TIMES | UINT64_C(1) << SHOWN_HASH;

/* What a query needs beyond the turns: bits of idxNum. */
enum need {
	NEED_SEND = 1,
	NEED_KERNEL = 2,
	NEED_STACKS = 4,
	NEED_HASH = 8,
	NEED_SIZE = 16
};

static int turns_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	enum table which = (enum table)((struct vtab *)base)->which;
	uint64_t shown = 0;

	for (size_t i = 0; i < turns_tables[which].count; i++)
		if ((info->colUsed >> i & 1) != 0)
			shown |= UINT64_C(1) << turns_tables[which].shown[i];
	info->idxNum = (shown & from_send) != 0 ? NEED_SEND : 0;
	if ((shown >> SHOWN_HASH & 1) != 0)
		info->idxNum |= NEED_HASH;
	if ((shown & (UINT64_C(1) << SHOWN_SIZE | UINT64_C(1) << SHOWN_DEPTH)) != 0)
		info->idxNum |= NEED_SIZE;
	if (shown >> SHOWN_ON_CPU != 0)
		info->idxNum |= NEED_KERNEL;
	if ((shown >> SHOWN_STACK & 1) != 0)
		info->idxNum |= NEED_STACKS;
	return vtab_plan(info, turns_tables[which].usable, 1e7);
}

static int turns_open(sqlite3_vtab *base, sqlite3_vtab_cursor **ret_cursor)
{
	(void)base;
	return vtab_open(sizeof(struct turns_cursor), ret_cursor);
}

static void rest(struct turns_cursor *cursor)
{
	cursor->turns = turns_end(cursor->turns);
	if (cursor->sees_kernel) {
		kernel_sums_finish(&cursor->sums);
		kernel_words_free(&cursor->words);
	}
	cursor->sees_kernel = cursor->has_sum = false;
}

static int turns_close(sqlite3_vtab_cursor *base)
{
	struct turns_cursor *cursor = (struct turns_cursor *)base;

	rest(cursor);
	trace_rest(((struct vtab *)base->pVtab)->shared->trace);
	free(cursor);
	return SQLITE_OK;
}

/* A send that nobody received looks like a turn that never began. */
static int next_unhandled(struct turns_cursor *cursor)
{
	struct send send = {0};
	uint64_t sender = 0;
	uint32_t seq = 0;
	int status = turns_next_unhandled(cursor->turns, &send, &sender, &seq);

	cursor->turn = &cursor->unhandled;
	cursor->unhandled = (struct turn){
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
	} while (status == 1 && vtab->which == TABLE_MESSAGES && !turn_is_message(cursor->turn));
	if (status < 0)
		return vtab_fail(vtab, status, cursor->error);
	cursor->end = status == 0;
	if (status == 1 && cursor->sees_kernel) {
		cursor->has_sum = kernel_sums_take(&cursor->sums, cursor->turn, &cursor->sum);
		if (cursor->sums.failed)
			return SQLITE_NOMEM;
	}
	return SQLITE_OK;
}

/* Loads what the kernel saw; the turns that follow will be asked for their stretches. */
static int see_kernel(struct turns_cursor *cursor, struct vtab *vtab, int needs,
		      struct turns_options *options)
{
	sqlite3 *db = vtab->shared->db;
	int status;

	cursor->sees_kernel = true;
	status = kernel_words_load(&cursor->words, db, (needs & NEED_STACKS) != 0);
	if (status != 0)
		snprintf(cursor->error, sizeof(cursor->error), "out of memory");
	else
		status = kernel_sums_begin(&cursor->sums, db, &vtab->shared->trace->clock,
					   options->from, options->to, cursor->error,
					   sizeof(cursor->error));
	options->watch = &cursor->sums.watch;
	return status;
}

static int turns_filter(sqlite3_vtab_cursor *base, int needs, const char *plan, int argc,
			sqlite3_value **argv)
{
	struct turns_cursor *cursor = (struct turns_cursor *)base;
	struct vtab *vtab = (struct vtab *)base->pVtab;
	struct turns_options options = {
		.messages = (vtab->which == TABLE_MESSAGES || vtab->which == TABLE_TURN_TIME) &&
			    (needs & NEED_SEND) != 0,
		.unhandled = vtab->which == TABLE_UNHANDLED,
	};
	int code = vtab_refresh(vtab);
	int status;

	if (code != SQLITE_OK)
		return code;
	options.send_slots = (uint8_t)(1u << EVENT_SLOT_SEQ |
				       ((needs & NEED_HASH) != 0 ? 1u << EVENT_SLOT_B : 0) |
				       ((needs & NEED_SIZE) != 0 ? 1u << EVENT_SLOT_C : 0));
	rest(cursor);
	cursor->end = true;
	if (!vtab_ticks(vtab, plan, argc, argv, &options.from, &options.to))
		return SQLITE_OK;
	if ((needs & NEED_KERNEL) != 0) {
		status = see_kernel(cursor, vtab, needs, &options);
		if (status != 0)
			return vtab_fail(vtab, status, cursor->error);
	}
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
	*ret_rowid = (sqlite3_int64)((struct turns_cursor *)base)->turn->id;
	return SQLITE_OK;
}

static const sqlite3_module module = {
	.iVersion = 1,
	.xConnect = vtab_connect_table,
	.xBestIndex = turns_best_index,
	.xDisconnect = vtab_disconnect,
	.xOpen = turns_open,
	.xClose = turns_close,
	.xFilter = turns_filter,
	.xNext = cursor_next,
	.xEof = turns_eof,
	.xColumn = turns_column,
	.xRowid = turns_rowid,
};

int vtab_register_turns(sqlite3 *db, struct vtab_shared *shared)
{
	int code = SQLITE_OK;

	for (int i = 0; i < TABLE_COUNT && code == SQLITE_OK; i++)
		code = vtab_register_table(db, shared, &module, turns_tables[i].name,
					   turns_tables[i].columns, i);
	return code;
}
