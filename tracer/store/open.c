/* SPDX-License-Identifier: MIT */
#include "store/open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tracer/store.h>

#include "store/vtab.h"

/* Where SQLite's own header says what the file is (sqlite.org/fileformat.html). */
#define HEADER_SIZE        100
#define HEADER_MAGIC       "SQLite format 3"
#define HEADER_PAGE_SIZE   16
#define HEADER_CHANGE      24
#define HEADER_PAGES       28
#define HEADER_USER        60
#define HEADER_APPLICATION 68
#define HEADER_VALID_FOR   92

static int refuse(char *error, size_t error_size, int status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static int refuse(char *error, size_t error_size, int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, error_size, format, arguments);
	va_end(arguments);
	return status;
}

static uint32_t big_endian(const uint8_t *bytes, int count)
{
	uint32_t value = 0;

	for (int i = 0; i < count; i++)
		value = value << 8 | bytes[i];
	return value;
}

static bool has_log(const char *path)
{
	char log[PATH_MAX + 8];
	struct stat status;

	return snprintf(log, sizeof(log), "%s-wal", path) < (int)sizeof(log) &&
	       stat(log, &status) == 0 && status.st_size > 0;
}

static int check_header(const char *path, const uint8_t *header, uint64_t size, char *error,
			size_t error_size)
{
	uint64_t page = big_endian(header + HEADER_PAGE_SIZE, 2);
	uint64_t pages = big_endian(header + HEADER_PAGES, 4);
	uint32_t version = big_endian(header + HEADER_USER, 4);

	if (big_endian(header + HEADER_APPLICATION, 4) != TRACE_APPLICATION_ID)
		return refuse(error, error_size, -EBADMSG,
			      "%s is an SQLite database, but not a trace; give a file that "
			      "'actor-trace record' made",
			      path);
	if (version > TRACE_FORMAT_VERSION)
		return refuse(error, error_size, -EPROTO,
			      "%s has trace format %u, and this program reads up to %u; use the "
			      "actor-trace that recorded it, or a newer one",
			      path, version, TRACE_FORMAT_VERSION);
	page = page == 1 ? 65536 : page;
	/*
	 * The count is right where the last writer was a modern SQLite, and ours was. What a writer
	 * left in its log, that of a full disk perhaps, is in none of the file's pages.
	 */
	if (!has_log(path) &&
	    big_endian(header + HEADER_CHANGE, 4) == big_endian(header + HEADER_VALID_FOR, 4) &&
	    size < page * pages)
		return refuse(error, error_size, -EBADMSG,
			      "%s is truncated: it has %llu of %llu bytes; copy it again, or "
			      "'actor-trace salvage' the program's plane",
			      path, (unsigned long long)size, (unsigned long long)(page * pages));
	return 0;
}

static int check_file(const char *path, char *error, size_t error_size)
{
	uint8_t header[HEADER_SIZE];
	struct stat status;
	ssize_t length;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int saved;

	if (fd < 0) {
		saved = errno;
		return refuse(error, error_size, -saved, "cannot open %s: %s; %s", path,
			      strerror(saved),
			      saved == ENOENT ? "check the name" : "check who may read the file");
	}
	saved = fstat(fd, &status) != 0 ? errno : 0;
	length = pread(fd, header, sizeof(header), 0);
	close(fd);
	if (saved != 0 || !S_ISREG(status.st_mode))
		return refuse(error, error_size, -EBADMSG,
			      "%s is not a regular file; give a trace file", path);
	if (length == 0)
		return refuse(error, error_size, -EBADMSG,
			      "%s is empty: nothing was recorded into it; record again", path);
	if (length < (ssize_t)sizeof(header) ||
	    memcmp(header, HEADER_MAGIC, sizeof(HEADER_MAGIC)) != 0)
		return refuse(error, error_size, -EBADMSG,
			      "%s is not a trace (it is no SQLite file at all); give a file that "
			      "'actor-trace record' made",
			      path);
	return check_header(path, header, (uint64_t)status.st_size, error, error_size);
}

/* The file's own views may use our tables, and nothing that could do harm. */
static void lock_down(sqlite3 *db)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 10);
}

int store_open(const char *path, sqlite3 **ret_db, char *error, size_t error_size)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *probe = NULL;
	char *message = NULL;
	int status = check_file(path, error, error_size);

	if (status != 0)
		return status;
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		goto fail;
	lock_down(db);
	sqlite3_busy_timeout(db, 2000);
	/* A missing table is found now and not in the middle of an answer. */
	if (sqlite3_prepare_v2(db,
			       "SELECT id, thread, first, n, t0, t1, kinds, context_actor,"
			       " context_ticks, checksum, actors FROM chunk JOIN chunk_data USING"
			       " (id), (SELECT count(*) FROM meta) LIMIT 1",
			       -1, &probe, NULL) != SQLITE_OK)
		goto fail;
	if (sqlite3_step(probe) != SQLITE_ROW && sqlite3_errcode(db) != SQLITE_DONE)
		goto fail;
	sqlite3_finalize(probe);
	probe = NULL;
	if (vtab_register(db, &message) != SQLITE_OK)
		goto fail;
	*ret_db = db;
	return 0;

fail:
	refuse(error, error_size, -EBADMSG,
	       "%s cannot be read: %s; the file is damaged, copy it again if you can", path,
	       message != NULL ? message : sqlite3_errmsg(db));
	sqlite3_free(message);
	sqlite3_finalize(probe);
	sqlite3_close(db);
	return -EBADMSG;
}
