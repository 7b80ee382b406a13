/* SPDX-License-Identifier: MIT */
#include "game.h"

#include <assert.h>
#include <string.h>

struct step {
	int x;
	int y;
};

static const struct step steps[GAME_DIRECTION_COUNT] = {
	[GAME_UP] = {0, -1},
	[GAME_RIGHT] = {1, 0},
	[GAME_DOWN] = {0, 1},
	[GAME_LEFT] = {-1, 0},
};

static const char *const direction_names[GAME_DIRECTION_COUNT] = {
	[GAME_UP] = "up",
	[GAME_RIGHT] = "right",
	[GAME_DOWN] = "down",
	[GAME_LEFT] = "left",
};

static size_t cell_index(const struct game_board *board, unsigned x, unsigned y)
{
	assert(x < board->width);
	assert(y < board->height);
	return (size_t)y * board->width + x;
}

/* Where the cycle gets to; false when that is a wall. */
static bool step_ahead(const struct game_board *board, struct game_cycle *cycle,
		       enum game_direction direction)
{
	int x = cycle->x + steps[direction].x;
	int y = cycle->y + steps[direction].y;

	if (x < 0 || y < 0 || x >= board->width || y >= board->height)
		return false;
	cycle->x = (uint8_t)x;
	cycle->y = (uint8_t)y;
	return true;
}

void game_board_clear(struct game_board *board, unsigned width, unsigned height)
{
	assert(width >= GAME_SIDE_MIN && width <= GAME_SIDE_MAX);
	assert(height >= GAME_SIDE_MIN && height <= GAME_SIDE_MAX);
	memset(board, 0, sizeof(*board));
	board->width = (uint8_t)width;
	board->height = (uint8_t)height;
}

void game_board_mark(struct game_board *board, unsigned player, struct game_cycle cycle)
{
	assert(player < GAME_PLAYERS);
	if (cycle.x >= board->width || cycle.y >= board->height)
		return;
	board->cells[cell_index(board, cycle.x, cycle.y)] = (uint8_t)(player + 1);
}

size_t game_board_draw_row(const struct game_board *board,
			   const struct game_cycle cycles[GAME_PLAYERS], unsigned y, char *text,
			   size_t size)
{
	static const char trails[] = {'.', '1', '2'};

	if (y >= board->height || size <= board->width)
		return 0;
	for (unsigned x = 0; x < board->width; x++) {
		uint8_t cell = board->cells[cell_index(board, x, y)];

		text[x] = trails[cell < sizeof(trails) ? cell : 0];
	}
	for (unsigned player = 0; player < GAME_PLAYERS; player++) {
		if (cycles[player].y == y && cycles[player].x < board->width)
			text[cycles[player].x] = (char)('A' + player);
	}
	text[board->width] = '\0';
	return board->width;
}

void game_init(struct game *game, unsigned width, unsigned height, unsigned row_offset)
{
	unsigned offset = row_offset % (height / 2 - 1);

	memset(game, 0, sizeof(*game));
	game_board_clear(&game->board, width, height);
	game->cycles[0] = (struct game_cycle){
		.x = (uint8_t)(width / 4),
		.y = (uint8_t)(height / 2 - offset),
		.direction = GAME_RIGHT,
	};
	game->cycles[1] = (struct game_cycle){
		.x = (uint8_t)(width - 1 - width / 4),
		.y = (uint8_t)(height / 2 - 1 + offset),
		.direction = GAME_LEFT,
	};
	for (unsigned player = 0; player < GAME_PLAYERS; player++) {
		game->headings[player] = game->cycles[player].direction;
		game_board_mark(&game->board, player, game->cycles[player]);
	}
	game->outcome = GAME_RUNNING;
}

bool game_steer(struct game *game, unsigned player, enum game_direction direction)
{
	struct game_cycle *cycle;

	assert(player < GAME_PLAYERS);
	assert(direction < GAME_DIRECTION_COUNT);
	cycle = &game->cycles[player];
	if (game->outcome != GAME_RUNNING)
		return false;
	/* Measured against the last move: two quick turns must not make a U-turn on the spot. */
	if ((game->headings[player] + 2u) % GAME_DIRECTION_COUNT == direction)
		return false;
	cycle->direction = (uint8_t)direction;
	return true;
}

static enum game_outcome outcome_of(const struct game_cycle cycles[GAME_PLAYERS])
{
	if (cycles[0].crashed && cycles[1].crashed)
		return GAME_DRAWN;
	if (cycles[0].crashed)
		return GAME_WON_BY_SECOND;
	if (cycles[1].crashed)
		return GAME_WON_BY_FIRST;
	return GAME_RUNNING;
}

enum game_outcome game_move(struct game *game)
{
	struct game_cycle *first = &game->cycles[0];
	struct game_cycle *second = &game->cycles[1];

	if (game->outcome != GAME_RUNNING)
		return game->outcome;
	/* Both step before any trail is laid, so that neither has the advantage of going first. */
	for (unsigned player = 0; player < GAME_PLAYERS; player++) {
		struct game_cycle *cycle = &game->cycles[player];

		game->headings[player] = cycle->direction;
		if (!step_ahead(&game->board, cycle, cycle->direction) ||
		    game->board.cells[cell_index(&game->board, cycle->x, cycle->y)] != 0)
			cycle->crashed = 1;
	}
	if (first->x == second->x && first->y == second->y) {
		first->crashed = 1;
		second->crashed = 1;
	}
	for (unsigned player = 0; player < GAME_PLAYERS; player++) {
		if (!game->cycles[player].crashed)
			game_board_mark(&game->board, player, game->cycles[player]);
	}
	game->moves++;
	game->outcome = (uint8_t)outcome_of(game->cycles);
	return game->outcome;
}

enum game_outcome game_resign(struct game *game, unsigned player)
{
	assert(player < GAME_PLAYERS);
	if (game->outcome == GAME_RUNNING)
		game->outcome = player == 0 ? GAME_WON_BY_SECOND : GAME_WON_BY_FIRST;
	return game->outcome;
}

bool game_board_is_free_ahead(const struct game_board *board, struct game_cycle cycle,
			      enum game_direction direction)
{
	assert(direction < GAME_DIRECTION_COUNT);
	if (cycle.x >= board->width || cycle.y >= board->height)
		return false;
	if (!step_ahead(board, &cycle, direction))
		return false;
	return board->cells[cell_index(board, cycle.x, cycle.y)] == 0;
}

const char *game_direction_name(unsigned direction)
{
	return direction < GAME_DIRECTION_COUNT ? direction_names[direction] : "nowhere";
}
