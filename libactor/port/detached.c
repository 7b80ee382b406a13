/* SPDX-License-Identifier: MIT */
/* Actors with a thread of their own, so that their handlers may block. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "actor/contain.h"
#include "actor/system.h"
#include "base/clock.h"
#include "base/futex.h"

static void finish(struct outsider *detached)
{
	struct actor_system *system = detached->thread.system;

	system_thread_leave(&detached->thread);
	outsider_give(system, detached);
	/* Release: pairs with the acquire in actor_system_destroy, which waits for the last. */
	if (__atomic_sub_fetch(&system->detached, 1, __ATOMIC_RELEASE) == 0)
		futex_wake(&system->detached, INT32_MAX, false);
}

void detached_exit(struct thread *thread)
{
	finish((struct outsider *)(void *)((char *)thread - offsetof(struct outsider, thread)));
	pthread_exit(NULL);
}

static void *detached_main(void *argument)
{
	struct outsider *detached = argument;
	struct actor_system *system = detached->thread.system;

	system_thread_enter(system, &detached->thread, ACTOR_PLANE_THREAD_DETACHED, detached->name);
	contain_base(&detached->thread, __builtin_frame_address(0));
	while (system_find(system, detached->pid) != NULL) {
		thread_sleep(&detached->thread);
		if (system_find(system, detached->pid) == NULL)
			break;
		detached->cell->task.run(&detached->cell->task);
		thread_idle(&detached->thread);
	}
	finish(detached);
	return NULL;
}

int detached_start(struct actor_system *system, struct cell *cell, const char *name)
{
	struct outsider *detached = outsider_take(system);
	pthread_attr_t attributes;
	sigset_t all;
	sigset_t old;
	pthread_t id;
	int error;

	if (detached == NULL)
		return ACTOR_ENO_MEMORY;

	detached->cell = cell;
	detached->pid = cell_pid(cell);
	snprintf(detached->name, sizeof(detached->name), "%s", name);
	cell->executor = &detached->executor;
	__atomic_fetch_add(&system->detached, 1, __ATOMIC_RELAXED);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&id, &attributes, detached_main, detached);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attributes);
	if (error != 0) {
		__atomic_fetch_sub(&system->detached, 1, __ATOMIC_RELAXED);
		cell->executor = NULL;
		outsider_give(system, detached);
		return ACTOR_ENO_MEMORY;
	}
	return 0;
}
