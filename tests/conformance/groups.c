/* SPDX-License-Identifier: MIT */
/* Groups: one name for several actors. */
#include <actor/group.h>

#include "conformance.h"
#include "table/groups.h"

ACTOR_STATIC_MESSAGE(news, int64_t);

static size_t members_of(const char *group, struct actor_pid *pids, size_t capacity)
{
	size_t count = 99;

	CU_ASSERT_EQUAL(actor_group_members(group, pids, capacity, &count), 0);
	return count;
}

static void a_group_has_its_members(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();
	struct actor_pid pids[4];

	CU_ASSERT_EQUAL(actor_group_join("foobar", a->pid), 0);
	CU_ASSERT_EQUAL(actor_group_join("foobar", b->pid), 0);
	CU_ASSERT_EQUAL(members_of("foobar", pids, 4), 2);
	CU_ASSERT_TRUE(actor_pid_equal(pids[0], a->pid));
	CU_ASSERT_TRUE(actor_pid_equal(pids[1], b->pid));
	CU_ASSERT_EQUAL(actor_group_leave("foobar", a->pid), 0);
	CU_ASSERT_EQUAL(members_of("foobar", pids, 4), 1);
	CU_ASSERT_TRUE(actor_pid_equal(pids[0], b->pid));
}

static void a_dead_member_is_removed(void)
{
	struct probe *a = probe_running();
	struct actor_pid pids[4];

	CU_ASSERT_EQUAL(actor_group_join("foobar", a->pid), 0);
	probe_stop(a, REASON_A);
	CU_ASSERT_EQUAL(reason_of_end(a), REASON_A);
	CU_ASSERT_EQUAL(members_of("foobar", pids, 4), 0);
	CU_ASSERT_EQUAL(actor_group_join("foobar", a->pid), ACTOR_ENOT_FOUND);
}

static void an_actor_may_be_in_several_groups(void)
{
	struct probe *a = probe_running();
	struct actor_pid pids[4];

	CU_ASSERT_EQUAL(actor_group_join("foo", a->pid), 0);
	CU_ASSERT_EQUAL(actor_group_join("bar", a->pid), 0);
	CU_ASSERT_EQUAL(members_of("foo", pids, 4), 1);
	CU_ASSERT_EQUAL(members_of("bar", pids, 4), 1);
	CU_ASSERT_EQUAL(actor_group_leave("foo", a->pid), 0);
	CU_ASSERT_EQUAL(members_of("foo", pids, 4), 0);
	CU_ASSERT_EQUAL(members_of("bar", pids, 4), 1);
}

static void an_actor_may_join_a_group_twice(void)
{
	struct probe *a = probe_running();
	struct actor_pid pids[4];

	CU_ASSERT_EQUAL(actor_group_join("foobar", a->pid), 0);
	CU_ASSERT_EQUAL(actor_group_join("foobar", a->pid), 0);
	CU_ASSERT_EQUAL(members_of("foobar", pids, 4), 2);
}

static void who_joined_twice_leaves_twice(void)
{
	struct probe *a = probe_running();
	struct actor_pid pids[4];

	CU_ASSERT_EQUAL(actor_group_join("foobar", a->pid), 0);
	CU_ASSERT_EQUAL(actor_group_join("foobar", a->pid), 0);
	CU_ASSERT_EQUAL(actor_group_leave("foobar", a->pid), 0);
	CU_ASSERT_EQUAL(members_of("foobar", pids, 4), 1);
	CU_ASSERT_EQUAL(actor_group_leave("foobar", a->pid), 0);
	CU_ASSERT_EQUAL(members_of("foobar", pids, 4), 0);
}

static void leaving_without_joining_is_said(void)
{
	struct probe *a = probe_running();

	CU_ASSERT_EQUAL(actor_group_leave("foobar", a->pid), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_group_join("foobar", a->pid), 0);
	CU_ASSERT_EQUAL(actor_group_leave("foobar", a->pid), 0);
	CU_ASSERT_EQUAL(actor_group_leave("foobar", a->pid), ACTOR_ENOT_FOUND);
}

static void a_group_needs_no_making(void)
{
	struct probe *a = probe_running();
	struct actor_pid pids[4];

	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(members_of("foobar", pids, 4), 0);
		CU_ASSERT_EQUAL(actor_group_join("foobar", a->pid), 0);
		CU_ASSERT_EQUAL(members_of("foobar", pids, 4), 1);
		CU_ASSERT_EQUAL(actor_group_leave("foobar", a->pid), 0);
	}
}

static void an_unknown_group_is_empty(void)
{
	struct actor_pid pids[4];
	int64_t value = 1;
	size_t count = 99;

	CU_ASSERT_EQUAL(members_of("foobar", pids, 4), 0);
	CU_ASSERT_EQUAL(actor_group_send("foobar", &news, &value, &count), 0);
	CU_ASSERT_EQUAL(count, 0);
}

static void members_are_told_in_the_order_of_joining(void)
{
	struct probe *probes[5];
	struct actor_pid pids[5];

	for (int i = 0; i < 5; i++)
		probes[i] = probe_running();
	for (int i = 4; i >= 0; i--)
		CU_ASSERT_EQUAL(actor_group_join("foobar", probes[i]->pid), 0);
	CU_ASSERT_EQUAL(members_of("foobar", pids, 5), 5);
	for (int i = 0; i < 5; i++)
		CU_ASSERT_TRUE(actor_pid_equal(pids[i], probes[4 - i]->pid));
}

static void a_message_goes_to_all_members(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();
	struct probe *stranger = probe_running();
	int64_t value = 7;
	size_t count = 0;

	CU_ASSERT_EQUAL(actor_group_join("foobar", a->pid), 0);
	CU_ASSERT_EQUAL(actor_group_join("foobar", b->pid), 0);
	CU_ASSERT_EQUAL(actor_group_send("foobar", &news, &value, &count), 0);
	CU_ASSERT_EQUAL(count, 2);
	CU_ASSERT_TRUE(saw(a, SAW_INFO, 7));
	CU_ASSERT_TRUE(saw(b, SAW_INFO, 7));
	CU_ASSERT_TRUE(saw_nothing(stranger));
}

static void sending_to_a_group_is_one_call(void)
{
	struct probe *a = probe_running();
	int64_t value = 8;

	CU_ASSERT_EQUAL(actor_group_join("foobar", a->pid), 0);
	CU_ASSERT_EQUAL(actor_group_join("foobar", a->pid), 0);
	CU_ASSERT_EQUAL(actor_group_cast("foobar", &news, &value, NULL), 0);
	CU_ASSERT_TRUE(saw(a, SAW_CAST, 8)); /* as often as it has joined */
	CU_ASSERT_TRUE(saw(a, SAW_CAST, 8));
	CU_ASSERT_TRUE(saw_nothing(a));
}

static void groups_and_names_are_apart(void)
{
	struct probe *a = probe_running();
	struct probe *b = probe_running();
	struct actor_pid pids[4];

	CU_ASSERT_EQUAL(actor_group_join("foobar", a->pid), 0);
	CU_ASSERT_TRUE(actor_pid_is_none(actor_whereis("foobar")));
	CU_ASSERT_EQUAL(actor_register("foobar", b->pid), 0);
	CU_ASSERT_EQUAL(members_of("foobar", pids, 4), 1);
	CU_ASSERT_TRUE(actor_pid_equal(pids[0], a->pid));
}

CONFORMANCE("groups", ROWS_GROUPS)
