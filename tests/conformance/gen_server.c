/* SPDX-License-Identifier: MIT */
/* Generic servers: start, the callbacks, continue and stop. Calls have a file of their own. */
#include "table/gen_server.h"
#include "conformance.h"

/* ---- Start ------------------------------------------------------------------------------------
 */

static int start_and_note(struct probe *self, void *context)
{
	struct probe *child = context;
	struct actor_pid pid;
	int status =
		actor_start(probe_behaviour(), &child->self, sizeof(child->self), NULL, &pid, NULL);

	probe_note(self, SAW_OTHER, status, pid);
	return ACTOR_CONTINUE;
}

static void start_returns_when_init_has(void)
{
	struct probe *starter = probe_running();
	struct probe *child = probe_new();

	child->hangs_in_init = true;
	probe_do_later(starter, start_and_note, child);
	CU_ASSERT_TRUE(is_held(child));
	CU_ASSERT_FALSE(has_news(starter));
	probe_release(child);
	CU_ASSERT_TRUE(saw_about(starter, SAW_OTHER, 0, child->pid));
}

static void start_gives_the_pid(void)
{
	struct probe *probe = probe_running();
	struct actor_pid given = probe->pid;

	probe->pid = ACTOR_PID_NONE;
	CU_ASSERT_FALSE(actor_pid_is_none(given));
	CU_ASSERT_EQUAL(cast_number(given, 1), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_CAST, 1));
	probe->pid = given;
	CU_ASSERT_TRUE(answers(probe));
}

static int argument_init(void *state, const void *argument, size_t size)
{
	struct probe *probe = *(struct probe *const *)argument;

	(void)state;
	probe_note(probe, SAW_OTHER, (int64_t)size, ACTOR_PID_NONE);
	return ACTOR_CONTINUE;
}

static void init_gets_the_argument_of_start(void)
{
	static const struct actor_behaviour behaviour = {.name = "argument", .init = argument_init};
	struct probe *probe = probe_new();

	probe->behaviour = &behaviour;
	(void)probe_start(probe);
	CU_ASSERT_TRUE(saw(probe, SAW_OTHER, sizeof(struct probe *)));
}

static void the_reason_of_a_failing_init_reaches_the_starter(void)
{
	struct probe *starter = probe_running();
	struct probe *child = probe_new();
	int reason = 0;

	child->init_result = REASON_A;
	CU_ASSERT_EQUAL(probe_start_by(starter, child, NULL, &reason), ACTOR_EBAD_CHILD);
	CU_ASSERT_EQUAL(reason, REASON_A);
	child->init_result = ACTOR_EACCESS; /* a status is told as it is */
	CU_ASSERT_EQUAL(probe_start_by(starter, child, NULL, &reason), ACTOR_EACCESS);
	CU_ASSERT_EQUAL(reason, ACTOR_EACCESS);
}

struct failing {
	struct probe *probe;
	struct actor_pid partner;
};

static int link_and_fail(void *state, const void *argument, size_t size)
{
	const struct failing *failing = argument;

	(void)state;
	(void)size;
	failing->probe->pid = actor_self();
	return actor_link(failing->partner) == 0 ? REASON_A : REASON_B;
}

static int start_failing(struct probe *self, void *context)
{
	static const struct actor_behaviour behaviour = {.name = "failing", .init = link_and_fail};

	(void)self;
	return actor_start(&behaviour, context, sizeof(struct failing), NULL, NULL, NULL);
}

static void a_failing_init_ends_the_actor(void)
{
	struct probe *starter = probe_running();
	struct probe *partner = probe_trapping();
	struct probe *child = probe_new();
	struct failing failing = {child, partner->pid};

	CU_ASSERT_EQUAL(probe_do(starter, start_failing, &failing), ACTOR_EBAD_CHILD);
	CU_ASSERT_TRUE(saw_about(partner, SAW_EXIT, REASON_A, child->pid));
	CU_ASSERT_FALSE(actor_alive(child->pid));
}

