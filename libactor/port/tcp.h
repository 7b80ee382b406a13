/* SPDX-License-Identifier: MIT */
#ifndef PORT_TCP_H
#define PORT_TCP_H

/*
 * TCP on libuv, which runs in one I/O thread. A listener and a connection are actors of that
 * thread; what libuv calls back is outside input of theirs, what others want of them arrives as
 * messages. These files alone know libuv:
 *
 *	tcp.c         what the program calls
 *	tcp_io.c      the thread
 *	tcp_port.c    the two behaviours
 *	tcp_socket.c  reading and writing
 */

#include <actor/tcp.h>

#include <uv.h>

#include "actor/system.h"

#define TCP_READ_SIZE ((size_t)64 << 10)

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
	char buffer[TCP_READ_SIZE];
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

struct own_message {
	struct actor_pid owner;
};

struct end_message {
	int32_t status;
	int32_t reserved;
};

ACTOR_TYPE_DECLARE(tcp_own);
ACTOR_TYPE_DECLARE(tcp_write);
ACTOR_TYPE_DECLARE(tcp_close);
ACTOR_TYPE_DECLARE(tcp_end);
ACTOR_TYPE_DECLARE(tcp_port_number);

extern const struct actor_behaviour tcp_listener_behaviour;

/* ---- The thread (tcp_io.c) --------------------------------------------------------------------
 */

/* The system's, started by the first who asks. NULL: no memory. */
struct io *io_of(struct actor_system *system);

/* ---- Sockets (tcp_socket.c) --------------------------------------------------------------------
 */

/* NULL: no memory. */
struct socket *socket_create(struct io *io, const struct actor_tcp_options *options);
/* libuv has let go of it. */
void socket_free(uv_handle_t *handle);
/* Its actor is gone. */
void socket_close(struct socket *socket);
void socket_read(struct socket *socket);
/* 0 or a status, with which the connection has to end. */
int socket_write(struct socket *socket, const char *bytes, size_t size);
/* Closes behind what is still unsent. */
void socket_finish(struct socket *socket);
/* Tells the owner, then ends the port by a message to itself, so that it ends in a turn of its own.
 */
void socket_end(struct socket *socket, int status);
int status_of_uv(int error);

#endif
