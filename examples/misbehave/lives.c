/* SPDX-License-Identifier: MIT */

/* Actors that live too shortly or too long, and messages that nobody is there for. */

#include "misbehave.h"

#include <actor/define.h>
#include <actor/supervisor.h>

/* ---- restart-storm: no sooner up than down ----------------------------------------------------
 */

struct juggler {
	uint64_t balls;
};

ACTOR_DEFINE(juggler, definit(), definfo(throw_ball));

static int juggler_init(struct juggler *self)
{
	uint64_t timer;

	(void)self;
	return juggler_throw_ball_after(ACTOR_MILLISECONDS(250), 0, &timer);
}

static int juggler_handle_throw_ball(struct juggler *self)
{
	self->balls++;
	return ACTOR_EINVALID; /* and drops it */
}

int start_restart_storm(void)
{
	static const struct actor_child children[] = {
		{.id = "juggler", .behaviour = &juggler_behaviour},
	};
	const struct actor_supervisor_options options = {
		.size = sizeof(options),
		.name = "circus",
		.intensity = 1000000, /* the show must go on */
		.period_ns = ACTOR_SECONDS(1),
		.children = children,
		.child_count = sizeof(children) / sizeof(children[0]),
	};
	struct actor_pid circus;

	return actor_supervisor_start(&options, &circus);
}

/* ---- actor-leak: sessions that nobody ends ----------------------------------------------------
 */

#define VISITS_AT_ONCE 5
#define VISITS_MAX     200000

struct session {
	uint64_t pages;
};

ACTOR_DEFINE(session, defcast(page));

static int session_handle_page(struct session *self)
{
	self->pages++;
	return ACTOR_CONTINUE;
}

struct website {
	uint64_t sessions;
};

ACTOR_DEFINE(website, definit(), definfo(visit));

static int website_init(struct website *self)
{
	uint64_t timer;

	(void)self;
	return website_visit_after(0, ACTOR_MILLISECONDS(50), &timer);
}

static int website_handle_visit(struct website *self)
{
	struct actor_pid session;
	int status = 0;

	for (int i = 0; i < VISITS_AT_ONCE && status == 0 && self->sessions < VISITS_MAX; i++) {
		status = session_start(&session);
		if (status == 0)
			status = session_page(session);
		self->sessions++;
	}
	return status;
}

int start_actor_leak(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "website"};
	struct actor_pid website;

	return website_start_with(&options, &website);
}

/* ---- dead-letters: it goes on writing to who is no more ---------------------------------------
 */

struct uncle {
	uint64_t letters;
};

ACTOR_DEFINE(uncle, defcast(letter));

static int uncle_handle_letter(struct uncle *self)
{
	self->letters++;
	return ACTOR_STOP;
}

struct nephew {
	struct actor_pid uncle;
};

ACTOR_DEFINE(nephew, definit(), definfo(write));

static int nephew_init(struct nephew *self)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .label = "uncle"};
	int status = uncle_start_with(&options, &self->uncle);
	uint64_t timer;

	return status == 0 ? nephew_write_after(0, ACTOR_MILLISECONDS(200), &timer) : status;
}

static int nephew_handle_write(struct nephew *self)
{
	return uncle_letter(self->uncle);
}

int start_dead_letters(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "nephew"};
	struct actor_pid nephew;

	return nephew_start_with(&options, &nephew);
}

/* ---- unhandled: it says what the other does not understand ------------------------------------
 */

struct waiter {
	uint64_t orders;
};

ACTOR_DEFINE(waiter, defcast(order));

static int waiter_handle_order(struct waiter *self)
{
	self->orders++;
	return ACTOR_CONTINUE;
}

struct tourist {
	struct actor_pid waiter;
};

ACTOR_DEFINE(tourist, definit(), definfo(speak));

static int tourist_init(struct tourist *self)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "waiter"};
	int status = waiter_start_with(&options, &self->waiter);
	uint64_t timer;

	return status == 0 ? tourist_speak_after(0, ACTOR_MILLISECONDS(200), &timer) : status;
}

/* A message to tourists, to a waiter. */
static int tourist_handle_speak(struct tourist *self)
{
	return tourist_speak(self->waiter);
}

int start_unhandled(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "tourist"};
	struct actor_pid tourist;

	return tourist_start_with(&options, &tourist);
}

/* ---- trace-lossy: bursts that no ring of that size can hold -----------------------------------
 */

#define BURST 20000

struct crowd {
	uint64_t cheers;
};

ACTOR_DEFINE(crowd, defcast(cheer));

static int crowd_handle_cheer(struct crowd *self)
{
	self->cheers++;
	return ACTOR_CONTINUE;
}

struct match {
	struct actor_pid crowd;
};

ACTOR_DEFINE(match, definit(), definfo(goal));

static int match_init(struct match *self)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "crowd"};
	int status = crowd_start_with(&options, &self->crowd);
	uint64_t timer;

	return status == 0 ? match_goal_after(0, ACTOR_MILLISECONDS(500), &timer) : status;
}

static int match_handle_goal(struct match *self)
{
	int status = 0;

	for (int i = 0; i < BURST && status == 0; i++)
		status = crowd_cheer(self->crowd);
	return status;
}

int start_trace_lossy(void)
{
	const struct actor_spawn_options options = {.size = sizeof(options), .name = "match"};
	struct actor_pid match;

	return match_start_with(&options, &match);
}
