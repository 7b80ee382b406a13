/* SPDX-License-Identifier: MIT */
#ifndef TOP_MODEL_ALERTS_H
#define TOP_MODEL_ALERTS_H

/*
 * What looks wrong. A lint looks at the model once a tick and raises alerts; each has a sentence
 * with the number that matters, and what to do. An alert that is not raised again goes away: a lint
 * has hysteresis by asking alerts_find() whether it has been raised before, and then using its
 * lower threshold.
 *
 *	lint.check(alerts, model)   calls alerts_raise() for all that it finds
 *
 * A new lint is a row in lints.c.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALERTS_MAX 256

struct model;
struct alerts;

enum alert_level {
	ALERT_NOTE,
	ALERT_WARNING,
	ALERT_URGENT
};

struct lint {
	const char *name; /* as in --lint, never changes */
	char letter;      /* for the column ! */
	enum alert_level level;
	const char *summary; /* what it looks for, with its thresholds */
	const char *advice;  /* what to do about it */
	void (*check)(struct alerts *alerts, const struct model *model, const struct lint *lint);
};

struct alert {
	const struct lint *lint;
	uint64_t pid;       /* 0: about the whole program, or a behaviour */
	uint16_t behaviour; /* 0: about the whole program */
	uint64_t since_ns;  /* monotonic: raised without a break since then */
	uint64_t seen_ns;   /* monotonic: raised the last time */
	double value;       /* the number that matters */
	char text[192];     /* the sentence, safe for a terminal */
};

struct alerts {
	struct alert list[ALERTS_MAX]; /* the most urgent first, then the oldest */
	size_t count;
	size_t dropped; /* more than there is room for */
	uint64_t now_ns;
};

extern const struct lint lints[];
extern const size_t lint_count;

/* Runs all lints. */
void alerts_update(struct alerts *alerts, const struct model *model);
void alerts_finish(struct alerts *alerts);

/* For lints: the alert of this lint about that actor (or behaviour), if it stands. */
const struct alert *alerts_find(const struct alerts *alerts, const struct lint *lint, uint64_t pid,
				uint16_t behaviour);

/* For lints: raises an alert, or keeps it standing with a new number and sentence. */
void alerts_raise(struct alerts *alerts, const struct lint *lint, uint64_t pid, uint16_t behaviour,
		  double value, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The letter of the most urgent alert about an actor; 0: there is none. */
char alerts_letter(const struct alerts *alerts, uint64_t pid);
char alerts_letter_of_behaviour(const struct alerts *alerts, uint16_t behaviour);

#endif
