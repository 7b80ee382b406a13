/* SPDX-License-Identifier: MIT */
/*
 * TCP on libuv, which runs in one I/O thread. A listener and a connection are actors of that
 * thread; what libuv calls back is outside input of theirs, what others want of them arrives as
 * messages. This is the only file that knows libuv.
 */
#include <actor/tcp.h>

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "actor/system.h"
#include "port/port.h"

#define READ_SIZE        ((size_t)64 << 10)
#define WRITE_SIZE       ((size_t)64 << 10)
#define LINE_DEFAULT     1024u
#define LINE_MAX_ALLOWED (64u << 10)
#define UNSENT_DEFAULT   (1u << 20)
#define BACKLOG_DEFAULT  128u
/* A reader pauses while its owner has more messages than this, and looks again this often. */
#define OWNER_MESSAGES_MAX 64u
#define PAUSE_MS           5u

struct io {
	struct executor executor;
	struct thread thread;
	uv_loop_t loop;
	uv_async_t async;
	uv_timer_t timer;
	struct socket *paused;
	pthread_t id;
	pthread_mutex_t lock;
	struct task *first;
	struct task *last;
	bool stopping;
	char buffer[READ_SIZE];
};

/* A libuv socket. It outlives its actor until libuv has let go of it. */
struct socket {
	uv_tcp_t tcp; /* first: libuv's handles are turned back by a cast */
	struct io *io;
	struct cell *cell; /* NULL: the actor is gone */
	struct actor_tcp_options options;
	struct socket *next_paused;
	bool paused;
	bool ending;
	bool skipping; /* the rest of a line that was too long */
	uint32_t line_length;
	char *line;
};

/* The state of a listener and of a connection. */
struct port_state {
	struct socket *socket;
	struct actor_pid owner;
};

struct listen_argument {
	struct io *io;
	struct actor_tcp_options options;
	struct actor_pid owner;
	char address[64];
};

struct connection_argument {
	struct socket *socket;
	struct actor_pid owner;
};

struct own_message {
	struct actor_pid owner;
};

struct end_message {
	int32_t status;
	int32_t reserved;
};

ACTOR_STATIC_MESSAGE(tcp_own, struct own_message);
ACTOR_STATIC_MESSAGE_RAW(tcp_write);
ACTOR_STATIC_MESSAGE_EMPTY(tcp_close);
ACTOR_STATIC_MESSAGE(tcp_end, struct end_message);
ACTOR_STATIC_REQUEST_EMPTY(tcp_port_number, uint32_t);

static int status_of_uv(int error)
{
	switch (error) {
	case UV_EADDRINUSE:
		return ACTOR_EADDRESS_IN_USE;
	case UV_EADDRNOTAVAIL:
	case UV_EINVAL:
	case UV_EAFNOSUPPORT:
		return ACTOR_EADDRESS;
	case UV_EACCES:
	case UV_EPERM:
		return ACTOR_EACCESS;
	case UV_ENOMEM:
		return ACTOR_ENO_MEMORY;
	default:
		return error < 0 ? ACTOR_ECLOSED : 0;
	}
}

/* ---- Sockets -----------------------------------------------------------------------------------
 */

static struct socket *socket_create(struct io *io, const struct actor_tcp_options *options)
{
	struct socket *socket = calloc(1, sizeof(*socket));

	if (socket == NULL)
		return NULL;
	socket->io = io;
	socket->options = *options;
	if (options->framing == ACTOR_TCP_LINES) {
		socket->line = malloc(options->line_max);
		if (socket->line == NULL) {
			free(socket);
			return NULL;
		}
	}
	if (uv_tcp_init(&io->loop, &socket->tcp) != 0) {
		free(socket->line);
		free(socket);
		return NULL;
	}
	return socket;
}

static void socket_free(uv_handle_t *handle)
{
	struct socket *socket = (struct socket *)(void *)handle;

	free(socket->line);
	free(socket);
}

static void unpause(struct socket *socket)
{
	for (struct socket **link = &socket->io->paused; *link != NULL;
	     link = &(*link)->next_paused) {
		if (*link == socket) {
			*link = socket->next_paused;
			break;
		}
	}
	socket->paused = false;
}

