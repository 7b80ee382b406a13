/* SPDX-License-Identifier: MIT */
/*
 * Immutable bytes with counted references. A message that carries a blob has the blob's address
 * behind its payload, and says so in its pool class; so a message without one has nothing of it.
 */
#include <actor/blob.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "actor/system.h"
#include "base/hash.h"

#define BLOB_ALIGN 16u

struct actor_blob {
	uint64_t references; /* (shared) */
	size_t size;
	uint64_t hash;
	void *bytes;
	actor_blob_destructor destroy;
	void *context;
};

static struct thread *user_thread(void)
{
	struct thread *thread = thread_self();

	return thread != NULL && thread->cell != NULL ? thread : NULL;
}

/* ---- References -------------------------------------------------------------------------------
 */

static void retain(struct actor_blob *blob)
{
	/* Relaxed: who calls holds one already, so it cannot go away. */
	uint64_t before = __atomic_fetch_add(&blob->references, 1, __ATOMIC_RELAXED);

	assert(before != 0);
	(void)before;
}

static void release(struct thread *thread, struct actor_blob *blob, uint64_t count)
{
	/* Release: what its readers did is over; acquire: for whoever frees it, of all others. */
	if (__atomic_sub_fetch(&blob->references, count, __ATOMIC_ACQ_REL) != 0)
		return;
	thread_add(&thread->blobs_freed, 1);
	thread_add(&thread->blob_bytes_freed, blob->size);
	if (blob->destroy != NULL)
		blob->destroy(blob->bytes, blob->size, blob->context);
	free(blob);
}

/* Takes over one reference. */
static int hold(struct thread *thread, struct actor_blob *blob)
{
	struct cell_extra *extra = cell_extra_want(thread, thread->cell);
	uint64_t held = 0;
	int status;

	if (extra == NULL)
		return ACTOR_ENO_MEMORY;
	(void)map_get(&extra->blobs, (uintptr_t)blob, &held);
	status = map_put(&extra->blobs, (uintptr_t)blob, held + 1);
	if (status == 0 && held == 0)
		memory_account(thread, blob->size, 0);
	return status;
}

void blobs_end(struct thread *thread, struct cell_extra *extra)
{
	/* In no order: who holds a blob last is chance anyway, and its destructor knows no actor.
	 */
	for (uint32_t i = 0; i < extra->blobs.capacity; i++) {
		const struct map_entry *entry = &extra->blobs.entries[i];

		if (entry->key != 0)
			release(thread, (struct actor_blob *)(uintptr_t)entry->key, entry->value);
	}
	map_clear(&extra->blobs);
}

/* ---- Making and keeping ------------------------------------------------------------------------
 */

static int make(struct thread *thread, struct actor_blob *blob, struct actor_blob **ret_blob)
{
	int status;

	blob->references = 1;
	blob->hash = hash_bytes(blob->bytes, blob->size);
	status = hold(thread, blob);
	if (status != 0) {
		free(blob);
		return status;
	}
	thread_add(&thread->blobs_made, 1);
	thread_add(&thread->blob_bytes_made, blob->size);
	*ret_blob = blob;
	return 0;
}

int actor_blob_create(const void *bytes, size_t size, struct actor_blob **ret_blob)
{
	struct thread *thread = user_thread();
	size_t head = (sizeof(struct actor_blob) + BLOB_ALIGN - 1) & ~(size_t)(BLOB_ALIGN - 1);
	struct actor_blob *blob;

	if (thread == NULL)
		return ACTOR_ENOT_ACTOR;
	if (ret_blob == NULL || (bytes == NULL && size != 0))
		return ACTOR_EINVALID;
	blob = size > SIZE_MAX - head ? NULL : malloc(head + size);
	if (blob == NULL)
		return ACTOR_ENO_MEMORY;
	memset(blob, 0, sizeof(*blob));
	blob->bytes = (char *)blob + head;
	blob->size = size;
	if (size != 0)
		memcpy(blob->bytes, bytes, size);
	return make(thread, blob, ret_blob);
}

int actor_blob_adopt(void *bytes, size_t size, actor_blob_destructor destroy, void *context,
		     struct actor_blob **ret_blob)
{
	struct thread *thread = user_thread();
	struct actor_blob *blob;

	if (thread == NULL)
		return ACTOR_ENOT_ACTOR;
	if (ret_blob == NULL || (bytes == NULL && size != 0))
		return ACTOR_EINVALID;
	blob = calloc(1, sizeof(*blob));
	if (blob == NULL)
		return ACTOR_ENO_MEMORY;
	blob->bytes = bytes;
	blob->size = size;
	blob->destroy = destroy;
	blob->context = context;
	return make(thread, blob, ret_blob);
}

const void *actor_blob_bytes(const struct actor_blob *blob)
{
	return blob->bytes;
}

size_t actor_blob_size(const struct actor_blob *blob)
{
	return blob->size;
}

