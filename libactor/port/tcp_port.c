/* SPDX-License-Identifier: MIT */
/* The actors that stand for a connection and a listener; see tcp.h. */
#include "port/tcp.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "port/port.h"

struct connection_argument {
	struct socket *socket;
	struct actor_pid owner;
};

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
			socket_read(self->socket);
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

const struct actor_behaviour tcp_listener_behaviour = {
	.name = "tcp_listener",
	.state_size = sizeof(struct port_state),
	.init = listener_init,
	.handle_call = listener_handle_call,
	.handle_cast = listener_handle_cast,
	.handle_info = listener_handle_info,
	.terminate = port_terminate,
};
