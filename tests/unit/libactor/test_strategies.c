/* SPDX-License-Identifier: MIT */
/* Who is restarted with whom, restarts that fail, intensity and period, significant children. */
#include "hands.h"

#define GROUP_MAX 4

/* Workers "a", "b", ... numbered from 1 under one supervisor. */
struct group {
	struct hand workers[GROUP_MAX];
	struct actor_child children[GROUP_MAX];
	struct actor_supervisor_options options;
	struct actor_pid pid;
};

static const char *const names[GROUP_MAX] = {"a", "b", "c", "d"};

static void group_make(struct group *group, struct seen *seen, enum actor_strategy strategy,
		       size_t count)
{
	memset(group, 0, sizeof(*group));
	for (size_t i = 0; i < count; i++) {
		group->workers[i].seen = seen;
		group->workers[i].number = (int32_t)i + 1;
		group->children[i] = child_of(names[i], &group->workers[i], ACTOR_PERMANENT);
	}
	group->options.size = sizeof(group->options);
	group->options.strategy = strategy;
	group->options.intensity = 10;
	group->options.children = group->children;
	group->options.child_count = count;
}

static void group_start(struct group *group)
{
	CU_ASSERT_EQUAL_FATAL(actor_supervisor_start(&group->options, &group->pid), 0);
}

