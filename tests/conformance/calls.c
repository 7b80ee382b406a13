/* SPDX-License-Identifier: MIT */
/* Calls and casts: who waits for whom, how long, and what ends the waiting. */
#include <actor/request.h>

#include "conformance.h"
#include "table/calls.h"

static uint64_t late_replies(void)
{
	struct actor_system_counters counters;

	actor_system_count(probe_system(), &counters);
	return counters.late_replies;
}

static void a_call_waits_for_its_reply(void)
{
	struct probe *caller = probe_running();
	struct probe *callee = probe_running();

	probe_ask(caller, callee->pid, ANSWER_LATER, 1, ACTOR_FOREVER);
	CU_ASSERT_TRUE(saw_about(callee, SAW_CALL, 1, caller->pid));
	CU_ASSERT_FALSE(has_news(caller));
	CU_ASSERT_EQUAL(probe_answer(callee, callee->kept, 2), 0);
	CU_ASSERT_TRUE(saw_about(caller, SAW_RESULT, 2, callee->pid));
}

static void the_reply_is_what_the_callee_gave(void)
{
	struct probe *callee = probe_running();
	int64_t reply = 0;

	CU_ASSERT_EQUAL(ask(callee->pid, ANSWER, INT64_MIN, &reply, PATIENCE), 0);
	CU_ASSERT_EQUAL(reply, INT64_MIN);
	CU_ASSERT_EQUAL(ask(callee->pid, ANSWER_REFUSE, ACTOR_EACCESS, NULL, PATIENCE),
			ACTOR_EACCESS);
}

static void a_call_that_times_out_returns(void)
{
	struct probe *caller = probe_running();
	struct probe *callee = probe_running();

	probe_ask(caller, callee->pid, ANSWER_LATER, 1, ACTOR_MILLISECONDS(1));
	CU_ASSERT_TRUE(saw(caller, SAW_RESULT, ACTOR_ETIMEOUT));
	CU_ASSERT_TRUE(answers(caller));
}

static void a_call_may_wait_without_limit(void)
{
	struct probe *caller = probe_running();
	struct probe *callee = probe_running();
	struct probe *clock = probe_running();

	probe_ask(caller, callee->pid, ANSWER_LATER, 1, ACTOR_FOREVER);
	CU_ASSERT_TRUE(saw(callee, SAW_CALL, 1));
	(void)probe_timer(clock, ACTOR_MILLISECONDS(5), 0, 1);
	CU_ASSERT_TRUE(saw(clock, SAW_TICK, 1));
	CU_ASSERT_FALSE(has_news(caller));
	CU_ASSERT_EQUAL(probe_answer(callee, callee->kept, 2), 0);
	CU_ASSERT_TRUE(saw(caller, SAW_RESULT, 2));
}

static void a_late_reply_is_not_received(void)
{
	struct probe *caller = probe_trapping();
	struct probe *callee = probe_running();
	uint64_t before = late_replies();

	probe_ask(caller, callee->pid, ANSWER_LATER, 1, ACTOR_MILLISECONDS(1));
	CU_ASSERT_TRUE(saw(caller, SAW_RESULT, ACTOR_ETIMEOUT));
	CU_ASSERT_TRUE(saw(callee, SAW_CALL, 1));
	CU_ASSERT_EQUAL(probe_answer(callee, callee->kept, 2), 0);
	CU_ASSERT_EQUAL(probe_send(callee, caller->pid, 3), 0); /* behind the late one */
	CU_ASSERT_TRUE(saw(caller, SAW_INFO, 3));
	CU_ASSERT_EQUAL(late_replies(), before + 1);
}