static void a_failed_start_sends_its_starter_no_signal(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .link = true};
	struct probe *starter = probe_running();
	struct probe *trapping = probe_trapping();
	struct probe *child = probe_new();

	child->init_result = REASON_A;
	CU_ASSERT_EQUAL(probe_start_by(starter, child, &options, NULL), ACTOR_EBAD_CHILD);
	CU_ASSERT_TRUE(answers(starter));
	CU_ASSERT_EQUAL(probe_start_by(trapping, child, &options, NULL), ACTOR_EBAD_CHILD);
	CU_ASSERT_TRUE(saw_nothing(trapping));
}

static void an_init_that_stops_normally_is_no_child(void)
{
	struct probe *starter = probe_running();
	struct probe *child = probe_new();
	int reason = 0;

	child->init_result = ACTOR_STOP;
	CU_ASSERT_EQUAL(probe_start_by(starter, child, NULL, &reason), ACTOR_EBAD_CHILD);
	CU_ASSERT_EQUAL(reason, ACTOR_EXIT_NORMAL);
}

static void a_start_can_give_a_name(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "server"};
	struct probe *child = probe_new();

	CU_ASSERT_EQUAL(probe_start_by(probe_running(), child, &options, NULL), 0);
	CU_ASSERT_TRUE(actor_pid_equal(actor_whereis("server"), child->pid));
}

static void without_a_name_nothing_is_registered(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .label = "label"};
	struct probe *child = probe_new();

	CU_ASSERT_EQUAL(probe_start_by(probe_running(), child, &options, NULL), 0);
	CU_ASSERT_TRUE(actor_pid_is_none(actor_whereis("label")));
	CU_ASSERT_TRUE(actor_pid_is_none(actor_whereis("probe")));
}

static void a_taken_name_refuses_the_start(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "server"};
	struct probe *starter = probe_running();
	struct probe *first = probe_new();
	struct probe *second = probe_new();

	second->notes_init = true;
	CU_ASSERT_EQUAL(probe_start_by(starter, first, &options, NULL), 0);
	CU_ASSERT_EQUAL(probe_start_by(starter, second, &options, NULL), ACTOR_ENAME_TAKEN);
	CU_ASSERT_TRUE(actor_pid_equal(actor_whereis("server"), first->pid));
	CU_ASSERT_FALSE(has_news(second));
}

static void a_start_can_link(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .link = true};
	struct probe *starter = probe_trapping();
	struct probe *child = probe_new();

	CU_ASSERT_EQUAL(probe_start_by(starter, child, &options, NULL), 0);
	probe_stop(child, REASON_A);
	CU_ASSERT_TRUE(saw_about(starter, SAW_EXIT, REASON_A, child->pid));
}

static void a_start_alone_does_not_link(void)
{
	struct probe *starter = probe_trapping();
	struct probe *child = probe_new();

	CU_ASSERT_EQUAL(probe_start_by(starter, child, NULL, NULL), 0);
	probe_watch(child);
	probe_stop(child, REASON_A);
	CU_ASSERT_EQUAL(reason_of_end(child), REASON_A);
	CU_ASSERT_TRUE(saw_nothing(starter));
}

/* ---- Handlers ---------------------------------------------------------------------------------
 */

static void a_call_comes_to_handle_call(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(ask(probe->pid, ANSWER, 7, NULL, PATIENCE), 0);
	CU_ASSERT_TRUE(saw_about(probe, SAW_CALL, 7, actor_self()));
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static void a_cast_comes_to_handle_cast(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(cast_number(probe->pid, 7), 0);
	CU_ASSERT_TRUE(saw_about(probe, SAW_CAST, 7, actor_self()));
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static void all_else_comes_to_handle_info(void)
{
	struct probe *probe = probe_trapping();
	struct probe *other = probe_running();

	CU_ASSERT_EQUAL(send_number(probe->pid, 7), 0);
	CU_ASSERT_TRUE(saw_about(probe, SAW_INFO, 7, actor_self()));
	(void)probe_timer(probe, 0, 0, 8);
	CU_ASSERT_TRUE(saw(probe, SAW_TICK, 8));
	(void)probe_monitor(probe, other->pid);
	CU_ASSERT_EQUAL(actor_exit(other->pid, REASON_A), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_DOWN, REASON_A));
	CU_ASSERT_EQUAL(probe_exit(probe_running(), probe->pid, REASON_B), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_EXIT, REASON_B));
}

