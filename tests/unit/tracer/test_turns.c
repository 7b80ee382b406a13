/* SPDX-License-Identifier: MIT */
#include "suite.h"

#include "store/open.h"
#include "synthetic.h"

static sqlite3 *open_session(void)
{
	const char *path = synthetic_path("turns");
	sqlite3 *db = NULL;
	char error[512] = "";

	synthetic_write(path);
	if (store_open(path, &db, error, sizeof(error)) != 0)
		fprintf(stderr, "%s\n", error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	/* The open file stays readable without its name. */
	synthetic_remove(path);
	return db;
}

static void turns_wait_and_go_on(void)
{
	sqlite3 *db = open_session();

	CHECK_QUERY(db,
		    "SELECT start_ns, end_ns, run_ns, wait_ns, actor, actor_name, behaviour,"
		    " type, kind, sender, seq, sends, thread FROM turns ORDER BY start_ns",
		    "1000|1700|200|500|<0.1.1>|a|client|go|cast|<0.6.1>|1|2|0\n"
		    "1200|1500|300|0|<0.2.1>|-|worker|ask|call|<0.1.1>|1|2|1\n"
		    "1800|1850|50|0|<0.3.1>|-|-|note|info|<0.2.1>|2|0|0\n"
		    "1850|1900|50|0|<0.3.1>|-|-|note|info|<0.1.1>|2|1|0\n"
		    "1900|2000|100|0|<0.3.1>|-|-|tick|timer|<0.3.1>|7|0|0\n"
		    "2100|2300|200|0|<0.5.1>|-|-|-|input|-|-|0|0");
	sqlite3_close(db);
}

static void messages_meet_their_sends(void)
{
	sqlite3 *db = open_session();

	CHECK_QUERY(db, "SELECT count(*) FROM messages", "5");
	CHECK_QUERY(db,
		    "SELECT sender, seq, receiver, type, kind, sent_ns, received_ns, queue_ns,"
		    " run_ns, size, depth, sender_thread, receiver_thread, hash FROM messages"
		    " ORDER BY received_ns",
		    "<0.6.1>|1|<0.1.1>|go|cast|-|1000|-|200|-|-|-|0|-\n"
		    "<0.1.1>|1|<0.2.1>|ask|call|1000|1200|200|300|16|1|0|1|000000000000abc1\n"
		    "<0.2.1>|2|<0.3.1>|note|info|1200|1800|600|50|8|1|1|0|000000000000abc2\n"
		    "<0.1.1>|2|<0.3.1>|note|info|1600|1850|250|50|8|2|1|0|000000000000abc2\n"
		    "<0.3.1>|7|<0.3.1>|tick|timer|-|1900|-|100|-|-|-|0|-");
	CHECK_QUERY(db, "SELECT sender, seq, receiver, type, sent_ns FROM unhandled",
		    "<0.3.1>|1|<0.4.1>|note|1850");
	sqlite3_close(db);
}

/* What a range gives is what the whole gives, cut. */
static void ranges_give_the_same_rows(void)
{
	sqlite3 *db = open_session();
	char whole[8192];
	char sql[300];

	for (int from = 900; from < 2300; from += 50) {
		snprintf(sql, sizeof(sql),
			 "SELECT * FROM messages WHERE +received_ns BETWEEN %d AND %d ORDER BY id",
			 from, from + 120);
		snprintf(whole, sizeof(whole), "%s", synthetic_query(db, sql));
		snprintf(sql, sizeof(sql),
			 "SELECT * FROM messages WHERE received_ns BETWEEN %d AND %d ORDER BY id",
			 from, from + 120);
		CHECK_QUERY(db, sql, whole);
		snprintf(sql, sizeof(sql),
			 "SELECT * FROM turns WHERE +start_ns > %d AND +start_ns <= %d ORDER BY id",
			 from, from + 70);
		snprintf(whole, sizeof(whole), "%s", synthetic_query(db, sql));
		snprintf(sql, sizeof(sql),
			 "SELECT * FROM turns WHERE start_ns > %d AND start_ns <= %d ORDER BY id",
			 from, from + 70);
		CHECK_QUERY(db, sql, whole);
	}
	sqlite3_close(db);
}

static void events_show_what_they_hold(void)
{
	sqlite3 *db = open_session();

	CHECK_QUERY(db, "SELECT count(*), count(DISTINCT id) FROM events", "19|19");
	CHECK_QUERY(db,
		    "SELECT time_ns, thread, kind, message, type, actor, actor_name, seq, peer,"
		    " size, depth FROM events WHERE thread = 0 LIMIT 3",
		    "1000|0|recv|cast|go|<0.1.1>|a|1|<0.6.1>|-|-\n"
		    "1000|0|send|call|ask|<0.1.1>|a|1|<0.2.1>|16|1\n"
		    "1100|0|wait|-|ask|<0.1.1>|a|1|<0.2.1>|-|-");
	CHECK_QUERY(db,
		    "SELECT kind, actor, parent, nth, behaviour, identity, time_ns FROM events"
		    " WHERE kind = 'spawn'",
		    "spawn|<0.4.1>|<0.5.1>|1|worker|0000000000001234|2100");
	CHECK_QUERY(db, "SELECT actor, reason FROM events WHERE kind = 'exit'", "<0.3.1>|normal");
	CHECK_QUERY(db, "SELECT size, nth FROM events WHERE kind = 'input'", "40|1");
	CHECK_QUERY(db, "SELECT count(*) FROM events WHERE kind = 'nonsense'", "0");
	CHECK_QUERY(db, "SELECT count(*) FROM events WHERE actor = '<0.3.1>'", "6");
	CHECK_QUERY(db, "SELECT count(*) FROM events WHERE actor = 'nobody'", "0");
	CHECK_QUERY(db, "SELECT count(*) FROM events WHERE time_ns IS NULL OR thread = NULL", "0");
	CHECK_QUERY(db, "SELECT kind FROM events WHERE id = (SELECT max(id) FROM events)", "idle");
	CHECK_QUERY(db, "SELECT kind FROM events WHERE rowid = (SELECT min(id) FROM events)",
		    "recv");
	CHECK_QUERY(db, "SELECT count(*) FROM events WHERE kind IN ('recv', 'idle')", "10");
	sqlite3_close(db);
}

static void event_constraints_agree_with_a_scan(void)
{
	static const char *const conditions[][2] = {
		{"time_ns >= 1100 AND time_ns < 1850", "+time_ns >= 1100 AND +time_ns < 1850"},
		{"time_ns = 1850", "+time_ns = 1850"},
		{"time_ns > 1849.5 AND time_ns < '1900'", "+time_ns > 1849.5 AND +time_ns < 1900"},
		{"thread = 1", "+thread = 1"},
		{"thread = 1.5", "+thread = 1.5"},
		{"thread > 7", "+thread > 7"},
		{"kind = 'send'", "+kind = 'send'"},
		{"actor = '<0.1.1>'", "+actor = '<0.1.1>'"},
		{"actor = '0.1.1'", "+actor = '0.1.1'"},
		{"kind = 'send' AND actor = '<0.2.1>' AND thread = 1",
		 "+kind = 'send' AND +actor = '<0.2.1>' AND +thread = 1"},
		{"id > 8194 AND id <= 16385", "+id > 8194 AND +id <= 16385"},
		{"id = 16384", "+id = 16384"},
		{"time_ns < -5", "+time_ns < -5"},
		{"time_ns > 9223372036854775807", "+time_ns > 9223372036854775807"},
	};
	sqlite3 *db = open_session();
	char sql[300];
	char scan[8192];

	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
		snprintf(sql, sizeof(sql), "SELECT * FROM events WHERE %s ORDER BY id",
			 conditions[i][1]);
		snprintf(scan, sizeof(scan), "%s", synthetic_query(db, sql));
		snprintf(sql, sizeof(sql), "SELECT * FROM events WHERE %s ORDER BY id",
			 conditions[i][0]);
		CHECK_QUERY(db, sql, scan);
	}
	sqlite3_close(db);
}

