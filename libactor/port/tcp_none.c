/* SPDX-License-Identifier: MIT */
/* A build without libuv. */
#include <actor/tcp.h>

#include "actor/system.h"

void io_stop(struct io *io)
{
	(void)io;
}

int actor_tcp_listen(const struct actor_tcp_options *options, struct actor_pid *ret_listener,
		     uint16_t *ret_port)
{
	(void)options;
	(void)ret_listener;
	(void)ret_port;
	return ACTOR_EUNSUPPORTED;
}

int actor_tcp_own(struct actor_pid connection, struct actor_pid owner)
{
	(void)connection;
	(void)owner;
	return ACTOR_EUNSUPPORTED;
}

int actor_tcp_write(struct actor_pid connection, const void *data, size_t size)
{
	(void)connection;
	(void)data;
	(void)size;
	return ACTOR_EUNSUPPORTED;
}

int actor_tcp_close(struct actor_pid port)
{
	(void)port;
	return ACTOR_EUNSUPPORTED;
}
