/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_TCP_H
#define ACTOR_TCP_H

/*
 * TCP ports. A port is an actor that stands for a socket and runs on the system's I/O thread. It
 * has a pid and an owner, to which it is linked: when the owner ends, the socket closes. What
 * comes in arrives at the owner's handle_info; what goes out is a message to the port.
 *
 * A connection reads only as fast as its owner handles: with more than 64 messages in the owner's
 * mailbox it stops reading until they are fewer, so a flood stays in the peer's socket.
 *
 * Stability: being built; the shape is meant to stay.
 */

#include <actor/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the byte stream is cut into messages. */
enum actor_tcp_framing {
	ACTOR_TCP_BYTES = 0, /* as it arrives, at most 64 KiB a message */
	ACTOR_TCP_LINES = 1  /* one message a line, without its \n or \r\n */
};

struct actor_tcp_options {
	size_t size;         /* sizeof(struct actor_tcp_options) */
	const char *address; /* numeric IPv4 or IPv6; NULL: 127.0.0.1 */
	uint16_t port;       /* 0: any free one, see actor_tcp_listening */
	enum actor_tcp_framing framing;
	uint32_t line_max;   /* longer lines arrive cut, with `truncated` set; 0: 1024 */
	uint32_t unsent_max; /* bytes the peer may leave unread before the port closes; 0: 1 MiB */
	uint32_t backlog;    /* 0: 128 */
};

/*
 * (handler) Listens; waits until the socket does. The caller becomes the owner and gets one
 * actor_tcp_accepted per connection.
 * Errors: ACTOR_EADDRESS_IN_USE, ACTOR_EADDRESS, ACTOR_EACCESS, ACTOR_EUNSUPPORTED (built without
 * libuv).
 */
ACTOR_PUBLIC int actor_tcp_listen(const struct actor_tcp_options *options,
				  struct actor_pid *ret_listener, uint16_t *ret_port);

/*
 * Makes `owner` the owner of a connection, which starts to read. Until then a new connection does
 * not read at all. The former owner is unlinked.
 */
ACTOR_PUBLIC int actor_tcp_own(struct actor_pid connection, struct actor_pid owner);

/* Writes. The bytes are copied; they leave in the order of the writes. */
ACTOR_PUBLIC int actor_tcp_write(struct actor_pid connection, const void *data, size_t size);

/* Sends what is still unsent, then closes. The owner gets actor_tcp_closed. */
ACTOR_PUBLIC int actor_tcp_close(struct actor_pid port);

/* Messages to the owner. */
struct actor_tcp_accepted_message {
	struct actor_pid listener;
	struct actor_pid connection;
	char peer[48]; /* "127.0.0.1:40312" */
};
struct actor_tcp_data_message {
	struct actor_pid connection;
	uint32_t truncated; /* 1: the line was longer than line_max; this is its beginning */
	uint32_t reserved;
	/* the bytes follow */
};
struct actor_tcp_closed_message {
	struct actor_pid connection;
	int32_t status; /* 0: the peer or the owner closed it; else why */
	int32_t reserved;
};
ACTOR_PUBLIC extern struct actor_type actor_tcp_accepted;
ACTOR_PUBLIC extern struct actor_type actor_tcp_data;
ACTOR_PUBLIC extern struct actor_type actor_tcp_closed;

/* The bytes of an actor_tcp_data message and how many. Not NUL-terminated. */
ACTOR_PUBLIC const char *actor_tcp_bytes(const struct actor_message *message, size_t *ret_size);

#ifdef __cplusplus
}
#endif

#endif
