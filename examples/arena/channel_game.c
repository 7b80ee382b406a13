/* SPDX-License-Identifier: MIT */
#include "channel_state.h"

#include <assert.h>
#include <string.h>

#define SCORE_PATIENCE_MS 2000

/* Clears a terminal; only for players who asked for pictures. */
#define CLEAR_SCREEN "\033[H\033[2J"

static const char *const result_names[RESULT_COUNT] = {
	[RESULT_CANCELLED] = "cancelled",
	[RESULT_LOST] = "lose",
	[RESULT_DRAWN] = "draw",
	[RESULT_WON] = "win",
};

/* ---- The partner: matchmaker or room --------------------------------------------------------- */

static void forget_partner(struct channel *channel)
{
	if (!actor_pid_is_none(channel->partner))
		(void)actor_demonitor(channel->partner_ref);
	channel->partner = ACTOR_PID_NONE;
	channel->partner_ref = 0;
}

static bool take_partner(struct channel *channel, struct actor_pid partner)
{
	uint64_t ref;

	forget_partner(channel);
	if (actor_pid_is_none(partner) || actor_monitor(partner, &ref) != 0)
		return false;
	channel->partner = partner;
	channel->partner_ref = ref;
	return true;
}

static bool is_partner(const struct channel *channel, const struct actor_message *message)
{
	return actor_pid_equal(channel->partner, message->sender);
}

bool channel_join_queue(struct channel *channel)
{
	struct waiting_player player = {.points = channel->card.rating.points};

	channel->queue_again = false;
	if (!take_partner(channel, actor_whereis(MATCHMAKER_NAME))) {
		/* Who waits already goes on trying; who asks now is told to. */
		channel->queue_again = channel->state == PLAYER_WAITING;
		return false;
	}
	memcpy(player.name, channel->card.name, sizeof(player.name));
	(void)actor_cast(channel->partner, &player_waiting, &player);
	if (channel->state != PLAYER_WAITING)
		channel_enter(channel, PLAYER_WAITING);
	return true;
}

/* Steering that the room will not answer any more. */
static void answer_open_steers(struct channel *channel, struct text *text)
{
	for (; channel->steers_open > 0; channel->steers_open--)
		text_line(text, "ok late");
}

void channel_leave(struct channel *channel)
{
	if (channel->state == PLAYER_WAITING) {
		if (!actor_pid_is_none(channel->partner))
			(void)actor_cast(channel->partner, &player_left, NULL);
		channel->queue_again = false;
		forget_partner(channel);
		channel_enter(channel, PLAYER_LOBBY);
	} else if (channel->state == PLAYER_MATCHED || channel->state == PLAYER_PLAYING) {
		/* The room's verdict will come; the state changes with it. */
		(void)actor_cast(channel->partner, &player_gives_up, NULL);
	}
}

void channel_lose_partner(struct channel *channel, uint64_t ref)
{
	struct text text;

	if (actor_pid_is_none(channel->partner) || ref != channel->partner_ref)
		return;
	channel->partner = ACTOR_PID_NONE;
	channel->partner_ref = 0;
	if (channel->state == PLAYER_WAITING) {
		channel->queue_again = true;
	} else if (channel->state == PLAYER_MATCHED || channel->state == PLAYER_PLAYING) {
		text_init(&text);
		answer_open_steers(channel, &text);
		text_line(&text, "error %s", protocol_error_text(PROTOCOL_ROOM_FAILED));
		channel_write(channel, &text);
		channel_enter(channel, PLAYER_LOBBY);
	}
}

/* ---- The game -------------------------------------------------------------------------------- */

static void write_board(struct channel *channel, uint32_t moves)
{
	char row[GAME_SIDE_MAX + 1];
	struct text text;

	text_init(&text);
	text_raw(&text, CLEAR_SCREEN);
	for (unsigned y = 0; y < channel->board.height; y++) {
		game_board_draw_row(&channel->board, channel->cycles, y, row, sizeof(row));
		text_line(&text, "board |%s|", row);
	}
	text_line(&text, "board you are %c, heading %s; %s is %c; move %u", 'A' + channel->side,
		  game_direction_name(channel->cycles[channel->side].direction), channel->opponent,
		  'B' - channel->side, moves);
	channel_write(channel, &text);
}

static void write_tick(struct channel *channel, uint32_t moves)
{
	const struct game_cycle *you = &channel->cycles[channel->side];
	const struct game_cycle *other = &channel->cycles[1 - channel->side];
	struct text text;

	text_init(&text);
	text_line(&text, "tick %u you %u %u %s other %u %u %s", moves, you->x, you->y,
		  game_direction_name(you->direction), other->x, other->y,
		  game_direction_name(other->direction));
	channel_write(channel, &text);
}

static void take_frame(struct channel *channel, const struct frame *frame)
{
	for (unsigned side = 0; side < GAME_PLAYERS; side++) {
		channel->cycles[side] = frame->cycles[side];
		if (!frame->cycles[side].crashed)
			game_board_mark(&channel->board, side, frame->cycles[side]);
	}
	if (channel->show == SWITCH_ON)
		write_board(channel, frame->moves);
	else if (channel->show == SWITCH_TICKS)
		write_tick(channel, frame->moves);
}

