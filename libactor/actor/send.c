/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include <actor/actor.h>
#include <actor/blob.h>

#include "actor/deliver.h"
#include "actor/system.h"
#include "base/clock.h"
#include "base/hash.h"

/*
 * Every so many sends of one turn, all others that are ready have their turn; fewer than the
 * messages of a visit, so that a receiver keeps pace.
 */
#define YIELD_EVERY 512u

/* What is told of a message beyond its hash. */
#define COSTLY_EVENTS (UINT64_C(1) << ACTOR_EVENT_PAYLOAD | UINT64_C(1) << ACTOR_EVENT_STAMP)
static bool is_users(uint8_t kind)
{
	return kind == ACTOR_MESSAGE_KIND_INFO || kind == ACTOR_MESSAGE_KIND_CAST;
}

/* One that is larger than most, or the thread has none at hand. */
struct actor_message *message_create_other(struct thread *thread, size_t size)
{
	uint8_t class;
	struct actor_message *message = (struct actor_message *)pool_alloc(
		&thread->pool, sizeof(struct actor_message) + size, &class);

	if (message != NULL) {
		message->pool_ = class;
		message->size = (uint32_t)size;
	}
	return message;
}

void message_notify(struct thread *thread, struct actor_pid about, struct actor_pid to,
		    enum actor_message_kind kind, uint16_t tag, uint64_t ref, const void *payload,
		    size_t size)
{
	struct actor_message *message = message_create(thread, size);
	uint32_t depth;

	if (message == NULL)
		return;
	message->kind = (uint8_t)kind;
	message->tag = tag;
	message->ref_ = ref;
	message->sender = about;
	message->sequence = 0;
	if (size != 0)
		memcpy(message + 1, payload, size);
	(void)cell_deliver(thread, to, message, &depth);
}

void message_bury(struct thread *thread, struct actor_pid to, struct actor_message *message,
		  int reason)
{
	const struct signal_payload *signal = actor_message_payload(message);
	struct actor_from from = {message->sender, message->ref_};

	switch (message->kind) {
	case ACTOR_MESSAGE_KIND_INFO:
	case ACTOR_MESSAGE_KIND_CAST:
	case ACTOR_MESSAGE_KIND_ALIASED:
	case ACTOR_MESSAGE_KIND_CONTINUE:
		thread_add(&thread->dead_letters, 1);
		EMIT(thread, DEAD_LETTER, message->kind, message->tag, message->sequence, to.bits,
		     message->sender.bits, 0);
		break;
	case ACTOR_MESSAGE_KIND_CALL:
		thread_add(&thread->dead_letters, 1);
		EMIT(thread, DEAD_LETTER, message->kind, message->tag, message->sequence, to.bits,
		     message->sender.bits, 0);
		call_fail(thread, to, from, reason);
		break;
	case ACTOR_MESSAGE_KIND_SYSTEM:
		call_fail(thread, to, from, reason);
		break;
	case ACTOR_MESSAGE_KIND_REPLY:
	case ACTOR_MESSAGE_KIND_RESPONSE:
		thread_add(&thread->late_replies, 1);
		EMIT(thread, LATE_REPLY, message->kind, message->tag, message->sequence, to.bits,
		     message->sender.bits, 0);
		break;
	case ACTOR_MESSAGE_KIND_SIGNAL:
		if (signal->verb == SIGNAL_LINK) {
			struct signal_payload exited = {to, reason, SIGNAL_LINK};

			message_notify(thread, to, message->sender, ACTOR_MESSAGE_KIND_EXIT,
				       (uint16_t)actor_exited.number, 0, &exited, sizeof(exited));
		} else if (signal->verb == SIGNAL_MONITOR && (message->ref_ & REF_AWAITED)) {
			call_fail(thread, to, from, reason);
		} else if (signal->verb == SIGNAL_MONITOR) {
			struct actor_down_message down = {
				.pid = to, .ref = message->ref_, .reason = reason};

			message_notify(thread, to, message->sender, ACTOR_MESSAGE_KIND_DOWN,
				       (uint16_t)actor_down.number, message->ref_, &down,
				       sizeof(down));
		}
		break;
	default:
		break;
	}
	message_free(thread, message);
}

bool cell_deliver(struct thread *thread, struct actor_pid to, struct actor_message *message,
		  uint32_t *ret_depth)
{
	return deliver(thread, to, message, message->kind, false, ret_depth);
}

bool cell_push(struct thread *thread, struct actor_pid to, struct actor_message *message,
	       uint32_t *ret_depth)
{
	return deliver(thread, to, message, message->kind, true, ret_depth);
}

/* What readers learn of a message; after it is sent it is not ours to look at. */
struct told {
	uint64_t hash;
	uint64_t size;
	uint64_t ticks; /* 0: nobody wants the exact time */
};

