/* SPDX-License-Identifier: MIT */
#ifndef ARENA_ROOM_H
#define ARENA_ROOM_H

/*
 * One game. A room is started for two channels, watches both, ticks, and tells them what happens.
 * A player who leaves while the game runs loses it; before the first move the game is cancelled.
 * When the game is over, the room tells the referee and both channels, waits for their goodbyes
 * (so that nobody talks to a room that is gone) and ends.
 */

#include <actor/actor.h>

#include "messages.h"
#include "rules.h"

struct room_argument {
	struct finished_player players[GAME_PLAYERS];
	struct rules rules;
};

extern const struct actor_behaviour room_behaviour;

#endif
