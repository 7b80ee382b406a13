/* SPDX-License-Identifier: MIT */
/* Calls: replies, time-outs, deaths, deadlocks, deferred and late replies. */
#include "actors.h"

struct pair {
	int64_t a;
	int64_t b;
};

ACTOR_STATIC_REQUEST(add, struct pair, int64_t);
ACTOR_STATIC_REQUEST_EMPTY(never, int64_t);
ACTOR_STATIC_REQUEST_EMPTY(later, int64_t);
ACTOR_STATIC_REQUEST_EMPTY(refuse, int64_t);
ACTOR_STATIC_REQUEST_EMPTY(end, int64_t);
ACTOR_STATIC_REQUEST_EMPTY(twice, int64_t);
ACTOR_STATIC_REQUEST(ask, struct actor_pid, int64_t);
ACTOR_STATIC_MESSAGE_EMPTY(now_reply);

struct server {
	struct actor_from waiting;
};

static int server_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct server *self = state;
	int64_t value = 42;

	if (actor_message_is(message, &add)) {
		const struct pair *pair = actor_message_as(message, struct pair);

		value = pair->a + pair->b;
		return actor_reply(from, &value);
	}
	if (actor_message_is(message, &refuse))
		return actor_reject(from, -71);
	if (actor_message_is(message, &end))
		return ACTOR_EXIT_USER + 5;
	if (actor_message_is(message, &twice)) {
		(void)actor_reply(from, &value);
		return actor_reply(from, &value);
	}
	if (actor_message_is(message, &ask)) {
		int64_t reply = 0;
		int status = actor_call(*actor_message_as(message, struct actor_pid), &never, NULL,
					&reply, ACTOR_SECONDS(20));

		value = status;
		return actor_reply(from, &value);
	}
	self->waiting = from;
	return ACTOR_CONTINUE;
}

static int server_cast(void *state, const struct actor_message *message)
{
	struct server *self = state;
	int64_t value = 43;

	return actor_message_is(message, &now_reply) ? actor_reply(self->waiting, &value)
						     : ACTOR_CONTINUE;
}

static const struct actor_behaviour server = {.name = "server",
					      .state_size = sizeof(struct server),
					      .handle_call = server_call,
					      .handle_cast = server_cast};

static const struct actor_behaviour deaf = {.name = "deaf"};

static struct actor_pid spawned(const struct actor_behaviour *behaviour)
{
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL_FATAL(actor_spawn(behaviour, NULL, 0, NULL, &pid), ACTOR_OK);
	return pid;
}

static void call_from_anywhere(void *context)
{
	struct actor_pid pid = spawned(&server);
	int64_t reply = 0;

	(void)context;
	for (int64_t i = 0; i < 1000; i++) {
		struct pair pair = {i, 2 * i};

		CU_ASSERT_EQUAL(actor_call(pid, &add, &pair, &reply, ACTOR_SECONDS(5)), ACTOR_OK);
		CU_ASSERT_EQUAL(reply, 3 * i);
	}
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_KILL), ACTOR_OK);
}

static void replies_body(struct actor_system *system)
{
	(void)system;
	call_from_anywhere(NULL);
	in_actor(call_from_anywhere, NULL);
}

static void a_call_returns_the_reply(void)
{
	in_system(replies_body);
}

static void failures(void *context)
{
	struct actor_pid pid = spawned(&server);
	int64_t reply = 99;

	(void)context;
	CU_ASSERT_EQUAL(actor_call(pid, &never, NULL, &reply, ACTOR_MILLISECONDS(20)),
			ACTOR_ETIMEOUT);
	CU_ASSERT_EQUAL(actor_call(pid, &refuse, NULL, &reply, ACTOR_SECONDS(5)), -71);
	CU_ASSERT_EQUAL(actor_call(spawned(&deaf), &never, NULL, &reply, ACTOR_SECONDS(5)),
			ACTOR_EREJECTED);
	CU_ASSERT_EQUAL(actor_call(pid, &end, NULL, &reply, ACTOR_SECONDS(5)), ACTOR_EDIED);
	CU_ASSERT_EQUAL(actor_call(pid, &never, NULL, &reply, ACTOR_SECONDS(5)), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_call(actor_self(), &never, NULL, &reply, ACTOR_SECONDS(5)),
			ACTOR_EDEADLOCK);
	CU_ASSERT_EQUAL(reply, 99); /* untouched on failure */
}

