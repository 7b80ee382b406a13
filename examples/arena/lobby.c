/* SPDX-License-Identifier: MIT */
#include "lobby.h"

#include <stdio.h>
#include <string.h>

#include <actor/supervisor.h>
#include <actor/tcp.h>

#include "channel.h"
#include "dispatch.h"
#include "messages.h"

/* Longer lines are answered with an error; a client that reads too slowly is cut off. */
#define LINE_MAX_BYTES   256
#define UNSENT_MAX_BYTES (64 * 1024)
/* A crowd that comes at once should not have to knock twice; the kernel may allow less. */
#define BACKLOG 4096

struct lobby {
	struct rules rules;
	struct actor_pid listener;
	uint32_t port;
	uint32_t reserved;
	uint64_t accepted;
	uint64_t turned_away;
};

static int complain(const struct lobby_argument *wanted, int status)
{
	const char *remedy = status == ACTOR_EADDRESS_IN_USE
				     ? "stop the program that uses it or choose another --port; "
				       "0 takes a free one"
				     : "choose another --port or --address";

	fprintf(stderr, "arena: cannot listen on %s:%u: %s; %s\n", wanted->address, wanted->port,
		actor_status_text(status), remedy);
	return status;
}

static int lobby_init(void *state, const void *argument, size_t size)
{
	const struct lobby_argument *wanted = argument;
	struct lobby *lobby = state;
	struct actor_tcp_options options = {
		.size = sizeof(options),
		.framing = ACTOR_TCP_LINES,
		.line_max = LINE_MAX_BYTES,
		.unsent_max = UNSENT_MAX_BYTES,
		.backlog = BACKLOG,
	};
	uint16_t port;
	int status;

	if (size != sizeof(*wanted) || wanted->port > UINT16_MAX)
		return ACTOR_EINVALID;
	options.address = wanted->address;
	options.port = (uint16_t)wanted->port;
	status = actor_tcp_listen(&options, &lobby->listener, &port);
	if (status != 0)
		return complain(wanted, status);
	lobby->rules = wanted->rules;
	lobby->port = port;
	return ACTOR_CONTINUE;
}

/* A connection that gets no channel is closed; the peer may try again. */
static int on_accepted(void *state, const struct actor_message *message)
{
	const struct actor_tcp_accepted_message *accepted =
		actor_message_as(message, struct actor_tcp_accepted_message);
	struct lobby *lobby = state;
	struct channel_argument argument = {
		.connection = accepted->connection,
		.rules = lobby->rules,
	};
	struct actor_pid channel;
	int status;

	memcpy(argument.peer, accepted->peer, sizeof(argument.peer));
	argument.peer[sizeof(argument.peer) - 1] = '\0';
	status = actor_supervisor_start_child(actor_whereis(CHANNELS_NAME), &argument,
					      sizeof(argument), &channel);
	if (status == 0)
		status = actor_tcp_own(argument.connection, channel);
	if (status == 0) {
		lobby->accepted++;
	} else {
		(void)actor_tcp_close(argument.connection);
		lobby->turned_away++;
	}
	return ACTOR_CONTINUE;
}

/* Without its listener the lobby is of no use; its supervisor starts another. */
static int on_closed(void *state, const struct actor_message *message)
{
	const struct actor_tcp_closed_message *closed =
		actor_message_as(message, struct actor_tcp_closed_message);
	const struct lobby *lobby = state;

	if (!actor_pid_equal(closed->connection, lobby->listener))
		return ACTOR_CONTINUE;
	return closed->status != 0 ? closed->status : ACTOR_ECLOSED;
}

static int lobby_handle_call(void *state, const struct actor_message *message,
			     struct actor_from from)
{
	struct lobby_place place = {.port = ((struct lobby *)state)->port};

	if (actor_message_is(message, &lobby_address))
		(void)actor_reply(from, &place);
	else
		(void)actor_reject(from, ACTOR_EREJECTED);
	return ACTOR_CONTINUE;
}

static const struct dispatch_row infos[] = {
	{&actor_tcp_accepted, on_accepted},
	{&actor_tcp_closed, on_closed},
};

static int lobby_handle_info(void *state, const struct actor_message *message)
{
	return DISPATCH(infos, state, message);
}

static int lobby_describe(const void *state, char *text, size_t size)
{
	const struct lobby *lobby = state;

	return snprintf(text, size, "port %u, %llu accepted, %llu turned away", lobby->port,
			(unsigned long long)lobby->accepted,
			(unsigned long long)lobby->turned_away);
}

const struct actor_behaviour lobby_behaviour = {
	.name = "lobby",
	.state_size = sizeof(struct lobby),
	.state_ctype = "struct lobby",
	.init = lobby_init,
	.handle_call = lobby_handle_call,
	.handle_info = lobby_handle_info,
	.describe = lobby_describe,
};
