/* SPDX-License-Identifier: MIT */
/* Places for actors: each thread keeps some free ones, the system has the rest. */
#include "actor/system.h"

#include <stdlib.h>

int system_slot_take(struct actor_system *system, struct actor_pid *ret_pid)
{
	struct thread *thread = thread_self();
	uint32_t generation;
	uint32_t slot;
	int status = 0;

	if (thread != NULL && thread->slots_count > 0) {
		slot = thread->slots[--thread->slots_count];
		generation =
			__atomic_load_n(&system_line(system, slot)->generation, __ATOMIC_RELAXED);
		*ret_pid = actor_pid_pack(slot, generation);
		return 0;
	}
	pthread_mutex_lock(&system->lock);
	if (system->free_count > 0) {
		slot = system->free_slots[--system->free_count];
	} else if (system->slots_used < system->actors_max) {
		slot = system->slots_used;
		status = plane_actors_reserve(&system->plane, slot + 1);
		if (status == 0) {
			system->slots_used++;
			__atomic_store_n(&system->plane.control->actors_used, system->slots_used,
					 __ATOMIC_RELEASE);
		}
	} else {
		slot = 0;
		status = ACTOR_ENO_SLOTS;
	}
	pthread_mutex_unlock(&system->lock);
	if (status != 0)
		return status;
	generation = __atomic_load_n(&system_line(system, slot)->generation, __ATOMIC_RELAXED);
	*ret_pid = actor_pid_pack(slot, generation == 0 ? 1 : generation);
	return 0;
}

/* The system is locked. */
static void slot_give_locked(struct actor_system *system, uint32_t slot)
{
	if (system->free_count == system->free_capacity) {
		uint32_t capacity = system->free_capacity == 0 ? 1024 : system->free_capacity * 2;
		uint32_t *slots = realloc(system->free_slots, capacity * sizeof(*slots));

		if (slots == NULL) /* the slot is lost, nothing else */
			return;
		system->free_slots = slots;
		system->free_capacity = capacity;
	}
	system->free_slots[system->free_count++] = slot;
}

void system_slots_give(struct thread *thread, uint32_t keep)
{
	struct actor_system *system = thread->system;

	if (thread->slots_count <= keep)
		return;
	pthread_mutex_lock(&system->lock);
	while (thread->slots_count > keep)
		slot_give_locked(system, thread->slots[--thread->slots_count]);
	pthread_mutex_unlock(&system->lock);
}

void system_slot_give(struct actor_system *system, uint32_t slot)
{
	struct thread *thread = thread_self();

	/* What a thread keeps, others cannot have: not where there are few. */
	if (thread == NULL || system->actors_max < SYSTEM_SLOTS_MANY) {
		pthread_mutex_lock(&system->lock);
		slot_give_locked(system, slot);
		pthread_mutex_unlock(&system->lock);
		return;
	}
	if (thread->slots_count == THREAD_SLOTS)
		system_slots_give(thread, THREAD_SLOTS / 2);
	thread->slots[thread->slots_count++] = slot;
}
