/* SPDX-License-Identifier: MIT */
/*
 * A pid is never another actor's. Between the moment when a sender has looked whether the receiver
 * lives and the one when its message arrives, that one may have ended and its slot have a new
 * actor. Here the moment is held still: the slot shows the old generation while messages are sent
 * to it, and the new actor must not get them, whichever way they come.
 */
#include "actors.h"

#include <actor/request.h>

#include "actor/system.h"

ACTOR_STATIC_MESSAGE(number, int);
ACTOR_STATIC_REQUEST(question, int, int);

struct keeper {
	struct seen *seen;
};

static int keeper_init(void *state, const void *argument, size_t size)
{
	(void)size;
	memcpy(state, argument, sizeof(struct keeper));
	return ACTOR_CONTINUE;
}

static int keeper_info(void *state, const struct actor_message *message)
{
	struct keeper *keeper = state;

	seen_add(keeper->seen, *actor_message_as(message, int));
	return ACTOR_CONTINUE;
}

static int keeper_call(void *state, const struct actor_message *message, struct actor_from from)
{
	int answer = *actor_message_as(message, int) + 1;

	(void)state;
	return actor_reply(from, &answer);
}

static const struct actor_behaviour keeper = {
	.name = "keeper",
	.state_size = sizeof(struct keeper),
	.init = keeper_init,
	.handle_info = keeper_info,
	.handle_cast = keeper_info,
	.handle_call = keeper_call,
};

struct reuse {
	struct actor_system *system;
	struct actor_pid old;
	struct actor_pid now; /* lives in the same slot */
	bool idle;
};

static uint32_t *generation_of(struct reuse *reuse)
{
	return &system_line(reuse->system, actor_pid_slot(reuse->now))->generation;
}

/* Spins until the actor has nothing to do: what is sent to it then has to wake it. */
static bool rests(struct reuse *reuse)
{
	const uint64_t *inbox = &system_line(reuse->system, actor_pid_slot(reuse->now))->inbox;
	uint64_t end_ns = clock_monotonic_ns() + ACTOR_SECONDS(DEADLINE_SECS);

	while (__atomic_load_n(inbox, __ATOMIC_ACQUIRE) != MAILBOX_IDLE) {
		if (clock_monotonic_ns() >= end_ns)
			return false;
		sched_yield();
	}
	return true;
}

/* Two actors, one after the other, in one slot. */
static void reuse_prepare(struct reuse *reuse, struct seen *seen)
{
	const struct keeper argument = {seen};

	CU_ASSERT_EQUAL_FATAL(
		actor_start(&keeper, &argument, sizeof(argument), NULL, &reuse->old, NULL), 0);
	CU_ASSERT_EQUAL(actor_exit(reuse->old, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(dies(reuse->old));
	do {
		CU_ASSERT_EQUAL_FATAL(
			actor_start(&keeper, &argument, sizeof(argument), NULL, &reuse->now, NULL),
			0);
	} while (actor_pid_slot(reuse->now) != actor_pid_slot(reuse->old));
	CU_ASSERT_NOT_EQUAL(actor_pid_generation(reuse->now), actor_pid_generation(reuse->old));
}

/* The old generation is shown for as long as the send lasts. */
static void send_late(void *context)
{
	struct reuse *reuse = context;
	int wrong = 1;

	reuse->idle = rests(reuse);
	__atomic_store_n(generation_of(reuse), actor_pid_generation(reuse->old), __ATOMIC_SEQ_CST);
	CU_ASSERT_EQUAL(actor_send(reuse->old, &number, &wrong), 0);
	CU_ASSERT_EQUAL(actor_cast(reuse->old, &number, &wrong), 0);
	__atomic_store_n(generation_of(reuse), actor_pid_generation(reuse->now), __ATOMIC_SEQ_CST);
}

static void check(struct reuse *reuse, struct seen *seen)
{
	struct actor_system_counters counters;
	uint64_t end_ns = clock_monotonic_ns() + ACTOR_SECONDS(DEADLINE_SECS);
	int right = 2;

	CU_ASSERT_TRUE(reuse->idle);
	CU_ASSERT_EQUAL(actor_send(reuse->now, &number, &right), 0);
	CU_ASSERT_TRUE(seen_wait(seen, 1));
	CU_ASSERT_EQUAL(seen->values[0], 2);
	/* Not handled by the wrong one, and not lost without a word. */
	do {
		actor_system_count(reuse->system, &counters);
		sched_yield();
	} while (counters.dead_letters < 2 && clock_monotonic_ns() < end_ns);
	CU_ASSERT_EQUAL(counters.dead_letters, 2);
	CU_ASSERT_EQUAL(seen_count(seen), 1);
}

/* So small that a free slot is everybody's at once, and the next actor's. */
static void in_small_system(void (*body)(struct actor_system *system))
{
	const struct actor_system_options options = {.size = sizeof(options),
						     .schedulers = 2,
						     .seed = 7,
						     .actors_max = SYSTEM_SLOTS_MANY / 2,
						     .ring_bytes = 64 << 10};
	struct actor_system *system = NULL;

	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), ACTOR_OK);
	body(system);
	CU_ASSERT_PTR_NULL(actor_system_destroy(system, ACTOR_SECONDS(5)));
}

static void woken_body(struct actor_system *system)
{
	SEEN(seen);
	struct reuse reuse = {.system = system};

	reuse_prepare(&reuse, &seen);
	in_actor(send_late, &reuse);
	check(&reuse, &seen);
}

/* From an actor: the sender owns whom it wakes, and hands over its message without the mailbox. */
static void who_is_woken_by_mistake_does_not_get_the_message(void)
{
	in_small_system(woken_body);
}

static void pushed_body(struct actor_system *system)
{
	SEEN(seen);
	struct reuse reuse = {.system = system};

	reuse_prepare(&reuse, &seen);
	send_late(&reuse);
	check(&reuse, &seen);
}

/* From a thread of the program: it comes through the mailbox. */
static void what_lies_in_the_mailbox_of_another_is_buried(void)
{
	in_small_system(pushed_body);
}

static void call_late(void *context)
{
	struct reuse *reuse = context;
	uint64_t request = 0;
	int asked = 1;
	int answer = 0;

	reuse->idle = rests(reuse);
	__atomic_store_n(generation_of(reuse), actor_pid_generation(reuse->old), __ATOMIC_SEQ_CST);
	CU_ASSERT_EQUAL(actor_request(reuse->old, &question, &asked, &request), 0);
	__atomic_store_n(generation_of(reuse), actor_pid_generation(reuse->now), __ATOMIC_SEQ_CST);
	CU_ASSERT_EQUAL(actor_request_wait(request, &answer, ACTOR_SECONDS(DEADLINE_SECS)),
			ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(
		actor_call(reuse->now, &question, &asked, &answer, ACTOR_SECONDS(DEADLINE_SECS)),
		0);
	CU_ASSERT_EQUAL(answer, 2);
}

static void call_body(struct actor_system *system)
{
	SEEN(seen);
	struct reuse reuse = {.system = system};

	reuse_prepare(&reuse, &seen);
	in_actor(call_late, &reuse);
	CU_ASSERT_TRUE(reuse.idle);
	CU_ASSERT_EQUAL(seen_count(&seen), 0);
}

static void a_call_of_the_dead_is_not_answered_by_another(void)
{
	in_small_system(call_body);
}

#define CASES(X)                                            \
	X(who_is_woken_by_mistake_does_not_get_the_message) \
	X(what_lies_in_the_mailbox_of_another_is_buried)    \
	X(a_call_of_the_dead_is_not_answered_by_another)

SUITE("generations", CASES)
