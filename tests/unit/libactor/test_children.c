/* SPDX-License-Identifier: MIT */
/* Children of static supervisors by id, how they are stopped, and what others see of them. */
#include "hands.h"

#include <semaphore.h>

#include <actor/receive.h>

static struct actor_pid start(const struct actor_child *children, size_t count)
{
	const struct actor_supervisor_options options = {.size = sizeof(options),
							 .name = "top",
							 .intensity = 10,
							 .children = children,
							 .child_count = count};
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL_FATAL(actor_supervisor_start(&options, &pid), 0);
	return pid;
}

static struct actor_child_counts counts_of(struct actor_pid pid)
{
	struct actor_child_counts counts = {0};

	CU_ASSERT_EQUAL(actor_supervisor_count_children(pid, &counts), 0);
	return counts;
}

static void ids_body(struct actor_system *system)
{
	SEEN(seen);
	const struct hand workers[] = {
		{&seen, 1, 0, NULL}, {&seen, 2, 0, NULL}, {&seen, 3, 0, NULL}};
	const struct actor_child first = child_of("a", &workers[0], ACTOR_PERMANENT);
	struct actor_child second = child_of("b", &workers[1], ACTOR_PERMANENT);
	const struct actor_child third = child_of("c", &workers[2], ACTOR_TEMPORARY);
	struct actor_pid pid = start(&first, 1);
	struct actor_pid child = ACTOR_PID_NONE;
	struct actor_pid again = ACTOR_PID_NONE;

	(void)system;
	CU_ASSERT_EQUAL(actor_supervisor_add_child(pid, &second, &child), 0);
	CU_ASSERT_TRUE(actor_pid_equal(child, actor_whereis("b")));
	CU_ASSERT_EQUAL(actor_supervisor_add_child(pid, &second, &again), ACTOR_ECHILD_RUNS);
	CU_ASSERT_TRUE(actor_pid_equal(child, again)); /* already_started */
	CU_ASSERT_EQUAL(actor_supervisor_add_child(pid, &third, NULL), 0);
	SEEN_ARE(&seen, 1, 2, 3);

	CU_ASSERT_EQUAL(actor_supervisor_delete_child(pid, "b"), ACTOR_ECHILD_RUNS);
	CU_ASSERT_EQUAL(actor_supervisor_restart_child(pid, "b", NULL), ACTOR_ECHILD_RUNS);
	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(pid, "b"), 0);
	CU_ASSERT_FALSE(actor_alive(child));
	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(pid, "b"), 0); /* nothing to do */
	CU_ASSERT_EQUAL(counts_of(pid).specs, 3);
	CU_ASSERT_EQUAL(counts_of(pid).active, 2);
	CU_ASSERT_EQUAL(actor_supervisor_add_child(pid, &second, NULL), ACTOR_ECHILD_KNOWN);
	CU_ASSERT_EQUAL(actor_supervisor_restart_child(pid, "b", &child), 0);
	CU_ASSERT_TRUE(actor_alive(child));
	end_named("b", ACTOR_EXIT_USER); /* supervised as before */
	SEEN_ARE(&seen, 1, 2, 3, -2, 2, -2, 2);

	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(pid, "b"), 0);
	CU_ASSERT_EQUAL(actor_supervisor_delete_child(pid, "b"), 0);
	CU_ASSERT_EQUAL(actor_supervisor_delete_child(pid, "b"), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_supervisor_restart_child(pid, "b", NULL), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(pid, "b"), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(pid, "c"), 0); /* forgotten with it */
	CU_ASSERT_EQUAL(counts_of(pid).specs, 1);
	CU_ASSERT_EQUAL(actor_supervisor_add_child(pid, &second, NULL), 0); /* the id is free */
	CU_ASSERT_EQUAL(actor_supervisor_stop_child(pid, actor_whereis("b")), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(actor_supervisor_start_child(pid, NULL, 0, NULL), ACTOR_EINVALID);
}

static void children_come_and_go_by_id(void)
{
	in_system(ids_body);
}

