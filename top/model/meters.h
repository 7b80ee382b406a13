/* SPDX-License-Identifier: MIT */
#ifndef TOP_MODEL_METERS_H
#define TOP_MODEL_METERS_H

/*
 * The header's numbers: what the schedulers' words say, and how it was in the last minute.
 */

#include <stdbool.h>
#include <stdint.h>

#include <tracer/attach.h>

#include "model/ticks.h"

#define METERS_SECONDS 60

/* The last minute, a value a second; the newest is values[(next - 1) % METERS_SECONDS]. */
struct meters_history {
	float values[METERS_SECONDS];
	uint32_t next; /* counts on */
};

void meters_history_add(struct meters_history *history, double value);

/* The value `back` seconds ago, NAN where there is none. */
double meters_history_at(const struct meters_history *history, uint32_t back);

struct meters_thread {
	char name[16];
	uint64_t current; /* pid */
	uint64_t turns;
	uint64_t turn_start; /* ticks; of a turn that began unwatched: when it was first seen */
	uint64_t busy_ticks; /* those of the turn that is going on included */
	uint64_t seen_ticks; /* since when `current` and `turns` have been what they are */
	uint64_t steals;
	uint32_t kind;
	uint32_t ready;
	uint32_t visit_turns;
	uint16_t tag;
	bool parked;
	bool stamped; /* turn_start is the program's own */
	double busy;  /* share, NAN: not known */
	double turns_rate;
};

/* Kept, one value a second. */
enum meters_kept {
	METERS_MESSAGES,
	METERS_BUSY,
	METERS_ACTORS,
	METERS_READY,
	METERS_MEMORY,
	METERS_LOST,
	METERS_KEPT_COUNT
};

struct meters {
	struct meters_thread threads[ACTOR_PLANE_THREADS_MAX];
	uint32_t thread_count;
	uint32_t scheduler_count;
	uint64_t ticks;    /* of the last refresh, 0: none yet */
	uint64_t timed_ns; /* as it was then */
	double messages_rate;
	double busy; /* of all schedulers together, 0 to 1 */
	uint64_t turns;
	uint32_t ready;
	uint64_t lost; /* events that a recorder did not get */
	double lost_rate;
	uint32_t recorder; /* pid of who takes all events, 0: nobody */
	uint32_t watchers; /* leases in force */
	struct meters_history kept[METERS_KEPT_COUNT];
	uint64_t kept_ns; /* when the last values went in */
};

/* Reads the threads' words. */
void meters_refresh(struct meters *meters, const struct plane_view *plane,
		    const struct ticks *ticks);

/* Puts the current values into the minute, where a second has passed. */
void meters_keep(struct meters *meters, const struct ticks *ticks, double actors, double memory);

/* The thread on which the actor's turn is going on, NULL: none. */
const struct meters_thread *meters_running(const struct meters *meters, uint64_t pid);

#endif
