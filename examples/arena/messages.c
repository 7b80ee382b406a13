/* SPDX-License-Identifier: MIT */
#include "messages.h"

#include <string.h>

ACTOR_REQUEST(player_login, struct player_name, struct player_card);
ACTOR_REQUEST_EMPTY(leaderboard, struct leaderboard_page);

ACTOR_MESSAGE(player_waiting, struct waiting_player);
ACTOR_MESSAGE_EMPTY(player_left);
ACTOR_MESSAGE_EMPTY(match_round);
ACTOR_MESSAGE(match_found, struct match);

ACTOR_MESSAGE(player_steers, struct steering);
ACTOR_MESSAGE_EMPTY(player_gives_up);
ACTOR_MESSAGE_EMPTY(room_goodbye);
ACTOR_MESSAGE_EMPTY(room_tick);
ACTOR_MESSAGE(steering_taken, struct steering);
ACTOR_MESSAGE(room_go, struct frame);
ACTOR_MESSAGE(room_frame, struct frame);
ACTOR_MESSAGE(room_over, struct verdict);

ACTOR_MESSAGE(game_finished, struct finished_game);
ACTOR_MESSAGE(game_rated, struct rated_game);

ACTOR_REQUEST(store_load, struct store_position, struct store_page);
ACTOR_MESSAGE_BYTES(players_save, struct store_batch);
ACTOR_MESSAGE(players_saved, struct store_receipt);
ACTOR_MESSAGE_EMPTY(save_round);

ACTOR_REQUEST_EMPTY(referee_count, struct referee_totals);
ACTOR_REQUEST_EMPTY(lobby_address, struct lobby_place);

ACTOR_MESSAGE_EMPTY(channel_check);
ACTOR_MESSAGE_EMPTY(score_late);
ACTOR_MESSAGE_EMPTY(close_late);

static const char *const state_names[PLAYER_STATE_COUNT] = {
	[PLAYER_NEW] = "new",         [PLAYER_LOBBY] = "lobby",     [PLAYER_WAITING] = "waiting",
	[PLAYER_MATCHED] = "matched", [PLAYER_PLAYING] = "playing", [PLAYER_SCORING] = "scoring",
	[PLAYER_CLOSING] = "closing",
};

const char *player_state_name(unsigned state)
{
	return state < PLAYER_STATE_COUNT ? state_names[state] : "lost";
}

struct player_card player_card_new(const char name[PROTOCOL_NAME_SIZE])
{
	struct player_card card = {.rating = rating_unknown};

	memcpy(card.name, name, sizeof(card.name));
	card.name[sizeof(card.name) - 1] = '\0';
	return card;
}
