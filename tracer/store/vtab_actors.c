/* SPDX-License-Identifier: MIT */
#include "store/vtab.h"

#include <stdlib.h>

/*
 * every_actor: the rows of the table actor and behind them the actors that are packed, with the
 * same columns. By its pid, one is found at once.
 */

/* X(NAME, name, type), as in the table */
#define ACTOR_COLUMNS(X)                 \
	X(PID, pid, INTEGER)             \
	X(PARENT, parent, INTEGER)       \
	X(NTH, nth, INTEGER)             \
	X(IDENTITY, identity, INTEGER)   \
	X(BEHAVIOUR, behaviour, INTEGER) \
	X(NAME, name, TEXT)              \
	X(KIND, kind, INTEGER)           \
	X(SPAWN, spawn_ticks, INTEGER)   \
	X(EXIT, exit_ticks, INTEGER)     \
	X(REASON, exit_reason, INTEGER)  \
	X(RESTARTS, restarts, INTEGER)

enum column {
#define X(NAME, name, type) COLUMN_##NAME,
	ACTOR_COLUMNS(X)
#undef X
};

static const char columns[] = ACTOR_COLUMNS(VTAB_COLUMN);

#define SELECT_ROWS                                                                          \
	"SELECT pid, parent, nth, identity, behaviour, name, kind, spawn_ticks, exit_ticks," \
	" exit_reason, restarts FROM main.actor"

enum stage {
	STAGE_ROWS,
	STAGE_PACKED,
	STAGE_END
};

struct actors_cursor {
	sqlite3_vtab_cursor base;
	sqlite3_stmt *rows;  /* NULL but in STAGE_ROWS */
	sqlite3_stmt *one;   /* a row by its pid */
	sqlite3_stmt *packs; /* NULL but in STAGE_PACKED of a whole scan */
	struct actors packed;
	enum stage stage;
	bool single;              /* asked for by its pid */
	size_t place;             /* in the pack; the next one */
	struct trace_actor actor; /* in STAGE_PACKED */
};

static int actors_connect(sqlite3 *db, void *shared, int argc, const char *const *argv,
			  sqlite3_vtab **ret_vtab, char **ret_error)
{
	(void)argc;
	(void)argv;
	return vtab_connect_function(db, shared, "every_actor", columns, ret_vtab, ret_error);
}

static int actors_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	(void)base;
	return vtab_plan(info, "e          ", 1e6);
}

static int actors_open(sqlite3_vtab *base, sqlite3_vtab_cursor **ret_cursor)
{
	struct actors_cursor *cursor = calloc(1, sizeof(*cursor));

	if (cursor == NULL)
		return SQLITE_NOMEM;
	cursor->packed.db = ((struct vtab *)base)->shared->db;
	cursor->stage = STAGE_END;
	*ret_cursor = &cursor->base;
	return SQLITE_OK;
}

static void stop(struct actors_cursor *cursor)
{
	sqlite3_finalize(cursor->rows);
	sqlite3_finalize(cursor->packs);
	cursor->rows = cursor->packs = NULL;
	cursor->stage = STAGE_END;
	cursor->place = 0;
	if (cursor->packed.pack != NULL)
		cursor->packed.pack->count = 0;
}

static int actors_close(sqlite3_vtab_cursor *base)
{
	struct actors_cursor *cursor = (struct actors_cursor *)base;

	stop(cursor);
	trace_rest(((struct vtab *)base->pVtab)->shared->trace);
	sqlite3_finalize(cursor->one);
	actors_finish(&cursor->packed);
	free(cursor);
	return SQLITE_OK;
}

static int fail(struct actors_cursor *cursor, int status)
{
	return vtab_fail((struct vtab *)cursor->base.pVtab, status,
			 status == -EBADMSG ? "a pack of actors is damaged"
					    : sqlite3_errmsg(cursor->packed.db));
}

/* The next one that is packed. */
static int next_packed(struct actors_cursor *cursor)
{
	struct actors *packed = &cursor->packed;
	int code, status;

	while (packed->pack == NULL || cursor->place == packed->pack->count) {
		code = sqlite3_step(cursor->packs);
		if (code != SQLITE_ROW) {
			stop(cursor);
			return code == SQLITE_DONE ? SQLITE_OK : fail(cursor, sqlite_status(code));
		}
		cursor->place = 0;
		status = actors_read(packed, cursor->packs, 0);
		if (status != 0)
			return fail(cursor, status);
	}
	actor_pack_at(packed->pack, cursor->place++, &cursor->actor);
	return SQLITE_OK;
}

static int begin_packed(struct actors_cursor *cursor)
{
	struct actors *packed = &cursor->packed;
	int code;

	stop(cursor);
	if (!actors_packed(packed->db))
		return SQLITE_OK;
	code = sqlite3_prepare_v2(packed->db, "SELECT n, checksum, data FROM main.actor_pack", -1,
				  &cursor->packs, NULL);
	if (code != SQLITE_OK)
		return fail(cursor, sqlite_status(code));
	cursor->stage = STAGE_PACKED;
	return next_packed(cursor);
}

static int find_packed(struct actors_cursor *cursor, int64_t pid)
{
	/* That of the connection has the pack where others have looked. */
	struct trace *trace = ((struct vtab *)cursor->base.pVtab)->shared->trace;
	int status = actors_find(&trace->packed, (uint64_t)pid, &cursor->actor);

	if (status < 0)
		return fail(cursor, status);
	cursor->stage = status == 1 ? STAGE_PACKED : STAGE_END;
	return SQLITE_OK;
}

