/* SPDX-License-Identifier: MIT */
#ifndef STORE_OPEN_H
#define STORE_OPEN_H

/* Opens a trace file for reading, or says what it is instead. */

#include <stddef.h>

#include <sqlite3.h>

/*
 * Read only, with the virtual tables and views in place, and with everything in SQLite switched off
 * that a hostile file could use. *ret_db belongs to the caller (sqlite3_close). Returns 0; -ENOENT
 * where there is no such file, -EACCES; -EBADMSG for what is not a trace, is truncated or damaged;
 * -EPROTO for a newer format. `error` says what, why and what to do.
 */
int store_open(const char *path, sqlite3 **ret_db, char *error, size_t error_size);

#endif
