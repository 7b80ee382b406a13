/* SPDX-License-Identifier: MIT */

/* Actors that keep a scheduler for themselves. */

#include "misbehave.h"

#include <poll.h>
#include <stdio.h>

#include <actor/define.h>

/* ---- stuck-handler: one message is handled and handled --------------------------------------- */

struct clerk {
	uint64_t reports;
};

ACTOR_DEFINE(clerk, defcast(file_report));

/* As if the file were on a disk that does not answer. */
static int clerk_handle_file_report(struct clerk *self)
{
	while (!misbehave_ends())
		(void)poll(NULL, 0, 50);
	self->reports++;
	return ACTOR_CONTINUE;
}

int start_stuck_handler(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "clerk"};
	struct actor_pid clerk;
	int status = clerk_start_with(&options, &clerk);

	/* The first is handled for ever, the others wait. */
	for (int i = 0; i < 3 && status == 0; i++)
		status = clerk_file_report(clerk);
	return status;
}

/* ---- hot-actor: one actor has the work of many ----------------------------------------------- */

#define NUGGET_STEPS 2000000

struct miner {
	uint64_t hash;
};

ACTOR_DEFINE(miner, defcast(dig));

static int miner_handle_dig(struct miner *self)
{
	for (int i = 0; i < NUGGET_STEPS; i++)
		self->hash = (self->hash ^ (uint64_t)i) * UINT64_C(0x100000001b3);
	return miner_dig(actor_self());
}

int start_hot_actor(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "miner"};
	struct actor_pid miner;
	int status = miner_start_with(&options, &miner);

	return status == 0 ? miner_dig(miner) : status;
}

/* ---- starved: long turns of some are long waits for others ----------------------------------- */

#define HOGS        (10 * MISBEHAVE_SCHEDULERS)
#define HOG_TURN_MS 300

struct hog {
	uint64_t meals;
};

ACTOR_DEFINE(hog, defcast(eat));

static int hog_handle_eat(struct hog *self)
{
	if (misbehave_ends())
		return ACTOR_STOP;
	self->meals++;
	(void)poll(NULL, 0, HOG_TURN_MS);
	return hog_eat(actor_self());
}

struct mouse {
	uint64_t crumbs;
};

ACTOR_DEFINE(mouse, definit(), definfo(crumb));

static int mouse_init(struct mouse *self)
{
	uint64_t timer;

	(void)self;
	return mouse_crumb_after(ACTOR_MILLISECONDS(100), ACTOR_MILLISECONDS(100), &timer);
}

static int mouse_handle_crumb(struct mouse *self)
{
	self->crumbs++;
	return ACTOR_CONTINUE;
}

int start_starved(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "mouse"};
	struct actor_pid hogs[HOGS];
	struct actor_pid mouse;
	int status = mouse_start_with(&options, &mouse);

	/* None eats before all are there: whoever starts the next one would starve, too. */
	for (int i = 0; i < HOGS && status == 0; i++)
		status = hog_start(&hogs[i]);
	for (int i = 0; i < HOGS && status == 0; i++)
		status = hog_eat(hogs[i]);
	return status;
}
