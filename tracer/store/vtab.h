/* SPDX-License-Identifier: MIT */
#ifndef STORE_VTAB_H
#define STORE_VTAB_H

/*
 * What the virtual tables share. They are eponymous: there without a CREATE, over the chunks of the
 * main database of their connection, and read only.
 */

#include "store/sqlite.h"
#include "store/trace.h"

/* One for each connection; the modules hold references. */
struct vtab_shared {
	sqlite3 *db;
	struct trace *trace;
	unsigned references;
};

struct vtab {
	sqlite3_vtab base;
	struct vtab_shared *shared;
	int which; /* of a module's tables */
};

/* Registers everything: virtual tables, functions, temporary views. An SQLite code. */
int vtab_register(sqlite3 *db, char **ret_error);

int vtab_register_events(sqlite3 *db, struct vtab_shared *shared);
int vtab_register_turns(sqlite3 *db, struct vtab_shared *shared);
int vtab_register_actors(sqlite3 *db, struct vtab_shared *shared);
int vtab_register_calls(sqlite3 *db, struct vtab_shared *shared);
int vtab_register_road(sqlite3 *db, struct vtab_shared *shared);
int vtab_register_mailbox(sqlite3 *db, struct vtab_shared *shared);
int vtab_register_kernel(sqlite3 *db, struct vtab_shared *shared);
int functions_register(sqlite3 *db);

/* For sqlite3_create_module_v2: takes and drops a reference. */
struct vtab_shared *vtab_share(struct vtab_shared *shared);
void vtab_unshare(void *shared);

/* xConnect's work: declares `schema`. */
int vtab_connect(sqlite3 *db, struct vtab_shared *shared, const char *schema, int which,
		 size_t size, sqlite3_vtab **ret_vtab, char **ret_error);
int vtab_disconnect(sqlite3_vtab *vtab);

/*
 * One of several tables of the same module, which tells them apart by `which` of struct vtab. Each
 * of its `columns` stands behind a comma (VTAB_COLUMN). Its xConnect is vtab_connect_table.
 */
int vtab_register_table(sqlite3 *db, struct vtab_shared *shared, const sqlite3_module *module,
			const char *name, const char *columns, int which);
int vtab_connect_table(sqlite3 *db, void *table, int argc, const char *const *argv,
		       sqlite3_vtab **ret_vtab, char **ret_error);

/* xOpen's work: a cursor of `size` zeros. */
int vtab_open(size_t size, sqlite3_vtab_cursor **ret_cursor);

/* Loads what has changed. An SQLite code; the error's text is in the vtab. */
int vtab_refresh(struct vtab *vtab);

/* Turns a negative errno and a text into an SQLite code and the vtab's error. */
int vtab_fail(struct vtab *vtab, int status, const char *error);

/*
 * Constraints that a table can use, for xBestIndex and xFilter. `usable` holds a letter for each
 * column: 'r' equality and range, 'e' equality, anything else: not used. Each constraint used
 * becomes two characters of idxStr: 'A' + column and the operator, one of = < > [ ] ([: <=, ]: >=).
 */
int vtab_plan(sqlite3_index_info *info, const char *usable, double rows);

/* A column of an X-macro table, X(NAME, name, type), behind others in a CREATE TABLE. */
#define VTAB_COLUMN(NAME, name, type) ", " #name " " #type

/*
 * Of a table-valued function, whose arguments are hidden columns: `columns` begins with a comma,
 * `required` and `optional` are the arguments' columns, in that order in xFilter; `usage` is for
 * who gives none.
 */
int vtab_connect_function(sqlite3 *db, struct vtab_shared *shared, const char *name,
			  const char *columns, sqlite3_vtab **ret_vtab, char **ret_error);
int vtab_plan_function(sqlite3_vtab *base, sqlite3_index_info *info, int required, int optional,
		       const char *usage);

struct vtab_range {
	int64_t min;
	int64_t max;
	bool empty;
};

/* Narrows a range by an operator and a value of xFilter. */
void vtab_narrow(struct vtab_range *range, char relation, sqlite3_value *value);

/*
 * The range of ticks that time constraints in nanoseconds leave: every constraint of the plan is
 * taken for one. It may be a tick wider on both sides, SQLite checks again. False: it is empty.
 */
bool vtab_ticks(struct vtab *vtab, const char *plan, int argc, sqlite3_value **argv,
		uint64_t *ret_from, uint64_t *ret_to);

/* A text that lives as long as the trace; NULL where it is empty. */
void vtab_result_text(sqlite3_context *context, const char *text);

/* The pid, or the name, of an actor; NULL for nobody. */
void vtab_result_actor(sqlite3_context *context, struct trace *trace, uint64_t pid, bool name);

/* The same, or the name of an actor: that of the latest one where several had it. */
bool vtab_actor(struct trace *trace, sqlite3_value *value, uint64_t *ret_pid);

/* The pid of a value: a text, or an integer's bits. False: no pid can be equal to it. */
bool vtab_pid(sqlite3_value *value, uint64_t *ret_pid);

#endif
