/* SPDX-License-Identifier: MIT */
#include "store/vtab.h"

#include <stdlib.h>

#include "store/walk.h"

/*
 * mailbox_history(ACTOR): each change of a mailbox's length. A SEND says how long the mailbox is
 * with its message in it; each RECV takes one out, whatever it is. In between, what has no SEND
 * (timers) comes in unseen and is put right by the next SEND.
 */

/* X(NAME, name, type) */
#define MAILBOX_COLUMNS(X)            \
	X(TIME, time_ns, INTEGER)     \
	X(LENGTH, length, INTEGER)    \
	X(CHANGE, change, TEXT)       \
	X(TYPE, type, TEXT)           \
	X(KIND, kind, TEXT)           \
	X(PEER, peer, TEXT)           \
	X(PEER_NAME, peer_name, TEXT) \
	X(ID, id, INTEGER)            \
	X(ACTOR, actor, TEXT HIDDEN)

enum column {
#define X(NAME, name, type) COLUMN_##NAME,
	MAILBOX_COLUMNS(X)
#undef X
};

static const char columns[] = MAILBOX_COLUMNS(VTAB_COLUMN);

struct mailbox_cursor {
	sqlite3_vtab_cursor base;
	struct walk *walk;
	struct walk_event event;
	uint64_t actor;
	uint64_t peer;
	int64_t length;
	const char *change;
	bool end;
	char error[256];
};

static int mailbox_connect(sqlite3 *db, void *shared, int argc, const char *const *argv,
			   sqlite3_vtab **ret_vtab, char **ret_error)
{
	(void)argc;
	(void)argv;
	return vtab_connect_function(db, shared, "mailbox_history", columns, ret_vtab, ret_error);
}

static int mailbox_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	return vtab_plan_function(base, info, COLUMN_ACTOR, COLUMN_ACTOR,
				  "mailbox_history('<0.17.3>')");
}

static int mailbox_open(sqlite3_vtab *base, sqlite3_vtab_cursor **ret_cursor)
{
	(void)base;
	return vtab_open(sizeof(struct mailbox_cursor), ret_cursor);
}

static int mailbox_close(sqlite3_vtab_cursor *base)
{
	struct mailbox_cursor *cursor = (struct mailbox_cursor *)base;

	walk_end(cursor->walk);
	trace_rest(((struct vtab *)base->pVtab)->shared->trace);
	free(cursor);
	return SQLITE_OK;
}

/* What the event does to the mailbox; false: nothing. */
static bool take(struct mailbox_cursor *cursor)
{
	const struct actor_event *event = cursor->event.event;
	bool own = event->a == cursor->actor;

	cursor->peer = event->b;
	switch (event->kind) {
	case ACTOR_EVENT_SEND:
		cursor->peer = cursor->event.actor;
		cursor->length = (int64_t)(event->c >> 32);
		cursor->change = "in";
		return own;
	case ACTOR_EVENT_RECV:
		cursor->length -= own && cursor->length > 0;
		cursor->change = "out";
		return own;
	case ACTOR_EVENT_POSTPONE:
		cursor->change = "aside";
		return own;
	case ACTOR_EVENT_MAILBOX_HIGH:
	case ACTOR_EVENT_MAILBOX_LOW:
		cursor->change = event->kind == ACTOR_EVENT_MAILBOX_HIGH ? "high" : "low";
		cursor->peer = 0;
		if (own)
			cursor->length = (int64_t)event->b;
		return own;
	case ACTOR_EVENT_MAILBOX_DROP:
		cursor->change = "dropped";
		return own; /* PEER, who it was sent to, is slot a here */
	default:
		return false;
	}
}

static int mailbox_next(sqlite3_vtab_cursor *base)
{
	struct mailbox_cursor *cursor = (struct mailbox_cursor *)base;
	int64_t before;
	int status;

	do {
		before = cursor->length;
		status = walk_next(cursor->walk, &cursor->event);
		if (status < 0)
			return vtab_fail((struct vtab *)base->pVtab, status, cursor->error);
		if (status == 1 && take(cursor))
			break;
		cursor->length = before;
	} while (status == 1);
	cursor->end = status == 0;
	return SQLITE_OK;
}

