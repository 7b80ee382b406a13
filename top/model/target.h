/* SPDX-License-Identifier: MIT */
#ifndef TOP_MODEL_TARGET_H
#define TOP_MODEL_TARGET_H

/*
 * The program that is watched: its plane, its life, and how much it is asked to tell.
 *
 *	COUNTERS  the turns are stamped: busy times and how long a turn lasts
 *	EVENTS    and every event goes into the rings, where older ones are overwritten
 *
 * Either is a lease that lapses with this process; the program never waits for a viewer.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tracer/attach.h>
#include <tracer/stream.h>

enum target_level {
	TARGET_NOTHING, /* what the plane says without being asked */
	TARGET_COUNTERS,
	TARGET_EVENTS
};

struct target {
	struct plane_view *plane; /* NULL: nothing is watched */
	struct stream *stream;    /* NULL: no lease */
	enum target_level level;  /* in force */
	bool staged;              /* it is a trace that is played: it never ends, nobody is asked */
	enum target_level refused_level; /* not asked for again: it was refused */
	enum plane_life life;
	uint64_t level_ns;  /* monotonic: since when the level has been in force */
	uint64_t timed_ns;  /* turns were stamped for so long, before that */
	uint64_t ended_ns;  /* monotonic: when the end was noticed, 0: it lives */
	uint64_t looked_ns; /* when its life was looked at last */
	uint32_t heir;      /* pid of a newer process of the same program, 0: none */
	char heir_path[PATH_MAX + 80];
	char program[256]; /* made safe */
	char path[PATH_MAX + 80];
	char notice[512]; /* why something is missing, "" when nothing is */
};

/* PLANE_E*; `error` says what, why and what to do. */
int target_open(struct target *target, const char *path, char *error, size_t error_size);
void target_close(struct target *target);

/* The plane is that of a stage: its events are read without a lease. */
int target_stage(struct target *target, char *error, size_t error_size);

/* Asks the program for so much. Where it is refused, target->notice says why. */
void target_ask(struct target *target, enum target_level level);

/* For how long, in all, the program has stamped its turns. */
uint64_t target_timed_ns(const struct target *target);

/* About once a second: does it live, and if not, is there one that has come after it? */
void target_look(struct target *target);

/*
 * The plane of a living process; of the only one there is when `pid` is 0. Returns 0, -ENOENT:
 * none, -E2BIG: several; `error` says it.
 */
int target_find(uint32_t pid, char *path, size_t size, char *error, size_t error_size);

#endif
