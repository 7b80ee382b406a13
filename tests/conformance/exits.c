/* SPDX-License-Identifier: MIT */
/* Exit signals and reasons: what ends an actor, and what it can do about it. */
#include "table/exits.h"
#include "conformance.h"

static void an_exit_signal_ends_who_does_not_trap(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(actor_exit(probe->pid, REASON_A), 0);
	CU_ASSERT_EQUAL(reason_of_end(probe), REASON_A);
}

static void a_trapped_signal_names_its_sender(void)
{
	struct probe *sender = probe_running();
	struct probe *probe = probe_trapping();

	CU_ASSERT_EQUAL(probe_exit(sender, probe->pid, REASON_A), 0);
	CU_ASSERT_TRUE(saw_about(probe, SAW_EXIT, REASON_A, sender->pid));
	CU_ASSERT_TRUE(answers(probe));
}

static void normal_from_another_has_no_effect(void)
{
	struct probe *sender = probe_running();
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(probe_exit(sender, probe->pid, ACTOR_EXIT_NORMAL), 0);
	CU_ASSERT_TRUE(saw_nothing(probe));
	CU_ASSERT_TRUE(answers(probe));
}

static void normal_is_a_message_to_who_traps(void)
{
	struct probe *sender = probe_running();
	struct probe *probe = probe_trapping();

	CU_ASSERT_EQUAL(probe_exit(sender, probe->pid, ACTOR_EXIT_NORMAL), 0);
	CU_ASSERT_TRUE(saw_about(probe, SAW_EXIT, ACTOR_EXIT_NORMAL, sender->pid));
}

