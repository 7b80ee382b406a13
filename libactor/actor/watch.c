/* SPDX-License-Identifier: MIT */
#include "actor/watch.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "actor/log.h"
#include "actor/sample.h"
#include "base/clock.h"
#include "base/futex.h"

#define TICK_NS UINT64_C(1000000)
/* Nobody has worked at that many ticks: it sleeps until somebody does. Many, because whoever wakes
 * it pays for that. */
#define IDLE_TICKS 100u

static void raise_flag(struct worker *worker)
{
	__atomic_store_n(&worker->thread.turns_left, 0, __ATOMIC_RELAXED);
}

static const char *type_name(const struct actor_system *system, uint32_t tag)
{
	const struct plane *plane = &system->plane;

	if (tag == 0 || tag >= PLANE_TYPES_MAX || plane->types[tag].name == 0)
		return "(none)";
	return plane->strings + plane->types[tag].name + sizeof(uint32_t);
}

static void log_stack(const struct actor_system *system, const struct actor_plane_thread *words,
		      struct actor_pid pid)
{
	void *pcs[SAMPLE_MAX];
	int count = sample_take(__atomic_load_n(&words->tid, __ATOMIC_RELAXED), pcs);
	char text[256];

	if (count == 0)
		LOG(system, ACTOR_LOG_WARNING, pid,
		    "  it sleeps in a system call, or cannot be seen");
	for (int i = 0; i < count; i++) {
		sample_text(pcs[i], text, sizeof(text));
		LOG(system, ACTOR_LOG_WARNING, pid, "  at %s", text);
	}
}

static void report_stuck(struct actor_system *system, const struct actor_plane_thread *words,
			 struct watched *watched, uint64_t lasted_ns)
{
	struct thread *thread = &system->watch->thread;
	struct actor_pid pid = {watched->pid};

	watched->reported = true;
	ring_refresh(&thread->ring);
	EMIT(thread, STUCK, 0, watched->tag, 0, watched->pid, lasted_ns, thread_stamp(thread));
	LOG(system, ACTOR_LOG_WARNING, pid,
	    "stuck: a turn for a message %.100s runs for %" PRIu64 " ms",
	    type_name(system, watched->tag), lasted_ns / ACTOR_MILLISECONDS(1));
	if (system->log != NULL && system->watchdog_stack)
		log_stack(system, words, pid);
}

static void report_end(struct actor_system *system, struct watched *watched, uint64_t lasted_ns)
{
	struct thread *thread = &system->watch->thread;
	struct actor_pid pid = {watched->pid};

	watched->reported = false;
	ring_refresh(&thread->ring);
	EMIT(thread, UNSTUCK, 0, watched->tag, 0, watched->pid, lasted_ns, thread_stamp(thread));
	LOG(system, ACTOR_LOG_WARNING, pid,
	    "no longer stuck: the turn for a message %.100s ran for %" PRIu64 " ms",
	    type_name(system, watched->tag), lasted_ns / ACTOR_MILLISECONDS(1));
}

static void look(struct actor_system *system, struct worker *worker, struct watched *watched)
{
	const struct actor_plane_thread *words =
		__atomic_load_n(&worker->thread.words, __ATOMIC_ACQUIRE);
	uint64_t now = clock_monotonic_ns();
	uint64_t visits;
	uint64_t turns;
	uint64_t pid;

	if (words == NULL)
		return; /* its thread has not come up yet */
	pid = __atomic_load_n(&words->current, __ATOMIC_RELAXED);
	visits = __atomic_load_n(&words->visits, __ATOMIC_RELAXED);
	turns = __atomic_load_n(&words->turns, __ATOMIC_RELAXED);
	if (pid != 0 && visits == watched->visits)
		raise_flag(worker);
	watched->visits = visits;
	if (pid != 0 && pid == watched->pid && turns == watched->turns) {
		if (!watched->reported && now - watched->seen_ns >= system->watchdog_ns)
			report_stuck(system, words, watched, now - watched->seen_ns);
		return;
	}
	if (watched->reported)
		report_end(system, watched, now - watched->seen_ns);
	watched->pid = pid;
	watched->turns = turns;
	watched->seen_ns = now;
	watched->tag = __atomic_load_n(&words->tag, __ATOMIC_RELAXED);
}

static void look_at_all(struct actor_system *system)
{
	struct watch *watch = system->watch;

	for (uint32_t i = 0; i < system->sched.count; i++)
		look(system, &system->sched.workers[i], &watch->watched[i]);
}

/* Sleeps until a scheduler gets to work. */
static void sleep_deep(struct actor_system *system)
{
	struct watch *watch = system->watch;
	uint32_t wake = __atomic_load_n(&watch->wake, __ATOMIC_ACQUIRE);

	/* Release, by way of the change in sched_sleeps: whoever gets to work after that sees 1. */
	__atomic_store_n(&watch->asleep, 1, __ATOMIC_RELEASE);
	if (sched_sleeps(&system->sched) &&
	    __atomic_load_n(&watch->stopping, __ATOMIC_ACQUIRE) == 0)
		futex_wait(&watch->wake, wake, UINT64_MAX, false);
	__atomic_store_n(&watch->asleep, 0, __ATOMIC_RELAXED);
}

static void *watch_main(void *argument)
{
	struct actor_system *system = argument;
	struct watch *watch = system->watch;
	uint32_t idle = 0;

	system_thread_enter(system, &watch->thread, ACTOR_PLANE_THREAD_TIMER, "watch");
	while (__atomic_load_n(&watch->stopping, __ATOMIC_ACQUIRE) == 0) {
		uint32_t wake = __atomic_load_n(&watch->wake, __ATOMIC_ACQUIRE);

		idle = sched_sleeps(&system->sched) ? idle + 1 : 0;
		if (idle > IDLE_TICKS) {
			sleep_deep(system);
			idle = 0;
			continue;
		}
		look_at_all(system);
		futex_wait(&watch->wake, wake, TICK_NS, false);
	}
	system_thread_leave(&watch->thread);
	return NULL;
}

void watch_wake_slow(struct watch *watch)
{
	if (__atomic_exchange_n(&watch->asleep, 0, __ATOMIC_ACQ_REL) == 0)
		return; /* somebody else does it */
	__atomic_fetch_add(&watch->wake, 1, __ATOMIC_RELEASE);
	futex_wake(&watch->wake, 1, false);
}

int watch_create(struct actor_system *system)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	system->watch = watch;
	if (watch != NULL && system->watchdog_stack)
		system->watchdog_stack = sample_begin();
	return watch != NULL ? 0 : ACTOR_ENO_MEMORY;
}

int watch_start(struct actor_system *system)
{
	struct watch *watch = system->watch;
	sigset_t all;
	sigset_t old;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&watch->id, NULL, watch_main, system);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	watch->started = error == 0;
	return error == 0 ? 0 : ACTOR_ENO_MEMORY;
}

void watch_stop(struct actor_system *system)
{
	struct watch *watch = system->watch;

	if (watch == NULL || !watch->started)
		return;
	__atomic_store_n(&watch->stopping, 1, __ATOMIC_RELEASE);
	__atomic_fetch_add(&watch->wake, 1, __ATOMIC_RELEASE);
	futex_wake(&watch->wake, 1, false);
	pthread_join(watch->id, NULL);
	watch->started = false;
}

void watch_destroy(struct actor_system *system)
{
	if (system->watch != NULL && system->watchdog_stack)
		sample_end();
	free(system->watch);
	system->watch = NULL;
}
