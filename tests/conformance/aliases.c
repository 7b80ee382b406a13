/* SPDX-License-Identifier: MIT */
/* Aliases: addresses that can be switched off. */
#include <actor/alias.h>

#include "conformance.h"
#include "table/aliases.h"

ACTOR_STATIC_MESSAGE(answer_number, int64_t);

static int send_to(struct actor_alias alias, int64_t value)
{
	return actor_send_alias(alias, &answer_number, &value);
}

struct wanted {
	enum actor_alias_life life;
	struct actor_pid watched;
	struct actor_alias alias;
};

static int make(struct probe *self, void *context)
{
	struct wanted *wanted = context;

	(void)self;
	if (actor_pid_is_none(wanted->watched))
		return actor_alias(wanted->life, &wanted->alias);
	return actor_monitor_alias(wanted->watched, wanted->life, &wanted->alias);
}

static struct actor_alias alias_of(struct probe *probe, enum actor_alias_life life)
{
	struct wanted wanted = {.life = life};

	CU_ASSERT_EQUAL(probe_do(probe, make, &wanted), 0);
	return wanted.alias;
}

static struct actor_alias watching_alias_of(struct probe *probe, struct probe *watched,
					    enum actor_alias_life life)
{
	struct wanted wanted = {.life = life, .watched = watched->pid};

	CU_ASSERT_EQUAL(probe_do(probe, make, &wanted), 0);
	return wanted.alias;
}

static int unmake(struct probe *self, void *context)
{
	(void)self;
	return actor_unalias(*(const struct actor_alias *)context);
}

static uint64_t dead_letters(void)
{
	struct actor_system_counters counters;

	actor_system_count(probe_system(), &counters);
	return counters.dead_letters;
}

static void an_alias_stands_for_its_owner(void)
{
	struct probe *probe = probe_running();
	struct actor_alias alias = alias_of(probe, ACTOR_ALIAS_EXPLICIT);

	CU_ASSERT_TRUE(actor_pid_equal(alias.owner, probe->pid));
	CU_ASSERT_EQUAL(send_to(alias, 7), 0);
	CU_ASSERT_TRUE(saw_about(probe, SAW_INFO, 7, actor_self()));
}

static void what_is_sent_to_a_switched_off_alias_is_dropped(void)
{
	struct probe *probe = probe_running();
	struct actor_alias alias = alias_of(probe, ACTOR_ALIAS_EXPLICIT);
	uint64_t before = dead_letters();

	CU_ASSERT_EQUAL(probe_do(probe, unmake, &alias), 0);
	CU_ASSERT_EQUAL(send_to(alias, 7), 0);
	CU_ASSERT_TRUE(saw_nothing(probe));
	CU_ASSERT_EQUAL(dead_letters(), before + 1);
}

static int wait_and_unmake(struct probe *self, void *context)
{
	probe_wait(self);
	return actor_unalias(*(const struct actor_alias *)context);
}

