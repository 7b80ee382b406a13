/* SPDX-License-Identifier: MIT */
/* The watchdog: a turn that runs too long is reported once, with its stack, and when it ends. */
#include "actors.h"

#include "actor/system.h"
#include "base/clock.h"
#include "ring_reader.h"

#define LIMIT_NS ACTOR_MILLISECONDS(20)

ACTOR_STATIC_MESSAGE_EMPTY(get_stuck);
ACTOR_STATIC_MESSAGE_EMPTY(wait_long);
ACTOR_STATIC_MESSAGE_EMPTY(now_reply);
ACTOR_STATIC_REQUEST_EMPTY(slow_answer, int32_t);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned stuck;
static unsigned unstuck;
static unsigned frames;
static bool named; /* actor and message were named */
static struct actor_pid slow_pid;
static uint32_t waited;

static unsigned read_under_lock(const unsigned *value)
{
	unsigned now;

	pthread_mutex_lock(&lock);
	now = *value;
	pthread_mutex_unlock(&lock);
	return now;
}

static void note_log(void *context, enum actor_log_level level, struct actor_pid pid,
		     const char *text)
{
	(void)context;
	(void)level;
	pthread_mutex_lock(&lock);
	if (strstr(text, "no longer stuck") != NULL) {
		unstuck++;
	} else if (strstr(text, "stuck: a turn") != NULL) {
		stuck++;
		named = strstr(text, "sticky: ") != NULL && strstr(text, "get_stuck") != NULL &&
			pid.bits != 0;
	} else if (strstr(text, "  at ") != NULL) {
		frames++;
	}
	pthread_mutex_unlock(&lock);
}

static bool becomes(const unsigned *value, unsigned wanted)
{
	uint64_t end = clock_monotonic_ns() + ACTOR_SECONDS(DEADLINE_SECS);

	while (read_under_lock(value) < wanted && clock_monotonic_ns() < end)
		sched_yield();
	return read_under_lock(value) == wanted;
}

/* Runs until it is reported, and ten limits longer. */
static int sticky_cast(void *state, const struct actor_message *message)
{
	int32_t yes = 0;
	uint64_t end;

	(void)state;
	if (actor_message_is(message, &wait_long)) {
		CU_ASSERT_EQUAL(actor_call(slow_pid, &slow_answer, NULL, &yes, ACTOR_SECONDS(20)),
				0);
		__atomic_store_n(&waited, 1, __ATOMIC_RELEASE);
		return ACTOR_CONTINUE;
	}
	CU_ASSERT_TRUE(becomes(&stuck, 1));
	end = clock_monotonic_ns() + 10 * LIMIT_NS;
	while (clock_monotonic_ns() < end)
		;
	return ACTOR_CONTINUE;
}

struct slow {
	struct actor_from from;
};

static int slow_call(void *state, const struct actor_message *message, struct actor_from from)
{
	(void)message;
	((struct slow *)state)->from = from;
	return actor_timer_start(10 * LIMIT_NS, 0, &now_reply, NULL, NULL);
}

static int slow_info(void *state, const struct actor_message *message)
{
	int32_t yes = 1;

	(void)message;
	return actor_reply(((struct slow *)state)->from, &yes);
}

static const struct actor_behaviour sticky = {.name = "sticky", .handle_cast = sticky_cast};
static const struct actor_behaviour slow = {.name = "slow",
					    .state_size = sizeof(struct slow),
					    .handle_call = slow_call,
					    .handle_info = slow_info};

static struct actor_system *begin(uint64_t watchdog_ns, bool no_stack)
{
	const struct actor_system_options options = {.size = sizeof(options),
						     .schedulers = 2,
						     .seed = 7,
						     .ring_bytes = 64 << 10,
						     .flight_recorder = true,
						     .log = note_log,
						     .watchdog_ns = watchdog_ns,
						     .watchdog_no_stack = no_stack};
	struct actor_system *system = NULL;

	stuck = unstuck = frames = waited = 0;
	named = false;
	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), 0);
	return system;
}

static struct actor_pid start(const struct actor_behaviour *behaviour)
{
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL_FATAL(actor_start(behaviour, NULL, 0, NULL, &pid, NULL), 0);
	return pid;
}

