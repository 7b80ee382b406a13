/* SPDX-License-Identifier: MIT */
/*
 * Fairness: an actor that has much to do goes behind the others when its budget of turns or of time
 * is used up. All is measured in turns of others, not in time, so that it holds on a busy machine.
 */
#include "actors.h"

#include "base/clock.h"

#define EACH  200 /* messages for each of two actors */
#define BUSY  8
#define ASKED 40

ACTOR_STATIC_MESSAGE(step, uint32_t);
ACTOR_STATIC_MESSAGE_EMPTY(hold);
ACTOR_STATIC_REQUEST_EMPTY(busy_turns, uint64_t);

static uint32_t held; /* 1: the scheduler is inside a turn of the holder */
static uint32_t let_go;
static uint32_t stop;
static uint64_t turns; /* of busy actors */
static uint64_t spin_ns;
static uint8_t order[2 * EACH];
static uint32_t order_count;

static void spin(uint64_t ns)
{
	uint64_t end = clock_monotonic_ns() + ns;

	while (clock_monotonic_ns() < end)
		;
}

static int holder_cast(void *state, const struct actor_message *message)
{
	(void)state;
	(void)message;
	__atomic_store_n(&held, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&let_go, __ATOMIC_ACQUIRE) == 0)
		sched_yield();
	return ACTOR_STOP;
}

static int stepper_cast(void *state, const struct actor_message *message)
{
	(void)state;
	spin(spin_ns);
	order[order_count] = (uint8_t)*actor_message_as(message, uint32_t);
	__atomic_store_n(&order_count, order_count + 1, __ATOMIC_RELEASE);
	return ACTOR_CONTINUE;
}

static int busy_cast(void *state, const struct actor_message *message)
{
	(void)state;
	spin(*actor_message_as(message, uint32_t));
	__atomic_fetch_add(&turns, 1, __ATOMIC_RELAXED);
	if (__atomic_load_n(&stop, __ATOMIC_RELAXED))
		return ACTOR_STOP;
	return actor_cast(actor_self(), &step, actor_message_payload(message));
}

static int quick_call(void *state, const struct actor_message *message, struct actor_from from)
{
	uint64_t now = __atomic_load_n(&turns, __ATOMIC_RELAXED);

	(void)state;
	(void)message;
	return actor_reply(from, &now);
}

static const struct actor_behaviour holder = {.name = "holder", .handle_cast = holder_cast};
static const struct actor_behaviour stepper = {.name = "stepper", .handle_cast = stepper_cast};
static const struct actor_behaviour busy = {.name = "busy", .handle_cast = busy_cast};
static const struct actor_behaviour quick = {.name = "quick", .handle_call = quick_call};

static struct actor_pid spawn(const struct actor_behaviour *behaviour)
{
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL_FATAL(actor_spawn(behaviour, NULL, 0, NULL, &pid), 0);
	return pid;
}

/* The longest row of turns of one actor while both had messages: two actors on one scheduler. */
static uint32_t longest_row(unsigned visit_turns, uint64_t visit_ns)
{
	const struct actor_system_options options = {.size = sizeof(options),
						     .schedulers = 1,
						     .seed = 7,
						     .ring_bytes = 64 << 10,
						     .visit_turns = visit_turns,
						     .visit_ns = visit_ns};
	struct actor_system *system = NULL;
	uint64_t end = clock_monotonic_ns() + ACTOR_SECONDS(DEADLINE_SECS);
	struct actor_pid pids[2];
	uint32_t seen[2] = {0, 0};
	uint32_t longest = 0;
	uint32_t row = 0;

	held = let_go = order_count = 0;
	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), 0);
	CU_ASSERT_EQUAL(actor_cast(spawn(&holder), &hold, NULL), 0);
	while (__atomic_load_n(&held, __ATOMIC_ACQUIRE) == 0 && clock_monotonic_ns() < end)
		sched_yield();
	for (uint32_t i = 0; i < 2; i++)
		pids[i] = spawn(&stepper);
	for (uint32_t i = 0; i < 2 * EACH; i++) {
		uint32_t which = i % 2;

		CU_ASSERT_EQUAL(actor_cast(pids[which], &step, &which), 0);
	}
	__atomic_store_n(&let_go, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&order_count, __ATOMIC_ACQUIRE) < 2 * EACH &&
	       clock_monotonic_ns() < end)
		sched_yield();
	actor_system_destroy(system, ACTOR_SECONDS(5));
	CU_ASSERT_EQUAL_FATAL(order_count, 2 * EACH);
	for (uint32_t i = 0; i < 2 * EACH && seen[0] < EACH && seen[1] < EACH; i++) {
		row = i != 0 && order[i] == order[i - 1] ? row + 1 : 1;
		seen[order[i]]++;
		if (row > longest)
			longest = row;
	}
	return longest;
}

static void a_visit_has_a_budget_of_turns(void)
{
	spin_ns = 0;
	CU_ASSERT_EQUAL(longest_row(10, ACTOR_FOREVER), 10);
	CU_ASSERT_EQUAL(longest_row(1, ACTOR_FOREVER), 1);
	CU_ASSERT_EQUAL(longest_row(100, ACTOR_FOREVER), 100);
	CU_ASSERT_TRUE(longest_row(0, ACTOR_FOREVER) <= 1024);
}

