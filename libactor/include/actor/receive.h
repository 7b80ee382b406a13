/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_RECEIVE_H
#define ACTOR_RECEIVE_H

/*
 * The order in which an actor handles its messages, where "as they come" will not do: receive one
 * of several types now and leave the others where they are, or put the present message aside until
 * the actor has got into another state. Most actors need neither.
 *
 * Stability: being built; the shape is meant to stay.
 */

#include <actor/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Waits inside a handler for a message of one of `count` types: a plain send, cast, call, timer or
 * exit, of any sender. The first that is there is taken, however many stand before it, and these
 * keep their order. While it waits, the actor handles nothing else. *ret_message is valid until the
 * next actor_receive of this actor, or until the handler returns. A call that is received is
 * answered with actor_reply and the `from` of actor_message_from.
 * `timeout_ns` 0: only what has arrived by now. Also in the program's own threads, which have a
 * mailbox and no handlers.
 * A long mailbox is looked through once for each receive.
 * Errors: ACTOR_ETIMEOUT, ACTOR_EINVALID, ACTOR_ENO_MEMORY.
 */
ACTOR_PUBLIC int actor_receive(const struct actor_type *const *types, size_t count,
			       uint64_t timeout_ns, const struct actor_message **ret_message);

/*
 * The same for the first message that `wanted` says yes to. It is called between turns, perhaps
 * several times for a message and on any thread: it looks at the message and `context`, and calls
 * nothing of the runtime.
 */
typedef bool (*actor_wanted_function)(const void *context, const struct actor_message *message);
ACTOR_PUBLIC int actor_receive_if(actor_wanted_function wanted, const void *context,
				  uint64_t timeout_ns, const struct actor_message **ret_message);

/* The `from` of a call that was received, for actor_reply. ACTOR_EINVALID: it is no call. */
ACTOR_PUBLIC int actor_message_from(const struct actor_message *message,
				    struct actor_from *ret_from);

/*
 * (handler) gen_statem's postpone: puts the message that is being handled aside when the handler
 * returns. It comes again after actor_state_changed. A call is postponed before it is answered.
 * Errors: ACTOR_EINVALID (init, terminate and handle_continue have nothing to postpone; a call that
 * is answered), ACTOR_ENO_MEMORY.
 */
ACTOR_PUBLIC int actor_postpone(void);

/*
 * (handler) When the handler returns, the messages that were put aside come again: before all
 * others, in the order in which they came first. With actor_postpone in the same turn, its message
 * is among them.
 */
ACTOR_PUBLIC int actor_state_changed(void);

#ifdef __cplusplus
}
#endif

#endif
