/* SPDX-License-Identifier: MIT */
#include "roster.h"

#include <assert.h>
#include <stdio.h>

#include "dispatch.h"
#include "messages.h"

struct roster_row {
	struct actor_pid channel;
	struct presence presence;
};

struct roster {
	struct roster_row *rows;
	uint32_t count;
	uint32_t room;
};

static struct roster_row *find(struct roster *roster, struct actor_pid channel)
{
	for (uint32_t i = 0; i < roster->count; i++) {
		if (actor_pid_equal(roster->rows[i].channel, channel))
			return &roster->rows[i];
	}
	return NULL;
}

static int add(struct roster *roster, struct actor_pid channel, struct roster_row **ret_row)
{
	uint64_t ref;
	int status;

	if (roster->count == roster->room) {
		uint32_t room = roster->room ? 2 * roster->room : 64;
		struct roster_row *rows = actor_realloc(roster->rows, room * sizeof(*rows));

		if (rows == NULL)
			return ACTOR_ENO_MEMORY;
		roster->rows = rows;
		roster->room = room;
	}
	status = actor_monitor(channel, &ref);
	if (status != 0)
		return status;
	*ret_row = &roster->rows[roster->count++];
	(*ret_row)->channel = channel;
	return 0;
}

static int on_presence(void *state, const struct actor_message *message)
{
	struct roster *roster = state;
	struct roster_row *row = find(roster, message->sender);

	if (row == NULL) {
		int status = add(roster, message->sender, &row);

		if (status != 0)
			return status;
	}
	row->presence = *actor_message_as(message, struct presence);
	return ACTOR_CONTINUE;
}

static int on_down(void *state, const struct actor_message *message)
{
	struct roster *roster = state;
	struct roster_row *row =
		find(roster, actor_message_as(message, struct actor_down_message)->pid);

	if (row != NULL)
		*row = roster->rows[--roster->count];
	return ACTOR_CONTINUE;
}

static int roster_handle_call(void *state, const struct actor_message *message,
			      struct actor_from from)
{
	const struct roster *roster = state;
	struct roster_page page = {.online = roster->count};

	if (!actor_message_is(message, &who_is_here)) {
		(void)actor_reject(from, ACTOR_EREJECTED);
		return ACTOR_CONTINUE;
	}
	for (uint32_t i = 0; i < roster->count; i++) {
		const struct presence *presence = &roster->rows[i].presence;

		page.waiting += presence->state == PLAYER_WAITING;
		page.playing += presence->state == PLAYER_PLAYING;
		if (page.count < ROSTER_ROWS)
			page.rows[page.count++] = *presence;
	}
	(void)actor_reply(from, &page);
	return ACTOR_CONTINUE;
}

static const struct dispatch_row casts[] = {
	{&player_presence, on_presence},
};

static const struct dispatch_row infos[] = {
	{&actor_down, on_down},
};

static int roster_handle_cast(void *state, const struct actor_message *message)
{
	return DISPATCH(casts, state, message);
}

static int roster_handle_info(void *state, const struct actor_message *message)
{
	return DISPATCH(infos, state, message);
}

static int roster_describe(const void *state, char *text, size_t size)
{
	return snprintf(text, size, "%u online", ((const struct roster *)state)->count);
}

const struct actor_behaviour roster_behaviour = {
	.name = "roster",
	.state_size = sizeof(struct roster),
	.state_ctype = "struct roster",
	.handle_call = roster_handle_call,
	.handle_cast = roster_handle_cast,
	.handle_info = roster_handle_info,
	.describe = roster_describe,
};
