/* SPDX-License-Identifier: MIT */
/* Links: who learns of an end, and what it does to them. */
#include "table/links.h"
#include "conformance.h"

/* Two actors, linked by the first. */
struct pair {
	struct probe *a;
	struct probe *b;
};

static struct pair linked(bool a_traps)
{
	struct pair pair = {a_traps ? probe_trapping() : probe_running(), probe_running()};

	CU_ASSERT_EQUAL(probe_link(pair.a, pair.b->pid), 0);
	return pair;
}

/* Ends it; when this returns, its links are told. */
static void end(struct probe *probe, int reason)
{
	probe_stop(probe, reason);
	CU_ASSERT_EQUAL(reason_of_end(probe), reason);
}

static struct actor_pid a_dead_pid(void)
{
	struct probe *probe = probe_running();

	end(probe, ACTOR_EXIT_NORMAL);
	return probe->pid;
}

static void an_end_reaches_the_linked(void)
{
	struct pair pair = linked(false);

	end(pair.b, REASON_A);
	CU_ASSERT_NOT_EQUAL(reason_of_end(pair.a), 0);
}

static void the_signal_of_a_link_has_the_reason(void)
{
	struct pair pair = linked(false);

	end(pair.b, REASON_B);
	CU_ASSERT_EQUAL(reason_of_end(pair.a), REASON_B);
	CU_ASSERT_TRUE(saw(pair.a, SAW_TERMINATE, REASON_B));
}

static void a_link_goes_both_ways(void)
{
	struct pair pair = linked(false);

	end(pair.a, REASON_A);
	CU_ASSERT_EQUAL(reason_of_end(pair.b), REASON_A);
}

static void there_is_only_one_link_between_two(void)
{
	struct pair pair = linked(true);

	CU_ASSERT_EQUAL(probe_link(pair.a, pair.b->pid), 0);
	CU_ASSERT_EQUAL(probe_link(pair.b, pair.a->pid), 0);
	end(pair.b, REASON_A);
	CU_ASSERT_TRUE(saw_about(pair.a, SAW_EXIT, REASON_A, pair.b->pid));
	CU_ASSERT_TRUE(saw_nothing(pair.a));
}

static void either_side_removes_a_link(void)
{
	struct pair pair = linked(false);

	CU_ASSERT_EQUAL(probe_unlink(pair.b, pair.a->pid), 0);
	CU_ASSERT_TRUE(answers(pair.a)); /* the signal was before this call */
	end(pair.a, REASON_A);
	CU_ASSERT_TRUE(answers(pair.b));
	pair = linked(false);
	CU_ASSERT_EQUAL(probe_unlink(pair.b, pair.a->pid), 0);
	end(pair.b, REASON_A);
	CU_ASSERT_TRUE(answers(pair.a));
}

static void a_link_to_oneself_is_nothing(void)
{
	struct probe *probe = probe_trapping();

	CU_ASSERT_EQUAL(probe_link(probe, probe->pid), 0);
	CU_ASSERT_TRUE(saw_nothing(probe));
	end(probe, REASON_A);
	CU_ASSERT_TRUE(saw(probe, SAW_TERMINATE, REASON_A));
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static void all_the_linked_are_told(void)
{
	struct probe *probe = probe_running();
	struct probe *others[5];

	for (int i = 0; i < 5; i++) {
		others[i] = probe_trapping();
		CU_ASSERT_EQUAL(i % 2 == 0 ? probe_link(others[i], probe->pid)
					   : probe_link(probe, others[i]->pid),
				0);
	}
	end(probe, REASON_A);
	for (int i = 0; i < 5; i++)
		CU_ASSERT_TRUE(saw_about(others[i], SAW_EXIT, REASON_A, probe->pid));
}

static void a_link_to_the_dead_is_noproc(void)
{
	struct probe *probe = probe_trapping();

	CU_ASSERT_EQUAL(probe_link(probe, a_dead_pid()), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_EXIT, ACTOR_EXIT_NO_ACTOR));
}

