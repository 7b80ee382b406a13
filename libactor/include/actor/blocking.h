/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_BLOCKING_H
#define ACTOR_BLOCKING_H

/*
 * Calls that block (a file, a name to look up, a library that waits) for actors that must not: a
 * handler that blocks keeps a scheduler from all others. The function runs on one of a few threads
 * that a system has for this, and its result comes back as a message, or the handler waits for it
 * as for the reply to a call. An actor that does nothing else should have a thread of its own, see
 * actor_spawn_options.detached.
 *
 * What a function brings in comes from outside: in a trace the result is an input of the thread
 * that ran it, with its size, and a message with its hash.
 *
 * Bounds: actor_system_options.blocking_threads functions run at one time, blocking_queue wait.
 * What waits for an actor that has ended is never run, and a result for it is thrown away. A
 * function that runs cannot be stopped: actor_system_destroy waits for it.
 *
 * Stability: being built; the shape is meant to stay.
 */

#include <actor/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Runs on a thread that is no scheduler; may block. `argument` is a copy of `size` bytes, 16-byte
 * aligned and gone when the function returns; `result` is zeroed and has the size that was asked
 * for. Returns 0 or a negative status. It may send and call like a thread of the program that has
 * entered.
 */
typedef int (*actor_blocking_function)(const void *argument, size_t size, void *result);

/* What arrives when a function has returned a status. */
struct actor_blocking_failed_message {
	uint64_t job;
	int32_t status;
	int32_t reserved;
};
ACTOR_PUBLIC extern struct actor_type actor_blocking_failed;

/*
 * (handler) Has the function run, and returns at once. Its result arrives at handle_info as a
 * message of `type`, or as actor_blocking_failed. *ret_job may be NULL.
 * Errors: ACTOR_EBUSY (too many wait already), ACTOR_ENO_MEMORY, ACTOR_ETOO_LARGE.
 */
ACTOR_PUBLIC int actor_blocking_start(actor_blocking_function function, const void *argument,
				      size_t size, struct actor_type *type, uint64_t *ret_job);

/*
 * (handler) The result is not wanted any more: a function that waits is not run, the result of one
 * that runs is thrown away. ACTOR_ENOT_FOUND: it is done; its message is there or about to be.
 */
ACTOR_PUBLIC int actor_blocking_cancel(uint64_t job);

/*
 * (handler) Has the function run, and waits for it like a call, at most `timeout_ns`. `result` has
 * room for `result_size` bytes and is untouched on failure.
 * Errors: the function's status, ACTOR_ETIMEOUT, and those of actor_blocking_start.
 */
ACTOR_PUBLIC int actor_blocking_wait(actor_blocking_function function, const void *argument,
				     size_t size, void *result, size_t result_size,
				     uint64_t timeout_ns);

#ifdef __cplusplus
}
#endif

#endif