static void group_stop(struct group *group)
{
	CU_ASSERT_EQUAL(actor_exit(group->pid, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(dies(group->pid));
}

static void all_body(struct actor_system *system)
{
	SEEN(seen);
	struct group group;

	(void)system;
	group_make(&group, &seen, ACTOR_ONE_FOR_ALL, 3);
	group_start(&group);
	end_named("b", ACTOR_EXIT_USER);
	SEEN_ARE(&seen, 1, 2, 3, -2, -3, -1, 1, 2, 3);
	group_stop(&group);
	SEEN_ARE(&seen, 1, 2, 3, -2, -3, -1, 1, 2, 3, -3, -2, -1);
	CU_ASSERT_EQUAL(seen_count(&seen), 12);
}

static void one_for_all_restarts_all(void)
{
	in_system(all_body);
}

static void rest_body(struct actor_system *system)
{
	SEEN(seen);
	struct group group;

	(void)system;
	group_make(&group, &seen, ACTOR_REST_FOR_ONE, 4);
	group_start(&group);
	end_named("b", ACTOR_EXIT_USER);
	SEEN_ARE(&seen, 1, 2, 3, 4, -2, -4, -3, 2, 3, 4);
	group_stop(&group);
	CU_ASSERT_EQUAL(seen_count(&seen), 14);
}

static void rest_for_one_restarts_the_later_ones(void)
{
	in_system(rest_body);
}

static void one_body(struct actor_system *system)
{
	SEEN(seen);
	struct group group;

	(void)system;
	group_make(&group, &seen, ACTOR_ONE_FOR_ONE, 3);
	group_start(&group);
	end_named("b", ACTOR_EXIT_USER);
	SEEN_ARE(&seen, 1, 2, 3, -2, 2);
	group_stop(&group);
	SEEN_ARE(&seen, 1, 2, 3, -2, 2, -3, -2, -1);
}

static void one_for_one_restarts_one(void)
{
	in_system(one_body);
}

static void temporary_body(struct actor_system *system)
{
	SEEN(seen);
	struct group group;
	size_t count = 0;

	(void)system;
	group_make(&group, &seen, ACTOR_ONE_FOR_ALL, 3);
	group.children[1].restart = ACTOR_TEMPORARY;
	group.children[2].restart = ACTOR_TRANSIENT;
	group_start(&group);
	end_named("c", ACTOR_EXIT_NORMAL); /* nothing follows from it */
	end_named("a", ACTOR_EXIT_USER);
	/* b is not wanted back, and c is: as in OTP all that are known are started. */
	SEEN_ARE(&seen, 1, 2, 3, -3, -1, -2, 1, 3);
	CU_ASSERT_EQUAL(actor_supervisor_which_children(group.pid, NULL, 0, &count), 0);
	CU_ASSERT_EQUAL(count, 2);
	group_stop(&group);
}

static void a_group_forgets_temporary_children(void)
{
	in_system(temporary_body);
}

static void failing_body(struct actor_system *system)
{
	SEEN(seen);
	struct group group;
	struct actor_child_info infos[2] = {{0}};
	static int failures;
	size_t count;

	(void)system;
	group_make(&group, &seen, ACTOR_ONE_FOR_ONE, 2);
	group.workers[1].fail_count = &failures;
	group_start(&group);
	__atomic_store_n(&failures, 2, __ATOMIC_RELAXED);
	end_named("b", ACTOR_EXIT_USER);
	/* After an init that fails there is nothing to terminate. */
	SEEN_ARE(&seen, 1, 2, -2, 2, 2, 2);
	while (infos[1].state != ACTOR_CHILD_RUNNING)
		CU_ASSERT_EQUAL(actor_supervisor_which_children(group.pid, infos, 2, &count), 0);
	CU_ASSERT_EQUAL(infos[1].restarts, 1);
	group_stop(&group);
}

static void a_failing_restart_is_tried_again(void)
{
	in_system(failing_body);
}

static void failing_group_body(struct actor_system *system)
{
	SEEN(seen);
	struct group group;
	static int failures;

	(void)system;
	group_make(&group, &seen, ACTOR_ONE_FOR_ALL, 3);
	group.workers[1].fail_count = &failures;
	group_start(&group);
	__atomic_store_n(&failures, 1, __ATOMIC_RELAXED);
	end_named("c", ACTOR_EXIT_USER);
	/* a is up again when b fails, goes down with it, and all start once more. */
	SEEN_ARE(&seen, 1, 2, 3, -3, -2, -1, 1, 2, -1, 1, 2, 3);
	group_stop(&group);
}

static void a_failing_restart_of_a_group_begins_anew(void)
{
	in_system(failing_group_body);
}

static void hopeless_body(struct actor_system *system)
{
	SEEN(seen);
	SEEN(reasons);
	struct group group;
	static int failures;

	(void)system;
	group_make(&group, &seen, ACTOR_ONE_FOR_ONE, 2);
	group.options.intensity = 3;
	group.workers[1].fail_count = &failures;
	group_start(&group);
	watch_end(&reasons, group.pid);
	__atomic_store_n(&failures, 1000, __ATOMIC_RELAXED);
	end_named("b", ACTOR_EXIT_USER);
	CU_ASSERT_TRUE(dies(group.pid));
	SEEN_ARE(&seen, 1, 2, -2, 2, 2, 2, -1); /* three tries, and no fourth */
	CU_ASSERT_EQUAL(seen_count(&seen), 7);
	SEEN_ARE(&reasons, ACTOR_EXIT_SHUTDOWN); /* as in OTP */
}

static void failing_restarts_count(void)
{
	in_system(hopeless_body);
}

static void default_body(struct actor_system *system)
{
	SEEN(seen);
	struct group group;

	(void)system;
	group_make(&group, &seen, ACTOR_ONE_FOR_ONE, 1);
	group.options.intensity = 0; /* OTP's: one in five seconds */
	group_start(&group);
	end_named("a", ACTOR_EXIT_USER);
	SEEN_ARE(&seen, 1, -1, 1);
	CU_ASSERT_TRUE(actor_alive(group.pid));
	end_named("a", ACTOR_EXIT_USER);
	CU_ASSERT_TRUE(dies(group.pid));

	group.options.intensity = ACTOR_NO_RESTARTS;
	group_start(&group);
	end_named("a", ACTOR_EXIT_USER);
	CU_ASSERT_TRUE(dies(group.pid));
	CU_ASSERT_EQUAL(seen_count(&seen), 6);
}

static void one_restart_is_the_default_and_none_is_possible(void)
{
	in_system(default_body);
}

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ACTOR_SECONDS((uint64_t)now.tv_sec) + (uint64_t)now.tv_nsec;
}

static void period_body(struct actor_system *system)
{
	SEEN(seen);
	struct group group;

	(void)system;
	group_make(&group, &seen, ACTOR_ONE_FOR_ONE, 1);
	group.options.intensity = 2;
	group.options.period_ns = ACTOR_MILLISECONDS(10);
	group_start(&group);
	for (size_t i = 0; i < 20; i++) {
		uint64_t before = clock_ns();

		end_named("a", ACTOR_EXIT_USER);
		CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 2 * i + 3));
		while (clock_ns() - before < ACTOR_MILLISECONDS(11))
			sched_yield();
	}
	CU_ASSERT_TRUE(actor_alive(group.pid)); /* never two within the period */
	group_stop(&group);
}