static void a_late_reply_is_not_taken_for_another(void)
{
	struct probe *caller = probe_running();
	struct probe *callee = probe_running();
	struct actor_from late;

	probe_ask(caller, callee->pid, ANSWER_LATER, 1, ACTOR_MILLISECONDS(1));
	CU_ASSERT_TRUE(saw(caller, SAW_RESULT, ACTOR_ETIMEOUT));
	CU_ASSERT_TRUE(saw(callee, SAW_CALL, 1));
	late = callee->kept;
	probe_ask(caller, callee->pid, ANSWER_LATER, 2, ACTOR_FOREVER);
	CU_ASSERT_TRUE(saw(callee, SAW_CALL, 2));
	CU_ASSERT_EQUAL(probe_answer(callee, late, 11), 0);
	CU_ASSERT_EQUAL(probe_answer(callee, callee->kept, 22), 0);
	CU_ASSERT_TRUE(saw(caller, SAW_RESULT, 22));
}

static void calling_the_dead_is_noproc(void)
{
	struct probe *caller = probe_running();
	struct probe *callee = probe_running();

	probe_stop(callee, ACTOR_STOP);
	CU_ASSERT_EQUAL(reason_of_end(callee), ACTOR_EXIT_NORMAL);
	probe_ask(caller, callee->pid, ANSWER, 1, ACTOR_FOREVER);
	CU_ASSERT_TRUE(saw(caller, SAW_RESULT, ACTOR_ENOT_FOUND));
	probe_ask(caller, actor_whereis("nobody"), ANSWER, 1, ACTOR_FOREVER);
	CU_ASSERT_TRUE(saw(caller, SAW_RESULT, ACTOR_ENOT_FOUND));
}

static void calling_oneself_fails_at_once(void)
{
	struct probe *probe = probe_running();

	probe_ask(probe, probe->pid, ANSWER, 1, ACTOR_FOREVER);
	CU_ASSERT_TRUE(saw(probe, SAW_RESULT, ACTOR_EDEADLOCK));
	CU_ASSERT_TRUE(saw_nothing(probe)); /* its handler was not called */
}

static void a_circle_of_calls_fails_at_once(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();

	probe_ask(a, b->pid, ANSWER_LATER, 7, ACTOR_FOREVER);
	CU_ASSERT_TRUE(saw(b, SAW_CALL, 7)); /* now a waits for b */
	probe_ask(b, a->pid, ANSWER, 8, ACTOR_FOREVER);
	CU_ASSERT_TRUE(saw_about(b, SAW_RESULT, ACTOR_EDEADLOCK, a->pid));
	CU_ASSERT_EQUAL(probe_answer(b, b->kept, 77), 0);
	CU_ASSERT_TRUE(saw(a, SAW_RESULT, 77)); /* and not b's call */
}

/* Why the call failed, where the callee died. */
static int ask_and_tell_why(struct probe *self, void *context)
{
	struct probe *other = context;
	int status = ask(other->pid, ANSWER_LATER, 1, NULL, ACTOR_FOREVER);

	probe_note(self, SAW_OTHER, status == ACTOR_EDIED ? actor_call_reason() : status,
		   other->pid);
	return ACTOR_CONTINUE;
}

