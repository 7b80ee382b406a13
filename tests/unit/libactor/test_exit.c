/* SPDX-License-Identifier: MIT */
/* Ends of actors: reasons, terminate, links, monitors, traps. */
#include "actors.h"

struct setup {
	struct seen *seen;
	struct actor_pid peer;
	bool trap;
	bool link;
	bool monitor;
};

ACTOR_STATIC_MESSAGE(end_with, int32_t);
ACTOR_STATIC_MESSAGE_EMPTY(unlink_peer);
ACTOR_STATIC_REQUEST_EMPTY(are_you_there, int32_t);

static int watcher_init(void *state, const void *argument, size_t size)
{
	struct setup *self = state;

	CU_ASSERT_EQUAL(size, sizeof(*self));
	memcpy(self, argument, sizeof(*self));
	if (self->trap)
		CU_ASSERT_EQUAL(actor_trap_exits(true), 0);
	if (self->link)
		CU_ASSERT_EQUAL(actor_link(self->peer), 0);
	if (self->monitor)
		CU_ASSERT_EQUAL(actor_monitor(self->peer, NULL), 0);
	return ACTOR_CONTINUE;
}

static int watcher_info(void *state, const struct actor_message *message)
{
	struct setup *self = state;

	if (actor_message_is(message, &actor_exited)) {
		const struct actor_exited_message *exited =
			actor_message_as(message, struct actor_exited_message);

		if (!actor_pid_equal(exited->pid, self->peer))
			return exited->reason; /* the system's end */
		seen_add(self->seen, 1000 + exited->reason);
	} else if (actor_message_is(message, &actor_down)) {
		const struct actor_down_message *down =
			actor_message_as(message, struct actor_down_message);

		CU_ASSERT_TRUE(actor_pid_equal(down->pid, self->peer));
		seen_add(self->seen, 2000 + down->reason);
	}
	return ACTOR_CONTINUE;
}

static int watcher_cast(void *state, const struct actor_message *message)
{
	struct setup *self = state;

	if (actor_message_is(message, &unlink_peer))
		return actor_unlink(self->peer);
	return *actor_message_as(message, int32_t);
}

static int watcher_call(void *state, const struct actor_message *message, struct actor_from from)
{
	int32_t yes = 1;

	(void)state;
	(void)message;
	return actor_reply(from, &yes);
}

static void watcher_terminate(void *state, int reason)
{
	struct setup *self = state;

	seen_add(self->seen, 3000 + reason);
}

static const struct actor_behaviour watcher = {.name = "watcher",
					       .state_size = sizeof(struct setup),
					       .init = watcher_init,
					       .handle_call = watcher_call,
					       .handle_cast = watcher_cast,
					       .handle_info = watcher_info,
					       .terminate = watcher_terminate};

static struct actor_pid start(struct setup setup)
{
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL_FATAL(actor_start(&watcher, &setup, sizeof(setup), NULL, &pid, NULL), 0);
	return pid;
}

static void end(struct actor_pid pid, int32_t reason)
{
	CU_ASSERT_EQUAL(actor_cast(pid, &end_with, &reason), 0);
	CU_ASSERT_TRUE(dies(pid));
}

static bool answers(struct actor_pid pid)
{
	int32_t yes = 0;

	return actor_call(pid, &are_you_there, NULL, &yes, ACTOR_SECONDS(20)) == 0 && yes == 1;
}

static void trap_body(struct actor_system *system)
{
	SEEN(peers);
	SEEN(seen);
	struct actor_pid peer = start((struct setup){.seen = &peers});
	struct actor_pid pid = start((struct setup){
		.seen = &seen, .peer = peer, .trap = true, .link = true, .monitor = true});

	(void)system;
	CU_ASSERT_TRUE(answers(peer));
	end(peer, ACTOR_EXIT_USER);
	CU_ASSERT_TRUE(seen_wait(&peers, 1));
	CU_ASSERT_EQUAL(peers.values[0], 3000 + ACTOR_EXIT_USER);
	CU_ASSERT_TRUE(seen_wait(&seen, 2));
	CU_ASSERT_EQUAL(seen.values[0] + seen.values[1], 3000 + 2 * ACTOR_EXIT_USER);
	CU_ASSERT_TRUE(answers(pid));
	/* Linked to the dead: noproc, at once. */
	pid = start((struct setup){.seen = &seen, .peer = peer, .trap = true, .link = true});
	CU_ASSERT_TRUE(seen_wait(&seen, 3));
	CU_ASSERT_EQUAL(seen.values[2], 1000 + ACTOR_EXIT_NO_ACTOR);
	pid = start((struct setup){.seen = &seen, .peer = peer, .monitor = true});
	CU_ASSERT_TRUE(seen_wait(&seen, 4));
	CU_ASSERT_EQUAL(seen.values[3], 2000 + ACTOR_EXIT_NO_ACTOR);
	CU_ASSERT_TRUE(answers(pid));
}

static void a_trapped_exit_is_a_message(void)
{
	in_system(trap_body);
}

