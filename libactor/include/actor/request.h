/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_REQUEST_H
#define ACTOR_REQUEST_H

/*
 * Asynchronous calls, as gen_server's send_request: the request goes out now, its response is
 * fetched later, and many may be outstanding at a time. The callee sees a call like any other.
 *
 *	uint64_t a, b;
 *	actor_request(store, &get, &key, &a);
 *	actor_request(clock, &time, NULL, &b);
 *	...
 *	status = actor_request_receive(a, &value, ACTOR_SECONDS(1));
 *
 * A request lasts until its response was fetched or it was abandoned; what comes afterwards is a
 * late reply: dropped, counted, traced. It ends with the actor that made it.
 *
 * From handlers and from the program's own threads. Requests belong to the actor or thread that
 * made them; elsewhere their numbers mean nothing.
 *
 * Stability: being built; the shape is meant to stay.
 */

#include <actor/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Sends a request. *ret_request is its number, never 0. That the callee is dead, or ends before it
 * answers, is said by its response.
 * Errors: ACTOR_EINVALID, ACTOR_ETOO_LARGE, ACTOR_ENO_MEMORY, ACTOR_ENOT_ACTOR.
 */
ACTOR_PUBLIC int actor_request(struct actor_pid to, struct actor_type *type, const void *payload,
			       uint64_t *ret_request);
/* The same for flexible types: `size` bytes, at least type->size. */
ACTOR_PUBLIC int actor_request_bytes(struct actor_pid to, struct actor_type *type,
				     const void *payload, size_t size, uint64_t *ret_request);

/*
 * Fetches the response, waiting for it at most `timeout_ns`. The result is what actor_call would
 * have returned; `reply` has room for the type's reply_size bytes, or is NULL,
 * and is written when the result is 0.
 * After ACTOR_ETIMEOUT the request is still outstanding with `wait`, and abandoned with `receive`.
 * Otherwise it is over.
 * Errors besides those of the callee: ACTOR_ETIMEOUT, ACTOR_ENOT_FOUND (dead already), ACTOR_EDIED,
 * ACTOR_EDEADLOCK (the callee waits for us), ACTOR_EINVALID (no such request is outstanding).
 */
ACTOR_PUBLIC int actor_request_wait(uint64_t request, void *reply, uint64_t timeout_ns);
ACTOR_PUBLIC int actor_request_receive(uint64_t request, void *reply, uint64_t timeout_ns);

/* Fetches the response if it has arrived: as `wait` with no time. ACTOR_ETIMEOUT: not yet. */
ACTOR_PUBLIC int actor_request_check(uint64_t request, void *reply);

/*
 * Waits until one of `count` requests is answered; *ret_index says which, the first answered where
 * there are several. Its response is then fetched with actor_request_check.
 * Errors: ACTOR_ETIMEOUT, ACTOR_EINVALID (none, or one that is not outstanding).
 */
ACTOR_PUBLIC int actor_request_wait_any(const uint64_t *requests, size_t count, uint64_t timeout_ns,
					size_t *ret_index);

/* Forgets a request. ACTOR_EINVALID: it is not outstanding. */
ACTOR_PUBLIC int actor_request_abandon(uint64_t request);

/*
 * (handler) Sends a request whose response arrives at handle_info, in its order among the callee's
 * other messages. There actor_response_request tells which one it is, and actor_response fetches
 * it.
 */
ACTOR_PUBLIC int actor_request_notify(struct actor_pid to, struct actor_type *type,
				      const void *payload, uint64_t *ret_request);

/* The number of the request that the message answers; 0: it is not a response. */
ACTOR_PUBLIC uint64_t actor_response_request(const struct actor_message *message);
/*
 * What is in the response: as actor_request_check. With ACTOR_EDIED, actor_call_reason tells the
 * callee's exit reason.
 */
ACTOR_PUBLIC int actor_response(const struct actor_message *message, void *reply);

#ifdef __cplusplus
}
#endif

#endif
