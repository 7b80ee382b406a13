/* SPDX-License-Identifier: MIT */
/* System messages: looking into an actor and holding it still. */
#include <actor/sys.h>

#include "conformance.h"
#include "table/sys.h"

/* The state of a probe is the pointer to it. */
static void the_state_can_be_read(void)
{
	struct probe *probe = probe_running();
	struct probe *state = NULL;
	size_t size = 0;

	CU_ASSERT_EQUAL(actor_sys_get_state(probe->pid, &state, sizeof(state), &size, PATIENCE), 0);
	CU_ASSERT_EQUAL(size, sizeof(state));
	CU_ASSERT_PTR_EQUAL(state, probe);
}

static void the_state_can_be_replaced(void)
{
	struct probe *probe = probe_running();
	struct probe *other = probe_new();
	struct probe *state = NULL;

	CU_ASSERT_EQUAL(
		actor_sys_replace_state(probe->pid, &other->self, sizeof(other->self), PATIENCE),
		0);
	CU_ASSERT_EQUAL(actor_sys_get_state(probe->pid, &state, sizeof(state), NULL, PATIENCE), 0);
	CU_ASSERT_PTR_EQUAL(state, other);
	CU_ASSERT_EQUAL(cast_number(probe->pid, 7), 0);
	CU_ASSERT_TRUE(saw(other, SAW_CAST, 7)); /* now it notes there */
	CU_ASSERT_EQUAL(actor_sys_replace_state(probe->pid, &other->self, 1, PATIENCE),
			ACTOR_EINVALID);
}

static void the_status_tells_what_runs(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "server"};
	struct probe *parent = probe_running();
	struct probe *probe = probe_new();
	struct actor_sys_status status;

	probe->traps = true;
	CU_ASSERT_EQUAL(probe_start_by(parent, probe, &options, NULL), 0);
	(void)probe_monitor(probe, parent->pid);
	CU_ASSERT_EQUAL(actor_sys_get_status(probe->pid, &status, PATIENCE), 0);
	CU_ASSERT_TRUE(actor_pid_equal(status.pid, probe->pid));
	CU_ASSERT_TRUE(actor_pid_equal(status.parent, parent->pid));
	CU_ASSERT_STRING_EQUAL(status.name, "server");
	CU_ASSERT_STRING_EQUAL(status.behaviour, "probe");
	CU_ASSERT_EQUAL(status.monitors, 1);
	CU_ASSERT_EQUAL(status.suspended, 0);
	CU_ASSERT_EQUAL(status.traps_exits, 1);
}

static void a_suspended_actor_handles_nothing(void)
{
	struct probe *probe = probe_running();
	struct actor_sys_status status;

	CU_ASSERT_EQUAL(actor_sys_suspend(probe->pid, PATIENCE), 0);
	CU_ASSERT_EQUAL(cast_number(probe->pid, 1), 0);
	CU_ASSERT_EQUAL(send_number(probe->pid, 2), 0);
	CU_ASSERT_EQUAL(actor_sys_get_status(probe->pid, &status, PATIENCE), 0);
	CU_ASSERT_EQUAL(status.suspended, 1);
	CU_ASSERT_EQUAL(status.queued, 2);
	CU_ASSERT_FALSE(has_news(probe));
}

static void a_suspended_actor_answers_system_messages(void)
{
	struct probe *probe = probe_running();
	struct probe *state = NULL;

	CU_ASSERT_EQUAL(actor_sys_suspend(probe->pid, PATIENCE), 0);
	CU_ASSERT_EQUAL(actor_sys_get_state(probe->pid, &state, sizeof(state), NULL, PATIENCE), 0);
	CU_ASSERT_PTR_EQUAL(state, probe);
}

