/* SPDX-License-Identifier: MIT */
#ifndef ARENA_REFEREE_H
#define ARENA_REFEREE_H

/*
 * Knows every player's rating, statistics and coins. Takes finished games by cast, answers logins
 * and the leaderboard by call. Loads its players from the store at its start; sends the changed
 * ones to it in batches, again and again until the store says that they are on the disk.
 *
 * No argument.
 */

#include <actor/actor.h>

extern const struct actor_behaviour referee_behaviour;

#endif
