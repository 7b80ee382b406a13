/* SPDX-License-Identifier: MIT */

/*
 * How long a message is under way. In "idle" a thread of the program sends one to an idle actor of
 * a system in which nobody has anything to do, once a millisecond, so that a scheduler must be
 * woken for it. In "busy" the same, while on every scheduler two actors are busy without an end,
 * in turns of 100 us. The handler takes the time. An operation is one message; ns_per_op is the
 * median, and p99 the time that 99 of 100 stay below.
 */

#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MESSAGES 3000u
#define TURN_NS  UINT64_C(100000)

struct letter {
	uint64_t sent_ns;
	uint64_t number;
};

ACTOR_MESSAGE(letter, struct letter);
ACTOR_MESSAGE_EMPTY(work);
ACTOR_REQUEST_EMPTY(received, uint64_t);

static uint64_t took[MESSAGES];
static uint32_t stop;

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static int reader_cast(void *state, const struct actor_message *message)
{
	const struct letter *mine = actor_message_as(message, struct letter);

	took[mine->number] = clock_ns() - mine->sent_ns;
	++*(uint64_t *)state;
	return ACTOR_CONTINUE;
}

static int reader_call(void *state, const struct actor_message *message, struct actor_from from)
{
	(void)message;
	return actor_reply(from, state);
}

static int busy_cast(void *state, const struct actor_message *message)
{
	uint64_t end = clock_ns() + TURN_NS;

	(void)state;
	(void)message;
	while (clock_ns() < end)
		;
	return __atomic_load_n(&stop, __ATOMIC_RELAXED) ? ACTOR_STOP
							: actor_cast(actor_self(), &work, NULL);
}

static const struct actor_behaviour reader = {.name = "reader",
					      .state_size = sizeof(uint64_t),
					      .handle_call = reader_call,
					      .handle_cast = reader_cast};
static const struct actor_behaviour busy = {.name = "busy", .handle_cast = busy_cast};

static int compare(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a;
	uint64_t second = *(const uint64_t *)b;

	return (first > second) - (first < second);
}

static int send_all(struct actor_pid pid, unsigned count)
{
	struct timespec pause = {.tv_nsec = 1000000};
	uint64_t seen = 0;
	int status = 0;

	for (unsigned i = 0; i < count && status == 0; i++) {
		struct letter mine = {.number = i};

		nanosleep(&pause, NULL);
		mine.sent_ns = clock_ns();
		status = actor_cast(pid, &letter, &mine);
	}
	if (status == 0)
		status = actor_call(pid, &received, NULL, &seen, ACTOR_SECONDS(60));
	return status == 0 && seen != count ? ACTOR_EINVALID : status;
}

static int measure(const char *name, unsigned schedulers, unsigned count, unsigned busy_count,
		   bool json)
{
	const struct actor_system_options options = {
		.size = sizeof(options), .schedulers = schedulers, .seed = 1};
	struct actor_system *system = NULL;
	struct actor_pid pid;
	int status = actor_system_create(&options, &system);

	if (status == 0)
		status = actor_start(&reader, NULL, 0, NULL, &pid, NULL);
	__atomic_store_n(&stop, 0, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < busy_count && status == 0; i++) {
		struct actor_pid one;

		status = actor_spawn(&busy, NULL, 0, NULL, &one);
		if (status == 0)
			status = actor_cast(one, &work, NULL);
	}
	if (status == 0)
		status = send_all(pid, count);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	actor_system_destroy(system, ACTOR_SECONDS(5));
	if (status != 0) {
		fprintf(stderr, "%s: %s\n", name, actor_status_text(status));
		return EXIT_FAILURE;
	}
	qsort(took, count, sizeof(took[0]), compare);
	printf(json ? "{\"bench\":\"%s\",\"runtime\":\"libactor\",\"tracing\":\"off\","
		      "\"ns_per_op\":%" PRIu64 ",\"min\":%" PRIu64 ",\"max\":%" PRIu64
		      ",\"runs\":%u,\"p99\":%" PRIu64 ",\"schedulers\":%u}\n"
		    : "%-14s median %7" PRIu64 " ns, least %" PRIu64 ", most %" PRIu64
		      ", of %u messages; 99 of 100 below %" PRIu64 " ns, %u schedulers\n",
	       name, took[count / 2], took[0], took[count - 1], count,
	       took[(uint64_t)count * 99 / 100], schedulers);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	unsigned schedulers = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	unsigned count = MESSAGES;
	bool json = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--smoke") == 0) {
			count = 20;
		} else if (strcmp(argv[i], "--json") == 0) {
			json = true;
		} else {
			fprintf(stderr, "usage: %s [--smoke] [--json]\n", argv[0]);
			return 2;
		}
	}
	if (measure("latency-idle", schedulers, count, 0, json) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	return measure("latency-busy", schedulers, count, 2 * schedulers, json);
}
