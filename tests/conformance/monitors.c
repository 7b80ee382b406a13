/* SPDX-License-Identifier: MIT */
/* Monitors: one message about one end, and no harm. */
#include "table/monitors.h"
#include "conformance.h"

static void end(struct probe *probe, int reason)
{
	probe_stop(probe, reason);
	CU_ASSERT_EQUAL(reason_of_end(probe), reason);
}

static void a_down_has_the_reason(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();

	(void)probe_monitor(a, b->pid);
	end(b, REASON_B);
	CU_ASSERT_TRUE(saw(a, SAW_DOWN, REASON_B));
}

static void a_down_names_who_ended(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();
	struct probe *c = probe_running();

	(void)probe_monitor(a, b->pid);
	(void)probe_monitor(a, c->pid);
	end(c, REASON_A);
	CU_ASSERT_TRUE(saw_about(a, SAW_DOWN, REASON_A, c->pid));
	end(b, REASON_A);
	CU_ASSERT_TRUE(saw_about(a, SAW_DOWN, REASON_A, b->pid));
}

static void a_down_has_the_reference_of_its_monitor(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();
	uint64_t ref = probe_monitor(a, b->pid);

	CU_ASSERT_NOT_EQUAL(ref, 0);
	end(b, REASON_A);
	CU_ASSERT_TRUE(saw(a, SAW_DOWN, REASON_A));
	CU_ASSERT_EQUAL(sight_last(a).ref, ref);
}

static void watching_the_dead_is_noproc_at_once(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();
	uint64_t ref;

	end(b, REASON_A);
	ref = probe_monitor(a, b->pid);
	CU_ASSERT_TRUE(saw_about(a, SAW_DOWN, ACTOR_EXIT_NO_ACTOR, b->pid));
	CU_ASSERT_EQUAL(sight_last(a).ref, ref);
}

static void a_monitor_goes_one_way(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_trapping();

	(void)probe_monitor(a, b->pid);
	end(a, REASON_A);
	CU_ASSERT_TRUE(saw_nothing(b));
	CU_ASSERT_TRUE(answers(b));
}

static void each_monitor_sends_its_own_down(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();
	uint64_t first = probe_monitor(a, b->pid);
	uint64_t second = probe_monitor(a, b->pid);
	uint64_t seen;

	CU_ASSERT_NOT_EQUAL(first, second);
	end(b, REASON_A);
	CU_ASSERT_TRUE(saw(a, SAW_DOWN, REASON_A));
	seen = sight_last(a).ref;
	CU_ASSERT_TRUE(seen == first || seen == second);
	CU_ASSERT_TRUE(saw(a, SAW_DOWN, REASON_A));
	CU_ASSERT_EQUAL(sight_last(a).ref, first + second - seen);
}

/* Watches, too, after `probe` did: what is sent to it, was sent to `probe` before. */
static struct probe *later_watcher(struct probe *watched)
{
	struct probe *watcher = probe_running();

	(void)probe_monitor(watcher, watched->pid);
	CU_ASSERT_TRUE(answers(watched));
	return watcher;
}

static void a_removed_monitor_says_nothing(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();
	uint64_t ref = probe_monitor(a, b->pid);
	struct probe *last = later_watcher(b);

	CU_ASSERT_EQUAL(probe_demonitor(a, ref), 0);
	end(b, REASON_A);
	CU_ASSERT_TRUE(saw(last, SAW_DOWN, REASON_A));
	CU_ASSERT_TRUE(saw_nothing(a));
}

static void other_monitors_stay_when_one_is_removed(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();
	uint64_t first = probe_monitor(a, b->pid);
	uint64_t second = probe_monitor(a, b->pid);
	struct probe *last = later_watcher(b);

	CU_ASSERT_EQUAL(probe_demonitor(a, first), 0);
	end(b, REASON_A);
	CU_ASSERT_TRUE(saw(a, SAW_DOWN, REASON_A));
	CU_ASSERT_EQUAL(sight_last(a).ref, second);
	CU_ASSERT_TRUE(saw(last, SAW_DOWN, REASON_A));
	CU_ASSERT_TRUE(saw_nothing(a));
}

static int wait_and_demonitor(struct probe *self, void *context)
{
	probe_wait(self);
	return actor_demonitor(*(const uint64_t *)context);
}

static void demonitor_takes_the_message_away_too(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();
	uint64_t ref = probe_monitor(a, b->pid);
	struct probe *last = later_watcher(b);

	probe_do_later(a, wait_and_demonitor, &ref);
	CU_ASSERT_TRUE(is_held(a));
	end(b, REASON_A);
	CU_ASSERT_TRUE(saw(last, SAW_DOWN, REASON_A)); /* a's lies in its mailbox */
	probe_release(a);
	CU_ASSERT_TRUE(saw_nothing(a));
}

static void removing_twice_does_nothing(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();
	uint64_t ref = probe_monitor(a, b->pid);

	CU_ASSERT_EQUAL(probe_demonitor(a, ref), 0);
	CU_ASSERT_EQUAL(probe_demonitor(a, ref), ACTOR_ENOT_FOUND);
	CU_ASSERT_TRUE(saw_nothing(a));
}

static void demonitor_says_whether_it_was_in_time(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();
	uint64_t ref = probe_monitor(a, b->pid);

	CU_ASSERT_EQUAL(probe_demonitor(a, ref), 0);
	ref = probe_monitor(a, b->pid);
	end(b, REASON_A);
	CU_ASSERT_TRUE(saw(a, SAW_DOWN, REASON_A));
	CU_ASSERT_EQUAL(probe_demonitor(a, ref), ACTOR_ENOT_FOUND);
}

