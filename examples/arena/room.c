/* SPDX-License-Identifier: MIT */
#include "room.h"

#include <assert.h>
#include <stdio.h>

#include "dispatch.h"

/* How long a room waits for goodbyes. A channel answers within one turn, or it is dead. */
#define GOODBYE_MS 2000

enum room_phase {
	ROOM_COUNTDOWN,
	ROOM_RUNNING,
	ROOM_OVER
};

struct room {
	struct rules rules;
	struct finished_player players[GAME_PLAYERS];
	uint8_t gone[GAME_PLAYERS]; /* said goodbye, or died */
	uint8_t phase;
	uint32_t ticks; /* of this phase */
	struct game game;
};

/* The sender's number, or GAME_PLAYERS when it is no player of this room. */
static unsigned room_side(const struct room *room, struct actor_pid channel)
{
	unsigned side = 0;

	while (side < GAME_PLAYERS && !actor_pid_equal(room->players[side].channel, channel))
		side++;
	return side;
}

/* To every player who is still here. A failing cast is a dying channel; its down will follow. */
static void room_tell(const struct room *room, struct actor_type *type, const void *payload)
{
	for (unsigned side = 0; side < GAME_PLAYERS; side++) {
		if (!room->gone[side])
			(void)actor_cast(room->players[side].channel, type, payload);
	}
}

static void room_tell_frame(const struct room *room, struct actor_type *type)
{
	struct frame frame = {.moves = room->game.moves};

	for (unsigned side = 0; side < GAME_PLAYERS; side++)
		frame.cycles[side] = room->game.cycles[side];
	room_tell(room, type, &frame);
}

static enum game_result result_of(enum game_outcome outcome, unsigned side)
{
	if (outcome == GAME_RUNNING)
		return RESULT_CANCELLED;
	if (outcome == GAME_DRAWN)
		return RESULT_DRAWN;
	return (outcome == GAME_WON_BY_FIRST) == (side == 0) ? RESULT_WON : RESULT_LOST;
}

/* Ends the game with what its outcome is now; a running game is cancelled. */
static void room_finish(struct room *room)
{
	struct finished_game finished = {.outcome = room->game.outcome, .moves = room->game.moves};

	assert(room->phase != ROOM_OVER);
	for (unsigned side = 0; side < GAME_PLAYERS; side++) {
		struct verdict verdict = {
			.result = result_of(room->game.outcome, side),
			.moves = room->game.moves,
		};

		finished.players[side] = room->players[side];
		if (!room->gone[side])
			(void)actor_cast(room->players[side].channel, &room_over, &verdict);
	}
	/* Without a referee the game stays unrated: the channels have a deadline for that. */
	if (room->game.outcome != GAME_RUNNING)
		(void)actor_cast(actor_whereis(REFEREE_NAME), &game_finished, &finished);
	room->phase = ROOM_OVER;
	room->ticks = 0;
}

static int room_leave(struct room *room, unsigned side)
{
	room->gone[side] = 1;
	if (room->phase == ROOM_RUNNING)
		game_resign(&room->game, side);
	if (room->phase != ROOM_OVER)
		room_finish(room);
	return room->gone[0] && room->gone[1] ? ACTOR_STOP : ACTOR_CONTINUE;
}

/* ---- Messages -------------------------------------------------------------------------------- */

static int on_steers(void *state, const struct actor_message *message)
{
	struct room *room = state;
	struct steering steering = *actor_message_as(message, struct steering);
	unsigned side = room_side(room, message->sender);

	/* Once it is over the channel itself answers what is still open. */
	if (side == GAME_PLAYERS || room->phase == ROOM_OVER)
		return ACTOR_CONTINUE;
	if (steering.direction >= GAME_DIRECTION_COUNT)
		return ACTOR_CONTINUE;
	steering.accepted = game_steer(&room->game, side, steering.direction);
	(void)actor_cast(message->sender, &steering_taken, &steering);
	return ACTOR_CONTINUE;
}

