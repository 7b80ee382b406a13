/* SPDX-License-Identifier: MIT */
#include <tracer/store.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include <actor/plane.h>

#include "store/clock.h"
#include "store/codec.h"
#include "store/layout.h"
#include "store/pidmap.h"
#include "store/rollup.h"

#define PAGE_SIZE        "16384"
#define ACTORS_PENDING   65536 /* written out when more than this many are waiting */
#define BUSY_TIMEOUT_MS  10000
#define CHECKPOINT_PAGES "2000" /* 32 MiB of journal */

static const char schema[] =
#include "schema.inc"
	;

/* X(NAME, sql) */
#define STATEMENT_MAP(X)                                                                   \
	X(BEGIN, "BEGIN IMMEDIATE")                                                        \
	X(COMMIT, "COMMIT")                                                                \
	X(META, "INSERT OR REPLACE INTO meta VALUES (?1, ?2)")                             \
	X(CLOCK, "INSERT OR REPLACE INTO clock VALUES (?1, ?2, ?3, ?4, ?5)")               \
	X(CLOCK_SLOPE, "UPDATE clock SET ns_per_tick = ?2 WHERE ticks = ?1")               \
	X(TYPE, "INSERT OR REPLACE INTO types VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")        \
	X(BEHAVIOUR, "INSERT OR REPLACE INTO behaviours VALUES (?1, ?2, ?3, ?4)")          \
	X(STRING, "INSERT OR REPLACE INTO strings VALUES (?1, ?2)")                        \
	X(THREAD, "INSERT OR REPLACE INTO threads VALUES (?1, ?2, ?3, ?4)")                \
	X(ACTOR, "INSERT INTO actor VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)" \
		 " ON CONFLICT (pid) DO UPDATE SET"                                        \
		 " parent = coalesce(excluded.parent, parent),"                            \
		 " nth = coalesce(excluded.nth, nth),"                                     \
		 " identity = coalesce(excluded.identity, identity),"                      \
		 " behaviour = coalesce(excluded.behaviour, behaviour),"                   \
		 " name = coalesce(excluded.name, name),"                                  \
		 " kind = coalesce(excluded.kind, kind),"                                  \
		 " spawn_ticks = coalesce(excluded.spawn_ticks, spawn_ticks),"             \
		 " exit_ticks = coalesce(excluded.exit_ticks, exit_ticks),"                \
		 " exit_reason = coalesce(excluded.exit_reason, exit_reason),"             \
		 " restarts = max(coalesce(excluded.restarts, 0), coalesce(restarts, 0))") \
	X(GAP, "INSERT INTO gap VALUES (NULL, ?1, ?2, ?3, ?4, ?5)")                        \
	X(POSITION, "INSERT OR REPLACE INTO positions VALUES (?1, ?2)")                    \
	X(ROLLUP, "INSERT INTO rollup VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"                 \
		  " ON CONFLICT (second, type) DO UPDATE SET sent = sent + excluded.sent," \
		  " bytes = bytes + excluded.bytes, handled = handled + excluded.handled," \
		  " turns = turns + excluded.turns, busy_ns = busy_ns + excluded.busy_ns") \
	X(CHUNK, "INSERT OR REPLACE INTO chunk"                                            \
		 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")                 \
	X(DATA, "INSERT OR REPLACE INTO chunk_data VALUES (?1, ?2)")                       \
	X(ACTORS, "SELECT count(*) FROM actor")

enum statement {
#define X(NAME, sql) STATEMENT_##NAME,
	STATEMENT_MAP(X)
#undef X
	STATEMENT_COUNT
};

static const char *const statement_sql[STATEMENT_COUNT] = {
#define X(NAME, sql) [STATEMENT_##NAME] = sql,
	STATEMENT_MAP(X)
#undef X
};

/* A ring on its way into the file. */
struct lane {
	/* The chunk that is being filled. */
	struct actor_event *events; /* TRACE_CHUNK_EVENTS of them, or NULL before the first */
	size_t count;
	size_t stored; /* of these, how many the file has already */
	int64_t id;    /* of its row, 0: has none yet */
	struct trace_context context;

	/* Where the ring's story stands, behind the last event. */
	uint64_t next;
	uint64_t actor;
	uint64_t turn_time;
	uint64_t stamp; /* of a STAMP directly before, else 0 */
	bool turn_open;
	uint16_t turn_tag;
	uint64_t second_begin; /* ticks; the second that `second` is */
	uint64_t second_end;
	int64_t second;
};

/* An actor that has changed since the last commit. */
struct pending_actor {
	struct trace_actor actor;
	char *name;
};

struct trace_writer {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *statements[STATEMENT_COUNT];
	struct codec *codec;
	struct clock_line clock;
	uint64_t first_monotonic_ns;
	struct pidmap actors;  /* struct pending_actor, by pid */
	struct pidmap strings; /* char *, by offset */
	struct pidmap waiting; /* uint16_t: the tag of the turn that waits in a call, by pid */
	struct rollup rollup;
	struct lane lanes[ACTOR_PLANE_THREADS_MAX];
	int64_t chunk_last;
	bool in_transaction;
	bool finished;
	int status; /* sticky: the file's first failure */

	struct trace_totals totals;
	uint64_t time_min;
	uint64_t time_max;
	char error[512];
};

static int fail(struct trace_writer *writer, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct trace_writer *writer, int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(writer->error, sizeof(writer->error), format, arguments);
	va_end(arguments);
	return status;
}

/* A failure of the file: it stays. */
static int fail_file(struct trace_writer *writer)
{
	int code = sqlite3_extended_errcode(writer->db);
	const char *advice =
		"the events stay in the program's plane; fix the cause and record again";

	switch (code & 0xff) {
	case SQLITE_FULL:
		writer->status = -ENOSPC;
		advice = "free space on that file system, or record to another with -o";
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		writer->status = -EBUSY;
		advice = "another program writes to the file; record to another with -o";
		break;
	case SQLITE_NOMEM:
		writer->status = -ENOMEM;
		break;
	default:
		writer->status = -EIO;
	}
	return fail(writer, writer->status, "cannot write %s: %s; %s", writer->path,
		    sqlite3_errmsg(writer->db), advice);
}

static int no_memory(struct trace_writer *writer)
{
	writer->status = -ENOMEM;
	return fail(writer, -ENOMEM, "cannot write %s: out of memory", writer->path);
}

static int execute(struct trace_writer *writer, const char *sql)
{
	return sqlite3_exec(writer->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail_file(writer);
}

static sqlite3_stmt *statement(struct trace_writer *writer, enum statement which)
{
	sqlite3_stmt **place = &writer->statements[which];

	if (*place == NULL)
		sqlite3_prepare_v3(writer->db, statement_sql[which], -1, SQLITE_PREPARE_PERSISTENT,
				   place, NULL);
	return *place;
}

static int run(struct trace_writer *writer, enum statement which)
{
	sqlite3_stmt *prepared = statement(writer, which);
	int code;

	if (prepared == NULL)
		return fail_file(writer);
	code = sqlite3_step(prepared);
	if (code != SQLITE_DONE && code != SQLITE_ROW) {
		fail_file(writer);
		sqlite3_reset(prepared);
		return writer->status;
	}
	sqlite3_reset(prepared);
	return 0;
}

/* Every change lies in a transaction; trace_writer_commit ends it. Returns NULL after a failure. */
static sqlite3_stmt *change(struct trace_writer *writer, enum statement which)
{
	sqlite3_stmt *prepared;

	assert(!writer->finished);
	if (writer->status != 0)
		return NULL;
	if (!writer->in_transaction) {
		if (run(writer, STATEMENT_BEGIN) != 0)
			return NULL;
		writer->in_transaction = true;
	}
	prepared = statement(writer, which);
	if (prepared == NULL)
		fail_file(writer);
	else
		sqlite3_clear_bindings(prepared);
	return prepared;
}

static void bind_text(sqlite3_stmt *prepared, int index, const char *text)
{
	sqlite3_bind_text(prepared, index, text, -1, SQLITE_TRANSIENT);
}

/* 0 is not known, and not known is NULL. */
static void bind_known(sqlite3_stmt *prepared, int index, uint64_t value)
{
	if (value != 0)
		sqlite3_bind_int64(prepared, index, (int64_t)value);
}

/* ---- making the file ---- */

static int claim_path(const char *path, char *error, size_t error_size)
{
	struct stat status;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int saved = errno;

	if (fd < 0) {
		snprintf(error, error_size,
			 "cannot create %s: %s; give a path in a directory that you may write to",
			 path, strerror(saved));
		return -saved;
	}
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size != 0) {
		close(fd);
		snprintf(error, error_size,
			 "%s exists already and is not overwritten; remove it or give another name "
			 "with -o",
			 path);
		return -EEXIST;
	}
	close(fd);
	return 0;
}

static int set_up(struct trace_writer *writer, const struct trace_writer_options *options)
{
	char identity[96];
	struct timespec now;
	int status;

	sqlite3_busy_timeout(writer->db, BUSY_TIMEOUT_MS);
	status = execute(writer, "PRAGMA page_size = " PAGE_SIZE ";"
				 "PRAGMA synchronous = NORMAL;"
				 "PRAGMA wal_autocheckpoint = " CHECKPOINT_PAGES ";"
				 "PRAGMA cache_size = -16384;"
				 "PRAGMA temp_store = MEMORY;");
	if (status != 0)
		return status;
	snprintf(identity, sizeof(identity),
		 "PRAGMA application_id = %d; PRAGMA user_version = %d;", (int)TRACE_APPLICATION_ID,
		 TRACE_FORMAT_VERSION);
	/* One transaction, and not yet in a journal: the file itself says from now on what it is.
	 */
	status = execute(writer, "BEGIN IMMEDIATE");
	if (status == 0)
		writer->in_transaction = true;
	if (status == 0)
		status = execute(writer, identity);
	if (status == 0)
		status = execute(writer, schema);
	if (status != 0)
		return status;
	clock_gettime(CLOCK_REALTIME, &now);
	trace_writer_meta_int(writer, "complete", 0);
	trace_writer_meta_int(writer, "format", TRACE_FORMAT_VERSION);
	trace_writer_meta_int(writer, "event_version", ACTOR_EVENT_VERSION);
	trace_writer_meta_int(writer, "created_realtime_ns",
			      (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
	if (options->command != NULL)
		trace_writer_meta(writer, "command", options->command);
	status = trace_writer_commit(writer);
	return status == 0 ? execute(writer, "PRAGMA journal_mode = WAL") : status;
}

int trace_writer_create(const struct trace_writer_options *options,
			struct trace_writer **ret_writer, char *error, size_t error_size)
{
	struct trace_writer *writer;
	int status;

	assert(options->path != NULL);
	status = claim_path(options->path, error, error_size);
	if (status != 0)
		return status;
	writer = calloc(1, sizeof(*writer));
	if (writer != NULL) {
		pidmap_init(&writer->actors, sizeof(struct pending_actor));
		pidmap_init(&writer->strings, sizeof(char *));
		pidmap_init(&writer->waiting, sizeof(uint16_t));
		writer->time_min = UINT64_MAX;
		writer->codec = codec_create();
		writer->path = strdup(options->path);
	}
	if (writer == NULL || writer->codec == NULL || writer->path == NULL) {
		snprintf(error, error_size, "cannot create %s: out of memory", options->path);
		trace_writer_destroy(writer);
		unlink(options->path);
		return -ENOMEM;
	}
	if (sqlite3_open_v2(options->path, &writer->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		status = fail_file(writer);
	else
		status = set_up(writer, options);
	if (status != 0) {
		snprintf(error, error_size, "%s", writer->error);
		trace_writer_destroy(writer);
		unlink(options->path);
		return status;
	}
	*ret_writer = writer;
	return 0;
}

struct trace_writer *trace_writer_destroy(struct trace_writer *writer)
{
	size_t position = 0;
	uint64_t key;
	uint32_t number;
	struct pending_actor *pending;
	char **text;

	if (writer == NULL)
		return NULL;
	for (int i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(writer->statements[i]);
	sqlite3_close(writer->db);
	while ((pending = pidmap_next(&writer->actors, &position, &key, &number)) != NULL)
		free(pending->name);
	position = 0;
	while ((text = pidmap_next(&writer->strings, &position, &key, &number)) != NULL)
		free(*text);
	pidmap_finish(&writer->actors);
	pidmap_finish(&writer->strings);
	pidmap_finish(&writer->waiting);
	for (int i = 0; i < ACTOR_PLANE_THREADS_MAX; i++)
		free(writer->lanes[i].events);
	clock_finish(&writer->clock);
	codec_destroy(writer->codec);
	free(writer->path);
	free(writer);
	return NULL;
}

const char *trace_writer_error(const struct trace_writer *writer)
{
	return writer->error;
}

/* ---- plain rows ---- */

int trace_writer_meta(struct trace_writer *writer, const char *key, const char *value)
{
	sqlite3_stmt *prepared = change(writer, STATEMENT_META);

	if (prepared == NULL)
		return writer->status;
	bind_text(prepared, 1, key);
	bind_text(prepared, 2, value);
	return run(writer, STATEMENT_META);
}

int trace_writer_meta_int(struct trace_writer *writer, const char *key, int64_t value)
{
	sqlite3_stmt *prepared = change(writer, STATEMENT_META);

	if (prepared == NULL)
		return writer->status;
	if (strcmp(key, "ticks_per_second") == 0 && value > 0)
		writer->clock.nominal = 1e9 / (double)value;
	bind_text(prepared, 1, key);
	sqlite3_bind_int64(prepared, 2, value);
	return run(writer, STATEMENT_META);
}

int trace_writer_clock(struct trace_writer *writer, uint64_t ticks, uint64_t monotonic_ns,
		       uint64_t realtime_ns)
{
	struct clock_line *line = &writer->clock;
	sqlite3_stmt *prepared;
	int added;

	if (line->count == 0)
		writer->first_monotonic_ns = monotonic_ns;
	added = clock_add(line, ticks, (int64_t)(monotonic_ns - writer->first_monotonic_ns));
	if (added < 0)
		return no_memory(writer);
	if (added == 0)
		return writer->status;
	/* Seconds that lie before their turn on the clock's line may have moved a little. */
	for (int i = 0; i < ACTOR_PLANE_THREADS_MAX; i++)
		writer->lanes[i].second_end = 0;
	if (line->count > 1) {
		prepared = change(writer, STATEMENT_CLOCK_SLOPE);
		if (prepared == NULL)
			return writer->status;
		sqlite3_bind_int64(prepared, 1, (int64_t)line->points[line->count - 2].ticks);
		sqlite3_bind_double(prepared, 2, line->points[line->count - 2].ns_per_tick);
		if (run(writer, STATEMENT_CLOCK_SLOPE) != 0)
			return writer->status;
	}
	prepared = change(writer, STATEMENT_CLOCK);
	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, (int64_t)ticks);
	sqlite3_bind_int64(prepared, 2, (int64_t)monotonic_ns);
	sqlite3_bind_int64(prepared, 3, (int64_t)realtime_ns);
	sqlite3_bind_int64(prepared, 4, line->points[line->count - 1].time_ns);
	sqlite3_bind_double(prepared, 5, line->points[line->count - 1].ns_per_tick);
	return run(writer, STATEMENT_CLOCK);
}

int trace_writer_type(struct trace_writer *writer, uint16_t number, const char *name,
		      const char *ctype, uint32_t size, bool flexible, const char *reply_ctype,
		      uint32_t reply_size)
{
	sqlite3_stmt *prepared = change(writer, STATEMENT_TYPE);

	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, number);
	bind_text(prepared, 2, name);
	bind_text(prepared, 3, ctype);
	sqlite3_bind_int64(prepared, 4, size);
	sqlite3_bind_int64(prepared, 5, flexible);
	bind_text(prepared, 6, reply_ctype);
	sqlite3_bind_int64(prepared, 7, reply_size);
	return run(writer, STATEMENT_TYPE);
}

int trace_writer_behaviour(struct trace_writer *writer, uint16_t number, const char *name,
			   const char *state_ctype, uint32_t state_size)
{
	sqlite3_stmt *prepared = change(writer, STATEMENT_BEHAVIOUR);

	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, number);
	bind_text(prepared, 2, name);
	bind_text(prepared, 3, state_ctype);
	sqlite3_bind_int64(prepared, 4, state_size);
	return run(writer, STATEMENT_BEHAVIOUR);
}

int trace_writer_string(struct trace_writer *writer, uint32_t offset, const char *text)
{
	sqlite3_stmt *prepared = change(writer, STATEMENT_STRING);
	char **kept;

	if (prepared == NULL)
		return writer->status;
	kept = pidmap_put(&writer->strings, offset, 0, NULL);
	if (kept == NULL)
		return no_memory(writer);
	free(*kept);
	*kept = strdup(text);
	if (*kept == NULL)
		return no_memory(writer);
	sqlite3_bind_int64(prepared, 1, offset);
	bind_text(prepared, 2, text);
	return run(writer, STATEMENT_STRING);
}

int trace_writer_thread(struct trace_writer *writer, uint32_t thread, uint32_t kind, uint32_t tid,
			const char *name)
{
	static const char *const kinds[] = {"none",  "scheduler", "io",
					    "timer", "detached",  "foreign"};
	sqlite3_stmt *prepared = change(writer, STATEMENT_THREAD);

	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, thread);
	bind_text(prepared, 2, kind < sizeof(kinds) / sizeof(kinds[0]) ? kinds[kind] : "unknown");
	sqlite3_bind_int64(prepared, 3, tid);
	bind_text(prepared, 4, name != NULL ? name : "");
	return run(writer, STATEMENT_THREAD);
}

int trace_writer_gap(struct trace_writer *writer, uint32_t thread, uint64_t from_ticks,
		     uint64_t to_ticks, uint64_t count, const char *reason)
{
	sqlite3_stmt *prepared = change(writer, STATEMENT_GAP);

	if (prepared == NULL)
		return writer->status;
	writer->totals.gaps++;
	writer->totals.lost += count;
	sqlite3_bind_int64(prepared, 1, thread);
	bind_known(prepared, 2, from_ticks);
	bind_known(prepared, 3, to_ticks);
	bind_known(prepared, 4, count);
	bind_text(prepared, 5, reason);
	return run(writer, STATEMENT_GAP);
}

int trace_writer_position(struct trace_writer *writer, uint32_t thread, uint64_t next_event)
{
	sqlite3_stmt *prepared = change(writer, STATEMENT_POSITION);

	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, thread);
	sqlite3_bind_int64(prepared, 2, (int64_t)next_event);
	return run(writer, STATEMENT_POSITION);
}

/* ---- actors ---- */

static int write_actor(struct trace_writer *writer, const struct pending_actor *pending)
{
	const struct trace_actor *actor = &pending->actor;
	sqlite3_stmt *prepared = change(writer, STATEMENT_ACTOR);

	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, (int64_t)actor->pid);
	bind_known(prepared, 2, actor->parent);
	/* The parent's 0th child is a fact where the parent is known. */
	if (actor->parent != 0)
		sqlite3_bind_int64(prepared, 3, actor->nth);
	bind_known(prepared, 4, actor->identity);
	bind_known(prepared, 5, actor->behaviour);
	if (pending->name != NULL)
		bind_text(prepared, 6, pending->name);
	bind_known(prepared, 7, actor->kind);
	bind_known(prepared, 8, actor->spawn_ticks);
	bind_known(prepared, 9, actor->exit_ticks);
	bind_known(prepared, 10, (uint64_t)actor->exit_reason);
	bind_known(prepared, 11, actor->restarts);
	return run(writer, STATEMENT_ACTOR);
}

