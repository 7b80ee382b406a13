/* SPDX-License-Identifier: MIT */
/* Names: unique, found, gone with their actor. */
#include "actors.h"

#include <signal.h>
#include <stdio.h>

#include <actor/group.h>

#include "actor/system.h"

#include "dice.h"

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

static const char *shown(struct actor_system *system, struct actor_pid pid)
{
	return plane_text(
		&system->plane,
		__atomic_load_n(&system_line(system, actor_pid_slot(pid))->name, __ATOMIC_RELAXED));
}

static void label_body(struct actor_system *system)
{
	const struct actor_spawn_options labelled = {.size = sizeof(labelled), .label = "label"};
	const struct actor_spawn_options named = {.size = sizeof(named), .name = "gamma"};
	struct actor_pid pid;

	CU_ASSERT_EQUAL_FATAL(actor_spawn(&idle, NULL, 0, &labelled, &pid), 0);
	CU_ASSERT_STRING_EQUAL(shown(system, pid), "label");
	CU_ASSERT_EQUAL(actor_register("alpha", pid), 0);
	CU_ASSERT_EQUAL(actor_register("beta", pid), 0);
	CU_ASSERT_STRING_EQUAL(shown(system, pid), "beta");
	CU_ASSERT_EQUAL(actor_unregister("beta"), 0);
	CU_ASSERT_STRING_EQUAL(shown(system, pid), "alpha");
	CU_ASSERT_EQUAL(actor_unregister("alpha"), 0);
	CU_ASSERT_STRING_EQUAL(shown(system, pid), "label");
	CU_ASSERT_EQUAL_FATAL(actor_spawn(&idle, NULL, 0, &named, &pid), 0);
	CU_ASSERT_STRING_EQUAL(shown(system, pid), "gamma");
	CU_ASSERT_EQUAL(actor_unregister("gamma"), 0);
	CU_ASSERT_STRING_EQUAL(shown(system, pid), "");
}

static void the_label_comes_back_with_the_last_name(void)
{
	in_system(label_body);
}

/* ---- Before anybody hears of the death ---------------------------------------------------------
 */

static struct seen *found;

static int watcher_init(void *state, const void *argument, size_t size)
{
	(void)state;
	(void)size;
	return actor_monitor(*(const struct actor_pid *)argument, NULL);
}

static int watcher_info(void *state, const struct actor_message *message)
{
	(void)state;
	if (actor_message_is(message, &actor_down)) {
		size_t count;

		seen_add(found, (int64_t)actor_whereis("mortal").bits);
		CU_ASSERT_EQUAL(actor_group_members("mortals", NULL, 0, &count), 0);
		seen_add(found, (int64_t)count);
	}
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour watcher = {
	.name = "watcher", .init = watcher_init, .handle_info = watcher_info};

static void down_body(struct actor_system *system)
{
	SEEN(seen);
	const struct actor_spawn_options named = {.size = sizeof(named), .name = "mortal"};

	(void)system;
	found = &seen;
	for (size_t i = 0; i < 200; i++) {
		struct actor_pid pid;

		CU_ASSERT_EQUAL_FATAL(actor_start(&idle, NULL, 0, &named, &pid, NULL), 0);
		CU_ASSERT_EQUAL(actor_group_join("mortals", pid), 0);
		CU_ASSERT_EQUAL_FATAL(actor_start(&watcher, &pid, sizeof(pid), NULL, NULL, NULL),
				      0);
		CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_KILL), 0);
		CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 2 * i + 2));
		CU_ASSERT_EQUAL(seen.values[2 * i], 0);
		CU_ASSERT_EQUAL(seen.values[2 * i + 1], 0);
	}
}

static void names_vanish_before_the_down_message(void)
{
	in_system(down_body);
}

/* ---- Readers without a lock --------------------------------------------------------------------
 */

#define NAMES   64
#define ROUNDS  20000
#define READERS 2

static struct {
	struct registry registry;
	struct actor_plane_actor lines[NAMES];
	uint32_t stop;  /* (shared) */
	uint64_t found; /* (shared) */
	uint64_t wrong; /* (shared) */
} table;

/* Long and short ones, so that memory is used again for other names. */
static const char *name_of(char text[REGISTRY_NAME_MAX + 1], size_t nth)
{
	static const int widths[] = {1, 20, 60, 200};

	snprintf(text, REGISTRY_NAME_MAX + 1, "%0*zu", widths[nth % 4], nth);
	return text;
}

static void *look(void *unused)
{
	char text[REGISTRY_NAME_MAX + 1];
	uint64_t seen = 0;
	uint64_t wrong = 0;

	for (size_t nth = 0; !__atomic_load_n(&table.stop, __ATOMIC_RELAXED);
	     nth = (nth + 1) % NAMES) {
		struct actor_pid pid = registry_find(&table.registry, name_of(text, nth));

		/* Whoever has the name has the slot of that number. */
		seen += pid.bits != 0;
		wrong += pid.bits != 0 && actor_pid_slot(pid) != nth;
		/* The first is never taken away: it must always be found. */
		wrong += nth == 0 && pid.bits == 0;
	}
	__atomic_fetch_add(&table.found, seen, __ATOMIC_RELAXED);
	__atomic_fetch_add(&table.wrong, wrong, __ATOMIC_RELAXED);
	return unused;
}

