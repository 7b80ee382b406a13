/* SPDX-License-Identifier: MIT */
/* Blocking calls: results as messages and as replies, a bounded queue, nobody else delayed. */
#include <actor/blocking.h>

#include "actors.h"

ACTOR_STATIC_MESSAGE(result, int64_t);
ACTOR_STATIC_MESSAGE_EMPTY(go);
ACTOR_STATIC_REQUEST_EMPTY(ping, int64_t);

/* Functions block here until the test lets them go. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool open;
static int64_t entered;

static void open_set(bool value)
{
	pthread_mutex_lock(&lock);
	open = value;
	entered = value ? entered : 0;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static int twice(const void *argument, size_t size, void *answer)
{
	CU_ASSERT_EQUAL(size, sizeof(int64_t));
	*(int64_t *)answer = 2 * *(const int64_t *)argument;
	return 0;
}

static int fails(const void *argument, size_t size, void *answer)
{
	(void)argument;
	(void)size;
	(void)answer;
	return -71;
}

static int blocks(const void *argument, size_t size, void *answer)
{
	(void)argument;
	(void)size;
	pthread_mutex_lock(&lock);
	entered++;
	pthread_cond_broadcast(&changed);
	while (!open)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	*(int64_t *)answer = 7;
	return 0;
}

static void await_entered(int64_t count)
{
	pthread_mutex_lock(&lock);
	while (entered < count)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

/* ---- An actor that asks for them ---------------------------------------------------------------
 */

struct asker {
	struct seen *seen;
	void (*body)(struct seen *seen);
};

static int asker_init(void *state, const void *argument, size_t size)
{
	(void)size;
	*(struct asker *)state = *(const struct asker *)argument;
	return actor_cast(actor_self(), &go, NULL);
}

static int asker_cast(void *state, const struct actor_message *message)
{
	struct asker *self = state;

	(void)message;
	self->body(self->seen);
	return ACTOR_CONTINUE;
}

static int asker_info(void *state, const struct actor_message *message)
{
	struct asker *self = state;

	if (actor_message_is(message, &actor_blocking_failed))
		seen_add(self->seen,
			 actor_message_as(message, struct actor_blocking_failed_message)->status);
	else
		seen_add(self->seen, *actor_message_as(message, int64_t));
	return ACTOR_CONTINUE;
}

static int asker_call(void *state, const struct actor_message *message, struct actor_from from)
{
	int64_t answer = 1;

	(void)state;
	(void)message;
	return actor_reply(from, &answer);
}

static const struct actor_behaviour asker = {.name = "asker",
					     .state_size = sizeof(struct asker),
					     .init = asker_init,
					     .handle_call = asker_call,
					     .handle_cast = asker_cast,
					     .handle_info = asker_info};

static struct actor_pid asker_start(struct seen *seen, void (*body)(struct seen *seen),
				    bool detached)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .detached = detached};
	struct asker argument = {seen, body};
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL_FATAL(actor_spawn(&asker, &argument, sizeof(argument), &options, &pid), 0);
	return pid;
}

/* One scheduler, so that who blocks it blocks all. */
static void in_small_system(void (*body)(struct actor_system *system))
{
	const struct actor_system_options options = {.size = sizeof(options),
						     .schedulers = 1,
						     .seed = 7,
						     .ring_bytes = 64 << 10,
						     .blocking_threads = 1,
						     .blocking_queue = 2};
	struct actor_system *system = NULL;

	open_set(false);
	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), ACTOR_OK);
	body(system);
	CU_ASSERT_PTR_NULL(actor_system_destroy(system, ACTOR_SECONDS(5)));
}

/* ---- Results -----------------------------------------------------------------------------------
 */

static void ask_messages(struct seen *seen)
{
	int64_t value = 21;
	uint64_t first;
	uint64_t second;

	(void)seen;
	CU_ASSERT_EQUAL(actor_blocking_start(twice, &value, sizeof(value), &result, &first), 0);
	CU_ASSERT_EQUAL(actor_blocking_start(fails, NULL, 0, &result, &second), 0);
	CU_ASSERT_NOT_EQUAL(first, second);
	CU_ASSERT_EQUAL(actor_blocking_start(NULL, NULL, 0, &result, NULL), ACTOR_EINVALID);
}

static void ask_and_wait(struct seen *seen)
{
	int64_t value = 4;
	int64_t answer = 0;

	CU_ASSERT_EQUAL(actor_blocking_wait(twice, &value, sizeof(value), &answer, sizeof(answer),
					    ACTOR_SECONDS(DEADLINE_SECS)),
			0);
	CU_ASSERT_EQUAL(answer, 8);
	CU_ASSERT_EQUAL(actor_blocking_wait(fails, NULL, 0, &answer, sizeof(answer), ACTOR_FOREVER),
			-71);
	CU_ASSERT_EQUAL(actor_blocking_wait(blocks, NULL, 0, &answer, sizeof(answer),
					    ACTOR_MILLISECONDS(5)),
			ACTOR_ETIMEOUT);
	CU_ASSERT_EQUAL(answer, 8);
	open_set(true);
	seen_add(seen, answer);
}

