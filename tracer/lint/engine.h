/* SPDX-License-Identifier: MIT */
#ifndef LINT_ENGINE_H
#define LINT_ENGINE_H

/*
 * Inside the engine.
 *
 *	rules.c     what an actor's numbers mean           -> lint_value, lint_since
 *	events.c    what an event means                    -> lint_incident
 *	waits.c     who waits for whom: circles, convoys   -> lint_value, lint_incident
 *	engine.c    suspects: when one becomes an alert, and when it goes
 *	sentence.c  what an alert says
 */

#include <tracer/lint.h>

#define LINT_SLOTS       10  /* of the time in which incidents are counted */
#define LINT_PER_LINT    512 /* suspects of one lint */
#define LINT_INDEX       (2 * LINT_SUBJECTS_MAX)
#define LINT_WAITED_LONG UINT64_C(100000000) /* a shorter call means nothing */
#define LINT_NAMES_SAID  4                   /* of a circle */

struct lint_entry {
	enum lint_id id;
	struct lint_subject subject;
	struct lint_detail detail;
	bool raised;
	bool reported; /* in this look */
	double value;
	double worst;
	uint64_t first_ns; /* LEVEL: at least `enter` since then */
	uint64_t since_ns; /* raised since then */
	uint64_t mark;     /* what must not change for `first_ns` to stand */
	/* TREND */
	uint64_t window_ns; /* when the window began */
	double window_value;
	double rate; /* a second */
	uint32_t rises;
	uint32_t windows;
	/* INCIDENTS */
	uint64_t slot; /* number of the newest */
	uint64_t counts[LINT_SLOTS];
	double peaks[LINT_SLOTS];
};

struct lint_wait {
	uint64_t pid;
	uint64_t on;
	uint64_t ns;
	uint32_t next;    /* place of the call that `on` waits in; UINT32_MAX: it does not wait */
	uint32_t blocked; /* calls that end here and are not yet added up */
	uint32_t callers; /* that hang on this one */
	uint16_t depth;   /* of the longest chain that does */
	uint16_t tag;
};

/* A refused circle of calls, while its events come in. */
struct lint_circle {
	uint64_t actor; /* who was refused, 0: none */
	uint64_t left;  /* edges still to come */
	uint64_t length;
	size_t used; /* of detail.more */
	struct lint_detail detail;
};

struct lint_engine {
	struct lint_names names;
	bool plain[UINT16_MAX + 1]; /* by tag: messages of that type hold no pointer */
	struct lint_circle circle;
	uint64_t now_ns;
	uint64_t last_ns; /* of the look before, 0: this is the first */
	double memory;
	struct lint_entry *entries;
	size_t entry_count;
	size_t of_lint[LINT_COUNT];
	uint16_t index[LINT_INDEX]; /* place + 1, 0: free */
	struct lint_wait *waits;
	size_t wait_count;
	size_t wait_room;
	struct lint_alert *alerts;
	size_t alert_count;
	struct lint_alert *gone;
	size_t gone_count;
	uint64_t overlooked;
};

/* The lint's value for that subject in this look. */
void lint_value(struct lint_engine *engine, enum lint_id id, struct lint_subject subject,
		double value, const struct lint_detail *detail);

/* The same, where the value is for how long `mark` has been what it is. */
void lint_since(struct lint_engine *engine, enum lint_id id, struct lint_subject subject,
		uint64_t mark, const struct lint_detail *detail);

void lint_wait_add(struct lint_engine *engine, const struct lint_actor *actor);
void lint_waits_end(struct lint_engine *engine, lint_look look, void *user);

void lint_sentence(const struct lint_engine *engine, const struct lint_entry *entry, char *text,
		   size_t size);

#endif
