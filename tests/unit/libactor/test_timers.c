/* SPDX-License-Identifier: MIT */
/* Timers as messages: once, again and again, cancelled, and the turn's time. */
#include "actors.h"

ACTOR_STATIC_MESSAGE(tick, int64_t);
ACTOR_STATIC_MESSAGE(arm, uint64_t);
ACTOR_STATIC_MESSAGE_EMPTY(arm_and_cancel);
ACTOR_STATIC_MESSAGE_EMPTY(every);

struct timed {
	struct seen *seen;
	uint64_t timer;
	uint64_t started;
	uint64_t ticks;
};

static int timed_init(void *state, const void *argument, size_t size)
{
	(void)size;
	((struct timed *)state)->seen = ((const struct timed *)argument)->seen;
	return ACTOR_CONTINUE;
}

static int timed_cast(void *state, const struct actor_message *message)
{
	struct timed *self = state;
	int64_t one = 1;
	uint64_t remaining = 0;

	self->started = actor_now();
	CU_ASSERT_EQUAL(actor_now(), self->started); /* one turn, one time */
	if (actor_message_is(message, &arm))
		return actor_timer_start(*actor_message_as(message, uint64_t), 0, &tick, &one,
					 NULL);
	if (actor_message_is(message, &every))
		return actor_timer_start(ACTOR_MILLISECONDS(5), ACTOR_MILLISECONDS(5), &tick, &one,
					 &self->timer);
	CU_ASSERT_EQUAL(actor_timer_start(ACTOR_SECONDS(100), 0, &tick, &one, &self->timer), 0);
	CU_ASSERT_EQUAL(actor_timer_cancel(self->timer, &remaining), 0);
	CU_ASSERT_TRUE(remaining > ACTOR_SECONDS(90) && remaining <= ACTOR_SECONDS(100));
	CU_ASSERT_EQUAL(actor_timer_cancel(self->timer, NULL), ACTOR_ENOT_FOUND);
	seen_add(self->seen, -1);
	return ACTOR_CONTINUE;
}

static int timed_info(void *state, const struct actor_message *message)
{
	struct timed *self = state;

	CU_ASSERT_TRUE(actor_message_is(message, &tick));
	CU_ASSERT_TRUE(actor_pid_equal(message->sender, actor_self()));
	self->ticks++;
	seen_add(self->seen, (int64_t)(actor_now() - self->started));
	if (self->timer != 0 && self->ticks == 10)
		CU_ASSERT_EQUAL(actor_timer_cancel(self->timer, NULL), 0);
	CU_ASSERT_TRUE(self->ticks <= 10);
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour timed = {.name = "timed",
					     .state_size = sizeof(struct timed),
					     .init = timed_init,
					     .handle_cast = timed_cast,
					     .handle_info = timed_info};

static struct actor_pid timed_start(struct seen *seen)
{
	struct timed argument = {.seen = seen};
	struct actor_pid pid;

	CU_ASSERT_EQUAL_FATAL(actor_spawn(&timed, &argument, sizeof(argument), NULL, &pid), 0);
	return pid;
}

static void once_body(struct actor_system *system)
{
	SEEN(seen);
	uint64_t delay = ACTOR_MILLISECONDS(20);

	(void)system;
	CU_ASSERT_EQUAL(actor_cast(timed_start(&seen), &arm, &delay), 0);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 1));
	CU_ASSERT_TRUE(seen.values[0] >= (int64_t)delay); /* never early */
}

static void a_timer_fires_once_and_never_early(void)
{
	in_system(once_body);
}

static void cancel_body(struct actor_system *system)
{
	SEEN(seen);

	(void)system;
	CU_ASSERT_EQUAL(actor_cast(timed_start(&seen), &arm_and_cancel, NULL), 0);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 1));
	CU_ASSERT_EQUAL(seen.values[0], -1);
}

static void a_cancelled_timer_says_what_was_left(void)
{
	in_system(cancel_body);
}

static void interval_body(struct actor_system *system)
{
	SEEN(seen);

	(void)system;
	CU_ASSERT_EQUAL(actor_cast(timed_start(&seen), &every, NULL), 0);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 10));
	for (int64_t i = 0; i < 10; i++) /* the nth is due n intervals after the start: no drift */
		CU_ASSERT_TRUE(seen.values[i] >= (i + 1) * 5000000);
}

static void an_interval_does_not_drift(void)
{
	in_system(interval_body);
}

static void outlived_body(struct actor_system *system)
{
	SEEN(seen);
	uint64_t delay = ACTOR_SECONDS(100);
	struct actor_pid pid = timed_start(&seen);

	(void)system;
	for (int i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(actor_cast(pid, &arm, &delay), 0);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(dies(pid));
}

static void timers_end_with_their_actor(void)
{
	in_system(outlived_body);
}

#define CASES(X)                                \
	X(a_timer_fires_once_and_never_early)   \
	X(a_cancelled_timer_says_what_was_left) \
	X(an_interval_does_not_drift)           \
	X(timers_end_with_their_actor)

SUITE("timers", CASES)
