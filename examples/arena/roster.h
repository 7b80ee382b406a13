/* SPDX-License-Identifier: MIT */
#ifndef ARENA_ROSTER_H
#define ARENA_ROSTER_H

/*
 * Who is here and what they do, for `who`. Channels report by cast; the roster watches them, so
 * nobody stays on it who has gone. No argument.
 */

#include <actor/actor.h>

extern const struct actor_behaviour roster_behaviour;

#endif