static void emit_payload(struct thread *thread, uint32_t sequence, const unsigned char *bytes,
			 size_t size, size_t *part, size_t *left)
{
	while (size > 0 && *left > 0) {
		uint64_t words[ACTOR_EVENT_PAYLOAD_BYTES / 8] = {0};
		size_t count = size < sizeof(words) ? size : sizeof(words);

		count = count < *left ? count : *left;
		memcpy(words, bytes, count);
		ring_emit(&thread->ring, ACTOR_EVENT_PAYLOAD, (uint8_t)count, (uint16_t)*part,
			  sequence, words[0], words[1], words[2]);
		bytes += count;
		size -= count;
		*left -= count;
		++*part;
	}
}

static __attribute__((noinline)) void tell_all(struct thread *thread, struct actor_message *message,
					       struct told *ret_told)
{
	ret_told->hash = message_hash(message, &ret_told->size);
	if (ring_wants(&thread->ring, ACTOR_EVENT_PAYLOAD)) {
		const struct actor_blob *blob = actor_message_blob(message);
		size_t left = thread->ring.payload_max, part = 0;

		emit_payload(thread, message->sequence, actor_message_payload(message),
			     message->size, &part, &left);
		if (blob != NULL)
			emit_payload(thread, message->sequence, actor_blob_bytes(blob),
				     actor_blob_size(blob), &part, &left);
	}
	ret_told->ticks = ring_wants(&thread->ring, ACTOR_EVENT_STAMP) ? clock_ticks() : 0;
}

/* Out of line: only while somebody reads. Most messages are short, and most readers content. */
static __attribute__((noinline)) void tell(struct thread *thread, struct actor_message *message,
					   struct told *ret_told)
{
	if (__builtin_expect(message->size > 16 || message->pool_ != 0 ||
				     ring_wants_any(&thread->ring, COSTLY_EVENTS),
			     0)) {
		tell_all(thread, message, ret_told);
		return;
	}
	ret_told->hash = hash_short(message + 1, message->size);
	ret_told->size = message->size;
	ret_told->ticks = 0;
}

static void emit_outside(struct thread *thread, uint32_t sequence, const unsigned char *bytes,
			 size_t size, uint8_t flags)
{
	do {
		uint64_t words[ACTOR_EVENT_PAYLOAD_BYTES / 8] = {0};
		size_t count = size < sizeof(words) ? size : sizeof(words);

		if (count != 0)
			memcpy(words, bytes, count);
		ring_emit(&thread->ring, ACTOR_EVENT_OUTSIDE_BYTES, (uint8_t)(count | flags), 0,
			  sequence, words[0], words[1], words[2]);
		bytes += count;
		size -= count;
	} while (size > 0);
}

/* All that a replay needs to send the message once more. */
static __attribute__((noinline)) void tell_outside(struct thread *thread, struct actor_pid to,
						   const struct actor_message *message)
{
	const struct actor_blob *blob = actor_message_blob(message);

	ring_emit(&thread->ring, ACTOR_EVENT_OUTSIDE, message->kind, message->tag,
		  message->sequence, to.bits, message->sender.bits, message->ref_);
	if (message->size != 0)
		emit_outside(thread, message->sequence, actor_message_payload(message),
			     message->size, 0);
	if (blob != NULL)
		emit_outside(thread, message->sequence, actor_blob_bytes(blob),
			     actor_blob_size(blob), ACTOR_EVENT_OF_BLOB);
}

/* It was not delivered, or not at once. */
int send_outcome(struct thread *thread, struct actor_pid to, uint16_t tag)
{
	return thread->outcome <= BOUND_DEAD ? thread->outcome : bound_wait(thread, to, tag);
}

static __attribute__((noinline)) int send_told_other(struct thread *thread, struct actor_pid to,
						     struct actor_message *message)
{
	uint8_t kind = message->kind;
	uint16_t tag = message->tag;
	uint32_t sequence = message->sequence;
	struct told told; /* where it is wanted */
	uint32_t depth = 0;
	bool wanted = ring_wants(&thread->ring, ACTOR_EVENT_SEND);
	bool delivered;

	if (thread->cell->outside && ring_wants(&thread->ring, ACTOR_EVENT_OUTSIDE)) {
		message = thread->system->seam->outside(thread, message);
		if (message == NULL)
			return 0;
		tell_outside(thread, to, message);
	}
	if (wanted)
		tell(thread, message, &told);
	delivered = deliver(thread, to, message, kind, false, &depth);
	if (!delivered && thread->outcome <= BOUND_DEAD)
		return thread->outcome;
	if (wanted) {
		if (told.ticks != 0)
			ring_emit(&thread->ring, ACTOR_EVENT_STAMP, 0, 0, 0, 0, 0, told.ticks);
		ring_emit(&thread->ring, ACTOR_EVENT_SEND, kind, tag, sequence, to.bits, told.hash,
			  told.size | (uint64_t)depth << 32);
	}
	return delivered ? 0 : send_outcome(thread, to, tag);
}

/* A message for which hash_short is enough, and readers who want no more than its SEND. */
static inline bool is_told_simply(const struct thread *thread, const struct actor_message *message)
{
	return message->kind <= ACTOR_MESSAGE_KIND_CALL && message->size <= 16 &&
	       message->pool_ == 0 && !thread->cell->outside &&
	       (thread->ring.events & (COSTLY_EVENTS | UINT64_C(1) << ACTOR_EVENT_SEND)) ==
		       UINT64_C(1) << ACTOR_EVENT_SEND;
}