static void results_body(struct actor_system *system)
{
	SEEN(seen);

	(void)system;
	(void)asker_start(&seen, ask_messages, false);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 2));
	CU_ASSERT_EQUAL(seen.values[0], 42);
	CU_ASSERT_EQUAL(seen.values[1], -71);
	(void)asker_start(&seen, ask_and_wait, false);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 3));
	CU_ASSERT_EQUAL(seen.values[2], 8);
	CU_ASSERT_EQUAL(actor_blocking_start(twice, NULL, 0, &result, NULL), ACTOR_ENOT_ACTOR);
}

static void results_arrive_as_messages_and_as_replies(void)
{
	in_small_system(results_body);
}

/* ---- Others ------------------------------------------------------------------------------------
 */

static void ask_to_block(struct seen *seen)
{
	(void)seen;
	CU_ASSERT_EQUAL(actor_blocking_start(blocks, NULL, 0, &result, NULL), 0);
}

static void block_here(struct seen *seen)
{
	int64_t answer;

	seen_add(seen, blocks(NULL, 0, &answer));
}

/* While `body` blocks, others are served by the only scheduler. */
static void nobody_waits(void (*body)(struct seen *seen), bool detached, int64_t expected)
{
	SEEN(seen);
	SEEN(none);
	struct actor_pid other = asker_start(&none, ask_messages, false);
	int64_t answer = 0;

	open_set(false);
	CU_ASSERT_TRUE(seen_wait(&none, 2));
	(void)asker_start(&seen, body, detached);
	await_entered(1);
	for (int i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(
			actor_call(other, &ping, NULL, &answer, ACTOR_SECONDS(DEADLINE_SECS)), 0);
	CU_ASSERT_EQUAL(seen_count(&seen), 0);
	open_set(true);
	CU_ASSERT_TRUE(seen_wait(&seen, 1));
	CU_ASSERT_EQUAL(seen.values[0], expected);
}

static void others_body(struct actor_system *system)
{
	(void)system;
	nobody_waits(ask_to_block, false, 7);
	nobody_waits(block_here, true, 0);
}

static void what_blocks_delays_nobody_else(void)
{
	in_small_system(others_body);
}

/* ---- Bounds, cancelling, death -----------------------------------------------------------------
 */

static void ask_too_much(struct seen *seen)
{
	int64_t value = 5;
	uint64_t job[3];

	CU_ASSERT_EQUAL(actor_blocking_start(blocks, NULL, 0, &result, &job[0]), 0);
	await_entered(1); /* so that it does not wait any more */
	CU_ASSERT_EQUAL(actor_blocking_start(twice, &value, sizeof(value), &result, &job[1]), 0);
	CU_ASSERT_EQUAL(actor_blocking_start(twice, &value, sizeof(value), &result, &job[2]), 0);
	CU_ASSERT_EQUAL(actor_blocking_start(twice, &value, sizeof(value), &result, NULL),
			ACTOR_EBUSY);
	CU_ASSERT_EQUAL(actor_blocking_cancel(job[0]), 0); /* it runs; its result is lost */
	CU_ASSERT_EQUAL(actor_blocking_cancel(job[0]), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_blocking_cancel(job[1]), 0); /* it never runs */
	CU_ASSERT_EQUAL(actor_blocking_cancel(99), ACTOR_ENOT_FOUND);
	open_set(true);
	(void)seen;
}

static void bounds_body(struct actor_system *system)
{
	SEEN(seen);

	(void)system;
	(void)asker_start(&seen, ask_too_much, false);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 1));
	CU_ASSERT_EQUAL(seen.values[0], 10); /* of the third, the only one still wanted */
	CU_ASSERT_EQUAL(seen_count(&seen), 1);
}

static void the_queue_is_bounded_and_calls_can_be_cancelled(void)
{
	in_small_system(bounds_body);
}

static void ask_to_block_and_more(struct seen *seen)
{
	ask_to_block(seen);
	ask_to_block(seen);
}

static void ask_once(struct seen *seen)
{
	int64_t value = 1;

	(void)seen;
	CU_ASSERT_EQUAL(actor_blocking_start(twice, &value, sizeof(value), &result, NULL), 0);
}

static void death_body(struct actor_system *system)
{
	SEEN(seen);
	SEEN(last);
	struct actor_pid pid = asker_start(&seen, ask_to_block_and_more, false);
	struct actor_system_counters counted;

	await_entered(1);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(dies(pid));
	open_set(true);
	(void)asker_start(&last, ask_once, false);
	CU_ASSERT_TRUE(seen_wait(&last, 1)); /* the pool has gone on; one thread, so in order */
	CU_ASSERT_EQUAL(seen_count(&seen), 0);
	CU_ASSERT_EQUAL(entered, 1); /* what waited for the dead was not run */
	actor_system_count(system, &counted);
	CU_ASSERT_EQUAL(counted.dead_letters, 0);
}

static void nothing_is_done_for_the_dead(void)
{
	in_small_system(death_body);
}

#define CASES(X)                                           \
	X(results_arrive_as_messages_and_as_replies)       \
	X(what_blocks_delays_nobody_else)                  \
	X(the_queue_is_bounded_and_calls_can_be_cancelled) \
	X(nothing_is_done_for_the_dead)

SUITE("blocking", CASES)
