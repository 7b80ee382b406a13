/* SPDX-License-Identifier: MIT */
/* Actors with a thread of their own, so that their handlers may block. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "actor/system.h"
#include "base/clock.h"
#include "base/futex.h"

struct detached {
	struct executor executor;
	struct thread thread;
	struct cell *cell;
	struct actor_pid pid;
	char name[16];
};

static void detached_ready(struct executor *executor, struct task *task)
{
	struct detached *detached = (struct detached *)(void *)executor; /* first member */

	(void)task;
	thread_wake(&detached->thread);
}

static void finish(struct detached *detached)
{
	struct actor_system *system = detached->thread.system;

	system_thread_leave(&detached->thread);
	free(detached);
	/* Release: pairs with the acquire in actor_system_destroy, which waits for the last. */
	if (__atomic_sub_fetch(&system->detached, 1, __ATOMIC_RELEASE) == 0)
		futex_wake(&system->detached, INT32_MAX, false);
}

void detached_exit(struct thread *thread)
{
	finish((struct detached *)(void *)((char *)thread - offsetof(struct detached, thread)));
	pthread_exit(NULL);
}

static void *detached_main(void *argument)
{
	struct detached *detached = argument;
	struct actor_system *system = detached->thread.system;

	system_thread_enter(system, &detached->thread, ACTOR_PLANE_THREAD_DETACHED, detached->name);
	while (system_find(system, detached->pid) != NULL) {
		thread_sleep(&detached->thread);
		if (system_find(system, detached->pid) == NULL)
			break;
		cell_run(&detached->cell->task);
		thread_idle(&detached->thread);
	}
	finish(detached);
	return NULL;
}

int detached_start(struct actor_system *system, struct cell *cell, const char *name)
{
	struct detached *detached = calloc(1, sizeof(*detached));
	pthread_attr_t attributes;
	sigset_t all;
	sigset_t old;
	pthread_t id;
	int error;

	if (detached == NULL)
		return ACTOR_ENO_MEMORY;
	detached->executor.ready = detached_ready;
	detached->thread.system = system;
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
		free(detached);
		return ACTOR_ENO_MEMORY;
	}
	return 0;
}