static void failures_body(struct actor_system *system)
{
	(void)system;
	failures(NULL);
	in_actor(failures, NULL);
}

static void a_call_fails_with_its_reason(void)
{
	in_system(failures_body);
}

static void deferred(void *context)
{
	struct actor_pid pid = spawned(&server);
	struct actor_pid asker;
	int64_t reply = 0;

	(void)context;
	CU_ASSERT_EQUAL(actor_call(pid, &later, NULL, &reply, ACTOR_MILLISECONDS(10)),
			ACTOR_ETIMEOUT);
	/* Its reply comes after the time-out: dropped. */
	CU_ASSERT_EQUAL(actor_cast(pid, &now_reply, NULL), ACTOR_OK);
	CU_ASSERT_EQUAL(actor_call(pid, &twice, NULL, &reply, ACTOR_SECONDS(5)), ACTOR_OK);
	CU_ASSERT_EQUAL(reply, 42);
	/* A caller that waits for one that never answers learns of its death. */
	asker = spawned(&server);
	CU_ASSERT_EQUAL(actor_call(asker, &ask, &pid, &reply, ACTOR_MILLISECONDS(50)),
			ACTOR_ETIMEOUT);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_USER), ACTOR_OK);
	CU_ASSERT_TRUE(dies(pid));
	CU_ASSERT_EQUAL(actor_call(asker, &refuse, NULL, &reply, ACTOR_SECONDS(5)), -71);
}

static void deferred_body(struct actor_system *system)
{
	struct actor_system_counters counters;

	in_actor(deferred, NULL);
	deferred(NULL);
	actor_system_count(system, &counters);
	CU_ASSERT_TRUE(counters.late_replies >=
		       4); /* of each: a late one and a second one, at least */
}

static void replies_may_come_later_or_never(void)
{
	in_system(deferred_body);
}

/* ---- A circle of callers -----------------------------------------------------------------------
 */

struct ring_arguments {
	struct seen *seen;
};
struct ring_state {
	struct seen *seen;
	struct actor_pid next;
};
ACTOR_STATIC_REQUEST_EMPTY(round_trip, int64_t);
ACTOR_STATIC_MESSAGE(set_next, struct actor_pid);
ACTOR_STATIC_MESSAGE_EMPTY(go_round);

static int member_init(void *state, const void *argument, size_t size)
{
	struct ring_state *self = state;

	(void)size;
	self->seen = ((const struct ring_arguments *)argument)->seen;
	return ACTOR_CONTINUE;
}

static int member_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct ring_state *self = state;
	int64_t reply = 0;
	int status = actor_call(self->next, &round_trip, NULL, &reply, ACTOR_FOREVER);

	(void)message;
	seen_add(self->seen, status);
	return actor_reject(from, status);
}

static int member_cast(void *state, const struct actor_message *message)
{
	struct ring_state *self = state;
	int64_t reply = 0;

	if (actor_message_is(message, &set_next))
		self->next = *actor_message_as(message, struct actor_pid);
	else
		seen_add(self->seen,
			 actor_call(self->next, &round_trip, NULL, &reply, ACTOR_FOREVER));
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour member = {.name = "member",
					      .state_size = sizeof(struct ring_state),
					      .init = member_init,
					      .handle_call = member_call,
					      .handle_cast = member_cast};

static struct actor_from handed; /* what a helper answers */

ACTOR_STATIC_MESSAGE(answer_for_me, struct actor_from);
ACTOR_STATIC_REQUEST(hand_over, struct actor_pid, int64_t);

static int helper_cast(void *state, const struct actor_message *message)
{
	int64_t value = 77;

	(void)state;
	return actor_reply(*actor_message_as(message, struct actor_from), &value);
}

/* To a third actor, or, where that is none, to a thread of the program. */
static int giver_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct actor_pid helper = *actor_message_as(message, struct actor_pid);

	(void)state;
	if (helper.bits != 0)
		return actor_cast(helper, &answer_for_me, &from);
	handed.caller = from.caller;
	__atomic_store_n(&handed.ref, from.ref, __ATOMIC_RELEASE);
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour helper_actor = {.name = "helper", .handle_cast = helper_cast};
static const struct actor_behaviour giver = {.name = "giver", .handle_call = giver_call};

static void *answer_outside(void *system)
{
	int64_t value = 78;

	CU_ASSERT_EQUAL_FATAL(actor_system_enter(system), 0);
	while (__atomic_load_n(&handed.ref, __ATOMIC_ACQUIRE) == 0)
		sched_yield();
	CU_ASSERT_EQUAL(actor_reply(handed, &value), 0);
	actor_system_leave();
	return NULL;
}

static void elsewhere_body(struct actor_system *system)
{
	struct actor_pid third = spawned(&helper_actor);
	struct actor_pid callee = spawned(&giver);
	struct actor_pid nobody = ACTOR_PID_NONE;
	pthread_t thread;
	int64_t reply = 0;

	CU_ASSERT_EQUAL(actor_call(callee, &hand_over, &third, &reply, ACTOR_SECONDS(20)), 0);
	CU_ASSERT_EQUAL(reply, 77);
	handed = (struct actor_from){0};
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, answer_outside, system), 0);
	CU_ASSERT_EQUAL(actor_call(callee, &hand_over, &nobody, &reply, ACTOR_SECONDS(20)), 0);
	CU_ASSERT_EQUAL(reply, 78);
	pthread_join(thread, NULL);
}

