/* SPDX-License-Identifier: MIT */
#include "suite.h"

#include "store/open.h"
#include "synthetic.h"

static sqlite3 *open_path(const char *path)
{
	sqlite3 *db = NULL;
	char error[512] = "";

	if (store_open(path, &db, error, sizeof(error)) != 0)
		fprintf(stderr, "%s\n", error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	/* The open file stays readable without its name. */
	synthetic_remove(path);
	return db;
}

static sqlite3 *open_session(void)
{
	const char *path = synthetic_path("queries");

	synthetic_write(path);
	return open_path(path);
}

/* A session of one ring. */
static sqlite3 *open_events(const struct actor_event *events, size_t count)
{
	const char *path = synthetic_path("events");
	struct trace_writer *writer = synthetic_begin(path);
	const struct trace_context start = {0};
	struct trace_totals totals;

	trace_writer_events(writer, 0, &start, events, count);
	CU_ASSERT_EQUAL_FATAL(trace_writer_finish(writer, &totals), 0);
	trace_writer_destroy(writer);
	return open_path(path);
}

static void calls_have_outcomes(void)
{
	sqlite3 *db = open_session();

	CHECK_QUERY(
		db,
		"SELECT start_ns, end_ns, total_ns, caller, caller_name, callee, type, seq, how,"
		" outcome, handled_ns, queue_ns, answer_ns FROM calls",
		"1100|1600|500|<0.1.1>|a|<0.2.1>|ask|1|call|reply|1200|100|400");
	CHECK_QUERY(db, "SELECT count(*) FROM calls WHERE start_ns > 1100", "0");
	CHECK_QUERY(db, "SELECT count(*) FROM calls WHERE start_ns <= 1100", "1");
	CHECK_QUERY(db, "SELECT caller, callee, calls, waited_ns, longest_ns FROM who_blocked_whom",
		    "<0.1.1>|<0.2.1>|1|500|500");
	sqlite3_close(db);
}

static void calls_end_in_many_ways(void)
{
	static const struct actor_event events[] = {
		RECV(TYPE_GO, CAST, A, X, 1, 2000),
		/* A request, answered later; another one that never is. */
		SEND(TYPE_ASK, CALL, B, 1, 16, 1),
		SEND(TYPE_ASK, CALL, B, 2, 16, 2),
		/* A call whose callee dies. */
		SEND(TYPE_GO, CALL, C, 3, 16, 1),
		{.kind = ACTOR_EVENT_WAIT, .tag = TYPE_GO, .seq = 1, .a = A, .b = C, .c = 2100},
		RECV(TYPE_GO, DIED, A, C, 0, 2200),
		/* One that takes too long. */
		SEND(TYPE_GO, CALL, C, 4, 16, 1),
		{.kind = ACTOR_EVENT_WAIT, .tag = TYPE_GO, .seq = 2, .a = A, .b = C, .c = 2300},
		RECV(TYPE_GO, TIMEOUT, A, C, 0, 2500),
		IDLE(2600),
		RECV(TYPE_ASK, CALL, B, A, 1, 2700),
		SEND(TYPE_ASK, RESPONSE, A, 1, 8, 1),
		IDLE(2800),
		RECV(TYPE_ASK, RESPONSE, A, B, 1, 2900),
		/* One that is open when the recording ends. */
		SEND(TYPE_NOTE, CALL, D, 5, 8, 1),
		{.kind = ACTOR_EVENT_WAIT, .tag = TYPE_NOTE, .seq = 3, .a = A, .b = D, .c = 3000},
		/* And an actor that ends while it waits for a new actor. */
		RECV(TYPE_GO, CAST, P, X, 2, 3100),
		{.kind = ACTOR_EVENT_WAIT, .seq = 4, .a = P, .b = D, .c = 3200},
		{.kind = ACTOR_EVENT_EXIT, .a = P, .b = 4, .c = 3300},
	};
	sqlite3 *db = open_events(events, sizeof(events) / sizeof(events[0]));

	CHECK_QUERY(db,
		    "SELECT start_ns, caller, callee, type, how, outcome, total_ns, queue_ns FROM"
		    " calls ORDER BY start_ns, seq",
		    "1000|<0.1.1>|<0.2.1>|ask|request|response|900|700\n"
		    "1000|<0.1.1>|<0.2.1>|ask|request|-|-|-\n"
		    "1100|<0.1.1>|<0.3.1>|go|call|died|100|-\n"
		    "1300|<0.1.1>|<0.3.1>|go|call|timeout|200|-\n"
		    "2000|<0.1.1>|<0.4.1>|note|call|-|-|-\n"
		    "2200|<0.5.1>|<0.4.1>|-|wait|caller ended|100|-");
	CHECK_QUERY(db, "SELECT what, count(*) FROM unfinished GROUP BY 1 ORDER BY 1",
		    "call|1\nmessage|4\nrequest|1\nwait|1");
	CHECK_QUERY(db, "SELECT actor, reason, down_ns FROM crashes", "<0.5.1>|killed|-");
	sqlite3_close(db);
}

/* B puts 'note' aside until it has had 'go'; it is one message and not two. */
static void postponed_messages_count_once(void)
{
	static const struct actor_event events[] = {
		RECV(TYPE_GO, CAST, A, X, 1, 2000),
		SEND(TYPE_NOTE, INFO, B, 1, 8, 1),
		SEND(TYPE_GO, CAST, B, 2, 8, 2),
		RECV(TYPE_NOTE, INFO, B, A, 1, 2100),
		{.kind = ACTOR_EVENT_POSTPONE, .tag = TYPE_NOTE, .seq = 1, .a = B, .b = A},
		RECV(TYPE_GO, CAST, B, A, 2, 2200),
		RECV(TYPE_NOTE, INFO, B, A, 1, 2300),
		SEND(TYPE_TICK, INFO, C, 1, 0, 1),
		IDLE(2400),
	};
	sqlite3 *db = open_events(events, sizeof(events) / sizeof(events[0]));

	CHECK_QUERY(db,
		    "SELECT seq, type, sent_ns, received_ns, queue_ns, postponed, size FROM"
		    " messages WHERE sender = '<0.1.1>' ORDER BY received_ns",
		    "2|go|1000|1200|200|0|8\n1|note|1000|1300|300|1|8");
	CHECK_QUERY(db, "SELECT start_ns, seq, postponed FROM turns WHERE actor = '<0.2.1>'",
		    "1100|1|1\n1200|2|0\n1300|1|0");
	CHECK_QUERY(db, "SELECT type FROM unhandled", "tick");
	CHECK_QUERY(db, "SELECT value FROM meta WHERE key = 'messages'", "3");
	CHECK_QUERY(db, "SELECT sum(handled) FROM rollup", "3");
	CHECK_QUERY(db, "SELECT message, type FROM events WHERE kind = 'postpone'", "info|note");
	CHECK_QUERY(db, "SELECT length, change, type FROM mailbox_history('<0.2.1>')",
		    "1|in|note\n2|in|go\n1|out|note\n1|aside|note\n0|out|go\n0|out|note");
	/* Its road leads through the turn that handled it. */
	CHECK_QUERY(db,
		    "SELECT step, type, received_ns FROM message_road((SELECT id FROM events WHERE"
		    " kind = 'send' AND type = 'note'))",
		    "-1|go|1000\n0|note|1300\n1|tick|-");
	sqlite3_close(db);
}

static void roads_lead_back_and_on(void)
{
	sqlite3 *db = open_session();

	/* Forward: the call and its consequences, and what A did after the reply. */
	CHECK_QUERY(db,
		    "SELECT step, kind, type, sender, receiver, seq, sent_ns, received_ns, queue_ns"
		    " FROM message_road((SELECT id FROM messages WHERE type = 'go'))",
		    "0|cast|go|<0.6.1>|<0.1.1>|1|-|1000|-\n"
		    "1|call|ask|<0.1.1>|<0.2.1>|1|1000|1200|200\n"
		    "1|info|note|<0.1.1>|<0.3.1>|2|1600|1850|250\n"
		    "2|reply|ask|<0.2.1>|<0.1.1>|1|1200|1600|400\n"
		    "2|info|note|<0.2.1>|<0.3.1>|2|1200|1800|600\n"
		    "2|info|note|<0.3.1>|<0.4.1>|1|1850|-|-");
	/* Back, from a message that nobody received: over the turn that waited in a call. */
	CHECK_QUERY(db,
		    "SELECT step, type, sender, receiver, more FROM message_road((SELECT id FROM"
		    " unhandled))",
		    "-2|go|<0.6.1>|<0.1.1>|0\n-1|note|<0.1.1>|<0.3.1>|0\n0|note|<0.3.1>|<0.4.1>|0");
	/* Each cause is the id of another stop; the road is the same from wherever it is seen. */
	CHECK_QUERY(db,
		    "WITH r AS (SELECT * FROM message_road((SELECT id FROM unhandled)))"
		    " SELECT count(*) FROM r WHERE cause NOT IN (SELECT id FROM r)",
		    "0");
	CHECK_QUERY(db,
		    "SELECT step, id, cause FROM message_road((SELECT id FROM messages WHERE"
		    " type = 'go')) WHERE step = 1 ORDER BY id",
		    "1|8197|8192\n1|16384|8192");
	/* A limit cuts and says so. */
	CHECK_QUERY(db, "SELECT step, type, more FROM message_road((SELECT id FROM unhandled), 1)",
		    "-1|note|1\n0|note|0");
	CHECK_QUERY(db,
		    "SELECT step, type, more FROM message_road((SELECT id FROM messages WHERE"
		    " type = 'go'), 1)",
		    "0|go|0\n1|ask|1");
	/* What is no message has the road of its turn; what is nothing, none. */
	CHECK_QUERY(db,
		    "SELECT step, kind, receiver FROM message_road((SELECT id FROM events WHERE"
		    " kind = 'spawn'))",
		    "-1|input|<0.5.1>\n0|init|<0.4.1>");
	CHECK_QUERY(db, "SELECT count(*) FROM message_road(123456789)", "0");
	CHECK_QUERY(db, "SELECT count(*) FROM message_road(NULL)", "0");
	CHECK_QUERY(db, "SELECT count(*) FROM message_road('x')", "0");
	CHECK_QUERY(db, "SELECT * FROM message_road",
		    "error: it is a function: SELECT * FROM message_road(ID)");
	sqlite3_close(db);
}

static void timers_and_births_are_causes(void)
{
	static const struct actor_event events[] = {
		{.kind = ACTOR_EVENT_INPUT, .seq = 1, .a = P, .b = 40, .c = 2000},
		{.kind = ACTOR_EVENT_SPAWN, .tag = 2, .seq = 3, .a = D, .b = P, .c = 0x1234},
		/* The same (sender, number) as the birth, and another message. */
		SEND(TYPE_NOTE, INFO, D, 3, 8, 1),
		RECV(0, INIT, D, P, 3, 2100),
		{.kind = ACTOR_EVENT_TIMER_START, .tag = TYPE_TICK, .seq = 9, .a = D, .b = 500},
		RECV(TYPE_NOTE, INFO, D, P, 3, 2200),
		RECV(TYPE_TICK, TIMER, D, D, 9, 2600),
		SEND(TYPE_GO, CAST, B, 1, 8, 1),
		RECV(TYPE_GO, CAST, B, D, 1, 2700),
		IDLE(2800),
	};
	sqlite3 *db = open_events(events, sizeof(events) / sizeof(events[0]));

	CHECK_QUERY(db,
		    "SELECT step, kind, type, received_ns, queue_ns FROM message_road((SELECT id"
		    " FROM messages WHERE type = 'go'))",
		    "-3|input|-|1000|-\n-2|init|-|1100|100\n-1|timer|tick|1600|500\n"
		    "0|cast|go|1700|100");
	sqlite3_close(db);
}

static void crashes_show_what_came_after(void)
{
	static const struct actor_event events[] = {
		{.kind = ACTOR_EVENT_SPAWN, .tag = 2, .seq = 1, .a = B, .b = A, .c = 7},
		{.kind = ACTOR_EVENT_EXIT, .a = B, .b = 43, .c = 2000},
		{.kind = ACTOR_EVENT_EXIT, .a = C, .b = 1, .c = 2050},
		RECV(0, EXIT, A, B, 1, 2100),
		{.kind = ACTOR_EVENT_SPAWN, .tag = 2, .seq = 2, .a = D, .b = A, .c = 8},
		{.kind = ACTOR_EVENT_RESTART, .seq = 1, .a = D, .b = B, .c = 43},
		{.kind = ACTOR_EVENT_EXIT, .a = D, .b = (uint64_t)-110, .c = 2400},
		RECV(0, EXIT, A, D, 1, 2500),
		{.kind = ACTOR_EVENT_GIVE_UP, .seq = 1, .a = A, .b = D, .c = (uint64_t)-110},
	};
	sqlite3 *db = open_events(events, sizeof(events) / sizeof(events[0]));

	CHECK_QUERY(db,
		    "SELECT actor, behaviour, reason, replaced_by, restarts, down_ns, given_up_by"
		    " FROM crashes",
		    "<0.2.1>|worker|fault: SIGSEGV|<0.4.1>|1|100|-\n"
		    "<0.4.1>|worker|no reply within the time allowed|-|-|100|<0.1.1>");
	sqlite3_close(db);
}

static void talkers_are_plain_rows(void)
{
	const char *path = synthetic_path("talkers");
	sqlite3 *db;

	synthetic_write(path);
	/* Without the extension. */
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	CHECK_QUERY(db,
		    "SELECT actor, name, behaviour, sent, bytes, handled, busy_ns FROM top_talkers",
		    "<0.1.1>|a|client|2|24|1|200\n<0.2.1>||worker|2|12|1|300\n"
		    "<0.3.1>|||1|8|3|200\n<0.5.1>|||0|0|0|200");
	CHECK_QUERY(db, "SELECT count(*) FROM rollup WHERE actor = 0", "0");
	sqlite3_close(db);
	synthetic_remove(path);
}

static void mailboxes_have_a_history(void)
{
	sqlite3 *db = open_session();

	CHECK_QUERY(
		db,
		"SELECT time_ns, length, change, type, kind, peer FROM mailbox_history('<0.3.1>')",
		"1200|1|in|note|info|<0.2.1>\n1600|2|in|note|info|<0.1.1>\n"
		"1800|1|out|note|info|<0.2.1>\n1850|0|out|note|info|<0.1.1>\n"
		"1900|0|out|tick|timer|<0.3.1>");
	CHECK_QUERY(db, "SELECT count(*) FROM mailbox_history('a')", "3");
	CHECK_QUERY(db, "SELECT count(*) FROM mailbox_history('nobody')", "0");
	sqlite3_close(db);
}

/* What is found by an actor is what is found by looking at all events, with their times. */
static void check_histories(sqlite3 *db)
{
	char query[512];

	for (int slot = 1; slot <= 6; slot++) {
		static const char *const both[2][2] = {{"", "+"}, {"+", ""}};

		for (int i = 0; i < 2; i++) {
			snprintf(query, sizeof(query),
				 "SELECT count(*) FROM (SELECT id, time_ns FROM events WHERE"
				 " %sactor = '<0.%d.1>' EXCEPT SELECT id, time_ns FROM events WHERE"
				 " %sactor = '<0.%d.1>')",
				 both[i][0], slot, both[i][1], slot);
			CHECK_QUERY(db, query, "0");
		}
	}
}

static void actors_have_histories(void)
{
	static const struct actor_event events[] = {
		RECV(TYPE_GO, CAST, B, X, 1, 2000),
		SEND(TYPE_NOTE, INFO, C, 1, 8, 1),
		{.kind = ACTOR_EVENT_STAMP, .c = 2050},
		SEND(TYPE_NOTE, INFO, A, 2, 8, 1),
		SEND(TYPE_NOTE, INFO, C, 3, 8, 1),
		RECV(TYPE_NOTE, INFO, A, B, 2, 2100),
		{.kind = ACTOR_EVENT_STAMP, .c = 2150},
		SEND(TYPE_NOTE, INFO, B, 1, 8, 1),
		SEND(TYPE_NOTE, INFO, A, 2, 8, 1),
		{.kind = ACTOR_EVENT_WAIT, .tag = TYPE_ASK, .seq = 1, .a = A, .b = B, .c = 2200},
		{.kind = ACTOR_EVENT_SPAWN, .tag = 2, .seq = 1, .a = D, .b = P, .c = 0x1234},
		RECV(TYPE_NOTE, INFO, C, B, 1, 2300),
		{.kind = ACTOR_EVENT_EXIT, .a = A, .b = 1, .c = 2400},
		SEND(TYPE_NOTE, INFO, B, 1, 8, 1),
		IDLE(2500),
		{.kind = ACTOR_EVENT_INPUT, .seq = 1, .a = A, .b = 40, .c = 2600},
		SEND(TYPE_NOTE, INFO, X, 3, 8, 1),
	};
	sqlite3 *db = open_session();

	CHECK_QUERY(db, "SELECT kind, time_ns FROM events WHERE actor = '<0.3.1>'",
		    "recv|1800\nrecv|1850\nsend|1850\nrecv|1900\nidle|2000\nexit|2300");
	check_histories(db);
	sqlite3_close(db);
	db = open_events(events, SYNTHETIC_COUNT(events));
	CHECK_QUERY(db,
		    "SELECT kind, time_ns FROM events WHERE actor = '<0.1.1>' AND kind = 'send'",
		    "send|1150\nsend|1100\nsend|1600");
	check_histories(db);
	sqlite3_close(db);
}

#define CASES(X)                         \
	X(calls_have_outcomes)           \
	X(calls_end_in_many_ways)        \
	X(postponed_messages_count_once) \
	X(roads_lead_back_and_on)        \
	X(timers_and_births_are_causes)  \
	X(crashes_show_what_came_after)  \
	X(talkers_are_plain_rows)        \
	X(mailboxes_have_a_history)      \
	X(actors_have_histories)
SUITE("queries", CASES)
