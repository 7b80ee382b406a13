/* SPDX-License-Identifier: MIT */

/*
 * Timers. One actor starts a million of them, due in one to two minutes, and cancels them again:
 * timers-arm and timers-cancel are the CPU time of one. timers-fire is the CPU time
 * of the process for one that goes off, from the wheel to the end of the turn that its message is,
 * while a million do within a second. timers-late is by how much the ticks of an interval of 10 ms
 * are late, and `drift` how much later they are at the end than at the beginning, both taken from
 * the least late of ten. An operation is one timer, or one tick; p99 is given where each was timed.
 */

#include "bench.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define TIMERS      1000000u
#define TICKS       300u
#define INTERVAL_NS ACTOR_MILLISECONDS(10)
#define FEW         10u

struct figures {
	uint64_t arm_ns;
	uint64_t cancel_ns;
	uint64_t fire_ns;
};

ACTOR_MESSAGE_EMPTY(due);
ACTOR_REQUEST(arm, uint64_t, struct figures);
ACTOR_REQUEST(fire, uint64_t, uint64_t);
ACTOR_REQUEST(tick, uint64_t, uint64_t);

static uint64_t timers[TIMERS];
static uint64_t late[TICKS];
static uint64_t armed_cpu_ns; /* what the process had used when the last one was started */

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* ---- A million ---------------------------------------------------------------------------------
 */

struct many {
	struct actor_from from;
	uint64_t wanted;
	uint64_t seen;
};

static int arm_and_cancel(uint64_t count, struct figures *ret_figures)
{
	uint64_t begin = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	uint64_t middle;
	int status = 0;

	for (uint64_t i = 0; i < count && status == 0; i++)
		status =
			actor_timer_start(ACTOR_SECONDS(60) + i * 60000, 0, &due, NULL, &timers[i]);
	middle = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	/* In another order than they were started in. */
	for (uint64_t i = 0; i < count && status == 0; i++)
		status = actor_timer_cancel(timers[i * 7919 % count], NULL);
	ret_figures->arm_ns = middle - begin;
	ret_figures->cancel_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - middle;
	return status;
}

static int many_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct many *self = state;
	uint64_t count = *actor_message_as(message, uint64_t);
	struct figures figures = {0, 0, 0};
	int status = 0;

	if (actor_message_is(message, &arm)) {
		status = arm_and_cancel(count, &figures);
		return status == 0 ? actor_reply(from, &figures) : actor_reject(from, status);
	}
	self->from = from;
	self->wanted = count;
	for (uint64_t i = 0; i < count && status == 0; i++)
		status = actor_timer_start(ACTOR_MILLISECONDS(count < TIMERS ? 50 : 3000) +
						   i % 1000 * ACTOR_MILLISECONDS(1),
					   0, &due, NULL, NULL);
	armed_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	return status == 0 ? ACTOR_CONTINUE : actor_reject(from, status);
}

static int many_info(void *state, const struct actor_message *message)
{
	struct many *self = state;

	(void)message;
	return ++self->seen == self->wanted ? actor_reply(self->from, &self->seen) : ACTOR_CONTINUE;
}

static const struct actor_behaviour many = {.name = "many",
					    .state_size = sizeof(struct many),
					    .handle_call = many_call,
					    .handle_info = many_info};

/* ---- An interval -------------------------------------------------------------------------------
 */

struct ticker {
	struct actor_from from;
	uint64_t begin_ns;
	uint64_t wanted;
	uint64_t seen;
};

static int ticker_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct ticker *self = state;

	self->from = from;
	self->wanted = *actor_message_as(message, uint64_t);
	self->begin_ns = actor_now();
	return actor_timer_start(INTERVAL_NS, INTERVAL_NS, &due, NULL, NULL);
}

static int ticker_info(void *state, const struct actor_message *message)
{
	struct ticker *self = state;
	uint64_t expected_ns = self->begin_ns + (self->seen + 1) * INTERVAL_NS;

	(void)message;
	if (self->seen == self->wanted)
		return ACTOR_CONTINUE;
	if (actor_now() < expected_ns) {
		(void)bench_wrong(self->from, "timers: a tick came early");
		return ACTOR_STOP;
	}
	late[self->seen++] = actor_now() - expected_ns;
	return self->seen == self->wanted ? actor_reply(self->from, &self->seen) : ACTOR_CONTINUE;
}