static const struct actor_behaviour bare = {.name = "bare"};

/* An actor with no handler at all. */
static struct probe *bare_probe(void)
{
	struct probe *probe = probe_new();

	probe->behaviour = &bare;
	return probe_start(probe);
}

static uint64_t unhandled(void)
{
	struct actor_system_counters counters;

	actor_system_count(probe_system(), &counters);
	return counters.unhandled;
}

static void info_without_a_handler_is_counted(void)
{
	struct probe *probe = bare_probe();
	uint64_t before = unhandled();

	CU_ASSERT_EQUAL(send_number(probe->pid, 1), 0);
	CU_ASSERT_EQUAL(cast_number(probe->pid, 2), 0);
	CU_ASSERT_EQUAL(ask(probe->pid, ANSWER, 3, NULL, PATIENCE), ACTOR_EREJECTED);
	CU_ASSERT_EQUAL(unhandled(), before + 3);
	CU_ASSERT_TRUE(actor_alive(probe->pid));
}

static void handlers_other_than_init_are_optional(void)
{
	struct probe *probe = bare_probe();

	CU_ASSERT_EQUAL(ask(probe->pid, ANSWER, 3, NULL, PATIENCE), ACTOR_EREJECTED);
	CU_ASSERT_EQUAL(actor_exit(probe->pid, REASON_A), 0);
	CU_ASSERT_EQUAL(reason_of_end(probe), REASON_A);
}

ACTOR_STATIC_REQUEST(add, int64_t, int64_t);

static int adder_handle_call(void *state, const struct actor_message *message,
			     struct actor_from from)
{
	int64_t *sum = state;

	*sum += *actor_message_as(message, int64_t);
	return actor_reply(from, sum);
}

static void a_handler_goes_on_with_the_new_state(void)
{
	static const struct actor_behaviour adder = {
		.name = "adder", .state_size = sizeof(int64_t), .handle_call = adder_handle_call};
	struct actor_pid pid;
	int64_t sum = 0;

	CU_ASSERT_EQUAL_FATAL(actor_start(&adder, NULL, 0, NULL, &pid, NULL), 0);
	for (int64_t number = 1; number <= 4; number++)
		CU_ASSERT_EQUAL(actor_call(pid, &add, &number, &sum, PATIENCE), 0);
	CU_ASSERT_EQUAL(sum, 10);
}

static void a_reply_may_be_given_later(void)
{
	struct probe *caller = probe_running();
	struct probe *callee = probe_running();

	probe_ask(caller, callee->pid, ANSWER_LATER, 1, ACTOR_FOREVER);
	CU_ASSERT_TRUE(saw(callee, SAW_CALL, 1));
	CU_ASSERT_EQUAL(cast_number(callee->pid, 2), 0);
	CU_ASSERT_TRUE(saw(callee, SAW_CAST, 2)); /* the callee went on meanwhile */
	CU_ASSERT_FALSE(has_news(caller));
	CU_ASSERT_EQUAL(probe_answer(callee, callee->kept, 55), 0);
	CU_ASSERT_TRUE(saw(caller, SAW_RESULT, 55));
}

static void a_stop_may_reply_first(void)
{
	struct probe *probe = probe_running();
	int64_t reply = 0;

	CU_ASSERT_EQUAL(ask(probe->pid, ANSWER_STOP, REASON_A, &reply, PATIENCE), 0);
	CU_ASSERT_EQUAL(reply, REASON_A);
	CU_ASSERT_EQUAL(reason_of_end(probe), REASON_A);
}

static void a_stop_by_itself_is_no_reply(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(ask(probe->pid, STOP, REASON_A, NULL, PATIENCE), ACTOR_EDIED);
	CU_ASSERT_EQUAL(reason_of_end(probe), REASON_A);
}

/* ---- The end ----------------------------------------------------------------------------------
 */

