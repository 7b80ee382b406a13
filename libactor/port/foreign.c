/* SPDX-License-Identifier: MIT */
/* The program's own threads: each has a pid, and sleeps on a futex when it waits for a reply. */
#include <stdlib.h>
#include <string.h>

#include "actor/rare.h"
#include "actor/system.h"
#include "base/futex.h"
#include "base/hash.h"

static const struct actor_behaviour foreign_behaviour = {.name = "thread"};

/*
 * A semaphore. A mailbox goes from idle to not idle once, the sender that did it wakes once, and
 * the thread takes that wake before it looks: so no wake is ever left over for whoever has the slot
 * next.
 */
void thread_sleep(struct thread *thread)
{
	uint32_t wakes = __atomic_load_n(&thread->futex, __ATOMIC_RELAXED);

	for (;;) {
		if (wakes == 0) {
			futex_wait(&thread->futex, 0, UINT64_MAX, false);
			wakes = __atomic_load_n(&thread->futex, __ATOMIC_RELAXED);
		} else if (__atomic_compare_exchange_n(&thread->futex, &wakes, wakes - 1, true,
						       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
			return; /* acquire: pairs with the release in thread_wake */
		}
	}
}

void thread_wake(struct thread *thread)
{
	__atomic_fetch_add(&thread->futex, 1, __ATOMIC_RELEASE);
	futex_wake(&thread->futex, 1, false);
}

void foreign_claim(struct thread *thread)
{
	if (!mailbox_claim(&cell_line(thread->cell, thread->system)->inbox))
		thread_sleep(thread); /* somebody has sent, and has woken us or is about to */
}

void foreign_unclaim(struct thread *thread)
{
	while (!mailbox_rest(&cell_line(thread->cell, thread->system)->inbox))
		(void)cell_drain(thread, thread->cell);
}

static void outsider_ready(struct executor *executor, struct task *task)
{
	struct outsider *outsider = (struct outsider *)(void *)executor; /* first member */

	(void)task;
	thread_wake(&outsider->thread);
}

struct outsider *outsider_take(struct actor_system *system)
{
	struct outsider *outsider;
	struct thread *thread;

	pthread_mutex_lock(&system->lock);
	outsider = system->outsiders;
	if (outsider != NULL)
		system->outsiders = outsider->next;
	pthread_mutex_unlock(&system->lock);
	if (outsider == NULL) {
		outsider = calloc(1, sizeof(*outsider));
		if (outsider == NULL)
			return NULL;
		outsider->executor.ready = outsider_ready;
		outsider->thread.system = system;
		return outsider;
	}
	/* All but the futex and the executor, which a late sender may still touch. */
	thread = &outsider->thread;
	thread->ticks = 0;
	thread->foreign = false;
	thread->spawned = 0;
	thread->ended = 0;
	thread->handled = 0;
	thread->dead_letters = 0;
	thread->late_replies = 0;
	thread->mailbox_dropped = 0;
	thread->mailbox_rejected = 0;
	thread->blobs_made = 0;
	thread->blobs_freed = 0;
	thread->blob_bytes_made = 0;
	thread->blob_bytes_freed = 0;
	return outsider;
}

void outsider_give(struct actor_system *system, struct outsider *outsider)
{
	pthread_mutex_lock(&system->lock);
	outsider->next = system->outsiders;
	system->outsiders = outsider;
	pthread_mutex_unlock(&system->lock);
}

int foreign_enter(struct actor_system *system)
{
	struct outsider *foreign = outsider_take(system);
	struct actor_plane_actor *line;
	struct actor_plane_birth *birth;
	struct actor_pid pid;
	struct cell *cell;
	uint32_t nth;
	int status;

	if (foreign == NULL)
		return ACTOR_ENO_MEMORY;
	pthread_mutex_lock(&system->lock);
	nth = ++system->foreigners;
	pthread_mutex_unlock(&system->lock);
	status = system->seam->place(system, ACTOR_PID_NONE, nth, &pid);
	if (status != 0) {
		outsider_give(system, foreign);
		return status;
	}
	cell = system_cell(system, actor_pid_slot(pid));
	memset(cell, 0, sizeof(*cell));
	cell->task.run = system->seam->visit;
	cell->behaviour = &foreign_behaviour;
	cell->executor = system->executor != NULL ? system->executor : &foreign->executor;
	cell->pid = pid;
	cell->slot = actor_pid_slot(pid);
	cell->generation = actor_pid_generation(pid);
	cell->extra = &cell_extra_none;
	cell->outside = true;

	line = system_line(system, cell->slot);
	birth = &system->plane.births[cell->slot];
	birth->parent = 0;
	birth->identity = hash_mix(0, nth);
	birth->nth = nth;
	birth->generation = cell->generation;
	line->behaviour = plane_behaviour(&system->plane, &foreign_behaviour);
	/* Who looks for the slot's last actor may read them now; it goes by the generation. */
	__atomic_store_n(&line->kind, ACTOR_PLANE_KIND_FOREIGN, __ATOMIC_RELAXED);
	__atomic_store_n(&line->state, ACTOR_PLANE_STATE_IDLE, __ATOMIC_RELAXED);
	line->name = nth == 1 ? plane_string(&system->plane, "main", 4) : 0;
	__atomic_store_n(&line->inbox, MAILBOX_IDLE, __ATOMIC_RELEASE);
	__atomic_store_n(&line->generation, cell->generation, __ATOMIC_RELEASE);
	foreign->thread.foreign = true;
	system_thread_enter(system, &foreign->thread, ACTOR_PLANE_THREAD_FOREIGN,
			    nth == 1 ? "main" : "thread");
	if (cell_extra_want(&foreign->thread, cell) == NULL) {
		__atomic_store_n(&line->generation, cell->generation + 1, __ATOMIC_RELEASE);
		__atomic_store_n(&line->state, ACTOR_PLANE_STATE_FREE, __ATOMIC_RELAXED);
		system_slot_give(system, cell->slot);
		system_thread_leave(&foreign->thread);
		outsider_give(system, foreign);
		return ACTOR_ENO_MEMORY;
	}
	foreign->thread.cell = cell;
	thread_input(&foreign->thread);
	/* The one that made the system runs in a replay, too. */
	EMIT(&foreign->thread, SPAWN, nth != 1 ? ACTOR_EVENT_FOREIGN : 0, line->behaviour, nth,
	     pid.bits, 0, birth->identity);
	thread_output(&foreign->thread);
	return 0;
}

void foreign_leave(void)
{
	struct thread *thread = thread_self();
	struct outsider *foreign =
		(struct outsider *)(void *)((char *)thread - offsetof(struct outsider, thread));
	struct cell *cell = thread->cell;
	struct actor_system *system = thread->system;
	struct actor_plane_actor *line = cell_line(cell, system);
	struct mailbox_list rest;

	ring_refresh(&thread->ring);
	EMIT(thread, EXIT, 0, 0, 0, cell_pid(cell).bits, ACTOR_EXIT_NORMAL, thread_stamp(thread));
	/* As in cell_end. */
	__atomic_store_n(&line->generation, cell->generation + 1, __ATOMIC_SEQ_CST);
	registry_drop(&system->registry, cell_pid(cell));
	rest = mailbox_close(&line->inbox);
	if (rest.first != NULL && cell->executor == &foreign->executor)
		thread_sleep(thread); /* the wake that came with them */
	bury_all(thread, cell, &cell->urgent, ACTOR_EXIT_NO_ACTOR);
	bury_all(thread, cell, &cell->queue, ACTOR_EXIT_NO_ACTOR);
	bury_all(thread, cell, &rest, ACTOR_EXIT_NO_ACTOR);
	cell_rare_end(thread, cell, ACTOR_EXIT_NO_ACTOR);
	cell_extra_free(thread, cell);
	__atomic_store_n(&line->state, ACTOR_PLANE_STATE_FREE, __ATOMIC_RELAXED);
	system_slot_give(system, cell->slot);
	system_thread_leave(thread);
	outsider_give(system, foreign);
}
