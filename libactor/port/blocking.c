/* SPDX-License-Identifier: MIT */
/* A few threads for functions that block. They are started as they are needed. */
#include <actor/blocking.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/system.h"

struct actor_type actor_blocking_failed = {
	.name = "actor_blocking_failed",
	.ctype = "struct actor_blocking_failed_message",
	.size = sizeof(struct actor_blocking_failed_message),
};

struct job {
	struct job *next;
	actor_blocking_function function;
	struct actor_pid owner;
	uint64_t nth;            /* of the owner's */
	uint64_t ref;            /* of its wait; 0: it wants a message */
	struct actor_type *type; /* of that message */
	size_t argument_size;
	size_t result_size;
	bool cancelled;                        /* under the lock */
	_Alignas(16) unsigned char argument[]; /* then the result, aligned */
};

struct blocking {
	struct actor_system *system;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct job *first; /* that wait */
	struct job *last;
	struct job *running;
	uint32_t waiting;
	uint32_t idle; /* threads */
	uint32_t threads;
	bool stopping;
	pthread_t ids[]; /* blocking_threads */
};

static size_t aligned(size_t size)
{
	return (size + 15) & ~(size_t)15;
}

/* Behind the reply's head, so that the two go out as one. */
static struct reply_payload *head_of(struct job *job)
{
	return (struct reply_payload *)(void *)((char *)(job + 1) + aligned(job->argument_size));
}

static void *result_of(struct job *job)
{
	return head_of(job) + 1;
}

/* ---- The threads ------------------------------------------------------------------------------
 */

static void unlist(struct job **list, struct job *job)
{
	while (*list != job)
		list = &(*list)->next;
	*list = job->next;
}

/* The result, as outside input of this thread. */
static void answer(struct thread *thread, struct job *job, int status)
{
	struct reply_payload *head = head_of(job);
	struct actor_blocking_failed_message failed = {job->nth, status, 0};

	ring_refresh(&thread->ring);
	EMIT(thread, INPUT, 0, 0, ++thread->cell->extra->inputs, cell_pid(thread->cell).bits,
	     status == 0 ? job->result_size : 0, thread_stamp(thread));
	if (job->ref != 0) {
		head->status = status;
		head->reason = 0;
		(void)message_post(thread, job->owner, ACTOR_MESSAGE_KIND_REPLY, 0, job->ref, head,
				   sizeof(*head) + (status == 0 ? job->result_size : 0));
	} else if (status != 0) {
		(void)message_post(thread, job->owner, ACTOR_MESSAGE_KIND_INFO,
				   plane_type(&thread->system->plane, &actor_blocking_failed), 0,
				   &failed, sizeof(failed));
	} else {
		if (job->type->clear != NULL)
			job->type->clear(result_of(job));
		(void)message_post(thread, job->owner, ACTOR_MESSAGE_KIND_INFO,
				   (uint16_t)job->type->number, 0, result_of(job),
				   job->result_size);
	}
	thread_output(thread);
}

static void run(struct blocking *blocking, struct job *job)
{
	int status = 0;
	bool wanted = system_find(blocking->system, job->owner) != NULL;

	pthread_mutex_lock(&blocking->lock);
	wanted = wanted && !job->cancelled;
	pthread_mutex_unlock(&blocking->lock);
	if (wanted)
		status = job->function(job->argument, job->argument_size, result_of(job));
	pthread_mutex_lock(&blocking->lock);
	unlist(&blocking->running, job);
	wanted = wanted && !job->cancelled;
	pthread_mutex_unlock(&blocking->lock);
	if (wanted && system_find(blocking->system, job->owner) != NULL)
		answer(thread_self(), job, status);
	free(job);
}