static int write_actors(struct trace_writer *writer)
{
	size_t position = 0;
	struct pending_actor *pending;
	uint64_t pid;
	uint32_t number;

	while ((pending = pidmap_next(&writer->actors, &position, &pid, &number)) != NULL) {
		if (write_actor(writer, pending) != 0)
			return writer->status;
		free(pending->name);
		pending->name = NULL;
	}
	pidmap_clear(&writer->actors);
	return 0;
}

static struct pending_actor *pending_at(struct trace_writer *writer, uint64_t pid)
{
	struct pending_actor *pending;

	if (writer->actors.count >= ACTORS_PENDING && write_actors(writer) != 0)
		return NULL;
	pending = pidmap_put(&writer->actors, pid, 0, NULL);
	if (pending == NULL)
		no_memory(writer);
	else
		pending->actor.pid = pid;
	return pending;
}

static int name_actor(struct trace_writer *writer, struct pending_actor *pending, const char *name)
{
	char *copy = strdup(name);

	if (copy == NULL)
		return no_memory(writer);
	free(pending->name);
	pending->name = copy;
	return 0;
}

int trace_writer_actor(struct trace_writer *writer, const struct trace_actor *actor)
{
	struct pending_actor *pending;
	struct trace_actor *known;

	assert(actor->pid != 0);
	if (writer->status != 0)
		return writer->status;
	pending = pending_at(writer, actor->pid);
	if (pending == NULL)
		return writer->status;
	known = &pending->actor;
	if (actor->parent != 0) {
		known->parent = actor->parent;
		known->nth = actor->nth;
	}
	if (actor->identity != 0)
		known->identity = actor->identity;
	if (actor->behaviour != 0)
		known->behaviour = actor->behaviour;
	if (actor->kind != 0)
		known->kind = actor->kind;
	if (actor->spawn_ticks != 0)
		known->spawn_ticks = actor->spawn_ticks;
	if (actor->exit_ticks != 0)
		known->exit_ticks = actor->exit_ticks;
	if (actor->exit_reason != 0)
		known->exit_reason = actor->exit_reason;
	if (actor->restarts > known->restarts)
		known->restarts = actor->restarts;
	if (actor->name != NULL && actor->name[0] != '\0')
		return name_actor(writer, pending, actor->name);
	return 0;
}

