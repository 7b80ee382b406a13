/* SPDX-License-Identifier: MIT */
/*
 * What recording costs, one thing at a time:
 *
 *	bench-recorder ring-off|ring-on|firehose|pack|insert [--events N] [--smoke]
 *
 *	ring-off  the question whether somebody reads, which nobody does
 *	ring-on   an event into the ring, in turns of a RECV with its time and a SEND and a half:
 *	          what such turns take longer than with nobody reading; and all that they take
 *	firehose  the same, as fast as it goes, for a recorder that must be there:
 *	          actor-trace record -- bench-recorder firehose
 *	pack      what a recorder does with these events, on the thread that made them: its CPU time
 *	          with nobody to share the machine with, and its instructions for callgrind
 *	insert    the same three integers as bench-lttng's, one INSERT for each event
 *
 * One line of JSON each; bench/recorder.py puts them together.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include <actor/pid.h>

#include "base/clock.h"
#include "pack.h"
#include "plane/ring.h"

#define ACTORS    256 /* a power of two */
#define READER_NS UINT64_C(30000000000)

struct source {
	struct plane plane;
	struct ring ring;
	uint64_t random;
	uint64_t made;
	uint64_t current;
	uint64_t sender; /* whose message is handled next */
	uint32_t number; /* and which of it */
	uint32_t sent[ACTORS];
};

static struct source source;

