/* SPDX-License-Identifier: MIT */
/* Requests whose response is fetched later, and why calls fail. */
#include "actors.h"

#include <actor/request.h>

ACTOR_STATIC_REQUEST(twice, int64_t, int64_t);
ACTOR_STATIC_REQUEST_EMPTY(later, int64_t);
ACTOR_STATIC_REQUEST(end_with, int32_t, int64_t);
ACTOR_STATIC_MESSAGE_EMPTY(now_reply);
ACTOR_STATIC_MESSAGE_EMPTY(hello);
ACTOR_STATIC_REQUEST(call_back, struct actor_pid, int64_t);

struct server {
	struct actor_from waiting;
};

static int server_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct server *self = state;
	int64_t value;

	if (actor_message_is(message, &twice)) {
		value = 2 * *actor_message_as(message, int64_t);
		return actor_reply(from, &value);
	}
	if (actor_message_is(message, &end_with))
		return *actor_message_as(message, int32_t);
	if (actor_message_is(message, &call_back)) {
		int64_t none = 0;
		int64_t got = 0;

		value = actor_call(*actor_message_as(message, struct actor_pid), &twice, &none,
				   &got, ACTOR_SECONDS(20));
		return actor_reply(from, &value);
	}
	self->waiting = from;
	return ACTOR_CONTINUE;
}

static int server_cast(void *state, const struct actor_message *message)
{
	struct server *self = state;
	int64_t value = 43;

	if (actor_message_is(message, &now_reply)) {
		(void)actor_send(self->waiting.caller, &hello, NULL);
		return actor_reply(self->waiting, &value);
	}
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour server = {.name = "server",
					      .state_size = sizeof(struct server),
					      .handle_call = server_call,
					      .handle_cast = server_cast};

static struct actor_pid spawned(const struct actor_behaviour *behaviour)
{
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL_FATAL(actor_spawn(behaviour, NULL, 0, NULL, &pid), ACTOR_OK);
	return pid;
}

static void several(void *context)
{
	struct actor_pid pid = spawned(&server);
	uint64_t requests[100];
	size_t index;

	(void)context;
	for (int64_t i = 0; i < 100; i++)
		CU_ASSERT_EQUAL_FATAL(actor_request(pid, &twice, &i, &requests[i]), 0);
	for (int64_t i = 99; i >= 0; i--) { /* in another order than they come */
		int64_t reply = 0;

		CU_ASSERT_EQUAL(actor_request_wait(requests[i], &reply, ACTOR_SECONDS(20)), 0);
		CU_ASSERT_EQUAL(reply, 2 * i);
	}
	CU_ASSERT_EQUAL(actor_request_wait(requests[0], NULL, 0), ACTOR_EINVALID); /* over */
	CU_ASSERT_EQUAL(actor_request_wait_any(requests, 0, 0, &index), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_KILL), 0);
}

static void several_body(struct actor_system *system)
{
	(void)system;
	several(NULL);
	in_actor(several, NULL);
}

static void many_may_be_outstanding(void)
{
	in_system(several_body);
}

static void any(void *context)
{
	struct actor_pid slow = spawned(&server);
	struct actor_pid fast = spawned(&server);
	uint64_t requests[2];
	int64_t value = 21;
	size_t index = 9;

	(void)context;
	CU_ASSERT_EQUAL(actor_request(slow, &later, NULL, &requests[0]), 0);
	CU_ASSERT_EQUAL(actor_request_check(requests[0], &value), ACTOR_ETIMEOUT);
	CU_ASSERT_EQUAL(actor_request_wait(requests[0], &value, ACTOR_MILLISECONDS(5)),
			ACTOR_ETIMEOUT);
	CU_ASSERT_EQUAL(actor_request(fast, &twice, &value, &requests[1]), 0);
	CU_ASSERT_EQUAL(actor_request_wait_any(requests, 2, ACTOR_SECONDS(20), &index), 0);
	CU_ASSERT_EQUAL(index, 1);
	CU_ASSERT_EQUAL(actor_request_check(requests[1], &value), 0);
	CU_ASSERT_EQUAL(value, 42);
	CU_ASSERT_EQUAL(actor_cast(slow, &now_reply, NULL), 0);
	CU_ASSERT_EQUAL(actor_request_wait_any(requests, 1, ACTOR_SECONDS(20), &index), 0);
	CU_ASSERT_EQUAL(actor_request_receive(requests[0], &value, 0), 0);
	CU_ASSERT_EQUAL(value, 43);
}

static void any_body(struct actor_system *system)
{
	(void)system;
	any(NULL);
	in_actor(any, NULL);
}

static void one_of_several_is_waited_for(void)
{
	in_system(any_body);
}

static void deaths(void *context)
{
	struct actor_pid pid = spawned(&server);
	int32_t reason = ACTOR_EXIT_USER + 5;
	uint64_t first;
	uint64_t second;
	int64_t reply;

	(void)context;
	CU_ASSERT_EQUAL(actor_request(pid, &later, NULL, &first), 0);
	CU_ASSERT_EQUAL(actor_request(pid, &end_with, &reason, &second), 0);
	CU_ASSERT_EQUAL(actor_request_wait(first, &reply, ACTOR_SECONDS(20)), ACTOR_EDIED);
	CU_ASSERT_EQUAL(actor_call_reason(), reason);
	CU_ASSERT_EQUAL(actor_request_wait(second, &reply, ACTOR_SECONDS(20)), ACTOR_EDIED);
	CU_ASSERT_TRUE(dies(pid));
	CU_ASSERT_EQUAL(actor_request(pid, &later, NULL, &first), 0);
	CU_ASSERT_EQUAL(actor_request_wait(first, &reply, ACTOR_SECONDS(20)), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_call_reason(), ACTOR_EXIT_NO_ACTOR);
	pid = spawned(&server);
	CU_ASSERT_EQUAL(actor_call(pid, &end_with, &reason, &reply, ACTOR_SECONDS(20)),
			ACTOR_EDIED);
	CU_ASSERT_EQUAL(actor_call_reason(), reason);
}