/* ---- what the events themselves say ---- */

static struct rollup_row *rollup_now(struct trace_writer *writer, struct lane *lane, uint16_t type)
{
	if (lane->turn_time < lane->second_begin || lane->turn_time >= lane->second_end) {
		int64_t ns = clock_ns(&writer->clock, lane->turn_time);

		lane->second = ns >= 0 ? ns / 1000000000 : (ns - 999999999) / 1000000000;
		lane->second_begin = lane->turn_time;
		/* A span that is surely in the same second, not the whole second. */
		lane->second_end = lane->turn_time + 1;
		if (writer->clock.count > 0) {
			int64_t left = (lane->second + 1) * 1000000000 - ns;

			lane->second_end += (uint64_t)((double)left * 0.99 /
						       writer->clock.points[writer->clock.count - 1]
							       .ns_per_tick);
		}
	}
	return rollup_at(&writer->rollup, lane->second, type);
}

static void turn_begins(struct lane *lane, uint64_t actor, uint16_t tag, uint64_t time)
{
	lane->actor = actor;
	lane->turn_time = time;
	lane->turn_open = true;
	lane->turn_tag = tag;
}

/* The running stretch ends at `time`; its length goes to the turn's type. */
static void turn_stops(struct trace_writer *writer, struct lane *lane, uint64_t time)
{
	if (lane->turn_open && time > lane->turn_time)
		rollup_now(writer, lane, lane->turn_tag)->busy_ticks += time - lane->turn_time;
	lane->turn_open = false;
}

