/* SPDX-License-Identifier: MIT */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

/*
 * The same sources make the library, which links SQLite, and the loadable extension, which reaches
 * it through the table that its host hands over (extension.c defines it).
 */

#ifdef TRACER_EXTENSION
#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT3
#else
#include <sqlite3.h>
#endif

#endif