static void the_sender_of_noproc_is_who_was_linked(void)
{
	struct probe *probe = probe_trapping();
	struct actor_pid dead = a_dead_pid();

	CU_ASSERT_EQUAL(probe_link(probe, dead), 0);
	CU_ASSERT_TRUE(saw_about(probe, SAW_EXIT, ACTOR_EXIT_NO_ACTOR, dead));
}

static void a_link_to_the_dead_ends_who_does_not_trap(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(probe_link(probe, a_dead_pid()), 0);
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_EXIT_NO_ACTOR);
}

static void unlink_has_the_last_word(void)
{
	struct pair pair = linked(false);

	CU_ASSERT_EQUAL(probe_unlink(pair.a, pair.b->pid), 0);
	end(pair.b, REASON_A);
	CU_ASSERT_TRUE(answers(pair.a));
}

static void a_link_can_be_made_again(void)
{
	struct pair pair = linked(true);

	CU_ASSERT_EQUAL(probe_unlink(pair.a, pair.b->pid), 0);
	CU_ASSERT_EQUAL(probe_link(pair.a, pair.b->pid), 0);
	end(pair.b, REASON_A);
	CU_ASSERT_TRUE(saw_about(pair.a, SAW_EXIT, REASON_A, pair.b->pid));
}

static void unlinking_a_stranger_is_nothing(void)
{
	struct probe *a = probe_trapping();
	struct probe *b = probe_trapping();

	CU_ASSERT_EQUAL(probe_unlink(a, b->pid), 0);
	CU_ASSERT_EQUAL(probe_unlink(a, a_dead_pid()), 0);
	CU_ASSERT_TRUE(saw_nothing(a));
	CU_ASSERT_TRUE(saw_nothing(b));
}

static int wait_and_unlink(struct probe *self, void *context)
{
	struct probe *other = context;

	probe_wait(self);
	return actor_unlink(other->pid);
}

static void unlink_takes_the_message_away_too(void)
{
	struct pair pair = linked(true);

	probe_do_later(pair.a, wait_and_unlink, pair.b);
	CU_ASSERT_TRUE(is_held(pair.a));
	end(pair.b, REASON_A); /* its signal is in the mailbox of the one that hangs */
	probe_release(pair.a);
	CU_ASSERT_TRUE(saw_nothing(pair.a));
}

static void a_signal_of_a_removed_link_is_dropped(void)
{
	struct pair pair = linked(true);

	CU_ASSERT_EQUAL(probe_unlink(pair.a, pair.b->pid), 0);
	end(pair.b, REASON_A);
	CU_ASSERT_TRUE(saw_nothing(pair.a));
}

