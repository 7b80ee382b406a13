/* SPDX-License-Identifier: MIT */
#include "store/writer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAGE_SIZE        "8192"
#define BUSY_TIMEOUT_MS  10000
#define CHECKPOINT_PAGES "4000" /* 32 MiB of journal */
#define ROLLUP_SLOTS     4096   /* a quarter of them is room for what a run of events adds */
#define SHARES_SLOTS     32768  /* 2.5 MiB */

static const char schema[] =
#include "schema.inc"
	;

/*
 * Of several that make the same file at a time one gets it. Returns a descriptor that keeps it; to
 * be closed after the database, whose own locks end with it.
 */
static int claim_path(const char *path, bool resume, char *error, size_t error_size)
{
	struct stat status;
	int fd = open(path, O_RDWR | O_CLOEXEC | (resume ? 0 : O_CREAT), 0600);
	int saved = errno;

	if (fd < 0) {
		snprintf(error, error_size,
			 "cannot create %s: %s; give a path in a directory that you may write to",
			 path, strerror(saved));
		return -saved;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
		close(fd);
		snprintf(error, error_size,
			 "%s is being written by another recorder; give another name with -o",
			 path);
		return -EBUSY;
	}
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
	    (status.st_size != 0) != resume) {
		close(fd);
		snprintf(error, error_size,
			 "%s exists already and is not overwritten; remove it or give another name "
			 "with -o",
			 path);
		return -EEXIST;
	}
	return fd;
}

static int tune(struct trace_writer *writer)
{
	return writer_execute(writer, "PRAGMA page_size = " PAGE_SIZE ";"
				      "PRAGMA synchronous = NORMAL;"
				      "PRAGMA wal_autocheckpoint = " CHECKPOINT_PAGES ";"
				      "PRAGMA cache_size = -16384;"
				      "PRAGMA temp_store = MEMORY;");
}

