/* SPDX-License-Identifier: MIT */

/* What a tool finds that looks at a thread from outside: plane.h, tls_current. */

#include "actors.h"

#include "actor/system.h"

struct found {
	uint64_t pid;
	const struct actor_plane_thread *words;
};

/* As a tool does it: from the thread pointer, and from the plane's header alone. */
static struct found look(const struct actor_system *system)
{
	const char *pointer = __builtin_thread_pointer();
	struct found found;

	memcpy(&found, pointer + system->plane.header->tls_current, sizeof(found));
	return found;
}

static void look_inside(void *context)
{
	struct thread *thread = thread_self();
	struct found found = look(thread->system);

	(void)context;
	CU_ASSERT_EQUAL(found.pid, actor_self().bits);
	CU_ASSERT_PTR_EQUAL(found.words, thread->words);
	CU_ASSERT_EQUAL(found.words->current, found.pid);
	CU_ASSERT_EQUAL(found.words->tag, thread->cell->handling->tag);
}

static void with_system(struct actor_system *system)
{
	(void)system;
	in_actor(look_inside, NULL);
}

static void an_actor_is_seen_in_its_turn(void)
{
	in_system(with_system);
}

/* A thread of the program that is no longer part of a system. */
static void nobody_is_seen_afterwards(void)
{
	struct actor_system *system;
	int64_t offset;
	struct found found;

	CU_ASSERT_EQUAL_FATAL(actor_system_create(NULL, &system), 0);
	offset = system->plane.header->tls_current;
	actor_system_destroy(system, ACTOR_SECONDS(20));
	memcpy(&found, (const char *)__builtin_thread_pointer() + offset, sizeof(found));
	CU_ASSERT_EQUAL(found.pid, 0);
	CU_ASSERT_PTR_NULL(found.words);
}

#define CASES(X)                        \
	X(an_actor_is_seen_in_its_turn) \
	X(nobody_is_seen_afterwards)
SUITE("outside", CASES)
