/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_SYS_H
#define ACTOR_SYS_H

/*
 * Looking into a running actor, and holding it still, after OTP's `sys`. Every function sends the
 * actor a system message, which overtakes all others and is handled between turns, and waits at
 * most `timeout_ns` for its answer. An actor that is in a handler, or waits in one, answers when
 * the handler returns.
 *
 * From handlers and from the program's own threads; about every actor, also one that knows nothing
 * of this. For debugging and for tests: a program whose work needs it is doing something else
 * wrong.
 *
 * Errors of all: ACTOR_ENOT_FOUND (dead), ACTOR_EDIED (it ended meanwhile), ACTOR_ETIMEOUT,
 * ACTOR_EDEADLOCK (oneself, or one that waits for us), ACTOR_EINVALID (one of the program's own
 * threads), ACTOR_ENO_MEMORY.
 *
 * Stability: being built; the shape is meant to stay.
 */

#include <actor/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Copies the first `size` bytes of the actor's state. *ret_size (may be NULL) is the state's size
 * in full. Pointers in it mean something to the actor alone.
 */
ACTOR_PUBLIC int actor_sys_get_state(struct actor_pid pid, void *state, size_t size,
				     size_t *ret_size, uint64_t timeout_ns);

/* Overwrites the actor's state. ACTOR_EINVALID: it is not of that size. */
ACTOR_PUBLIC int actor_sys_replace_state(struct actor_pid pid, const void *state, size_t size,
					 uint64_t timeout_ns);

/*
 * Suspended, an actor handles system messages only; the others wait in its mailbox. Exit signals
 * end it all the same, and its parent's exit does where exits are trapped. Suspending twice is
 * suspending once.
 */
ACTOR_PUBLIC int actor_sys_suspend(struct actor_pid pid, uint64_t timeout_ns);
ACTOR_PUBLIC int actor_sys_resume(struct actor_pid pid, uint64_t timeout_ns);

#define ACTOR_SYS_NAME_MAX 64
#define ACTOR_SYS_TEXT_MAX 256

struct actor_sys_status {
	struct actor_pid pid;
	struct actor_pid parent;
	uint64_t memory;       /* bytes: its state and what it has allocated */
	uint32_t state_size;   /* bytes */
	uint32_t messages_in;  /* handled so far */
	uint32_t messages_out; /* sent so far */
	uint32_t queued;       /* waiting in its mailbox */
	uint32_t postponed;
	uint32_t links;
	uint32_t monitors;     /* those it watches */
	uint32_t monitored_by; /* those that watch it */
	uint32_t requests;     /* outstanding */
	uint8_t suspended;     /* 0 or 1, as all that follow */
	uint8_t traced;
	uint8_t statistics;
	uint8_t traps_exits;
	char behaviour[ACTOR_SYS_NAME_MAX]; /* its name, cut to fit */
	char name[ACTOR_SYS_NAME_MAX];      /* or label; "" for none */
	char text[ACTOR_SYS_TEXT_MAX]; /* what the behaviour's `describe` says of the state, or ""
					*/
};
ACTOR_PUBLIC int actor_sys_get_status(struct actor_pid pid, struct actor_sys_status *ret_status,
				      uint64_t timeout_ns);

/* Counts from now on; on again, it begins anew. */
ACTOR_PUBLIC int actor_sys_statistics(struct actor_pid pid, bool on, uint64_t timeout_ns);

struct actor_sys_statistics {
	uint64_t since_ns; /* CLOCK_MONOTONIC, as actor_now */
	uint64_t now_ns;
	uint32_t messages_in; /* between the two */
	uint32_t messages_out;
};
/* ACTOR_EREJECTED: nobody has switched it on. */
ACTOR_PUBLIC int actor_sys_get_statistics(struct actor_pid pid,
					  struct actor_sys_statistics *ret_statistics,
					  uint64_t timeout_ns);

/*
 * Writes a line to the system's log function (actor_system_options.log), level debug, after every
 * turn of the actor: what it handled, from whom, how many messages it sent, how it ended or what
 * its state is now.
 */
ACTOR_PUBLIC int actor_sys_trace(struct actor_pid pid, bool on, uint64_t timeout_ns);

/* Makes the actor end with `reason` as if a handler had returned it. Does not wait until it has:
 * for that there is actor_stop. */
ACTOR_PUBLIC int actor_sys_terminate(struct actor_pid pid, int reason, uint64_t timeout_ns);

#ifdef __cplusplus
}
#endif

#endif
