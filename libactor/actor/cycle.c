/* SPDX-License-Identifier: MIT */
/*
 * Who waits for whom, and circles of callers. Each actor's line in the plane names the one it waits
 * for; a caller writes its own edge and then follows the others'.
 */
#include <stdio.h>
#include <stdlib.h>

#include <actor/actor.h>

#include "actor/log.h"
#include "actor/rare.h"
#include "actor/system.h"

/* How far a chain of waiting actors is followed. */
#define CYCLE_STEPS 64

void waiting_set(struct thread *thread, struct actor_pid on)
{
	struct actor_plane_actor *line = cell_line(thread->cell, thread->system);

	/* Sequentially consistent with the loads in find. */
	__atomic_store_n(&line->waiting_on, on.bits, __ATOMIC_SEQ_CST);
}

/* The last reference of an actor that may be gone, and its slot somebody else's: then whatever. */
__attribute__((no_sanitize("thread"))) static uint32_t refs_of(const struct cell *cell)
{
	return *(const volatile uint32_t *)&cell->refs;
}

/*
 * The caller waits no more, as soon as it knows; who follows the edges must not take it for waiting
 * until then. Where it has given up and waits for another answer meanwhile, that edge stays: its
 * reference is newer, and was taken before the edge was made. The answer to a request takes away
 * an edge that leads to us; should it be there for a call, a circle is not seen, which is better
 * than one that is none.
 */
void waiting_answered(struct thread *thread, struct actor_from from)
{
	struct actor_system *system = thread->system;
	struct actor_plane_actor *line = system_find(system, from.caller);
	uint64_t on;

	if (line == NULL)
		return;
	on = __atomic_load_n(&line->waiting_on, __ATOMIC_SEQ_CST);
	if (on == 0)
		return;
	if ((from.ref & REF_REQUEST) != 0)
		on = cell_pid(thread->cell).bits;
	else if (refs_of(system_cell(system, actor_pid_slot(from.caller))) != (uint32_t)from.ref)
		return;
	(void)__atomic_compare_exchange_n(&line->waiting_on, &on, 0, false, __ATOMIC_SEQ_CST,
					  __ATOMIC_RELAXED);
}

/*
 * The circle that waiting for `to` would close: follow who waits for whom. Our own edge is in place
 * already (sequentially consistent), so of two actors that close a circle together one sees it. An
 * edge is taken away by whoever answers, before the answer is sent. Returns how many edges it has,
 * 0: there is none; pids[i] is where edge i leads.
 */
static uint32_t find(struct actor_system *system, struct actor_pid self, struct actor_pid to,
		     struct actor_pid pids[CYCLE_STEPS])
{
	for (uint32_t step = 0; step < CYCLE_STEPS && to.bits != 0; step++) {
		struct actor_plane_actor *line;

		pids[step] = to;
		if (actor_pid_equal(self, to))
			return step + 1;
		line = system_find(system, to);
		if (line == NULL)
			return 0;
		to.bits = __atomic_load_n(&line->waiting_on, __ATOMIC_SEQ_CST);
	}
	return 0;
}

bool wait_closes_cycle(struct actor_system *system, struct actor_pid self, struct actor_pid to)
{
	struct actor_pid pids[CYCLE_STEPS];

	return find(system, self, to, pids) != 0;
}

/* Each edge is an observed fact, so that a replay names the same circle. */
static void note(struct thread *thread, const struct actor_pid *pids, uint32_t known,
		 uint32_t count)
{
	const struct actor_seam *seam = thread->system->seam;
	struct cell *cell = thread->cell;
	struct cell_rare *rare = cell_rare_want(thread, cell);
	struct cycle *cycle = malloc(sizeof(*cycle) + (count + 1) * sizeof(cycle->pids[0]));

	if (rare != NULL) {
		free(rare->cycle);
		rare->cycle = cycle;
	}
	if (cycle != NULL) {
		cycle->count = count + 1;
		cycle->pids[0] = cell_pid(cell);
	}
	for (uint32_t i = 0; i < count; i++) {
		uint64_t pid =
			seam->observe(cell, ACTOR_OBSERVED_CYCLE, i < known ? pids[i].bits : 0);

		EMIT(thread, OBSERVE, 0, 0, ACTOR_OBSERVED_CYCLE, cell_pid(cell).bits, 0, pid);
		if (cycle != NULL)
			cycle->pids[i + 1].bits = pid;
	}
	if (rare == NULL)
		free(cycle);
}

int waiting_begin(struct thread *thread, struct actor_pid to)
{
	struct actor_pid pids[CYCLE_STEPS];
	struct cell *cell = thread->cell;
	uint32_t known;
	uint64_t count;

	waiting_set(thread, to);
	known = find(thread->system, cell_pid(cell), to, pids);
	count = thread->system->seam->observe(cell, ACTOR_OBSERVED_DEADLOCK, known);
	if (__builtin_expect(count == 0, 1))
		return 0;
	EMIT(thread, OBSERVE, 0, 0, ACTOR_OBSERVED_DEADLOCK, cell_pid(cell).bits, 0, count);
	note(thread, pids, known, (uint32_t)count);
	waiting_end(thread);
	return ACTOR_EDEADLOCK;
}

static const struct cycle *last_cycle(void)
{
	struct thread *thread = thread_self();
	const struct cell_rare *rare =
		thread != NULL && thread->cell != NULL ? cell_rare(thread->cell) : NULL;

	return rare != NULL ? rare->cycle : NULL;
}

size_t actor_call_cycle(struct actor_pid *pids, size_t max)
{
	const struct cycle *cycle = last_cycle();

	for (size_t i = 0; cycle != NULL && pids != NULL && i < cycle->count && i < max; i++)
		pids[i] = cycle->pids[i];
	return cycle != NULL ? cycle->count : 0;
}

size_t actor_call_cycle_text(char *text, size_t size)
{
	const struct cycle *cycle = last_cycle();
	char name[LOG_ACTOR_MAX];
	size_t length = 0;

	if (size != 0)
		text[0] = '\0';
	for (uint32_t i = 0; cycle != NULL && i < cycle->count; i++) {
		size_t left = length < size ? size - length : 0;
		int more = snprintf(left != 0 ? text + length : NULL, left, "%s%s",
				    i == 0 ? "" : " -> ",
				    log_actor(thread_self()->system, cycle->pids[i], name));

		length += more > 0 ? (size_t)more : 0;
	}
	return length;
}
