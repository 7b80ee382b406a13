/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_SUPERVISOR_H
#define ACTOR_SUPERVISOR_H

/*
 * Supervisors, after OTP's: an actor that starts its children in order, restarts those that end
 * and stops them in reverse order. Static supervisors have a list of children, each with an id of
 * its own; dynamic ones have any number of children of one kind, known by their pids.
 *
 * Stability: being built; the shape is meant to stay.
 */

#include <actor/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What is supervised, and how ---------------------------------------------------------------
 */

enum actor_restart {
	ACTOR_PERMANENT = 0, /* always restarted */
	ACTOR_TRANSIENT = 1, /* restarted unless it ended normal or shutdown */
	ACTOR_TEMPORARY = 2  /* never restarted; forgotten when it ends */
};

enum actor_strategy {
	ACTOR_ONE_FOR_ONE = 0, /* only the child that ended is restarted */
	ACTOR_DYNAMIC = 1,     /* the same, but all children are of one kind and started on
				  request; OTP's simple_one_for_one */
	ACTOR_ONE_FOR_ALL = 2, /* all others are stopped, then all are started again */
	ACTOR_REST_FOR_ONE = 3 /* the same for those that were started after the child that ended */
};

/* Whether a supervisor ends when significant children have ended by themselves. */
enum actor_auto_shutdown {
	ACTOR_AUTO_SHUTDOWN_NEVER = 0,
	ACTOR_AUTO_SHUTDOWN_ANY = 1, /* when one has */
	ACTOR_AUTO_SHUTDOWN_ALL = 2  /* when the last one has */
};

/*
 * How long to wait before a child is restarted: `min_ns` the first time, twice as long each
 * further time, at most `max_ns` (0: a minute); up to `jitter_percent` of it is taken off at
 * random, drawn with actor_random. Once a child has run for `max_ns`, it begins with `min_ns`
 * again. min_ns 0: no wait.
 */
struct actor_backoff {
	uint64_t min_ns;
	uint64_t max_ns;
	uint32_t jitter_percent; /* 0 to 100 */
};

/* For shutdown_ns: killed at once, without being asked. ACTOR_FOREVER: waited for, however long. */
#define ACTOR_BRUTAL_KILL UINT64_C(1)

/* For intensity: not even one restart is tolerated. */
#define ACTOR_NO_RESTARTS UINT32_MAX

/* How to start one child. Everything is copied when the supervisor starts. */
struct actor_child {
	/* Unique within a static supervisor, 1 to 255 bytes; also the registered name if `named`,
	 * else the label. */
	const char *id;
	const struct actor_behaviour *behaviour;
	const void *argument;
	size_t argument_size;
	enum actor_restart restart;
	uint64_t shutdown_ns; /* how long it may take to end when asked to, then it is killed; 0:
				 5 s, without limit for supervisors */
	bool named;
	bool detached;
	bool outside;
	bool significant;             /* see enum actor_auto_shutdown; not where permanent */
	struct actor_backoff backoff; /* min_ns 0: the supervisor's */
};

struct actor_supervisor_options {
	size_t size;      /* sizeof(struct actor_supervisor_options) */
	const char *name; /* registered name, may be NULL */
	enum actor_strategy strategy;
	/* Restarts tolerated within `period_ns`. With one more the supervisor gives up: it stops
	 * all its children and ends with reason shutdown. 0: 1 */
	uint32_t intensity;
	uint64_t period_ns; /* 0: 5 s */
	/* In starting order; dynamic: exactly one, the kind. */
	const struct actor_child *children;
	size_t child_count;
	enum actor_auto_shutdown auto_shutdown;
	uint32_t max_children; /* of a dynamic supervisor; 0: no limit */
	struct actor_backoff backoff;
};

/*
 * Starts a supervisor, linked to the caller when that is an actor, and its children; returns when
 * all their inits are done. When a child fails, those before it are stopped again and its status is
 * returned. A supervisor ends when its parent ends or sends it an exit signal; a supervisor that a
 * thread of the program has started also obeys the exit signals of others.
 * Errors: ACTOR_EINVALID, ACTOR_ECHILD_KNOWN (two children with one id), or the child's.
 */