/* The same as send_message, for those who read along. Apart, so that it costs nobody else. */
__attribute__((noinline)) int send_told(struct thread *thread, struct actor_pid to,
					struct actor_message *message)
{
	uint8_t kind = message->kind;
	uint16_t tag = message->tag;
	uint32_t sequence = message->sequence;
	uint64_t size = message->size;
	uint64_t hash;
	uint32_t depth = 0;
	bool delivered;

	if (!is_told_simply(thread, message))
		return send_told_other(thread, to, message);
	hash = hash_short(message + 1, size);
	/* Of calls and what is less no more need be known here. */
	delivered = deliver(thread, to, message, ACTOR_MESSAGE_KIND_INFO, false, &depth);
	if (__builtin_expect(!delivered, 0) && thread->outcome <= BOUND_DEAD)
		return thread->outcome;
	ring_emit(&thread->ring, ACTOR_EVENT_SEND, kind, tag, sequence, to.bits, hash,
		  size | (uint64_t)depth << 32);
	return __builtin_expect(delivered, 1) ? 0 : send_outcome(thread, to, tag);
}

/* The program's own sends may also give way to others; see actor/yield.c. */
static void sent_much(struct thread *thread)
{
	if (thread->worker != NULL && thread->system->seam->yields(thread))
		turn_yield(thread);
}

int message_send(struct thread *thread, struct actor_pid to, struct actor_message *message)
{
	return send_message(thread, to, message, message->kind);
}

int message_post(struct thread *thread, struct actor_pid to, enum actor_message_kind kind,
		 uint16_t tag, uint64_t ref, const void *payload, size_t size)
{
	struct actor_message *message = message_create(thread, size);

	if (message == NULL)
		return ACTOR_ENO_MEMORY;
	message->kind = (uint8_t)kind;
	message->tag = tag;
	message->ref_ = ref;
	if (size != 0)
		memcpy(message + 1, payload, size);
	if (thread->cell != NULL) {
		(void)message_send(thread, to, message);
	} else {
		uint32_t depth;

		message->sender = to;
		message->sequence = 0;
		(void)cell_deliver(thread, to, message, &depth);
	}
	return 0;
}

static inline __attribute__((always_inline)) int send(struct actor_pid to, struct actor_type *type,
						      const void *payload, bool fixed, size_t size,
						      enum actor_message_kind kind)
{
	struct thread *thread = thread_self();
	struct actor_message *message;
	struct cell *cell;
	int status;

	assert(is_users((uint8_t)kind));
	if (__builtin_expect(thread == NULL || thread->cell == NULL, 0))
		return ACTOR_ENOT_ACTOR;
	status = message_make(thread, type, payload, fixed, size, 0, kind, 0, &message);
	if (status != 0)
		return status;
	cell = thread->cell;
	thread_input(thread);
	status = send_message(thread, to, message, (uint8_t)kind);
	thread_output(thread); /* of the old thread, where it waited: only a foreign one counts */
	if (__builtin_expect(cell->turn_sends % YIELD_EVERY == 0, 0) && status == 0 &&
	    cell->turn_sends != 0) /* 0: it has waited for room just now */
		sent_much(thread_self());
	return status;
}

int actor_send(struct actor_pid to, struct actor_type *type, const void *payload)
{
	return send(to, type, payload, true, 0, ACTOR_MESSAGE_KIND_INFO);
}

int actor_cast(struct actor_pid to, struct actor_type *type, const void *payload)
{
	return send(to, type, payload, true, 0, ACTOR_MESSAGE_KIND_CAST);
}

int actor_send_bytes(struct actor_pid to, struct actor_type *type, const void *payload, size_t size)
{
	return send(to, type, payload, false, size, ACTOR_MESSAGE_KIND_INFO);
}

int actor_cast_bytes(struct actor_pid to, struct actor_type *type, const void *payload, size_t size)
{
	return send(to, type, payload, false, size, ACTOR_MESSAGE_KIND_CAST);
}

int message_build(struct thread *thread, struct actor_type *type, const void *payload, size_t size,
		  enum actor_message_kind kind, uint64_t ref, struct actor_blob *blob,
		  struct actor_message **ret_message)
{
	size_t tail = blob != NULL ? 7 + sizeof(blob) : 0; /* behind the payload, aligned */
	int status = message_make(thread, type, payload, false, size, tail, kind, ref, ret_message);

	if (status == 0 && blob != NULL)
		message_load(*ret_message, blob);
	return status;
}

int message_request(struct thread *thread, struct actor_pid to, struct actor_type *type,
		    const void *payload, size_t size, uint64_t ref)
{
	struct actor_message *message;
	int status = message_build(thread, type, payload, size, ACTOR_MESSAGE_KIND_CALL, ref, NULL,
				   &message);

	return status == 0 ? send_message(thread, to, message, ACTOR_MESSAGE_KIND_CALL) : status;
}