static void a_resumed_actor_goes_on_in_order(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(actor_sys_suspend(probe->pid, PATIENCE), 0);
	for (int i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(cast_number(probe->pid, i), 0);
	CU_ASSERT_EQUAL(actor_sys_resume(probe->pid, PATIENCE), 0);
	for (int i = 0; i < 5; i++)
		CU_ASSERT_TRUE(saw(probe, SAW_CAST, i));
}

static void an_exit_signal_ends_a_suspended_actor(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(actor_sys_suspend(probe->pid, PATIENCE), 0);
	CU_ASSERT_EQUAL(actor_exit(probe->pid, REASON_A), 0);
	CU_ASSERT_EQUAL(reason_of_end(probe), REASON_A);
	CU_ASSERT_TRUE(saw(probe, SAW_TERMINATE, REASON_A));
}

static void statistics_are_counted_while_on(void)
{
	struct probe *probe = probe_running();
	struct actor_sys_statistics statistics;

	CU_ASSERT_EQUAL(cast_number(probe->pid, 0), 0); /* before it is on */
	CU_ASSERT_TRUE(saw(probe, SAW_CAST, 0));
	CU_ASSERT_EQUAL(actor_sys_statistics(probe->pid, true, PATIENCE), 0);
	for (int i = 1; i <= 3; i++) {
		CU_ASSERT_EQUAL(cast_number(probe->pid, i), 0);
		CU_ASSERT_TRUE(saw(probe, SAW_CAST, i));
	}
	CU_ASSERT_TRUE(answers(probe)); /* the third cast is counted by now, and so is this call */
	CU_ASSERT_EQUAL(actor_sys_get_statistics(probe->pid, &statistics, PATIENCE), 0);
	CU_ASSERT_EQUAL(statistics.messages_in, 4);
	CU_ASSERT_TRUE(statistics.messages_out >= 1);
	CU_ASSERT_TRUE(statistics.now_ns >= statistics.since_ns);
}

static void statistics_that_are_off_are_none(void)
{
	struct probe *probe = probe_running();
	struct actor_sys_statistics statistics;

	CU_ASSERT_EQUAL(actor_sys_get_statistics(probe->pid, &statistics, PATIENCE),
			ACTOR_EREJECTED);
	CU_ASSERT_EQUAL(actor_sys_statistics(probe->pid, true, PATIENCE), 0);
	CU_ASSERT_EQUAL(actor_sys_statistics(probe->pid, false, PATIENCE), 0);
	CU_ASSERT_EQUAL(actor_sys_get_statistics(probe->pid, &statistics, PATIENCE),
			ACTOR_EREJECTED);
}

static void terminate_orders_the_end(void)
{
	struct probe *probe = probe_trapping();

	CU_ASSERT_EQUAL(actor_sys_terminate(probe->pid, REASON_A, PATIENCE), 0);
	CU_ASSERT_EQUAL(reason_of_end(probe), REASON_A);
	CU_ASSERT_TRUE(saw(probe, SAW_TERMINATE, REASON_A));
}

static void asking_the_dead_is_an_error(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(actor_stop(probe->pid, ACTOR_EXIT_NORMAL, PATIENCE), 0);
	CU_ASSERT_EQUAL(actor_sys_suspend(probe->pid, PATIENCE), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_sys_terminate(probe->pid, REASON_A, PATIENCE), ACTOR_ENOT_FOUND);
}

static void asking_has_a_time_limit(void)
{
	struct probe *probe = probe_running();

	probe_hold(probe);
	CU_ASSERT_EQUAL(actor_sys_suspend(probe->pid, ACTOR_MILLISECONDS(1)), ACTOR_ETIMEOUT);
	probe_release(probe);
}

static void every_actor_understands_system_messages(void)
{
	static const struct actor_behaviour bare = {.name = "bare"};
	struct probe *probe = probe_new();
	struct actor_sys_status status;

	probe->behaviour = &bare;
	(void)probe_start(probe);
	CU_ASSERT_EQUAL(actor_sys_get_status(probe->pid, &status, PATIENCE), 0);
	CU_ASSERT_STRING_EQUAL(status.behaviour, "bare");
	CU_ASSERT_EQUAL(actor_sys_suspend(probe->pid, PATIENCE), 0);
	CU_ASSERT_EQUAL(actor_sys_resume(probe->pid, PATIENCE), 0);
}

CONFORMANCE("sys", ROWS_SYS)
