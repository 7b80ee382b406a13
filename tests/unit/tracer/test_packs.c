/* SPDX-License-Identifier: MIT */

/* Actors that end young are packed; whoever asks for actors gets them all. */

#include "suite.h"

#include "store/actor_pack.h"
#include "store/open.h"
#include "store/verify.h"
#include "synthetic.h"

#define SPAWN(actor, number, identity)                                                      \
	{                                                                                   \
		.kind = ACTOR_EVENT_SPAWN, .tag = 2, .seq = (number), .a = (actor), .b = P, \
		.c = (identity)                                                             \
	}
#define EXIT(actor, reason, time)                                                  \
	{                                                                          \
		.kind = ACTOR_EVENT_EXIT, .a = (actor), .b = (reason), .c = (time) \
	}

#define FACTS                                                                           \
	"SELECT pid, name, behaviour, kind, parent, nth, identity, spawn_ns, exit_ns, " \
	"exit_reason,"                                                                  \
	" restarts FROM actors WHERE parent = '<0.5.1>' ORDER BY id"
#define FACTS_OF_C "<0.3.1>||worker|actor|<0.5.1>|1|0000000000000077|500|900|normal|0"
#define FACTS_OF_D "<0.4.1>||worker|actor|<0.5.1>|2|ff00000000000078|500|-|-|0"

static const struct trace_context context = {.actor = P, .turn_time = 1500};

