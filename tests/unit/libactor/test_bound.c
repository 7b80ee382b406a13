/* SPDX-License-Identifier: MIT */
/* Mailboxes with a limit, and system messages that overtake. */
#include <actor/receive.h>

#include "receiver.h"

ACTOR_STATIC_REQUEST(question, int64_t, int64_t);

/* ---- Policies ----------------------------------------------------------------------------------
 */

static void reject_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_pid pid = receiver_start(
		&seen, (struct actor_spawn_options){.mailbox_limit = 10,
						    .mailbox_policy = ACTOR_MAILBOX_REJECT});
	int64_t value = 99;
	int64_t answer = 98;

	CU_ASSERT_EQUAL(cast_numbers(pid, 0, 10), 0);
	CU_ASSERT_EQUAL(length(system, pid), 10);
	CU_ASSERT_EQUAL(actor_cast(pid, &number, &value), ACTOR_EMAILBOX_FULL);
	CU_ASSERT_EQUAL(actor_send(pid, &number, &value), ACTOR_EMAILBOX_FULL);
	CU_ASSERT_EQUAL(actor_call(pid, &question, &value, &answer, ACTOR_SECONDS(5)),
			ACTOR_EMAILBOX_FULL);
	CU_ASSERT_EQUAL(answer, 98);
	CU_ASSERT_EQUAL(counters(system).mailbox_rejected, 3);
	CU_ASSERT_EQUAL(length(system, pid), 10);
	gate_set(&gate.open, true);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 10));
	CU_ASSERT_EQUAL(actor_call(pid, &question, &value, &answer, ACTOR_SECONDS(5)), 0);
	CU_ASSERT_EQUAL(answer, -99);
	for (int64_t i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(seen.values[i], i);
	CU_ASSERT_EQUAL(seen_count(&seen), 10);
	CU_ASSERT_EQUAL(counters(system).mailbox_dropped, 0);
}

static void a_full_mailbox_rejects(void)
{
	in_system(reject_body);
}

/* Casts 0..9 at a limit of 3, and says which arrived. */
static void drop(struct actor_system *system, enum actor_mailbox_policy policy, int64_t first)
{
	SEEN(seen);
	struct actor_pid pid = receiver_start(
		&seen, (struct actor_spawn_options){.mailbox_limit = 3, .mailbox_policy = policy});
	uint64_t dropped = counters(system).mailbox_dropped;

	CU_ASSERT_EQUAL(cast_numbers(pid, 0, 10), 0);
	CU_ASSERT_EQUAL(length(system, pid), 3);
	CU_ASSERT_EQUAL(counters(system).mailbox_dropped - dropped, 7);
	gate_set(&gate.open, true);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_NORMAL), 0); /* ignored; and never bounded */
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 3));
	CU_ASSERT_EQUAL(cast_numbers(pid, 100, 1), 0); /* there is room again */
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 4));
	for (int64_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(seen.values[i], first + i);
	CU_ASSERT_EQUAL(seen.values[3], 100);
	CU_ASSERT_EQUAL(length(system, pid), 0);
}

static void drop_body(struct actor_system *system)
{
	drop(system, ACTOR_MAILBOX_DROP_NEW, 0);
	drop(system, ACTOR_MAILBOX_DROP_OLD, 7);
}

static void a_full_mailbox_drops_new_or_old(void)
{
	in_system(drop_body);
}

struct asking {
	struct actor_system *system;
	struct actor_pid to;
	struct seen *told;
};

static void *ask(void *argument)
{
	struct asking *asking = argument;
	int64_t value = 1;
	int64_t answer;

	if (actor_system_enter(asking->system) != 0)
		return NULL;
	seen_add(asking->told,
		 actor_call(asking->to, &question, &value, &answer, ACTOR_SECONDS(DEADLINE_SECS)));
	actor_system_leave();
	return NULL;
}