static void a_visit_has_a_budget_of_time(void)
{
	/* Looked at after two turns, or after one by the watch. */
	spin_ns = ACTOR_MICROSECONDS(300);
	CU_ASSERT_TRUE(longest_row(0, ACTOR_MICROSECONDS(250)) <= 2);
	CU_ASSERT_TRUE(longest_row(0, 0) <= 2);
	CU_ASSERT_TRUE(longest_row(150, ACTOR_FOREVER) >= 100);
}

#define FLOOD 3000

ACTOR_STATIC_MESSAGE(flood, struct actor_pid);
static uint32_t kept_pace; /* turns of the receiver within the turn that sends; + 1 */

static int counting_cast(void *state, const struct actor_message *message)
{
	(void)state;
	(void)message;
	__atomic_fetch_add(&turns, 1, __ATOMIC_RELAXED);
	return ACTOR_CONTINUE;
}

static int flooder_cast(void *state, const struct actor_message *message)
{
	uint32_t nothing = 0;

	(void)state;
	for (int i = 0; i < FLOOD; i++)
		CU_ASSERT_EQUAL(
			actor_cast(*actor_message_as(message, struct actor_pid), &step, &nothing),
			0);
	__atomic_store_n(&kept_pace, 1 + (uint32_t)__atomic_load_n(&turns, __ATOMIC_RELAXED),
			 __ATOMIC_RELEASE);
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour counting = {.name = "counting", .handle_cast = counting_cast};
static const struct actor_behaviour flooder = {.name = "flooder", .handle_cast = flooder_cast};

/* On one scheduler: it is the sender that gives way. */
static void who_sends_much_lets_receivers_keep_pace(void)
{
	const struct actor_system_options options = {.size = sizeof(options),
						     .schedulers = 1,
						     .seed = 7,
						     .ring_bytes = 64 << 10,
						     .visit_ns = ACTOR_FOREVER};
	struct actor_system *system = NULL;
	uint64_t end = clock_monotonic_ns() + ACTOR_SECONDS(DEADLINE_SECS);
	struct actor_pid receiver;

	turns = kept_pace = 0;
	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), 0);
	receiver = spawn(&counting);
	CU_ASSERT_EQUAL(actor_cast(spawn(&flooder), &flood, &receiver), 0);
	while (__atomic_load_n(&kept_pace, __ATOMIC_ACQUIRE) == 0 && clock_monotonic_ns() < end)
		sched_yield();
	CU_ASSERT_TRUE(kept_pace > FLOOD / 2);
	actor_system_destroy(system, ACTOR_SECONDS(5));
}

static int compare(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a;
	uint64_t second = *(const uint64_t *)b;

	return (first > second) - (first < second);
}

/* Busy actors that never rest, and one that is asked now and then: how many of their turns pass
 * until it answers, in every second case. The rest is left to the machine, which may take the
 * processor away from the one who asks. */
static uint64_t turns_between(unsigned schedulers, uint32_t turn_ns)
{
	const struct actor_system_options options = {.size = sizeof(options),
						     .schedulers = schedulers,
						     .seed = 7,
						     .ring_bytes = 64 << 10};
	struct actor_system *system = NULL;
	struct actor_pid pid;
	uint64_t passed[ASKED];

	turns = stop = 0;
	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), 0);
	for (int i = 0; i < BUSY; i++) {
		struct actor_pid one = spawn(&busy);

		/* Always more to do, also for 64 turns. */
		for (int j = 0; j < 100; j++)
			CU_ASSERT_EQUAL(actor_cast(one, &step, &turn_ns), 0);
	}
	pid = spawn(&quick);
	for (int i = 0; i < ASKED; i++) {
		uint64_t before = __atomic_load_n(&turns, __ATOMIC_RELAXED);
		uint64_t then = 0;

		CU_ASSERT_EQUAL(actor_call(pid, &busy_turns, NULL, &then, ACTOR_SECONDS(20)), 0);
		passed[i] = then - before;
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	actor_system_destroy(system, ACTOR_SECONDS(5));
	qsort(passed, ASKED, sizeof(passed[0]), compare);
	return passed[ASKED / 2];
}

static void a_busy_actor_delays_others_by_its_turn(void)
{
	/* Each is before it with two turns at most, wherever the call came in. */
	CU_ASSERT_TRUE(turns_between(1, 300000) <= 2 * BUSY);
	CU_ASSERT_TRUE(turns_between(2, 300000) <= 2 * BUSY);
	/* Turns that the watch notices: one each. */
	CU_ASSERT_TRUE(turns_between(1, 3000000) <= BUSY);
}

#define CASES(X)                                   \
	X(a_visit_has_a_budget_of_turns)           \
	X(a_visit_has_a_budget_of_time)            \
	X(who_sends_much_lets_receivers_keep_pace) \
	X(a_busy_actor_delays_others_by_its_turn)
SUITE("fairness", CASES)
