/* SPDX-License-Identifier: MIT */
/* Children of supervisors: which are restarted, how they are stopped, added and looked at. */
#include "table/children.h"
#include "conformance.h"
#include "family.h"

/* A supervisor with one child of that kind. */
static struct family *family_with(enum actor_restart restart)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 1);

	family->specs[0].restart = restart;
	CU_ASSERT_EQUAL(family_start(family), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	return family;
}

static void a_permanent_child_is_always_restarted(void)
{
	static const int reasons[] = {ACTOR_EXIT_NORMAL, ACTOR_EXIT_SHUTDOWN, REASON_A,
				      ACTOR_ETIMEOUT};
	struct family *family = family_with(ACTOR_PERMANENT);

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		child_ends(family, 1, reasons[i]);
		CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	}
	CU_ASSERT_EQUAL(actor_exit(family->children[0]->pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
}

static void permanent_is_the_default(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 1); /* says nothing of it */

	child_ends(family, 1, ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
}

static void a_temporary_child_is_never_restarted(void)
{
	struct family *family = family_with(ACTOR_TEMPORARY);

	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(family_is_quiet(family));
	family = family_with(ACTOR_TEMPORARY);
	child_ends(family, 1, ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(family_is_quiet(family));
}

static void a_transient_child_is_restarted_after_a_failure(void)
{
	struct family *family = family_with(ACTOR_TRANSIENT);

	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	CU_ASSERT_EQUAL(actor_exit(family->children[0]->pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
}

static void a_transient_child_may_end(void)
{
	struct family *family = family_with(ACTOR_TRANSIENT);

	child_ends(family, 1, ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(family_is_quiet(family));
	family = family_with(ACTOR_TRANSIENT);
	child_ends(family, 1, ACTOR_EXIT_SHUTDOWN);
	CU_ASSERT_TRUE(family_is_quiet(family));
}

/* ---- Stopping ---------------------------------------------------------------------------------
 */

/* A supervisor whose child has that time to end, and needs longer where it `hangs`. */
static struct family *family_with_shutdown(uint64_t shutdown_ns, bool hangs)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 1);

	family->specs[0].shutdown_ns = shutdown_ns;
	if (hangs) /* it asks somebody, and gets no answer */
		family->children[0]->calls_at_end = probe_running()->pid;
	CU_ASSERT_EQUAL(family_start(family), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	return family;
}

static void a_child_is_asked_to_shut_down(void)
{
	struct family *family = family_with_shutdown(PATIENCE, false);

	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(family->pid, "a"), 0);
	CU_ASSERT_TRUE(ends_seen(family, 1, 1, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_FALSE(actor_alive(family->children[0]->pid));
}

static void a_child_that_does_not_end_is_killed(void)
{
	struct family *family = family_with_shutdown(ACTOR_MILLISECONDS(2), true);

	probe_watch(family->children[0]);
	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(family->pid, "a"), 0);
	CU_ASSERT_TRUE(ends_seen(family, 1, 1, ACTOR_EXIT_SHUTDOWN)); /* and it stayed there */
	CU_ASSERT_EQUAL(reason_of_end(family->children[0]), ACTOR_EXIT_KILLED);
}

static void a_child_may_be_killed_at_once(void)
{
	struct family *family = family_with_shutdown(ACTOR_BRUTAL_KILL, false);

	probe_watch(family->children[0]);
	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(family->pid, "a"), 0);
	CU_ASSERT_EQUAL(reason_of_end(family->children[0]), ACTOR_EXIT_KILLED);
	CU_ASSERT_FALSE(has_news(family->children[0])); /* it was not asked */
}

static int terminate_and_note(struct probe *self, void *context)
{
	const struct family *family = context;

	probe_note(self, SAW_OTHER, actor_supervisor_terminate_child(family->pid, "a"),
		   ACTOR_PID_NONE);
	return ACTOR_CONTINUE;
}

static void a_child_may_have_all_the_time(void)
{
	struct family *family = family_with_shutdown(ACTOR_FOREVER, false);
	struct probe *child = family->children[0];
	struct probe *caller = probe_running();
	struct probe *asked = probe_running();

	child->calls_at_end = asked->pid;
	probe_watch(child);
	probe_do_later(caller, terminate_and_note, family);
	CU_ASSERT_TRUE(saw(asked, SAW_CALL, ACTOR_EXIT_SHUTDOWN)); /* it waits, and can be killed */
	(void)probe_timer(asked, ACTOR_MILLISECONDS(10), 0, 1);
	CU_ASSERT_TRUE(saw(asked, SAW_TICK, 1));
	CU_ASSERT_FALSE(has_news(caller));
	CU_ASSERT_EQUAL(probe_answer(asked, asked->kept, 1), 0);
	CU_ASSERT_EQUAL(reason_of_end(child), ACTOR_EXIT_SHUTDOWN);
	CU_ASSERT_TRUE(saw(caller, SAW_OTHER, 0));
}

/* ---- Adding and taking away -------------------------------------------------------------------
 */

static void a_child_can_be_added(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 2);
	struct actor_pid pid;

	CU_ASSERT_EQUAL(actor_supervisor_add_child(family->pid, &family->specs[2], &pid), 0);
	CU_ASSERT_TRUE(inits_seen(family, 3, 3));
	CU_ASSERT_TRUE(actor_pid_equal(pid, family->children[2]->pid));
	child_ends(family, 3, REASON_A);
	CU_ASSERT_TRUE(inits_seen(family, 3, 3));
	CU_ASSERT_EQUAL(actor_exit(family->pid, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(ends_seen(family, 3, 1, ACTOR_EXIT_SHUTDOWN)); /* it is the last one */
}

static void adding_a_running_child_gives_its_pid(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 2);
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL(actor_supervisor_add_child(family->pid, &family->specs[1], &pid),
			ACTOR_ECHILD_RUNS);
	CU_ASSERT_TRUE(actor_pid_equal(pid, family->children[1]->pid));
	CU_ASSERT_TRUE(family_is_quiet(family));
}

static void adding_a_known_child_is_refused(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 2);

	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(family->pid, "b"), 0);
	CU_ASSERT_TRUE(ends_seen(family, 2, 2, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_EQUAL(actor_supervisor_add_child(family->pid, &family->specs[1], NULL),
			ACTOR_ECHILD_KNOWN);
	CU_ASSERT_TRUE(family_is_quiet(family));
}

static void a_failing_child_is_not_added(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 2);

	family->children[2]->init_result = ACTOR_EACCESS;
	CU_ASSERT_EQUAL(actor_supervisor_add_child(family->pid, &family->specs[2], NULL),
			ACTOR_EACCESS);
	CU_ASSERT_TRUE(inits_seen(family, 3, 3));
	CU_ASSERT_EQUAL(actor_supervisor_restart_child(family->pid, "c", NULL), ACTOR_ENOT_FOUND);
}

static void a_terminated_child_stays_known(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 2);

	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(family->pid, "a"), 0);
	CU_ASSERT_TRUE(ends_seen(family, 1, 1, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_EQUAL(actor_supervisor_delete_child(family->pid, "a"), 0); /* so it was there */
}

static void a_terminated_child_is_not_restarted_by_itself(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 2);

	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(family->pid, "a"), 0);
	CU_ASSERT_TRUE(ends_seen(family, 1, 1, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_TRUE(family_is_quiet(family));
	CU_ASSERT_EQUAL(actor_supervisor_restart_child(family->pid, "a", NULL), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
}

static void a_terminated_temporary_child_is_forgotten(void)
{
	struct family *family = family_with(ACTOR_TEMPORARY);

	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(family->pid, "a"), 0);
	CU_ASSERT_EQUAL(actor_supervisor_restart_child(family->pid, "a", NULL), ACTOR_ENOT_FOUND);
}

static void terminating_nobody_is_not_found(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 2);

	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(family->pid, "c"), ACTOR_ENOT_FOUND);
	CU_ASSERT_TRUE(family_is_quiet(family));
}