static void dropped_call_body(struct actor_system *system)
{
	SEEN(seen);
	SEEN(told);
	struct asking asking = {
		system,
		receiver_start(&seen, (struct actor_spawn_options){.mailbox_limit = 1,
								   .mailbox_policy =
									   ACTOR_MAILBOX_DROP_OLD}),
		&told};
	pthread_t id;

	CU_ASSERT_EQUAL_FATAL(pthread_create(&id, NULL, ask, &asking), 0);
	while (length(system, asking.to) == 0)
		sched_yield();
	CU_ASSERT_EQUAL(cast_numbers(asking.to, 5, 1), 0);
	CU_ASSERT_TRUE(seen_wait(&told, 1)); /* while the receiver is still held */
	CU_ASSERT_EQUAL(told.values[0], ACTOR_EMAILBOX_FULL);
	CU_ASSERT_EQUAL(pthread_join(id, NULL), 0);
	gate_set(&gate.open, true);
	CU_ASSERT_TRUE(seen_wait(&seen, 1));
	CU_ASSERT_EQUAL(seen.values[0], 5);
}

static void who_made_a_call_that_is_dropped_learns_it(void)
{
	in_system(dropped_call_body);
}

/* ---- Waiting for room --------------------------------------------------------------------------
 */

struct producer {
	struct actor_pid to;
	struct seen *told;
	int64_t count;
};

ACTOR_STATIC_MESSAGE(produce, struct producer);

/* Casts 0..count-1 and notes each that came back, then what came last. */
static int producer_cast(void *state, const struct actor_message *message)
{
	const struct producer *mine = actor_message_as(message, struct producer);
	int status = 0;

	(void)state;
	for (int64_t i = 0; i < mine->count && status == 0; i++) {
		status = actor_cast(mine->to, &number, &i);
		seen_add(mine->told, status);
	}
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour producer = {.name = "producer", .handle_cast = producer_cast};

static struct actor_pid producer_start(struct actor_pid to, struct seen *told, int64_t count)
{
	struct producer job = {to, told, count};
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL_FATAL(actor_spawn(&producer, NULL, 0, NULL, &pid), 0);
	CU_ASSERT_EQUAL(actor_cast(pid, &produce, &job), 0);
	return pid;
}

static const struct actor_spawn_options blocking5 = {.mailbox_limit = 5,
						     .mailbox_policy = ACTOR_MAILBOX_BLOCK};

static void block_body(struct actor_system *system)
{
	SEEN(seen);
	SEEN(told);
	struct actor_pid pid = receiver_start(&seen, blocking5);
	struct actor_pid sender = producer_start(pid, &told, 1000);

	CU_ASSERT_TRUE_FATAL(waits_on(system, sender, pid));
	CU_ASSERT_EQUAL(seen_count(&told), 5); /* the sixth is in, its sender waits */
	CU_ASSERT_EQUAL(length(system, pid), 6);
	gate_set(&gate.open, true);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 1000));
	CU_ASSERT_TRUE_FATAL(seen_wait(&told, 1000));
	for (int64_t i = 0; i < 1000; i++) {
		CU_ASSERT_EQUAL(seen.values[i], i);
		CU_ASSERT_EQUAL(told.values[i], 0);
	}
	CU_ASSERT_EQUAL(system_line(system, actor_pid_slot(sender))->waiting_on, 0);
}

static void a_sender_waits_for_room(void)
{
	in_system(block_body);
}

static void receiver_dies_body(struct actor_system *system)
{
	SEEN(seen);
	SEEN(told);
	struct actor_pid pid = receiver_start(&seen, blocking5);
	struct actor_pid sender = producer_start(pid, &told, 8);

	CU_ASSERT_TRUE_FATAL(waits_on(system, sender, pid));
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_KILL), 0);
	gate_set(&gate.open, true);
	CU_ASSERT_TRUE(seen_wait(&told, 8)); /* the rest are dead letters, as to all the dead */
	CU_ASSERT_TRUE(dies(pid));
	CU_ASSERT_EQUAL(seen_count(&seen), 0);
	while (counters(system).dead_letters < 8)
		sched_yield();
}

static void the_receivers_death_wakes_who_waits(void)
{
	in_system(receiver_dies_body);
}