static sqlite3 *open_trace(const char *path)
{
	sqlite3 *db = NULL;
	char error[512] = "";

	if (store_open(path, &db, error, sizeof(error)) != 0)
		fprintf(stderr, "%s\n", error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	return db;
}

static struct trace_totals finish(struct trace_writer *writer)
{
	struct trace_totals totals = {0};

	CU_ASSERT_EQUAL(trace_writer_finish(writer, &totals), 0);
	trace_writer_destroy(writer);
	return totals;
}

static void print_problem(void *user, const char *text)
{
	(void)user;
	fprintf(stderr, "check: %s\n", text);
}

static uint64_t problems_of(sqlite3 *db)
{
	struct verify verify = {.problem = print_problem};

	CU_ASSERT_EQUAL(verify_trace(&verify, db), 0);
	return verify.problems;
}

static void give(struct trace_writer *writer, uint64_t first, const struct actor_event *events,
		 size_t count)
{
	struct trace_context here = context;

	here.first = first;
	CU_ASSERT_EQUAL(trace_writer_events(writer, 0, &here, events, count), 0);
}

static void a_short_life_is_packed(void)
{
	const char *path = synthetic_path("short");
	struct trace_writer *writer = synthetic_begin(path);
	const struct actor_event events[] = {
		SPAWN(C, 1, 0x77),
		SPAWN(D, 2, 0xff00000000000078),
		EXIT(C, 1, 1900),
	};
	sqlite3 *db;

	give(writer, 0, events, 3);
	CU_ASSERT_EQUAL(finish(writer).actors, 4);
	db = open_trace(path);
	CHECK_QUERY(db, "SELECT count(*) FROM main.actor WHERE parent IS NOT NULL", "1");
	CHECK_QUERY(db, "SELECT id, n FROM actor_pack", "16|1");
	CHECK_QUERY(db, FACTS, FACTS_OF_C "\n" FACTS_OF_D);
	CHECK_QUERY(db, "SELECT count(*) FROM actor", "4");
	CHECK_QUERY(db, "SELECT nth, name FROM every_actor WHERE pid = (1 << 24) + 3", "1|-");
	CHECK_QUERY(db, "SELECT nth FROM every_actor WHERE pid IN ((1 << 24) + 3, (1 << 24) + 4)",
		    "1\n2");
	CHECK_QUERY(db, "SELECT nth FROM every_actor WHERE pid = 7", "");
	CHECK_QUERY(db,
		    "SELECT b.name FROM behaviours b LEFT JOIN every_actor a ON a.pid = "
		    "(1 << 24) + 3 WHERE b.behaviour = a.behaviour",
		    "worker");
	CHECK_QUERY(db, "SELECT actors, alive FROM actors_by_behaviour WHERE behaviour = 'worker'",
		    "3|2");
	CU_ASSERT_EQUAL(problems_of(db), 0);
	sqlite3_close(db);
	synthetic_remove(path);
}

/* What a turn says of its actor comes from the pack. */
static void its_turns_know_its_behaviour(void)
{
	const char *path = synthetic_path("turns");
	struct trace_writer *writer = synthetic_begin(path);
	const struct actor_event events[] = {
		SPAWN(C, 1, 0x77),
		RECV(TYPE_GO, CAST, C, X, 1, 1800),
		EXIT(C, 1, 1900),
	};
	sqlite3 *db;

	give(writer, 0, events, 3);
	finish(writer);
	db = open_trace(path);
	CHECK_QUERY(db, "SELECT actor, behaviour, run_ns FROM turns", "<0.3.1>|worker|100");
	CHECK_QUERY(db, "SELECT actor, behaviour, handled FROM top_talkers", "<0.3.1>|worker|1");
	sqlite3_close(db);
	synthetic_remove(path);
}

/* The birth lies in another ring and comes later. */
static void an_end_may_come_before_the_birth(void)
{
	const char *path = synthetic_path("late");
	struct trace_writer *writer = synthetic_begin(path);
	const struct actor_event end[] = {EXIT(C, 1, 1900)};
	const struct actor_event birth[] = {SPAWN(C, 1, 0x77)};
	const struct trace_context other = {0};
	sqlite3 *db;

	trace_writer_events(writer, 1, &other, end, 1);
	CU_ASSERT_EQUAL(trace_writer_commit(writer), 0);
	give(writer, 0, birth, 1);
	CU_ASSERT_EQUAL(trace_writer_commit(writer), 0);
	CU_ASSERT_EQUAL(finish(writer).actors, 3);
	db = open_trace(path);
	CHECK_QUERY(db, FACTS, FACTS_OF_C);
	CHECK_QUERY(db, "SELECT n FROM actor_pack", "1");
	sqlite3_close(db);
	synthetic_remove(path);
}

/* So many that some are in a full pack, which is in the file only. */
static void a_late_name_takes_it_out(void)
{
	const char *path = synthetic_path("name");
	struct trace_writer *writer = synthetic_begin(path);
	const uint32_t lives = ACTOR_PACK_MAX + 10;
	sqlite3 *db;

	trace_writer_string(writer, 64, "first");
	trace_writer_string(writer, 96, "last");
	for (uint32_t i = 0; i < lives; i++) {
		const struct actor_event life[] = {SPAWN(PID(100 + i), i, i + 1),
						   EXIT(PID(100 + i), 1, 2000 + i)};

		give(writer, 2 * i, life, 2);
	}
	CU_ASSERT_EQUAL(trace_writer_commit(writer), 0);
	const struct actor_event names[] = {
		{.kind = ACTOR_EVENT_REGISTER, .a = PID(103), .b = 64},
		{.kind = ACTOR_EVENT_REGISTER, .a = PID(99 + ACTOR_PACK_MAX + 10), .b = 96},
	};

	give(writer, 2 * lives, names, 2);
	CU_ASSERT_EQUAL(finish(writer).actors, lives + 2);
	db = open_trace(path);
	CHECK_QUERY(db, "SELECT n FROM actor_pack ORDER BY id", "8191\n9");
	CHECK_QUERY(db, "SELECT count(*), count(DISTINCT pid), sum(nth) FROM actor",
		    "8204|8204|33632301");
	CHECK_QUERY(
		db,
		"SELECT name, nth, exit_ticks, exit_reason, behaviour FROM main.actor WHERE name"
		" LIKE '%st' ORDER BY pid",
		"first|3|2003|1|2\nlast|8201|10201|1|2");
	CU_ASSERT_EQUAL(problems_of(db), 0);
	sqlite3_close(db);
	synthetic_remove(path);
}

static struct trace_writer *go_on(const char *path)
{
	const struct trace_writer_options options = {sizeof(options), path, NULL};
	const struct trace_process process = {.boot_id = ""};
	struct trace_writer *writer = NULL;
	char error[512] = "";

	if (trace_writer_resume(&options, &process, &writer, error, sizeof(error)) != 0)
		fprintf(stderr, "%s\n", error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(writer);
	return writer;
}

/* It is in the file with the first commit after its birth, and in one place at the end. */
static void a_killed_recorder_has_the_young(void)
{
	const char *path = synthetic_path("young");
	struct trace_writer *writer = synthetic_begin(path);
	const struct actor_event births[] = {SPAWN(C, 1, 0x77), SPAWN(D, 2, 0xff00000000000078)};
	const struct actor_event end[] = {EXIT(C, 1, 1900)};
	sqlite3 *db;

	give(writer, 0, births, 2);
	CU_ASSERT_EQUAL(trace_writer_commit(writer), 0);
	trace_writer_destroy(writer);
	db = open_trace(path);
	CHECK_QUERY(db,
		    "SELECT pid, spawn_ns, exit_ns FROM actors WHERE parent = '<0.5.1>' "
		    "ORDER BY id",
		    "<0.3.1>|500|-\n<0.4.1>|500|-");
	CU_ASSERT_EQUAL(problems_of(db), 0);
	sqlite3_close(db);

	writer = go_on(path);
	give(writer, 2, end, 1);
	CU_ASSERT_EQUAL(finish(writer).actors, 4);
	db = open_trace(path);
	CHECK_QUERY(db, FACTS, FACTS_OF_C "\n" FACTS_OF_D);
	CHECK_QUERY(db, "SELECT count(*) FROM actor_pack WHERE id < 16", "0");
	CU_ASSERT_EQUAL(problems_of(db), 0);
	sqlite3_close(db);
	synthetic_remove(path);
}

/* Its row has no end yet when the recorder is killed; its end does not make another one of it. */
static void a_row_is_not_packed_by_the_next_recorder(void)
{
	const char *path = synthetic_path("again");
	struct trace_writer *writer = synthetic_begin(path);
	const struct actor_event birth[] = {SPAWN(C, 1, 0x77)};
	const struct actor_event end[] = {EXIT(C, 1, 1900)};
	sqlite3 *db;

	/* A supervisor has a row at once. */
	trace_writer_actor(writer, &(struct trace_actor){.pid = C, .kind = 1});
	give(writer, 0, birth, 1);
	CU_ASSERT_EQUAL(trace_writer_commit(writer), 0);
	trace_writer_destroy(writer);
	writer = go_on(path);
	give(writer, 1, end, 1);
	CU_ASSERT_EQUAL(finish(writer).actors, 3);
	db = open_trace(path);
	CHECK_QUERY(db, "SELECT nth, exit_ticks, kind FROM main.actor WHERE pid = (1 << 24) + 3",
		    "1|1900|1");
	CHECK_QUERY(db, "SELECT count(*) FROM actor_pack", "0");
	sqlite3_close(db);
	synthetic_remove(path);
}

/* More than are kept in memory: they are rows, and their ends go there. */
static void too_many_young_are_rows(void)
{
	const char *path = synthetic_path("many");
	struct trace_writer *writer = synthetic_begin(path);
	const uint32_t count = 20000;
	sqlite3 *db;

	for (uint32_t i = 0; i < 2 * count; i++) {
		const struct actor_event birth = SPAWN(PID(100 + i), i, i + 1);
		const struct actor_event end = EXIT(PID(100 + i - count), 1, 2000 + i);

		give(writer, i, i < count ? &birth : &end, 1);
	}
	CU_ASSERT_EQUAL(finish(writer).actors, count + 2);
	db = open_trace(path);
	CHECK_QUERY(
		db,
		"SELECT count(*), count(DISTINCT pid), count(spawn_ticks), count(exit_ticks) FROM"
		" actor",
		"20002|20002|20000|20000");
	CU_ASSERT_EQUAL(problems_of(db), 0);
	sqlite3_close(db);
	synthetic_remove(path);
}

static uint64_t random_bits(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state >> (*state & 63);
}

/* Whatever is in it; and whatever a blob has become, it is read or refused. */
static void packs_come_back_the_same(void)
{
	static struct actor_pack pack, again;
	static uint8_t bytes[1 << 20];
	struct codec *codec = codec_create();
	uint64_t state = 88172645463325252;
	const void *data;
	size_t size;

	CU_ASSERT_PTR_NOT_NULL_FATAL(codec);
	for (size_t count = 1; count <= ACTOR_PACK_MAX; count = count * 7 + 1) {
		memset(&pack, 0, sizeof(pack));
		while (pack.count < count) {
			const struct trace_actor actor = {
				.pid = random_bits(&state),
				.parent = random_bits(&state),
				.identity = random_bits(&state),
				.spawn_ticks = random_bits(&state) >> 1,
				.exit_ticks = random_bits(&state) >> 1,
				.exit_reason = (int64_t)random_bits(&state),
				.nth = (uint32_t)random_bits(&state),
				.behaviour = (uint16_t)random_bits(&state),
			};

			actor_pack_add(&pack, &actor);
		}
		actor_pack_encode(codec, &pack, &data, &size);
		CU_ASSERT_FATAL(size <= sizeof(bytes));
		memcpy(bytes, data, size);
		memset(&again, 0, sizeof(again));
		CU_ASSERT_EQUAL(actor_pack_decode(codec, bytes, size, count, &again), 0);
		CU_ASSERT_EQUAL(memcmp(&pack, &again, sizeof(pack)), 0);
		for (size_t i = 0; i < 300; i++) {
			size_t place = random_bits(&state) % size;

			bytes[place] ^= (uint8_t)(1 + i);
			(void)actor_pack_decode(codec, bytes, size - i % 3, count, &again);
			bytes[place] ^= (uint8_t)(1 + i);
		}
		CU_ASSERT_EQUAL(actor_pack_decode(codec, bytes, size, ACTOR_PACK_MAX + 1, &again),
				-EBADMSG);
	}
	codec_destroy(codec);
}

static void damage_is_found(void)
{
	const char *path = synthetic_path("damaged-pack");
	struct trace_writer *writer = synthetic_begin(path);
	const struct actor_event life[] = {SPAWN(C, 1, 0x77), EXIT(C, 1, 1900)};
	sqlite3 *db;

	give(writer, 0, life, 2);
	finish(writer);
	sqlite3_open(path, &db);
	sqlite3_exec(db,
		     "UPDATE actor_pack SET data = CAST(substr(data, 1, 12) || x'ff' || "
		     "substr(data, 14) AS BLOB)",
		     NULL, NULL, NULL);
	sqlite3_close(db);
	db = open_trace(path);
	CHECK_QUERY(db, "SELECT count(*) FROM actors",
		    "error: the trace cannot be read: a pack of actors is damaged");
	CHECK_QUERY(db, "SELECT behaviour FROM turns", "");
	CU_ASSERT_EQUAL(problems_of(db), 1);
	sqlite3_close(db);
	sqlite3_open(path, &db);
	sqlite3_exec(db, "DROP TABLE actor_pack", NULL, NULL, NULL);
	sqlite3_close(db);
	db = open_trace(path);
	CHECK_QUERY(db, "SELECT count(*) FROM actors", "2");
	sqlite3_close(db);
	synthetic_remove(path);
}

#define CASES(X)                                    \
	X(a_short_life_is_packed)                   \
	X(its_turns_know_its_behaviour)             \
	X(an_end_may_come_before_the_birth)         \
	X(a_late_name_takes_it_out)                 \
	X(a_killed_recorder_has_the_young)          \
	X(a_row_is_not_packed_by_the_next_recorder) \
	X(too_many_young_are_rows)                  \
	X(packs_come_back_the_same)                 \
	X(damage_is_found)
SUITE("packs", CASES)