static void a_child_can_be_restarted_by_hand(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 2);
	struct actor_pid before = family->children[1]->pid;
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(family->pid, "b"), 0);
	CU_ASSERT_TRUE(ends_seen(family, 2, 2, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_EQUAL(actor_supervisor_restart_child(family->pid, "b", &pid), 0);
	CU_ASSERT_TRUE(inits_seen(family, 2, 2));
	CU_ASSERT_TRUE(actor_pid_equal(pid, family->children[1]->pid));
	CU_ASSERT_FALSE(actor_pid_equal(pid, before));
}

static void a_running_child_is_not_restarted_by_hand(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 2);

	CU_ASSERT_EQUAL(actor_supervisor_restart_child(family->pid, "b", NULL), ACTOR_ECHILD_RUNS);
	CU_ASSERT_TRUE(family_is_quiet(family));
}

static void restarting_nobody_is_not_found(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 2);

	CU_ASSERT_EQUAL(actor_supervisor_restart_child(family->pid, "c", NULL), ACTOR_ENOT_FOUND);
}

static void a_restart_by_hand_may_fail(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 2);

	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(family->pid, "b"), 0);
	CU_ASSERT_TRUE(ends_seen(family, 2, 2, ACTOR_EXIT_SHUTDOWN));
	family->children[1]->init_result = ACTOR_EACCESS;
	CU_ASSERT_EQUAL(actor_supervisor_restart_child(family->pid, "b", NULL), ACTOR_EACCESS);
	CU_ASSERT_TRUE(inits_seen(family, 2, 2));
	family->children[1]->init_result = 0;
	CU_ASSERT_EQUAL(actor_supervisor_restart_child(family->pid, "b", NULL), 0);
	CU_ASSERT_TRUE(inits_seen(family, 2, 2));
}

