/* SPDX-License-Identifier: MIT */
#ifndef TRACER_LINT_H
#define TRACER_LINT_H

/*
 * Lints: what looks wrong in a program of actors. The same engine looks at a living program
 * (actor-top, from its plane) and at a recorded one (actor-trace check, from its events).
 *
 *	lint_begin(engine, now)          a look begins
 *	lint_actor(engine, ...)          how an actor stands, for each that may be of interest
 *	lint_behaviour, lint_incident    how many actors of a kind; what has happened since
 *	lint_end(engine)                 the look is over: alerts come and go
 *
 * Which lints there are, with thresholds, sentence and advice, is the table `lints`. An alert comes
 * at a lint's upper threshold and goes below its lower one, so that none flickers.
 *
 * Memory: at most LINT_SUBJECTS_MAX suspects and LINT_WAITS_MAX blocked calls, 5 MiB at the most.
 * What is beyond that is not looked at, and counted.
 *
 * Thread: an engine belongs to one thread.
 */

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <actor/event.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LINT_SUBJECTS_MAX 4096
#define LINT_WAITS_MAX    65536
#define LINT_TEXT         256

enum lint_id {
	LINT_CALL_DEADLOCK,
	LINT_STUCK_HANDLER,
	LINT_ORPHAN_CALL,
	LINT_RESTART_STORM,
	LINT_MAILBOX_GROWING,
	LINT_MAILBOX_LONG,
	LINT_STARVED,
	LINT_CALL_CONVOY,
	LINT_CALL_TIMEOUT,
	LINT_HOT_ACTOR,
	LINT_MEMORY_SHARE,
	LINT_ACTOR_LEAK,
	LINT_DEAD_LETTERS,
	LINT_UNHANDLED,
	LINT_BIG_MESSAGE,
	LINT_POINTER_MESSAGE,
	LINT_TRACE_LOSSY,
	LINT_COUNT
};

enum lint_level {
	LINT_NOTE,
	LINT_WARNING,
	LINT_URGENT
};

enum lint_unit {
	LINT_UNIT_COUNT,
	LINT_UNIT_NS,
	LINT_UNIT_BYTES,
	LINT_UNIT_SHARE /* 0 to 1 */
};

/*
 * How a lint comes to its verdict.
 *
 *	LEVEL   the value is at least `enter`, for `span_ns` without a break
 *	TREND   the value is at least `enter`, and has risen in `rises` of the last `windows` of
 *	        LINT_WINDOW_NS; the alert goes when it has risen in fewer than half of them
 *	COUNT   as many incidents within `span_ns`
 *
 * In all three an alert stands until the value is below `leave`.
 */
enum lint_kind {
	LINT_LEVEL,
	LINT_TREND,
	LINT_INCIDENTS
};

#define LINT_WINDOW_NS UINT64_C(500000000)

struct lint {
	const char *name; /* never changes */
	char letter;      /* for a column one wide */
	enum lint_level level;
	enum lint_kind kind;
	enum lint_unit unit; /* of the value */
	double enter;
	double leave;
	uint64_t span_ns;
	unsigned rises;
	unsigned windows;
	bool events;          /* can be seen in events only */
	const char *summary;  /* what it looks for, with its thresholds */
	const char *sentence; /* with {actor} {peer} {tag} {value} {rate} {more} */
	const char *advice;   /* what to do about it */
};

extern const struct lint lints[LINT_COUNT];

/* The lint of that name, NULL: there is none. */
const struct lint *lint_find(const char *name);

/* "urgent", "warning", "note" */
const char *lint_level_text(enum lint_level level);

/* What a value's key is called in JSON: "count", "ns", "bytes", "share". */
const char *lint_unit_text(enum lint_unit unit);

/* Numbers in words. Every text is made safe for a terminal by whoever gives it. */
struct lint_names {
	void *user;
	/* Name of an actor; of pid 0 the behaviour's, of both 0 "the program". */
	void (*actor)(void *user, uint64_t pid, uint16_t behaviour, char *text, size_t size);
	void (*type)(void *user, uint16_t tag, char *text, size_t size);
	/*
	 * Where messages of that type hold a pointer, as in types_has_pointer; false: they do not,
	 * or their C type is not known. It is asked once for each type. May be NULL.
	 */
	bool (*pointer)(void *user, uint16_t tag, char *path, size_t size);
};

