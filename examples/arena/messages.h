/* SPDX-License-Identifier: MIT */
#ifndef ARENA_MESSAGES_H
#define ARENA_MESSAGES_H

/*
 * Everything the arena's actors say to each other, by who says it to whom. The tools show these
 * names. No payload has padding.
 *
 *	          (TCP)
 *	            |
 *	channel ----+---- login, leaderboard (calls) --> referee --> store
 *	   |  ^ ^                                         |  ^
 *	   |  | +--------------- game_rated --------------+  | game_finished
 *	   |  +-- room_frame, room_over --+                  |
 *	   |                             room ---------------+
 *	   +-- player_waiting --> matchmaker -- start --> rooms (supervisor)
 *	   +-- presence --------> roster
 *
 * Who waits for whom: channel -> referee -> store, channel -> roster, matchmaker -> rooms -> room's
 * init, lobby -> channels -> channel's init. There is no cycle, so no call can wait for itself.
 */

#include <stdint.h>

#include <actor/actor.h>

#include "game.h"
#include "protocol.h"
#include "rating.h"

#define LEADERBOARD_ROWS 10
#define ROSTER_ROWS      20
#define STORE_PAGE_ROWS  64
#define STORE_BATCH_MAX  256

/* Registered names of the actors that there is one of. */
#define STORE_NAME      "store"
#define REFEREE_NAME    "referee"
#define ROSTER_NAME     "roster"
#define MATCHMAKER_NAME "matchmaker"
#define ROOMS_NAME      "rooms"
#define CHANNELS_NAME   "channels"
#define LOBBY_NAME      "lobby"

/* ---- What is known of a player --------------------------------------------------------------- */

struct player_card {
	char name[PROTOCOL_NAME_SIZE];
	struct rating rating;
	uint32_t games;
	uint32_t wins;
	uint32_t losses;
	uint32_t draws;
	uint64_t coins;
};

/* A player nobody knows. */
struct player_card player_card_new(const char name[PROTOCOL_NAME_SIZE]);

enum player_state {
	PLAYER_NEW,     /* connected, no name yet */
	PLAYER_LOBBY,   /* has a name, does nothing */
	PLAYER_WAITING, /* for an opponent */
	PLAYER_MATCHED, /* the game is about to begin */
	PLAYER_PLAYING,
	PLAYER_SCORING, /* the game is over, the referee has not said what it changed */
	PLAYER_CLOSING, /* the last line is on its way */
	PLAYER_STATE_COUNT
};

/* "waiting" and so on. */
const char *player_state_name(unsigned state);

/* ---- channel to referee ---------------------------------------------------------------------- */

struct player_name {
	char name[PROTOCOL_NAME_SIZE];
};
/* player_login: who is that? Players without a game are unknown and get a new card. */
ACTOR_TYPE_DECLARE(player_login);

struct leaderboard_page {
	uint32_t count;
	uint32_t reserved;
	struct player_card rows[LEADERBOARD_ROWS];
};
ACTOR_TYPE_DECLARE(leaderboard);

/* ---- channel to roster ----------------------------------------------------------------------- */

struct presence {
	char name[PROTOCOL_NAME_SIZE];
	uint32_t state; /* enum player_state */
	uint32_t reserved;
};

struct roster_page {
	uint32_t online; /* all of them; the rows below are the first few */
	uint32_t waiting;
	uint32_t playing;
	uint32_t count;
	struct presence rows[ROSTER_ROWS];
};

/* ---- channel to matchmaker and back ---------------------------------------------------------- */

struct waiting_player {
	char name[PROTOCOL_NAME_SIZE];
	double points;
};
ACTOR_TYPE_DECLARE(player_waiting);
ACTOR_TYPE_DECLARE(player_left); /* does not want to wait any longer */
ACTOR_TYPE_DECLARE(match_round); /* the matchmaker's timer */

struct match {
	struct actor_pid room;
	char opponent[PROTOCOL_NAME_SIZE];
	double opponent_points;
	uint32_t side; /* 0 or 1: the player's number in the room */
	uint32_t width;
	uint32_t height;
	uint32_t countdown_ms;
};
ACTOR_TYPE_DECLARE(match_found);

/* ---- channel to room and back ---------------------------------------------------------------- */

struct steering {
	uint32_t direction;
	uint32_t accepted; /* only in the answer */
};
ACTOR_TYPE_DECLARE(player_steers);
ACTOR_TYPE_DECLARE(player_gives_up);
ACTOR_TYPE_DECLARE(room_goodbye); /* the channel's last word to the room */
ACTOR_TYPE_DECLARE(room_tick);    /* the room's timer */

struct frame {
	uint32_t moves;
	uint32_t reserved;
	struct game_cycle cycles[GAME_PLAYERS];
};
ACTOR_TYPE_DECLARE(steering_taken); /* the answer to player_steers, unless the game is over */
ACTOR_TYPE_DECLARE(room_go);        /* the game begins */
ACTOR_TYPE_DECLARE(room_frame);     /* both cycles have moved */

enum game_result {
	RESULT_CANCELLED, /* somebody left before the first move */
	RESULT_LOST,
	RESULT_DRAWN,
	RESULT_WON,
	RESULT_COUNT
};

struct verdict {
	uint32_t result; /* enum game_result, the receiver's */
	uint32_t moves;
};
ACTOR_TYPE_DECLARE(room_over); /* the room's last word to a channel */

/* ---- room to referee, referee to channel ----------------------------------------------------- */

struct finished_player {
	struct actor_pid channel;
	char name[PROTOCOL_NAME_SIZE];
};

struct finished_game {
	struct finished_player players[GAME_PLAYERS];
	uint32_t outcome; /* enum game_outcome */
	uint32_t moves;
};
ACTOR_TYPE_DECLARE(game_finished);

struct rated_game {
	struct actor_pid room;   /* that reported the game */
	struct player_card card; /* after the game */
	uint32_t result;         /* enum game_result */
	uint32_t reward;         /* coins */
};
ACTOR_TYPE_DECLARE(game_rated);

/* ---- referee to store and back --------------------------------------------------------------- */

struct store_position {
	uint64_t row; /* rows behind this one */
};
struct store_page {
	uint64_t row; /* of the last player here: where to go on */
	uint32_t count;
	uint32_t reserved;
	struct player_card rows[STORE_PAGE_ROWS];
};
ACTOR_TYPE_DECLARE(store_load);

/* `count` cards follow. */
struct store_batch {
	uint64_t number;
	uint64_t count;
};
ACTOR_TYPE_DECLARE(players_save);

struct store_receipt {
	uint64_t number;
	int64_t status; /* 0, or why nothing was saved */
};
ACTOR_TYPE_DECLARE(players_saved);

ACTOR_TYPE_DECLARE(save_round); /* the referee's timer */

/* ---- main to the tree ------------------------------------------------------------------------ */

struct referee_totals {
	uint64_t games; /* rated since the server started */
	uint64_t players;
	uint64_t unsaved; /* players with games that are not in the file yet */
};
ACTOR_TYPE_DECLARE(referee_count);

struct lobby_place {
	uint32_t port;
	uint32_t reserved;
};
ACTOR_TYPE_DECLARE(lobby_address);

/* ---- a channel's own timers ------------------------------------------------------------------ */

ACTOR_TYPE_DECLARE(channel_check); /* still heard of? */
ACTOR_TYPE_DECLARE(score_late);    /* the referee did not answer in time */
ACTOR_TYPE_DECLARE(close_late);    /* the connection did not close in time */

#endif
