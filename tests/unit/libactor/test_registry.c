/* SPDX-License-Identifier: MIT */
/* Names: unique, found, gone with their actor. */
#include "actors.h"

#include <stdio.h>

static const struct actor_behaviour idle = {.name = "idle"};

static void names_body(struct actor_system *system)
{
	const struct actor_spawn_options named = {.size = sizeof(named), .name = "alpha"};
	struct actor_pid first;
	struct actor_pid second;
	char text[300];

	(void)system;
	CU_ASSERT_EQUAL_FATAL(actor_spawn(&idle, NULL, 0, &named, &first), 0);
	CU_ASSERT_TRUE(actor_pid_equal(actor_whereis("alpha"), first));
	CU_ASSERT_EQUAL(actor_spawn(&idle, NULL, 0, &named, &second), ACTOR_ENAME_TAKEN);
	CU_ASSERT_EQUAL(actor_register("alpha", first), ACTOR_ENAME_TAKEN);
	CU_ASSERT_EQUAL(actor_register("beta", first), 0); /* a second name is allowed */
	CU_ASSERT_EQUAL(actor_unregister("beta"), 0);
	CU_ASSERT_EQUAL(actor_unregister("beta"), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_register("", first), ACTOR_EINVALID);
	memset(text, 'x', sizeof(text));
	text[256] = '\0';
	CU_ASSERT_EQUAL(actor_register(text, first), ACTOR_EINVALID);
	text[255] = '\0';
	CU_ASSERT_EQUAL(actor_register(text, first), 0);
	CU_ASSERT_EQUAL(actor_exit(first, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(dies(first));
	while (!actor_pid_is_none(actor_whereis("alpha")))
		;
	CU_ASSERT_EQUAL(actor_register("alpha", first),
			ACTOR_ENOT_FOUND); /* the dead get no names */
	CU_ASSERT_EQUAL(actor_spawn(&idle, NULL, 0, &named, &second), 0);
	CU_ASSERT_FALSE(actor_pid_equal(first, second)); /* a dead pid never comes back */
}

static void names_are_unique_and_vanish(void)
{
	in_system(names_body);
}

static void many_body(struct actor_system *system)
{
	struct actor_pid pid;
	char text[32];

	(void)system;
	CU_ASSERT_EQUAL_FATAL(actor_spawn(&idle, NULL, 0, NULL, &pid), 0);
	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "name %d", i);
		CU_ASSERT_EQUAL(actor_register(text, pid), 0);
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "name %d", i);
		CU_ASSERT_TRUE(actor_pid_equal(actor_whereis(text), pid));
		if (i % 2 == 0)
			CU_ASSERT_EQUAL(actor_unregister(text), 0);
	}
	CU_ASSERT_TRUE(actor_pid_is_none(actor_whereis("name 0")));
	CU_ASSERT_TRUE(actor_pid_equal(actor_whereis("name 1"), pid));
}

static void thousands_of_names_are_found(void)
{
	in_system(many_body);
}

#define CASES(X)                       \
	X(names_are_unique_and_vanish) \
	X(thousands_of_names_are_found)

SUITE("registry", CASES)
