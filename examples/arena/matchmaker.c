/* SPDX-License-Identifier: MIT */
#include "matchmaker.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actor/supervisor.h>

#include "dispatch.h"
#include "messages.h"
#include "room.h"
#include "rules.h"

struct waiting {
	struct actor_pid channel;
	uint64_t ref;     /* of the monitor */
	uint64_t arrival; /* the nth to wait: equal ratings are paired in this order */
	struct waiting_player player;
};

struct matchmaker {
	struct rules rules;
	struct waiting *queue; /* in the order of arrival */
	uint32_t count;
	uint32_t room;
	uint64_t arrivals;
	uint64_t matches;
};

static struct waiting *find(struct matchmaker *maker, struct actor_pid channel)
{
	for (uint32_t i = 0; i < maker->count; i++) {
		if (actor_pid_equal(maker->queue[i].channel, channel))
			return &maker->queue[i];
	}
	return NULL;
}

static void forget(struct matchmaker *maker, struct waiting *waiting)
{
	size_t behind = (size_t)(maker->queue + maker->count - (waiting + 1));

	assert(maker->count > 0);
	(void)actor_demonitor(waiting->ref);
	memmove(waiting, waiting + 1, behind * sizeof(*waiting));
	maker->count--;
}

static bool grow(struct matchmaker *maker)
{
	uint32_t room = maker->room ? 2 * maker->room : 16;
	struct waiting *queue;

	if (maker->count < maker->room)
		return true;
	queue = actor_realloc(maker->queue, room * sizeof(*queue));
	if (queue == NULL)
		return false;
	maker->queue = queue;
	maker->room = room;
	return true;
}

/* ---- Pairing --------------------------------------------------------------------------------- */

/* The best first. The order is total, so that the same queue always gives the same pairs. */
static int by_rating(const void *left, const void *right)
{
	const struct waiting *a = left;
	const struct waiting *b = right;

	if (a->player.points != b->player.points)
		return a->player.points > b->player.points ? -1 : 1;
	return a->arrival < b->arrival ? -1 : 1;
}

static int by_arrival(const void *left, const void *right)
{
	const struct waiting *a = left;
	const struct waiting *b = right;

	return a->arrival < b->arrival ? -1 : 1;
}

static struct match match_for(const struct matchmaker *maker, struct actor_pid room,
			      const struct waiting *opponent, uint32_t side)
{
	struct match match = {
		.room = room,
		.opponent_points = opponent->player.points,
		.side = side,
		.width = maker->rules.width,
		.height = maker->rules.height,
		.countdown_ms = maker->rules.countdown_ms,
	};

	memcpy(match.opponent, opponent->player.name, sizeof(match.opponent));
	return match;
}

/* Opens a room for two players and tells their channels. */
static int open_room(struct matchmaker *maker, const struct waiting pair[GAME_PLAYERS])
{
	struct room_argument argument = {.rules = maker->rules};
	struct actor_pid room;
	int status;

	for (unsigned side = 0; side < GAME_PLAYERS; side++) {
		argument.players[side].channel = pair[side].channel;
		memcpy(argument.players[side].name, pair[side].player.name,
		       sizeof(argument.players[side].name));
	}
	status = actor_supervisor_start_child(actor_whereis(ROOMS_NAME), &argument,
					      sizeof(argument), &room);
	if (status != 0)
		return status;
	for (unsigned side = 0; side < GAME_PLAYERS; side++) {
		struct match match = match_for(maker, room, &pair[1 - side], side);

		(void)actor_cast(pair[side].channel, &match_found, &match);
	}
	maker->matches++;
	return 0;
}

/* Whoever cannot be matched, because the number is odd or no room opens, goes on waiting. */
static int on_round(void *state, const struct actor_message *message)
{
	struct matchmaker *maker = state;
	/* The newest of an odd number waits for the next round. */
	uint32_t even = maker->count & ~1u;
	uint32_t done = 0;

	(void)message;
	if (even == 0)
		return ACTOR_CONTINUE;
	qsort(maker->queue, even, sizeof(*maker->queue), by_rating);
	while (done < even && open_room(maker, maker->queue + done) == 0) {
		(void)actor_demonitor(maker->queue[done].ref);
		(void)actor_demonitor(maker->queue[done + 1].ref);
		done += GAME_PLAYERS;
	}
	maker->count -= done;
	memmove(maker->queue, maker->queue + done, maker->count * sizeof(*maker->queue));
	if (maker->count > 1)
		qsort(maker->queue, maker->count, sizeof(*maker->queue), by_arrival);
	return ACTOR_CONTINUE;
}

/* ---- Messages -------------------------------------------------------------------------------- */

static int on_waiting(void *state, const struct actor_message *message)
{
	struct matchmaker *maker = state;
	struct waiting *waiting;
	uint64_t ref;
	int status;

	if (find(maker, message->sender) != NULL)
		return ACTOR_CONTINUE;
	if (!grow(maker))
		return ACTOR_ENO_MEMORY;
	status = actor_monitor(message->sender, &ref);
	if (status != 0)
		return status;
	waiting = &maker->queue[maker->count++];
	*waiting = (struct waiting){
		.channel = message->sender,
		.ref = ref,
		.arrival = maker->arrivals++,
		.player = *actor_message_as(message, struct waiting_player),
	};
	return ACTOR_CONTINUE;
}

static int remove_player(struct matchmaker *maker, struct actor_pid channel)
{
	struct waiting *waiting = find(maker, channel);

	if (waiting != NULL)
		forget(maker, waiting);
	return ACTOR_CONTINUE;
}

static int on_left(void *state, const struct actor_message *message)
{
	return remove_player(state, message->sender);
}

static int on_down(void *state, const struct actor_message *message)
{
	return remove_player(state, actor_message_as(message, struct actor_down_message)->pid);
}

/* ---- Behaviour ------------------------------------------------------------------------------- */

static int matchmaker_init(void *state, const void *argument, size_t size)
{
	struct matchmaker *maker = state;
	uint64_t every_ns;
	uint64_t timer;

	if (size != sizeof(maker->rules))
		return ACTOR_EINVALID;
	memcpy(&maker->rules, argument, size);
	every_ns = ACTOR_MILLISECONDS(maker->rules.match_every_ms);
	return actor_timer_start(every_ns, every_ns, &match_round, NULL, &timer);
}

static const struct dispatch_row casts[] = {
	{&player_waiting, on_waiting},
	{&player_left, on_left},
};

static const struct dispatch_row infos[] = {
	{&match_round, on_round},
	{&actor_down, on_down},
};

static int matchmaker_handle_cast(void *state, const struct actor_message *message)
{
	return DISPATCH(casts, state, message);
}

static int matchmaker_handle_info(void *state, const struct actor_message *message)
{
	return DISPATCH(infos, state, message);
}

static int matchmaker_describe(const void *state, char *text, size_t size)
{
	const struct matchmaker *maker = state;

	return snprintf(text, size, "%u waiting, %llu matches made", maker->count,
			(unsigned long long)maker->matches);
}

const struct actor_behaviour matchmaker_behaviour = {
	.name = "matchmaker",
	.state_size = sizeof(struct matchmaker),
	.state_ctype = "struct matchmaker",
	.init = matchmaker_init,
	.handle_cast = matchmaker_handle_cast,
	.handle_info = matchmaker_handle_info,
	.describe = matchmaker_describe,
};