static void *blocking_main(void *argument)
{
	struct blocking *blocking = argument;
	bool entered = actor_system_enter(blocking->system) == 0;

	pthread_mutex_lock(&blocking->lock);
	while (entered && !(blocking->stopping && blocking->first == NULL)) {
		struct job *job = blocking->first;

		if (job == NULL) {
			blocking->idle++;
			pthread_cond_wait(&blocking->changed, &blocking->lock);
			blocking->idle--;
			continue;
		}
		blocking->first = job->next;
		blocking->waiting--;
		job->next = blocking->running;
		blocking->running = job;
		pthread_mutex_unlock(&blocking->lock);
		run(blocking, job);
		pthread_mutex_lock(&blocking->lock);
	}
	pthread_mutex_unlock(&blocking->lock);
	if (entered)
		actor_system_leave();
	return NULL;
}

/* One more thread, where all have something to do. Under the lock. */
static int staff(struct blocking *blocking)
{
	sigset_t all;
	sigset_t old;
	int error;

	if (blocking->idle > blocking->waiting ||
	    blocking->threads == blocking->system->blocking_threads)
		return 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&blocking->ids[blocking->threads], NULL, blocking_main, blocking);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error == 0)
		blocking->threads++;
	return blocking->threads > 0 ? 0 : ACTOR_ENO_MEMORY;
}

static struct blocking *blocking_of(struct actor_system *system)
{
	struct blocking *blocking;

	pthread_mutex_lock(&system->lock);
	blocking = system->blocking;
	if (blocking == NULL) {
		blocking =
			calloc(1, sizeof(*blocking) + system->blocking_threads * sizeof(pthread_t));
		if (blocking != NULL) {
			blocking->system = system;
			pthread_mutex_init(&blocking->lock, NULL);
			pthread_cond_init(&blocking->changed, NULL);
			system->blocking = blocking;
		}
	}
	pthread_mutex_unlock(&system->lock);
	return blocking;
}

void blocking_stop(struct blocking *blocking)
{
	if (blocking == NULL)
		return;
	pthread_mutex_lock(&blocking->lock);
	blocking->stopping = true;
	pthread_cond_broadcast(&blocking->changed);
	pthread_mutex_unlock(&blocking->lock);
	for (uint32_t i = 0; i < blocking->threads; i++)
		pthread_join(blocking->ids[i], NULL);
	pthread_cond_destroy(&blocking->changed);
	pthread_mutex_destroy(&blocking->lock);
	free(blocking);
}

/* ---- The public functions ----------------------------------------------------------------------
 */

/* Takes the job, unless it fails. */
static int submit(struct thread *thread, struct job *job)
{
	struct blocking *blocking = blocking_of(thread->system);
	struct cell *cell = thread->cell;
	bool live = thread->system->outside == NULL; /* else what it brings is known already */
	uint64_t result;
	int status = 0;

	if (blocking == NULL)
		return ACTOR_ENO_MEMORY;
	pthread_mutex_lock(&blocking->lock);
	if (blocking->waiting >= thread->system->blocking_queue)
		status = ACTOR_EBUSY;
	if (status == 0 && live)
		status = staff(blocking);
	result = thread->system->seam->observe(cell, ACTOR_OBSERVED_BLOCKING,
					       (uint64_t)(int64_t)status);
	status = (int)(int64_t)result;
	if (status == 0 && !live) {
		free(job);
	} else if (status == 0) {
		if (blocking->first == NULL)
			blocking->first = job;
		else
			blocking->last->next = job;
		blocking->last = job;
		blocking->waiting++;
		pthread_cond_signal(&blocking->changed);
	}
	pthread_mutex_unlock(&blocking->lock);
	EMIT(thread, OBSERVE, 0, 0, ACTOR_OBSERVED_BLOCKING, cell_pid(cell).bits, 0, result);
	return status;
}

