/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_ALIAS_H
#define ACTOR_ALIAS_H

/*
 * Aliases, as erlang:alias: an address of one's own that can be switched off. Whoever is asked
 * something sends the answer to the alias; once nobody cares any more, the alias is switched off,
 * and what comes late does not bother the actor: it is dropped, counted as a dead letter, traced.
 * Messages to an alias arrive at handle_info.
 *
 * Stability: being built; the shape is meant to stay.
 */

#include <actor/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A plain value, for messages. */
struct actor_alias {
	struct actor_pid owner;
	uint64_t ref;
};

/* How long an alias lives. With each of them actor_unalias ends it, too. */
enum actor_alias_life {
	ACTOR_ALIAS_EXPLICIT = 1,       /* until actor_unalias */
	ACTOR_ALIAS_REPLY = 2,          /* until one message has come */
	ACTOR_ALIAS_DEMONITOR = 3,      /* until the monitor's end: down message, demonitor */
	ACTOR_ALIAS_REPLY_DEMONITOR = 4 /* as DEMONITOR, and a message ends both */
};

/* Makes an alias of the caller; `life` EXPLICIT or REPLY. Also for the program's own threads. */
ACTOR_PUBLIC int actor_alias(enum actor_alias_life life, struct actor_alias *ret_alias);

/*
 * (handler) Watches `pid`, as actor_monitor, and makes an alias with the monitor's reference;
 * `life` EXPLICIT, DEMONITOR or REPLY_DEMONITOR. Either a message or the down message comes,
 * whatever the other actor does: so a call is built.
 */
ACTOR_PUBLIC int actor_monitor_alias(struct actor_pid pid, enum actor_alias_life life,
				     struct actor_alias *ret_alias);

/* Switches it off: from now on nothing arrives through it. ACTOR_ENOT_FOUND: it was off, or is
 * another's. */
ACTOR_PUBLIC int actor_unalias(struct actor_alias alias);

/* Sends to an alias, as actor_send to a pid. */
ACTOR_PUBLIC int actor_send_alias(struct actor_alias to, struct actor_type *type,
				  const void *payload);
/* The same for flexible types: `size` bytes, at least type->size. */
ACTOR_PUBLIC int actor_send_alias_bytes(struct actor_alias to, struct actor_type *type,
					const void *payload, size_t size);

#ifdef __cplusplus
}
#endif

#endif