static void socket_close(struct socket *socket)
{
	if (socket->paused)
		unpause(socket);
	socket->cell = NULL;
	if (!uv_is_closing((uv_handle_t *)&socket->tcp))
		uv_close((uv_handle_t *)&socket->tcp, socket_free);
}

/* Tells the owner, then ends the port by a message to itself, so that it ends in a turn of its own.
 */
static void socket_end(struct socket *socket, int status)
{
	struct port_state *state = socket->cell->state;
	struct actor_tcp_closed_message closed = {.connection = cell_pid(socket->cell),
						  .status = status};
	struct end_message end = {.status = status};

	if (socket->ending)
		return;
	socket->ending = true;
	uv_read_stop((uv_stream_t *)&socket->tcp);
	if (state->owner.bits != 0)
		(void)actor_send(state->owner, &actor_tcp_closed, &closed);
	(void)actor_cast(cell_pid(socket->cell), &tcp_end, &end);
}

/* ---- Reading -----------------------------------------------------------------------------------
 */

static void deliver(struct socket *socket, const char *bytes, size_t size, bool truncated)
{
	struct port_state *state = socket->cell->state;
	char payload[sizeof(struct actor_tcp_data_message) + READ_SIZE];
	struct actor_tcp_data_message head = {.connection = cell_pid(socket->cell),
					      .truncated = truncated};

	assert(size <= READ_SIZE);
	memcpy(payload, &head, sizeof(head));
	memcpy(payload + sizeof(head), bytes, size);
	(void)actor_send_bytes(state->owner, &actor_tcp_data, payload, sizeof(head) + size);
}

static void deliver_line(struct socket *socket, bool truncated)
{
	uint32_t length = socket->line_length;

	if (!truncated && length > 0 && socket->line[length - 1] == '\r')
		length--;
	deliver(socket, socket->line, length, truncated);
	socket->line_length = 0;
}

static void cut_lines(struct socket *socket, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '\n') {
			if (!socket->skipping)
				deliver_line(socket, false);
			socket->skipping = false;
		} else if (!socket->skipping) {
			if (socket->line_length == socket->options.line_max) {
				deliver_line(socket, true);
				socket->skipping = true;
				continue;
			}
			socket->line[socket->line_length++] = bytes[i];
		}
	}
}

static bool owner_is_busy(const struct socket *socket)
{
	struct actor_system *system = socket->io->thread.system;
	const struct port_state *state = socket->cell->state;
	struct actor_plane_actor *line = system_find(system, state->owner);
	uint64_t waiting;

	if (line == NULL)
		return false;
	waiting =
		(__atomic_load_n(&line->inbox, __ATOMIC_RELAXED) >> ACTOR_PLANE_INBOX_COUNT_SHIFT) +
		__atomic_load_n(&line->queued, __ATOMIC_RELAXED);
	return waiting > OWNER_MESSAGES_MAX;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct socket *socket = (struct socket *)(void *)handle;

	(void)suggested;
	*buffer = uv_buf_init(socket->io->buffer, READ_SIZE);
}

static void on_pause_over(uv_timer_t *timer);

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
	struct socket *socket = (struct socket *)(void *)stream;
	struct cell *cell = socket->cell;

	if (size == 0 || cell == NULL || socket->ending)
		return;
	port_input_begin(cell, size > 0 ? (size_t)size : 0);
	if (size < 0) {
		if (socket->options.framing == ACTOR_TCP_LINES && socket->line_length > 0 &&
		    !socket->skipping)
			deliver_line(socket, false);
		socket_end(socket,
			   size == UV_EOF || size == UV_ECONNRESET ? 0 : status_of_uv((int)size));
	} else if (socket->options.framing == ACTOR_TCP_LINES) {
		cut_lines(socket, buffer->base, (size_t)size);
	} else {
		deliver(socket, buffer->base, (size_t)size, false);
	}
	port_input_end(cell);
	if (size > 0 && owner_is_busy(socket)) {
		uv_read_stop(stream);
		socket->paused = true;
		socket->next_paused = socket->io->paused;
		socket->io->paused = socket;
		if (!uv_is_active((uv_handle_t *)&socket->io->timer))
			uv_timer_start(&socket->io->timer, on_pause_over, PAUSE_MS, PAUSE_MS);
	}
}

