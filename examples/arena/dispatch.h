/* SPDX-License-Identifier: MIT */
#ifndef ARENA_DISPATCH_H
#define ARENA_DISPATCH_H

/* Message types and who handles them, as a table: one row for each type an actor understands. */

#include <stddef.h>

#include <actor/actor.h>

struct dispatch_row {
	const struct actor_type *type;
	int (*handle)(void *state, const struct actor_message *message);
};

/* Runs the row of the message's type. Messages of other types are ignored. */
static inline int dispatch(const struct dispatch_row *rows, size_t count, void *state,
			   const struct actor_message *message)
{
	for (size_t i = 0; i < count; i++) {
		if (actor_message_is(message, rows[i].type))
			return rows[i].handle(state, message);
	}
	return ACTOR_CONTINUE;
}

#define DISPATCH(rows, state, message) \
	dispatch(rows, sizeof(rows) / sizeof((rows)[0]), state, message)

#endif
