/* SPDX-License-Identifier: MIT */
/* A turn's time and an actor's chance. */
#include <actor/actor.h>

#include "actor/system.h"
#include "base/random.h"

uint64_t actor_now(void)
{
	struct thread *thread = thread_self();

	if (thread == NULL || thread->cell == NULL)
		return 0;
	if (thread->foreign) /* outside of turns time goes on */
		thread->now = 0;
	thread_input(thread);
	if (thread->now == 0) {
		thread->now = thread->system->seam->now(thread->system);
		EMIT(thread, CLOCK, 0, 0, 0, cell_pid(thread->cell).bits, 0, thread->now);
	}
	thread_output(thread);
	return thread->now;
}

uint64_t actor_wall_clock(void)
{
	struct thread *thread = thread_self();

	if (thread == NULL || thread->cell == NULL)
		return 0;
	return (uint64_t)((int64_t)actor_now() + thread->system->wall_offset_ns);
}

uint64_t actor_random(void)
{
	struct thread *thread = thread_self();
	struct cell *cell;

	if (thread == NULL || thread->cell == NULL)
		return 0;
	cell = thread->cell;
	if ((cell->random.s[0] | cell->random.s[1]) == 0) /* most actors never ask */
		random_seed(&cell->random, hash_mix(thread->system->seed,
						    cell_birth(cell, thread->system)->identity));
	return random_next(&cell->random);
}

/* Without bias: Lemire, "Fast random integer generation in an interval", TOMACS 29 (2019). */
uint64_t actor_random_below(uint64_t limit)
{
	__extension__ typedef unsigned __int128 wide;
	wide product = (wide)actor_random() * limit;
	uint64_t low = (uint64_t)product;

	if (limit == 0)
		return 0;
	if (low < limit) {
		uint64_t threshold = -limit % limit;

		while (low < threshold) {
			product = (wide)actor_random() * limit;
			low = (uint64_t)product;
		}
	}
	return (uint64_t)(product >> 64);
}
