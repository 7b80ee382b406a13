/* SPDX-License-Identifier: MIT */
/* What the program calls; see tcp.h. */
#include "port/tcp.h"

#include <string.h>

#define WRITE_SIZE       ((size_t)64 << 10)
#define LINE_DEFAULT     1024u
#define LINE_MAX_ALLOWED (64u << 10)
#define UNSENT_DEFAULT   (1u << 20)
#define BACKLOG_DEFAULT  128u

ACTOR_MESSAGE(tcp_own, struct own_message);
ACTOR_MESSAGE_RAW(tcp_write);
ACTOR_MESSAGE_EMPTY(tcp_close);
ACTOR_MESSAGE(tcp_end, struct end_message);
ACTOR_REQUEST_EMPTY(tcp_port_number, uint32_t);

int actor_tcp_listen(const struct actor_tcp_options *options, struct actor_pid *ret_listener,
		     uint16_t *ret_port)
{
	struct thread *thread = thread_self();
	struct listen_argument argument = {.owner = actor_self()};
	struct executor *executor;
	struct actor_pid listener;
	uint32_t number = 0;
	int status;

	if (thread == NULL || thread->cell == NULL || thread->foreign)
		return ACTOR_ENOT_ACTOR;
	if (options == NULL || options->size != sizeof(*options) ||
	    options->line_max > LINE_MAX_ALLOWED ||
	    (options->address != NULL && strlen(options->address) >= sizeof(argument.address)))
		return ACTOR_EINVALID;
	executor = thread->system->outside; /* opens nothing */
	if (executor == NULL) {
		argument.io = io_of(thread->system);
		if (argument.io == NULL)
			return ACTOR_ENO_MEMORY;
		executor = &argument.io->executor;
	}
	argument.options = *options;
	if (argument.options.line_max == 0)
		argument.options.line_max = LINE_DEFAULT;
	if (argument.options.unsent_max == 0)
		argument.options.unsent_max = UNSENT_DEFAULT;
	if (argument.options.backlog == 0)
		argument.options.backlog = BACKLOG_DEFAULT;
	strcpy(argument.address, options->address != NULL ? options->address : "127.0.0.1");
	argument.options.address = NULL;
	status = port_start(&tcp_listener_behaviour, &argument, sizeof(argument), executor, true,
			    &listener);
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
