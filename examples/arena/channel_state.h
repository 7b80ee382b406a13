/* SPDX-License-Identifier: MIT */
#ifndef ARENA_CHANNEL_STATE_H
#define ARENA_CHANNEL_STATE_H

/* What the three files of a channel share: channel.c its life, channel_lines.c what the player
 * says, channel_game.c what the other actors say. */

#include <actor/actor.h>

#include "channel.h"
#include "dispatch.h"
#include "limiter.h"
#include "messages.h"
#include "protocol.h"
#include "text.h"

/* How long a channel waits for another actor before it tells the player to try again. */
#define CHANNEL_CALL_DEADLINE ACTOR_SECONDS(2)

struct channel {
	struct actor_pid connection;
	struct rules rules;
	struct limiter limiter;
	struct player_card card;
	uint64_t last_heard_ns;
	uint8_t state; /* enum player_state */
	uint8_t show;  /* enum protocol_switch */
	uint8_t side;
	bool queue_again;     /* the matchmaker died while the player waited */
	uint32_t steers_open; /* sent to the room and not answered yet */

	/* Waiting: the matchmaker, watched. Matched and playing: the room, watched. */
	struct actor_pid partner;
	uint64_t partner_ref;

	/* The last room, its result, and what the referee said about it. */
	struct actor_pid room;
	uint64_t score_timer;
	uint32_t result;
	uint32_t reward;
	bool rated;
	char opponent[PROTOCOL_NAME_SIZE];
	struct game_cycle cycles[GAME_PLAYERS];
	struct game_board board;
};

/* Writes; what cannot be written belongs to a connection whose end is about to be reported. */
void channel_write(struct channel *channel, const struct text *text);
void channel_write_error(struct channel *channel, enum protocol_error error);
/* Every change of state goes through here: the roster is told. */
void channel_enter(struct channel *channel, enum player_state state);
/* Starts to end: what was written still leaves, then the connection closes. */
void channel_close(struct channel *channel);

/* channel_lines.c: the whole of what a line does. */
void channel_take_line(struct channel *channel, const char *line, size_t size, bool truncated);

/* channel_game.c */
extern const struct dispatch_row channel_casts[];
extern const size_t channel_cast_count;
/* Puts the player into the matchmaker's queue; false when there is no matchmaker now. */
bool channel_join_queue(struct channel *channel);
/* The watched matchmaker or room ended. */
void channel_lose_partner(struct channel *channel, uint64_t ref);
/* Leaves the matchmaker's queue or gives up the game. */
void channel_leave(struct channel *channel);
/* Tells the player how the game ended, rated or not, and returns to the lobby. */
void channel_finish_score(struct channel *channel);

#endif
