/* SPDX-License-Identifier: MIT */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

/*
 * The same sources make the library, which links SQLite, and the loadable extension, which reaches
 * it through the table that its host hands over (extension.c defines it).
 */

#include <errno.h>

#ifdef TRACER_EXTENSION
#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT3
#else
#include <sqlite3.h>
#endif

/* What a statement that failed means: no memory, stopped by the user, or a file that is damaged. */
static inline int sqlite_status(int code)
{
	switch (code & 0xff) {
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_INTERRUPT:
		return -EINTR;
	default:
		return -EBADMSG;
	}
}

#endif
