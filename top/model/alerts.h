/* SPDX-License-Identifier: MIT */
#ifndef TOP_MODEL_ALERTS_H
#define TOP_MODEL_ALERTS_H

/*
 * What looks wrong. The lints are the tracer's (tracer/lint.h); here they are fed: with each actor
 * that a sweep of the table comes by, with what the schedulers' words count, and with events, while
 * there are some. A look is over when a sweep is.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tracer/lint.h>
#include <tracer/types.h>

struct actor_event;
struct model;
struct row;

struct alerts {
	struct lint_engine *engine;
	struct types *types; /* the program's, where it has them */
	bool types_asked;
	const struct lint_alert *list; /* the most urgent first, then the oldest */
	size_t count;
	uint64_t now_ns; /* monotonic: of the last look */
	/* Counted by the program, as of the last look; and whether there has been one. */
	uint64_t unhandled;
	uint64_t lost;
	bool counted;
};

/* 0 or -ENOMEM. The model is not to move. */
int alerts_init(struct alerts *alerts, const struct model *model);
void alerts_finish(struct alerts *alerts);

/* Before a sweep begins. */
void alerts_begin(struct alerts *alerts, const struct model *model);

/* For each actor of the sweep. `user` is the model. */
void alerts_row(void *user, const struct row *row);

/* For each event. `actor` is whose turn it is. `user` is the model. */
void alerts_event(void *user, uint64_t actor, const struct actor_event *event);

/* When the sweep is whole. */
void alerts_end(struct alerts *alerts, const struct model *model);

/* The letter of the most urgent alert about an actor; 0: there is none. */
char alerts_letter(const struct alerts *alerts, uint64_t pid);
char alerts_letter_of_behaviour(const struct alerts *alerts, uint16_t behaviour);

#endif