static void views_answer(void)
{
	sqlite3 *db = open_session();

	CHECK_QUERY(db, "SELECT run_ns, actor FROM slowest_turns LIMIT 2",
		    "300|<0.2.1>\n200|<0.1.1>");
	CHECK_QUERY(db,
		    "SELECT type, messages, queue_p50_ns, queue_max_ns FROM queue_wait_by_type"
		    " WHERE messages = 2",
		    "note|2|425|600");
	CHECK_QUERY(db,
		    "SELECT sender, receiver, messages, bytes FROM busiest_pairs"
		    " WHERE sender = '<0.1.1>' ORDER BY receiver",
		    "<0.1.1>|<0.2.1>|1|16\n<0.1.1>|<0.3.1>|1|8");
	sqlite3_close(db);
}

static void joins_work(void)
{
	sqlite3 *db = open_session();

	CHECK_QUERY(db,
		    "SELECT t.type, count(*) FROM turns t JOIN events e ON e.actor = t.actor"
		    " AND e.time_ns BETWEEN t.start_ns AND t.end_ns - 1 AND e.kind = 'send'"
		    " GROUP BY t.type ORDER BY 1",
		    "ask|2\ngo|2\nnote|1");
	sqlite3_close(db);
}

#define CASES(X)                               \
	X(turns_wait_and_go_on)                \
	X(messages_meet_their_sends)           \
	X(ranges_give_the_same_rows)           \
	X(events_show_what_they_hold)          \
	X(event_constraints_agree_with_a_scan) \
	X(views_answer)                        \
	X(joins_work)
SUITE("turns", CASES)