static void on_pause_over(uv_timer_t *timer)
{
	struct io *io = timer->data;
	struct socket *next;

	for (struct socket *socket = io->paused; socket != NULL; socket = next) {
		next = socket->next_paused;
		if (socket->cell != NULL && owner_is_busy(socket))
			continue;
		unpause(socket);
		if (socket->cell != NULL && !socket->ending)
			uv_read_start((uv_stream_t *)&socket->tcp, on_alloc, on_read);
	}
	if (io->paused == NULL)
		uv_timer_stop(timer);
}

/* ---- Writing -----------------------------------------------------------------------------------
 */

struct write {
	uv_write_t request;
	char bytes[];
};

static void on_written(uv_write_t *request, int error)
{
	(void)error; /* a broken connection shows itself in on_read */
	free(request);
}

static int socket_write(struct socket *socket, const char *bytes, size_t size)
{
	uv_stream_t *stream = (uv_stream_t *)&socket->tcp;
	uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)size);
	struct write *write;
	int sent = uv_try_write(stream, &buffer, 1);

	if (sent < 0)
		sent = 0;
	if ((size_t)sent == size)
		return 0;
	if (uv_stream_get_write_queue_size(stream) + size > socket->options.unsent_max)
		return ACTOR_ETOO_SLOW;
	write = malloc(sizeof(*write) + size - (size_t)sent);
	if (write == NULL)
		return ACTOR_ENO_MEMORY;
	memcpy(write->bytes, bytes + sent, size - (size_t)sent);
	buffer = uv_buf_init(write->bytes, (unsigned)(size - (size_t)sent));
	if (uv_write(&write->request, stream, &buffer, 1, on_written) != 0) {
		free(write);
		return ACTOR_ECLOSED;
	}
	return 0;
}

static void on_shutdown(uv_shutdown_t *request, int error)
{
	struct socket *socket = (struct socket *)(void *)request->handle;

	(void)error;
	free(request);
	if (socket->cell != NULL) {
		port_input_begin(socket->cell, 0);
		socket_end(socket, 0);
		port_input_end(socket->cell);
	}
}

/* Closes behind what is still unsent. */
static void socket_finish(struct socket *socket)
{
	uv_shutdown_t *request;

	if (socket->ending)
		return;
	uv_read_stop((uv_stream_t *)&socket->tcp);
	request = malloc(sizeof(*request));
	if (request == NULL ||
	    uv_shutdown(request, (uv_stream_t *)&socket->tcp, on_shutdown) != 0) {
		free(request);
		socket_end(socket, 0);
	}
}

/* ---- A connection ------------------------------------------------------------------------------
 */

static int connection_init(void *state, const void *argument, size_t size)
{
	const struct connection_argument *mine = argument;
	struct port_state *self = state;

	assert(size == sizeof(*mine));
	self->socket = mine->socket;
	self->owner = mine->owner;
	/* Trapped, the owner's end comes behind what it wrote, and a normal end counts too. */
	(void)actor_trap_exits(true);
	return actor_link(self->owner) == 0 ? ACTOR_CONTINUE : ACTOR_ENO_MEMORY;
}

/* The owner has ended, or somebody wants the port to: what was written still leaves. */
static int connection_handle_info(void *state, const struct actor_message *message)
{
	struct port_state *self = state;

	if (!actor_message_is(message, &actor_exited))
		return ACTOR_CONTINUE;
	if (actor_pid_equal(actor_message_as(message, struct actor_exited_message)->pid,
			    self->owner))
		self->owner = ACTOR_PID_NONE;
	socket_finish(self->socket);
	return ACTOR_CONTINUE;
}

static int connection_handle_cast(void *state, const struct actor_message *message)
{
	struct port_state *self = state;
	int status = 0;

	if (actor_message_is(message, &tcp_write)) {
		if (!self->socket->ending)
			status = socket_write(self->socket, actor_message_payload(message),
					      message->size);
		if (status != 0)
			socket_end(self->socket, status);
	} else if (actor_message_is(message, &tcp_own)) {
		struct actor_pid owner = actor_message_as(message, struct own_message)->owner;

		(void)actor_unlink(self->owner);
		self->owner = owner;
		(void)actor_link(owner);
		if (!self->socket->ending && !self->socket->paused)
			uv_read_start((uv_stream_t *)&self->socket->tcp, on_alloc, on_read);
	} else if (actor_message_is(message, &tcp_close)) {
		socket_finish(self->socket);
	} else if (actor_message_is(message, &tcp_end)) {
		return ACTOR_STOP;
	}
	return ACTOR_CONTINUE;
}

