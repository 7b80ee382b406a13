/* SPDX-License-Identifier: MIT */
#ifndef ARENA_BOTS_BOT_H
#define ARENA_BOTS_BOT_H

/*
 * One player who is a program: what it says when, and what it makes of the answers. It knows
 * nothing of sockets; lines go in, lines come out of `outgoing`. It has at most one question open,
 * so each answer belongs to it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chance.h"
#include "game.h"
#include "protocol.h"
#include "samples.h"

struct bot_tally {
	struct samples answers_ns;
	uint64_t ends; /* games finished, counted by each of the two players */
	uint64_t cancelled;
	uint64_t moves;
	uint64_t errors;
};

enum bot_phase {
	BOT_CONNECTED, /* waits for the greeting */
	BOT_LOBBY,
	BOT_WAITING,
	BOT_PLAYING, /* from `match` to `end` */
	BOT_GONE
};

enum bot_question {
	BOT_NOTHING,
	BOT_NAME,
	BOT_PLAY,
	BOT_LEAVE, /* and play again, in one breath */
	BOT_STEER,
	BOT_PING,
	BOT_QUIT
};

struct bot {
	char name[PROTOCOL_NAME_SIZE];
	struct bot_tally *tally;
	struct chance chance;
	uint64_t think_ns;
	unsigned fickle;   /* per cent of its words while waiting that leave and play again */
	uint64_t next_ns;  /* when it wants to say something */
	uint64_t asked_ns; /* when the open question was asked */
	enum bot_phase phase;
	enum bot_question question;
	bool leaving; /* finishes its game, starts no other */
	bool late;    /* a game ended while the question was open */
	bool over;    /* the server said that the game is, and has yet to say how it ended */
	bool can_steer;
	unsigned side;
	struct game_board board;
	struct game_cycle cycles[GAME_PLAYERS]; /* by side */
	size_t outgoing_size;
	char outgoing[128];
};

void bot_init(struct bot *bot, struct bot_tally *tally, uint64_t seed, unsigned number,
	      uint64_t think_ns, unsigned fickle);
/* A line from the server, NUL-terminated, without its line feed. */
void bot_hear(struct bot *bot, const char *line, uint64_t now_ns);
/* Says something when it is time to. */
void bot_act(struct bot *bot, uint64_t now_ns);
/* "waiting" and so on, for messages. */
const char *bot_phase_name(enum bot_phase phase);
/* Something went wrong: counted, the first few are reported, the bot is gone. */
void bot_fail(struct bot *bot, const char *what, const char *detail);

#endif