/* Whom an alert is about. Both 0: the whole program. */
struct lint_subject {
	uint64_t pid;
	uint16_t behaviour;
};

/* What else a sentence says. */
struct lint_detail {
	uint64_t peer;
	uint16_t tag;
	char more[LINT_TEXT / 2];
};

struct lint_alert {
	const struct lint *lint;
	struct lint_subject subject;
	struct lint_detail detail;
	uint64_t since_ns; /* it has stood since then */
	uint64_t until_ns; /* it went then, 0: it stands */
	double value;      /* the number that matters, as of the last look */
	double worst;      /* the highest it has been */
	char text[LINT_TEXT];
};

struct lint_engine;

/* NULL: no memory. `names` is copied; what it points to must live as long. */
struct lint_engine *lint_create(const struct lint_names *names);
struct lint_engine *lint_destroy(struct lint_engine *engine);

/* A look begins. `now_ns` is of any clock that does not go back. */
void lint_begin(struct lint_engine *engine, uint64_t now_ns);

enum lint_state {
	LINT_STATE_IDLE,    /* no message, no turn */
	LINT_STATE_READY,   /* has messages, waits for a scheduler */
	LINT_STATE_RUNNING, /* in a turn */
	LINT_STATE_CALLING, /* in a call */
	LINT_STATE_OTHER
};

/* How an actor stands. Numbers that are not known are 0, the share NAN. */
struct lint_actor {
	uint64_t pid;
	uint64_t parent;     /* where restarts > 0 */
	uint64_t waiting_on; /* while CALLING */
	uint64_t mailbox;
	uint64_t handled; /* ever */
	uint64_t memory;
	uint64_t turn_ns; /* how long the turn, or the call, has been going on */
	uint64_t age_ns;  /* where restarts > 0 */
	double busy;      /* share of a scheduler */
	uint32_t restarts;
	uint16_t behaviour;
	uint16_t tag; /* of the turn or call */
	uint8_t state;
	bool outside; /* a thread of the program: only its calls count */
};

#define LINT_MAILBOX_SOME 100
#define LINT_BUSY_SOME    0.5
#define LINT_MEMORY_SOME  (UINT64_C(16) << 20)

/*
 * False: whatever the engine knows, an actor with these numbers is well, and need not be told of.
 * For sources with a million of them.
 */
static inline bool lint_may_interest(bool idle, uint64_t mailbox, double busy, uint64_t memory,
				     uint32_t restarts)
{
	return !idle || mailbox >= LINT_MAILBOX_SOME / 2 || busy >= LINT_BUSY_SOME ||
	       memory >= LINT_MEMORY_SOME || restarts > 0;
}

void lint_actor(struct lint_engine *engine, const struct lint_actor *actor);

/* How many actors of a behaviour live. */
void lint_behaviour(struct lint_engine *engine, uint16_t behaviour, uint64_t actors);

/* Bytes of all actors together, for shares. */
void lint_memory(struct lint_engine *engine, uint64_t bytes);

/*
 * Something has happened `count` times since the last time this was said. `value`: its size, where
 * the lint has one; else 0. `detail` may be NULL.
 */
void lint_incident(struct lint_engine *engine, enum lint_id id, struct lint_subject subject,
		   uint64_t count, double value, const struct lint_detail *detail);

/*
 * What an event means by itself: dead letters, messages without a handler, refused circles of
 * calls, calls out of time, big messages, messages with pointers. `actor`: whose turn it is.
 */
void lint_event(struct lint_engine *engine, uint64_t actor, const struct actor_event *event);

/*
 * What lints want to know of an actor somebody waits for. False: it does not live. May be NULL;
 * then calls to those that have ended, or do not work, are not found.
 */
typedef bool (*lint_look)(void *user, uint64_t pid, struct lint_actor *ret_actor);

void lint_end(struct lint_engine *engine, lint_look look, void *user);

/*
 * The alerts that stand: the most urgent first, then the oldest; and those that have gone in the
 * last lint_end. At most LINT_ALERTS_MAX each. Valid until the next lint_end.
 */
#define LINT_ALERTS_MAX 256
const struct lint_alert *lint_alerts(const struct lint_engine *engine, size_t *ret_count);
const struct lint_alert *lint_gone(const struct lint_engine *engine, size_t *ret_count);

/* Suspects, calls and alerts that there was no room for. */
uint64_t lint_overlooked(const struct lint_engine *engine);

#ifdef __cplusplus
}
#endif

#endif
