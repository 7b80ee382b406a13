/* SPDX-License-Identifier: MIT */
#ifndef ARENA_ROSTER_H
#define ARENA_ROSTER_H

/*
 * Who is here and what they do, for `who`. Channels report by cast; the roster watches them, so
 * nobody stays on it who has gone. No argument.
 */

#include <actor/define.h>

#include "messages.h"

#define ROSTER                                                                             \
	export(ROSTER_NAME), defcast(presence, arg(struct presence, presence), message()), \
		defcall(who, struct roster_page, within(ACTOR_SECONDS(2))),                \
		definfo_as(actor_down, struct actor_down_message), defdescribe()

ACTOR_DECLARE(roster, ROSTER);

#endif
