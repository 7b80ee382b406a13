/* SPDX-License-Identifier: MIT */
/*
 * An actor that is not deterministic, in one turn and in one way: for the test that a replay finds
 * each of them there.
 *
 * usage: replay-cheat KIND [FILE]    KIND: one of the names in `cheats`, or none
 *
 * The actor `cheat` gets STEPS messages from `driver` and sends a number to `sink` for each. In
 * turn CHEAT_AT of them the number comes from where it must not.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <actor/actor.h>

#define STEPS    20
#define CHEAT_AT 13

/* A changed program has another one: replay-cheat-changed. */
#ifndef CHEAT_CONSTANT
#define CHEAT_CONSTANT 7
#endif

struct step {
	uint64_t number;
};
struct sum {
	uint64_t value;
};
/* Its padding is not cleared, since the message has no type. */
struct padded {
	uint64_t value;
	uint8_t small;
};
ACTOR_STATIC_MESSAGE(step, struct step);
ACTOR_STATIC_MESSAGE(result, struct sum);
ACTOR_STATIC_MESSAGE_RAW(result_raw);
ACTOR_STATIC_MESSAGE_EMPTY(begin);
ACTOR_STATIC_REQUEST_EMPTY(await_end, uint64_t);

static struct {
	const char *kind;
	const char *path;
	struct actor_pid cheat;
	struct actor_pid sink;
	struct actor_pid other;
} program;

/* ---- Ten ways ---------------------------------------------------------------------------------
 */

static volatile uint64_t ticks;   /* of the foreign thread */
static volatile uint64_t written; /* by another actor, in its turn */

static uint64_t cheat_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t cheat_rand(void)
{
	return (uint64_t)rand();
}

static uint64_t cheat_getenv(void)
{
	const char *text = getenv("CHEAT_VALUE");

	return text != NULL ? strtoull(text, NULL, 0) : 0;
}

static uint64_t cheat_file(void)
{
	uint64_t value = 0;
	int fd = open(program.path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (read(fd, &value, sizeof(value)) < 0)
			value = 1;
		close(fd);
	}
	return value;
}

static uint64_t cheat_address(void)
{
	return (uint64_t)(uintptr_t)&program ^ (uint64_t)(uintptr_t)environ;
}

/* Leaves addresses where the next function's variables will lie. */
static __attribute__((noinline)) void scribble(void)
{
	void *volatile room[64];

	for (void *volatile *at = room; at < room + 64; at++)
		*at = environ;
}

__attribute__((noinline, no_sanitize("address"), no_sanitize("undefined"))) static void send_padded(
	void)
{
	volatile struct padded padded;

	padded.value = 1;
	padded.small = 2;
	(void)actor_cast_bytes(program.sink, &result_raw, (const void *)(uintptr_t)&padded,
			       sizeof(padded));
}

/*
 * The other actor is told to write it, and does so meanwhile; nobody waits for its message. Not
 * with a sleep: while a handler sleeps, a replay runs what others did meanwhile.
 */
static uint64_t cheat_global(void)
{
	(void)actor_cast(program.other, &begin, NULL);
	for (int i = 0; i < 1000000 && written == 0; i++)
		sched_yield();
	return written;
}

static uint64_t cheat_thread(void)
{
	return ticks;
}

/*
 * Eight things in the order in which a table that hashes their addresses has them. The hash is a
 * good one (MurmurHash3's finaliser): with a single multiplication one run in eight or so has the
 * order of another.
 */
static uint64_t cheat_hash(void)
{
	uint64_t hashes[8];
	uint64_t order = 0;

	for (uint64_t i = 0; i < 8; i++) {
		uint64_t hash = (uint64_t)(uintptr_t)environ + 64 * i;

		hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
		hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
		hashes[i] = hash ^ hash >> 33;
	}
	for (uint64_t i = 0; i < 8; i++) {
		uint64_t place = 0;

		for (uint64_t k = 0; k < 8; k++)
			place += hashes[k] < hashes[i];
		order |= i << 8 * place;
	}
	return order;
}

static uint64_t cheat_constant(void)
{
	return CHEAT_CONSTANT;
}

/* Not one of the ten either: two names that main has given, of which it takes one away. */
static uint64_t cheat_unregister(void)
{
	return (uint64_t)(int64_t)actor_unregister(CHEAT_CONSTANT == 7 ? "sink" : "other");
}

/* Not one of the ten: it does the same in each replay, and ends the program. */
__attribute__((noinline, no_sanitize("undefined"))) static uint64_t cheat_crash(void)
{
	volatile uint64_t *volatile nowhere = NULL;

	return *nowhere;
}

static const struct {
	const char *name;
	uint64_t (*cheat)(void);
} cheats[] = {
	{"time", cheat_time},         {"rand", cheat_rand},       {"getenv", cheat_getenv},
	{"file", cheat_file},         {"address", cheat_address}, {"padding", NULL},
	{"global", cheat_global},     {"thread", cheat_thread},   {"hash", cheat_hash},
	{"constant", cheat_constant}, {"crash", cheat_crash},     {"unregister", cheat_unregister},
};