uint64_t actor_blob_hash(const struct actor_blob *blob)
{
	return blob->hash;
}

int actor_blob_keep(struct actor_blob *blob)
{
	struct thread *thread = user_thread();
	int status;

	if (thread == NULL)
		return ACTOR_ENOT_ACTOR;
	if (blob == NULL)
		return ACTOR_EINVALID;
	retain(blob);
	status = hold(thread, blob);
	if (status != 0)
		release(thread, blob, 1);
	return status;
}

struct actor_blob *actor_blob_drop(struct actor_blob *blob)
{
	struct thread *thread = user_thread();
	struct map *blobs;
	uint64_t held;

	if (blob == NULL || thread == NULL)
		return NULL;
	blobs = &thread->cell->extra->blobs;
	if (!map_get(blobs, (uintptr_t)blob, &held))
		return NULL;
	if (held > 1) {
		(void)map_put(blobs, (uintptr_t)blob, held - 1); /* replaces, so it cannot fail */
	} else {
		(void)map_remove(blobs, (uintptr_t)blob, NULL);
		memory_account(thread, 0, blob->size);
	}
	release(thread, blob, 1);
	return NULL;
}

/* ---- Messages ---------------------------------------------------------------------------------
 */

/* A class without its mark; POOL_CLASS_LARGE loses a bit by it. */
#define LADEN_LARGE (POOL_CLASS_LARGE & 0x7f)

static bool is_laden(const struct actor_message *message)
{
	return (message->pool_ & 0xc0) == MESSAGE_LADEN;
}

static struct actor_blob **place(struct actor_message *message)
{
	size_t size = ((size_t)message->size + 7) & ~(size_t)7;

	return (struct actor_blob **)(void *)((char *)(message + 1) + size);
}

void message_load(struct actor_message *message, struct actor_blob *blob)
{
	retain(blob);
	*place(message) = blob;
	message->pool_ =
		message->pool_ == POOL_CLASS_LARGE ? LADEN_LARGE : message->pool_ | MESSAGE_LADEN;
}

int message_load_bytes(struct thread *thread, struct actor_message *message, const void *bytes,
		       size_t size)
{
	size_t head = (sizeof(struct actor_blob) + BLOB_ALIGN - 1) & ~(size_t)(BLOB_ALIGN - 1);
	struct actor_blob *blob = calloc(1, head + size);

	if (blob == NULL)
		return ACTOR_ENO_MEMORY;
	blob->references = 1;
	blob->bytes = (char *)blob + head;
	blob->size = size;
	if (size != 0)
		memcpy(blob->bytes, bytes, size);
	blob->hash = hash_bytes(blob->bytes, size);
	thread_add(&thread->blobs_made, 1);
	thread_add(&thread->blob_bytes_made, size);
	message_load(message, blob);
	release(thread, blob, 1);
	return 0;
}

void message_free_other(struct thread *thread, struct actor_message *message)
{
	if (is_laden(message)) {
		release(thread, *place(message), 1);
		message->pool_ = message->pool_ == LADEN_LARGE
					 ? POOL_CLASS_LARGE
					 : (uint8_t)(message->pool_ & ~MESSAGE_LADEN);
	}
	pool_free(&thread->pool, message, message->pool_);
}

uint64_t message_hash(struct actor_message *message, uint64_t *ret_size)
{
	uint64_t hash = hash_bytes(actor_message_payload(message), message->size);
	uint64_t size = message->size;

	if (is_laden(message)) {
		const struct actor_blob *blob = *place(message);

		hash = hash_mix(hash, blob->hash);
		size = blob->size < UINT32_MAX - size ? size + blob->size : UINT32_MAX;
	}
	*ret_size = size;
	return hash;
}

struct actor_blob *actor_message_blob(const struct actor_message *message)
{
	return is_laden(message) ? *place((struct actor_message *)(uintptr_t)message) : NULL;
}

static int send_blob(struct actor_pid to, struct actor_type *type, const void *payload,
		     struct actor_blob *blob, enum actor_message_kind kind)
{
	struct thread *thread = user_thread();
	struct actor_message *message;
	int status;

	if (thread == NULL)
		return ACTOR_ENOT_ACTOR;
	if (type == NULL)
		return ACTOR_EINVALID;
	status = message_build(thread, type, payload, type->size, kind, 0, blob, &message);
	if (status != 0)
		return status;
	thread_input(thread);
	status = message_send(thread, to, message);
	thread_output(thread);
	return status;
}

int actor_send_blob(struct actor_pid to, struct actor_type *type, const void *payload,
		    struct actor_blob *blob)
{
	return send_blob(to, type, payload, blob, ACTOR_MESSAGE_KIND_INFO);
}

int actor_cast_blob(struct actor_pid to, struct actor_type *type, const void *payload,
		    struct actor_blob *blob)
{
	return send_blob(to, type, payload, blob, ACTOR_MESSAGE_KIND_CAST);
}