static void readers_need_no_lock(void)
{
	pthread_t readers[READERS];
	char text[REGISTRY_NAME_MAX + 1];
	struct dice dice = dice_take();

	memset(&table, 0, sizeof(table));
	for (size_t i = 0; i < NAMES; i++)
		table.lines[i].generation = 1;
	CU_ASSERT_EQUAL_FATAL(registry_init(&table.registry, table.lines, NAMES), 0);
	CU_ASSERT_EQUAL(registry_add(&table.registry, name_of(text, 0), 0, actor_pid_pack(0, 1)),
			0);
	for (int i = 0; i < READERS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&readers[i], NULL, look, NULL), 0);
	for (size_t round = 0; round < ROUNDS; round++) {
		size_t nth = 1 + dice_below(&dice, NAMES - 1);
		struct actor_pid pid = actor_pid_pack((uint32_t)nth, 1);
		uint32_t string;

		if (registry_add(&table.registry, name_of(text, nth), 0, pid) ==
		    ACTOR_ENAME_TAKEN) {
			CU_ASSERT_EQUAL(registry_remove(&table.registry, text, &pid, &string), 0);
			CU_ASSERT_EQUAL(actor_pid_slot(pid), nth);
		}
	}
	__atomic_store_n(&table.stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	CU_ASSERT_EQUAL(table.wrong, 0);
	CU_ASSERT_TRUE(table.found > 0);
	for (size_t i = 0; i < NAMES; i++) {
		__atomic_store_n(&table.lines[i].generation, 2, __ATOMIC_SEQ_CST);
		registry_drop(&table.registry, actor_pid_pack((uint32_t)i, 1));
		CU_ASSERT_TRUE(actor_pid_is_none(registry_find(&table.registry, name_of(text, i))));
	}
	CU_ASSERT_EQUAL(registry_add(&table.registry, "late", 0, actor_pid_pack(1, 1)),
			ACTOR_ENOT_FOUND); /* the dead get no names */
	registry_finish(&table.registry);
}

/*
 * The reader is stopped at any point of its search by a signal; until it goes on, the memory of the
 * name that it looks at has become another name's. It must not come back with that one's pid.
 */
#define SWAPS 300

static struct {
	uint32_t stopped; /* (shared) all */
	uint32_t go;
	uint32_t lookups;
} held;

static void stop_here(int number)
{
	(void)number;
	__atomic_store_n(&held.stopped, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&held.go, __ATOMIC_ACQUIRE))
		sched_yield();
}

static void *look_for_first(void *key)
{
	uint64_t wrong = 0;

	while (!__atomic_load_n(&table.stop, __ATOMIC_RELAXED)) {
		struct actor_pid pid = names_find(&table.registry.names, &table.registry.lock, key);

		wrong += pid.bits != 0 && actor_pid_slot(pid) != 0;
		__atomic_fetch_add(&held.lookups, 1, __ATOMIC_RELEASE);
	}
	__atomic_fetch_add(&table.wrong, wrong, __ATOMIC_RELAXED);
	return NULL;
}

/* ThreadSanitizer keeps signals back until a thread calls something; there it is a plain race. */
static void stop_reader(pthread_t reader)
{
	held.stopped = 0;
	held.go = 0;
#if !defined(__SANITIZE_THREAD__)
	pthread_kill(reader, SIGUSR1);
	while (!__atomic_load_n(&held.stopped, __ATOMIC_ACQUIRE))
		sched_yield();
#else
	(void)reader;
#endif
}

static void let_reader_go(void)
{
	uint32_t before = __atomic_load_n(&held.lookups, __ATOMIC_ACQUIRE);

	__atomic_store_n(&held.go, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&held.lookups, __ATOMIC_ACQUIRE) - before < 2)
		sched_yield();
}

static void memory_used_again_is_noticed(void)
{
	struct sigaction action = {.sa_handler = stop_here};
	struct names *names = &table.registry.names;
	struct name *name = NULL;
	struct name_key keys[2];
	char text[REGISTRY_NAME_MAX + 1];
	pthread_t reader;

	memset(&table, 0, sizeof(table));
	CU_ASSERT_EQUAL_FATAL(registry_init(&table.registry, table.lines, NAMES), 0);
	memset(text, 'x', sizeof(text));
	text[REGISTRY_NAME_MAX] = '\0';
	for (int i = 0; i < 2; i++) {
		text[0] = (char)('a' + i);
		CU_ASSERT_EQUAL(name_key_make(&keys[i], text), 0);
	}
	sigaction(SIGUSR1, &action, NULL);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&reader, NULL, look_for_first, &keys[0]), 0);
	for (uint32_t swap = 0; swap < SWAPS; swap++) {
		stop_reader(reader);
		pthread_mutex_lock(&table.registry.lock);
		if (name != NULL)
			names_remove(names, name);
		name = names_add(names, &keys[swap % 2], actor_pid_pack(swap % 2, 1));
		pthread_mutex_unlock(&table.registry.lock);
		let_reader_go();
	}
	__atomic_store_n(&table.stop, 1, __ATOMIC_RELAXED);
	pthread_join(reader, NULL);
	CU_ASSERT_EQUAL(table.wrong, 0);
	registry_finish(&table.registry);
}

#define CASES(X)                                   \
	X(names_are_unique_and_vanish)             \
	X(thousands_of_names_are_found)            \
	X(the_label_comes_back_with_the_last_name) \
	X(names_vanish_before_the_down_message)    \
	X(readers_need_no_lock)                    \
	X(memory_used_again_is_noticed)

SUITE("registry", CASES)