static void bad_body(struct actor_system *system)
{
	SEEN(seen);
	const struct hand good = {&seen, 1, 0, NULL};
	const struct hand bad = {&seen, 2, 77, NULL};
	const struct actor_child child = child_of("a", &good, ACTOR_PERMANENT);
	const struct actor_child twice[] = {child, child};
	struct actor_child other = child_of("b", &bad, ACTOR_PERMANENT);
	const struct actor_supervisor_options options = {
		.size = sizeof(options), .children = twice, .child_count = 2};
	struct actor_pid pid = start(&child, 1);
	char id[300];

	(void)system;
	CU_ASSERT_EQUAL(actor_supervisor_start(&options, NULL), ACTOR_ECHILD_KNOWN);
	CU_ASSERT_EQUAL(actor_supervisor_add_child(pid, &other, NULL), -77);
	CU_ASSERT_EQUAL(counts_of(pid).specs, 1); /* not kept */
	CU_ASSERT_EQUAL(actor_supervisor_add_child(pid, NULL, NULL), ACTOR_EINVALID);
	memset(id, 'x', sizeof(id));
	id[256] = '\0';
	other.id = id;
	CU_ASSERT_EQUAL(actor_supervisor_add_child(pid, &other, NULL), ACTOR_EINVALID);
	other.id = "";
	CU_ASSERT_EQUAL(actor_supervisor_add_child(pid, &other, NULL), ACTOR_EINVALID);
	other.id = "b";
	other.behaviour = NULL;
	CU_ASSERT_EQUAL(actor_supervisor_add_child(pid, &other, NULL), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(pid, NULL), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(actor_supervisor_which_children(actor_whereis("a"), NULL, 0, NULL),
			ACTOR_ENOT_FOUND); /* not a supervisor */
}

static void bad_children_are_refused(void)
{
	in_system(bad_body);
}

/* ---- Stopping ----------------------------------------------------------------------------------
 */

struct deaf {
	struct seen *seen;
	uint64_t delay_ns; /* until it obeys; ACTOR_FOREVER: never */
};

ACTOR_STATIC_MESSAGE_EMPTY(enough); /* nobody sends it */

static int deaf_init(void *state, const void *argument, size_t size)
{
	memcpy(state, argument, size);
	return actor_trap_exits(true);
}

static void deaf_terminate(void *state, int reason)
{
	const struct actor_type *const types[] = {&enough};
	const struct actor_message *message;
	struct deaf *self = state;

	(void)reason;
	CU_ASSERT_EQUAL(actor_receive(types, 1, self->delay_ns, &message), ACTOR_ETIMEOUT);
	seen_add(self->seen, 1);
}

static const struct actor_behaviour deaf = {.name = "deaf",
					    .state_size = sizeof(struct deaf),
					    .init = deaf_init,
					    .terminate = deaf_terminate};

/* How often terminate has run when a child like that is stopped. */
static size_t stop_deaf(uint64_t delay_ns, uint64_t shutdown_ns)
{
	SEEN(seen);
	const struct deaf argument = {&seen, delay_ns};
	const struct actor_child child = {.id = "deaf",
					  .behaviour = &deaf,
					  .argument = &argument,
					  .argument_size = sizeof(argument),
					  .shutdown_ns = shutdown_ns,
					  .named = true};
	struct actor_pid pid = start(&child, 1);
	struct actor_pid worker_pid = actor_whereis("deaf");

	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_TRUE(dies(pid));
	CU_ASSERT_FALSE(actor_alive(worker_pid));
	return seen_count(&seen);
}

static void stopping_body(struct actor_system *system)
{
	(void)system;
	CU_ASSERT_EQUAL(stop_deaf(ACTOR_MILLISECONDS(30), 0), 1);             /* in time */
	CU_ASSERT_EQUAL(stop_deaf(ACTOR_MILLISECONDS(30), ACTOR_FOREVER), 1); /* any time */
	CU_ASSERT_EQUAL(stop_deaf(ACTOR_FOREVER, ACTOR_MILLISECONDS(30)), 0); /* too late */
	CU_ASSERT_EQUAL(stop_deaf(0, ACTOR_BRUTAL_KILL), 0);                  /* not asked */
}

static void children_are_asked_then_killed(void)
{
	in_system(stopping_body);
}

/* ---- Who may end a supervisor ------------------------------------------------------------------
 */

static struct seen *outer_seen;

static void other_actor(void *context)
{
	/* Neither its exit signal nor its end, as it is not the parent. */
	CU_ASSERT_EQUAL(actor_exit(*(struct actor_pid *)context, ACTOR_EXIT_SHUTDOWN), 0);
	CU_ASSERT_EQUAL(actor_link(*(struct actor_pid *)context), 0);
}

static int parent_init(void *state, const void *argument, size_t size)
{
	const struct hand worker_argument = {outer_seen, 1, 0, NULL};
	const struct actor_child child = child_of("a", &worker_argument, ACTOR_PERMANENT);
	const struct actor_supervisor_options options = {
		.size = sizeof(options), .name = "inner", .children = &child, .child_count = 1};

	(void)state;
	(void)argument;
	(void)size;
	return actor_supervisor_start(&options, NULL);
}

static int parent_cast(void *state, const struct actor_message *message)
{
	(void)state;
	return *actor_message_as(message, int32_t);
}

static const struct actor_behaviour parent = {
	.name = "parent", .init = parent_init, .handle_cast = parent_cast};

static void parent_body(struct actor_system *system)
{
	SEEN(seen);
	const int32_t reason = ACTOR_EXIT_NORMAL;
	struct actor_child_counts counts;
	struct actor_pid pid;
	struct actor_pid inner;

	(void)system;
	outer_seen = &seen;
	CU_ASSERT_EQUAL_FATAL(actor_start(&parent, NULL, 0, NULL, &pid, NULL), 0);
	inner = actor_whereis("inner");
	in_actor(other_actor, &inner);
	/* A call goes behind the signals: it has seen them. */
	CU_ASSERT_EQUAL(actor_supervisor_terminate_child(inner, "b"), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_supervisor_count_children(inner, &counts), 0);
	CU_ASSERT_EQUAL(counts.active, 1);
	CU_ASSERT_EQUAL(actor_cast(pid, &end_with, &reason), 0);
	CU_ASSERT_TRUE(dies(inner)); /* even when the parent ends normally */
	SEEN_ARE(&seen, 1, -1);
}

static void a_supervisor_ends_with_its_parent(void)
{
	in_system(parent_body);
}

/* ---- Looking -----------------------------------------------------------------------------------
 */

static bool is_id(const struct actor_child_info *info, const char *id)
{
	return info->id != NULL && strcmp(info->id, id) == 0;
}

static void look_body(struct actor_system *system)
{
	SEEN(seen);
	const struct hand argument = {&seen, 1, 0, NULL};
	const struct actor_child inside = child_of("inside", &argument, ACTOR_TEMPORARY);
	const struct actor_supervisor_options inner = {
		.size = sizeof(inner), .children = &inside, .child_count = 1};
	const struct actor_child children[] = {
		child_of("a name of more than eight bytes", &argument, ACTOR_PERMANENT),
		child_of("b", &argument, ACTOR_TRANSIENT),
		actor_supervisor_child("below", &inner),
	};
	struct actor_child_info infos[4];
	struct actor_child_counts counts;
	struct actor_pid pid = start(children, 3);
	size_t count = 0;

	(void)system;
	end_named(children[0].id, ACTOR_EXIT_USER);
	CU_ASSERT_TRUE(seen_wait(&seen, 5));
	end_named("b", ACTOR_EXIT_NORMAL);
	memset(infos, 0, sizeof(infos));
	while (infos[0].state != ACTOR_CHILD_RUNNING || infos[1].state != ACTOR_CHILD_STOPPED)
		CU_ASSERT_EQUAL_FATAL(actor_supervisor_which_children(pid, infos, 4, &count), 0);
	CU_ASSERT_EQUAL_FATAL(count, 3);
	CU_ASSERT_TRUE(is_id(&infos[0], children[0].id));
	CU_ASSERT_TRUE(actor_pid_equal(infos[0].pid, actor_whereis(children[0].id)));
	CU_ASSERT_EQUAL(infos[0].restarts, 1);
	CU_ASSERT_EQUAL(infos[0].restart, ACTOR_PERMANENT);
	CU_ASSERT_FALSE(infos[0].supervisor);
	CU_ASSERT_TRUE(is_id(&infos[1], "b"));
	CU_ASSERT_TRUE(actor_pid_is_none(infos[1].pid));
	CU_ASSERT_EQUAL(infos[1].restart, ACTOR_TRANSIENT);
	CU_ASSERT_TRUE(is_id(&infos[2], "below"));
	CU_ASSERT_TRUE(infos[2].supervisor);
	counts = counts_of(pid);
	CU_ASSERT_EQUAL(counts.specs, 3);
	CU_ASSERT_EQUAL(counts.active, 2);
	CU_ASSERT_EQUAL(counts.supervisors, 1);
	CU_ASSERT_EQUAL(counts.workers, 2);
	CU_ASSERT_EQUAL(actor_supervisor_which_children(infos[2].pid, infos, 4, &count), 0);
	CU_ASSERT_EQUAL(count, 1);
	CU_ASSERT_TRUE(is_id(&infos[0], "inside"));
	infos[1].id = "untouched";
	CU_ASSERT_EQUAL(actor_supervisor_which_children(pid, infos, 1, &count), 0);
	CU_ASSERT_EQUAL(count, 3); /* there are more than fit */
	CU_ASSERT_TRUE(is_id(&infos[1], "untouched"));
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(dies(pid));
	CU_ASSERT_EQUAL(actor_supervisor_which_children(pid, infos, 1, &count), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_supervisor_count_children(pid, &counts), ACTOR_ENOT_FOUND);
}

static void others_see_the_children(void)
{
	in_system(look_body);
}

static sem_t gate;
static int gate_closed;

/* In its second init it waits at the gate. */
static int slow_init(void *state, const void *argument, size_t size)
{
	(void)state;
	(void)argument;
	(void)size;
	if (__atomic_load_n(&gate_closed, __ATOMIC_ACQUIRE))
		sem_wait(&gate);
	return ACTOR_CONTINUE;
}

static int slow_cast(void *state, const struct actor_message *message)
{
	(void)state;
	return *actor_message_as(message, int32_t);
}

static const struct actor_behaviour slow = {
	.name = "slow", .init = slow_init, .handle_cast = slow_cast};

static void stuck_body(struct actor_system *system)
{
	SEEN(seen);
	const struct hand argument = {&seen, 1, 0, NULL};
	const struct actor_child children[] = {
		child_of("a", &argument, ACTOR_PERMANENT),
		{.id = "slow", .behaviour = &slow, .named = true, .detached = true},
	};
	struct actor_child_info infos[2] = {{0}};
	struct actor_pid pid = start(children, 2);
	struct actor_pid old = actor_whereis("slow");
	size_t count = 0;

	(void)system;
	sem_init(&gate, 0, 0);
	__atomic_store_n(&gate_closed, 1, __ATOMIC_RELEASE);
	end_named("slow", ACTOR_EXIT_USER);
	while (infos[1].state != ACTOR_CHILD_STARTING)
		CU_ASSERT_EQUAL_FATAL(actor_supervisor_which_children(pid, infos, 2, &count), 0);
	/* From here on the supervisor answers nobody. */
	while (actor_pid_is_none(infos[1].pid))
		CU_ASSERT_EQUAL_FATAL(actor_supervisor_which_children(pid, infos, 2, &count), 0);
	CU_ASSERT_FALSE(actor_pid_equal(infos[1].pid, old));
	CU_ASSERT_EQUAL(infos[1].restarts, 1);
	CU_ASSERT_EQUAL(infos[0].state, ACTOR_CHILD_RUNNING);
	end_named("a", ACTOR_EXIT_USER);
	CU_ASSERT_EQUAL(actor_supervisor_which_children(pid, infos, 2, &count), 0);
	CU_ASSERT_EQUAL(infos[0].state, ACTOR_CHILD_ENDED); /* it has not come to that yet */
	CU_ASSERT_TRUE(actor_pid_is_none(infos[0].pid));
	CU_ASSERT_EQUAL(counts_of(pid).active, 1);
	sem_post(&gate);
	while (infos[0].state != ACTOR_CHILD_RUNNING || infos[1].state != ACTOR_CHILD_RUNNING)
		CU_ASSERT_EQUAL_FATAL(actor_supervisor_which_children(pid, infos, 2, &count), 0);
	__atomic_store_n(&gate_closed, 0, __ATOMIC_RELEASE);
}

static void a_stuck_supervisor_can_be_looked_at(void)
{
	in_system(stuck_body);
}

#define CASES(X)                             \
	X(children_come_and_go_by_id)        \
	X(bad_children_are_refused)          \
	X(children_are_asked_then_killed)    \
	X(a_supervisor_ends_with_its_parent) \
	X(others_see_the_children)           \
	X(a_stuck_supervisor_can_be_looked_at)

SUITE("children", CASES)
