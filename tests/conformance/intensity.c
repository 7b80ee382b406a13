/* SPDX-License-Identifier: MIT */
/* When supervisors give up, and when they have nothing left to do. */
#include "table/intensity.h"
#include "conformance.h"
#include "family.h"

/* One child; so many restarts are tolerated. */
static struct family *family_that_tolerates(uint32_t intensity)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 2);

	family->options.intensity = intensity;
	family->options.period_ns = ACTOR_SECONDS(3600);
	CU_ASSERT_EQUAL(family_start(family), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 2));
	return family;
}

static void too_many_restarts_end_the_supervisor(void)
{
	struct family *family = family_that_tolerates(2);

	for (int i = 0; i < 2; i++) {
		child_ends(family, 1, REASON_A);
		CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	}
	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(ends_seen(family, 2, 2, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_TRUE(family_is_over(family));
	CU_ASSERT_FALSE(has_news(family->children[0]));
}

static void giving_up_is_a_shutdown(void)
{
	struct family *family = family_that_tolerates(1);
	struct probe *watcher = probe_running();

	(void)probe_monitor(watcher, family->pid);
	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(saw_about(watcher, SAW_DOWN, ACTOR_EXIT_SHUTDOWN, family->pid));
}

static void as_many_as_allowed_are_tolerated(void)
{
	struct family *family = family_that_tolerates(20);

	for (int i = 0; i < 20; i++) {
		child_ends(family, 1, REASON_A);
		CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	}
	CU_ASSERT_TRUE(family_is_quiet(family));
}

static void one_restart_is_the_default(void)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 1);

	family->options.intensity = 0;
	CU_ASSERT_EQUAL(family_start(family), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	child_ends(family, 1, REASON_A); /* within 5 s, unless the machine stands still */
	CU_ASSERT_TRUE(family_is_over(family));
}

static void zero_stands_for_the_default(void)
{
	struct family *family = family_that_tolerates(0);

	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	family = family_that_tolerates(ACTOR_NO_RESTARTS);
	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(ends_seen(family, 2, 2, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_TRUE(family_is_over(family));
}

static void old_restarts_do_not_count(void)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 1);
	struct probe *clock = probe_running();

	family->options.intensity = 1;
	family->options.period_ns = ACTOR_MILLISECONDS(1);
	CU_ASSERT_EQUAL(family_start(family), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	for (int i = 0; i < 4; i++) {
		child_ends(family, 1, REASON_A);
		CU_ASSERT_TRUE(inits_seen(family, 1, 1));
		(void)probe_timer(clock, ACTOR_MILLISECONDS(3), 0, i);
		CU_ASSERT_TRUE(saw(clock, SAW_TICK, i));
	}
	CU_ASSERT_TRUE(actor_alive(family->pid));
}

static void all_children_are_counted_together(void)
{
	struct family *family = family_that_tolerates(2);

	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	child_ends(family, 2, REASON_A);
	CU_ASSERT_TRUE(inits_seen(family, 2, 2));
	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(ends_seen(family, 2, 2, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_TRUE(family_is_over(family));
}

static void a_failing_restart_is_tried_again(void)
{
	struct family *family = family_that_tolerates(5);

	family->children[0]->init_result = REASON_B;
	family->children[0]->init_failures = 3;
	child_ends(family, 1, REASON_A);
	for (int i = 0; i < 4; i++) /* three fail, the fourth does not */
		CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	CU_ASSERT_TRUE(answers(family->children[0]));
	CU_ASSERT_TRUE(family_is_quiet(family));
	/* Each of them counted. */
	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(ends_seen(family, 2, 2, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_TRUE(family_is_over(family));
}

static void the_supervisor_above_decides(void)
{
	static struct actor_supervisor_options inner;
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 1);
	struct actor_supervisor_options outer = {
		.size = sizeof(outer), .child_count = 1, .intensity = 1};
	struct actor_child subtree;

	inner = family->options;
	inner.intensity = ACTOR_NO_RESTARTS;
	subtree = actor_supervisor_child("subtree", &inner);
	outer.children = &subtree;
	CU_ASSERT_EQUAL(actor_supervisor_start(&outer, &family->pid), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1)); /* by a new supervisor */
	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(family_is_over(family));
}

static void ends_that_are_not_restarted_do_not_count(void)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 2);

	family->options.intensity = ACTOR_NO_RESTARTS;
	family->specs[0].restart = ACTOR_TEMPORARY;
	family->specs[1].restart = ACTOR_TRANSIENT;
	CU_ASSERT_EQUAL(family_start(family), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 2));
	child_ends(family, 1, REASON_A);
	child_ends(family, 2, ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(family_is_quiet(family));
}

/* ---- Automatic shutdown ------------------------------------------------------------------------
 */

/* Three children, the first two of them significant. */
static struct family *family_with_auto(enum actor_auto_shutdown automatic,
				       enum actor_restart restart)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 3);

	family->options.auto_shutdown = automatic;
	for (int i = 0; i < 2; i++) {
		family->specs[i].significant = true;
		family->specs[i].restart = restart;
	}
	CU_ASSERT_EQUAL(family_start(family), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 3));
	return family;
}