ACTOR_PUBLIC int actor_supervisor_start(const struct actor_supervisor_options *options,
					struct actor_pid *ret_pid);

/* A child specification that is itself a supervisor. `options` and all it points to must live as
 * long as the system. */
ACTOR_PUBLIC struct actor_child actor_supervisor_child(
	const char *id, const struct actor_supervisor_options *options);

/* ---- Children of dynamic supervisors -----------------------------------------------------------
 */

/*
 * Starts a further child with its own argument (NULL: the specification's). Waits for its init.
 * Errors: ACTOR_EMANY_CHILDREN, ACTOR_EINVALID (the supervisor is static), or the child's.
 */
ACTOR_PUBLIC int actor_supervisor_start_child(struct actor_pid supervisor, const void *argument,
					      size_t size, struct actor_pid *ret_pid);

/* Stops a child, within its shutdown time, and forgets it. ACTOR_ENOT_FOUND, ACTOR_EINVALID. */
ACTOR_PUBLIC int actor_supervisor_stop_child(struct actor_pid supervisor, struct actor_pid child);

/* ---- Children of static supervisors ------------------------------------------------------------
 */

/*
 * OTP's start_child: a further child, the last in starting order. Waits for its init; a child that
 * fails there is not kept. *ret_pid (may be NULL) is set too where the child runs already.
 * Errors: ACTOR_ECHILD_RUNS, ACTOR_ECHILD_KNOWN (it is known, but does not run: see
 * actor_supervisor_restart_child), ACTOR_EINVALID, or the child's.
 */
ACTOR_PUBLIC int actor_supervisor_add_child(struct actor_pid supervisor,
					    const struct actor_child *child,
					    struct actor_pid *ret_pid);

/* Stops a child. It stays known, unless temporary. ACTOR_ENOT_FOUND. */
ACTOR_PUBLIC int actor_supervisor_terminate_child(struct actor_pid supervisor, const char *id);

/* Starts a child that is known but does not run. ACTOR_ENOT_FOUND, ACTOR_ECHILD_RUNS,
 * ACTOR_ECHILD_RESTARTS (its supervisor is about to do it), or the child's. */
ACTOR_PUBLIC int actor_supervisor_restart_child(struct actor_pid supervisor, const char *id,
						struct actor_pid *ret_pid);

/* Forgets a child that does not run. Errors as above. */
ACTOR_PUBLIC int actor_supervisor_delete_child(struct actor_pid supervisor, const char *id);

/* ---- Looking -----------------------------------------------------------------------------------
 */

enum actor_child_state {
	ACTOR_CHILD_STOPPED = 0,  /* known, does not run */
	ACTOR_CHILD_STARTING = 1, /* its init is not done */
	ACTOR_CHILD_RUNNING = 2,
	ACTOR_CHILD_ENDED = 3,     /* it is dead; its supervisor has not come to it yet */
	ACTOR_CHILD_RESTARTING = 4 /* to be started again: after a wait, or because it failed */
};

struct actor_child_info {
	const char *id;       /* lives as long as the system */
	struct actor_pid pid; /* none where STOPPED, ENDED or RESTARTING */
	enum actor_child_state state;
	enum actor_restart restart;
	bool supervisor;
	uint32_t restarts;
};

/*
 * What a supervisor has, in starting order: up to `capacity` of them into `infos`, their whole
 * number into *ret_count. The supervisor is not asked, so this works, and is true, while it is
 * stuck in a child's init. ACTOR_ENOT_FOUND: no such supervisor.
 */
ACTOR_PUBLIC int actor_supervisor_which_children(struct actor_pid supervisor,
						 struct actor_child_info *infos, size_t capacity,
						 size_t *ret_count);

struct actor_child_counts {
	uint64_t specs;       /* children known, running or not; 1 for dynamic supervisors */
	uint64_t active;      /* that run */
	uint64_t supervisors; /* known children that are supervisors */
	uint64_t workers;     /* the other ones */
};

/* The same, counted. */
ACTOR_PUBLIC int actor_supervisor_count_children(struct actor_pid supervisor,
						 struct actor_child_counts *ret_counts);

#ifdef __cplusplus
}
#endif

#endif
