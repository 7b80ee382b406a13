/* SPDX-License-Identifier: MIT */

/* What the kernel saw: packed, stored, joined with the turns. A tick is a nanosecond. */

#include "suite.h"

#include <errno.h>

#include "store/kernel.h"
#include "store/open.h"
#include "store/verify.h"
#include "synthetic.h"

/* CLOCK_MONOTONIC at a tick of the synthetic session. */
#define AT(ticks)   ((ticks)-1000 + 50000)
#define SYSCALL(nr) ((nr) + 1)
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct trace_kernel_row rows[] = {
	/* A's turn has two stretches: before and after its call. */
	{.kind = TRACE_KERNEL_OFF,
	 .cause = TRACE_KERNEL_CAUSE_SYSCALL,
	 .time_ns = AT(2010),
	 .first_ns = 40,
	 .second_ns = 20,
	 .actor = A,
	 .turn_ticks = 2000,
	 .tag = TYPE_GO,
	 .tid = 100,
	 .cpu = 1,
	 .syscall = SYSCALL(230),
	 .by = 2,
	 .waker = 1,
	 .stack = 1},
	{.kind = TRACE_KERNEL_OFF,
	 .cause = TRACE_KERNEL_CAUSE_PREEMPTED,
	 .time_ns = AT(2650),
	 .second_ns = 30,
	 .actor = A,
	 .turn_ticks = 2600,
	 .tag = TYPE_ASK,
	 .tid = 101,
	 .by = 2},
	{.kind = TRACE_KERNEL_FAULTS,
	 .cause = TRACE_KERNEL_CAUSE_FAULT,
	 .time_ns = AT(2210),
	 .first_ns = 250,
	 .second_ns = 200,
	 .actor = B,
	 .turn_ticks = 2200,
	 .tag = TYPE_ASK,
	 .tid = 101,
	 .count = 12},
	{.kind = TRACE_KERNEL_OFF,
	 .cause = TRACE_KERNEL_CAUSE_FAULT,
	 .time_ns = AT(2805),
	 .first_ns = 40,
	 .actor = C,
	 .turn_ticks = 2800,
	 .tag = TYPE_NOTE,
	 .tid = 100},
	{.kind = TRACE_KERNEL_OFF,
	 .cause = TRACE_KERNEL_CAUSE_PREEMPTED,
	 .time_ns = AT(2910),
	 .second_ns = 90,
	 .actor = C,
	 .turn_ticks = 2900,
	 .tag = TYPE_TICK,
	 .tid = 100,
	 .by = 2},
	/* A thread without a turn. */
	{.kind = TRACE_KERNEL_OFF,
	 .cause = TRACE_KERNEL_CAUSE_SYSCALL,
	 .time_ns = AT(3010),
	 .first_ns = 10,
	 .second_ns = 80000,
	 .tid = 100,
	 .syscall = SYSCALL(202)},
	{.kind = TRACE_KERNEL_SAMPLE,
	 .cause = TRACE_KERNEL_CAUSE_USER,
	 .time_ns = AT(2300),
	 .actor = B,
	 .turn_ticks = 2200,
	 .tag = TYPE_ASK,
	 .tid = 101,
	 .stack = 1,
	 .count = 1},
};

