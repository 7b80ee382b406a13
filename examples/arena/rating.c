/* SPDX-License-Identifier: MIT */
#include "rating.h"

#include <assert.h>
#include <math.h>

/* Between points and the scale of the formulas. */
#define SCALE 173.7178
#define BASE  1500.0
/* The system constant: how much volatilities may change. The paper's example takes 0.5 as well. */
#define TAU           0.5
#define EPSILON       0.000001
#define ROUNDS_MAX    100
#define DEVIATION_MAX 350.0

const struct rating rating_unknown = {.points = BASE, .deviation = 350.0, .volatility = 0.06};

/* How much a result against an opponent of that deviation counts. */
static double weight(double phi)
{
	return 1.0 / sqrt(1.0 + 3.0 * phi * phi / (M_PI * M_PI));
}

static double expected(double mu, double mu_opponent, double phi_opponent)
{
	return 1.0 / (1.0 + exp(-weight(phi_opponent) * (mu - mu_opponent)));
}

struct volatility_problem {
	double delta2;
	double phi2;
	double v;
	double a;
};

/* Step 5.1 */
static double f(const struct volatility_problem *problem, double x)
{
	double ex = exp(x);
	double sum = problem->phi2 + problem->v + ex;

	return ex * (problem->delta2 - sum) / (2.0 * sum * sum) - (x - problem->a) / (TAU * TAU);
}

/* Step 5: the root of f by the Illinois variant of regula falsi. The loops are bounded: a rating
 * that does not converge keeps a slightly wrong volatility, which the next game mends. */
static double new_volatility(const struct volatility_problem *problem, double volatility)
{
	double a = problem->a;
	double b;
	double fa;
	double fb;

	if (problem->delta2 > problem->phi2 + problem->v) {
		b = log(problem->delta2 - problem->phi2 - problem->v);
	} else {
		int k = 1;

		while (k < ROUNDS_MAX && f(problem, a - k * TAU) < 0)
			k++;
		b = a - k * TAU;
	}
	fa = f(problem, a);
	fb = f(problem, b);
	for (int round = 0; round < ROUNDS_MAX && fabs(b - a) > EPSILON; round++) {
		double c = a + (a - b) * fa / (fb - fa);
		double fc = f(problem, c);

		if (fc * fb <= 0) {
			a = b;
			fa = fb;
		} else {
			fa /= 2.0;
		}
		b = c;
		fb = fc;
	}
	return isfinite(a) ? exp(a / 2.0) : volatility;
}

struct rating rating_after(struct rating player, const struct rating_game *games, size_t count)
{
	/* Step 2 */
	double mu = (player.points - BASE) / SCALE;
	double phi = player.deviation / SCALE;
	double information = 0;
	double gain = 0;
	double phi_star;
	struct volatility_problem problem;

	assert(player.deviation > 0);
	assert(player.volatility > 0);
	/* Steps 3 and 4: `information` is 1/v, `gain` is delta/v. */
	for (size_t i = 0; i < count; i++) {
		double mu_opponent = (games[i].opponent.points - BASE) / SCALE;
		double phi_opponent = games[i].opponent.deviation / SCALE;
		double g = weight(phi_opponent);
		double e = expected(mu, mu_opponent, phi_opponent);

		information += g * g * e * (1.0 - e);
		gain += g * (games[i].score - e);
	}
	if (count > 0) {
		problem.v = 1.0 / information;
		problem.delta2 = problem.v * gain * problem.v * gain;
		problem.phi2 = phi * phi;
		problem.a = log(player.volatility * player.volatility);
		player.volatility = new_volatility(&problem, player.volatility);
	}
	/* Steps 6 to 8 */
	phi_star = sqrt(phi * phi + player.volatility * player.volatility);
	if (count > 0) {
		phi = 1.0 / sqrt(1.0 / (phi_star * phi_star) + information);
		mu += phi * phi * gain;
	} else {
		phi = phi_star;
	}
	player.points = SCALE * mu + BASE;
	player.deviation = fmin(SCALE * phi, DEVIATION_MAX);
	return player;
}

double rating_expect(struct rating player, struct rating opponent)
{
	return expected((player.points - BASE) / SCALE, (opponent.points - BASE) / SCALE,
			opponent.deviation / SCALE);
}

uint32_t rating_reward(struct rating player, struct rating opponent, double score)
{
	double surprise = 1.0 - rating_expect(player, opponent);

	if (score >= 1.0)
		return 10 + (uint32_t)lround(10.0 * surprise);
	return score > 0 ? 4 : 1;
}
