/* SPDX-License-Identifier: MIT */
#ifndef ARENA_STORE_H
#define ARENA_STORE_H

/*
 * The ratings' SQLite file, as an actor. It stands for the outside world: spawn it with `outside`,
 * so that it has a thread of its own, may wait for the disk, and what it reads from the file is
 * recorded as outside input. Its argument is the file's name, with the NUL.
 *
 * It writes one transaction a batch and confirms it afterwards.
 */

#include <actor/actor.h>

extern const struct actor_behaviour store_behaviour;

#endif