static void terminate_gets_the_reason_of_the_stop(void)
{
	static const int reasons[] = {ACTOR_EXIT_NORMAL, ACTOR_EXIT_SHUTDOWN, REASON_A};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct probe *probe = probe_running();

		probe_stop(probe, reasons[i]);
		CU_ASSERT_TRUE(saw_about(probe, SAW_TERMINATE, reasons[i], probe->pid));
	}
}

static void the_actor_ends_when_terminate_returns(void)
{
	struct probe *probe = probe_new();

	probe->hangs = true;
	(void)probe_start(probe);
	probe_stop(probe, REASON_A);
	CU_ASSERT_TRUE(is_held(probe));
	CU_ASSERT_TRUE(actor_alive(probe->pid));
	probe_release(probe);
	CU_ASSERT_EQUAL(reason_of_end(probe), REASON_A);
	CU_ASSERT_FALSE(actor_alive(probe->pid));
}

static void the_reason_of_a_stop_reaches_the_linked(void)
{
	struct probe *probe = probe_running();
	struct probe *linked = probe_running();

	CU_ASSERT_EQUAL(probe_link(linked, probe->pid), 0);
	probe_stop(probe, REASON_B);
	CU_ASSERT_EQUAL(reason_of_end(linked), REASON_B);
}

static void a_failing_handler_ends_the_actor(void)
{
	struct probe *probe = probe_running();

	probe_stop(probe, ACTOR_ENO_MEMORY);
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_ENO_MEMORY);
	CU_ASSERT_TRUE(saw(probe, SAW_TERMINATE, ACTOR_ENO_MEMORY));
}

static void exits_are_not_trapped_unless_asked(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(actor_exit(probe->pid, REASON_A), 0);
	CU_ASSERT_EQUAL(reason_of_end(probe), REASON_A);
	CU_ASSERT_TRUE(saw(probe, SAW_TERMINATE, REASON_A)); /* and not SAW_EXIT */
}

static void terminate_runs_without_trapping_too(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(actor_exit(probe->pid, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_TERMINATE, ACTOR_EXIT_SHUTDOWN));
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_EXIT_SHUTDOWN);
}