static void what_came_before_is_dropped_too(void)
{
	struct probe *probe = probe_running();
	struct actor_alias alias = alias_of(probe, ACTOR_ALIAS_EXPLICIT);

	probe_do_later(probe, wait_and_unmake, &alias);
	CU_ASSERT_TRUE(is_held(probe));
	CU_ASSERT_EQUAL(send_to(alias, 7), 0); /* in the mailbox before the alias is off */
	probe_release(probe);
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static void only_the_owner_switches_it_off(void)
{
	struct probe *probe = probe_running();
	struct probe *other = probe_running();
	struct actor_alias alias = alias_of(probe, ACTOR_ALIAS_EXPLICIT);

	CU_ASSERT_EQUAL(probe_do(other, unmake, &alias), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(send_to(alias, 7), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_INFO, 7));
}

static void unalias_says_whether_it_was_on(void)
{
	struct probe *probe = probe_running();
	struct actor_alias alias = alias_of(probe, ACTOR_ALIAS_EXPLICIT);

	CU_ASSERT_EQUAL(probe_do(probe, unmake, &alias), 0);
	CU_ASSERT_EQUAL(probe_do(probe, unmake, &alias), ACTOR_ENOT_FOUND);
}

static void an_alias_lasts_until_it_is_switched_off(void)
{
	struct probe *probe = probe_running();
	struct actor_alias alias = alias_of(probe, ACTOR_ALIAS_EXPLICIT);

	for (int i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(send_to(alias, i), 0);
	for (int i = 0; i < 5; i++)
		CU_ASSERT_TRUE(saw(probe, SAW_INFO, i));
}

static void a_reply_alias_takes_one_message(void)
{
	struct probe *probe = probe_running();
	struct actor_alias alias = alias_of(probe, ACTOR_ALIAS_REPLY);

	CU_ASSERT_EQUAL(send_to(alias, 1), 0);
	CU_ASSERT_EQUAL(send_to(alias, 2), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_INFO, 1));
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static void a_reply_alias_can_be_switched_off_too(void)
{
	struct probe *probe = probe_running();
	struct actor_alias alias = alias_of(probe, ACTOR_ALIAS_REPLY);

	CU_ASSERT_EQUAL(probe_do(probe, unmake, &alias), 0);
	CU_ASSERT_EQUAL(send_to(alias, 1), 0);
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static void an_alias_and_a_monitor_can_be_one(void)
{
	struct probe *probe = probe_running();
	struct probe *watched = probe_running();
	struct actor_alias alias = watching_alias_of(probe, watched, ACTOR_ALIAS_EXPLICIT);

	CU_ASSERT_EQUAL(send_to(alias, 1), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_INFO, 1));
	CU_ASSERT_EQUAL(actor_exit(watched->pid, REASON_A), 0);
	CU_ASSERT_TRUE(saw_about(probe, SAW_DOWN, REASON_A, watched->pid));
	CU_ASSERT_EQUAL(sight_last(probe).ref, alias.ref);
	CU_ASSERT_EQUAL(send_to(alias, 2), 0); /* EXPLICIT: it outlives the monitor */
	CU_ASSERT_TRUE(saw(probe, SAW_INFO, 2));
}

static void the_alias_ends_with_the_monitor(void)
{
	struct probe *probe = probe_running();
	struct probe *watched = probe_running();
	struct actor_alias alias = watching_alias_of(probe, watched, ACTOR_ALIAS_DEMONITOR);

	CU_ASSERT_EQUAL(actor_exit(watched->pid, REASON_A), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_DOWN, REASON_A));
	CU_ASSERT_EQUAL(send_to(alias, 1), 0);
	CU_ASSERT_TRUE(saw_nothing(probe));
	watched = probe_running();
	alias = watching_alias_of(probe, watched, ACTOR_ALIAS_DEMONITOR);
	CU_ASSERT_EQUAL(probe_demonitor(probe, alias.ref), 0);
	CU_ASSERT_EQUAL(send_to(alias, 1), 0);
	CU_ASSERT_TRUE(saw_nothing(probe));
}

static void a_reply_ends_alias_and_monitor(void)
{
	struct probe *probe = probe_running();
	struct probe *watched = probe_running();
	struct actor_alias alias = watching_alias_of(probe, watched, ACTOR_ALIAS_REPLY_DEMONITOR);

	CU_ASSERT_EQUAL(send_to(alias, 1), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_INFO, 1));
	CU_ASSERT_EQUAL(send_to(alias, 2), 0);
	CU_ASSERT_TRUE(saw_nothing(probe));
	CU_ASSERT_EQUAL(probe_demonitor(probe, alias.ref), ACTOR_ENOT_FOUND);
}

static void sending_to_a_dead_alias_never_fails(void)
{
	struct probe *probe = probe_running();
	struct actor_alias alias = alias_of(probe, ACTOR_ALIAS_EXPLICIT);
	struct actor_alias never = {.owner = actor_self(), .ref = 12345};

	CU_ASSERT_EQUAL(actor_stop(probe->pid, ACTOR_EXIT_NORMAL, PATIENCE), 0);
	CU_ASSERT_EQUAL(send_to(alias, 1), 0);
	CU_ASSERT_EQUAL(send_to(never, 1), 0);
}

CONFORMANCE("aliases", ROWS_ALIASES)