static sqlite3 *open_trace(const char *path)
{
	sqlite3 *db = NULL;
	char error[512] = "";

	if (store_open(path, &db, error, sizeof(error)) != 0)
		fprintf(stderr, "%s\n", error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	return db;
}

/* The synthetic session, and what the kernel saw of it. */
static sqlite3 *open_session(bool gap)
{
	const char *path = synthetic_path("kernel");
	struct trace_writer *writer = synthetic_begin(path);
	const struct trace_context start = {0};
	struct trace_totals totals = {0};
	int status =
		trace_writer_events(writer, 0, &start, synthetic_0, SYNTHETIC_COUNT(synthetic_0));
	sqlite3 *db;

	status |= trace_writer_events(writer, 1, &start, synthetic_1, SYNTHETIC_COUNT(synthetic_1));
	status |= trace_writer_kernel_from(writer, AT(1000));
	for (size_t i = 0; i < COUNT(rows); i++)
		status |= trace_writer_kernel(writer, &rows[i]);
	status |= trace_writer_kernel_task(writer, 1, 71, 71, "timer");
	status |= trace_writer_kernel_task(writer, 2, 72, 73, "neighbour");
	status |= trace_writer_kernel_stack(writer, 1, "main;handle;nanosleep");
	status |= trace_writer_kernel_syscall(writer, 230, "clock_nanosleep");
	if (gap)
		status |= trace_writer_kernel_gap(writer, AT(3150), AT(3160), 7, "full");
	status |= trace_writer_kernel_to(writer, AT(4000));
	status |= trace_writer_finish(writer, &totals);
	CU_ASSERT_EQUAL_FATAL(status, 0);
	CU_ASSERT_EQUAL(totals.kernel, COUNT(rows));
	trace_writer_destroy(writer);
	db = open_trace(path);
	/* The open file stays readable without its name. */
	synthetic_remove(path);
	return db;
}

/* ---- Packing --------------------------------------------------------------------------------- */

static struct trace_kernel_row many[KERNEL_CHUNK_ROWS];
static struct trace_kernel_row again[KERNEL_CHUNK_ROWS];

static uint64_t chance(void)
{
	static uint64_t state = 1;

	state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return state >> 11 >> (state >> 59);
}

static void fill(size_t count)
{
	memset(many, 0, sizeof(many));
	for (size_t i = 0; i < count; i++)
		many[i] = (struct trace_kernel_row){
			.time_ns = chance(),
			.first_ns = chance(),
			.second_ns = i % 7 == 0 ? UINT64_MAX : chance(),
			.actor = i % 5 == 0 ? UINT64_MAX - i : chance(),
			.turn_ticks = chance(),
			.count = chance(),
			.tid = (uint32_t)chance(),
			.cpu = (uint32_t)chance(),
			.syscall = (uint32_t)chance(),
			.by = (uint32_t)chance(),
			.waker = (uint32_t)chance(),
			.stack = (uint32_t)chance(),
			.tag = (uint16_t)chance(),
			.kind = (uint8_t)chance(),
			.cause = (uint8_t)chance(),
		};
}

static void rows_come_back(void)
{
	static const size_t counts[] = {1, 2, 100, KERNEL_CHUNK_ROWS};

	for (size_t i = 0; i < COUNT(counts); i++) {
		struct kernel_blob blob;

		fill(counts[i]);
		CU_ASSERT_EQUAL_FATAL(kernel_encode(many, counts[i], &blob), 0);
		CU_ASSERT_EQUAL_FATAL(kernel_decode(blob.data, blob.size, counts[i], again), 0);
		CU_ASSERT_EQUAL(memcmp(many, again, counts[i] * sizeof(many[0])), 0);
		free(blob.data);
	}
}

static void damage_is_noticed(void)
{
	struct kernel_blob blob;
	size_t wrong = 0;

	fill(100);
	CU_ASSERT_EQUAL_FATAL(kernel_encode(many, 100, &blob), 0);
	for (size_t size = 0; size < blob.size; size++)
		wrong += kernel_decode(blob.data, size, 100, again) != -EBADMSG;
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(kernel_decode(blob.data, blob.size, 99, again), -EBADMSG);
	CU_ASSERT_EQUAL(kernel_decode(blob.data, blob.size, 101, again), -EBADMSG);
	CU_ASSERT_EQUAL(kernel_decode(blob.data, blob.size, KERNEL_CHUNK_ROWS + 1, again),
			-EBADMSG);
	/* No byte, whatever becomes of it, does more than give other rows or an error. */
	for (size_t at = 0; at < blob.size; at++) {
		int status;

		blob.data[at] ^= 0x5a;
		status = kernel_decode(blob.data, blob.size, 100, again);
		CU_ASSERT(status == 0 || status == -EBADMSG || status == -ENOMEM);
		blob.data[at] ^= 0x5a;
	}
	free(blob.data);
}

/* ---- SQL ------------------------------------------------------------------------------------- */

static void tables_show_the_rows(void)
{
	sqlite3 *db = open_session(false);

	CHECK_QUERY(
		db,
		"SELECT start_ns, end_ns, why, blocked_ns, preempted_ns, runnable_ns, syscall, by,"
		" by_pid, waker, waker_pid, actor, actor_name, behaviour, type, turn_ns, tid, cpu,"
		" stack FROM sched",
		"1010|1070|system call|40|0|20|clock_nanosleep|neighbour|72|timer|71|<0.1.1>|a|"
		"client|go|1000|100|1|main;handle;nanosleep\n"
		"1650|1680|preempted|0|30|0|-|neighbour|72|-|-|<0.1.1>|a|client|ask|1600|101|0|-\n"
		"1805|1845|page fault|40|0|0|-|-|-|-|-|<0.3.1>|-|-|note|1800|100|0|-\n"
		"1910|2000|preempted|0|90|0|-|neighbour|72|-|-|<0.3.1>|-|-|tick|1900|100|0|-\n"
		"2010|82020|system call|10|0|80000|system call 202|-|-|-|-|-|-|-|-|-|100|0|-");
	CHECK_QUERY(db,
		    "SELECT start_ns, lasted_ns, faults, fault_ns, actor, behaviour, type, turn_ns"
		    " FROM page_faults",
		    "1210|250|12|200|<0.2.1>|worker|ask|1200");
	CHECK_QUERY(db, "SELECT time_ns, mode, behaviour, type, stack FROM cpu_samples",
		    "1300|user|worker|ask|main;handle;nanosleep");
	CHECK_QUERY(db, "SELECT count(*) FROM sched WHERE start_ns BETWEEN 1650 AND 1805", "2");
	CHECK_QUERY(
		db,
		"SELECT blocked_ns, blocked_in, actor, type FROM blocked_in_handler ORDER BY actor",
		"40|clock_nanosleep|<0.1.1>|go\n"
		"40|page fault|<0.3.1>|note");
	CHECK_QUERY(db, "SELECT by, actor, times, waited_ns, longest_ns FROM cpu_taken_by",
		    "neighbour|<0.3.1>|1|90|90\n"
		    "neighbour|<0.1.1>|2|50|30");
	sqlite3_close(db);
}

static const char times[] =
	"SELECT start_ns, queue_ns, wait_ns, run_ns, on_cpu_ns, preempted_ns, blocked_ns,"
	" runnable_ns, faults, fault_ns, why FROM turn_time ORDER BY start_ns";

static void turns_get_their_times(void)
{
	sqlite3 *db = open_session(false);

	CHECK_QUERY(db, times,
		    "1000|-|500|200|110|30|40|20|0|0|on CPU\n"
		    "1200|200|0|300|300|0|0|0|12|200|page faults\n"
		    "1800|600|0|50|10|0|40|0|0|0|blocked in page fault\n"
		    "1850|250|0|50|50|0|0|0|0|0|on CPU\n"
		    "1900|-|0|100|10|90|0|0|0|0|preempted: neighbour (72) had it\n"
		    "2100|-|0|200|200|0|0|0|0|0|on CPU");
	CHECK_QUERY(db,
		    "SELECT count(*) FROM turn_time"
		    " WHERE run_ns <> on_cpu_ns + preempted_ns + blocked_ns + runnable_ns",
		    "0");
	CHECK_QUERY(db, "SELECT run_ns, blocked_ns FROM turn_time WHERE start_ns = 1000", "200|40");
	CHECK_QUERY(db, "SELECT stack FROM turn_time WHERE start_ns = 1000",
		    "main;handle;nanosleep");
	sqlite3_close(db);
}

/* Where records are lost, nothing is said rather than something wrong. */
static void lost_records_leave_nothing(void)
{
	sqlite3 *db = open_session(true);

	CHECK_QUERY(db,
		    "SELECT start_ns, run_ns, on_cpu_ns, blocked_ns, why FROM turn_time"
		    " WHERE start_ns >= 1900 ORDER BY start_ns",
		    "1900|100|10|0|preempted: neighbour (72) had it\n"
		    "2100|200|-|-|-");
	CHECK_QUERY(db, "SELECT thread, from_ns, to_ns, events, reason FROM gaps",
		    "65|2150|2160|7|full");
	sqlite3_close(db);
}

/* A trace without the kernel's view, and one whose tables for it are not even there. */
static void traces_without_it_open(void)
{
	const char *path = synthetic_path("plain");
	sqlite3 *db;

	synthetic_write(path);
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db,
				     "DROP TABLE kernel_chunk; DROP TABLE kernel_task;"
				     "DROP TABLE kernel_stack; DROP TABLE kernel_syscall",
				     NULL, NULL, NULL),
			SQLITE_OK);
	sqlite3_close(db);
	db = open_trace(path);
	CHECK_QUERY(db, "SELECT count(*) FROM sched", "0");
	CHECK_QUERY(db, "SELECT count(*), count(on_cpu_ns), count(why), sum(run_ns) FROM turn_time",
		    "6|0|0|900");
	sqlite3_close(db);
	synthetic_remove(path);
}

