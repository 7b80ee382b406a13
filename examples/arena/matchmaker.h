/* SPDX-License-Identifier: MIT */
#ifndef ARENA_MATCHMAKER_H
#define ARENA_MATCHMAKER_H

/*
 * Pairs those who wait, by rating, once every few seconds, so that there are several to choose
 * from. It watches who waits: a player whose connection ends is no longer waiting. Its argument is
 * a struct rules.
 */

#include <actor/actor.h>

extern const struct actor_behaviour matchmaker_behaviour;

#endif
