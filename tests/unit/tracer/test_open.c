/* SPDX-License-Identifier: MIT */
#include "suite.h"

#include <errno.h>
#include <fcntl.h>

#include "store/codec.h"
#include "store/open.h"
#include "synthetic.h"

static char error[512];

static int try_open(const char *path)
{
	sqlite3 *db = NULL;
	int status = store_open(path, &db, error, sizeof(error));

	CU_ASSERT_EQUAL(status == 0, db != NULL);
	sqlite3_close(db);
	return status;
}

static void write_file(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

static size_t read_file(const char *path, unsigned char *data, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t length = read(fd, data, size);

	close(fd);
	if (length < 0)
		abort();
	return (size_t)length;
}

#define CHECK_REFUSED(path, status, words)                                    \
	do {                                                                  \
		CU_ASSERT_EQUAL(try_open(path), status);                      \
		if (strstr(error, words) == NULL)                             \
			fprintf(stderr, "not in it: %s\n%s\n", words, error); \
		CU_ASSERT_PTR_NOT_NULL(strstr(error, words));                 \
		CU_ASSERT_PTR_NOT_NULL(strstr(error, path));                  \
	} while (0)

static void what_is_no_trace_is_refused(void)
{
	const char *path = synthetic_path("foreign");
	sqlite3 *db;

	synthetic_remove(path);
	CHECK_REFUSED(path, -ENOENT, "No such file");
	write_file(path, "", 0);
	CHECK_REFUSED(path, -EBADMSG, "empty");
	write_file(path, "short", 5);
	CHECK_REFUSED(path, -EBADMSG, "not a trace");
	write_file(path, synthetic_0, sizeof(synthetic_0));
	CHECK_REFUSED(path, -EBADMSG, "not a trace");
	unlink(path);
	sqlite3_open(path, &db);
	sqlite3_exec(db, "CREATE TABLE other (a)", NULL, NULL, NULL);
	sqlite3_close(db);
	CHECK_REFUSED(path, -EBADMSG, "SQLite database, but not a trace");
	CHECK_REFUSED("/dev/null", -EBADMSG, "not a regular file");
	CHECK_REFUSED("/", -EBADMSG, "not a regular file");
	synthetic_remove(path);
}

static void a_newer_format_is_refused_by_name(void)
{
	const char *path = synthetic_path("newer");
	sqlite3 *db;
	char sql[64];

	synthetic_write(path);
	sqlite3_open(path, &db);
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", TRACE_FORMAT_VERSION + 1);
	sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_close(db);
	snprintf(sql, sizeof(sql), "trace format %d", TRACE_FORMAT_VERSION + 1);
	CHECK_REFUSED(path, -EPROTO, sql);
	synthetic_remove(path);
}

static void a_truncated_file_is_refused_by_name(void)
{
	const char *path = synthetic_path("truncated");
	static unsigned char data[1 << 20];
	size_t size;

	synthetic_write(path);
	size = read_file(path, data, sizeof(data));
	CU_ASSERT(size > 16384);
	write_file(path, data, size - 1);
	CHECK_REFUSED(path, -EBADMSG, "truncated");
	write_file(path, data, size / 2);
	CHECK_REFUSED(path, -EBADMSG, "truncated");
	write_file(path, data, 200);
	CHECK_REFUSED(path, -EBADMSG, "truncated");
	write_file(path, data, size);
	CU_ASSERT_EQUAL(try_open(path), 0);
	synthetic_remove(path);
}

/*
 * As a recorder leaves it whose disk got full while the log went into the file: the file's first
 * page counts pages that are in the log alone.
 */
static void what_is_in_the_log_is_not_missing(void)
{
	const char *path = synthetic_path("logged");
	static unsigned char file[1 << 20], later[1 << 20], log[1 << 20];
	char log_path[512], shared_path[512];
	size_t size, log_size;
	sqlite3 *db;

	snprintf(log_path, sizeof(log_path), "%s-wal", path);
	snprintf(shared_path, sizeof(shared_path), "%s-shm", path);
	synthetic_write(path);
	sqlite3_open(path, &db);
	sqlite3_exec(db,
		     "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
		     "CREATE TABLE more AS SELECT randomblob(100000) AS x",
		     NULL, NULL, NULL);
	size = read_file(path, file, sizeof(file));
	log_size = read_file(log_path, log, sizeof(log));
	CU_ASSERT(log_size > 100000 && log_size < sizeof(log));
	sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
	sqlite3_close(db);
	CU_ASSERT(read_file(path, later, sizeof(later)) > size);
	memcpy(file, later, 512);
	unlink(shared_path);
	write_file(path, file, size);
	CHECK_REFUSED(path, -EBADMSG, "truncated");
	write_file(log_path, log, log_size);
	CU_ASSERT_EQUAL(try_open(path), 0);
	synthetic_remove(path);
}

static void a_trace_without_its_tables_is_refused(void)
{
	const char *path = synthetic_path("tables");
	sqlite3 *db;

	synthetic_write(path);
	sqlite3_open(path, &db);
	sqlite3_exec(db, "DROP TABLE chunk_data", NULL, NULL, NULL);
	sqlite3_close(db);
	CHECK_REFUSED(path, -EBADMSG, "damaged");
	synthetic_remove(path);
}

/* Runs everything over a file; whatever is in it, the answer is rows or an error. */
static int use(const char *path)
{
	static const char *const queries[] = {
		"SELECT * FROM events", "SELECT * FROM messages",  "SELECT * FROM turns",
		"SELECT * FROM actors", "SELECT * FROM unhandled", "SELECT * FROM gaps",
	};
	sqlite3 *db = NULL;
	int failures = 0;

	if (store_open(path, &db, error, sizeof(error)) != 0)
		return 1;
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		failures += strncmp(synthetic_query(db, queries[i]), "error: ", 7) == 0;
	sqlite3_close(db);
	return failures;
}

static void damage_is_an_error_and_no_crash(void)
{
	const char *path = synthetic_path("damaged");
	static unsigned char data[1 << 20];
	size_t size;
	size_t blob = 0;
	int found = 0;

	synthetic_write(path);
	CU_ASSERT_EQUAL(use(path), 0);
	size = read_file(path, data, sizeof(data));
	/* Everywhere a little, with steps that meet all kinds of pages. */
	for (size_t place = 100; place < size; place += 997) {
		data[place] ^= 0x55;
		write_file(path, data, size);
		(void)use(path);
		data[place] ^= 0x55;
	}
	/* In a chunk's data: every byte, and always an error. */
	for (size_t i = 0; i + 5 < size && blob == 0; i++)
		if (data[i] == CODEC_VERSION && data[i + 1] == ACTOR_EVENT_COUNT &&
		    data[i + 2] == 12 && data[i + 3] > 0 && data[i + 3] < 20 &&
		    memcmp(&data[i + 4], "\xd0\x07\0\0\0\0\0\0", 8) == 0)
			blob = i;
	CU_ASSERT_NOT_EQUAL_FATAL(blob, 0);
	for (size_t i = 0; i < 100; i++) {
		data[blob + i] ^= 0x01;
		write_file(path, data, size);
		found += use(path) > 0;
		data[blob + i] ^= 0x01;
	}
	CU_ASSERT_EQUAL(found, 100);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, ""));
	synthetic_remove(path);
}

