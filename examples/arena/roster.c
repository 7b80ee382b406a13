/* SPDX-License-Identifier: MIT */
#include "roster.h"

#include <assert.h>
#include <stdio.h>

struct roster_row {
	struct actor_pid channel;
	struct presence presence;
};

struct roster {
	struct roster_row *rows;
	uint32_t count;
	uint32_t room;
};

ACTOR_IMPLEMENT(roster, ROSTER);

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

static int roster_handle_presence(struct roster *self, struct presence presence,
				  const struct actor_message *message)
{
	struct roster_row *row = find(self, message->sender);

	if (row == NULL) {
		int status = add(self, message->sender, &row);

		if (status != 0)
			return status;
	}
	row->presence = presence;
	return ACTOR_CONTINUE;
}

static int roster_handle_actor_down(struct roster *self, const struct actor_down_message *message)
{
	struct roster_row *row = find(self, message->pid);

	if (row != NULL)
		*row = self->rows[--self->count];
	return ACTOR_CONTINUE;
}

static int roster_handle_who(struct roster *self, struct roster_page *reply)
{
	reply->online = self->count;
	for (uint32_t i = 0; i < self->count; i++) {
		const struct presence *presence = &self->rows[i].presence;

		reply->waiting += presence->state == PLAYER_WAITING;
		reply->playing += presence->state == PLAYER_PLAYING;
		if (reply->count < ROSTER_ROWS)
			reply->rows[reply->count++] = *presence;
	}
	return ACTOR_CONTINUE;
}

static int roster_describe(const struct roster *self, char *text, size_t size)
{
	return snprintf(text, size, "%u online", self->count);
}
