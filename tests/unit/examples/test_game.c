/* SPDX-License-Identifier: MIT */
/* Light cycles: starts, turns, every way to crash, and that every game ends. */
#include "game.h"

#include "dice.h"
#include "suite.h"

static void starts_fair(void)
{
	struct game game;

	for (unsigned offset = 0; offset < 40; offset++) {
		game_init(&game, GAME_WIDTH, GAME_HEIGHT, offset);
		/* A half turn of the grid swaps the players. */
		CU_ASSERT_EQUAL(game.cycles[0].x, GAME_WIDTH - 1 - game.cycles[1].x);
		CU_ASSERT_EQUAL(game.cycles[0].y, GAME_HEIGHT - 1 - game.cycles[1].y);
		CU_ASSERT_EQUAL(game.cycles[0].direction, GAME_RIGHT);
		CU_ASSERT_EQUAL(game.cycles[1].direction, GAME_LEFT);
		CU_ASSERT_EQUAL(game.outcome, GAME_RUNNING);
	}
}

static void cannot_turn_back(void)
{
	struct game game;

	game_init(&game, GAME_WIDTH, GAME_HEIGHT, 3);
	CU_ASSERT_FALSE(game_steer(&game, 0, GAME_LEFT));
	CU_ASSERT_EQUAL(game.cycles[0].direction, GAME_RIGHT);
	CU_ASSERT_TRUE(game_steer(&game, 0, GAME_RIGHT));
	CU_ASSERT_TRUE(game_steer(&game, 0, GAME_UP));
	/* Not even in two steps, as long as it has not moved. */
	CU_ASSERT_FALSE(game_steer(&game, 0, GAME_LEFT));
	CU_ASSERT_TRUE(game_steer(&game, 0, GAME_DOWN));
	CU_ASSERT_EQUAL(game_move(&game), GAME_RUNNING);
	CU_ASSERT_FALSE(game_steer(&game, 0, GAME_UP));
	CU_ASSERT_TRUE(game_steer(&game, 0, GAME_LEFT));
}

static void wall_ends_the_game(void)
{
	struct game game;
	unsigned moves = 0;

	game_init(&game, GAME_WIDTH, GAME_HEIGHT, 3);
	CU_ASSERT_TRUE(game_steer(&game, 1, GAME_UP));
	while (game_move(&game) == GAME_RUNNING)
		moves++;
	CU_ASSERT_EQUAL(game.outcome, GAME_WON_BY_FIRST);
	CU_ASSERT_EQUAL(game.cycles[1].y, 0);
	CU_ASSERT_EQUAL(game.moves, moves + 1);
	/* Over is over. */
	CU_ASSERT_EQUAL(game_move(&game), GAME_WON_BY_FIRST);
	CU_ASSERT_EQUAL(game.moves, moves + 1);
	CU_ASSERT_FALSE(game_steer(&game, 0, GAME_UP));
	CU_ASSERT_EQUAL(game_resign(&game, 0), GAME_WON_BY_FIRST);
}

static void trail_ends_the_game(void)
{
	struct game game;

	game_init(&game, GAME_WIDTH, GAME_HEIGHT, 3);
	game_move(&game);
	game_move(&game);
	for (int direction = GAME_DOWN; direction <= GAME_LEFT; direction++) {
		CU_ASSERT_TRUE(game_steer(&game, 0, (enum game_direction)direction));
		CU_ASSERT_EQUAL(game_move(&game), GAME_RUNNING);
	}
	CU_ASSERT_TRUE(game_steer(&game, 0, GAME_UP));
	CU_ASSERT_FALSE(game_board_is_free_ahead(&game.board, game.cycles[0], GAME_UP));
	CU_ASSERT_EQUAL(game_move(&game), GAME_WON_BY_SECOND);
}

/* Both want the same cell, or each the other's: nobody may gain from being moved first. */
static void head_on_is_a_draw(void)
{
	for (unsigned gap = 1; gap <= 4; gap++) {
		struct game game;

		game_init(&game, GAME_WIDTH, GAME_HEIGHT, 0);
		game_board_clear(&game.board, GAME_WIDTH, GAME_HEIGHT);
		game.cycles[0] = (struct game_cycle){5, 5, GAME_RIGHT, 0};
		game.cycles[1] = (struct game_cycle){(uint8_t)(5 + gap), 5, GAME_LEFT, 0};
		game_board_mark(&game.board, 0, game.cycles[0]);
		game_board_mark(&game.board, 1, game.cycles[1]);
		while (game_move(&game) == GAME_RUNNING)
			;
		CU_ASSERT_EQUAL(game.outcome, GAME_DRAWN);
	}
}

static void who_resigns_loses(void)
{
	struct game game;

	game_init(&game, GAME_WIDTH, GAME_HEIGHT, 1);
	CU_ASSERT_EQUAL(game_resign(&game, 0), GAME_WON_BY_SECOND);
	game_init(&game, GAME_WIDTH, GAME_HEIGHT, 1);
	CU_ASSERT_EQUAL(game_resign(&game, 1), GAME_WON_BY_FIRST);
}

static void rows_are_drawn(void)
{
	struct game game;
	char row[GAME_SIDE_MAX + 1];

	game_init(&game, 8, 8, 0);
	game_move(&game);
	CU_ASSERT_EQUAL(game_board_draw_row(&game.board, game.cycles, 4, row, sizeof(row)), 8);
	CU_ASSERT_STRING_EQUAL(row, "..1A....");
	CU_ASSERT_EQUAL(game_board_draw_row(&game.board, game.cycles, 3, row, sizeof(row)), 8);
	CU_ASSERT_STRING_EQUAL(row, "....B2..");
	CU_ASSERT_EQUAL(game_board_draw_row(&game.board, game.cycles, 8, row, sizeof(row)), 0);
	CU_ASSERT_EQUAL(game_board_draw_row(&game.board, game.cycles, 0, row, 8), 0);
}

static void board_ignores_what_is_outside(void)
{
	struct game_board board;
	struct game_cycle outside = {200, 3, GAME_UP, 0};

	game_board_clear(&board, 8, 8);
	game_board_mark(&board, 0, outside);
	for (size_t i = 0; i < sizeof(board.cells); i++)
		CU_ASSERT_EQUAL_FATAL(board.cells[i], 0);
	CU_ASSERT_FALSE(game_board_is_free_ahead(&board, outside, GAME_UP));
}

/* Any steering at all, on any grid: the game ends before the cells are used up. */
static void every_game_ends(void)
{
	struct dice dice = dice_take();

	for (unsigned round = 0; round < 2000; round++) {
		unsigned width = GAME_SIDE_MIN + round % 57;
		unsigned height = GAME_SIDE_MIN + round / 3 % 57;
		struct game game;

		game_init(&game, width, height, round);
		while (game.outcome == GAME_RUNNING) {
			uint64_t random = dice_roll(&dice);
			game_steer(&game, random >> 63, (enum game_direction)(random >> 60 & 3));
			game_move(&game);
			CU_ASSERT_FATAL(game.moves <= width * height / 2);
		}
	}
}

#define CASES(X)                         \
	X(starts_fair)                   \
	X(cannot_turn_back)              \
	X(wall_ends_the_game)            \
	X(trail_ends_the_game)           \
	X(head_on_is_a_draw)             \
	X(who_resigns_loses)             \
	X(rows_are_drawn)                \
	X(board_ignores_what_is_outside) \
	X(every_game_ends)
SUITE("arena game", CASES)
