/* SPDX-License-Identifier: MIT */
/* Names: one owner each, gone with the owner. */
#include "table/names.h"
#include "conformance.h"

static void end(struct probe *probe)
{
	probe_stop(probe, ACTOR_STOP);
	CU_ASSERT_EQUAL(reason_of_end(probe), ACTOR_EXIT_NORMAL);
}

static int register_self(struct probe *self, void *context)
{
	(void)self;
	return actor_register(context, actor_self());
}

static int whereis_is(struct probe *self, void *context)
{
	struct probe *other = context;

	(void)self;
	return actor_pid_equal(actor_whereis("one"), other->pid);
}

static void whereis_gives_the_pid(void)
{
	struct probe *probe = probe_running();
	struct probe *other = probe_running();
	static char name[] = "one";

	CU_ASSERT_EQUAL(probe_do(probe, register_self, name), 0);
	CU_ASSERT_TRUE(actor_pid_equal(actor_whereis("one"), probe->pid));
	CU_ASSERT_TRUE(probe_do(other, whereis_is, probe));
}

static void whereis_of_nobody_is_none(void)
{
	CU_ASSERT_TRUE(actor_pid_is_none(actor_whereis("nobody")));
	CU_ASSERT_TRUE(actor_pid_is_none(actor_whereis("")));
}

static void a_name_vanishes_with_its_actor(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(actor_register("one", probe->pid), 0);
	end(probe);
	CU_ASSERT_TRUE(actor_pid_is_none(actor_whereis("one")));
}

static void the_dead_get_no_name(void)
{
	struct probe *probe = probe_running();

	end(probe);
	CU_ASSERT_EQUAL(actor_register("one", probe->pid), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_register("one", ACTOR_PID_NONE), ACTOR_ENOT_FOUND);
	CU_ASSERT_TRUE(actor_pid_is_none(actor_whereis("one")));
}

static void a_name_has_one_owner(void)
{
	struct probe *probe = probe_running();
	struct probe *other = probe_running();

	CU_ASSERT_EQUAL(actor_register("one", probe->pid), 0);
	CU_ASSERT_EQUAL(actor_register("one", other->pid), ACTOR_ENAME_TAKEN);
	CU_ASSERT_EQUAL(actor_register("one", probe->pid), ACTOR_ENAME_TAKEN);
	CU_ASSERT_TRUE(actor_pid_equal(actor_whereis("one"), probe->pid));
}

static void an_actor_may_have_several_names(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(actor_register("one", probe->pid), 0);
	CU_ASSERT_EQUAL(actor_register("two", probe->pid), 0);
	CU_ASSERT_TRUE(actor_pid_equal(actor_whereis("one"), probe->pid));
	CU_ASSERT_TRUE(actor_pid_equal(actor_whereis("two"), probe->pid));
	end(probe);
	CU_ASSERT_TRUE(actor_pid_is_none(actor_whereis("one")));
	CU_ASSERT_TRUE(actor_pid_is_none(actor_whereis("two")));
}

static void some_names_are_not_allowed(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(actor_register("", probe->pid), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(actor_register(NULL, probe->pid), ACTOR_EINVALID);
}

static void a_name_is_a_text(void)
{
	struct probe *probe = probe_running();
	char name[257];

	memset(name, 'n', sizeof(name) - 1);
	name[256] = '\0';
	CU_ASSERT_EQUAL(actor_register(name, probe->pid), ACTOR_EINVALID);
	name[255] = '\0';
	CU_ASSERT_EQUAL(actor_register(name, probe->pid), 0);
	CU_ASSERT_TRUE(actor_pid_equal(actor_whereis(name), probe->pid));
	CU_ASSERT_EQUAL(actor_register("any text, \xc3\xa4h", probe->pid), 0);
}

static void a_name_is_not_an_address(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(actor_register("one", probe->pid), 0);
	CU_ASSERT_EQUAL(cast_number(actor_whereis("one"), 1), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_CAST, 1));
	CU_ASSERT_EQUAL(cast_number(actor_whereis("two"), 1), 0); /* to nobody, as to the dead */
}

static void unregister_frees_the_name(void)
{
	struct probe *probe = probe_running();

	CU_ASSERT_EQUAL(actor_register("one", probe->pid), 0);
	CU_ASSERT_EQUAL(actor_unregister("one"), 0);
	CU_ASSERT_TRUE(actor_pid_is_none(actor_whereis("one")));
	CU_ASSERT_TRUE(answers(probe));
}

static void unregistering_a_strange_name_is_an_error(void)
{
	CU_ASSERT_EQUAL(actor_unregister("one"), ACTOR_ENOT_FOUND);
}

static void who_lost_its_name_still_gets_messages(void)
{
	struct probe *probe = probe_running();
	struct actor_pid found;

	CU_ASSERT_EQUAL(actor_register("one", probe->pid), 0);
	found = actor_whereis("one");
	CU_ASSERT_EQUAL(actor_unregister("one"), 0);
	CU_ASSERT_EQUAL(cast_number(found, 1), 0);
	CU_ASSERT_TRUE(saw(probe, SAW_CAST, 1));
}

static void a_freed_name_can_be_given_again(void)
{
	struct probe *probe = probe_running();
	struct probe *other = probe_running();

	CU_ASSERT_EQUAL(actor_register("one", probe->pid), 0);
	end(probe);
	CU_ASSERT_EQUAL(actor_register("one", other->pid), 0);
	CU_ASSERT_TRUE(actor_pid_equal(actor_whereis("one"), other->pid));
}

static int whereis_init(void *state, const void *argument, size_t size)
{
	struct probe *self = *(struct probe *const *)argument;

	(void)state;
	(void)size;
	probe_note(self, SAW_OTHER, actor_pid_equal(actor_whereis("one"), actor_self()),
		   actor_self());
	return ACTOR_CONTINUE;
}

static void the_name_is_there_when_init_runs(void)
{
	static const struct actor_behaviour behaviour = {.name = "named", .init = whereis_init};
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "one"};
	struct probe *child = probe_new();

	child->behaviour = &behaviour;
	CU_ASSERT_EQUAL(probe_start_by(probe_running(), child, &options, NULL), 0);
	CU_ASSERT_TRUE(saw(child, SAW_OTHER, true));
}

CONFORMANCE("names", ROWS_NAMES)
