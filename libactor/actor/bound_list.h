/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_BOUND_LIST_H
#define ACTOR_BOUND_LIST_H

/* The list of a mailbox with a limit, for the bound*.c files alone; see bound.h. */

#include "actor/bound.h"
#include "actor/system.h"

/* What happens to a message, as recorded. A greater number is the hash of an older one that went
 * for it. */
enum bound_verdict {
	VERDICT_IN = 0,
	VERDICT_REFUSED = 1,
	VERDICT_DROPPED = 2,
	VERDICT_WAITS = 3,
	VERDICT_DEADLOCK = 4,
	VERDICT_LAST = VERDICT_DEADLOCK
};

/* What is done after the lock is given back. */
struct bound_deed {
	enum mailbox_pushed pushed;
	struct actor_message *dropped;
	uint32_t high; /* not 0: the alarm was raised at this length */
	uint32_t low;  /* not 0: it was cleared, at one less */
	struct actor_from woken;
	uint16_t woken_tag;
};

static inline struct bound *bound_of(struct actor_system *system, uint32_t slot)
{
	/* Both acquire: pair with the releases in bound_begin. */
	struct bound **bounds = __atomic_load_n(&system->bounds, __ATOMIC_ACQUIRE);

	return __atomic_load_n(&bounds[slot], __ATOMIC_ACQUIRE);
}

/* Sent by the program, so it counts. */
static inline bool is_counted(const struct actor_message *message)
{
	return message->kind == ACTOR_MESSAGE_KIND_INFO ||
	       message->kind == ACTOR_MESSAGE_KIND_CAST ||
	       message->kind == ACTOR_MESSAGE_KIND_CALL ||
	       message->kind == ACTOR_MESSAGE_KIND_ALIASED;
}

/* Keeps its place among the counted ones. All others go straight into the mailbox. */
static inline bool is_listed(const struct actor_message *message)
{
	return is_counted(message) || message->kind == ACTOR_MESSAGE_KIND_TIMER ||
	       message->kind == ACTOR_MESSAGE_KIND_DOWN;
}

/* Whether the message's sender waits until it is within the limit. */
static inline bool is_awaited(const struct actor_message *message)
{
	return (message->kind == ACTOR_MESSAGE_KIND_INFO ||
		message->kind == ACTOR_MESSAGE_KIND_CAST) &&
	       message->ref_ != 0;
}

/* ---- Under the record's lock ------------------------------------------------------------------
 */

void list_append(struct bound *bound, struct actor_message *message);
/* A counted message has left the list: the one at the edge is within the limit now. */
void list_make_room(struct bound *bound, struct bound_deed *deed);
/* Names a message among all; one more than the verdicts at least. */
uint64_t list_name(const struct actor_message *message);
/* The first counted message, or NULL. */
const struct actor_message *list_oldest(const struct bound *bound);
/* Takes the message of that name out of the list. NULL: it is not there any more. */
struct actor_message *list_take(struct bound *bound, uint64_t name, struct bound_deed *deed);
/* The actor is to look into the list, and its line to say how much is there. */
void list_ring(struct actor_plane_actor *line, struct bound *bound, struct bound_deed *deed);

/* ---- After it ---------------------------------------------------------------------------------
 */

void deed_do(struct thread *thread, struct actor_pid pid, const struct bound_deed *deed);
/* Its message has its place now. The edge goes away before the news of it, as with a reply. */
void bound_wake(struct thread *thread, struct actor_pid about, struct actor_from sender,
		uint16_t tag);
/* A message that was sent and will never be handled. Owns it. */
void bound_drop(struct thread *thread, struct actor_pid to, struct actor_message *message,
		bool tell);

#endif
