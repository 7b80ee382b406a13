/* SPDX-License-Identifier: MIT */
#ifndef ARENA_CHANNEL_H
#define ARENA_CHANNEL_H

/*
 * One connection, and thereby one player: the address under which the other actors know him.
 *
 *	new --name--> lobby --play--> waiting --match--> matched --go--> playing --over--> scoring
 *	                ^                                                                     |
 *	                +----------------------------- rated ---------------------------------+
 *
 * A channel ends when its connection closes, when the player is silent for too long, floods, or
 * quits. Whoever has to do with it watches it, so no other actor needs to be told.
 */

#include <actor/actor.h>

#include "rules.h"

struct channel_argument {
	struct actor_pid connection;
	struct rules rules;
	char peer[48];
};

extern const struct actor_behaviour channel_behaviour;

#endif