static int set_up(struct trace_writer *writer, const struct trace_writer_options *options)
{
	char identity[96];
	struct timespec now;
	int status;

	status = tune(writer);
	if (status != 0)
		return status;
	snprintf(identity, sizeof(identity),
		 "PRAGMA application_id = %d; PRAGMA user_version = %d;", (int)TRACE_APPLICATION_ID,
		 TRACE_FORMAT_VERSION);
	/* One transaction, and not yet in a journal: the file itself says from now on what it is.
	 */
	status = writer_execute(writer, "BEGIN IMMEDIATE");
	if (status == 0)
		writer->in_transaction = true;
	if (status == 0)
		status = writer_execute(writer, identity);
	if (status == 0)
		status = writer_execute(writer, schema);
	if (status != 0)
		return status;
	clock_gettime(CLOCK_REALTIME, &now);
	trace_writer_meta_int(writer, "complete", 0);
	trace_writer_meta_int(writer, "format", TRACE_FORMAT_VERSION);
	trace_writer_meta_int(writer, "event_version", ACTOR_EVENT_VERSION);
	trace_writer_meta_int(writer, "created_realtime_ns",
			      (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
	writer_store_words(writer);
	if (options->command != NULL)
		trace_writer_meta(writer, "command", options->command);
	status = trace_writer_commit(writer);
	return status == 0 ? writer_execute(writer, "PRAGMA journal_mode = WAL") : status;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* Everything in memory, and the database open. What is made is destroyed by the caller. */
static int prepare(const char *path, int claim, struct trace_writer **ret_writer)
{
	struct trace_writer *writer = calloc(1, sizeof(*writer));

	*ret_writer = writer;
	if (writer == NULL) {
		close(claim);
		return -ENOMEM;
	}
	writer->claim = claim;
	pidmap_init(&writer->actors, sizeof(struct pending_actor));
	pidmap_init(&writer->rows, sizeof(uint8_t));
	pidmap_init(&writer->strings, sizeof(char *));
	pidmap_init(&writer->waiting, sizeof(uint16_t));
	writer->time_min = UINT64_MAX;
	writer->now = now_ns();
	writer->codec = codec_create();
	writer->packs = writer_packs_create();
	writer->path = strdup(path);
	if (writer->codec == NULL || writer->packs == NULL || writer->path == NULL ||
	    !rollup_init(&writer->rollup, ROLLUP_SLOTS) ||
	    !rollup_init(&writer->shares, SHARES_SLOTS))
		return writer_no_memory(writer);
	if (sqlite3_open_v2(path, &writer->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK)
		return writer_fail_file(writer);
	sqlite3_busy_timeout(writer->db, BUSY_TIMEOUT_MS);
	return 0;
}

/* `process` NULL: a new file. */
static int begin_file(const struct trace_writer_options *options,
		      const struct trace_process *process, struct trace_writer **ret_writer,
		      char *error, size_t error_size)
{
	struct trace_writer *writer;
	int claim = claim_path(options->path, process != NULL, error, error_size);
	int status;

	if (claim < 0)
		return claim;
	status = prepare(options->path, claim, &writer);
	if (status == 0 && process == NULL)
		status = set_up(writer, options);
	/* First what it is: nothing else can be done with what is no database. */
	if (status == 0 && process != NULL)
		status = writer_know(writer);
	if (status == 0 && process != NULL)
		status = tune(writer);
	if (status == 0 && process != NULL)
		status = writer_take_up(writer, process);
	if (status == 0) {
		*ret_writer = writer;
		return 0;
	}
	if (writer != NULL && writer->error[0] != '\0')
		snprintf(error, error_size, "%s", writer->error);
	else
		snprintf(error, error_size, "cannot create %s: out of memory", options->path);
	trace_writer_destroy(writer);
	if (process == NULL)
		unlink(options->path);
	return status;
}

int trace_writer_create(const struct trace_writer_options *options,
			struct trace_writer **ret_writer, char *error, size_t error_size)
{
	assert(options->path != NULL);
	return begin_file(options, NULL, ret_writer, error, error_size);
}

int trace_writer_resume(const struct trace_writer_options *options,
			const struct trace_process *process, struct trace_writer **ret_writer,
			char *error, size_t error_size)
{
	assert(options->path != NULL);
	return begin_file(options, process, ret_writer, error, error_size);
}

struct trace_writer *trace_writer_destroy(struct trace_writer *writer)
{
	size_t position = 0;
	uint64_t key;
	uint32_t number;
	struct pending_actor *pending;

	if (writer == NULL)
		return NULL;
	for (int i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(writer->statements[i]);
	sqlite3_close(writer->db);
	while ((pending = pidmap_next(&writer->actors, &position, &key, &number)) != NULL)
		free(pending->name);
	pidmap_finish(&writer->actors);
	pidmap_finish(&writer->rows);
	pidmap_finish_texts(&writer->strings);
	pidmap_finish(&writer->waiting);
	for (int i = 0; i < ACTOR_PLANE_THREADS_MAX; i++) {
		free(writer->lanes[i].recent);
		free(writer->lanes[i].events);
	}
	free(writer->kernel.rows);
	rollup_finish(&writer->rollup);
	rollup_finish(&writer->shares);
	close(writer->claim);
	clock_finish(&writer->clock);
	codec_destroy(writer->codec);
	writer_packs_destroy(writer->packs);
	free(writer->path);
	free(writer);
	return NULL;
}

const char *trace_writer_error(const struct trace_writer *writer)
{
	return writer->error;
}

static int write_totals(struct trace_writer *writer)
{
	const struct trace_totals *totals = &writer->totals;
	const struct {
		const char *key;
		uint64_t value;
	} rows[] = {
		{"events", totals->events},     {"turns", totals->turns},
		{"messages", totals->messages}, {"lost", totals->lost},
		{"gaps", totals->gaps},
	};
	int status = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && status == 0; i++)
		status = trace_writer_meta_int(writer, rows[i].key, (int64_t)rows[i].value);
	if (status == 0 && writer->time_min <= writer->time_max) {
		status = trace_writer_meta_int(writer, "first_ticks", (int64_t)writer->time_min);
		if (status == 0)
			status = trace_writer_meta_int(writer, "last_ticks",
						       (int64_t)writer->time_max);
	}
	return status;
}

int trace_writer_commit(struct trace_writer *writer)
{
	int status = writer->status;

	for (uint32_t i = 0; i < ACTOR_PLANE_THREADS_MAX && status == 0; i++)
		status = writer_store_chunk(writer, i, &writer->lanes[i]);
	return status == 0 ? trace_writer_commit_packed(writer) : status;
}

int trace_writer_commit_packed(struct trace_writer *writer)
{
	int status = writer->status;

	writer->now = now_ns();
	if (status == 0)
		status = writer_store_actors(writer, writer->finishing);
	if (status == 0)
		status = writer_give_recent(writer);
	if (status == 0)
		status = writer_store_rollup(writer);
	if (status == 0)
		status = writer_store_shares(writer, writer->finishing);
	if (status == 0)
		status = writer_store_kernel(writer, writer->finishing);
	if (status != 0 || !writer->in_transaction)
		return status;
	status = write_totals(writer);
	if (status == 0)
		status = writer_run(writer, STATEMENT_COMMIT);
	if (status == 0)
		writer->in_transaction = false;
	return status;
}

static uint64_t file_size(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

uint64_t trace_writer_bytes(const struct trace_writer *writer)
{
	char journal[PATH_MAX + 8];

	snprintf(journal, sizeof(journal), "%s-wal", writer->path);
	return file_size(writer->path) + file_size(journal);
}

int trace_writer_finish(struct trace_writer *writer, struct trace_totals *ret_totals)
{
	struct trace_totals *totals = &writer->totals;
	sqlite3_stmt *prepared;
	int status = trace_writer_meta_int(writer, "complete", 1);

	writer->finishing = true;
	if (status == 0)
		status = trace_writer_commit(writer);
	if (status != 0)
		return status;
	prepared = writer_statement(writer, STATEMENT_ACTORS);
	if (prepared != NULL && sqlite3_step(prepared) == SQLITE_ROW)
		totals->actors = (uint64_t)sqlite3_column_int64(prepared, 0);
	if (writer->time_min <= writer->time_max)
		totals->duration_ns = (uint64_t)(clock_ns(&writer->clock, writer->time_max) -
						 clock_ns(&writer->clock, writer->time_min));
	for (int i = 0; i < STATEMENT_COUNT; i++) {
		sqlite3_finalize(writer->statements[i]);
		writer->statements[i] = NULL;
	}
	/* Whoever reads the file now keeps its journal alive; it folds when the last one closes. */
	sqlite3_busy_timeout(writer->db, 100);
	sqlite3_exec(writer->db, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE",
		     NULL, NULL, NULL);
	writer->finished = true;
	totals->file_bytes = file_size(writer->path);
	totals->last_ticks = writer->time_max;
	if (ret_totals != NULL)
		*ret_totals = *totals;
	return 0;
}
