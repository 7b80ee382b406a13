/* SPDX-License-Identifier: MIT */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

/*
 * What the parts of the writer share:
 *
 *	writer.c         the file: made, committed, finished
 *	writer_resume.c  a file that another recorder began
 *	writer_sql.c     its statements and failures
 *	writer_rows.c    the small tables
 *	writer_actors.c  what is known of each actor
 *	writer_packs.c   short lives, packed
 *	writer_watch.c   what the events themselves say: births, ends, counts per second
 *	writer_rollup.c  the counts per second
 *	writer_chunks.c  the events, packed
 *	writer_kernel.c  what the kernel saw, packed
 *
 * All of them return 0 or a negative errno, and the writer has the words for it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include <actor/pid.h>
#include <actor/plane.h>
#include <tracer/store.h>

#include "store/actor_pack.h"
#include "store/clock.h"
#include "store/codec.h"
#include "store/kernel.h"
#include "store/pidmap.h"
#include "store/rollup.h"

/* Rows of actors that are written at a time. */
#define ACTOR_ROWS    32
#define ACTOR_COLUMNS 11
#define ACTOR_ROW     "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define ACTOR_4_ROWS  ACTOR_ROW ", " ACTOR_ROW ", " ACTOR_ROW ", " ACTOR_ROW
#define ACTOR_16_ROWS ACTOR_4_ROWS ", " ACTOR_4_ROWS ", " ACTOR_4_ROWS ", " ACTOR_4_ROWS

/* X(NAME, sql) */
#define STATEMENT_MAP(X)                                                                          \
	X(BEGIN, "BEGIN IMMEDIATE")                                                               \
	X(COMMIT, "COMMIT")                                                                       \
	X(META, "INSERT OR REPLACE INTO meta VALUES (?1, ?2)")                                    \
	X(CLOCK, "INSERT OR REPLACE INTO clock VALUES (?1, ?2, ?3, ?4, ?5)")                      \
	X(CLOCK_SLOPE, "UPDATE clock SET ns_per_tick = ?2 WHERE ticks = ?1")                      \
	X(TYPE, "INSERT OR REPLACE INTO types VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")               \
	X(BEHAVIOUR, "INSERT OR REPLACE INTO behaviours VALUES (?1, ?2, ?3, ?4)")                 \
	X(BTF, "INSERT OR REPLACE INTO btf VALUES (1, ?1, ?2)")                                   \
	X(STRING, "INSERT OR REPLACE INTO strings VALUES (?1, ?2)")                               \
	X(REASON, "INSERT OR IGNORE INTO reasons VALUES (?1, ?2)")                                \
	X(KIND, "INSERT INTO kinds VALUES (?1, ?2)")                                              \
	X(THREAD, "INSERT OR REPLACE INTO threads VALUES (?1, ?2, ?3, ?4)")                       \
	X(ACTOR, "INSERT INTO actor VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"        \
		 " ON CONFLICT (pid) DO UPDATE SET"                                               \
		 " parent = coalesce(excluded.parent, parent),"                                   \
		 " nth = coalesce(excluded.nth, nth),"                                            \
		 " identity = coalesce(excluded.identity, identity),"                             \
		 " behaviour = coalesce(excluded.behaviour, behaviour),"                          \
		 " name = coalesce(excluded.name, name),"                                         \
		 " kind = coalesce(excluded.kind, kind),"                                         \
		 " spawn_ticks = coalesce(excluded.spawn_ticks, spawn_ticks),"                    \
		 " exit_ticks = coalesce(excluded.exit_ticks, exit_ticks),"                       \
		 " exit_reason = coalesce(excluded.exit_reason, exit_reason),"                    \
		 " restarts = max(coalesce(excluded.restarts, 0), coalesce(restarts, 0))")        \
	X(NEW_ACTORS, "INSERT OR IGNORE INTO actor VALUES " ACTOR_16_ROWS ", " ACTOR_16_ROWS)     \
	X(GAP, "INSERT INTO gap VALUES (NULL, ?1, ?2, ?3, ?4, ?5)")                               \
	X(POSITION, "INSERT OR REPLACE INTO positions VALUES (?1, ?2)")                           \
	X(PAYLOAD, "INSERT OR REPLACE INTO payloads VALUES (?1, ?2, ?3)")                         \
	X(ROLLUP, "INSERT INTO rollup VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"                    \
		  " ON CONFLICT (second, type, actor) DO UPDATE SET sent = sent + excluded.sent," \
		  " bytes = bytes + excluded.bytes, handled = handled + excluded.handled,"        \
		  " turns = turns + excluded.turns, busy_ns = busy_ns + excluded.busy_ns")        \
	X(ROLLUP_EMPTY, "DELETE FROM rollup WHERE actor = 0 AND sent = 0 AND handled = 0"         \
			" AND turns = 0 AND bytes = 0 AND busy_ns BETWEEN -1000 AND 1000")        \
	X(CHUNK, "INSERT OR REPLACE INTO chunk"                                                   \
		 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")                        \
	X(DATA, "INSERT OR REPLACE INTO chunk_data VALUES (?1, ?2)")                              \
	X(ACTOR_PACK, "INSERT OR REPLACE INTO actor_pack VALUES (?1, ?2, ?3, ?4, ?5, ?6)")        \
	X(ACTOR_PACK_GONE, "DELETE FROM actor_pack WHERE id = ?1")                                \
	X(ACTOR_PACKS_OF, "SELECT n, checksum, data, id FROM actor_pack"                          \
			  " WHERE least <= ?1 AND greatest >= ?1")                                \
	X(ACTORS, "SELECT (SELECT count(*) FROM actor) +"                                         \
		  " (SELECT coalesce(sum(n), 0) FROM actor_pack)")                                \
	X(KERNEL_CHUNK, "INSERT INTO kernel_chunk VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6)")         \
	X(KERNEL_TASK, "INSERT OR REPLACE INTO kernel_task VALUES (?1, ?2, ?3, ?4)")              \
	X(KERNEL_STACK, "INSERT OR REPLACE INTO kernel_stack VALUES (?1, ?2)")                    \
	X(KERNEL_SYSCALL, "INSERT OR REPLACE INTO kernel_syscall VALUES (?1, ?2)")

