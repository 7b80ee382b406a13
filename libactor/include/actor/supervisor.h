/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_SUPERVISOR_H
#define ACTOR_SUPERVISOR_H

/*
 * Supervisors, after OTP's: an actor that starts its children in order, restarts those that end
 * and stops them in reverse order.
 *
 * Stability: being built; the shape is meant to stay.
 */

#include <actor/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

enum actor_restart {
	ACTOR_PERMANENT = 0, /* always restarted */
	ACTOR_TRANSIENT = 1, /* restarted unless it ended normal or shutdown */
	ACTOR_TEMPORARY = 2  /* never restarted */
};

enum actor_strategy {
	ACTOR_ONE_FOR_ONE = 0, /* only the child that ended is restarted */
	ACTOR_DYNAMIC =
		1 /* as one_for_one, but all children are of one kind and started on request */
};

/* How to start one child. Everything is copied when the supervisor starts. */
struct actor_child {
	const char
		*id; /* unique within the supervisor; also the child's registered name if `named` */
	const struct actor_behaviour *behaviour;
	const void *argument;
	size_t argument_size;
	enum actor_restart restart;
	uint64_t shutdown_ns; /* how long it may take to stop; 0: 5 s; then it is killed */
	bool named;
	bool detached;
	bool outside;
};

struct actor_supervisor_options {
	size_t size;      /* sizeof(struct actor_supervisor_options) */
	const char *name; /* registered name, may be NULL */
	enum actor_strategy strategy;
	unsigned intensity; /* restarts tolerated within `period_ns`, then it gives up; 0: 3 */
	uint64_t period_ns; /* 0: 5 s */
	const struct actor_child
		*children; /* one_for_one: in starting order; dynamic: exactly one */
	size_t child_count;
};

/*
 * Starts a supervisor, linked to the caller when that is an actor, and its children; returns when
 * all their inits are done. When a child fails, those before it are stopped again and its status is
 * returned.
 */
ACTOR_PUBLIC int actor_supervisor_start(const struct actor_supervisor_options *options,
					struct actor_pid *ret_pid);

/* A child specification that is itself a supervisor. `options` and all it points to must live as
 * long as the system. */
ACTOR_PUBLIC struct actor_child actor_supervisor_child(
	const char *id, const struct actor_supervisor_options *options);

/*
 * Starts a further child of a dynamic supervisor with its own argument (NULL: the
 * specification's). Waits for its init.
 */
ACTOR_PUBLIC int actor_supervisor_start_child(struct actor_pid supervisor, const void *argument,
					      size_t size, struct actor_pid *ret_pid);

/* Stops a child of a dynamic supervisor, within its shutdown time. */
ACTOR_PUBLIC int actor_supervisor_stop_child(struct actor_pid supervisor, struct actor_pid child);

#ifdef __cplusplus
}
#endif

#endif
