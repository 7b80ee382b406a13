/* SPDX-License-Identifier: MIT */
#ifndef ARENA_GAME_H
#define ARENA_GAME_H

/*
 * Light cycles: two cycles on a walled grid, each leaves a trail, who runs into a wall or a trail
 * loses. Pure logic: no actors, no time, no chance; equal moves give equal games.
 *
 *	(0, 0) is the upper left corner, x grows to the right, y downwards.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GAME_PLAYERS  2
#define GAME_SIDE_MIN 8
#define GAME_SIDE_MAX 64
#define GAME_WIDTH    32
#define GAME_HEIGHT   20

enum game_direction {
	GAME_UP,
	GAME_RIGHT,
	GAME_DOWN,
	GAME_LEFT,
	GAME_DIRECTION_COUNT
};

enum game_outcome {
	GAME_RUNNING,
	GAME_WON_BY_FIRST,
	GAME_WON_BY_SECOND,
	GAME_DRAWN
};

/* The grid as a viewer knows it: 0 is free, 1 and 2 are the trails. */
struct game_board {
	uint8_t width;
	uint8_t height;
	uint8_t cells[GAME_SIDE_MAX * GAME_SIDE_MAX];
};

/* Where a cycle is and where it heads. Travels in messages, so it has no padding. */
struct game_cycle {
	uint8_t x;
	uint8_t y;
	uint8_t direction;
	uint8_t crashed;
};

struct game {
	struct game_board board;
	struct game_cycle cycles[GAME_PLAYERS];
	uint8_t headings[GAME_PLAYERS]; /* direction of the last move */
	uint32_t moves;                 /* how often both cycles have moved */
	uint8_t outcome;
};

void game_board_clear(struct game_board *board, unsigned width, unsigned height);
/* Puts a player's cycle on the board. Cells outside of it are left out. */
void game_board_mark(struct game_board *board, unsigned player, struct game_cycle cycle);
/*
 * Draws row `y` as `width` characters and a NUL: '.' free, '1' and '2' trails, 'A' and 'B' the
 * heads. Returns the length; 0 when there is no such row or too little room.
 */
size_t game_board_draw_row(const struct game_board *board,
			   const struct game_cycle cycles[GAME_PLAYERS], unsigned y, char *text,
			   size_t size);

/*
 * Starts a game. The cycles face each other from the left and right quarter; `row_offset` shifts
 * their rows apart, so that not every game begins head-on.
 */
void game_init(struct game *game, unsigned width, unsigned height, unsigned row_offset);

/*
 * Turns a cycle; of several turns before a move the last one counts. False when that is impossible:
 * the game is over, or it would turn back.
 */
bool game_steer(struct game *game, unsigned player, enum game_direction direction);

/* Moves both cycles one cell. */
enum game_outcome game_move(struct game *game);

/* A player gives up; the other one wins. Nothing happens in a game that is over. */
enum game_outcome game_resign(struct game *game, unsigned player);

/* True when the cell one step from the cycle in that direction is free. */
bool game_board_is_free_ahead(const struct game_board *board, struct game_cycle cycle,
			      enum game_direction direction);

/* "up", "right", "down", "left". */
const char *game_direction_name(unsigned direction);

#endif
