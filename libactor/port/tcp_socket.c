/* SPDX-License-Identifier: MIT */
/* Sockets: what comes in goes to the owner, what is to go out is sent or kept; see tcp.h. */
#include "port/tcp.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "port/port.h"

/* A reader pauses while its owner has more messages than this, and looks again this often. */
#define OWNER_MESSAGES_MAX 64u
#define PAUSE_MS           5u

int status_of_uv(int error)
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

struct socket *socket_create(struct io *io, const struct actor_tcp_options *options)
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

void socket_free(uv_handle_t *handle)
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

void socket_close(struct socket *socket)
{
	if (socket->paused)
		unpause(socket);
	socket->cell = NULL;
	if (!uv_is_closing((uv_handle_t *)&socket->tcp))
		uv_close((uv_handle_t *)&socket->tcp, socket_free);
}

void socket_end(struct socket *socket, int status)
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

static void deliver(struct socket *socket, const char *bytes, size_t size, bool truncated)
{
	struct port_state *state = socket->cell->state;
	char payload[sizeof(struct actor_tcp_data_message) + TCP_READ_SIZE];
	struct actor_tcp_data_message head = {.connection = cell_pid(socket->cell),
					      .truncated = truncated};

	assert(size <= TCP_READ_SIZE);
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
	*buffer = uv_buf_init(socket->io->buffer, TCP_READ_SIZE);
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

void socket_read(struct socket *socket)
{
	uv_read_start((uv_stream_t *)&socket->tcp, on_alloc, on_read);
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
			socket_read(socket);
	}
	if (io->paused == NULL)
		uv_timer_stop(timer);
}

struct write {
	uv_write_t request;
	char bytes[];
};

static void on_written(uv_write_t *request, int error)
{
	(void)error; /* a broken connection shows itself in on_read */
	free(request);
}

int socket_write(struct socket *socket, const char *bytes, size_t size)
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

void socket_finish(struct socket *socket)
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