static void a_supervisor_stays_without_children(void)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 1);

	family->specs[0].restart = ACTOR_TEMPORARY;
	CU_ASSERT_EQUAL(family_start(family), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	child_ends(family, 1, ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(family_is_quiet(family)); /* it answers */
}

static void significant_children_need_an_auto_shutdown(void)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 1);

	family->specs[0].significant = true;
	family->specs[0].restart = ACTOR_TRANSIENT;
	CU_ASSERT_EQUAL(family_start(family), ACTOR_EINVALID);
	CU_ASSERT_FALSE(has_news(family->children[0]));
}

static void a_permanent_child_is_not_significant(void)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 1);

	family->options.auto_shutdown = ACTOR_AUTO_SHUTDOWN_ANY;
	family->specs[0].significant = true;
	CU_ASSERT_EQUAL(family_start(family), ACTOR_EINVALID);
}

static void any_significant_child_ends_its_supervisor(void)
{
	struct family *family = family_with_auto(ACTOR_AUTO_SHUTDOWN_ANY, ACTOR_TRANSIENT);

	child_ends(family, 1, ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(family_is_over(family));
	family = family_with_auto(ACTOR_AUTO_SHUTDOWN_ANY, ACTOR_TEMPORARY);
	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(family_is_over(family));
}

static void a_failing_transient_child_is_restarted_instead(void)
{
	struct family *family = family_with_auto(ACTOR_AUTO_SHUTDOWN_ANY, ACTOR_TRANSIENT);

	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	CU_ASSERT_TRUE(family_is_quiet(family));
}

static void the_last_significant_child_ends_its_supervisor(void)
{
	struct family *family = family_with_auto(ACTOR_AUTO_SHUTDOWN_ALL, ACTOR_TRANSIENT);

	child_ends(family, 1, ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(family_is_quiet(family));
	child_ends(family, 2, ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(ends_seen(family, 3, 3, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_TRUE(family_is_over(family));
}

static void an_auto_shutdown_is_a_shutdown(void)
{
	struct family *family = family_with_auto(ACTOR_AUTO_SHUTDOWN_ANY, ACTOR_TRANSIENT);
	struct probe *watcher = probe_running();

	(void)probe_monitor(watcher, family->pid);
	child_ends(family, 2, ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(saw_about(watcher, SAW_DOWN, ACTOR_EXIT_SHUTDOWN, family->pid));
}

static void an_auto_shutdown_stops_in_reverse_order(void)
{
	struct family *family = family_with_auto(ACTOR_AUTO_SHUTDOWN_ANY, ACTOR_TRANSIENT);

	child_ends(family, 1, ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(ends_seen(family, 3, 2, ACTOR_EXIT_SHUTDOWN));
}

static void a_child_stopped_by_hand_is_no_auto_shutdown(void)
{
	struct family *family = family_with_auto(ACTOR_AUTO_SHUTDOWN_ANY, ACTOR_TRANSIENT);

	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(family->pid, "a"), 0);
	CU_ASSERT_TRUE(ends_seen(family, 1, 1, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_TRUE(family_is_quiet(family));
}

CONFORMANCE("intensity", ROWS_INTENSITY)