static int watch_recv(struct trace_writer *writer, struct lane *lane,
		      const struct actor_event *event)
{
	struct rollup_row *row;
	uint16_t tag = event->tag;

	turn_stops(writer, lane, event->c);
	if (event_is_continuation(event)) {
		/* The rest of the turn is of the type that opened it, where that is known. */
		if (writer->waiting.count > 0)
			pidmap_take(&writer->waiting, event->a, 0, &tag);
		turn_begins(lane, event->a, tag, event->c);
		return 0;
	}
	turn_begins(lane, event->a, tag, event->c);
	row = rollup_now(writer, lane, tag);
	row->turns++;
	writer->totals.turns++;
	if (event_is_handled(event)) {
		row->handled++;
		writer->totals.messages++;
	}
	return 0;
}

static int watch_wait(struct trace_writer *writer, struct lane *lane,
		      const struct actor_event *event)
{
	uint16_t *tag;

	if (lane->turn_open) {
		tag = pidmap_put(&writer->waiting, event->a, 0, NULL);
		if (tag == NULL)
			return no_memory(writer);
		*tag = lane->turn_tag;
	}
	turn_stops(writer, lane, event->c);
	lane->actor = 0;
	return 0;
}

static int watch_spawn(struct trace_writer *writer, const struct lane *lane,
		       const struct actor_event *event)
{
	const struct trace_actor actor = {
		.pid = event->a,
		.parent = event->b,
		.identity = event->c,
		.nth = event->seq,
		.behaviour = event->tag,
		.spawn_ticks = lane->stamp != 0 ? lane->stamp : lane->turn_time,
	};

	return event->a == 0 ? 0 : trace_writer_actor(writer, &actor);
}

