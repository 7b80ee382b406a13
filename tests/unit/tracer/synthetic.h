/* SPDX-License-Identifier: MIT */
#ifndef TESTS_TRACER_SYNTHETIC_H
#define TESTS_TRACER_SYNTHETIC_H

/*
 * A small session with known answers, and what tests of the trace file share. A tick is a
 * nanosecond; the session begins at tick 1000.
 *
 *	thread 0                             thread 1
 *	2000 A recv cast 'go' from X,1
 *	     A sends 'ask' (call, 1) to B
 *	2100 A waits for B                   2200 B recv call 'ask' from A,1
 *	2100 idle                                 B sends reply (1) to A
 *	                                          B sends 'note' (2) to C
 *	                                     2500 idle
 *	                                     2600 A recv reply from B,1
 *	                                          A sends 'note' (2) to C
 *	                                     2700 idle
 *	2800 C recv info 'note' from B,2
 *	2850 C recv info 'note' from A,2
 *	     C sends 'note' (1) to dead D
 *	2900 C recv timer 'tick'
 *	3000 idle
 *	3100 input for P, 40 bytes
 *	     P spawns D
 *	3300 C exits (normal)
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include <actor/pid.h>
#include <tracer/store.h>

#define PID(slot)  ((uint64_t)1 << ACTOR_PID_SLOT_BITS | (slot))
#define A          PID(1)
#define B          PID(2)
#define C          PID(3)
#define D          PID(4)
#define P          PID(5)
#define X          PID(6)

#define TYPE_GO    1
#define TYPE_ASK   2
#define TYPE_NOTE  3
#define TYPE_TICK  4

#define KIND(NAME) ACTOR_MESSAGE_KIND_##NAME

#define RECV(type, message, actor, sender, number, time)                                          \
	{                                                                                         \
		.kind = ACTOR_EVENT_RECV, .flags = KIND(message), .tag = (type), .seq = (number), \
		.a = (actor), .b = (sender), .c = (time)                                          \
	}
#define SEND(type, message, receiver, number, size, depth)                                        \
	{                                                                                         \
		.kind = ACTOR_EVENT_SEND, .flags = KIND(message), .tag = (type), .seq = (number), \
		.a = (receiver), .b = 0xabc0 + (number), .c = (uint64_t)(depth) << 32 | (size)    \
	}
#define IDLE(time)                                    \
	{                                             \
		.kind = ACTOR_EVENT_IDLE, .c = (time) \
	}

static const struct actor_event synthetic_0[] = {
	RECV(TYPE_GO, CAST, A, X, 1, 2000),
	SEND(TYPE_ASK, CALL, B, 1, 16, 1),
	{.kind = ACTOR_EVENT_WAIT, .tag = TYPE_ASK, .seq = 1, .a = A, .b = B, .c = 2100},
	IDLE(2100),
	RECV(TYPE_NOTE, INFO, C, B, 2, 2800),
	RECV(TYPE_NOTE, INFO, C, A, 2, 2850),
	SEND(TYPE_NOTE, INFO, D, 1, 8, 0),
	RECV(TYPE_TICK, TIMER, C, C, 7, 2900),
	IDLE(3000),
	{.kind = ACTOR_EVENT_INPUT, .seq = 1, .a = P, .b = 40, .c = 3100},
	{.kind = ACTOR_EVENT_SPAWN, .tag = 2, .seq = 1, .a = D, .b = P, .c = 0x1234},
	{.kind = ACTOR_EVENT_EXIT, .a = C, .b = 1, .c = 3300},
};

static const struct actor_event synthetic_1[] = {
	RECV(TYPE_ASK, CALL, B, A, 1, 2200),
	SEND(TYPE_ASK, REPLY, A, 1, 4, 1),
	SEND(TYPE_NOTE, INFO, C, 2, 8, 1),
	IDLE(2500),
	RECV(TYPE_ASK, REPLY, A, B, 1, 2600),
	SEND(TYPE_NOTE, INFO, C, 2, 8, 2),
	IDLE(2700),
};

#define SYNTHETIC_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SYNTHETIC_EVENTS       (SYNTHETIC_COUNT(synthetic_0) + SYNTHETIC_COUNT(synthetic_1))

static inline const char *synthetic_path(const char *name)
{
	static char path[256];
	const char *directory = getenv("TMPDIR");

	snprintf(path, sizeof(path), "%s/libactor-test-%d-%s", directory ? directory : "/tmp",
		 (int)getpid(), name);
	return path;
}

static inline void synthetic_remove(const char *path)
{
	char other[300];

	unlink(path);
	snprintf(other, sizeof(other), "%s-wal", path);
	unlink(other);
	snprintf(other, sizeof(other), "%s-shm", path);
	unlink(other);
}

static inline struct trace_writer *synthetic_begin(const char *path)
{
	const struct trace_writer_options options = {sizeof(options), path, "actor-trace record"};
	struct trace_writer *writer = NULL;
	char error[512] = "";

	synthetic_remove(path);
	if (trace_writer_create(&options, &writer, error, sizeof(error)) != 0) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	trace_writer_meta_int(writer, "ticks_per_second", 1000000000);
	trace_writer_clock(writer, 1000, 50000, 1700000000000000000);
	trace_writer_type(writer, TYPE_GO, "go", NULL, 0, false, NULL, 0);
	trace_writer_type(writer, TYPE_ASK, "ask", "struct ask", 16, false, "int", 4);
	trace_writer_type(writer, TYPE_NOTE, "note", "struct note", 8, false, NULL, 0);
	trace_writer_type(writer, TYPE_TICK, "tick", NULL, 0, false, NULL, 0);
	trace_writer_behaviour(writer, 1, "client", "struct client", 32);
	trace_writer_behaviour(writer, 2, "worker", NULL, 0);
	trace_writer_thread(writer, 0, 1, 100, "scheduler-0");
	trace_writer_thread(writer, 1, 1, 101, "scheduler-1");
	trace_writer_actor(writer, &(struct trace_actor){.pid = A, .behaviour = 1, .name = "a"});
	trace_writer_actor(writer, &(struct trace_actor){.pid = B, .behaviour = 2});
	return writer;
}

/* The whole session into a complete file. */
static inline struct trace_totals synthetic_write(const char *path)
{
	struct trace_writer *writer = synthetic_begin(path);
	struct trace_totals totals = {0};
	const struct trace_context start = {0};

	if (trace_writer_events(writer, 0, &start, synthetic_0, SYNTHETIC_COUNT(synthetic_0)) ||
	    trace_writer_events(writer, 1, &start, synthetic_1, SYNTHETIC_COUNT(synthetic_1)) ||
	    trace_writer_finish(writer, &totals)) {
		fprintf(stderr, "%s\n", trace_writer_error(writer));
		abort();
	}
	trace_writer_destroy(writer);
	return totals;
}

/* All rows of a query as "a|b\nc|d"; errors as "error: text". Valid until the next call. */
static inline const char *synthetic_query(sqlite3 *db, const char *sql)
{
	static char text[8192];
	size_t length = 0;
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	text[0] = '\0';
	while (code == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(statement); i++) {
			const char *cell = (const char *)sqlite3_column_text(statement, i);

			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
						   i > 0        ? "|"
						   : length > 0 ? "\n"
								: "",
						   cell != NULL ? cell : "-");
			if (length >= sizeof(text))
				abort();
		}
	}
	if (sqlite3_finalize(statement) != SQLITE_OK || code != SQLITE_OK)
		snprintf(text, sizeof(text), "error: %s", sqlite3_errmsg(db));
	return text;
}

#define CHECK_QUERY(db, sql, expected)                                                       \
	do {                                                                                 \
		const char *answer_ = synthetic_query(db, sql);                              \
		if (strcmp(answer_, expected) != 0)                                          \
			fprintf(stderr, "%s\n  is  %s\n  not %s\n", sql, answer_, expected); \
		CU_ASSERT_STRING_EQUAL(answer_, expected);                                   \
	} while (0)

#endif
