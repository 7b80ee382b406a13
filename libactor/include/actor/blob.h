/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_BLOB_H
#define ACTOR_BLOB_H

/*
 * Blobs: bytes that never change, counted references to them, shared by any number of actors
 * without copying. For payloads that are too large to copy for each receiver.
 *
 *	struct actor_blob *map;
 *	actor_blob_create(bytes, size, &map);        here now, held by this actor
 *	actor_cast_blob(worker, &work, &job, map);   and with the message
 *	actor_blob_drop(map);                        not held here any more
 *
 *	in the worker: actor_blob_bytes(actor_message_blob(message)), until the handler returns
 *
 * Who holds a blob: the actor that made it, or called actor_blob_keep, until it calls
 * actor_blob_drop as often, or ends, in whatever way: then all that it holds is dropped. A message
 * holds its blob until it was handled or thrown away. The last one frees it.
 *
 * The whole size counts as memory of each actor that holds a blob, once however often it holds it,
 * as shared pages count for each process; messages on their way count for nobody.
 *
 * Threads: as all of actor.h: handlers and threads that have entered a system. A blob lives in the
 * system in which it was made.
 *
 * Stability: being built; the shape is meant to stay.
 */

#include <actor/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

struct actor_blob;

/*
 * Makes a blob that holds a copy of `size` bytes; size 0 is fine. 16-byte aligned.
 * Errors: ACTOR_ENO_MEMORY, ACTOR_EINVALID, ACTOR_ENOT_ACTOR.
 */
ACTOR_PUBLIC int actor_blob_create(const void *bytes, size_t size, struct actor_blob **ret_blob);

/* Gives the bytes back to where they came from. In any thread; must not call into the runtime. */
typedef void (*actor_blob_destructor)(void *bytes, size_t size, void *context);

/*
 * Makes a blob of bytes that exist, without copying. Nobody may change them any more. `destroy`
 * (NULL: nothing is to be done) is called once when nobody holds the blob.
 * Owns: takes over the bytes, but not when it fails.
 */
ACTOR_PUBLIC int actor_blob_adopt(void *bytes, size_t size, actor_blob_destructor destroy,
				  void *context, struct actor_blob **ret_blob);

/* The bytes, valid while somebody holds the blob whom you know of. */
ACTOR_PUBLIC const void *actor_blob_bytes(const struct actor_blob *blob);
ACTOR_PUBLIC size_t actor_blob_size(const struct actor_blob *blob);
/* Hash of the bytes, made once with the blob; the payload's hash in a trace is made from it. */
ACTOR_PUBLIC uint64_t actor_blob_hash(const struct actor_blob *blob);

/* This actor holds the blob, once more. ACTOR_ENO_MEMORY, ACTOR_ENOT_ACTOR. */
ACTOR_PUBLIC int actor_blob_keep(struct actor_blob *blob);
/* And once less; nothing where it does not hold it. Returns NULL. NULL is fine. */
ACTOR_PUBLIC struct actor_blob *actor_blob_drop(struct actor_blob *blob);

/* (handler) The blob that came with the message, held until the handler returns; NULL: none. */
ACTOR_PUBLIC struct actor_blob *actor_message_blob(const struct actor_message *message);

/* As actor_send, actor_cast and actor_call; the message also holds the blob. */
ACTOR_PUBLIC int actor_send_blob(struct actor_pid to, struct actor_type *type, const void *payload,
				 struct actor_blob *blob);
ACTOR_PUBLIC int actor_cast_blob(struct actor_pid to, struct actor_type *type, const void *payload,
				 struct actor_blob *blob);
ACTOR_PUBLIC int actor_call_blob(struct actor_pid to, struct actor_type *type, const void *payload,
				 struct actor_blob *blob, void *reply, uint64_t timeout_ns);

#ifdef __cplusplus
}
#endif

#endif