static int make(actor_blocking_function function, const void *argument, size_t size,
		size_t result_size, struct job **ret_job)
{
	struct thread *thread = thread_self();
	struct cell_extra *extra;
	struct job *job;

	if (thread == NULL || thread->cell == NULL || thread->foreign)
		return ACTOR_ENOT_ACTOR;
	if (function == NULL || (argument == NULL && size != 0))
		return ACTOR_EINVALID;
	if (size > ACTOR_PAYLOAD_MAX || result_size > ACTOR_PAYLOAD_MAX)
		return ACTOR_ETOO_LARGE;
	extra = cell_extra_want(thread, thread->cell);
	job = calloc(1, sizeof(*job) + aligned(size) + sizeof(struct reply_payload) + result_size);
	if (extra == NULL || job == NULL) {
		free(job);
		return ACTOR_ENO_MEMORY;
	}
	job->function = function;
	job->owner = cell_pid(thread->cell);
	job->nth = ++extra->jobs_started;
	job->argument_size = size;
	job->result_size = result_size;
	if (size != 0)
		memcpy(job->argument, argument, size);
	*ret_job = job;
	return 0;
}

int actor_blocking_start(actor_blocking_function function, const void *argument, size_t size,
			 struct actor_type *type, uint64_t *ret_job)
{
	struct job *job;
	uint64_t nth;
	int status;

	if (type == NULL)
		return ACTOR_EINVALID;
	status = make(function, argument, size, type->size, &job);
	if (status != 0)
		return status;
	nth = job->nth;
	job->type = type;
	status = plane_type(&thread_self()->system->plane, type) != 0 ? 0 : ACTOR_ETABLE_FULL;
	if (status == 0)
		status = submit(thread_self(), job);
	if (status != 0)
		free(job);
	else if (ret_job != NULL)
		*ret_job = nth;
	return status;
}

int actor_blocking_cancel(uint64_t nth)
{
	struct thread *thread = thread_self();
	struct blocking *blocking;
	uint64_t found = 0;

	if (thread == NULL || thread->cell == NULL || thread->foreign)
		return ACTOR_ENOT_ACTOR;
	blocking = blocking_of(thread->system);
	if (blocking == NULL)
		return ACTOR_ENO_MEMORY;
	pthread_mutex_lock(&blocking->lock);
	for (struct job *list = blocking->first, *other = blocking->running;
	     list != NULL || other != NULL;) {
		struct job *job = list != NULL ? list : other;

		if (job->nth == nth && actor_pid_equal(job->owner, cell_pid(thread->cell)) &&
		    job->ref == 0 && !job->cancelled) {
			job->cancelled = true;
			found = 1;
			break;
		}
		if (list != NULL)
			list = list->next;
		else
			other = other->next;
	}
	found = thread->system->seam->observe(thread->cell, ACTOR_OBSERVED_BLOCKING, found);
	pthread_mutex_unlock(&blocking->lock);
	EMIT(thread, OBSERVE, 0, 0, ACTOR_OBSERVED_BLOCKING, cell_pid(thread->cell).bits, 0, found);
	return found != 0 ? 0 : ACTOR_ENOT_FOUND;
}

int actor_blocking_wait(actor_blocking_function function, const void *argument, size_t size,
			void *result, size_t result_size, uint64_t timeout_ns)
{
	struct thread *thread = thread_self();
	const struct reply_payload *reply;
	struct wait wait;
	struct job *job;
	uint64_t ref;
	int status;

	if (result == NULL && result_size != 0)
		return ACTOR_EINVALID;
	status = make(function, argument, size, result_size, &job);
	if (status != 0)
		return status;
	ref = call_ref(thread->cell, 0);
	job->ref = ref;
	if (thread->worker != NULL && !worker_reserve(thread->worker))
		status = ACTOR_ENO_MEMORY;
	if (status == 0)
		status = submit(thread, job);
	if (status != 0) {
		free(job);
		return status;
	}
	wait_init(&wait);
	status = wait_for(thread, &wait, ref, ACTOR_PID_NONE, 0, timeout_ns);
	if (status != 0)
		return status;
	reply = actor_message_payload(wait.answer);
	status = wait.answer->kind == ACTOR_MESSAGE_KIND_TIMEOUT ? ACTOR_ETIMEOUT : reply->status;
	if (status == 0 && wait.answer->size != sizeof(*reply) + result_size)
		status = ACTOR_EINVALID; /* a replay of a program that has changed */
	if (status == 0 && result_size != 0)
		memcpy(result, reply + 1, result_size);
	message_free(thread_self(), wait.answer);
	return status;
}