static void sender_dies_body(struct actor_system *system)
{
	SEEN(seen);
	SEEN(told);
	struct actor_pid pid = receiver_start(&seen, blocking5);
	struct actor_pid sender = producer_start(pid, &told, 8);
	struct actor_pid second;

	CU_ASSERT_TRUE_FATAL(waits_on(system, sender, pid));
	second = producer_start(pid, &told, 1);
	CU_ASSERT_TRUE_FATAL(waits_on(system, second, pid));
	CU_ASSERT_EQUAL(actor_exit(sender, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(dies(sender));
	gate_set(&gate.open, true);
	CU_ASSERT_TRUE(seen_wait(&seen, 7)); /* what was sent stays sent */
	CU_ASSERT_TRUE(seen_wait(&told, 6));
	CU_ASSERT_EQUAL(seen_count(&told), 6);
	CU_ASSERT_EQUAL(counters(system).late_replies, 0);
}

static void a_waiting_sender_can_be_killed(void)
{
	in_system(sender_dies_body);
}

static void *produce_outside(void *argument)
{
	struct asking *asking = argument;

	if (actor_system_enter(asking->system) != 0)
		return NULL;
	for (int64_t i = 0; i < 50; i++)
		seen_add(asking->told, actor_cast(asking->to, &number, &i));
	actor_system_leave();
	return NULL;
}

static void outside_body(struct actor_system *system)
{
	SEEN(seen);
	SEEN(told);
	struct asking asking = {system, receiver_start(&seen, blocking5), &told};
	pthread_t id;

	CU_ASSERT_EQUAL_FATAL(pthread_create(&id, NULL, produce_outside, &asking), 0);
	CU_ASSERT_TRUE(seen_wait(&told, 5));
	while (length(system, asking.to) < 6)
		sched_yield();
	CU_ASSERT_EQUAL(seen_count(&told), 5);
	gate_set(&gate.open, true);
	CU_ASSERT_TRUE(seen_wait(&seen, 50));
	CU_ASSERT_EQUAL(pthread_join(id, NULL), 0);
	for (int64_t i = 0; i < 50; i++)
		CU_ASSERT_EQUAL(seen.values[i], i);
}

static void a_thread_of_the_program_sleeps_for_room(void)
{
	in_system(outside_body);
}

/* Sends to itself until it is told that nobody could ever make room. */
static int selfish_cast(void *state, const struct actor_message *message)
{
	(void)state;
	if (actor_message_is(message, &produce)) {
		const struct producer *mine = actor_message_as(message, struct producer);

		seen_add(mine->told, cast_numbers(actor_self(), 0, 100));
	}
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour selfish = {.name = "selfish", .handle_cast = selfish_cast};

static void deadlock_body(struct actor_system *system)
{
	SEEN(told);
	struct actor_spawn_options options = blocking5;
	struct producer job = {ACTOR_PID_NONE, &told, 0};
	struct actor_pid pid;

	(void)system;
	options.size = sizeof(options);
	CU_ASSERT_EQUAL_FATAL(actor_spawn(&selfish, NULL, 0, &options, &pid), 0);
	CU_ASSERT_EQUAL(actor_cast(pid, &produce, &job), 0);
	CU_ASSERT_TRUE(seen_wait(&told, 1));
	CU_ASSERT_EQUAL(told.values[0], ACTOR_EDEADLOCK);
}

static void waiting_for_oneself_is_a_deadlock(void)
{
	in_system(deadlock_body);
}

/* ---- The seam ----------------------------------------------------------------------------------
 */

static uint64_t refuse_third(struct cell *cell, enum actor_observed topic, uint64_t value)
{
	(void)cell;
	return topic == ACTOR_OBSERVED_MAILBOX && cell->sends == 4 ? 1 : value;
}

static void seam_body(struct actor_system *system)
{
	SEEN(seen);
	static struct actor_seam seam; /* outlives the system */
	struct actor_pid pid;

	seam = *system->seam;
	seam.observe = refuse_third;
	system->seam = &seam;
	pid = receiver_start(&seen,
			     (struct actor_spawn_options){.mailbox_limit = 10,
							  .mailbox_policy = ACTOR_MAILBOX_REJECT});
	CU_ASSERT_EQUAL(cast_numbers(pid, 0, 2), 0);
	CU_ASSERT_EQUAL(cast_numbers(pid, 2, 1), ACTOR_EMAILBOX_FULL);
	CU_ASSERT_EQUAL(cast_numbers(pid, 3, 1), 0);
	gate_set(&gate.open, true);
	CU_ASSERT_TRUE(seen_wait(&seen, 3));
	CU_ASSERT_EQUAL(seen.values[2], 3);
}

static void what_a_sender_is_told_passes_the_seam(void)
{
	in_system(seam_body);
}

/* ---- Selective receive -------------------------------------------------------------------------
 */

ACTOR_STATIC_MESSAGE(chosen, int64_t);

static int chooser_cast(void *state, const struct actor_message *message)
{
	const struct actor_type *const types[] = {&chosen};
	struct receiver *self = state;
	const struct actor_message *got = NULL;

	if (actor_message_is(message, &hold)) {
		gate_set(&gate.held, true);
		gate_await(&gate.open);
		CU_ASSERT_EQUAL(actor_receive(types, 1, ACTOR_SECONDS(DEADLINE_SECS), &got), 0);
		message = got;
	}
	seen_add(self->seen, *actor_message_as(message, int64_t));
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour chooser = {.name = "chooser",
					       .state_size = sizeof(struct receiver),
					       .init = receiver_init,
					       .handle_cast = chooser_cast};

/* From behind those that stand before it; these keep their order, and the limit holds again. */
static void choose_body(struct actor_system *system)
{
	static const int64_t expected[] = {99, 0, 1, 2};
	const struct actor_spawn_options options = {.size = sizeof(options),
						    .detached = true,
						    .mailbox_policy = ACTOR_MAILBOX_REJECT,
						    .mailbox_limit = 4};
	SEEN(seen);
	struct receiver argument = {&seen};
	struct actor_pid pid = ACTOR_PID_NONE;
	int64_t value = 99;

	(void)system;
	gate.open = false;
	gate.held = false;
	CU_ASSERT_EQUAL_FATAL(actor_spawn(&chooser, &argument, sizeof(argument), &options, &pid),
			      0);
	CU_ASSERT_EQUAL_FATAL(actor_cast(pid, &hold, NULL), 0);
	gate_await(&gate.held);
	CU_ASSERT_EQUAL(cast_numbers(pid, 0, 3), 0);
	CU_ASSERT_EQUAL(actor_cast(pid, &chosen, &value), 0);
	CU_ASSERT_EQUAL(actor_cast(pid, &chosen, &value), ACTOR_EMAILBOX_FULL);
	gate_set(&gate.open, true);
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 4));
	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(seen.values[i], expected[i]);
	CU_ASSERT_EQUAL(actor_cast(pid, &chosen, &value), 0);
	CU_ASSERT_TRUE(seen_wait(&seen, 5));
}

static void a_bounded_mailbox_can_be_searched(void)
{
	in_system(choose_body);
}

/* ---- Two lanes --------------------------------------------------------------------------------
 */

static void overtake(struct actor_spawn_options options)
{
	SEEN(seen);
	struct actor_pid pid = receiver_start(&seen, options);

	CU_ASSERT_EQUAL(cast_numbers(pid, 0, 100000), 0);
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_USER), 0);
	gate_set(&gate.open, true);
	CU_ASSERT_TRUE(dies(pid));
	CU_ASSERT_EQUAL(seen_count(&seen), 0); /* none of them came before the signal */
}

static void overtake_body(struct actor_system *system)
{
	overtake((struct actor_spawn_options){.mailbox_limit = 0});
	overtake((struct actor_spawn_options){.mailbox_limit = 100000,
					      .mailbox_policy = ACTOR_MAILBOX_REJECT});
	while (counters(system).dead_letters < 200000)
		sched_yield();
}

static void a_signal_overtakes_100000_messages(void)
{
	in_system(overtake_body);
}

#define CASES(X)                                     \
	X(a_full_mailbox_rejects)                    \
	X(a_full_mailbox_drops_new_or_old)           \
	X(who_made_a_call_that_is_dropped_learns_it) \
	X(a_sender_waits_for_room)                   \
	X(the_receivers_death_wakes_who_waits)       \
	X(a_waiting_sender_can_be_killed)            \
	X(a_thread_of_the_program_sleeps_for_room)   \
	X(waiting_for_oneself_is_a_deadlock)         \
	X(what_a_sender_is_told_passes_the_seam)     \
	X(a_bounded_mailbox_can_be_searched)         \
	X(a_signal_overtakes_100000_messages)
SUITE("bound", CASES)
