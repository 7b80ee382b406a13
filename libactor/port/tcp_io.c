/* SPDX-License-Identifier: MIT */
/* The thread that libuv runs in; see tcp.h. */
#include "port/tcp.h"

#include <signal.h>
#include <stdlib.h>

static void io_ready(struct executor *executor, struct task *task)
{
	struct io *io = (struct io *)(void *)executor; /* first member */

	task->next = NULL;
	pthread_mutex_lock(&io->lock);
	if (io->first == NULL)
		io->first = task;
	else
		io->last->next = task;
	io->last = task;
	pthread_mutex_unlock(&io->lock);
	uv_async_send(&io->async);
}

static void close_any(uv_handle_t *handle, void *context)
{
	(void)context;
	if (!uv_is_closing(handle))
		uv_close(handle, handle->type == UV_TCP ? socket_free : NULL);
}

static void on_async(uv_async_t *async)
{
	struct io *io = async->data;
	struct task *task;
	bool stopping;

	pthread_mutex_lock(&io->lock);
	task = io->first;
	io->first = NULL;
	stopping = io->stopping;
	pthread_mutex_unlock(&io->lock);
	io->thread.ticks = 0;
	while (task != NULL) {
		struct task *next = task->next;

		task->run(task);
		task = next;
	}
	thread_idle(&io->thread);
	if (stopping)
		uv_walk(&io->loop, close_any, NULL);
}

static void *io_main(void *argument)
{
	struct io *io = argument;

	system_thread_enter(io->thread.system, &io->thread, ACTOR_PLANE_THREAD_IO, "io");
	uv_run(&io->loop, UV_RUN_DEFAULT);
	system_thread_leave(&io->thread);
	return NULL;
}

static struct io *io_create(struct actor_system *system)
{
	struct io *io = calloc(1, sizeof(*io));
	sigset_t all;
	sigset_t old;
	int error;

	if (io == NULL)
		return NULL;
	io->executor.ready = io_ready;
	io->thread.system = system;
	pthread_mutex_init(&io->lock, NULL);
	if (uv_loop_init(&io->loop) != 0) {
		free(io);
		return NULL;
	}
	io->async.data = io;
	io->timer.data = io;
	error = uv_async_init(&io->loop, &io->async, on_async);
	if (error == 0)
		error = uv_timer_init(&io->loop, &io->timer);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (error == 0)
		error = pthread_create(&io->id, NULL, io_main, io);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error != 0) {
		uv_walk(&io->loop, close_any, NULL);
		uv_run(&io->loop, UV_RUN_DEFAULT);
		uv_loop_close(&io->loop);
		free(io);
		return NULL;
	}
	return io;
}

struct io *io_of(struct actor_system *system)
{
	struct io *io;

	pthread_mutex_lock(&system->io_lock);
	if (system->io == NULL)
		system->io = io_create(system);
	io = system->io;
	pthread_mutex_unlock(&system->io_lock);
	return io;
}

void io_stop(struct io *io)
{
	if (io == NULL)
		return;
	pthread_mutex_lock(&io->lock);
	io->stopping = true;
	pthread_mutex_unlock(&io->lock);
	uv_async_send(&io->async);
	pthread_join(io->id, NULL);
	uv_loop_close(&io->loop);
	pthread_mutex_destroy(&io->lock);
	free(io);
}
