/* SPDX-License-Identifier: MIT */
/* Selective receive, and gen_statem's postponing. */
#include <actor/receive.h>
#include <actor/request.h>
#include <actor/sys.h>

#include "conformance.h"
#include "table/receive.h"

ACTOR_STATIC_MESSAGE(red, int64_t);
ACTOR_STATIC_MESSAGE(blue, int64_t);
ACTOR_STATIC_REQUEST_EMPTY(how_many, int64_t);

static int send_red(struct actor_pid to, int64_t value)
{
	return actor_send(to, &red, &value);
}

static int send_blue(struct actor_pid to, int64_t value)
{
	return actor_send(to, &blue, &value);
}

/* ---- Receive ----------------------------------------------------------------------------------
 */

struct wish {
	uint64_t timeout_ns;
	bool waits; /* for probe_release, before it receives */
};

/* Receives one red message and notes its number, or the status. */
static int receive_red(struct probe *self, void *context)
{
	const struct actor_type *const types[] = {&red};
	const struct wish *wish = context;
	const struct actor_message *message;
	int status;

	if (wish->waits)
		probe_wait(self);
	status = actor_receive(types, 1, wish->timeout_ns, &message);
	probe_note(self, SAW_OTHER, status != 0 ? status : *actor_message_as(message, int64_t),
		   status != 0 ? ACTOR_PID_NONE : message->sender);
	return ACTOR_CONTINUE;
}

static void receive_takes_the_first_that_matches(void)
{
	struct probe *probe = probe_running();
	struct wish wish = {ACTOR_FOREVER, true};

	probe_do_later(probe, receive_red, &wish);
	CU_ASSERT_TRUE(is_held(probe));
	CU_ASSERT_EQUAL(send_blue(probe->pid, 1), 0);
	CU_ASSERT_EQUAL(send_red(probe->pid, 2), 0);
	CU_ASSERT_EQUAL(send_red(probe->pid, 3), 0);
	probe_release(probe);
	CU_ASSERT_TRUE(saw_about(probe, SAW_OTHER, 2, actor_self()));
}

static void receive_leaves_the_others_where_they_are(void)
{
	struct probe *probe = probe_running();
	struct wish wish = {ACTOR_FOREVER, true};

	probe_do_later(probe, receive_red, &wish);
	CU_ASSERT_TRUE(is_held(probe));
	CU_ASSERT_EQUAL(send_blue(probe->pid, 1), 0);
	CU_ASSERT_EQUAL(cast_number(probe->pid, 2), 0);
	CU_ASSERT_EQUAL(send_red(probe->pid, 3), 0);
	CU_ASSERT_EQUAL(send_blue(probe->pid, 4), 0);
	probe_release(probe);
	CU_ASSERT_TRUE(saw(probe, SAW_OTHER, 3));
	CU_ASSERT_TRUE(saw(probe, SAW_INFO, 1));
	CU_ASSERT_TRUE(saw(probe, SAW_CAST, 2));
	CU_ASSERT_TRUE(saw(probe, SAW_INFO, 4));
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static void receive_waits_until_one_matches(void)
{
	struct probe *probe = probe_running();
	struct wish wish = {ACTOR_FOREVER, false};

	probe_do_later(probe, receive_red, &wish);
	CU_ASSERT_EQUAL(send_blue(probe->pid, 1), 0);
	CU_ASSERT_EQUAL(send_blue(probe->pid, 2), 0);
	CU_ASSERT_FALSE(has_news(probe));
	CU_ASSERT_EQUAL(send_red(probe->pid, 3), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_OTHER, 3));
	CU_ASSERT_TRUE(saw(probe, SAW_INFO, 1));
	CU_ASSERT_TRUE(saw(probe, SAW_INFO, 2));
}

static void receive_may_have_a_time_limit(void)
{
	struct probe *probe = probe_running();
	struct wish wish = {ACTOR_MILLISECONDS(2), false};

	probe_do_later(probe, receive_red, &wish);
	CU_ASSERT_TRUE(saw(probe, SAW_OTHER, ACTOR_ETIMEOUT));
	CU_ASSERT_TRUE(answers(probe));
}