static int fail(const char *text)
{
	fprintf(stderr, "bench-recorder: %s\n", text);
	return EXIT_FAILURE;
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static int source_open(bool flight_recorder)
{
	const struct plane_options options = {
		.schedulers = 1, .actors_max = 2 * ACTORS, .ring_bytes = 16 << 20};
	int index;

	if (plane_create(&source.plane, &options) != 0)
		return fail("there is no plane; set LIBACTOR_DIR to a directory of your own");
	index = plane_thread_claim(&source.plane, ACTOR_PLANE_THREAD_SCHEDULER, "firehose");
	source.random = 88172645463325252;
	return ring_init(&source.ring, &source.plane, index, flight_recorder);
}

static inline uint64_t pid_of(uint64_t actor)
{
	return actor_pid_pack((uint32_t)actor + 1, 1).bits;
}

/* A turn of an actor: it handles a message and sends one or two. */
static inline void turn(struct source *s)
{
	struct ring *ring = &s->ring;
	uint64_t dice = s->random = s->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	uint64_t to = dice >> 40 & (ACTORS - 1);
	uint64_t self = s->current;
	uint64_t pid = pid_of(self);

	ring_refresh(ring);
	ring->actor = pid;
	if (ring_timed(ring))
		ring->turn_time = clock_ticks();
	if (ring_wants(ring, ACTOR_EVENT_RECV))
		ring_emit(ring, ACTOR_EVENT_RECV, ACTOR_MESSAGE_KIND_CAST, 1 + (self & 3),
			  s->number, pid, pid_of(s->sender), ring->turn_time);
	for (uint64_t sends = 1 + (dice >> 60 & 1); sends > 0; sends--, to = (to + 7) % ACTORS)
		if (ring_wants(ring, ACTOR_EVENT_SEND))
			ring_emit(ring, ACTOR_EVENT_SEND, ACTOR_MESSAGE_KIND_CAST, 1 + (to & 3),
				  s->sent[self]++, pid_of(to),
				  (dice >> 50 & 63) * UINT64_C(0x9e3779b97f4a7c15),
				  (dice >> 56 & 3) << 32 | 16);
	s->made += 2 + (dice >> 60 & 1);
	s->sender = self;
	s->number = s->sent[self];
	s->current = to;
}

static int ring_off(uint64_t events)
{
	uint64_t begin;

	if (source_open(false) != 0)
		return EXIT_FAILURE;
	/* The same loop twice; the difference is the question. */
	for (int warm = 0; warm < 2; warm++) {
		uint64_t plain;
		uint64_t asked;

		begin = now_ns(CLOCK_THREAD_CPUTIME_ID);
		for (uint64_t i = 0; i < events; i++)
			__asm__ volatile("" : : "r"(&source.ring) : "memory");
		plain = now_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
		begin = now_ns(CLOCK_THREAD_CPUTIME_ID);
		for (uint64_t i = 0; i < events; i++) {
			__asm__ volatile("" : : "r"(&source.ring) : "memory");
			if (ring_wants(&source.ring, ACTOR_EVENT_SEND))
				ring_emit(&source.ring, ACTOR_EVENT_SEND, 0, 0, 0, i, 0, 0);
		}
		asked = now_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
		if (warm == 1)
			printf("{\"bench\":\"ring-off\",\"runtime\":\"libactor\","
			       "\"ns_per_op\":%.3f,\"operations\":%" PRIu64 "}\n",
			       asked > plain ? (double)(asked - plain) / (double)events : 0.0,
			       events);
	}
	plane_destroy(&source.plane);
	return EXIT_SUCCESS;
}

/* CPU time of turns with so many events, wanted or not; 0: there was no plane. */
static uint64_t turns_ns(uint64_t events, bool wanted)
{
	uint64_t begin;
	uint64_t passed;

	memset(&source, 0, sizeof(source));
	if (source_open(wanted) != 0)
		return 0;
	while (source.made < events / 4 + 600000) /* a lap of the ring at least */
		turn(&source);
	source.made = 0;
	begin = now_ns(CLOCK_THREAD_CPUTIME_ID);
	while (source.made < events)
		turn(&source);
	passed = now_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
	plane_destroy(&source.plane);
	return passed;
}

/* The same turns twice; the difference is the events, and the stamp of each turn. */
static int ring_on(uint64_t events)
{
	uint64_t without = turns_ns(events, false);
	uint64_t with = without != 0 ? turns_ns(events, true) : 0;

	if (with == 0)
		return EXIT_FAILURE;
	printf("{\"bench\":\"ring-on\",\"runtime\":\"libactor\",\"ns_per_op\":%.3f,"
	       "\"turns_ns_per_op\":%.3f,\"operations\":%" PRIu64 "}\n",
	       with > without ? (double)(with - without) / (double)events : 0.0,
	       (double)with / (double)events, events);
	return EXIT_SUCCESS;
}

/* The lease of a recorder that wants everything. */
static bool reader_is_there(void)
{
	ring_refresh(&source.ring);
	return ring_wants(&source.ring, ACTOR_EVENT_SEND);
}

static int firehose(uint64_t events)
{
	uint64_t begin = now_ns(CLOCK_MONOTONIC);
	uint64_t cpu_begin;
	const struct actor_plane_ring *header;

	if (source_open(false) != 0)
		return EXIT_FAILURE;
	while (!reader_is_there()) {
		if (now_ns(CLOCK_MONOTONIC) - begin > READER_NS)
			return fail("nobody records; run it under actor-trace record");
		usleep(1000);
	}
	begin = now_ns(CLOCK_MONOTONIC);
	cpu_begin = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	while (source.made < events)
		turn(&source);
	header = source.ring.header;
	printf("{\"bench\":\"firehose\",\"runtime\":\"libactor\",\"ns_per_op\":%.3f,"
	       "\"operations\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"waits\":%" PRIu64
	       ",\"waited_ms\":%.1f,\"cpu_ns_per_op\":%.3f,\"cpu_s\":%.3f}\n",
	       (double)(now_ns(CLOCK_MONOTONIC) - begin) / (double)source.made, source.made,
	       header->lost, header->waits, (double)header->waited_ns / 1e6,
	       (double)(now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin) / (double)source.made,
	       (double)now_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9);
	plane_destroy(&source.plane);
	return EXIT_SUCCESS;
}

/* Events made before the recorder has its turn: they and its own memory fit a core's cache. */
#define PACK_EVENTS 16384

static int pack(uint64_t events)
{
	uint64_t ns = 0, stored = 0, bytes = 0, begin;
	struct pack *recorder;
	char path[256];
	int result = 0;

	snprintf(path, sizeof(path), "%s/libactor-bench-pack-%d.db",
		 getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp", (int)getpid());
	if (source_open(false) != 0)
		return EXIT_FAILURE;
	recorder = pack_begin(source.plane.path, path);
	while (recorder != NULL && result == 0 && source.made < events) {
		uint64_t limit = source.made + PACK_EVENTS;

		while (source.made < limit)
			turn(&source);
		begin = now_ns(CLOCK_THREAD_CPUTIME_ID);
		result = pack_step(recorder);
		ns += now_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
	}
	begin = now_ns(CLOCK_THREAD_CPUTIME_ID);
	if (recorder == NULL || pack_end(recorder, &stored, &bytes) != 0)
		return EXIT_FAILURE;
	ns += now_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
	plane_destroy(&source.plane);
	if (stored != source.made)
		return fail("events are missing");
	printf("{\"bench\":\"pack\",\"runtime\":\"libactor\",\"ns_per_op\":%.3f,"
	       "\"bytes_per_event\":%.2f,\"operations\":%" PRIu64 "}\n",
	       (double)ns / (double)stored, (double)bytes / (double)stored, stored);
	return EXIT_SUCCESS;
}

static bool run_sql(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* As one would without packing: a prepared statement, WAL, a transaction for 100,000 rows. */
static int insert(uint64_t events)
{
	char path[256];
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;
	uint64_t begin;
	struct stat status = {0};
	bool fine;

	snprintf(path, sizeof(path), "%s/libactor-bench-insert-%d.db",
		 getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp", (int)getpid());
	fine = sqlite3_open(path, &db) == SQLITE_OK &&
	       run_sql(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
			   "CREATE TABLE e (a INTEGER, b INTEGER, c INTEGER) STRICT") &&
	       sqlite3_prepare_v2(db, "INSERT INTO e VALUES (?1, ?2, ?3)", -1, &statement, NULL) ==
		       SQLITE_OK &&
	       run_sql(db, "BEGIN");
	begin = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (uint64_t i = 0; i < events && fine; i++) {
		sqlite3_bind_int64(statement, 1, (int64_t)i);
		sqlite3_bind_int64(statement, 2, (int64_t)(i * UINT64_C(0x9e3779b97f4a7c15)));
		sqlite3_bind_int64(statement, 3, (int64_t)(i & 255));
		fine = sqlite3_step(statement) == SQLITE_DONE;
		sqlite3_reset(statement);
		if (i % 100000 == 99999)
			fine = fine && run_sql(db, "COMMIT; BEGIN");
	}
	fine = fine && run_sql(db, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
	begin = now_ns(CLOCK_PROCESS_CPUTIME_ID) - begin;
	sqlite3_finalize(statement);
	sqlite3_close(db);
	stat(path, &status);
	unlink(path);
	if (!fine)
		return fail("the rows could not be written; is there room in TMPDIR?");
	printf("{\"bench\":\"insert\",\"runtime\":\"sqlite\",\"ns_per_op\":%.3f,"
	       "\"bytes_per_event\":%.2f,\"operations\":%" PRIu64 "}\n",
	       (double)begin / (double)events, (double)status.st_size / (double)events, events);
	return EXIT_SUCCESS;
}

static const struct {
	const char *name;
	int (*run)(uint64_t events);
	uint64_t events;
} benches[] = {
	{"ring-off", ring_off, 200000000}, {"ring-on", ring_on, 20000000},
	{"firehose", firehose, 20000000},  {"pack", pack, 20000000},
	{"insert", insert, 2000000},
};

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{"events", required_argument, NULL, 'e'},
		{"smoke", no_argument, NULL, 's'},
		{NULL, 0, NULL, 0},
	};
	uint64_t events = 0;
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == 'e')
			events = strtoull(optarg, NULL, 10);
		else if (option == 's')
			events = 100000;
		else
			return 2;
	}
	for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]) && optind + 1 == argc; i++)
		if (strcmp(benches[i].name, argv[optind]) == 0)
			return benches[i].run(events != 0 ? events : benches[i].events);
	fail("usage: bench-recorder ring-off|ring-on|firehose|pack|insert [--events N] [--smoke]");
	return 2;
}