static int mailbox_filter(sqlite3_vtab_cursor *base, int number, const char *plan, int argc,
			  sqlite3_value **argv)
{
	static const uint8_t kinds[] = {ACTOR_EVENT_SEND,        ACTOR_EVENT_RECV,
					ACTOR_EVENT_POSTPONE,    ACTOR_EVENT_MAILBOX_HIGH,
					ACTOR_EVENT_MAILBOX_LOW, ACTOR_EVENT_MAILBOX_DROP};
	struct mailbox_cursor *cursor = (struct mailbox_cursor *)base;
	struct vtab *vtab = (struct vtab *)base->pVtab;
	struct walk_filter filter = walk_filter_all;
	struct codec_want want = walk_want_place();
	int code = vtab_refresh(vtab);
	int status;

	(void)number;
	(void)plan;
	(void)argc;
	if (code != SQLITE_OK)
		return code;
	cursor->walk = walk_end(cursor->walk);
	cursor->end = true;
	cursor->length = 0;
	if (!vtab_actor(vtab->shared->trace, argv[0], &cursor->actor))
		return SQLITE_OK;
	for (size_t i = 0; i < sizeof(kinds); i++) {
		want.slots[kinds[i]] = CODEC_SLOTS_ALL & ~(1u << EVENT_SLOT_SEQ);
		filter.kinds |= UINT64_C(1) << kinds[i];
	}
	want.slots[ACTOR_EVENT_SEND] &= (uint8_t) ~(1u << EVENT_SLOT_B); /* the hash */
	filter.actor = cursor->actor;
	status = walk_begin(vtab->shared->db, &filter, &want, &cursor->walk, cursor->error,
			    sizeof(cursor->error));
	if (status != 0)
		return vtab_fail(vtab, status, cursor->error);
	return mailbox_next(base);
}

static int mailbox_eof(sqlite3_vtab_cursor *base)
{
	return ((struct mailbox_cursor *)base)->end;
}

static int mailbox_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret_rowid)
{
	*ret_rowid = (sqlite3_int64)((struct mailbox_cursor *)base)->event.id;
	return SQLITE_OK;
}

static int mailbox_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
	const struct mailbox_cursor *cursor = (const struct mailbox_cursor *)base;
	const struct actor_event *event = cursor->event.event;
	struct trace *trace = ((struct vtab *)base->pVtab)->shared->trace;

	switch ((enum column)column) {
	case COLUMN_TIME:
		sqlite3_result_int64(context, clock_ns(&trace->clock, cursor->event.time));
		break;
	case COLUMN_LENGTH:
		sqlite3_result_int64(context, cursor->length);
		break;
	case COLUMN_CHANGE:
		vtab_result_text(context, cursor->change);
		break;
	case COLUMN_TYPE:
		if (event_has_message(event->kind))
			vtab_result_text(context, trace_type(trace, event->tag));
		break;
	case COLUMN_KIND:
		if (event_has_message(event->kind))
			vtab_result_text(context, event_message_name(event_message_kind(event)));
		break;
	case COLUMN_PEER:
	case COLUMN_PEER_NAME:
		vtab_result_actor(context, trace, cursor->peer, column == COLUMN_PEER_NAME);
		break;
	case COLUMN_ID:
		sqlite3_result_int64(context, (sqlite3_int64)cursor->event.id);
		break;
	case COLUMN_ACTOR:
		vtab_result_actor(context, trace, cursor->actor, false);
		break;
	}
	return SQLITE_OK;
}

static const sqlite3_module mailbox_module = {
	.iVersion = 1,
	.xConnect = mailbox_connect,
	.xBestIndex = mailbox_best_index,
	.xDisconnect = vtab_disconnect,
	.xOpen = mailbox_open,
	.xClose = mailbox_close,
	.xFilter = mailbox_filter,
	.xNext = mailbox_next,
	.xEof = mailbox_eof,
	.xColumn = mailbox_column,
	.xRowid = mailbox_rowid,
};

int vtab_register_mailbox(sqlite3 *db, struct vtab_shared *shared)
{
	return sqlite3_create_module_v2(db, "mailbox_history", &mailbox_module, vtab_share(shared),
					vtab_unshare);
}