static void send_result(uint64_t number)
{
	struct sum sum = {.value = number};

	for (size_t i = 0; number == CHEAT_AT && i < sizeof(cheats) / sizeof(cheats[0]); i++) {
		if (strcmp(cheats[i].name, program.kind) != 0)
			continue;
		if (cheats[i].cheat == NULL) {
			scribble();
			send_padded();
			return;
		}
		sum.value = cheats[i].cheat();
	}
	(void)actor_cast(program.sink, &result, &sum);
}

/* ---- Actors -----------------------------------------------------------------------------------
 */

static int cheat_cast(void *state, const struct actor_message *message)
{
	uint64_t number = actor_message_as(message, struct step)->number;

	(void)state;
	if (number == CHEAT_AT && strcmp(program.kind, "stop") == 0 && CHEAT_CONSTANT != 7)
		return ACTOR_STOP; /* the rest never happens, the end of the session neither */
	send_result(number);
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour cheat_behaviour = {
	.name = "cheat",
	.handle_cast = cheat_cast,
};

struct sink {
	uint64_t results;
	struct actor_from waiting;
};

static int sink_answer(struct sink *sink)
{
	if (sink->results >= STEPS && sink->waiting.caller.bits != 0) {
		(void)actor_reply(sink->waiting, &sink->results);
		sink->waiting.caller.bits = 0;
	}
	return ACTOR_CONTINUE;
}

static int sink_cast(void *state, const struct actor_message *message)
{
	struct sink *sink = state;

	(void)message;
	sink->results++;
	return sink_answer(sink);
}

static int sink_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct sink *sink = state;

	(void)message;
	sink->waiting = from;
	return sink_answer(sink);
}

static const struct actor_behaviour sink_behaviour = {
	.name = "sink",
	.state_size = sizeof(struct sink),
	.state_ctype = "struct sink",
	.handle_cast = sink_cast,
	.handle_call = sink_call,
};

static const struct actor_behaviour leaf_behaviour = {.name = "leaf"};

static int driver_cast(void *state, const struct actor_message *message)
{
	const struct actor_spawn_options linked = {.size = sizeof(linked), .link = true};
	struct actor_pid leaf;

	(void)state;
	(void)message;
	if (strcmp(program.kind, "stop") == 0)
		(void)actor_spawn(&leaf_behaviour, NULL, 0, &linked, &leaf);
	for (uint64_t i = 1; i <= STEPS; i++) {
		struct step next = {.number = i};

		(void)actor_cast(program.cheat, &step, &next);
	}
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour driver_behaviour = {
	.name = "driver",
	.handle_cast = driver_cast,
};

static int other_cast(void *state, const struct actor_message *message)
{
	(void)state;
	(void)message;
	written = 1;
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour other_behaviour = {
	.name = "other",
	.handle_cast = other_cast,
};

/* ---- The program ------------------------------------------------------------------------------
 */

static void *tick(void *argument)
{
	struct timespec pause = {.tv_nsec = 10000};

	(void)argument;
	for (;;) {
		ticks += (uint64_t)(uintptr_t)environ | 1;
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static int start(const char *name, const struct actor_behaviour *behaviour,
		 struct actor_pid *ret_pid)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = name};

	return actor_start(behaviour, NULL, 0, &options, ret_pid, NULL);
}

int main(int argc, char **argv)
{
	const struct actor_system_options options = {
		.size = sizeof(options), .schedulers = 2, .seed = 1, .argc = argc, .argv = argv};
	struct actor_system *system;
	struct actor_pid driver;
	pthread_t thread;
	uint64_t results;
	int status;

	if (argc < 2 || argc > 3) {
		fputs("usage: replay-cheat KIND [FILE]\n", stderr);
		return 2;
	}
	program.kind = argv[1];
	program.path = argc > 2 ? argv[2] : "";
	srand((unsigned)((uint64_t)time(NULL) ^ (uint64_t)getpid() << 8));
	if (strcmp(program.kind, "thread") == 0 && pthread_create(&thread, NULL, tick, NULL) != 0)
		return 1;
	status = actor_system_create(&options, &system);
	if (status == 0)
		status = start("sink", &sink_behaviour, &program.sink);
	if (status == 0)
		status = start("other", &other_behaviour, &program.other);
	if (status == 0)
		status = start("cheat", &cheat_behaviour, &program.cheat);
	if (status == 0)
		status = start("driver", &driver_behaviour, &driver);
	if (status == 0)
		status = actor_cast(driver, &begin, NULL);
	if (status == 0)
		status = actor_call(program.sink, &await_end, NULL, &results, ACTOR_SECONDS(30));
	if (status != 0)
		fprintf(stderr, "replay-cheat: %s\n", actor_status_text(status));
	actor_system_destroy(system, ACTOR_SECONDS(1));
	return status == 0 ? 0 : 1;
}