static void others_may_reply(void)
{
	in_system(elsewhere_body);
}

/* ---- A circle, named ---------------------------------------------------------------------------
 */

ACTOR_STATIC_REQUEST_EMPTY(pass_on, int64_t);

static struct actor_pid named_circle[3];
static size_t circle_count;
static struct actor_pid circle_pids[4];
static char circle_text[200];

/* Calls the next; the one who is told remembers what it was told. */
static int passer_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct actor_pid next = named_circle[0];
	int64_t value = 0;
	int status;

	(void)state;
	(void)message;
	for (int i = 0; i < 3; i++)
		if (actor_pid_equal(named_circle[i], actor_self()))
			next = named_circle[(i + 1) % 3];
	status = actor_call(next, &pass_on, NULL, &value, ACTOR_SECONDS(20));
	if (status == ACTOR_EDEADLOCK) {
		circle_count = actor_call_cycle(circle_pids, 4);
		(void)actor_call_cycle_text(circle_text, sizeof(circle_text));
	}
	value = status != 0 ? status : value;
	return actor_reply(from, &value);
}

static const struct actor_behaviour passer = {.name = "passer", .handle_call = passer_call};

static void named_circle_body(struct actor_system *system)
{
	static const char *const names[] = {"red", "green", "blue"};
	struct actor_spawn_options options = {.size = sizeof(options)};
	int64_t reply = 0;

	(void)system;
	for (int i = 0; i < 3; i++) {
		options.name = names[i];
		CU_ASSERT_EQUAL_FATAL(actor_spawn(&passer, NULL, 0, &options, &named_circle[i]), 0);
	}
	CU_ASSERT_EQUAL(actor_call(named_circle[0], &pass_on, NULL, &reply, ACTOR_SECONDS(20)), 0);
	CU_ASSERT_EQUAL(reply, ACTOR_EDEADLOCK);
	/* Blue would wait for red, red waits for green, green for blue. */
	CU_ASSERT_EQUAL(circle_count, 4);
	CU_ASSERT_TRUE(actor_pid_equal(circle_pids[0], named_circle[2]));
	CU_ASSERT_TRUE(actor_pid_equal(circle_pids[1], named_circle[0]));
	CU_ASSERT_TRUE(actor_pid_equal(circle_pids[2], named_circle[1]));
	CU_ASSERT_TRUE(actor_pid_equal(circle_pids[3], named_circle[2]));
	CU_ASSERT_TRUE(strncmp(circle_text, "blue ", 5) == 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(circle_text, "-> red "));
	CU_ASSERT_PTR_NOT_NULL(strstr(circle_text, "-> green "));
}

static void a_circle_of_three_is_named(void)
{
	in_system(named_circle_body);
}

