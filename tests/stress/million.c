/* SPDX-License-Identifier: MIT */
/*
 * A million actors at one time, each sent a message and stopped; and a million timers at one time,
 * half of them cancelled. Fewer under sanitizers. The plane's default size has to do.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <actor/actor.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MANY 50000u
#else
#define MANY 1000000u
#endif

#define PATIENCE ACTOR_SECONDS(120)

ACTOR_STATIC_MESSAGE(hello, uint64_t);
ACTOR_STATIC_MESSAGE_EMPTY(tick);
ACTOR_STATIC_REQUEST_EMPTY(raise_all, uint64_t);
ACTOR_STATIC_REQUEST_EMPTY(all_greeted, uint64_t);
ACTOR_STATIC_REQUEST_EMPTY(time_all, uint64_t);

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int child_cast(void *state, const struct actor_message *message)
{
	(void)state;
	(void)actor_cast(actor_parent(), &hello, actor_message_payload(message));
	return ACTOR_STOP;
}

static const struct actor_behaviour child = {.name = "child", .handle_cast = child_cast};

struct parent {
	struct actor_pid *children;
	struct actor_from waiting;
	uint64_t *timers;
	uint64_t greeted;
	uint64_t sum;
	uint64_t ticks;
};

static int parent_raise(struct parent *self, struct actor_from from)
{
	uint64_t count = 0;

	self->children = actor_alloc(MANY * sizeof(self->children[0]));
	if (self->children == NULL)
		return ACTOR_ENO_MEMORY;
	while (count < MANY &&
	       actor_spawn(&child, NULL, 0, NULL, &self->children[count]) == ACTOR_OK)
		count++;
	return actor_reply(from, &count);
}

/* All timers are alive when the last one is armed: the first fires after that. */
static int parent_time(struct parent *self, struct actor_from from)
{
	uint64_t left = 0;

	self->waiting = from;
	self->timers = actor_alloc(MANY * sizeof(self->timers[0]));
	if (self->timers == NULL)
		return ACTOR_ENO_MEMORY;
	for (uint64_t i = 0; i < MANY; i++) {
		if (actor_timer_start(ACTOR_SECONDS(3) + ACTOR_MICROSECONDS(i), 0, &tick, NULL,
				      &self->timers[i]) != 0)
			return ACTOR_ENO_MEMORY;
	}
	/* On a machine that has much else to do, some have fired by now; their messages are gone.
	 */
	for (uint64_t i = 0; i < MANY; i += 2)
		(void)actor_timer_cancel(self->timers[i], &left);
	return ACTOR_CONTINUE;
}

static int parent_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct parent *self = state;

	if (actor_message_is(message, &raise_all))
		return parent_raise(self, from);
	if (actor_message_is(message, &time_all))
		return parent_time(self, from);
	self->waiting = from;
	for (uint64_t i = 0; i < MANY; i++)
		(void)actor_cast(self->children[i], &hello, &i);
	return ACTOR_CONTINUE;
}

static int parent_cast(void *state, const struct actor_message *message)
{
	struct parent *self = state;

	self->sum += *actor_message_as(message, uint64_t);
	return ++self->greeted == MANY ? actor_reply(self->waiting, &self->sum) : ACTOR_CONTINUE;
}

static int parent_info(void *state, const struct actor_message *message)
{
	struct parent *self = state;

	(void)message;
	return ++self->ticks == MANY / 2 ? actor_reply(self->waiting, &self->ticks)
					 : ACTOR_CONTINUE;
}

static const struct actor_behaviour parent = {.name = "parent",
					      .state_size = sizeof(struct parent),
					      .handle_call = parent_call,
					      .handle_cast = parent_cast,
					      .handle_info = parent_info};

static int failed(const char *what, int status, uint64_t value)
{
	fprintf(stderr, "million: %s: %s, %" PRIu64 "\n", what, actor_status_text(status), value);
	return EXIT_FAILURE;
}

static int run(struct actor_system *system)
{
	struct actor_system_counters counters;
	struct actor_pid pid;
	uint64_t value = 0;
	double start = now();
	int status = actor_start(&parent, NULL, 0, NULL, &pid, NULL);

	if (status == 0)
		status = actor_call(pid, &raise_all, NULL, &value, PATIENCE);
	actor_system_count(system, &counters);
	if (status != 0 || value != MANY || counters.actors != MANY + 1)
		return failed("not all were born", status, value);
	status = actor_call(pid, &all_greeted, NULL, &value, PATIENCE);
	if (status != 0 || value != (uint64_t)MANY * (MANY - 1) / 2)
		return failed("not all have answered", status, value);
	do
		actor_system_count(system, &counters);
	while (counters.actors != 1 && now() < start + 120);
	if (counters.actors != 1)
		return failed("not all have ended", 0, counters.actors);
	printf("%u actors in %.2f s\n", MANY, now() - start);
	start = now();
	status = actor_call(pid, &time_all, NULL, &value, PATIENCE);
	if (status != 0 || value != MANY / 2)
		return failed("not all timers have fired", status, value);
	printf("%u timers in %.2f s\n", MANY, now() - start);
	return EXIT_SUCCESS;
}

int main(void)
{
	struct actor_system *system;
	int status = actor_system_create(NULL, &system);

	if (status != 0)
		return failed("no system", status, 0);
	status = run(system);
	actor_system_destroy(system, ACTOR_SECONDS(5));
	return status;
}