static void terminate_does_not_run_when_killed(void)
{
	struct probe *probe = probe_trapping();

	CU_ASSERT_EQUAL(actor_exit(probe->pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_EXIT_KILLED);
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static void the_parents_exit_ends_who_traps(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .link = true};
	struct probe *parent = probe_running();
	struct probe *child = probe_new();

	child->traps = true;
	CU_ASSERT_EQUAL(probe_start_by(parent, child, &options, NULL), 0);
	probe_watch(child);
	probe_stop(parent, REASON_A);
	CU_ASSERT_EQUAL(reason_of_end(child), REASON_A);
	CU_ASSERT_TRUE(saw(child, SAW_TERMINATE, REASON_A));
	CU_ASSERT_TRUE(saw_nothing(child));
}

/* ---- Continue ---------------------------------------------------------------------------------
 */

static int continue_twice(struct probe *self, void *context)
{
	(void)context;
	probe_continue(self, 1);
	probe_continue(self, 2);
	return ACTOR_CONTINUE;
}

static void continue_comes_before_all_else(void)
{
	struct probe *probe = probe_running();

	probe_hold(probe);
	probe_do_later(probe, continue_twice, NULL);
	CU_ASSERT_EQUAL(cast_number(probe->pid, 9), 0);
	probe_release(probe);
	CU_ASSERT_TRUE(saw(probe, SAW_CONTINUE, 1));
	CU_ASSERT_TRUE(saw(probe, SAW_CONTINUE, 2));
	CU_ASSERT_TRUE(saw(probe, SAW_CAST, 9));
}

static void continue_after_init_is_first(void)
{
	struct probe *parent = probe_running();
	struct probe *child = probe_new();

	child->continues_init = true;
	child->hangs_in_init = true;
	CU_ASSERT_EQUAL(probe_spawn_by(parent, child, NULL), 0);
	CU_ASSERT_TRUE(is_held(child));
	CU_ASSERT_EQUAL(cast_number(child->pid, 9), 0); /* is there before init returns */
	probe_release(child);
	CU_ASSERT_TRUE(saw(child, SAW_CONTINUE, 0));
	CU_ASSERT_TRUE(saw(child, SAW_CAST, 9));
}

ACTOR_STATIC_MESSAGE_EMPTY(go_on);

static int continue_init(void *state, const void *argument, size_t size)
{
	(void)state;
	(void)argument;
	(void)size;
	return actor_continue(&go_on, NULL);
}

static void continue_without_a_handler_is_counted(void)
{
	static const struct actor_behaviour behaviour = {.name = "goes on", .init = continue_init};
	struct probe *probe = probe_new();
	uint64_t before = unhandled();

	probe->behaviour = &behaviour;
	(void)probe_start(probe);
	CU_ASSERT_EQUAL(ask(probe->pid, ANSWER, 1, NULL, PATIENCE), ACTOR_EREJECTED);
	CU_ASSERT_EQUAL(unhandled(), before + 2); /* the call is one of them */
}

/* ---- Stop -------------------------------------------------------------------------------------
 */

static void stop_waits_for_the_end(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(actor_stop(probe->pid, REASON_A, PATIENCE), 0);
	CU_ASSERT_FALSE(actor_alive(probe->pid));
	CU_ASSERT_EQUAL(reason_of_end(probe), REASON_A);
}

static void stop_runs_terminate(void)
{
	struct probe *probe = probe_trapping();

	CU_ASSERT_EQUAL(actor_stop(probe->pid, REASON_A, PATIENCE), 0);
	CU_ASSERT_TRUE(has_news(probe));
	CU_ASSERT_TRUE(saw(probe, SAW_TERMINATE, REASON_A));
}

static int stop_and_note(struct probe *self, void *context)
{
	struct probe *other = context;
	int status = actor_stop(other->pid, REASON_A, ACTOR_FOREVER);

	probe_note(self, SAW_OTHER, status == ACTOR_EDIED ? actor_call_reason() : status,
		   other->pid);
	return ACTOR_CONTINUE;
}

static void stop_fails_when_the_reason_is_another(void)
{
	struct probe *stopper = probe_running();
	struct probe *asked = probe_running();
	struct probe *probe = probe_new();

	probe->calls_at_end = asked->pid;
	(void)probe_start(probe);
	probe_do_later(stopper, stop_and_note, probe);
	CU_ASSERT_TRUE(saw_about(asked, SAW_CALL, REASON_A, probe->pid));
	/* It waits in terminate, which only a kill cuts short. */
	CU_ASSERT_EQUAL(actor_exit(probe->pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(saw_about(stopper, SAW_OTHER, ACTOR_EXIT_KILLED, probe->pid));
}

static void stop_has_a_time_limit(void)
{
	struct probe *probe = probe_running();

	probe_hold(probe);
	CU_ASSERT_EQUAL(actor_stop(probe->pid, REASON_A, ACTOR_MILLISECONDS(2)), ACTOR_ETIMEOUT);
	probe_release(probe);
	CU_ASSERT_EQUAL(reason_of_end(probe), REASON_A); /* the order stands */
}

static void stopping_the_dead_is_noproc(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(actor_stop(probe->pid, ACTOR_EXIT_NORMAL, PATIENCE), 0);
	CU_ASSERT_EQUAL(actor_stop(probe->pid, ACTOR_EXIT_NORMAL, PATIENCE), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_call_reason(), ACTOR_EXIT_NO_ACTOR);
}

static void a_stop_reaches_the_linked(void)
{
	struct probe *probe = probe_running();
	struct probe *linked = probe_trapping();

	CU_ASSERT_EQUAL(probe_link(linked, probe->pid), 0);
	CU_ASSERT_EQUAL(actor_stop(probe->pid, REASON_A, PATIENCE), 0);
	CU_ASSERT_TRUE(saw_about(linked, SAW_EXIT, REASON_A, probe->pid));
}

CONFORMANCE("gen_server", ROWS_GEN_SERVER)
