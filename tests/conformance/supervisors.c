/* SPDX-License-Identifier: MIT */
/* Supervisors: start, end, and what happens to the others when one child ends. */
#include "table/supervisors.h"
#include "conformance.h"
#include "family.h"

static void children_start_in_order(void)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 3);

	CU_ASSERT_EQUAL(family_start(family), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 3));
}

static int start_and_note(struct probe *self, void *context)
{
	probe_note(self, SAW_OTHER, family_start(context), ACTOR_PID_NONE);
	return ACTOR_CONTINUE;
}

static void start_returns_when_all_children_run(void)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 2);
	struct probe *starter = probe_running();

	family->children[1]->hangs_in_init = true;
	probe_do_later(starter, start_and_note, family);
	CU_ASSERT_TRUE(is_held(family->children[1]));
	CU_ASSERT_TRUE(inits_seen(family, 1, 2));
	CU_ASSERT_FALSE(has_news(starter));
	probe_release(family->children[1]);
	CU_ASSERT_TRUE(saw(starter, SAW_OTHER, 0));
}

static void children_stop_in_reverse_order(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 4);

	CU_ASSERT_EQUAL(actor_exit(family->pid, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(ends_seen(family, 4, 1, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_TRUE(family_is_over(family));
}

static void a_supervisor_is_linked_to_who_starts_it(void)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 1);
	struct probe *parent = probe_trapping();

	CU_ASSERT_EQUAL(family_start_by(parent, family), 0);
	CU_ASSERT_EQUAL(actor_exit(family->pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(saw_about(parent, SAW_EXIT, ACTOR_EXIT_KILLED, family->pid));
}

static void a_supervisor_ends_with_its_parent(void)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 2);
	struct probe *parent = probe_running();

	CU_ASSERT_EQUAL(family_start_by(parent, family), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 2));
	probe_stop(parent, REASON_A);
	CU_ASSERT_TRUE(ends_seen(family, 2, 1, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_TRUE(family_is_over(family));
}

static void a_failing_child_undoes_the_start(void)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 3);

	family->children[2]->init_result = ACTOR_EACCESS;
	CU_ASSERT_EQUAL(family_start(family), ACTOR_EACCESS);
	CU_ASSERT_TRUE(inits_seen(family, 1, 3));
	CU_ASSERT_TRUE(ends_seen(family, 2, 1, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_FALSE(has_news(family->children[0]));
}

static void a_supervisor_may_have_a_name(void)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 1);

	family->options.name = "family";
	CU_ASSERT_EQUAL(family_start(family), 0);
	CU_ASSERT_TRUE(actor_pid_equal(actor_whereis("family"), family->pid));
}

static void a_taken_name_refuses_the_supervisor(void)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 1);
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(actor_register("family", probe->pid), 0);
	family->options.name = "family";
	CU_ASSERT_EQUAL(family_start(family), ACTOR_ENAME_TAKEN);
	CU_ASSERT_FALSE(has_news(family->children[0]));
	CU_ASSERT_TRUE(actor_pid_equal(actor_whereis("family"), probe->pid));
}

static void a_supervisor_keeps_its_children_alive(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 1);
	struct actor_pid first = family->children[0]->pid;

	for (int i = 0; i < 5; i++) {
		child_ends(family, 1, REASON_A);
		CU_ASSERT_TRUE(inits_seen(family, 1, 1));
		CU_ASSERT_TRUE(answers(family->children[0]));
	}
	CU_ASSERT_FALSE(actor_pid_equal(first, family->children[0]->pid));
}

static void one_for_one_restarts_one(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ONE, 3);

	child_ends(family, 2, REASON_A);
	CU_ASSERT_TRUE(inits_seen(family, 2, 2));
	CU_ASSERT_TRUE(family_is_quiet(family));
}

static void one_for_one_is_the_default(void)
{
	struct family *family = family_new(ACTOR_REST_FOR_ONE, 2);

	family->options.strategy = (enum actor_strategy)0; /* options that say nothing of it */
	CU_ASSERT_EQUAL(family_start(family), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 2));
	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	CU_ASSERT_TRUE(family_is_quiet(family));
}

