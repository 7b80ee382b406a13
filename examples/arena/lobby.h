/* SPDX-License-Identifier: MIT */
#ifndef ARENA_LOBBY_H
#define ARENA_LOBBY_H

/* The front door: listens, and for each connection starts a channel and hands it over. */

#include <stdint.h>

#include <actor/actor.h>

#include "rules.h"

struct lobby_argument {
	struct rules rules;
	char address[48];
	uint32_t port; /* 0: any free one; ask with lobby_address */
	uint32_t reserved;
};

extern const struct actor_behaviour lobby_behaviour;

#endif
