/* SPDX-License-Identifier: MIT */
/* The threads of a system: how they come and go, and what they have counted. */
#include "actor/system.h"

#include <string.h>

#include "actor/contain.h"
#include "actor/sample.h"
#include "actor/watch.h"

#define LEASE_CHECK_EVERY 64u

void system_thread_enter(struct actor_system *system, struct thread *thread,
			 enum actor_plane_thread_kind kind, const char *name)
{
	thread->system = system;
	thread->index = plane_thread_claim(&system->plane, kind, name);
	/* Without a place of its own it writes where nobody looks. Release: the watch looks. */
	__atomic_store_n(&thread->words,
			 thread->index >= 0 ? &system->plane.threads[thread->index]
					    : &system->nowhere,
			 __ATOMIC_RELEASE);
	ring_init(&thread->ring, &system->plane, thread->index, system->flight_recorder);
	pool_cache_init(&thread->pool, &system->pool);
	if (system->contains &&
	    (kind == ACTOR_PLANE_THREAD_SCHEDULER || kind == ACTOR_PLANE_THREAD_DETACHED))
		(void)contain_enter(thread);
	thread->turns_first = system->visit_turns < VISIT_FIRST ? 1 : (int32_t)VISIT_FIRST;
	pthread_mutex_lock(&system->lock);
	thread->next = system->threads;
	system->threads = thread;
	pthread_mutex_unlock(&system->lock);
	thread_set(thread);
}

static void counters_add(struct actor_system_counters *sum, const struct thread *thread)
{
	uint64_t spawned = __atomic_load_n(&thread->spawned, __ATOMIC_RELAXED);

	sum->spawned += spawned;
	sum->actors += spawned - __atomic_load_n(&thread->ended, __ATOMIC_RELAXED);
	sum->handled += __atomic_load_n(&thread->handled, __ATOMIC_RELAXED);
	sum->dead_letters += __atomic_load_n(&thread->dead_letters, __ATOMIC_RELAXED);
	sum->late_replies += __atomic_load_n(&thread->late_replies, __ATOMIC_RELAXED);
	sum->unhandled += __atomic_load_n(&thread->unhandled, __ATOMIC_RELAXED);
	sum->mailbox_dropped += __atomic_load_n(&thread->mailbox_dropped, __ATOMIC_RELAXED);
	sum->mailbox_rejected += __atomic_load_n(&thread->mailbox_rejected, __ATOMIC_RELAXED);
	sum->blobs += __atomic_load_n(&thread->blobs_made, __ATOMIC_RELAXED);
	sum->blobs -= __atomic_load_n(&thread->blobs_freed, __ATOMIC_RELAXED);
	sum->blob_bytes += __atomic_load_n(&thread->blob_bytes_made, __ATOMIC_RELAXED);
	sum->blob_bytes -= __atomic_load_n(&thread->blob_bytes_freed, __ATOMIC_RELAXED);
}

void system_thread_leave(struct thread *thread)
{
	struct actor_system *system = thread->system;

	pthread_mutex_lock(&system->lock);
	for (struct thread **link = &system->threads; *link != NULL; link = &(*link)->next) {
		if (*link == thread) {
			*link = thread->next;
			break;
		}
	}
	counters_add(&system->ended, thread);
	pthread_mutex_unlock(&system->lock);
	system_slots_give(thread, 0);
	contain_leave(thread);
	pool_cache_finish(&thread->pool);
	if (thread->index >= 0)
		plane_thread_release(&system->plane, thread->index);
	thread_set(NULL);
}

static void count(struct actor_system *system, struct actor_system_counters *ret_counters)
{
	pthread_mutex_lock(&system->lock);
	*ret_counters = system->ended;
	for (const struct thread *thread = system->threads; thread != NULL; thread = thread->next)
		counters_add(ret_counters, thread);
	pthread_mutex_unlock(&system->lock);
}

void actor_system_count(struct actor_system *system, struct actor_system_counters *ret_counters)
{
	struct thread *thread = thread_self();
	uint64_t words[sizeof(*ret_counters) / sizeof(uint64_t)];

	count(system, ret_counters);
	if (thread == NULL || thread->cell == NULL || thread->system != system)
		return;
	thread_input(thread);
	memcpy(words, ret_counters, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		words[i] = thread_observe(thread, ACTOR_OBSERVED_SYSTEM, words[i]);
	memcpy(ret_counters, words, sizeof(words));
	thread_output(thread);
}

static void scheduler_enter(struct worker *worker)
{
	struct actor_system *system =
		(struct actor_system *)(void *)((char *)worker->sched -
						offsetof(struct actor_system, sched));
	char name[16];

	snprintf(name, sizeof(name), "scheduler %u", worker->index);
	worker->thread.worker = worker;
	system_thread_enter(system, &worker->thread, ACTOR_PLANE_THREAD_SCHEDULER, name);
	if (system->watchdog_stack)
		sample_allow();
}

static void scheduler_leave(struct worker *worker)
{
	system_thread_leave(&worker->thread);
}

void thread_idle(struct thread *thread)
{
	thread->ring.actor = 0;
	if (thread->ticks != 0)
		EMIT(thread, IDLE, 0, 0, 0, 0, 0, thread->ticks);
	thread->ticks = 0;
}

static void scheduler_idle(struct worker *worker, bool idle)
{
	struct thread *thread = &worker->thread;

	__atomic_store_n(&thread->words->parked, idle, __ATOMIC_RELAXED);
	ring_refresh(&thread->ring);
	if (idle) {
		__atomic_store_n(&thread->words->parks, thread->words->parks + 1, __ATOMIC_RELAXED);
		thread_idle(thread);
		/* Whoever has nothing to do can see whether the readers still live. */
		if (thread->ring.active != 0 && thread->words->parks % LEASE_CHECK_EVERY == 0)
			(void)plane_leases_lapse(&thread->system->plane, PLANE_LEASES_ALL,
						 PLANE_LEASES_PATIENCE_NS);
	} else {
		EMIT(thread, WAKE, 0, 0, 0, 0, 0, thread_stamp(thread));
		watch_wake(thread->system);
	}
}

static void timer_enter(struct timer_service *service)
{
	struct actor_system *system =
		(struct actor_system *)(void *)((char *)service -
						offsetof(struct actor_system, timers));

	system_thread_enter(system, &system->timer_thread, ACTOR_PLANE_THREAD_TIMER, "timer");
}

static void timer_leave(struct timer_service *service)
{
	struct actor_system *system =
		(struct actor_system *)(void *)((char *)service -
						offsetof(struct actor_system, timers));

	system_thread_leave(&system->timer_thread);
}

void system_threads_prepare(struct actor_system *system)
{
	system->timers.enter = timer_enter;
	system->timers.leave = timer_leave;
	system->sched.enter = scheduler_enter;
	system->sched.leave = scheduler_leave;
	system->sched.idle = scheduler_idle;
}