static int watch_exit(struct trace_writer *writer, struct lane *lane,
		      const struct actor_event *event)
{
	const struct trace_actor actor = {
		.pid = event->a,
		.exit_reason = (int64_t)event->b,
		.exit_ticks = event->c,
	};

	turn_stops(writer, lane, event->c);
	lane->turn_time = event->c;
	if (writer->waiting.count > 0)
		pidmap_take(&writer->waiting, event->a, 0, NULL);
	return event->a == 0 ? 0 : trace_writer_actor(writer, &actor);
}

static int watch_register(struct trace_writer *writer, const struct actor_event *event)
{
	char **name = pidmap_get(&writer->strings, event->b, 0);
	struct pending_actor *pending;

	if (name == NULL || event->a == 0)
		return 0;
	pending = pending_at(writer, event->a);
	return pending == NULL ? writer->status : name_actor(writer, pending, *name);
}

/* ACTOR is the new child, PEER the dead one, NTH how often it has been replaced by now. */
static int watch_restart(struct trace_writer *writer, const struct actor_event *event)
{
	struct pending_actor *pending;

	if (event->a == 0)
		return 0;
	pending = pending_at(writer, event->a);
	if (pending == NULL)
		return writer->status;
	if (pending->actor.restarts < event->seq)
		pending->actor.restarts = event->seq;
	return 0;
}

