/* SPDX-License-Identifier: MIT */
/* The end of a system: its actors first, then its threads and its memory. */
#include "actor/system.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "actor/contain.h"
#include "actor/watch.h"
#include "base/clock.h"
#include "base/futex.h"

#define LAST_GRACE_NS UINT64_C(1000000000)

static bool is_ours(const struct actor_plane_actor *line)
{
	/* Acquire: pairs with the release in line_init; a supervisor may still start children. */
	uint8_t state = __atomic_load_n(&line->state, __ATOMIC_ACQUIRE);

	return state != ACTOR_PLANE_STATE_FREE &&
	       __atomic_load_n(&line->kind, __ATOMIC_RELAXED) != ACTOR_PLANE_KIND_FOREIGN;
}

static struct actor_pid pid_of_slot(struct actor_system *system, uint32_t slot)
{
	return actor_pid_pack(
		slot, __atomic_load_n(&system_line(system, slot)->generation, __ATOMIC_ACQUIRE));
}

/* Waits until the actor, or with pid none every actor, is dead. False: the deadline came first. */
bool system_wait_dead(struct actor_system *system, struct actor_pid pid, uint64_t deadline_ns)
{
	for (;;) {
		uint32_t deaths = __atomic_load_n(&system->deaths, __ATOMIC_ACQUIRE);
		uint64_t now = clock_monotonic_ns();
		bool alive = false;

		if (pid.bits != 0) {
			alive = system_find(system, pid) != NULL;
		} else {
			for (uint32_t slot = 0; slot < system->slots_used && !alive; slot++)
				alive = is_ours(system_line(system, slot));
		}
		if (!alive)
			return true;
		if (now >= deadline_ns)
			return false;
		futex_wait(&system->deaths, deaths, deadline_ns - now, false);
	}
}

/*
 * The last born of those that the program's own threads have spawned; none when there is none.
 * Looks at lines only: an actor may end meanwhile, and its cell become another's.
 */
static struct actor_pid last_top_level(struct actor_system *system)
{
	struct actor_pid last = ACTOR_PID_NONE;
	uint64_t last_nth = 0;

	for (uint32_t slot = 0; slot < system->slots_used; slot++) {
		struct actor_plane_actor *line = system_line(system, slot);
		struct actor_pid pid = pid_of_slot(system, slot);
		uint32_t nth = __atomic_load_n(&system->plane.births[slot].nth, __ATOMIC_RELAXED);

		if (is_ours(line) && nth > last_nth &&
		    __atomic_load_n(&line->kind, __ATOMIC_RELAXED) & ACTOR_PLANE_KIND_TOP) {
			last = pid;
			last_nth = nth;
		}
	}
	return last;
}

/* Whether it has ended by then, as it was recorded. */
static bool wait_dead(struct thread *thread, struct actor_pid pid, uint64_t deadline_ns)
{
	struct actor_system *system = thread->system;
	bool dead = system->seam->wait_dead(system, pid, deadline_ns);

	thread_input(thread);
	dead = thread_observe(thread, ACTOR_OBSERVED_SYSTEM, dead) != 0;
	thread_output(thread);
	return dead;
}

/* The next that is left at or after that slot, or none. */
static struct actor_pid next_left(struct actor_system *system, uint32_t slot)
{
	for (; slot < system->slots_used; slot++) {
		if (is_ours(system_line(system, slot)))
			return pid_of_slot(system, slot);
	}
	return ACTOR_PID_NONE;
}

static void stop_actors(struct actor_system *system, uint64_t grace_ns)
{
	struct thread *thread = thread_self();
	uint64_t deadline = clock_monotonic_ns() + grace_ns;
	struct actor_pid pid;

	__atomic_store_n(&system->death_watch, 1, __ATOMIC_SEQ_CST);
	for (;;) {
		thread_input(thread);
		pid = last_top_level(system);
		pid.bits = thread_observe(thread, ACTOR_OBSERVED_SYSTEM, pid.bits);
		if (pid.bits != 0)
			exit_at_shutdown(thread, pid);
		thread_output(thread);
		if (pid.bits == 0 || !wait_dead(thread, pid, deadline))
			break;
	}
	/* What is left is nobody's child any more, or did not want to go. */
	for (int round = 0; round < 3; round++) {
		thread_input(thread);
		for (uint32_t slot = 0;; slot = actor_pid_slot(pid) + 1) {
			pid = next_left(system, slot);
			pid.bits = thread_observe(thread, ACTOR_OBSERVED_SYSTEM, pid.bits);
			if (pid.bits == 0)
				break;
			exit_signal(thread, pid, ACTOR_EXIT_KILL);
		}
		thread_output(thread);
		if (wait_dead(thread, ACTOR_PID_NONE, clock_monotonic_ns() + LAST_GRACE_NS))
			break;
	}
}

struct actor_system *actor_system_destroy(struct actor_system *system, uint64_t grace_ns)
{
	struct thread *thread = thread_self();

	if (system == NULL)
		return NULL;
	if (thread == NULL && system->sched.workers != NULL && actor_system_enter(system) == 0)
		thread = thread_self();
	if (thread != NULL && thread->system == system && thread->foreign) {
		stop_actors(system, grace_ns);
		/* Detached threads end behind their actors. */
		while (__atomic_load_n(&system->detached, __ATOMIC_ACQUIRE) != 0)
			futex_wait(&system->detached,
				   __atomic_load_n(&system->detached, __ATOMIC_RELAXED),
				   ACTOR_MILLISECONDS(10), false);
		blocking_stop(system->blocking);
		actor_system_leave();
	}
	io_stop(system->io);
	timer_service_finish(&system->timers);
	if (system->seam != NULL)
		system->seam->stop(system);
	watch_destroy(system);
	if (system->contains)
		contain_end();
	while (system->outsiders != NULL) {
		struct outsider *outsider = system->outsiders;

		system->outsiders = outsider->next;
		free(outsider);
	}
	bound_finish(system);
	registry_finish(&system->registry);
	map_clear(&system->supervisors);
	pool_finish(&system->pool);
	if (system->cells != NULL)
		munmap(system->cells, sizeof(struct cell) * system->actors_max);
	free(system->free_slots);
	plane_destroy(&system->plane);
	pthread_mutex_destroy(&system->lock);
	pthread_mutex_destroy(&system->io_lock);
	pthread_mutex_destroy(&system->supervisors_lock);
	free(system);
	return NULL;
}