static void impossible_rows_are_errors(void)
{
	static const char *const changes[] = {
		"UPDATE chunk SET n = 9000",
		"UPDATE chunk SET n = 0",
		"UPDATE chunk SET n = n + 1",
		"UPDATE chunk SET thread = 64",
		"UPDATE chunk SET thread = -1",
		"UPDATE chunk SET checksum = 0",
		"DELETE FROM chunk_data",
		"UPDATE chunk_data SET data = x''",
		"UPDATE chunk SET id = 4611686018427387904 + id",
		"UPDATE clock SET ns_per_tick = -1",
		"UPDATE clock SET ns_per_tick = 9e999",
	};
	const char *path = synthetic_path("rows");

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		sqlite3 *db;

		synthetic_write(path);
		sqlite3_open(path, &db);
		CU_ASSERT_EQUAL(sqlite3_exec(db, changes[i], NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
		if (use(path) == 0)
			fprintf(stderr, "accepted: %s\n", changes[i]);
		CU_ASSERT(use(path) > 0);
	}
	synthetic_remove(path);
}

/* A trace is somebody else's file: its views must not be able to do more than show it. */
static void hostile_schemas_have_no_power(void)
{
	const char *path = synthetic_path("hostile");
	sqlite3 *db = NULL;

	synthetic_write(path);
	sqlite3_open(path, &db);
	sqlite3_exec(db,
		     "CREATE VIEW trap AS SELECT load_extension('/tmp/x');"
		     "CREATE VIEW harmless AS SELECT count(*) FROM events;",
		     NULL, NULL, NULL);
	sqlite3_close(db);
	CU_ASSERT_EQUAL_FATAL(store_open(path, &db, error, sizeof(error)), 0);
	CU_ASSERT_EQUAL(strncmp(synthetic_query(db, "SELECT * FROM trap"), "error: ", 7), 0);
	CHECK_QUERY(db, "SELECT * FROM harmless", "19");
	CU_ASSERT_EQUAL(strncmp(synthetic_query(db, "DELETE FROM meta"), "error: ", 7), 0);
	CU_ASSERT_EQUAL(strncmp(synthetic_query(db, "DELETE FROM events"), "error: ", 7), 0);
	sqlite3_close(db);
	synthetic_remove(path);
}

#define CASES(X)                                 \
	X(what_is_no_trace_is_refused)           \
	X(a_newer_format_is_refused_by_name)     \
	X(a_truncated_file_is_refused_by_name)   \
	X(what_is_in_the_log_is_not_missing)     \
	X(a_trace_without_its_tables_is_refused) \
	X(damage_is_an_error_and_no_crash)       \
	X(impossible_rows_are_errors)            \
	X(hostile_schemas_have_no_power)
SUITE("open", CASES)
