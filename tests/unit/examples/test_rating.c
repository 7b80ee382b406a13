/* SPDX-License-Identifier: MIT */
/* Glicko-2 against its author's published example, and what must hold for any games. */
#include "rating.h"

#include <math.h>

#include "dice.h"
#include "suite.h"

/* Glickman, "Example of the Glicko-2 system": 1500/200 beats 1400/30, loses to 1550/100 and
 * 1700/300; tau 0.5. */
static void published_example(void)
{
	const struct rating player = {1500, 200, 0.06};
	const struct rating_game games[] = {
		{{1400, 30, 0.06}, 1},
		{{1550, 100, 0.06}, 0},
		{{1700, 300, 0.06}, 0},
	};
	struct rating after = rating_after(player, games, 3);

	CU_ASSERT_DOUBLE_EQUAL(after.points, 1464.06, 0.01);
	CU_ASSERT_DOUBLE_EQUAL(after.deviation, 151.52, 0.01);
	CU_ASSERT_DOUBLE_EQUAL(after.volatility, 0.05999, 0.00001);
	/* E in the paper's table: 0.639, 0.432, 0.303. */
	CU_ASSERT_DOUBLE_EQUAL(rating_expect(player, games[0].opponent), 0.639, 0.001);
	CU_ASSERT_DOUBLE_EQUAL(rating_expect(player, games[1].opponent), 0.432, 0.001);
	CU_ASSERT_DOUBLE_EQUAL(rating_expect(player, games[2].opponent), 0.303, 0.001);
}

static void without_games_we_know_less(void)
{
	const struct rating player = {1500, 200, 0.06};
	struct rating after = rating_after(player, NULL, 0);

	CU_ASSERT_EQUAL(after.points, 1500);
	CU_ASSERT_EQUAL(after.volatility, 0.06);
	CU_ASSERT_DOUBLE_EQUAL(after.deviation, 200.2714, 0.0001);
	after = rating_after(rating_unknown, NULL, 0);
	CU_ASSERT_EQUAL(after.deviation, 350);
}

static void equals_mirror_each_other(void)
{
	struct rating_game won = {rating_unknown, 1};
	struct rating_game lost = {rating_unknown, 0};
	struct rating_game drawn = {rating_unknown, 0.5};
	struct rating up = rating_after(rating_unknown, &won, 1);
	struct rating down = rating_after(rating_unknown, &lost, 1);
	struct rating same = rating_after(rating_unknown, &drawn, 1);

	CU_ASSERT_DOUBLE_EQUAL(up.points - 1500, 1500 - down.points, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(up.deviation, down.deviation, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(same.points, 1500, 1e-9);
	CU_ASSERT(up.points > 1600);
}

/* Thousands of games in any order: ratings stay finite, deviations between 0 and 350. */
static void stays_within_bounds(void)
{
	struct rating players[8];
	struct dice dice = dice_take();

	for (size_t i = 0; i < 8; i++)
		players[i] = rating_unknown;
	for (int round = 0; round < 20000; round++) {
		struct rating_game a;
		struct rating_game b;
		size_t i = dice_below(&dice, 8);
		size_t j = (i + 1 + dice_below(&dice, 7)) % 8;

		/* The lower number always wins, so that the ratings drift apart for good. */
		a = (struct rating_game){players[j], i < j ? 1 : 0};
		b = (struct rating_game){players[i], i < j ? 0 : 1};
		players[i] = rating_after(players[i], &a, 1);
		players[j] = rating_after(players[j], &b, 1);
		CU_ASSERT_FATAL(isfinite(players[i].points));
		CU_ASSERT_FATAL(players[i].deviation > 0);
		CU_ASSERT_FATAL(players[i].deviation <= 350);
		CU_ASSERT_FATAL(players[i].volatility > 0);
		CU_ASSERT_FATAL(players[i].volatility < 1);
	}
	for (size_t i = 1; i < 8; i++)
		CU_ASSERT(players[i - 1].points > players[i].points);
}

static void rewards_courage(void)
{
	const struct rating weak = {1200, 50, 0.06};
	const struct rating strong = {1900, 50, 0.06};

	CU_ASSERT_EQUAL(rating_reward(weak, strong, 1), 20);
	CU_ASSERT_EQUAL(rating_reward(strong, weak, 1), 10);
	CU_ASSERT_EQUAL(rating_reward(weak, weak, 1), 15);
	CU_ASSERT_EQUAL(rating_reward(weak, strong, 0.5), 4);
	CU_ASSERT_EQUAL(rating_reward(weak, strong, 0), 1);
}

#define CASES(X)                      \
	X(published_example)          \
	X(without_games_we_know_less) \
	X(equals_mirror_each_other)   \
	X(stays_within_bounds)        \
	X(rewards_courage)
SUITE("arena rating", CASES)