static void deaths_body(struct actor_system *system)
{
	(void)system;
	deaths(NULL);
	in_actor(deaths, NULL);
}

static void the_callees_death_tells_its_reason(void)
{
	in_system(deaths_body);
}

static void abandoned(void *context)
{
	struct actor_pid pid = *(struct actor_pid *)context;
	uint64_t request;
	int64_t reply;
	int64_t value = 1;

	CU_ASSERT_EQUAL(actor_request(pid, &later, NULL, &request), 0);
	CU_ASSERT_EQUAL(actor_request_receive(request, &reply, ACTOR_MILLISECONDS(5)),
			ACTOR_ETIMEOUT);
	CU_ASSERT_EQUAL(actor_request_abandon(request), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(actor_cast(pid, &now_reply, NULL), 0);
	CU_ASSERT_EQUAL(actor_call(pid, &twice, &value, &reply, ACTOR_SECONDS(20)), 0);
}

static void abandoned_body(struct actor_system *system)
{
	struct actor_system_counters counters;
	struct actor_pid pid = spawned(&server);

	abandoned(&pid);
	in_actor(abandoned, &pid);
	actor_system_count(system, &counters);
	CU_ASSERT_EQUAL(counters.late_replies, 2);
}

static void a_late_response_is_dropped_and_counted(void)
{
	in_system(abandoned_body);
}

static void deadlock(void *context)
{
	struct actor_pid self = actor_self();
	struct actor_pid pid = spawned(&server);
	struct actor_pid cycle[3];
	uint64_t request;
	int64_t reply = 0;
	char text[256];

	(void)context;
	CU_ASSERT_EQUAL(actor_request(pid, &call_back, &self, &request), 0);
	CU_ASSERT_EQUAL(actor_request_wait(request, &reply, ACTOR_SECONDS(20)), 0);
	CU_ASSERT_EQUAL(reply, ACTOR_EDEADLOCK);
	CU_ASSERT_EQUAL(actor_call_cycle(NULL, 0), 0); /* it was the other that was refused */
	CU_ASSERT_EQUAL(actor_call(self, &twice, &reply, &reply, 1), ACTOR_EDEADLOCK);
	CU_ASSERT_EQUAL(actor_call_cycle(cycle, 3), 2);
	CU_ASSERT_TRUE(actor_pid_equal(cycle[0], self) && actor_pid_equal(cycle[1], self));
	CU_ASSERT_TRUE(actor_call_cycle_text(text, sizeof(text)) > 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " -> test <"));
}

static void deadlock_body(struct actor_system *system)
{
	(void)system;
	in_actor(deadlock, NULL);
}

static void a_circle_is_named(void)
{
	in_system(deadlock_body);
}

/* ---- Responses as messages --------------------------------------------------------------------
 */

struct asker {
	struct seen *seen;
	struct actor_pid server;
	uint64_t request;
};

static int asker_init(void *state, const void *argument, size_t size)
{
	struct asker *self = state;

	memcpy(self, argument, size);
	CU_ASSERT_EQUAL(actor_request_notify(self->server, &later, NULL, &self->request), 0);
	CU_ASSERT_EQUAL(actor_request_check(self->request, NULL), ACTOR_EINVALID);
	return actor_cast(self->server, &now_reply, NULL);
}

static int asker_info(void *state, const struct actor_message *message)
{
	struct asker *self = state;
	int64_t value = 0;

	if (actor_response_request(message) == 0) {
		seen_add(self->seen, 1);
		return ACTOR_CONTINUE;
	}
	CU_ASSERT_EQUAL(actor_response_request(message), self->request);
	CU_ASSERT_EQUAL(actor_response(message, &value), 0);
	seen_add(self->seen, value);
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour asker = {.name = "asker",
					     .state_size = sizeof(struct asker),
					     .init = asker_init,
					     .handle_info = asker_info};

static void notify_body(struct actor_system *system)
{
	SEEN(seen);
	struct asker argument = {&seen, spawned(&server), 0};

	(void)system;
	CU_ASSERT_EQUAL(actor_spawn(&asker, &argument, sizeof(argument), NULL, NULL), 0);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 2));
	CU_ASSERT_EQUAL(seen.values[0], 1); /* sent before the reply, it comes before it */
	CU_ASSERT_EQUAL(seen.values[1], 43);
}

static void a_response_may_come_as_a_message(void)
{
	in_system(notify_body);
}

#define CASES(X)                                  \
	X(many_may_be_outstanding)                \
	X(one_of_several_is_waited_for)           \
	X(the_callees_death_tells_its_reason)     \
	X(a_late_response_is_dropped_and_counted) \
	X(a_circle_is_named)                      \
	X(a_response_may_come_as_a_message)

SUITE("request", CASES)
