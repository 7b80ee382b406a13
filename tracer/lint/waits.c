/* SPDX-License-Identifier: MIT */

/*
 * Who waits for whom. An actor waits in one call at a time, so calls make trees that hang on the
 * actors that do not wait, and circles that hang on nobody.
 */

#include <stdio.h>
#include <stdlib.h>

#include "lint/engine.h"

#define NOWHERE UINT32_MAX

void lint_wait_add(struct lint_engine *engine, const struct lint_actor *actor)
{
	if (actor->waiting_on == 0)
		return;
	if (engine->wait_count == engine->wait_room) {
		size_t room = engine->wait_room != 0 ? engine->wait_room * 2 : 256;
		struct lint_wait *more = NULL;

		if (room <= LINT_WAITS_MAX)
			more = realloc(engine->waits, room * sizeof(*more));
		if (more == NULL) {
			engine->overlooked++;
			return;
		}
		engine->waits = more;
		engine->wait_room = room;
	}
	engine->waits[engine->wait_count++] = (struct lint_wait){
		.pid = actor->pid,
		.on = actor->waiting_on,
		.ns = actor->turn_ns,
		.tag = actor->tag,
		.next = NOWHERE,
	};
}

static int compare_pids(const void *left, const void *right)
{
	const struct lint_wait *a = left, *b = right;

	return (a->pid > b->pid) - (a->pid < b->pid);
}

static uint32_t place_of(const struct lint_engine *engine, uint64_t pid)
{
	const struct lint_wait key = {.pid = pid};
	const struct lint_wait *found = bsearch(&key, engine->waits, engine->wait_count,
						sizeof(engine->waits[0]), compare_pids);

	return found != NULL ? (uint32_t)(found - engine->waits) : NOWHERE;
}

/* Adds up from the leaves. What is left over with `blocked` > 0 lies on a circle. */
static void add_up(struct lint_engine *engine, uint32_t *leaves)
{
	size_t count = 0;

	for (size_t i = 0; i < engine->wait_count; i++) {
		struct lint_wait *wait = &engine->waits[i];

		wait->next = place_of(engine, wait->on);
		if (wait->next != NOWHERE)
			engine->waits[wait->next].blocked++;
	}
	for (size_t i = 0; i < engine->wait_count; i++)
		if (engine->waits[i].blocked == 0)
			leaves[count++] = (uint32_t)i;
	for (size_t i = 0; i < count; i++) {
		const struct lint_wait *leaf = &engine->waits[leaves[i]];
		struct lint_wait *next;

		if (leaf->next == NOWHERE)
			continue;
		next = &engine->waits[leaf->next];
		next->callers += leaf->callers + (leaf->ns >= LINT_WAITED_LONG);
		if (leaf->depth + 1 > next->depth && leaf->depth < UINT16_MAX - 1)
			next->depth = leaf->depth + 1;
		if (--next->blocked == 0)
			leaves[count++] = leaf->next;
	}
}

/* "a -> b -> c -> a" */
static void name_circle(const struct lint_engine *engine, uint32_t first, uint32_t length,
			struct lint_detail *detail)
{
	size_t used = 0, size = sizeof(detail->more);
	uint32_t at = first;

	for (uint32_t i = 0; i <= length && used < size; i++) {
		char name[64] = "...";

		if (i < LINT_NAMES_SAID || i == length)
			engine->names.actor(engine->names.user, engine->waits[at].pid, 0, name,
					    sizeof(name));
		if (i <= LINT_NAMES_SAID || i == length)
			used += (size_t)snprintf(detail->more + used, size - used, "%s%.20s",
						 i > 0 ? " -> " : "", name);
		at = engine->waits[at].next;
	}
	if (length > LINT_NAMES_SAID && used < size)
		snprintf(detail->more + used, size - used, " (%u actors)", length);
}

static void find_circle(struct lint_engine *engine, uint32_t first)
{
	struct lint_detail detail = {.peer = engine->waits[first].on,
				     .tag = engine->waits[first].tag};
	uint64_t shortest = UINT64_MAX;
	uint32_t length = 0, at = first, lowest = first;

	do {
		struct lint_wait *wait = &engine->waits[at];

		wait->blocked = 0; /* seen */
		if (wait->ns < shortest)
			shortest = wait->ns;
		if (at < lowest)
			lowest = at;
		length++;
		at = wait->next;
	} while (at != first);
	if (shortest < LINT_WAITED_LONG)
		return;
	name_circle(engine, lowest, length, &detail);
	lint_incident(engine, LINT_CALL_DEADLOCK,
		      (struct lint_subject){engine->waits[lowest].pid, 0}, 1, 0, &detail);
}

static int compare_callees(const void *left, const void *right)
{
	const struct lint_wait *a = left, *b = right;

	if (a->on != b->on)
		return a->on < b->on ? -1 : 1;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

/* All whose callee does not wait itself, callee by callee. */
static void find_convoys(struct lint_engine *engine)
{
	uint64_t callers = 0;
	unsigned depth = 0;

	qsort(engine->waits, engine->wait_count, sizeof(engine->waits[0]), compare_callees);
	for (size_t i = 0; i < engine->wait_count; i++) {
		const struct lint_wait *wait = &engine->waits[i];
		struct lint_detail detail = {0};

		if (wait->next == NOWHERE) {
			callers += wait->callers + (wait->ns >= LINT_WAITED_LONG);
			if (wait->depth + 1u > depth)
				depth = wait->depth + 1u;
		}
		if (i + 1 < engine->wait_count && engine->waits[i + 1].on == wait->on)
			continue;
		if (depth > 1)
			snprintf(detail.more, sizeof(detail.more), ", in chains of up to %u calls",
				 depth);
		lint_value(engine, LINT_CALL_CONVOY, (struct lint_subject){wait->on, 0},
			   (double)callers, &detail);
		callers = 0;
		depth = 0;
	}
}

static void find_orphans(struct lint_engine *engine, lint_look look, void *user)
{
	for (size_t i = 0; i < engine->wait_count; i++) {
		const struct lint_wait *wait = &engine->waits[i];
		struct lint_detail detail = {.peer = wait->on, .tag = wait->tag};
		struct lint_actor callee = {0};

		if (wait->ns < (uint64_t)lints[LINT_ORPHAN_CALL].enter)
			continue;
		if (!look(user, wait->on, &callee))
			snprintf(detail.more, sizeof(detail.more), "which is dead");
		else if (callee.state == LINT_STATE_IDLE && callee.mailbox == 0 && !callee.outside)
			snprintf(detail.more, sizeof(detail.more), "which has nothing to do");
		else
			continue;
		lint_value(engine, LINT_ORPHAN_CALL, (struct lint_subject){wait->pid, 0},
			   (double)wait->ns, &detail);
	}
}

void lint_waits_end(struct lint_engine *engine, lint_look look, void *user)
{
	uint32_t *leaves;

	if (engine->wait_count == 0)
		return;
	leaves = malloc(engine->wait_count * sizeof(*leaves));
	if (leaves == NULL)
		return;
	qsort(engine->waits, engine->wait_count, sizeof(engine->waits[0]), compare_pids);
	add_up(engine, leaves);
	free(leaves);
	for (size_t i = 0; i < engine->wait_count; i++)
		if (engine->waits[i].blocked > 0)
			find_circle(engine, (uint32_t)i);
	if (look != NULL)
		find_orphans(engine, look, user);
	find_convoys(engine);
}