static void a_stuck_turn_is_reported_once_and_when_it_ends(void)
{
	struct actor_system *system = begin(LIMIT_NS, false);

	CU_ASSERT_EQUAL(actor_cast(start(&sticky), &get_stuck, NULL), 0);
	CU_ASSERT_TRUE(becomes(&stuck, 1));
	CU_ASSERT_TRUE(becomes(&unstuck, 1));
	CU_ASSERT_EQUAL(stuck, 1);
	CU_ASSERT_TRUE(named);
	actor_system_destroy(system, ACTOR_SECONDS(5));
#if !defined(__SANITIZE_THREAD__) /* it holds signals back until the thread calls something */
	CU_ASSERT_TRUE(frames >= 3);
#endif
}

static struct {
	unsigned stuck;
	unsigned unstuck;
	uint16_t tag;
	uint64_t pid;
	uint64_t lasted_ns;
} told;

static void take_event(struct ring_reader *reader, const struct actor_event *event, uint64_t nth)
{
	(void)reader;
	(void)nth;
	if (event->kind != ACTOR_EVENT_STUCK && event->kind != ACTOR_EVENT_UNSTUCK)
		return;
	told.stuck += event->kind == ACTOR_EVENT_STUCK;
	told.unstuck += event->kind == ACTOR_EVENT_UNSTUCK;
	told.tag = event->tag;
	told.pid = event->a;
	if (event->kind == ACTOR_EVENT_UNSTUCK)
		told.lasted_ns = event->b;
}

static void a_stuck_turn_is_in_the_trace(void)
{
	static struct ring_reader reader;
	struct actor_system *system = begin(LIMIT_NS, true);
	struct actor_pid pid = start(&sticky);

	memset(&told, 0, sizeof(told));
	CU_ASSERT_EQUAL(actor_cast(pid, &get_stuck, NULL), 0);
	CU_ASSERT_TRUE(becomes(&unstuck, 1)); /* the log comes after the event */
	reader_read_all(&reader, system->plane.header, take_event);
	CU_ASSERT_EQUAL(told.stuck, 1);
	CU_ASSERT_EQUAL(told.unstuck, 1);
	CU_ASSERT_EQUAL(told.tag, get_stuck.number);
	CU_ASSERT_EQUAL(told.pid, pid.bits);
	CU_ASSERT_TRUE(told.lasted_ns >= 10 * LIMIT_NS);
	actor_system_destroy(system, ACTOR_SECONDS(5));
}

static void the_stack_can_be_left_alone(void)
{
	struct actor_system *system = begin(LIMIT_NS, true);

	CU_ASSERT_EQUAL(actor_cast(start(&sticky), &get_stuck, NULL), 0);
	CU_ASSERT_TRUE(becomes(&unstuck, 1));
	CU_ASSERT_EQUAL(frames, 0);
	actor_system_destroy(system, ACTOR_SECONDS(5));
}

static void wait_for_long(void)
{
	uint64_t end = clock_monotonic_ns() + ACTOR_SECONDS(DEADLINE_SECS);
	struct actor_system *system = begin(LIMIT_NS, false);

	slow_pid = start(&slow);
	CU_ASSERT_EQUAL(actor_cast(start(&sticky), &wait_long, NULL), 0);
	while (__atomic_load_n(&waited, __ATOMIC_ACQUIRE) == 0 && clock_monotonic_ns() < end)
		sched_yield();
	CU_ASSERT_EQUAL(waited, 1);
	actor_system_destroy(system, ACTOR_SECONDS(5));
}

/*
 * It waits for ten limits. A machine that is busy may keep any turn off its CPU for one limit, and
 * rightly it is reported then; not time and again.
 */
static void a_turn_that_waits_is_not_stuck(void)
{
	unsigned tries = 0;

	do
		wait_for_long();
	while (stuck != 0 && ++tries < 10);
	CU_ASSERT_EQUAL(stuck, 0);
}

#define CASES(X)                                          \
	X(a_stuck_turn_is_reported_once_and_when_it_ends) \
	X(a_stuck_turn_is_in_the_trace)                   \
	X(the_stack_can_be_left_alone)                    \
	X(a_turn_that_waits_is_not_stuck)
SUITE("watchdog", CASES)