static void a_child_can_be_deleted(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 2);

	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(family->pid, "b"), 0);
	CU_ASSERT_TRUE(ends_seen(family, 2, 2, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_EQUAL(actor_supervisor_delete_child(family->pid, "b"), 0);
	CU_ASSERT_EQUAL(actor_supervisor_restart_child(family->pid, "b", NULL), ACTOR_ENOT_FOUND);
}

static void a_running_child_is_not_deleted(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 2);

	CU_ASSERT_EQUAL(actor_supervisor_delete_child(family->pid, "b"), ACTOR_ECHILD_RUNS);
	CU_ASSERT_TRUE(answers(family->children[1]));
}

static void deleting_nobody_is_not_found(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 2);

	CU_ASSERT_EQUAL(actor_supervisor_delete_child(family->pid, "c"), ACTOR_ENOT_FOUND);
}

/* ---- Looking ----------------------------------------------------------------------------------
 */

static void which_children_tells_ids_and_pids(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 3);
	struct actor_child_info infos[FAMILY_MAX];
	size_t count = 0;

	CU_ASSERT_EQUAL(actor_supervisor_which_children(family->pid, infos, FAMILY_MAX, &count), 0);
	CU_ASSERT_EQUAL(count, 3);
	for (size_t i = 0; i < 3 && i < count; i++) {
		CU_ASSERT_STRING_EQUAL(infos[i].id, family->specs[i].id);
		CU_ASSERT_TRUE(actor_pid_equal(infos[i].pid, family->children[i]->pid));
		CU_ASSERT_EQUAL(infos[i].state, ACTOR_CHILD_RUNNING);
		CU_ASSERT_FALSE(infos[i].supervisor);
	}
}

static void a_child_that_does_not_run_has_no_pid(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 2);
	struct actor_child_info infos[FAMILY_MAX];
	size_t count = 0;

	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(family->pid, "a"), 0);
	CU_ASSERT_EQUAL(actor_supervisor_which_children(family->pid, infos, FAMILY_MAX, &count), 0);
	CU_ASSERT_EQUAL(count, 2);
	CU_ASSERT_STRING_EQUAL(infos[0].id, "a");
	CU_ASSERT_TRUE(actor_pid_is_none(infos[0].pid));
	CU_ASSERT_EQUAL(infos[0].state, ACTOR_CHILD_STOPPED);
}

static int add_and_note(struct probe *self, void *context)
{
	const struct family *family = context;

	probe_note(self, SAW_OTHER,
		   actor_supervisor_add_child(family->pid, &family->specs[1], NULL),
		   ACTOR_PID_NONE);
	return ACTOR_CONTINUE;
}

static void which_children_does_not_ask_the_supervisor(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 1);
	struct probe *caller = probe_running();
	struct actor_child_info infos[FAMILY_MAX];
	size_t count = 0;

	family->children[1]->hangs_in_init = true;
	probe_do_later(caller, add_and_note, family);
	CU_ASSERT_TRUE(is_held(family->children[1])); /* the supervisor waits for its init */
	CU_ASSERT_EQUAL(actor_supervisor_which_children(family->pid, infos, FAMILY_MAX, &count), 0);
	CU_ASSERT_EQUAL(count, 2);
	CU_ASSERT_EQUAL(infos[0].state, ACTOR_CHILD_RUNNING);
	CU_ASSERT_EQUAL(infos[1].state, ACTOR_CHILD_STARTING);
	probe_release(family->children[1]);
	CU_ASSERT_TRUE(saw(caller, SAW_OTHER, 0));
}

static void children_are_counted(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 3);
	struct actor_child_counts counts = {0};

	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(family->pid, "b"), 0);
	CU_ASSERT_EQUAL(actor_supervisor_count_children(family->pid, &counts), 0);
	CU_ASSERT_EQUAL(counts.specs, 3);
}

static void the_active_are_those_that_run(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 3);
	struct actor_child_counts counts = {0};

	CU_ASSERT_EQUAL(actor_supervisor_count_children(family->pid, &counts), 0);
	CU_ASSERT_EQUAL(counts.active, 3);
	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(family->pid, "b"), 0);
	CU_ASSERT_EQUAL(actor_supervisor_count_children(family->pid, &counts), 0);
	CU_ASSERT_EQUAL(counts.active, 2);
}

static void supervisors_and_workers_are_told_apart(void)
{
	static struct actor_supervisor_options inner;
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 3);
	struct actor_child_counts counts = {0};

	inner = (struct actor_supervisor_options){.size = sizeof(inner)};
	family->specs[1] = actor_supervisor_child("subtree", &inner);
	CU_ASSERT_EQUAL(family_start(family), 0);
	CU_ASSERT_EQUAL(actor_supervisor_count_children(family->pid, &counts), 0);
	CU_ASSERT_EQUAL(counts.supervisors, 1);
	CU_ASSERT_EQUAL(counts.workers, 2);
}

CONFORMANCE("children", ROWS_CHILDREN)