static void port_terminate(void *state, int reason)
{
	struct port_state *self = state;

	(void)reason;
	if (self->socket != NULL)
		socket_close(self->socket);
	self->socket = NULL;
}

static const struct actor_behaviour connection_behaviour = {
	.name = "tcp_connection",
	.state_size = sizeof(struct port_state),
	.init = connection_init,
	.handle_cast = connection_handle_cast,
	.handle_info = connection_handle_info,
	.terminate = port_terminate,
};

/* ---- A listener --------------------------------------------------------------------------------
 */

static void peer_name(const struct socket *socket, char *text, size_t size)
{
	struct sockaddr_storage address;
	int length = sizeof(address);
	char host[40] = "?";
	unsigned port = 0;

	if (uv_tcp_getpeername(&socket->tcp, (struct sockaddr *)&address, &length) == 0) {
		if (address.ss_family == AF_INET6) {
			const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address;

			uv_ip6_name(in6, host, sizeof(host));
			port = ntohs(in6->sin6_port);
		} else {
			const struct sockaddr_in *in4 = (const struct sockaddr_in *)&address;

			uv_ip4_name(in4, host, sizeof(host));
			port = ntohs(in4->sin_port);
		}
	}
	snprintf(text, size, "%s:%u", host, port);
}

static void accept_one(struct socket *listener)
{
	const struct port_state *state = listener->cell->state;
	struct connection_argument argument = {.owner = state->owner};
	struct actor_tcp_accepted_message accepted = {.listener = cell_pid(listener->cell)};
	struct socket *socket = socket_create(listener->io, &listener->options);

	if (socket == NULL)
		return;
	argument.socket = socket;
	if (uv_accept((uv_stream_t *)&listener->tcp, (uv_stream_t *)&socket->tcp) != 0 ||
	    port_spawn(&connection_behaviour, &argument, sizeof(argument), &listener->io->executor,
		       &accepted.connection) != 0) {
		socket_close(socket);
		return;
	}
	socket->cell =
		system_cell(listener->io->thread.system, actor_pid_slot(accepted.connection));
	(void)uv_tcp_nodelay(&socket->tcp, 1);
	(void)uv_tcp_keepalive(&socket->tcp, 1, 60);
	peer_name(socket, accepted.peer, sizeof(accepted.peer));
	(void)actor_send(state->owner, &actor_tcp_accepted, &accepted);
}

static void on_connection(uv_stream_t *stream, int error)
{
	struct socket *listener = (struct socket *)(void *)stream;
	struct cell *cell = listener->cell;

	if (error != 0 || cell == NULL)
		return;
	port_input_begin(cell, 0);
	accept_one(listener);
	port_input_end(cell);
}

static int bind_and_listen(struct socket *socket, const struct listen_argument *argument)
{
	struct sockaddr_storage address;
	int error = uv_ip4_addr(argument->address, argument->options.port,
				(struct sockaddr_in *)&address);

	if (error != 0)
		error = uv_ip6_addr(argument->address, argument->options.port,
				    (struct sockaddr_in6 *)&address);
	if (error == 0)
		error = uv_tcp_bind(&socket->tcp, (const struct sockaddr *)&address, 0);
	if (error == 0)
		error = uv_listen((uv_stream_t *)&socket->tcp, (int)argument->options.backlog,
				  on_connection);
	return error;
}

static int listener_init(void *state, const void *argument, size_t size)
{
	const struct listen_argument *mine = argument;
	struct port_state *self = state;
	struct socket *socket;
	int error;

	assert(size == sizeof(*mine));
	socket = socket_create(mine->io, &mine->options);
	if (socket == NULL)
		return ACTOR_ENO_MEMORY;
	self->socket = socket;
	self->owner = mine->owner;
	socket->cell = thread_self()->cell;
	(void)actor_trap_exits(true);
	error = bind_and_listen(socket, mine);
	return error == 0 ? ACTOR_CONTINUE : status_of_uv(error);
}