enum statement {
#define X(NAME, sql) STATEMENT_##NAME,
	STATEMENT_MAP(X)
#undef X
	STATEMENT_COUNT
};

#define LANE_RECENT 2048 /* a power of two */

/* Where an actor and a type are counted, until another one needs the place. */
struct recent {
	uint64_t actor;
	uint64_t key; /* second and type; 0: empty */
	struct rollup_counts counts;
	uint64_t unused; /* a cache line each */
};

/* A ring on its way into the file. */
struct lane {
	/* The chunk that is being filled. */
	struct actor_event *events; /* TRACE_CHUNK_EVENTS of them, or NULL before the first */
	size_t count;
	size_t stored; /* of these, how many the file has already */
	int64_t id;    /* of its row, 0: has none yet */
	struct trace_context context;

	uint64_t next;     /* number of the event that comes next */
	uint64_t position; /* what an earlier recorder stored of the ring, as the ring counts */

	/* Where the ring's story stands, behind the last event that was stored. */
	uint64_t actor;
	uint64_t turn_time;
	uint64_t stamp; /* of a STAMP directly before, else 0 */
	bool turn_open;
	uint16_t turn_tag;
	uint64_t second_begin; /* ticks, of a span in which the second is that of second_key */
	uint64_t second_end;
	uint64_t second_key;
	struct recent *recent; /* LANE_RECENT of them, with `events` */
};

/* The kernel's rows on their way into the file. */
struct kernel_lane {
	struct trace_kernel_row *rows; /* KERNEL_CHUNK_ROWS of them, or NULL before the first */
	size_t count;
};

/* An actor that has changed since it was written, or that was not written yet. */
struct pending_actor {
	struct trace_actor actor;
	char *name;
	uint64_t since; /* writer->now when it came here */
	bool born;      /* its birth was seen here, and not in the actor table alone */
	bool packed;    /* perhaps it was in a pack when it came here */
};

/* Of an actor whose row has not both its birth and its end. */
#define ROW_HAS_BIRTH 1
#define ROW_HAS_END   2

/* So many of these are known by pid: 12 MB. */
#define WRITER_ROWS_MAX 350000

#define PACKED_PAGE     4096 /* slots */
#define PACKED_PAGES    ((ACTOR_PID_SLOT_MASK + 1) / PACKED_PAGE)

/* Actors on their way into the table actor_pack. */
struct pack_lane {
	struct actor_pack ended; /* whole lives; goes into a row of its own when it is full */
	int64_t id;              /* of its row, 0: has none yet */
	bool changed;            /* since it was written */
	struct actor_pack other; /* to write, or to read, another one */
	int64_t last;            /* greatest id there is */
	int young;               /* rows of those that were not written otherwise yet */
	/* By slot: the greatest generation that is in a pack, or was; pages made as needed. */
	uint32_t *packed[PACKED_PAGES];
};