static char said[256];

static void hear(void *user, const char *problem)
{
	(void)user;
	snprintf(said, sizeof(said), "%s", problem);
}

static void a_damaged_chunk_is_named(void)
{
	struct verify verify = {.problem = hear};
	const char *path = synthetic_path("damaged");
	struct trace_writer *writer = synthetic_begin(path);
	sqlite3 *db;

	CU_ASSERT_EQUAL(trace_writer_kernel(writer, &rows[0]), 0);
	CU_ASSERT_EQUAL_FATAL(trace_writer_finish(writer, NULL), 0);
	trace_writer_destroy(writer);
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(
		sqlite3_exec(db, "UPDATE kernel_chunk SET data = zeroblob(20)", NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	db = open_trace(path);
	CHECK_QUERY(db, "SELECT count(*) FROM sched",
		    "error: the trace cannot be read: kernel_chunk 1 is damaged");
	said[0] = '\0';
	CU_ASSERT_EQUAL(verify_trace(&verify, db), 0);
	CU_ASSERT_EQUAL(verify.problems, 1);
	CU_ASSERT_STRING_EQUAL(said, "kernel_chunk 1 is damaged");
	sqlite3_close(db);
	synthetic_remove(path);
}

#define CASES(X)                      \
	X(rows_come_back)             \
	X(damage_is_noticed)          \
	X(tables_show_the_rows)       \
	X(turns_get_their_times)      \
	X(lost_records_leave_nothing) \
	X(traces_without_it_open)     \
	X(a_damaged_chunk_is_named)
SUITE("tracer_kernel", CASES)