static void no_time_looks_once(void)
{
	struct probe *probe = probe_running();
	struct wish wish = {0, true};

	probe_do_later(probe, receive_red, &wish);
	CU_ASSERT_TRUE(is_held(probe));
	CU_ASSERT_EQUAL(send_red(probe->pid, 3), 0);
	probe_release(probe);
	CU_ASSERT_TRUE(saw(probe, SAW_OTHER, 3)); /* what is there counts */
	wish.waits = false;
	probe_do_later(probe, receive_red, &wish);
	CU_ASSERT_TRUE(saw(probe, SAW_OTHER, ACTOR_ETIMEOUT));
}

static bool is_big_red(const void *context, const struct actor_message *message)
{
	return actor_message_is(message, &red) &&
	       *actor_message_as(message, int64_t) > *(const int64_t *)context;
}

static int receive_big_red(struct probe *self, void *context)
{
	static const int64_t least = 10;
	const struct actor_message *message;
	int status;

	(void)context;
	probe_wait(self);
	status = actor_receive_if(is_big_red, &least, ACTOR_FOREVER, &message);
	probe_note(self, SAW_OTHER, status != 0 ? status : *actor_message_as(message, int64_t),
		   ACTOR_PID_NONE);
	return ACTOR_CONTINUE;
}

static void receive_may_have_a_guard(void)
{
	struct probe *probe = probe_running();

	probe_do_later(probe, receive_big_red, NULL);
	CU_ASSERT_TRUE(is_held(probe));
	CU_ASSERT_EQUAL(send_red(probe->pid, 5), 0);
	CU_ASSERT_EQUAL(send_blue(probe->pid, 50), 0);
	CU_ASSERT_EQUAL(send_red(probe->pid, 11), 0);
	probe_release(probe);
	CU_ASSERT_TRUE(saw(probe, SAW_OTHER, 11));
	CU_ASSERT_TRUE(saw(probe, SAW_INFO, 5));
	CU_ASSERT_TRUE(saw(probe, SAW_INFO, 50));
}

/* ---- Postponing --------------------------------------------------------------------------------
 * A gate: closed, it postpones red messages and calls; blue 1 opens it, blue 0 closes it, any other
 * blue is noted.
 */

struct gate {
	struct probe *probe;
	bool open;
};

static int gate_init(void *state, const void *argument, size_t size)
{
	struct gate *gate = state;

	(void)size;
	gate->probe = *(struct probe *const *)argument;
	return ACTOR_CONTINUE;
}

static int gate_info(void *state, const struct actor_message *message)
{
	struct gate *gate = state;
	int64_t value = *actor_message_as(message, int64_t);

	if (actor_message_is(message, &blue)) {
		probe_note(gate->probe, SAW_OTHER, value, message->sender);
		if (value > 1)
			return ACTOR_CONTINUE;
		gate->open = value == 1;
		return actor_state_changed();
	}
	if (!gate->open)
		return actor_postpone();
	probe_note(gate->probe, SAW_INFO, value, message->sender);
	return ACTOR_CONTINUE;
}

static int gate_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct gate *gate = state;
	int64_t reply = 77;

	(void)message;
	return gate->open ? actor_reply(from, &reply) : actor_postpone();
}

static const struct actor_behaviour gate_behaviour = {.name = "gate",
						      .state_size = sizeof(struct gate),
						      .init = gate_init,
						      .handle_call = gate_call,
						      .handle_info = gate_info};

static struct probe *gate_closed(void)
{
	struct probe *probe = probe_new();

	probe->behaviour = &gate_behaviour;
	return probe_start(probe);
}

static void a_postponed_message_comes_again(void)
{
	struct probe *gate = gate_closed();

	CU_ASSERT_EQUAL(send_red(gate->pid, 5), 0);
	CU_ASSERT_EQUAL(send_blue(gate->pid, 1), 0);
	CU_ASSERT_TRUE(saw(gate, SAW_OTHER, 1));
	CU_ASSERT_TRUE(saw_about(gate, SAW_INFO, 5, actor_self()));
}