static int on_match(void *state, const struct actor_message *message)
{
	const struct match *match = actor_message_as(message, struct match);
	struct channel *channel = state;
	struct text text;

#ifdef ARENA_REWARD_BUG
	/* A mistake for docs/tutorial to find: also where the match is declined below. */
	channel->room = match->room;
#endif
	/* Left, or asked to leave, while the match was made: the room must not wait for us. */
	if (channel->state != PLAYER_WAITING || match->side >= GAME_PLAYERS) {
		(void)actor_cast(match->room, &room_goodbye, NULL);
		return ACTOR_CONTINUE;
	}
	if (!take_partner(channel, match->room)) {
		channel->queue_again = true;
		return ACTOR_CONTINUE;
	}
	channel->queue_again = false;
	channel->room = match->room;
	channel->reward = 0;
	channel->rated = false;
	channel->side = (uint8_t)match->side;
	memcpy(channel->opponent, match->opponent, sizeof(channel->opponent));
	channel->opponent[sizeof(channel->opponent) - 1] = '\0';
	game_board_clear(&channel->board, match->width, match->height);
	channel_enter(channel, PLAYER_MATCHED);
	text_init(&text);
	text_line(&text, "match %s rating %.0f side %u grid %u %u starts %u", channel->opponent,
		  match->opponent_points, match->side + 1, match->width, match->height,
		  match->countdown_ms);
	channel_write(channel, &text);
	return ACTOR_CONTINUE;
}

static int on_go(void *state, const struct actor_message *message)
{
	struct channel *channel = state;
	struct text text;

	if (!is_partner(channel, message) || channel->state != PLAYER_MATCHED)
		return ACTOR_CONTINUE;
	channel_enter(channel, PLAYER_PLAYING);
	text_init(&text);
	text_line(&text, "go");
	channel_write(channel, &text);
	take_frame(channel, actor_message_as(message, struct frame));
	return ACTOR_CONTINUE;
}

static int on_frame(void *state, const struct actor_message *message)
{
	struct channel *channel = state;

	if (is_partner(channel, message) && channel->state == PLAYER_PLAYING)
		take_frame(channel, actor_message_as(message, struct frame));
	return ACTOR_CONTINUE;
}

static int on_steering_taken(void *state, const struct actor_message *message)
{
	const struct steering *steering = actor_message_as(message, struct steering);
	struct channel *channel = state;
	struct text text;

	if (!is_partner(channel, message) || channel->steers_open == 0)
		return ACTOR_CONTINUE;
	channel->steers_open--;
	text_init(&text);
	if (steering->accepted)
		text_line(&text, "ok %s", game_direction_name(steering->direction));
	else
		text_line(&text, "error %s", protocol_error_text(PROTOCOL_TURN_BACK));
	channel_write(channel, &text);
	return ACTOR_CONTINUE;
}

/* ---- The end of a game ----------------------------------------------------------------------- */

void channel_finish_score(struct channel *channel)
{
	struct text text;

	assert(channel->state == PLAYER_SCORING);
	assert(channel->result < RESULT_COUNT);
	(void)actor_timer_cancel(channel->score_timer, NULL);
	text_init(&text);
	text_line(&text, "end %s rating %.0f reward %u%s", result_names[channel->result],
		  channel->card.rating.points, channel->reward, channel->rated ? "" : " unrated");
	channel_write(channel, &text);
	channel_enter(channel, PLAYER_LOBBY);
}

static int on_over(void *state, const struct actor_message *message)
{
	const struct verdict *verdict = actor_message_as(message, struct verdict);
	struct channel *channel = state;
	struct text text;

	if (!is_partner(channel, message))
		return ACTOR_CONTINUE;
	forget_partner(channel);
	(void)actor_cast(message->sender, &room_goodbye, NULL);
	if (channel->state != PLAYER_MATCHED && channel->state != PLAYER_PLAYING)
		return ACTOR_CONTINUE;
	text_init(&text);
	answer_open_steers(channel, &text);
	channel_write(channel, &text);
	channel->result = verdict->result < RESULT_COUNT ? verdict->result : RESULT_CANCELLED;
	channel_enter(channel, PLAYER_SCORING);
	if (channel->rated || channel->result == RESULT_CANCELLED ||
	    actor_timer_start(ACTOR_MILLISECONDS(SCORE_PATIENCE_MS), 0, &score_late, NULL,
			      &channel->score_timer) != 0)
		channel_finish_score(channel);
	return ACTOR_CONTINUE;
}

/* The referee may be faster than the room's own word, or too late; the card counts in any case. */
static int on_rated(void *state, const struct actor_message *message)
{
	const struct rated_game *rated = actor_message_as(message, struct rated_game);
	struct channel *channel = state;

	channel->card = rated->card;
	if (!actor_pid_equal(rated->room, channel->room))
		return ACTOR_CONTINUE;
	channel->reward = rated->reward;
	channel->rated = true;
	if (channel->state == PLAYER_SCORING)
		channel_finish_score(channel);
	return ACTOR_CONTINUE;
}

const struct dispatch_row channel_casts[] = {
	{&match_found, on_match}, {&room_go, on_go},
	{&room_frame, on_frame},  {&steering_taken, on_steering_taken},
	{&room_over, on_over},    {&game_rated, on_rated},
};
const size_t channel_cast_count = sizeof(channel_casts) / sizeof(channel_casts[0]);
