/* SPDX-License-Identifier: MIT */
/* What the plane tells of links and monitors: both ends, while they last, where there is room. */
#include <pthread.h>

#include "actor/system.h"
#include "actors.h"
#include "plane_fixture.h"

/* How many ends there are in a half of the table: of that owner, or of all. */
static unsigned count(const struct plane *in, enum plane_bond kind, uint64_t owner)
{
	const struct actor_plane_bond *half =
		in->bonds + (kind == PLANE_BOND_MONITOR ? PLANE_BONDS_MAX / 2 : 0);
	unsigned found = 0;

	if (__atomic_load_n(&in->control->bonds, __ATOMIC_RELAXED) == ACTOR_PLANE_BONDS_NONE)
		return 0;
	for (uint32_t i = 0; i < PLANE_BONDS_MAX / 2; i++) {
		uint64_t peer = __atomic_load_n(&half[i].peer, __ATOMIC_ACQUIRE);
		uint64_t whose = __atomic_load_n(&half[i].owner, __ATOMIC_RELAXED);

		found += peer != 0 && (owner == 0 || whose == owner);
	}
	return found;
}

static struct actor_pid pid_of(uint32_t slot)
{
	return actor_pid_pack(slot, 1);
}

static void what_is_added_is_there_until_it_is_removed(void)
{
	setup();
	CU_ASSERT_EQUAL(plane.control->bonds, ACTOR_PLANE_BONDS_NONE);
	plane_bond_remove(&plane, PLANE_BOND_LINK, pid_of(1), pid_of(2));
	plane_bond_add(&plane, PLANE_BOND_LINK, pid_of(1), pid_of(2));
	plane_bond_add(&plane, PLANE_BOND_LINK, pid_of(1), pid_of(3));
	plane_bond_add(&plane, PLANE_BOND_MONITOR, pid_of(1), pid_of(2));
	plane_bond_add(&plane, PLANE_BOND_MONITOR, pid_of(1), pid_of(2)); /* twice is two */
	CU_ASSERT_EQUAL(plane.control->bonds, ACTOR_PLANE_BONDS_ALL);
	CU_ASSERT_EQUAL(count(&plane, PLANE_BOND_LINK, pid_of(1).bits), 2);
	CU_ASSERT_EQUAL(count(&plane, PLANE_BOND_LINK, pid_of(2).bits), 0);
	CU_ASSERT_EQUAL(count(&plane, PLANE_BOND_MONITOR, pid_of(1).bits), 2);
	plane_bond_remove(&plane, PLANE_BOND_LINK, pid_of(2), pid_of(1)); /* the other end's */
	CU_ASSERT_EQUAL(count(&plane, PLANE_BOND_LINK, 0), 2);
	plane_bond_remove(&plane, PLANE_BOND_LINK, pid_of(1), pid_of(2));
	CU_ASSERT_EQUAL(count(&plane, PLANE_BOND_LINK, 0), 1);
	plane_bond_remove(&plane, PLANE_BOND_MONITOR, pid_of(1), pid_of(2));
	CU_ASSERT_EQUAL(count(&plane, PLANE_BOND_MONITOR, 0), 1);
	teardown();
}

static void a_full_table_says_so(void)
{
	unsigned kept;

	setup();
	for (uint32_t i = 0; i < PLANE_BONDS_MAX; i++)
		plane_bond_add(&plane, PLANE_BOND_LINK, pid_of(i), pid_of(i + 1));
	CU_ASSERT_EQUAL(plane.control->bonds, ACTOR_PLANE_BONDS_SOME);
	kept = count(&plane, PLANE_BOND_LINK, 0);
	CU_ASSERT_TRUE(kept <= PLANE_BONDS_MAX / 2);
	CU_ASSERT_TRUE(kept > PLANE_BONDS_MAX / 2 / 10 * 8);
	CU_ASSERT_EQUAL(count(&plane, PLANE_BOND_MONITOR, 0), 0);
	for (uint32_t i = 0; i < PLANE_BONDS_MAX; i++)
		plane_bond_remove(&plane, PLANE_BOND_LINK, pid_of(i), pid_of(i + 1));
	CU_ASSERT_EQUAL(count(&plane, PLANE_BOND_LINK, 0), 0);
	teardown();
}

struct crowd {
	uint32_t first;
};

#define CROWD 4
#define EACH  200

/* Adds and removes its own, among the others'. */
static void *crowd_main(void *argument)
{
	const struct crowd *crowd = argument;

	for (int round = 0; round < 200; round++) {
		for (uint32_t i = 0; i < EACH; i++)
			plane_bond_add(&plane, PLANE_BOND_MONITOR, pid_of(crowd->first + i),
				       pid_of(i));
		for (uint32_t i = 0; i < EACH && round < 199; i++)
			plane_bond_remove(&plane, PLANE_BOND_MONITOR, pid_of(crowd->first + i),
					  pid_of(i));
	}
	return NULL;
}

static void owners_do_not_disturb_each_other(void)
{
	struct crowd crowds[CROWD];
	pthread_t threads[CROWD];

	setup();
	for (uint32_t i = 0; i < CROWD; i++) {
		crowds[i] = (struct crowd){1 + i * EACH};
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, crowd_main, &crowds[i]), 0);
	}
	for (uint32_t i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(count(&plane, PLANE_BOND_MONITOR, 0), CROWD * EACH);
	for (uint32_t i = 1; i <= CROWD * EACH; i++)
		CU_ASSERT_EQUAL(count(&plane, PLANE_BOND_MONITOR, pid_of(i).bits), 1);
	teardown();
}