struct trace_writer {
	sqlite3 *db;
	int claim; /* keeps others off the file */
	char *path;
	sqlite3_stmt *statements[STATEMENT_COUNT];
	struct codec *codec;
	struct clock_line clock;
	uint64_t first_monotonic_ns;
	struct pidmap actors; /* struct pending_actor, by pid */
	struct pidmap rows;   /* uint8_t, ROW_HAS_..., by pid: whose row may still change */
	bool rows_full;       /* there are too many for that; nothing is packed any more */
	struct pack_lane *packs;
	uint64_t now;          /* of the monotonic clock, at the last commit */
	struct pidmap strings; /* char *, by offset */
	struct pidmap waiting; /* uint16_t: the tag of the turn that waits in a call, by pid */
	struct rollup rollup;  /* since the last commit, by second and type */
	struct rollup shares;  /* of the seconds not yet told apart, by actor, too */
	int64_t second_last;   /* the latest there was */
	int64_t shares_second; /* those before it have been told apart */
	struct lane lanes[ACTOR_PLANE_THREADS_MAX];
	int64_t chunk_last;
	struct kernel_lane kernel;
	bool in_transaction;
	bool finishing; /* the commit is the last one */
	bool finished;
	int status; /* sticky: the file's first failure */

	struct trace_totals totals;
	uint64_t time_min;
	uint64_t time_max;
	char error[512];
};

/* ---- statements and failures ---- */

int writer_fail(struct trace_writer *writer, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A failure of the file: it stays. */
int writer_fail_file(struct trace_writer *writer);
int writer_no_memory(struct trace_writer *writer);

int writer_execute(struct trace_writer *writer, const char *sql);

/* Prepared at its first use; NULL: it cannot be. */
sqlite3_stmt *writer_statement(struct trace_writer *writer, enum statement which);
int writer_run(struct trace_writer *writer, enum statement which);

/* Every change lies in a transaction; trace_writer_commit ends it. Returns NULL after a failure. */
sqlite3_stmt *writer_change(struct trace_writer *writer, enum statement which);

void writer_bind_text(sqlite3_stmt *prepared, int index, const char *text);

/* 0 is not known, and not known is NULL. */
void writer_bind_known(sqlite3_stmt *prepared, int index, uint64_t value);

/* The words that every file has: reasons and kinds of events. */
int writer_store_words(struct trace_writer *writer);

/* A number and its word, for the statements that have these two. */
int writer_store_word(struct trace_writer *writer, enum statement which, int64_t number,
		      const char *text);

/* ---- files gone on with ---- */

/* Whether the file is a trace, of our format. The words for what is wrong are in writer->error. */
int writer_know(struct trace_writer *writer);

/* Takes up what a file that is known has. Words as above. */
int writer_take_up(struct trace_writer *writer, const struct trace_process *process);

/* ---- actors ---- */

/* The actor's changes since the last commit, to be added to. NULL: a failure. */
struct pending_actor *writer_actor_at(struct trace_writer *writer, uint64_t pid);
int writer_actor_name(struct trace_writer *writer, struct pending_actor *pending, const char *name);

/* What an event says; `born`: its birth. One whose whole life has been seen may go into a pack. */
int writer_actor_seen(struct trace_writer *writer, const struct trace_actor *actor, bool born);

/* Writes what is to be a row, and packs the rest; `all`: everything is to be a row. */
int writer_store_actors(struct trace_writer *writer, bool all);

/* ---- packs of actors ---- */

/* NULL: no memory. */
struct pack_lane *writer_packs_create(void);
struct pack_lane *writer_packs_destroy(struct pack_lane *packs);

/* Whether it can be in a pack, as far as what is known of it goes. */
bool writer_is_plain(const struct pending_actor *pending);
/* By what is known of its slot. */
bool writer_may_be_packed(const struct trace_writer *writer, uint64_t pid);
int writer_pack_ended(struct trace_writer *writer, const struct trace_actor *actor);

/* Writes the pack of the ended, and those of the young instead of the last ones. */
int writer_store_packs(struct trace_writer *writer, struct pending_actor *const *young,
		       size_t count);

/* One that is in a pack is taken out, and what it has is added to `actor`. */
int writer_unpack(struct trace_writer *writer, struct trace_actor *actor);

/* In a file that was gone on with. */
int writer_take_packs(struct trace_writer *writer);

/* ---- events ---- */

/* Takes what the events say, and moves the ring's story on. */
int writer_watch(struct trace_writer *writer, struct lane *lane, const struct actor_event *events,
		 size_t count);
int writer_store_rollup(struct trace_writer *writer);

/* Before a commit: what is counted in the lanes goes to the roll-ups. */
int writer_give_recent(struct trace_writer *writer);

/* Tells the seconds that are over apart by actor; `all`: the last ones, too. */
int writer_store_shares(struct trace_writer *writer, bool all);

/* Writes the kernel's rows that are old enough, or `all`. */
int writer_store_kernel(struct trace_writer *writer, bool all);

/* Writes what the chunk being filled has, if the file does not have it yet. */
int writer_store_chunk(struct trace_writer *writer, uint32_t thread, struct lane *lane);

#endif
