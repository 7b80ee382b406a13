/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_SUPERVISOR_SUPERVISOR_H
#define ACTOR_SUPERVISOR_SUPERVISOR_H

/*
 * A supervisor, inside: an ordinary actor that traps exits.
 *
 *	client.c     the public functions: calls to the supervisor
 *	behaviour.c  its handlers
 *	restart.c    which children are started again, when, and when no more
 *	child.c      one child: list, start, stop
 *	spec.c       how to start a child, copied
 *	look.c       the list of children as others see it
 *
 * The list of children belongs to the supervisor, which alone changes it, and is read by others
 * (look.c); so it is changed with the lock held, and the lock is never held across a wait.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <actor/supervisor.h>

#include "mem/map.h"

struct actor_system;

/* A specification, in the supervisor's own memory. */
struct spec {
	char *id;
	uint32_t id_string; /* in the plane */
	const struct actor_behaviour *behaviour;
	void *argument;
	size_t argument_size;
	uint64_t shutdown_ns;
	struct actor_backoff backoff;
	enum actor_restart restart;
	bool named;
	bool detached;
	bool outside;
	bool significant;
};

struct child {
	struct child *next; /* in starting order */
	struct child *before;
	struct spec *spec; /* its own; of a dynamic supervisor, that of all */
	void *argument;    /* its own, else the specification's */
	size_t argument_size;
	struct actor_pid pid; /* none: it does not run */
	enum actor_child_state state;
	uint32_t restarts;
	uint32_t attempts;    /* restarts in a row, for the backoff */
	int32_t reason;       /* why it ended last */
	struct actor_pid old; /* who is to be replaced */
	uint64_t started_ns;  /* 0: unknown, or no backoff */
	uint64_t ticket;      /* 0: no restart is on its way */
	bool counted;         /* that restart has been counted already */
};

struct supervisor {
	pthread_mutex_t lock; /* of the list and of what it holds */
	struct child *first;
	struct child *last;
	size_t count;
	struct map index;   /* pid of a running child, or ticket -> struct child * */
	struct spec *every; /* of a dynamic supervisor's children */
	enum actor_strategy strategy;
	enum actor_auto_shutdown auto_shutdown;
	uint32_t intensity;
	uint32_t max_children;
	uint64_t period_ns;
	struct actor_backoff backoff;
	uint64_t *restarted_at; /* within the period, oldest first */
	uint32_t restart_first;
	uint32_t restart_count;
	uint32_t restart_capacity;
	uint64_t tickets;
};

/* No pid has this bit: it is one of the node's. */
#define TICKET_BIT (UINT64_C(1) << 63)

struct start_reply {
	struct actor_pid pid;
	int32_t status;
	int32_t reserved;
};

/* What the public functions ask for. All but stop_child carry bytes. */
extern struct actor_type supervisor_start_child;     /* the child's argument */
extern struct actor_type supervisor_stop_child;      /* pid */
extern struct actor_type supervisor_add_child;       /* a specification, see spec_pack */
extern struct actor_type supervisor_terminate_child; /* an id, so the rest */
extern struct actor_type supervisor_restart_child;
extern struct actor_type supervisor_delete_child;
/* To itself: a ticket has come due. */
extern struct actor_type supervisor_retry;

/* ---- spec.c ------------------------------------------------------------------------------------
 */

/* ACTOR_EINVALID, ACTOR_ENO_MEMORY. */
int spec_create(const struct actor_child *child, enum actor_auto_shutdown auto_shutdown,
		struct spec **ret_spec);
/* Returns NULL. NULL is fine. */
struct spec *spec_destroy(struct spec *spec);
/* A specification as the bytes of a message. Only the size can fail. */
int spec_packed_size(const struct actor_child *child, size_t *ret_size);
void spec_pack(const struct actor_child *child, void *bytes);
/* The other way. What it points to lies in `bytes`. */
int spec_unpack(const void *bytes, size_t size, struct actor_child *ret_child);

/* ---- child.c -----------------------------------------------------------------------------------
 */

/* The new last one. NULL: no memory. */
struct child *child_add(struct supervisor *self, struct spec *spec);
/* It does not run. */
void child_forget(struct supervisor *self, struct child *child);
struct child *child_of_id(const struct supervisor *self, const char *id, size_t length);
/* Starts it and waits for its init. */
int child_start(struct supervisor *self, struct child *child);
/* Asks it to end, waits as long as it may take, then kills it. Fine when it does not run. */
void child_stop(struct supervisor *self, struct child *child);
/* It runs no more. */
void child_set_stopped(struct supervisor *self, struct child *child, enum actor_child_state state);
/* All, in reverse order; those of a dynamic supervisor at once. */
void children_stop(struct supervisor *self);

/* ---- restart.c ---------------------------------------------------------------------------------
 */

/* A child has ended. ACTOR_CONTINUE, or why the supervisor ends. */
int child_ended(struct supervisor *self, struct child *child, int reason);
/* A message supervisor_retry. The same. */
int child_retry(struct supervisor *self, uint64_t ticket);
/* No restart is on its way any more. */
void child_cancel(struct supervisor *self, struct child *child);

/* ---- look.c ------------------------------------------------------------------------------------
 */

/* Others may look, and may no more. In the supervisor's handlers. */
int supervisor_publish(struct supervisor *self);
void supervisor_withdraw(struct supervisor *self);

#endif