static void only_who_watches_can_stop_it(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();
	uint64_t ref = probe_monitor(a, b->pid);

	CU_ASSERT_EQUAL(probe_demonitor(b, ref), ACTOR_ENOT_FOUND);
	end(b, REASON_A);
	CU_ASSERT_TRUE(saw_about(a, SAW_DOWN, REASON_A, b->pid));
}

static void a_down_does_not_end_who_watches(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();

	(void)probe_monitor(a, b->pid);
	CU_ASSERT_EQUAL(actor_exit(b->pid, REASON_A), 0);
	CU_ASSERT_TRUE(saw(a, SAW_DOWN, REASON_A));
	CU_ASSERT_TRUE(answers(a));
}

static void a_monitor_speaks_once(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();
	uint64_t ref = probe_monitor(a, b->pid);
	struct probe *last = later_watcher(b);

	end(b, REASON_A);
	CU_ASSERT_TRUE(saw(last, SAW_DOWN, REASON_A));
	CU_ASSERT_TRUE(saw(a, SAW_DOWN, REASON_A));
	CU_ASSERT_TRUE(saw_nothing(a));
	CU_ASSERT_EQUAL(probe_demonitor(a, ref), ACTOR_ENOT_FOUND);
}

static void a_normal_end_is_told_too(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();

	(void)probe_monitor(a, b->pid);
	end(b, ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(saw(a, SAW_DOWN, ACTOR_EXIT_NORMAL));
}

static void who_watches_the_killed_sees_killed(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_trapping();

	(void)probe_monitor(a, b->pid);
	CU_ASSERT_EQUAL(actor_exit(b->pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(saw(a, SAW_DOWN, ACTOR_EXIT_KILLED));
}

static void a_birth_can_be_watched_at_once(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .monitor = true};
	struct probe *a = probe_running();
	struct probe *b = probe_new();

	b->init_result = REASON_A; /* gone before anybody could watch it */
	CU_ASSERT_EQUAL(probe_spawn_by(a, b, &options), 0);
	CU_ASSERT_TRUE(saw_about(a, SAW_DOWN, REASON_A, b->pid));
}

static void a_failed_start_leaves_no_down(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .monitor = true};
	struct probe *a = probe_running();
	struct probe *b = probe_new();
	int reason = 0;

	b->init_result = REASON_A;
	CU_ASSERT_EQUAL(probe_start_by(a, b, &options, &reason), ACTOR_EBAD_CHILD);
	CU_ASSERT_EQUAL(reason, REASON_A);
	probe_watch(b);
	CU_ASSERT_NOT_EQUAL(reason_of_end(b), 0);
	CU_ASSERT_TRUE(saw_nothing(a));
}

static int whereis_at_down_info(void *state, const struct actor_message *message)
{
	struct probe *self = *(struct probe **)state;

	if (actor_message_is(message, &actor_down))
		probe_note(self, SAW_OTHER, actor_pid_is_none(actor_whereis("resource")),
			   ACTOR_PID_NONE);
	return ACTOR_CONTINUE;
}

static int whereis_at_down_init(void *state, const void *argument, size_t size)
{
	(void)size;
	*(struct probe **)state = *(struct probe *const *)argument;
	return actor_monitor(actor_whereis("resource"), NULL);
}

static const struct actor_behaviour whereis_at_down = {.name = "whereis at down",
						       .state_size = sizeof(struct probe *),
						       .init = whereis_at_down_init,
						       .handle_info = whereis_at_down_info};

static void the_name_is_free_before_the_down(void)
{
	struct probe *named = probe_running();
	struct probe *other = probe_new();

	CU_ASSERT_EQUAL(actor_register("resource", named->pid), 0);
	other->behaviour = &whereis_at_down;
	(void)probe_start(other);
	end(named, REASON_A);
	CU_ASSERT_TRUE(saw(other, SAW_OTHER, true));
}

static void the_down_comes_after_what_was_sent_before(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();

	(void)probe_monitor(a, b->pid);
	probe_hold(a);
	for (int i = 1; i <= 3; i++)
		CU_ASSERT_EQUAL(probe_send(b, a->pid, i), 0);
	end(b, REASON_A);
	probe_release(a);
	for (int i = 1; i <= 3; i++)
		CU_ASSERT_TRUE(saw_about(a, SAW_INFO, i, b->pid));
	CU_ASSERT_TRUE(saw_about(a, SAW_DOWN, REASON_A, b->pid));
}

static void a_dead_watcher_is_forgotten(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();
	struct actor_system_counters before;
	struct actor_system_counters after;

	(void)probe_monitor(a, b->pid);
	end(a, REASON_A);
	actor_system_count(probe_system(), &before);
	end(b, REASON_A);
	actor_system_count(probe_system(), &after);
	CU_ASSERT_EQUAL(after.dead_letters, before.dead_letters);
}

static void links_and_monitors_are_two_things(void)
{
	struct probe *a = probe_trapping();
	struct probe *b = probe_running();

	(void)probe_monitor(a, b->pid);
	CU_ASSERT_EQUAL(probe_link(a, b->pid), 0);
	CU_ASSERT_EQUAL(probe_unlink(a, b->pid), 0);
	end(b, REASON_A);
	CU_ASSERT_TRUE(saw_about(a, SAW_DOWN, REASON_A, b->pid));
	CU_ASSERT_TRUE(saw_nothing(a));
}

CONFORMANCE("monitors", ROWS_MONITORS)
