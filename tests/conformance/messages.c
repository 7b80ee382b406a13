/* SPDX-License-Identifier: MIT */
/* Actors and messages: birth, addresses, the order of arrival. */
#include "table/messages.h"
#include "conformance.h"

static void spawn_returns_at_once(void)
{
	struct probe *parent = probe_running();
	struct probe *child = probe_new();

	child->hangs_in_init = true;
	CU_ASSERT_EQUAL(probe_spawn_by(parent, child, NULL), 0);
	CU_ASSERT_FALSE(actor_pid_is_none(child->pid));
	CU_ASSERT_TRUE(answers(parent));
	CU_ASSERT_TRUE(is_held(child));
	probe_release(child);
	CU_ASSERT_TRUE(answers(child));
}

static int note_self(struct probe *self, void *context)
{
	(void)context;
	probe_note(self, SAW_OTHER, 0, actor_self());
	return 0;
}

static void self_is_ones_own_pid(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(probe_do(probe, note_self, NULL), 0);
	CU_ASSERT_TRUE(saw_about(probe, SAW_OTHER, 0, probe->pid));
	CU_ASSERT_FALSE(actor_pid_equal(actor_self(), probe->pid));
}

static int send_hundred(struct probe *self, void *context)
{
	struct probe *other = context;

	(void)self;
	for (int i = 0; i < 100; i++) {
		if (send_number(other->pid, i) != 0)
			return -1;
	}
	return 0;
}

static void messages_of_one_sender_keep_their_order(void)
{
	struct probe *sender = probe_running();
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(probe_do(sender, send_hundred, probe), 0);
	for (int i = 0; i < 100; i++)
		CU_ASSERT_TRUE(saw_about(probe, SAW_INFO, i, sender->pid));
}

static int send_all_kinds(struct probe *self, void *context)
{
	struct probe *other = context;

	(void)self;
	return send_number(other->pid, 1) != 0 || cast_number(other->pid, 2) != 0 ||
	       send_number(other->pid, 3) != 0 ||
	       ask(other->pid, ANSWER, 4, NULL, ACTOR_FOREVER) != 0 ||
	       cast_number(other->pid, 5) != 0;
}

static void kinds_of_messages_keep_their_order(void)
{
	struct probe *sender = probe_running();
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(probe_do(sender, send_all_kinds, probe), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_INFO, 1));
	CU_ASSERT_TRUE(saw(probe, SAW_CAST, 2));
	CU_ASSERT_TRUE(saw(probe, SAW_INFO, 3));
	CU_ASSERT_TRUE(saw(probe, SAW_CALL, 4));
	CU_ASSERT_TRUE(saw(probe, SAW_CAST, 5));
}

static void a_new_message_goes_behind_the_others(void)
{
	struct probe *probe = probe_running();
	struct probe *senders[3] = {probe_running(), probe_running(), probe_running()};

	probe_hold(probe);
	for (int i = 0; i < 9; i++) /* each send is done before the next one begins */
		CU_ASSERT_EQUAL(probe_send(senders[i % 3], probe->pid, i), 0);
	probe_release(probe);
	for (int i = 0; i < 9; i++)
		CU_ASSERT_TRUE(saw_about(probe, SAW_INFO, i, senders[i % 3]->pid));
}

static void a_send_does_not_wait(void)
{
	struct probe *sender = probe_running();
	struct probe *probe = probe_running();

	probe_hold(probe);
	CU_ASSERT_EQUAL(probe_send(sender, probe->pid, 1), 0);
	CU_ASSERT_FALSE(has_news(probe));
	probe_release(probe);
	CU_ASSERT_TRUE(saw_about(probe, SAW_INFO, 1, sender->pid));
}

static void a_send_to_the_dead_never_fails(void)
{
	struct probe *sender = probe_trapping();
	struct probe *probe = probe_running();

	probe_stop(probe, ACTOR_STOP);
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_EXIT_NORMAL);
	CU_ASSERT_EQUAL(probe_send(sender, probe->pid, 1), 0);
	CU_ASSERT_EQUAL(probe_send(sender, ACTOR_PID_NONE, 1), 0);
	CU_ASSERT_TRUE(saw_nothing(sender));
}

static int send_oneself(struct probe *self, void *context)
{
	int status = send_number(actor_self(), 2);

	(void)context;
	probe_note(self, SAW_OTHER, 1, actor_self());
	return status;
}

static void a_message_to_oneself_comes_later(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(probe_do(probe, send_oneself, NULL), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_OTHER, 1));
	CU_ASSERT_TRUE(saw_about(probe, SAW_INFO, 2, probe->pid));
}

static int send_and_change(struct probe *self, void *context)
{
	struct probe *other = context;

	(void)self;
	return send_changing(other->pid, 1, 2);
}

static void what_was_sent_is_a_copy(void)
{
	struct probe *sender = probe_running();
	struct probe *probe = probe_running();

	probe_hold(probe);
	CU_ASSERT_EQUAL(probe_do(sender, send_and_change, probe), 0);
	probe_release(probe);
	CU_ASSERT_TRUE(saw(probe, SAW_INFO, 1));
}

static void a_dead_pid_is_never_used_again(void)
{
	struct probe *first = probe_running();
	struct actor_pid dead = first->pid;

	probe_stop(first, ACTOR_STOP);
	CU_ASSERT_EQUAL(reason_of_end(first), ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(saw(first, SAW_TERMINATE, ACTOR_EXIT_NORMAL));
	for (int i = 0; i < 500; i++) {
		CU_ASSERT_EQUAL_FATAL(actor_start(probe_behaviour(), &first->self,
						  sizeof(first->self), NULL, &first->pid, NULL),
				      0);
		CU_ASSERT_FALSE(actor_pid_equal(first->pid, dead));
		CU_ASSERT_FALSE(actor_alive(dead));
		CU_ASSERT_EQUAL(actor_stop(first->pid, ACTOR_STOP, PATIENCE), 0);
		CU_ASSERT_TRUE(saw(first, SAW_TERMINATE, ACTOR_EXIT_NORMAL));
	}
	CU_ASSERT_EQUAL(send_number(dead, 1), 0);
	CU_ASSERT_FALSE(has_news(first));
}

CONFORMANCE("messages", ROWS_MESSAGES)