static void a_postponed_message_waits_for_the_state(void)
{
	struct probe *gate = gate_closed();

	CU_ASSERT_EQUAL(send_red(gate->pid, 5), 0);
	CU_ASSERT_EQUAL(send_blue(gate->pid, 9), 0); /* changes nothing */
	CU_ASSERT_TRUE(saw(gate, SAW_OTHER, 9));
	CU_ASSERT_EQUAL(send_blue(gate->pid, 8), 0);
	CU_ASSERT_TRUE(saw(gate, SAW_OTHER, 8)); /* nothing came between */
	CU_ASSERT_FALSE(has_news(gate));
}

static void the_postponed_come_before_the_others(void)
{
	struct probe *gate = gate_closed();

	CU_ASSERT_EQUAL(actor_sys_suspend(gate->pid, PATIENCE), 0);
	CU_ASSERT_EQUAL(send_red(gate->pid, 5), 0);
	CU_ASSERT_EQUAL(send_blue(gate->pid, 1), 0);
	CU_ASSERT_EQUAL(send_blue(gate->pid, 9), 0); /* waits when the gate opens */
	CU_ASSERT_EQUAL(actor_sys_resume(gate->pid, PATIENCE), 0);
	CU_ASSERT_TRUE(saw(gate, SAW_OTHER, 1));
	CU_ASSERT_TRUE(saw(gate, SAW_INFO, 5));
	CU_ASSERT_TRUE(saw(gate, SAW_OTHER, 9));
}

static void the_postponed_keep_their_order(void)
{
	struct probe *gate = gate_closed();

	for (int i = 10; i < 15; i++)
		CU_ASSERT_EQUAL(send_red(gate->pid, i), 0);
	CU_ASSERT_EQUAL(send_blue(gate->pid, 1), 0);
	CU_ASSERT_TRUE(saw(gate, SAW_OTHER, 1));
	for (int i = 10; i < 15; i++)
		CU_ASSERT_TRUE(saw(gate, SAW_INFO, i));
}

static void all_the_postponed_are_tried_again(void)
{
	struct probe *gate = gate_closed();
	uint64_t request;
	int64_t reply = 0;

	CU_ASSERT_EQUAL(send_red(gate->pid, 5), 0);
	CU_ASSERT_EQUAL(actor_request(gate->pid, &how_many, NULL, &request), 0);
	CU_ASSERT_EQUAL(send_red(gate->pid, 6), 0);
	CU_ASSERT_EQUAL(send_blue(gate->pid, 1), 0);
	CU_ASSERT_EQUAL(actor_request_receive(request, &reply, PATIENCE), 0);
	CU_ASSERT_TRUE(saw(gate, SAW_OTHER, 1));
	CU_ASSERT_TRUE(saw(gate, SAW_INFO, 5));
	CU_ASSERT_TRUE(saw(gate, SAW_INFO, 6));
}

static void a_message_can_be_postponed_again(void)
{
	struct probe *gate = gate_closed();

	CU_ASSERT_EQUAL(send_red(gate->pid, 5), 0);
	for (int i = 0; i < 3; i++) { /* the state changes, and the gate is as closed as before */
		CU_ASSERT_EQUAL(send_blue(gate->pid, 0), 0);
		CU_ASSERT_TRUE(saw(gate, SAW_OTHER, 0));
	}
	CU_ASSERT_EQUAL(send_blue(gate->pid, 1), 0);
	CU_ASSERT_TRUE(saw(gate, SAW_OTHER, 1));
	CU_ASSERT_TRUE(saw(gate, SAW_INFO, 5));
}

static void a_call_can_be_postponed(void)
{
	struct probe *gate = gate_closed();
	uint64_t request;
	int64_t reply = 0;

	CU_ASSERT_EQUAL(actor_request(gate->pid, &how_many, NULL, &request), 0);
	CU_ASSERT_EQUAL(actor_request_wait(request, &reply, ACTOR_MILLISECONDS(1)), ACTOR_ETIMEOUT);
	CU_ASSERT_EQUAL(send_blue(gate->pid, 1), 0);
	CU_ASSERT_EQUAL(actor_request_receive(request, &reply, PATIENCE), 0);
	CU_ASSERT_EQUAL(reply, 77);
}

CONFORMANCE("receive", ROWS_RECEIVE)