static int watch(struct trace_writer *writer, struct lane *lane, const struct actor_event *event)
{
	uint64_t stamp = 0;
	struct rollup_row *row;
	int status = 0;

	if (event_has_time(event->kind)) {
		if (event->c < writer->time_min)
			writer->time_min = event->c;
		if (event->c > writer->time_max)
			writer->time_max = event->c;
	}
	switch (event->kind) {
	case ACTOR_EVENT_RECV:
		status = watch_recv(writer, lane, event);
		break;
	case ACTOR_EVENT_SEND:
		row = rollup_now(writer, lane, event->tag);
		row->sent++;
		row->bytes += (uint32_t)event->c;
		break;
	case ACTOR_EVENT_INPUT:
		turn_stops(writer, lane, event->c);
		turn_begins(lane, event->a, 0, event->c);
		rollup_now(writer, lane, 0)->turns++;
		writer->totals.turns++;
		break;
	case ACTOR_EVENT_IDLE:
		turn_stops(writer, lane, event->c);
		lane->actor = 0;
		lane->turn_time = event->c;
		break;
	case ACTOR_EVENT_WAIT:
		status = watch_wait(writer, lane, event);
		break;
	case ACTOR_EVENT_STAMP:
		stamp = event->c;
		break;
	case ACTOR_EVENT_SPAWN:
		status = watch_spawn(writer, lane, event);
		break;
	case ACTOR_EVENT_EXIT:
		status = watch_exit(writer, lane, event);
		break;
	case ACTOR_EVENT_REGISTER:
		status = watch_register(writer, event);
		break;
	case ACTOR_EVENT_RESTART:
		status = watch_restart(writer, event);
		break;
	default:
		break;
	}
	lane->stamp = stamp;
	return status;
}