static void circle_body(struct actor_system *system)
{
	SEEN(seen);
	struct ring_arguments arguments = {&seen};
	struct actor_pid members[3];

	(void)system;
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(
			actor_spawn(&member, &arguments, sizeof(arguments), NULL, &members[i]), 0);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(actor_cast(members[i], &set_next, &members[(i + 1) % 3]), 0);
	/* All at once: whoever closes the circle is told, and the failure comes back to the others.
	 */
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(actor_cast(members[i], &go_round, NULL), 0);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 3));
	CU_ASSERT_EQUAL(seen.values[0], ACTOR_EDEADLOCK);
	CU_ASSERT_TRUE(seen_wait(&seen, 3));
	for (int i = 0; i < 3; i++)
		actor_exit(members[i], ACTOR_EXIT_KILL);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_TRUE(dies(members[i]));
}

static void a_circle_of_callers_fails_at_once(void)
{
	for (int i = 0; i < 20; i++)
		in_system(circle_body);
}

static void kill_body(struct actor_system *system)
{
	struct actor_system_counters counters;
	struct actor_pid slow = spawned(&server);
	struct actor_pid asker = spawned(&server);
	int64_t reply;

	CU_ASSERT_EQUAL(actor_call(asker, &ask, &slow, &reply, ACTOR_MILLISECONDS(20)),
			ACTOR_ETIMEOUT);
	/* It waits for `slow`, on a stack of its own, and can be killed all the same. */
	CU_ASSERT_EQUAL(actor_exit(asker, ACTOR_EXIT_KILL), ACTOR_OK);
	CU_ASSERT_TRUE(dies(asker));
	CU_ASSERT_EQUAL(actor_exit(slow, ACTOR_EXIT_KILL), ACTOR_OK);
	CU_ASSERT_TRUE(dies(slow));
	actor_system_count(system, &counters);
	CU_ASSERT_EQUAL(counters.actors, 0);
}

static void a_waiting_actor_can_be_killed(void)
{
	in_system(kill_body);
}

/* ---- Who has answered -------------------------------------------------------------------------
 */

ACTOR_STATIC_REQUEST_EMPTY(call_back, int64_t);
ACTOR_STATIC_REQUEST(begin_with, struct actor_pid, int64_t);

/* Answers, and in the same turn calls the one that it has answered. */
static int returner_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct seen *const *self = state;
	struct pair pair = {20, 22};
	int64_t value = 1;
	int status = actor_reply(from, &value);

	(void)message;
	if (status == 0)
		status = actor_call(from.caller, &add, &pair, &value, ACTOR_SECONDS(20));
	seen_add(*self, status);
	seen_add(*self, value);
	return ACTOR_CONTINUE;
}

static int returner_init(void *state, const void *argument, size_t size)
{
	memcpy(state, argument, size);
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour returner = {.name = "returner",
						.state_size = sizeof(struct seen *),
						.init = returner_init,
						.handle_call = returner_call};

static int beginner_call(void *state, const struct actor_message *message, struct actor_from from)
{
	int64_t value = 0;

	if (!actor_message_is(message, &begin_with))
		return server_call(state, message, from);
	value = actor_call(*actor_message_as(message, struct actor_pid), &call_back, NULL, &value,
			   ACTOR_SECONDS(20));
	return actor_reply(from, &value);
}

static const struct actor_behaviour beginner = {
	.name = "beginner", .state_size = sizeof(struct server), .handle_call = beginner_call};

static void call_back_body(struct actor_system *system)
{
	SEEN(seen);
	struct seen *pointer = &seen;
	struct actor_pid first = spawned(&beginner), second;
	int64_t status = -1;

	(void)system;
	CU_ASSERT_EQUAL_FATAL(actor_spawn(&returner, &pointer, sizeof(pointer), NULL, &second), 0);
	CU_ASSERT_EQUAL(actor_call(first, &begin_with, &second, &status, ACTOR_SECONDS(60)), 0);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_TRUE(seen_wait(&seen, 2));
	CU_ASSERT_EQUAL(seen.values[0], 0); /* and no circle */
	CU_ASSERT_EQUAL(seen.values[1], 42);
}

static void who_was_answered_waits_no_more(void)
{
	in_system(call_back_body);
}

#define CASES(X)                             \
	X(a_call_returns_the_reply)          \
	X(a_call_fails_with_its_reason)      \
	X(replies_may_come_later_or_never)   \
	X(others_may_reply)                  \
	X(a_circle_of_three_is_named)        \
	X(a_circle_of_callers_fails_at_once) \
	X(who_was_answered_waits_no_more)    \
	X(a_waiting_actor_can_be_killed)

SUITE("call", CASES)