static void restarts_before_the_period_do_not_count(void)
{
	in_system(period_body);
}

static void many_body(struct actor_system *system)
{
	SEEN(seen);
	struct group group;

	(void)system;
	group_make(&group, &seen, ACTOR_ONE_FOR_ONE, 1);
	group.options.intensity = 200;
	group.options.period_ns = ACTOR_SECONDS(600);
	group_start(&group);
	for (size_t i = 0; i < 200; i++) {
		end_named("a", ACTOR_EXIT_USER);
		CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 2 * i + 3));
	}
	CU_ASSERT_TRUE(actor_alive(group.pid));
	end_named("a", ACTOR_EXIT_USER);
	CU_ASSERT_TRUE(dies(group.pid));
	CU_ASSERT_EQUAL(seen_count(&seen), 402);
}

static void high_intensities_are_counted_exactly(void)
{
	in_system(many_body);
}

static void any_body(struct actor_system *system)
{
	SEEN(seen);
	SEEN(reasons);
	struct group group;

	(void)system;
	group_make(&group, &seen, ACTOR_ONE_FOR_ONE, 3);
	group.options.auto_shutdown = ACTOR_AUTO_SHUTDOWN_ANY;
	group.children[1].restart = ACTOR_TRANSIENT;
	group.children[1].significant = true;
	group.children[2].restart = ACTOR_TEMPORARY;
	group_start(&group);
	watch_end(&reasons, group.pid);
	end_named("c", ACTOR_EXIT_NORMAL); /* not significant */
	end_named("b", ACTOR_EXIT_USER);   /* restarted, so it has not ended */
	SEEN_ARE(&seen, 1, 2, 3, -3, -2, 2);
	CU_ASSERT_TRUE(actor_alive(group.pid));
	end_named("b", ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(dies(group.pid));
	SEEN_ARE(&seen, 1, 2, 3, -3, -2, 2, -2, -1);
	SEEN_ARE(&reasons, ACTOR_EXIT_SHUTDOWN);
}

static void a_significant_child_takes_all_with_it(void)
{
	in_system(any_body);
}

static void last_body(struct actor_system *system)
{
	SEEN(seen);
	struct group group;

	(void)system;
	group_make(&group, &seen, ACTOR_ONE_FOR_ONE, 3);
	group.options.auto_shutdown = ACTOR_AUTO_SHUTDOWN_ALL;
	for (int i = 1; i < 3; i++) {
		group.children[i].restart = ACTOR_TEMPORARY;
		group.children[i].significant = true;
	}
	group_start(&group);
	end_named("c", ACTOR_EXIT_USER);
	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(group.pid, "a"), 0);
	CU_ASSERT_TRUE(actor_alive(group.pid));
	end_named("b", ACTOR_EXIT_USER);
	CU_ASSERT_TRUE(dies(group.pid));

	group.options.auto_shutdown = ACTOR_AUTO_SHUTDOWN_NEVER;
	CU_ASSERT_EQUAL(actor_supervisor_start(&group.options, NULL), ACTOR_EINVALID);
	group.options.auto_shutdown = ACTOR_AUTO_SHUTDOWN_ANY;
	group.children[1].restart = ACTOR_PERMANENT;
	CU_ASSERT_EQUAL(actor_supervisor_start(&group.options, NULL), ACTOR_EINVALID);
}

static void the_last_significant_child_takes_all_with_it(void)
{
	in_system(last_body);
}

#define CASES(X)                                           \
	X(one_for_one_restarts_one)                        \
	X(one_for_all_restarts_all)                        \
	X(rest_for_one_restarts_the_later_ones)            \
	X(a_group_forgets_temporary_children)              \
	X(a_failing_restart_is_tried_again)                \
	X(a_failing_restart_of_a_group_begins_anew)        \
	X(failing_restarts_count)                          \
	X(one_restart_is_the_default_and_none_is_possible) \
	X(restarts_before_the_period_do_not_count)         \
	X(high_intensities_are_counted_exactly)            \
	X(a_significant_child_takes_all_with_it)           \
	X(the_last_significant_child_takes_all_with_it)

SUITE("strategies", CASES)