static int write_rollup(struct trace_writer *writer)
{
	for (size_t i = 0; i < ROLLUP_SLOTS && writer->rollup.used > 0; i++) {
		const struct rollup_row *row = &writer->rollup.rows[i];
		sqlite3_stmt *prepared;

		if (!row->used)
			continue;
		prepared = change(writer, STATEMENT_ROLLUP);
		if (prepared == NULL)
			return writer->status;
		sqlite3_bind_int64(prepared, 1, row->second);
		sqlite3_bind_int64(prepared, 2, row->type);
		sqlite3_bind_int64(prepared, 3, (int64_t)row->sent);
		sqlite3_bind_int64(prepared, 4, (int64_t)row->bytes);
		sqlite3_bind_int64(prepared, 5, (int64_t)row->handled);
		sqlite3_bind_int64(prepared, 6, (int64_t)row->turns);
		sqlite3_bind_int64(
			prepared, 7,
			clock_span_ns(&writer->clock, writer->time_max, row->busy_ticks));
		if (run(writer, STATEMENT_ROLLUP) != 0)
			return writer->status;
	}
	rollup_clear(&writer->rollup);
	return 0;
}

/* ---- chunks ---- */

static int write_chunk(struct trace_writer *writer, uint32_t thread, struct lane *lane)
{
	struct codec_summary summary;
	const void *data;
	size_t size;
	sqlite3_stmt *prepared;
	int status;

	if (lane->stored == lane->count)
		return 0;
	status = codec_encode(writer->codec, &lane->context, lane->events, lane->count, &data,
			      &size, &summary);
	assert(status == 0);
	prepared = change(writer, STATEMENT_CHUNK);
	if (prepared == NULL)
		return writer->status;
	if (lane->id == 0)
		lane->id = ++writer->chunk_last;
	if (summary.time_max == 0)
		summary.time_min = summary.time_max = lane->context.turn_time;
	/* What has no time of its own happened in the turn that was running. */
	if (lane->context.turn_time != 0 && lane->context.turn_time < summary.time_min)
		summary.time_min = lane->context.turn_time;
	sqlite3_bind_int64(prepared, 1, lane->id);
	sqlite3_bind_int64(prepared, 2, thread);
	sqlite3_bind_int64(prepared, 3, (int64_t)lane->context.first);
	sqlite3_bind_int64(prepared, 4, (int64_t)lane->count);
	sqlite3_bind_int64(prepared, 5, (int64_t)summary.time_min);
	sqlite3_bind_int64(prepared, 6, (int64_t)summary.time_max);
	sqlite3_bind_int64(prepared, 7, (int64_t)summary.kinds);
	sqlite3_bind_int64(prepared, 8, (int64_t)lane->context.actor);
	sqlite3_bind_int64(prepared, 9, (int64_t)lane->context.turn_time);
	sqlite3_bind_int64(prepared, 10, (int64_t)codec_checksum(data, size));
	sqlite3_bind_blob(prepared, 11, summary.bloom, sizeof(summary.bloom), SQLITE_TRANSIENT);
	if (run(writer, STATEMENT_CHUNK) != 0)
		return writer->status;
	prepared = change(writer, STATEMENT_DATA);
	if (prepared == NULL)
		return writer->status;
	sqlite3_bind_int64(prepared, 1, lane->id);
	sqlite3_bind_blob(prepared, 2, data, (int)size, SQLITE_STATIC);
	lane->stored = lane->count;
	return run(writer, STATEMENT_DATA);
}

