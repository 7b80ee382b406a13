/* SPDX-License-Identifier: MIT */
#ifndef ARENA_RATING_H
#define ARENA_RATING_H

/*
 * Ratings after Mark E. Glickman, "Example of the Glicko-2 system", Boston University, 2013
 * (glicko.net/glicko/glicko2.pdf); the steps in the .c file are numbered as there. Pure functions.
 */

#include <stddef.h>
#include <stdint.h>

/* Travels in messages and lies in the database; no padding. */
struct rating {
	double points;     /* 1500: a player nobody knows */
	double deviation;  /* 350: nothing is known; smaller is surer */
	double volatility; /* 0.06: how erratic the player is */
};

/* One game against somebody, seen from one player. */
struct rating_game {
	struct rating opponent;
	double score; /* 1 won, 0.5 drawn, 0 lost */
};

extern const struct rating rating_unknown;

/* The rating after a rating period with these games. Without games only the deviation grows. */
struct rating rating_after(struct rating player, const struct rating_game *games, size_t count);

/* Expected score of `player` against `opponent`, 0 to 1. */
double rating_expect(struct rating player, struct rating opponent);

/* Coins for a game: taking part pays 1, a win 10, and up to 10 more the stronger the opponent was.
 */
uint32_t rating_reward(struct rating player, struct rating opponent, double score);

#endif