static int listener_handle_call(void *state, const struct actor_message *message,
				struct actor_from from)
{
	const struct port_state *self = state;
	struct sockaddr_storage address;
	int length = sizeof(address);
	uint32_t number = 0;

	if (!actor_message_is(message, &tcp_port_number))
		return actor_reject(from, ACTOR_EREJECTED);
	if (uv_tcp_getsockname(&self->socket->tcp, (struct sockaddr *)&address, &length) == 0)
		number = ntohs(address.ss_family == AF_INET6
				       ? ((const struct sockaddr_in6 *)&address)->sin6_port
				       : ((const struct sockaddr_in *)&address)->sin_port);
	return actor_reply(from, &number);
}

static int listener_handle_cast(void *state, const struct actor_message *message)
{
	struct port_state *self = state;

	if (actor_message_is(message, &tcp_close)) {
		struct actor_tcp_closed_message closed = {.connection = actor_self()};

		(void)actor_send(self->owner, &actor_tcp_closed, &closed);
		return ACTOR_STOP;
	}
	return ACTOR_CONTINUE;
}

static int listener_handle_info(void *state, const struct actor_message *message)
{
	(void)state;
	return actor_message_is(message, &actor_exited) ? ACTOR_STOP : ACTOR_CONTINUE;
}

static const struct actor_behaviour listener_behaviour = {
	.name = "tcp_listener",
	.state_size = sizeof(struct port_state),
	.init = listener_init,
	.handle_call = listener_handle_call,
	.handle_cast = listener_handle_cast,
	.handle_info = listener_handle_info,
	.terminate = port_terminate,
};

/* ---- The I/O thread ----------------------------------------------------------------------------
 */

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

static struct io *io_of(struct actor_system *system)
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

/* ---- The public functions ----------------------------------------------------------------------
 */

int actor_tcp_listen(const struct actor_tcp_options *options, struct actor_pid *ret_listener,
		     uint16_t *ret_port)
{
	struct thread *thread = thread_self();
	struct listen_argument argument = {.owner = actor_self()};
	struct actor_pid listener;
	uint32_t number = 0;
	int status;

	if (thread == NULL || thread->cell == NULL || thread->foreign)
		return ACTOR_ENOT_ACTOR;
	if (options == NULL || options->size != sizeof(*options) ||
	    options->line_max > LINE_MAX_ALLOWED ||
	    (options->address != NULL && strlen(options->address) >= sizeof(argument.address)))
		return ACTOR_EINVALID;
	argument.io = io_of(thread->system);
	if (argument.io == NULL)
		return ACTOR_ENO_MEMORY;
	argument.options = *options;
	if (argument.options.line_max == 0)
		argument.options.line_max = LINE_DEFAULT;
	if (argument.options.unsent_max == 0)
		argument.options.unsent_max = UNSENT_DEFAULT;
	if (argument.options.backlog == 0)
		argument.options.backlog = BACKLOG_DEFAULT;
	strcpy(argument.address, options->address != NULL ? options->address : "127.0.0.1");
	argument.options.address = NULL;
	status = port_start(&listener_behaviour, &argument, sizeof(argument),
			    &argument.io->executor, true, &listener);
	if (status == 0)
		status = actor_call(listener, &tcp_port_number, NULL, &number, ACTOR_SECONDS(5));
	if (status != 0)
		return status;
	if (ret_listener != NULL)
		*ret_listener = listener;
	if (ret_port != NULL)
		*ret_port = (uint16_t)number;
	return 0;
}

int actor_tcp_own(struct actor_pid connection, struct actor_pid owner)
{
	struct own_message own = {owner};

	if (owner.bits == 0)
		return ACTOR_EINVALID;
	return actor_cast(connection, &tcp_own, &own);
}

int actor_tcp_write(struct actor_pid connection, const void *data, size_t size)
{
	const char *at = data;
	int status = 0;

	while (size > 0 && status == 0) {
		size_t part = size < WRITE_SIZE ? size : WRITE_SIZE;

		status = actor_cast_bytes(connection, &tcp_write, at, part);
		at += part;
		size -= part;
	}
	return status;
}

int actor_tcp_close(struct actor_pid port)
{
	return actor_cast(port, &tcp_close, NULL);
}