static int actors_next(sqlite3_vtab_cursor *base)
{
	struct actors_cursor *cursor = (struct actors_cursor *)base;
	int code;

	if (cursor->single) {
		cursor->stage = STAGE_END;
		return SQLITE_OK;
	}
	if (cursor->stage == STAGE_PACKED)
		return next_packed(cursor);
	code = sqlite3_step(cursor->rows);
	if (code == SQLITE_ROW)
		return SQLITE_OK;
	return code == SQLITE_DONE ? begin_packed(cursor) : fail(cursor, sqlite_status(code));
}

static int find_one(struct actors_cursor *cursor, int64_t pid)
{
	int code = SQLITE_OK;

	if (cursor->one == NULL)
		code = sqlite3_prepare_v2(cursor->packed.db, SELECT_ROWS " WHERE pid = ?1", -1,
					  &cursor->one, NULL);
	if (code != SQLITE_OK)
		return fail(cursor, sqlite_status(code));
	sqlite3_bind_int64(cursor->one, 1, pid);
	code = sqlite3_step(cursor->one);
	cursor->stage = STAGE_ROWS;
	if (code == SQLITE_ROW)
		return SQLITE_OK;
	sqlite3_reset(cursor->one);
	return code == SQLITE_DONE ? find_packed(cursor, pid) : fail(cursor, sqlite_status(code));
}

static int actors_filter(sqlite3_vtab_cursor *base, int number, const char *plan, int argc,
			 sqlite3_value **argv)
{
	struct actors_cursor *cursor = (struct actors_cursor *)base;
	struct vtab_range pids = {INT64_MIN, INT64_MAX, false};
	int code;

	(void)number;
	stop(cursor);
	sqlite3_reset(cursor->one);
	for (int i = 0; i < argc; i++)
		vtab_narrow(&pids, plan[2 * i + 1], argv[i]);
	if (pids.empty)
		return SQLITE_OK;
	cursor->single = pids.min == pids.max;
	if (cursor->single)
		return find_one(cursor, pids.min);
	code = sqlite3_prepare_v2(cursor->packed.db, SELECT_ROWS, -1, &cursor->rows, NULL);
	if (code != SQLITE_OK)
		return fail(cursor, sqlite_status(code));
	cursor->stage = STAGE_ROWS;
	return actors_next(base);
}

static int actors_eof(sqlite3_vtab_cursor *base)
{
	return ((struct actors_cursor *)base)->stage == STAGE_END;
}

static sqlite3_stmt *row_of(const struct actors_cursor *cursor)
{
	return cursor->single ? cursor->one : cursor->rows;
}

static int actors_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret_rowid)
{
	const struct actors_cursor *cursor = (const struct actors_cursor *)base;

	*ret_rowid = cursor->stage == STAGE_ROWS ? sqlite3_column_int64(row_of(cursor), 0)
						 : (sqlite3_int64)cursor->actor.pid;
	return SQLITE_OK;
}

/* NULL where it is not known. */
static void result_known(sqlite3_context *context, uint64_t value)
{
	if (value != 0)
		sqlite3_result_int64(context, (sqlite3_int64)value);
}

static int actors_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
	const struct actors_cursor *cursor = (const struct actors_cursor *)base;
	const struct trace_actor *actor = &cursor->actor;

	if (cursor->stage == STAGE_ROWS) {
		sqlite3_result_value(context, sqlite3_column_value(row_of(cursor), column));
		return SQLITE_OK;
	}
	switch ((enum column)column) {
	case COLUMN_PID:
		sqlite3_result_int64(context, (sqlite3_int64)actor->pid);
		break;
	case COLUMN_PARENT:
		result_known(context, actor->parent);
		break;
	case COLUMN_NTH:
		if (actor->parent != 0 || actor->identity != 0)
			sqlite3_result_int64(context, actor->nth);
		break;
	case COLUMN_IDENTITY:
		result_known(context, actor->identity);
		break;
	case COLUMN_BEHAVIOUR:
		result_known(context, actor->behaviour);
		break;
	case COLUMN_SPAWN:
		result_known(context, actor->spawn_ticks);
		break;
	case COLUMN_EXIT:
		result_known(context, actor->exit_ticks);
		break;
	case COLUMN_REASON:
		result_known(context, (uint64_t)actor->exit_reason);
		break;
	case COLUMN_NAME:
	case COLUMN_KIND:
	case COLUMN_RESTARTS:
		break;
	}
	return SQLITE_OK;
}

static const sqlite3_module actors_module = {
	.iVersion = 1,
	.xConnect = actors_connect,
	.xBestIndex = actors_best_index,
	.xDisconnect = vtab_disconnect,
	.xOpen = actors_open,
	.xClose = actors_close,
	.xFilter = actors_filter,
	.xNext = actors_next,
	.xEof = actors_eof,
	.xColumn = actors_column,
	.xRowid = actors_rowid,
};

int vtab_register_actors(sqlite3 *db, struct vtab_shared *shared)
{
	return sqlite3_create_module_v2(db, "every_actor", &actors_module, vtab_share(shared),
					vtab_unshare);
}
