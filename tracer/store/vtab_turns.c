/* SPDX-License-Identifier: MIT */
#include "store/vtab.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/kernel_sums.h"
#include "store/turns.h"

/* Four tables over one pass: what they show of a turn, its message, and what the kernel saw. */
enum table {
	TABLE_TURNS,
	TABLE_MESSAGES,
	TABLE_UNHANDLED,
	TABLE_TURN_TIME,
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
	SHOWN_HASH,
	SHOWN_ON_CPU, /* from here on the kernel's */
	SHOWN_PREEMPTED,
	SHOWN_BLOCKED,
	SHOWN_RUNNABLE,
	SHOWN_FAULTS,
	SHOWN_FAULT,
	SHOWN_WHY,
	SHOWN_STACK
};

#define DECLARE(NAME, name, type) ", " #name " " #type
#define SHOW(NAME, name, type)    SHOWN_##NAME,

static const uint8_t turn_columns[] = {TURN_COLUMNS(SHOW)};
static const uint8_t message_columns[] = {MESSAGE_COLUMNS(SHOW)};
static const uint8_t unhandled_columns[] = {UNHANDLED_COLUMNS(SHOW)};
static const uint8_t time_columns[] = {TIME_COLUMNS(SHOW)};

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
	{"turn_time", TIME_COLUMNS(DECLARE), time_columns, sizeof(time_columns), "xr"},
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

struct turns_cursor {
	sqlite3_vtab_cursor base;
	struct turns *turns;
	const struct turn *turn;
	struct turn unhandled; /* of which it is one */
	bool sees_kernel;
	struct kernel_sums sums;
	struct kernel_words words;
	struct kernel_sum sum; /* of the turn, where has_sum */
	bool has_sum;
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

static int connect_turn_time(sqlite3 *db, void *shared, int argc, const char *const *argv,
			     sqlite3_vtab **ret_vtab, char **ret_error)
{
	(void)argc;
	(void)argv;
	return turns_connect(db, shared, TABLE_TURN_TIME, ret_vtab, ret_error);
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
	info->idxNum = (shown & from_send) != 0 ? NEED_SEND : 0;
	if ((shown >> SHOWN_HASH & 1) != 0)
		info->idxNum |= NEED_HASH;
	if ((shown & (UINT64_C(1) << SHOWN_SIZE | UINT64_C(1) << SHOWN_DEPTH)) != 0)
		info->idxNum |= NEED_SIZE;
	if (shown >> SHOWN_ON_CPU != 0)
		info->idxNum |= NEED_KERNEL;
	if ((shown >> SHOWN_STACK & 1) != 0)
		info->idxNum |= NEED_STACKS;
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

/* How long the turn had a CPU: what is left of the time between its begin and its end. */
static int64_t on_cpu_ns(const struct turns_cursor *cursor, const struct clock_line *clock)
{
	const struct kernel_sum *sum = &cursor->sum;
	int64_t run = clock_span_ns(clock, cursor->turn->start, cursor->turn->run);
	int64_t off = (int64_t)(sum->preempted_ns + sum->blocked_ns + sum->runnable_ns);

	return off < run ? run - off : 0;
}

/* What page faults took of that, about. */
static int64_t fault_ns(const struct turns_cursor *cursor, const struct clock_line *clock)
{
	int64_t on_cpu = on_cpu_ns(cursor, clock);
	int64_t faults = (int64_t)cursor->sum.fault_ns;

	return faults < on_cpu ? faults : on_cpu;
}

/* The greatest part, in words. */
static void result_why(sqlite3_context *context, const struct turns_cursor *cursor,
		       const struct clock_line *clock)
{
	const struct kernel_sum *sum = &cursor->sum;
	const struct kernel_task_word *by = kernel_words_task(&cursor->words, sum->by);
	int64_t ready = (int64_t)(sum->preempted_ns + sum->runnable_ns);
	int64_t on_cpu = on_cpu_ns(cursor, clock), faults = fault_ns(cursor, clock);
	const char *what;
	char buffer[32], text[96];

	if (on_cpu >= (int64_t)sum->blocked_ns && on_cpu >= ready) {
		snprintf(text, sizeof(text), "%s",
			 faults * 2 >= on_cpu && faults > 0 ? "page faults" : "on CPU");
	} else if ((int64_t)sum->blocked_ns >= ready) {
		what = kernel_words_syscall(&cursor->words, sum->syscall, buffer);
		if (what == NULL)
			what = kernel_cause_name(sum->cause);
		snprintf(text, sizeof(text), "blocked in %s", what != NULL ? what : "the kernel");
	} else {
		what = sum->preempted_ns >= sum->runnable_ns ? "preempted" : "waited for a CPU";
		if (by != NULL)
			snprintf(text, sizeof(text), "%s: %s (%u) had it", what, by->comm, by->pid);
		else
			snprintf(text, sizeof(text), "%s", what);
	}
	sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

static void result_kernel(const struct turns_cursor *cursor, const struct clock_line *clock,
			  sqlite3_context *context, enum shown shown)
{
	const struct kernel_sum *sum = &cursor->sum;
	const char *stack;

	if (!cursor->has_sum)
		return;
	switch (shown) {
	case SHOWN_ON_CPU:
		sqlite3_result_int64(context, on_cpu_ns(cursor, clock));
		break;
	case SHOWN_PREEMPTED:
		sqlite3_result_int64(context, (int64_t)sum->preempted_ns);
		break;
	case SHOWN_BLOCKED:
		sqlite3_result_int64(context, (int64_t)sum->blocked_ns);
		break;
	case SHOWN_RUNNABLE:
		sqlite3_result_int64(context, (int64_t)sum->runnable_ns);
		break;
	case SHOWN_FAULTS:
		sqlite3_result_int64(context, (int64_t)sum->faults);
		break;
	case SHOWN_FAULT:
		sqlite3_result_int64(context, fault_ns(cursor, clock));
		break;
	case SHOWN_WHY:
		result_why(context, cursor, clock);
		break;
	default:
		stack = kernel_words_stack(&cursor->words, sum->stack);
		if (stack != NULL)
			sqlite3_result_text(context, stack, -1, SQLITE_TRANSIENT);
	}
}

static int turns_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
	const struct turn *turn = ((struct turns_cursor *)base)->turn;
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
		if (shown >= SHOWN_ON_CPU)
			result_kernel((struct turns_cursor *)base, clock, context, shown);
		else
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
	[TABLE_TURN_TIME] = MODULE(connect_turn_time),
};

int vtab_register_turns(sqlite3 *db, struct vtab_shared *shared)
{
	int code = SQLITE_OK;

	for (int i = 0; i < TABLE_COUNT && code == SQLITE_OK; i++)
		code = sqlite3_create_module_v2(db, tables[i].name, &modules[i], vtab_share(shared),
						vtab_unshare);
	return code;
}
