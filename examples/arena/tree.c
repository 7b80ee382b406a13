/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <actor/supervisor.h>

#include "channel.h"
#include "lobby.h"
#include "matchmaker.h"
#include "messages.h"
#include "referee.h"
#include "room.h"
#include "roster.h"
#include "store.h"

/* The referee waits for the store when it ends, the store for the disk. */
#define SHUTDOWN_SLOW ACTOR_SECONDS(8)
#define POLL_EVERY_NS 1000000

static const struct actor_child room_child = {
	.id = "room",
	.behaviour = &room_behaviour,
	.restart = ACTOR_TEMPORARY,
};

static const struct actor_supervisor_options rooms = {
	.size = sizeof(rooms),
	.name = ROOMS_NAME,
	.strategy = ACTOR_DYNAMIC,
	.children = &room_child,
	.child_count = 1,
};

static const struct actor_child channel_child = {
	.id = "channel",
	.behaviour = &channel_behaviour,
	.restart = ACTOR_TEMPORARY,
};

static const struct actor_supervisor_options channels = {
	.size = sizeof(channels),
	.name = CHANNELS_NAME,
	.strategy = ACTOR_DYNAMIC,
	.children = &channel_child,
	.child_count = 1,
};

int tree_start(const struct tree_options *options, struct actor_pid *ret_top)
{
	struct lobby_argument lobby = {.rules = options->rules, .port = options->port};
	const struct actor_child children[] = {
		{
			.id = STORE_NAME,
			.behaviour = &store_behaviour,
			.argument = options->database,
			.argument_size = strlen(options->database) + 1,
			.shutdown_ns = SHUTDOWN_SLOW,
			.named = true,
			.outside = true,
		},
		{
			.id = REFEREE_NAME,
			.behaviour = &referee_behaviour,
			.shutdown_ns = SHUTDOWN_SLOW,
			.named = true,
		},
		{.id = ROSTER_NAME, .behaviour = &roster_behaviour, .named = true},
		actor_supervisor_child(ROOMS_NAME, &rooms),
		{
			.id = MATCHMAKER_NAME,
			.behaviour = &matchmaker_behaviour,
			.argument = &options->rules,
			.argument_size = sizeof(options->rules),
			.named = true,
		},
		actor_supervisor_child(CHANNELS_NAME, &channels),
		{
			.id = LOBBY_NAME,
			.behaviour = &lobby_behaviour,
			.argument = &lobby,
			.argument_size = sizeof(lobby),
			.named = true,
		},
	};
	const struct actor_supervisor_options top = {
		.size = sizeof(top),
		.name = "arena",
		.strategy = ACTOR_ONE_FOR_ONE,
		.intensity = 10,
		.period_ns = ACTOR_SECONDS(10),
		.children = children,
		.child_count = sizeof(children) / sizeof(children[0]),
	};

	if (strlen(options->address) >= sizeof(lobby.address))
		return ACTOR_EADDRESS;
	memcpy(lobby.address, options->address, strlen(options->address) + 1);
	return actor_supervisor_start(&top, ret_top);
}

bool tree_stop(struct actor_pid top, uint64_t patience_ns)
{
	const struct timespec pause = {.tv_nsec = POLL_EVERY_NS};
	uint64_t waited_ns = 0;

	(void)actor_exit(top, ACTOR_EXIT_SHUTDOWN);
	while (actor_alive(top) && waited_ns < patience_ns) {
		nanosleep(&pause, NULL);
		waited_ns += POLL_EVERY_NS;
	}
	return !actor_alive(top);
}