static void kill_ends_with_killed(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(actor_exit(probe->pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_EXIT_KILLED);
}

static void kill_cannot_be_trapped(void)
{
	struct probe *probe = probe_trapping();

	CU_ASSERT_EQUAL(actor_exit(probe->pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_EXIT_KILLED);
	CU_ASSERT_TRUE(saw_nothing(probe)); /* not even terminate */
}

static void killed_can_be_trapped_as_a_reason(void)
{
	struct probe *sender = probe_running();
	struct probe *probe = probe_trapping();

	CU_ASSERT_EQUAL(probe_exit(sender, probe->pid, ACTOR_EXIT_KILLED), 0);
	CU_ASSERT_TRUE(saw_about(probe, SAW_EXIT, ACTOR_EXIT_KILLED, sender->pid));
	CU_ASSERT_TRUE(answers(probe));
}

static void normal_to_oneself_ends(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(probe_exit(probe, probe->pid, ACTOR_EXIT_NORMAL), 0);
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(saw(probe, SAW_TERMINATE, ACTOR_EXIT_NORMAL));
}

static void normal_to_oneself_is_trapped(void)
{
	struct probe *probe = probe_trapping();

	CU_ASSERT_EQUAL(probe_exit(probe, probe->pid, ACTOR_EXIT_NORMAL), 0);
	CU_ASSERT_TRUE(saw_about(probe, SAW_EXIT, ACTOR_EXIT_NORMAL, probe->pid));
	CU_ASSERT_TRUE(answers(probe));
}

static void one_can_end_oneself_by_a_signal(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(probe_exit(probe, probe->pid, REASON_A), 0);
	CU_ASSERT_EQUAL(reason_of_end(probe), REASON_A);
}

static void a_signal_to_the_dead_is_lost(void)
{
	struct probe *sender = probe_trapping();
	struct probe *probe = probe_running();

	probe_stop(probe, ACTOR_EXIT_NORMAL);
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_EXIT_NORMAL);
	CU_ASSERT_EQUAL(probe_exit(sender, probe->pid, REASON_A), 0);
	CU_ASSERT_TRUE(saw_nothing(sender));
}

static void an_ended_actor_handles_no_more(void)
{
	struct probe *probe = probe_running();

	probe_hold(probe);
	for (int i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(cast_number(probe->pid, i), 0);
	CU_ASSERT_EQUAL(actor_exit(probe->pid, REASON_A), 0);
	probe_release(probe);
	CU_ASSERT_EQUAL(reason_of_end(probe), REASON_A);
	CU_ASSERT_TRUE(saw(probe, SAW_TERMINATE, REASON_A));
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static void trap_counts_when_the_signal_is_received(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(probe_trap(probe, true), 0);
	CU_ASSERT_EQUAL(actor_exit(probe->pid, REASON_A), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_EXIT, REASON_A));
	CU_ASSERT_EQUAL(probe_trap(probe, false), 0);
	CU_ASSERT_EQUAL(actor_exit(probe->pid, REASON_B), 0);
	CU_ASSERT_EQUAL(reason_of_end(probe), REASON_B);
}

static void trapping_makes_messages_of_signals(void)
{
	struct probe *sender = probe_running();
	struct probe *probe = probe_trapping();

	for (int i = 1; i <= 3; i++)
		CU_ASSERT_EQUAL(probe_exit(sender, probe->pid, ACTOR_EXIT_USER + i), 0);
	for (int i = 1; i <= 3; i++)
		CU_ASSERT_TRUE(saw_about(probe, SAW_EXIT, ACTOR_EXIT_USER + i, sender->pid));
}

static void without_trapping_the_signal_goes_on_to_links(void)
{
	struct probe *probe = probe_running();
	struct probe *other = probe_trapping();

	CU_ASSERT_EQUAL(probe_link(other, probe->pid), 0);
	CU_ASSERT_EQUAL(actor_exit(probe->pid, REASON_B), 0);
	CU_ASSERT_TRUE(saw_about(other, SAW_EXIT, REASON_B, probe->pid));
}

static void trap_exits_answers_with_a_status(void)
{
	struct probe *probe = probe_trapping();

	CU_ASSERT_EQUAL(probe_trap(probe, true), 0);
	CU_ASSERT_EQUAL(probe_trap(probe, false), 0);
	CU_ASSERT_EQUAL(actor_trap_exits(true), ACTOR_ENOT_ACTOR);
}

static void a_message_that_was_sent_before_comes_first(void)
{
	struct probe *sender = probe_running();
	struct probe *probe = probe_trapping();

	probe_hold(probe);
	CU_ASSERT_EQUAL(probe_send(sender, probe->pid, 1), 0);
	CU_ASSERT_EQUAL(probe_exit(sender, probe->pid, REASON_A), 0);
	CU_ASSERT_EQUAL(probe_cast(sender, probe->pid, 2), 0);
	probe_release(probe);
	CU_ASSERT_TRUE(saw(probe, SAW_INFO, 1));
	CU_ASSERT_TRUE(saw(probe, SAW_EXIT, REASON_A));
	CU_ASSERT_TRUE(saw(probe, SAW_CAST, 2));
}

static void every_end_has_a_reason(void)
{
	struct probe *stopped = probe_running();
	struct probe *killed = probe_running();
	struct probe *failed = probe_new();
	int reason = 0;

	probe_stop(stopped, ACTOR_EXIT_SHUTDOWN);
	CU_ASSERT_EQUAL(reason_of_end(stopped), ACTOR_EXIT_SHUTDOWN);
	CU_ASSERT_EQUAL(actor_exit(killed->pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_EQUAL(reason_of_end(killed), ACTOR_EXIT_KILLED);
	failed->init_result = REASON_B;
	CU_ASSERT_NOT_EQUAL(probe_start_by(probe_running(), failed, NULL, &reason), 0);
	CU_ASSERT_EQUAL(reason, REASON_B);
}

static void reasons_travel_unchanged(void)
{
	static const int reasons[] = {ACTOR_EXIT_NORMAL, ACTOR_EXIT_SHUTDOWN, ACTOR_ETIMEOUT,
				      ACTOR_EXIT_USER,   INT32_MAX,           -4095};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct probe *probe = probe_running();
		struct probe *other = probe_trapping();

		CU_ASSERT_EQUAL(probe_link(other, probe->pid), 0);
		probe_stop(probe, reasons[i]);
		CU_ASSERT_TRUE(saw(other, SAW_EXIT, reasons[i]));
		CU_ASSERT_EQUAL(reason_of_end(probe), reasons[i]);
	}
}

static void an_actor_with_no_more_to_do_ends_normally(void)
{
	struct probe *probe = probe_running();

	probe_stop(probe, ACTOR_STOP);
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_EXIT_NORMAL);
}

static void a_signal_reaches_who_waits_in_a_call(void)
{
	struct probe *callee = probe_running();
	struct probe *caller = probe_running();

	probe_ask(caller, callee->pid, ANSWER_LATER, 1, ACTOR_FOREVER);
	CU_ASSERT_TRUE(saw(callee, SAW_CALL, 1));
	CU_ASSERT_EQUAL(actor_exit(caller->pid, REASON_A), 0);
	CU_ASSERT_EQUAL(reason_of_end(caller), REASON_A);
	CU_ASSERT_TRUE(saw(caller, SAW_TERMINATE, REASON_A));
	CU_ASSERT_TRUE(saw_nothing(caller)); /* the call never returned */
}

static void a_handler_is_not_interrupted(void)
{
	struct probe *probe = probe_running();

	probe_hold(probe);
	CU_ASSERT_EQUAL(actor_exit(probe->pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(actor_alive(probe->pid));
	probe_release(probe);
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_EXIT_KILLED);
}

static void the_living_are_alive(void)
{
	struct probe *probe = probe_running();
	struct probe *other = probe_running();

	CU_ASSERT_TRUE(probe_alive(other, probe->pid));
	CU_ASSERT_TRUE(probe_alive(probe, probe->pid));
	probe_stop(probe, ACTOR_EXIT_NORMAL);
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_EXIT_NORMAL);
	CU_ASSERT_FALSE(probe_alive(other, probe->pid));
	CU_ASSERT_FALSE(probe_alive(other, ACTOR_PID_NONE));
}

static void alive_does_not_wait_for_signals(void)
{
	struct probe *sender = probe_running();
	struct probe *probe = probe_running();

	probe_hold(probe);
	CU_ASSERT_EQUAL(probe_exit(sender, probe->pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(probe_alive(sender, probe->pid));
	probe_release(probe);
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_EXIT_KILLED);
	CU_ASSERT_FALSE(probe_alive(sender, probe->pid));
}

static void kill_as_ones_own_reason_stays_kill(void)
{
	struct probe *probe = probe_running();
	struct probe *other = probe_trapping();

	CU_ASSERT_EQUAL(probe_link(other, probe->pid), 0);
	probe_stop(probe, ACTOR_EXIT_KILL);
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_EXIT_KILL);
	CU_ASSERT_TRUE(saw_about(other, SAW_EXIT, ACTOR_EXIT_KILL, probe->pid));
}

CONFORMANCE("exits", ROWS_EXITS)
