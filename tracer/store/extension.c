/* SPDX-License-Identifier: MIT */
/*
 * actor_trace.so: the virtual tables for any program that uses SQLite.
 *
 *	sqlite3 trace.db
 *	sqlite> .load ./actor_trace
 *	sqlite> SELECT * FROM slowest_turns LIMIT 5;
 */
#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT1

#include "store/vtab.h"

__attribute__((visibility("default"))) int sqlite3_extension_init(sqlite3 *db, char **ret_error,
								  const sqlite3_api_routines *api);
__attribute__((visibility("default"))) int sqlite3_actortrace_init(sqlite3 *db, char **ret_error,
								   const sqlite3_api_routines *api);

int sqlite3_extension_init(sqlite3 *db, char **ret_error, const sqlite3_api_routines *api)
{
	SQLITE_EXTENSION_INIT2(api);
	return vtab_register(db, ret_error);
}

int sqlite3_actortrace_init(sqlite3 *db, char **ret_error, const sqlite3_api_routines *api)
{
	return sqlite3_extension_init(db, ret_error, api);
}