static const struct actor_behaviour ticker = {.name = "ticker",
					      .state_size = sizeof(struct ticker),
					      .handle_call = ticker_call,
					      .handle_info = ticker_info};

/* ---- Figures ----------------------------------------------------------------------------------
 */

static bool json;

static void print(const char *name, uint64_t ns, uint64_t count, const char *more)
{
	double one = (double)ns / (double)count;

	if (json)
		printf("{\"bench\":\"%s\",\"runtime\":\"libactor\",\"tracing\":\"off\","
		       "\"ns_per_op\":%.2f,\"min\":%.2f,\"max\":%.2f,\"runs\":1,\"operations\":"
		       "%" PRIu64 "%s}\n",
		       name, one, one, one, count, more);
	else
		printf("%-14s %9.1f ns for one of %" PRIu64 "%s\n", name, one, count, more);
}

static int compare(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a;
	uint64_t second = *(const uint64_t *)b;

	return (first > second) - (first < second);
}

static uint64_t least(const uint64_t *values, uint64_t count)
{
	uint64_t found = values[0];

	for (uint64_t i = 1; i < count; i++)
		found = values[i] < found ? values[i] : found;
	return found;
}

static int measure_many(uint64_t count)
{
	struct figures figures;
	struct actor_pid pid;
	uint64_t seen = 0;
	int status = actor_start(&many, NULL, 0, NULL, &pid, NULL);

	if (status == 0)
		status = actor_call(pid, &arm, &count, &figures, ACTOR_SECONDS(120));
	if (status != 0)
		return status;
	print("timers-arm", figures.arm_ns, count, "");
	print("timers-cancel", figures.cancel_ns, count, "");
	status = actor_call(pid, &fire, &count, &seen, ACTOR_SECONDS(120));
	if (status != 0 || seen != count)
		return status != 0 ? status : ACTOR_EINVALID;
	print("timers-fire", clock_ns(CLOCK_PROCESS_CPUTIME_ID) - armed_cpu_ns, count, "");
	return actor_exit(pid, ACTOR_EXIT_SHUTDOWN);
}

static int measure_interval(uint64_t count)
{
	struct actor_pid pid;
	uint64_t seen = 0, first, last;
	char more[96];
	int status = actor_start(&ticker, NULL, 0, NULL, &pid, NULL);

	if (status == 0)
		status = actor_call(pid, &tick, &count, &seen, ACTOR_SECONDS(120));
	if (status != 0)
		return status;
	first = least(late, FEW);
	last = least(late + count - FEW, FEW);
	qsort(late, count, sizeof(late[0]), compare);
	snprintf(more, sizeof(more),
		 json ? ",\"p99\":%" PRIu64 ",\"drift_ns\":%" PRId64
		      : "; 99 of 100 below %" PRIu64 " ns; later at the end by %" PRId64 " ns",
		 late[count * 99 / 100], (int64_t)(last - first));
	print("timers-late", late[count / 2] * count, count, more);
	return actor_exit(pid, ACTOR_EXIT_SHUTDOWN);
}

int main(int argc, char **argv)
{
	const struct actor_system_options options = {.size = sizeof(options), .seed = 1};
	struct actor_system *system = NULL;
	bool smoke = false;
	int status;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--smoke") == 0) {
			smoke = true;
		} else if (strcmp(argv[i], "--json") == 0) {
			json = true;
		} else {
			fprintf(stderr, "usage: %s [--smoke] [--json]\n", argv[0]);
			return 2;
		}
	}
	status = actor_system_create(&options, &system);
	if (status == 0)
		status = measure_many(smoke ? 1000 : TIMERS);
	if (status == 0)
		status = measure_interval(smoke ? 2 * FEW : TICKS);
	if (status != 0)
		fprintf(stderr, "bench: timers: %s\n", actor_status_text(status));
	actor_system_destroy(system, ACTOR_SECONDS(5));
	return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