static void one_for_all_restarts_all(void)
{
	struct family *family = family_running(ACTOR_ONE_FOR_ALL, 3);

	child_ends(family, 2, REASON_A);
	CU_ASSERT_TRUE(ends_seen(family, 3, 3, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_TRUE(ends_seen(family, 1, 1, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_TRUE(inits_seen(family, 1, 3));
	CU_ASSERT_TRUE(family_is_quiet(family));
}

static void rest_for_one_restarts_the_rest(void)
{
	struct family *family = family_running(ACTOR_REST_FOR_ONE, 4);

	child_ends(family, 2, REASON_A);
	CU_ASSERT_TRUE(ends_seen(family, 4, 3, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_TRUE(inits_seen(family, 2, 4));
	CU_ASSERT_TRUE(family_is_quiet(family)); /* the first one was not disturbed */
}

static void a_temporary_sibling_is_not_restarted(void)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ALL, 3);

	family->specs[1].restart = ACTOR_TEMPORARY;
	CU_ASSERT_EQUAL(family_start(family), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 3));
	child_ends(family, 1, REASON_A);
	CU_ASSERT_TRUE(ends_seen(family, 3, 2, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	CU_ASSERT_TRUE(inits_seen(family, 3, 3));
	CU_ASSERT_TRUE(family_is_quiet(family));
}

static void an_end_that_is_no_failure_leaves_siblings_alone(void)
{
	struct family *family = family_new(ACTOR_ONE_FOR_ALL, 2);

	family->specs[1].restart = ACTOR_TRANSIENT;
	CU_ASSERT_EQUAL(family_start(family), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 2));
	child_ends(family, 2, ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(family_is_quiet(family));
}

static void a_child_may_be_a_supervisor(void)
{
	static struct actor_supervisor_options inner;
	struct family *family = family_new(ACTOR_ONE_FOR_ONE, 2);
	struct actor_child subtree;
	struct actor_supervisor_options outer = {.size = sizeof(outer), .child_count = 1};

	inner = family->options;
	subtree = actor_supervisor_child("subtree", &inner);
	outer.children = &subtree;
	CU_ASSERT_EQUAL(actor_supervisor_start(&outer, &family->pid), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 2));
	CU_ASSERT_EQUAL(actor_exit(family->pid, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(ends_seen(family, 2, 1, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_TRUE(family_is_over(family));
}

/* ---- Dynamic ----------------------------------------------------------------------------------
 */

static void a_dynamic_supervisor_starts_empty(void)
{
	struct family *family = family_running(ACTOR_DYNAMIC, 1);
	struct actor_child_counts counts = {0};

	CU_ASSERT_TRUE(family_is_quiet(family));
	CU_ASSERT_EQUAL(actor_supervisor_count_children(family->pid, &counts), 0);
	CU_ASSERT_EQUAL(counts.active, 0);
}

static void a_dynamic_supervisor_has_one_kind_of_child(void)
{
	struct family *family = family_new(ACTOR_DYNAMIC, 2);

	CU_ASSERT_EQUAL(family_start(family), ACTOR_EINVALID);
	family->options.child_count = 0;
	CU_ASSERT_EQUAL(family_start(family), ACTOR_EINVALID);
}

/* Starts another child. */
static struct actor_pid dynamic_child(struct family *family)
{
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL(actor_supervisor_start_child(family->pid, NULL, 0, &pid), 0);
	CU_ASSERT_TRUE(inits_seen(family, 1, 1));
	return pid;
}

static void dynamic_children_run_the_same_code(void)
{
	struct family *family = family_running(ACTOR_DYNAMIC, 1);
	struct actor_pid first = dynamic_child(family);
	struct actor_pid second = dynamic_child(family);

	CU_ASSERT_FALSE(actor_pid_equal(first, second));
	CU_ASSERT_TRUE(actor_alive(first));
	CU_ASSERT_TRUE(actor_alive(second));
	CU_ASSERT_EQUAL(actor_exit(first, REASON_A), 0);
	CU_ASSERT_TRUE(saw_about(family->children[0], SAW_TERMINATE, REASON_A, first));
	CU_ASSERT_TRUE(inits_seen(family, 1, 1)); /* another instead of the first */
	CU_ASSERT_TRUE(actor_alive(second));
}

static void a_dynamic_child_may_have_its_own_argument(void)
{
	struct family *family = family_running(ACTOR_DYNAMIC, 1);
	struct probe *other = family->children[3];
	struct actor_pid pid;

	CU_ASSERT_EQUAL(
		actor_supervisor_start_child(family->pid, &other->self, sizeof(other->self), &pid),
		0);
	CU_ASSERT_TRUE(inits_seen(family, 4, 4));
	child_ends(family, 4, REASON_A);
	CU_ASSERT_TRUE(inits_seen(family, 4, 4)); /* restarted with the same */
}

static void a_dynamic_child_is_stopped_by_its_pid(void)
{
	struct family *family = family_running(ACTOR_DYNAMIC, 1);
	struct actor_pid first = dynamic_child(family);
	struct actor_pid second = dynamic_child(family);

	CU_ASSERT_EQUAL(actor_supervisor_stop_child(family->pid, first), 0);
	CU_ASSERT_TRUE(saw_about(family->children[0], SAW_TERMINATE, ACTOR_EXIT_SHUTDOWN, first));
	CU_ASSERT_FALSE(actor_alive(first));
	CU_ASSERT_TRUE(actor_alive(second));
	CU_ASSERT_TRUE(family_is_quiet(family)); /* it is not restarted */
}

static void a_stranger_is_not_stopped(void)
{
	struct family *family = family_running(ACTOR_DYNAMIC, 1);
	struct probe *stranger = probe_running();

	CU_ASSERT_EQUAL(actor_supervisor_stop_child(family->pid, stranger->pid), ACTOR_ENOT_FOUND);
	CU_ASSERT_TRUE(answers(stranger));
}

static void dynamic_children_have_no_ids(void)
{
	struct family *family = family_running(ACTOR_DYNAMIC, 1);

	(void)dynamic_child(family);
	CU_ASSERT_EQUAL(actor_supervisor_delete_child(family->pid, "a"), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(actor_supervisor_restart_child(family->pid, "a", NULL), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(family->pid, "a"), ACTOR_EINVALID);
}

static void dynamic_children_end_in_parallel(void)
{
	struct family *family = family_running(ACTOR_DYNAMIC, 1);
	struct probe *other = family->children[1];

	family->children[0]->hangs = true;
	other->hangs = true;
	(void)dynamic_child(family);
	CU_ASSERT_EQUAL(
		actor_supervisor_start_child(family->pid, &other->self, sizeof(other->self), NULL),
		0);
	CU_ASSERT_TRUE(inits_seen(family, 2, 2));
	CU_ASSERT_EQUAL(actor_exit(family->pid, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(is_held(family->children[0])); /* both at the same time */
	CU_ASSERT_TRUE(is_held(other));
	probe_release(family->children[0]);
	probe_release(other);
	CU_ASSERT_TRUE(family_is_over(family));
}

CONFORMANCE("supervisors", ROWS_SUPERVISORS)