static void a_normal_end_does_not_disturb(void)
{
	struct pair pair = linked(false);

	end(pair.b, ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(answers(pair.a));
}

static void a_trapped_end_is_a_message(void)
{
	struct pair pair = linked(true);

	end(pair.b, REASON_B);
	CU_ASSERT_TRUE(saw_about(pair.a, SAW_EXIT, REASON_B, pair.b->pid));
	CU_ASSERT_TRUE(answers(pair.a));
}

static void a_trapped_normal_end_is_a_message(void)
{
	struct pair pair = linked(true);

	end(pair.b, ACTOR_EXIT_NORMAL);
	CU_ASSERT_TRUE(saw_about(pair.a, SAW_EXIT, ACTOR_EXIT_NORMAL, pair.b->pid));
}

static void the_exit_comes_after_what_was_sent_before(void)
{
	struct pair pair = linked(true);

	probe_hold(pair.a);
	for (int i = 1; i <= 3; i++)
		CU_ASSERT_EQUAL(probe_send(pair.b, pair.a->pid, i), 0);
	end(pair.b, REASON_A);
	probe_release(pair.a);
	for (int i = 1; i <= 3; i++)
		CU_ASSERT_TRUE(saw_about(pair.a, SAW_INFO, i, pair.b->pid));
	CU_ASSERT_TRUE(saw_about(pair.a, SAW_EXIT, REASON_A, pair.b->pid));
}

static void an_end_spreads_over_links(void)
{
	struct probe *chain[4];

	for (int i = 0; i < 4; i++) {
		chain[i] = probe_running();
		if (i > 0)
			CU_ASSERT_EQUAL(probe_link(chain[i - 1], chain[i]->pid), 0);
	}
	end(chain[0], REASON_A);
	for (int i = 1; i < 4; i++)
		CU_ASSERT_EQUAL(reason_of_end(chain[i]), REASON_A);
}

static void a_trap_stops_the_spreading(void)
{
	struct pair pair = linked(true);
	struct probe *behind = probe_running();

	CU_ASSERT_EQUAL(probe_link(pair.a, behind->pid), 0);
	end(pair.b, REASON_A);
	CU_ASSERT_TRUE(saw(pair.a, SAW_EXIT, REASON_A));
	CU_ASSERT_TRUE(answers(behind));
}

static void killed_is_what_links_see(void)
{
	struct pair pair = linked(true);

	CU_ASSERT_EQUAL(actor_exit(pair.b->pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(saw_about(pair.a, SAW_EXIT, ACTOR_EXIT_KILLED, pair.b->pid));
}

static void kill_over_a_link_can_be_trapped(void)
{
	struct pair pair = linked(true);

	probe_stop(pair.b, ACTOR_EXIT_KILL);
	CU_ASSERT_TRUE(saw_about(pair.a, SAW_EXIT, ACTOR_EXIT_KILL, pair.b->pid));
	CU_ASSERT_TRUE(answers(pair.a));
}

static void kill_over_a_link_is_not_converted(void)
{
	struct pair pair = linked(false);

	probe_stop(pair.b, ACTOR_EXIT_KILL);
	CU_ASSERT_EQUAL(reason_of_end(pair.a), ACTOR_EXIT_KILL);
}

static void a_birth_can_be_linked_at_once(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .link = true};
	struct probe *parent = probe_trapping();
	struct probe *child = probe_new();

	child->init_result = REASON_A; /* gone before anybody could link to it */
	CU_ASSERT_EQUAL(probe_spawn_by(parent, child, &options), 0);
	CU_ASSERT_TRUE(saw_about(parent, SAW_EXIT, REASON_A, child->pid));
}

static int whereis_at_exit_info(void *state, const struct actor_message *message)
{
	struct probe *self = *(struct probe **)state;

	if (actor_message_is(message, &actor_exited))
		probe_note(self, SAW_OTHER, actor_pid_is_none(actor_whereis("resource")),
			   ACTOR_PID_NONE);
	return ACTOR_CONTINUE;
}

static int whereis_at_exit_init(void *state, const void *argument, size_t size)
{
	struct probe *self = *(struct probe *const *)argument;
	struct actor_pid other = actor_whereis("resource");
	int status = actor_trap_exits(true);

	(void)size;
	*(struct probe **)state = self;
	return status == 0 ? actor_link(other) : status;
}

static const struct actor_behaviour whereis_at_exit = {.name = "whereis at exit",
						       .state_size = sizeof(struct probe *),
						       .init = whereis_at_exit_init,
						       .handle_info = whereis_at_exit_info};

static void the_name_is_free_before_links_are_told(void)
{
	struct probe *named = probe_running();
	struct probe *other = probe_new();

	CU_ASSERT_EQUAL(actor_register("resource", named->pid), 0);
	other->behaviour = &whereis_at_exit;
	(void)probe_start(other);
	end(named, REASON_A);
	CU_ASSERT_TRUE(saw(other, SAW_OTHER, true));
}

CONFORMANCE("links", ROWS_LINKS)