/* Writes the chunk out for good; the next event begins a new one. */
static int seal_chunk(struct trace_writer *writer, uint32_t thread, struct lane *lane)
{
	int status = write_chunk(writer, thread, lane);

	lane->count = 0;
	lane->stored = 0;
	lane->id = 0;
	return status;
}

static int begin_batch(struct trace_writer *writer, uint32_t thread, struct lane *lane,
		       const struct trace_context *context)
{
	if (lane->events == NULL) {
		lane->events = malloc(TRACE_CHUNK_EVENTS * sizeof(*lane->events));
		if (lane->events == NULL)
			return no_memory(writer);
	} else if (context->first == lane->next) {
		return 0;
	}
	/* The first events of a ring, or something is missing before them. */
	lane->next = context->first;
	lane->actor = context->actor;
	lane->turn_time = context->turn_time;
	lane->turn_open = false;
	lane->stamp = 0;
	return seal_chunk(writer, thread, lane);
}

int trace_writer_events(struct trace_writer *writer, uint32_t thread,
			const struct trace_context *context, const struct actor_event *events,
			size_t count)
{
	struct lane *lane;
	int status;

	if (thread >= ACTOR_PLANE_THREADS_MAX)
		return fail(writer, -EINVAL, "thread %u is not below %u", thread,
			    ACTOR_PLANE_THREADS_MAX);
	if (writer->status != 0 || count == 0)
		return writer->status;
	lane = &writer->lanes[thread];
	status = begin_batch(writer, thread, lane, context);
	for (size_t i = 0; i < count && status == 0; i++) {
		if (lane->count == 0) {
			lane->context.actor = lane->actor;
			lane->context.turn_time = lane->turn_time;
			lane->context.first = lane->next;
		}
		lane->events[lane->count++] = events[i];
		lane->next++;
		writer->totals.events++;
		status = watch(writer, lane, &events[i]);
		if (status == 0 && rollup_is_full(&writer->rollup))
			status = write_rollup(writer);
		if (status == 0 && lane->count == TRACE_CHUNK_EVENTS)
			status = seal_chunk(writer, thread, lane);
	}
	return status;
}

/* ---- transactions ---- */

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
		status = write_chunk(writer, i, &writer->lanes[i]);
	if (status == 0)
		status = write_actors(writer);
	if (status == 0)
		status = write_rollup(writer);
	if (status != 0 || !writer->in_transaction)
		return status;
	status = write_totals(writer);
	if (status == 0)
		status = run(writer, STATEMENT_COMMIT);
	if (status == 0)
		writer->in_transaction = false;
	return status;
}

static uint64_t file_size(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

int trace_writer_finish(struct trace_writer *writer, struct trace_totals *ret_totals)
{
	struct trace_totals *totals = &writer->totals;
	sqlite3_stmt *prepared;
	int status = trace_writer_meta_int(writer, "complete", 1);

	if (status == 0)
		status = trace_writer_commit(writer);
	if (status != 0)
		return status;
	prepared = statement(writer, STATEMENT_ACTORS);
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
	if (ret_totals != NULL)
		*ret_totals = *totals;
	return 0;
}