/* ---- Actors ---------------------------------------------------------------------------------- */

enum deed {
	DEED_LINK,
	DEED_UNLINK,
	DEED_MONITOR,
	DEED_DEMONITOR,
	DEED_END
};

struct order {
	enum deed deed;
	struct actor_pid peer;
};

ACTOR_STATIC_REQUEST(doing, struct order, int32_t);

struct doer {
	uint64_t ref;
};

static int doer_call(void *state, const struct actor_message *message, struct actor_from from)
{
	const struct order *order = actor_message_as(message, struct order);
	struct doer *self = state;
	int32_t status = 0;

	switch (order->deed) {
	case DEED_LINK:
		status = actor_link(order->peer);
		break;
	case DEED_UNLINK:
		status = actor_unlink(order->peer);
		break;
	case DEED_MONITOR:
		status = actor_monitor(order->peer, &self->ref);
		break;
	case DEED_DEMONITOR:
		status = actor_demonitor(self->ref);
		break;
	case DEED_END:
		(void)actor_reply(from, &status);
		return ACTOR_EXIT_USER;
	}
	return actor_reply(from, &status);
}

static int doer_info(void *state, const struct actor_message *message)
{
	(void)state;
	(void)message;
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour doer = {.name = "doer",
					    .state_size = sizeof(struct doer),
					    .handle_call = doer_call,
					    .handle_info = doer_info};

static void tell(struct actor_pid whom, enum deed deed, struct actor_pid peer)
{
	struct order order = {deed, peer};
	int32_t status = -1;

	CU_ASSERT_EQUAL(actor_call(whom, &doing, &order, &status, ACTOR_SECONDS(DEADLINE_SECS)), 0);
	CU_ASSERT_EQUAL(status, 0);
}

/* The other end learns of it by a signal, so that takes a moment. */
static bool comes_to(struct actor_system *system, enum plane_bond kind, struct actor_pid owner,
		     unsigned wanted)
{
	time_t end = time(NULL) + DEADLINE_SECS;

	while (count(&system->plane, kind, owner.bits) != wanted && time(NULL) < end)
		sched_yield();
	return count(&system->plane, kind, owner.bits) == wanted;
}

static void both_ends_body(struct actor_system *system)
{
	struct actor_pid a, b;

	CU_ASSERT_EQUAL_FATAL(actor_start(&doer, NULL, 0, NULL, &a, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(actor_start(&doer, NULL, 0, NULL, &b, NULL), 0);
	tell(a, DEED_LINK, b);
	CU_ASSERT_TRUE(comes_to(system, PLANE_BOND_LINK, a, 1));
	CU_ASSERT_TRUE(comes_to(system, PLANE_BOND_LINK, b, 1));
	tell(a, DEED_LINK, b); /* once more is none more */
	tell(b, DEED_UNLINK, a);
	CU_ASSERT_TRUE(comes_to(system, PLANE_BOND_LINK, a, 0));
	CU_ASSERT_TRUE(comes_to(system, PLANE_BOND_LINK, b, 0));
	tell(a, DEED_MONITOR, b);
	CU_ASSERT_TRUE(comes_to(system, PLANE_BOND_MONITOR, a, 1));
	CU_ASSERT_TRUE(comes_to(system, PLANE_BOND_MONITOR, b, 0));
	tell(a, DEED_DEMONITOR, b);
	CU_ASSERT_TRUE(comes_to(system, PLANE_BOND_MONITOR, a, 0));
}

static void both_ends_are_told(void)
{
	in_system(both_ends_body);
}

static void death_body(struct actor_system *system)
{
	struct actor_pid a, b, c;

	CU_ASSERT_EQUAL_FATAL(actor_start(&doer, NULL, 0, NULL, &a, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(actor_start(&doer, NULL, 0, NULL, &b, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(actor_start(&doer, NULL, 0, NULL, &c, NULL), 0);
	tell(a, DEED_LINK, b);
	tell(b, DEED_MONITOR, c);
	tell(c, DEED_MONITOR, b);
	CU_ASSERT_TRUE(comes_to(system, PLANE_BOND_LINK, b, 1));
	tell(b, DEED_END, ACTOR_PID_NONE);
	CU_ASSERT_TRUE(dies(a)); /* it does not trap */
	/* The watcher's end goes when it learns of the death. */
	CU_ASSERT_TRUE(comes_to(system, PLANE_BOND_MONITOR, c, 0));
	CU_ASSERT_TRUE(comes_to(system, PLANE_BOND_LINK, ACTOR_PID_NONE, 0));
	CU_ASSERT_TRUE(comes_to(system, PLANE_BOND_MONITOR, ACTOR_PID_NONE, 0));
}

static void nothing_is_left_of_the_dead(void)
{
	in_system(death_body);
}

#define CASES(X)                                      \
	X(what_is_added_is_there_until_it_is_removed) \
	X(a_full_table_says_so)                       \
	X(owners_do_not_disturb_each_other)           \
	X(both_ends_are_told)                         \
	X(nothing_is_left_of_the_dead)
SUITE("bonds", CASES)