static void link_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_pid peer = start((struct setup){.seen = &seen});
	struct actor_pid pid = start((struct setup){.seen = &seen, .peer = peer, .link = true});

	(void)system;
	end(peer, ACTOR_EXIT_USER + 7);
	CU_ASSERT_TRUE(dies(pid));
	CU_ASSERT_TRUE(seen_wait(&seen, 2));
	CU_ASSERT_EQUAL(seen.values[1], 3000 + ACTOR_EXIT_USER + 7);

	/* A normal end does not disturb. */
	peer = start((struct setup){.seen = &seen});
	pid = start((struct setup){.seen = &seen, .peer = peer, .link = true});
	end(peer, ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(answers(pid));

	/* A link that was removed does nothing. */
	peer = start((struct setup){.seen = &seen});
	pid = start((struct setup){.seen = &seen, .peer = peer, .link = true});
	CU_ASSERT_EQUAL(actor_cast(pid, &unlink_peer, NULL), 0);
	CU_ASSERT_TRUE(answers(pid));
	end(peer, ACTOR_EXIT_USER);
	CU_ASSERT_TRUE(answers(pid));
}

static void a_linked_actor_goes_along(void)
{
	in_system(link_body);
}

static void signal_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_pid peer = start((struct setup){.seen = &seen, .trap = true});
	struct actor_pid pid = start((struct setup){.seen = &seen, .peer = peer, .monitor = true});

	(void)system;
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_NORMAL), 0);
	CU_ASSERT_TRUE(answers(pid)); /* normal from others is ignored */
	CU_ASSERT_EQUAL(actor_exit(peer, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(dies(peer)); /* although it traps */
	CU_ASSERT_TRUE(seen_wait(&seen, 1));
	CU_ASSERT_EQUAL(seen.values[0], 2000 + ACTOR_EXIT_KILLED); /* and terminate did not run */
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(dies(pid));
	CU_ASSERT_TRUE(seen_wait(&seen, 2));
	CU_ASSERT_EQUAL(seen.values[1], 3000 + ACTOR_EXIT_SHUTDOWN);
	CU_ASSERT_EQUAL(actor_exit(pid, 0), ACTOR_EINVALID);
}

static void exit_signals_end_actors(void)
{
	in_system(signal_body);
}

static void letters_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_system_counters counters;
	struct actor_pid pid = start((struct setup){.seen = &seen});
	int32_t reason = ACTOR_STOP;

	CU_ASSERT_EQUAL(actor_cast(pid, &end_with, &reason), 0);
	CU_ASSERT_TRUE(dies(pid));
	for (int i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(actor_cast(pid, &unlink_peer, NULL), 0);
	actor_system_count(system, &counters);
	CU_ASSERT_EQUAL(counters.dead_letters, 10);
	CU_ASSERT_EQUAL(counters.actors, 0);
	CU_ASSERT_EQUAL(counters.spawned, 1);
}

static void letters_to_the_dead_are_counted(void)
{
	in_system(letters_body);
}

/* ---- Crossing ----------------------------------------------------------------------------------
 */

ACTOR_STATIC_MESSAGE(tie, struct actor_pid);
ACTOR_STATIC_MESSAGE(untie, struct actor_pid);

static int knot_cast(void *state, const struct actor_message *message)
{
	struct actor_pid peer = *actor_message_as(message, struct actor_pid);

	(void)state;
	return actor_message_is(message, &tie) ? actor_link(peer) : actor_unlink(peer);
}

static const struct actor_behaviour knot = {
	.name = "knot", .handle_call = watcher_call, .handle_cast = knot_cast};

/*
 * Both ends tie and untie at the same time. Whatever crosses on the way: when the last word of
 * both was to untie, the one survives the other, and when one of them has tied after that, not.
 */
static void crossing_body(struct actor_system *system)
{
	(void)system;
	for (int round = 0; round < 200; round++) {
		struct actor_pid ends[2];
		bool tied = round % 2 == 0;
		int32_t yes = 0;

		for (int i = 0; i < 2; i++)
			CU_ASSERT_EQUAL_FATAL(actor_spawn(&knot, NULL, 0, NULL, &ends[i]), 0);
		for (int i = 0; i < 20; i++) {
			CU_ASSERT_EQUAL(actor_cast(ends[i % 2], &tie, &ends[1 - i % 2]), 0);
			CU_ASSERT_EQUAL(actor_cast(ends[i % 2], &untie, &ends[1 - i % 2]), 0);
		}
		for (int i = 0; i < 4; i++)
			(void)actor_call(ends[i % 2], &are_you_there, NULL, &yes,
					 ACTOR_SECONDS(20));
		if (tied)
			CU_ASSERT_EQUAL(actor_cast(ends[0], &tie, &ends[1]), 0);
		for (int i = 0; i < 4; i++)
			(void)actor_call(ends[i % 2], &are_you_there, NULL, &yes,
					 ACTOR_SECONDS(20));
		CU_ASSERT_EQUAL(actor_exit(ends[0], ACTOR_EXIT_USER), 0);
		CU_ASSERT_TRUE(dies(ends[0]));
		if (tied) {
			CU_ASSERT_TRUE(dies(ends[1]));
			continue;
		}
		CU_ASSERT_EQUAL(actor_call(ends[1], &are_you_there, NULL, &yes, ACTOR_SECONDS(20)),
				0);
		CU_ASSERT_EQUAL(actor_exit(ends[1], ACTOR_EXIT_KILL), 0);
	}
}

static void links_that_cross_agree_in_the_end(void)
{
	in_system(crossing_body);
}

#define CASES(X)                           \
	X(a_trapped_exit_is_a_message)     \
	X(a_linked_actor_goes_along)       \
	X(exit_signals_end_actors)         \
	X(letters_to_the_dead_are_counted) \
	X(links_that_cross_agree_in_the_end)

SUITE("exit", CASES)