static void a_callee_that_is_shut_down_ends_the_call(void)
{
	struct probe *caller = probe_running();
	struct probe *callee = probe_running();

	probe_do_later(caller, ask_and_tell_why, callee);
	CU_ASSERT_TRUE(saw(callee, SAW_CALL, 1));
	CU_ASSERT_EQUAL(actor_exit(callee->pid, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(saw(caller, SAW_OTHER, ACTOR_EXIT_SHUTDOWN));
}

static void a_callee_that_stops_ends_the_call(void)
{
	struct probe *caller = probe_running();
	struct probe *callee = probe_running();

	probe_do_later(caller, ask_and_tell_why, callee);
	CU_ASSERT_TRUE(saw(callee, SAW_CALL, 1));
	probe_stop(callee, ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(saw(caller, SAW_OTHER, ACTOR_EXIT_NORMAL));
}

static void a_callee_that_dies_ends_the_call(void)
{
	static const struct {
		int signal;
		int reason;
	} deaths[] = {{REASON_A, REASON_A},
		      {ACTOR_EXIT_KILL, ACTOR_EXIT_KILLED},
		      {ACTOR_ENO_MEMORY, ACTOR_ENO_MEMORY}};

	for (size_t i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++) {
		struct probe *caller = probe_running();
		struct probe *callee = probe_running();

		probe_do_later(caller, ask_and_tell_why, callee);
		CU_ASSERT_TRUE(saw(callee, SAW_CALL, 1));
		CU_ASSERT_EQUAL(actor_exit(callee->pid, deaths[i].signal), 0);
		CU_ASSERT_TRUE(saw(caller, SAW_OTHER, deaths[i].reason));
	}
}

static void a_request_not_yet_handled_fails_as_well(void)
{
	struct probe *callee = probe_running();
	uint64_t request;

	probe_hold(callee);
	CU_ASSERT_EQUAL(ask_later(callee->pid, ANSWER, 1, &request), 0);
	CU_ASSERT_EQUAL(actor_exit(callee->pid, REASON_B), 0);
	probe_release(callee);
	CU_ASSERT_EQUAL(actor_request_receive(request, NULL, PATIENCE), ACTOR_EDIED);
	CU_ASSERT_EQUAL(actor_call_reason(), REASON_B);
	CU_ASSERT_TRUE(saw(callee, SAW_TERMINATE, REASON_B)); /* and no SAW_CALL */
}

static void another_actor_may_reply(void)
{
	struct probe *caller = probe_running();
	struct probe *callee = probe_running();
	struct probe *other = probe_running();

	probe_ask(caller, callee->pid, ANSWER_LATER, 1, ACTOR_FOREVER);
	CU_ASSERT_TRUE(saw(callee, SAW_CALL, 1));
	CU_ASSERT_EQUAL(probe_answer(other, callee->kept, 33), 0);
	CU_ASSERT_TRUE(saw(caller, SAW_RESULT, 33));
}

static void each_caller_gets_its_own_reply(void)
{
	struct probe *callee = probe_running();
	struct probe *callers[3];
	struct actor_from from[3];

	for (int i = 0; i < 3; i++) {
		callers[i] = probe_running();
		probe_ask(callers[i], callee->pid, ANSWER_LATER, i, ACTOR_FOREVER);
		CU_ASSERT_TRUE(saw(callee, SAW_CALL, i));
		from[i] = callee->kept;
	}
	for (int i = 2; i >= 0; i--)
		CU_ASSERT_EQUAL(probe_answer(callee, from[i], 100 + i), 0);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_TRUE(saw(callers[i], SAW_RESULT, 100 + i));
}

static void a_second_reply_is_dropped(void)
{
	struct probe *caller = probe_running();
	struct probe *callee = probe_running();
	uint64_t before = late_replies();

	probe_ask(caller, callee->pid, ANSWER_LATER, 1, ACTOR_FOREVER);
	CU_ASSERT_TRUE(saw(callee, SAW_CALL, 1));
	CU_ASSERT_EQUAL(probe_answer(callee, callee->kept, 2), 0);
	CU_ASSERT_EQUAL(probe_answer(callee, callee->kept, 3), 0);
	CU_ASSERT_TRUE(saw(caller, SAW_RESULT, 2));
	CU_ASSERT_TRUE(saw_nothing(caller));
	CU_ASSERT_EQUAL(late_replies(), before + 1);
}

static void a_reply_to_the_dead_is_dropped(void)
{
	struct probe *caller = probe_running();
	struct probe *callee = probe_running();

	probe_ask(caller, callee->pid, ANSWER_LATER, 1, ACTOR_FOREVER);
	CU_ASSERT_TRUE(saw(callee, SAW_CALL, 1));
	CU_ASSERT_EQUAL(actor_exit(caller->pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_EQUAL(reason_of_end(caller), ACTOR_EXIT_KILLED);
	CU_ASSERT_EQUAL(probe_answer(callee, callee->kept, 2), 0);
	CU_ASSERT_TRUE(saw_nothing(callee));
}

static void what_arrives_during_a_call_waits(void)
{
	struct probe *caller = probe_running();
	struct probe *callee = probe_running();

	probe_ask(caller, callee->pid, ANSWER_LATER, 1, ACTOR_FOREVER);
	CU_ASSERT_TRUE(saw(callee, SAW_CALL, 1));
	for (int i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(
			i % 2 == 0 ? cast_number(caller->pid, i) : send_number(caller->pid, i), 0);
	CU_ASSERT_EQUAL(probe_answer(callee, callee->kept, 2), 0);
	CU_ASSERT_TRUE(saw(caller, SAW_RESULT, 2));
	for (int i = 0; i < 5; i++)
		CU_ASSERT_TRUE(saw(caller, i % 2 == 0 ? SAW_CAST : SAW_INFO, i));
}

static void the_exit_of_a_linked_callee_still_comes(void)
{
	struct probe *caller = probe_trapping();
	struct probe *callee = probe_running();

	CU_ASSERT_EQUAL(probe_link(caller, callee->pid), 0);
	probe_do_later(caller, ask_and_tell_why, callee);
	CU_ASSERT_TRUE(saw(callee, SAW_CALL, 1));
	probe_stop(callee, REASON_A);
	CU_ASSERT_TRUE(saw(caller, SAW_OTHER, REASON_A));
	CU_ASSERT_TRUE(saw_about(caller, SAW_EXIT, REASON_A, callee->pid));
}

static int ask_without_waiting(struct probe *self, void *context)
{
	uint64_t request;

	return ask_later(((struct probe *)context)->pid, ANSWER, self->number, &request);
}

static void callers_are_served_in_order(void)
{
	struct probe *callee = probe_running();
	struct probe *callers[4];

	probe_hold(callee);
	for (int i = 0; i < 4; i++) {
		callers[i] = probe_running();
		CU_ASSERT_EQUAL(probe_do(callers[i], ask_without_waiting, callee), 0);
	}
	probe_release(callee);
	for (int i = 0; i < 4; i++)
		CU_ASSERT_TRUE(saw_about(callee, SAW_CALL, callers[i]->number, callers[i]->pid));
}

static void a_cast_returns_at_once(void)
{
	struct probe *caster = probe_running();
	struct probe *probe = probe_running();

	probe_hold(probe);
	CU_ASSERT_EQUAL(probe_cast(caster, probe->pid, 1), 0);
	CU_ASSERT_FALSE(has_news(probe));
	probe_release(probe);
	CU_ASSERT_TRUE(saw(probe, SAW_CAST, 1));
}

static void a_cast_to_the_dead_is_no_error(void)
{
	struct probe *caster = probe_trapping();
	struct probe *probe = probe_running();

	probe_stop(probe, ACTOR_STOP);
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_EXIT_NORMAL);
	CU_ASSERT_EQUAL(probe_cast(caster, probe->pid, 1), 0);
	CU_ASSERT_TRUE(saw_nothing(caster));
}

static void casts_and_calls_keep_their_order(void)
{
	struct probe *probe = probe_running();

	probe_hold(probe);
	CU_ASSERT_EQUAL(cast_number(probe->pid, 1), 0);
	CU_ASSERT_EQUAL(send_number(probe->pid, 2), 0);
	probe_release(probe);
	CU_ASSERT_EQUAL(ask(probe->pid, ANSWER, 3, NULL, PATIENCE), 0);
	CU_ASSERT_EQUAL(cast_number(probe->pid, 4), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_CAST, 1));
	CU_ASSERT_TRUE(saw(probe, SAW_INFO, 2));
	CU_ASSERT_TRUE(saw(probe, SAW_CALL, 3));
	CU_ASSERT_TRUE(saw(probe, SAW_CAST, 4));
}

CONFORMANCE("calls", ROWS_CALLS)