static int on_gives_up(void *state, const struct actor_message *message)
{
	struct room *room = state;
	unsigned side = room_side(room, message->sender);

	if (side == GAME_PLAYERS || room->phase == ROOM_OVER)
		return ACTOR_CONTINUE;
	if (room->phase == ROOM_RUNNING)
		game_resign(&room->game, side);
	room_finish(room);
	return ACTOR_CONTINUE;
}

static int on_goodbye(void *state, const struct actor_message *message)
{
	struct room *room = state;
	unsigned side = room_side(room, message->sender);

	return side == GAME_PLAYERS ? ACTOR_CONTINUE : room_leave(room, side);
}

static int on_down(void *state, const struct actor_message *message)
{
	struct room *room = state;
	unsigned side = room_side(room, actor_message_as(message, struct actor_down_message)->pid);

	return side == GAME_PLAYERS ? ACTOR_CONTINUE : room_leave(room, side);
}

static void count_down(struct room *room)
{
	if (room->ticks * room->rules.tick_ms < room->rules.countdown_ms)
		return;
	room->phase = ROOM_RUNNING;
	room->ticks = 0;
	room_tell_frame(room, &room_go);
}

static void run(struct room *room)
{
	if (room->ticks % room->rules.ticks_per_move != 0)
		return;
	game_move(&room->game);
	room_tell_frame(room, &room_frame);
	if (room->game.outcome != GAME_RUNNING)
		room_finish(room);
}

static int on_tick(void *state, const struct actor_message *message)
{
	struct room *room = state;

	(void)message;
	room->ticks++;
	if (room->phase == ROOM_COUNTDOWN)
		count_down(room);
	else if (room->phase == ROOM_RUNNING)
		run(room);
	else if (room->ticks * room->rules.tick_ms >= GOODBYE_MS)
		return ACTOR_STOP;
	return ACTOR_CONTINUE;
}

/* ---- Behaviour ------------------------------------------------------------------------------- */

static int room_init(void *state, const void *argument, size_t size)
{
	struct room *room = state;
	const struct room_argument *wanted = argument;
	char label[3 * PROTOCOL_NAME_SIZE];
	uint64_t timer;
	int status;

	if (size != sizeof(*wanted))
		return ACTOR_EINVALID;
	room->rules = wanted->rules;
	game_init(&room->game, room->rules.width, room->rules.height,
		  (unsigned)actor_random_below(room->rules.height));
	for (unsigned side = 0; side < GAME_PLAYERS; side++) {
		uint64_t ref;

		room->players[side] = wanted->players[side];
		status = actor_monitor(room->players[side].channel, &ref);
		if (status != 0)
			return status;
	}
	snprintf(label, sizeof(label), "%s vs %s", room->players[0].name, room->players[1].name);
	(void)actor_set_label(label);
	return actor_timer_start(ACTOR_MILLISECONDS(room->rules.tick_ms),
				 ACTOR_MILLISECONDS(room->rules.tick_ms), &room_tick, NULL, &timer);
}

static const struct dispatch_row casts[] = {
	{&player_steers, on_steers},
	{&player_gives_up, on_gives_up},
	{&room_goodbye, on_goodbye},
};

static const struct dispatch_row infos[] = {
	{&room_tick, on_tick},
	{&actor_down, on_down},
};

static int room_handle_cast(void *state, const struct actor_message *message)
{
	return DISPATCH(casts, state, message);
}

static int room_handle_info(void *state, const struct actor_message *message)
{
	return DISPATCH(infos, state, message);
}

static int room_describe(const void *state, char *text, size_t size)
{
	static const char *const phases[] = {"countdown", "running", "over"};
	const struct room *room = state;

	return snprintf(text, size, "%s, %u moves", phases[room->phase], room->game.moves);
}

const struct actor_behaviour room_behaviour = {
	.name = "room",
	.state_size = sizeof(struct room),
	.state_ctype = "struct room",
	.init = room_init,
	.handle_cast = room_handle_cast,
	.handle_info = room_handle_info,
	.describe = room_describe,
};
