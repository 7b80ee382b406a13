/* SPDX-License-Identifier: MIT */
/* Messages that came from outside are made of their recorded bytes. */
#include "script/script.h"

#include <stdlib.h>
#include <string.h>

#define BLOB_TAIL (7 + sizeof(void *)) /* as in message_build */

struct sizes {
	size_t payload;
	size_t blob;
	bool has_blob;
	uint64_t end; /* the first event behind */
};

static size_t bytes_of(const struct actor_event *event)
{
	size_t count = event->flags & 0x1f;

	return count < ACTOR_EVENT_PAYLOAD_BYTES ? count : ACTOR_EVENT_PAYLOAD_BYTES;
}

static struct sizes measure(const struct script *script, uint64_t place)
{
	struct sizes sizes = {0, 0, false, place + 1};
	uint32_t seq = script->events[place].seq;

	for (; sizes.end < script->count; sizes.end++) {
		const struct actor_event *event = &script->events[sizes.end];

		if (event->kind != ACTOR_EVENT_OUTSIDE_BYTES || event->seq != seq)
			break;
		if (event->flags & ACTOR_EVENT_OF_BLOB) {
			sizes.has_blob = true;
			sizes.blob += bytes_of(event);
		} else {
			sizes.payload += bytes_of(event);
		}
	}
	return sizes;
}

static void copy(const struct script *script, uint64_t place, uint64_t end, uint8_t flags,
		 unsigned char *to)
{
	for (uint64_t i = place + 1; i < end; i++) {
		const struct actor_event *event = &script->events[i];
		size_t count = bytes_of(event);

		if ((event->flags & ACTOR_EVENT_OF_BLOB) != flags)
			continue;
		memcpy(to, &event->a, count);
		to += count;
	}
}

static int add_blob(const struct script *script, struct thread *thread, uint64_t place,
		    const struct sizes *sizes, struct actor_message *message)
{
	unsigned char *bytes = malloc(sizes->blob + 1);
	int status = ACTOR_ENO_MEMORY;

	if (bytes != NULL) {
		copy(script, place, sizes->end, ACTOR_EVENT_OF_BLOB, bytes);
		status = message_load_bytes(thread, message, bytes, sizes->blob);
	}
	free(bytes);
	return status;
}

/* ---- Sizes -------------------------------------------------------------------------------------
 */

static bool fits_type(const struct script *script, uint16_t tag, size_t size)
{
	const struct actor_script_header *header = script->header;
	const struct actor_script_type *type =
		(const struct actor_script_type *)(const void *)((const char *)header +
								 header->types_offset) +
		tag - 1;

	if (tag == 0)
		return true; /* its receiver cannot take it for anything */
	if (tag > header->types_count)
		return false;
	return type->flexible != 0 ? size >= type->size : size == type->size;
}

static bool fits_reply(const struct script *script, uint64_t ref, const void *payload, size_t size)
{
	const struct actor_script_header *header = script->header;
	const struct actor_script_type *types =
		(const struct actor_script_type *)(const void *)((const char *)header +
								 header->types_offset);
	uint16_t tag = (uint16_t)(ref >> REF_TAG_SHIFT);
	struct reply_payload reply;

	if (size < sizeof(reply))
		return false;
	memcpy(&reply, payload, sizeof(reply));
	if (reply.status != 0)
		return true;
	return tag != 0 && tag <= header->types_count &&
	       size == sizeof(reply) + types[tag - 1].reply_size;
}

bool script_fits(const struct script *script, const struct actor_message *message)
{
	switch (message->kind) {
	case ACTOR_MESSAGE_KIND_INIT: /* is told its size */
	case ACTOR_MESSAGE_KIND_TIMEOUT:
	case ACTOR_MESSAGE_KIND_ROOM:
		return true;
	case ACTOR_MESSAGE_KIND_REPLY:
		/* Without a type, whoever waits knows how much it wants. */
		if (message->ref_ >> REF_TAG_SHIFT == 0)
			return message->size >= sizeof(struct reply_payload);
		return fits_reply(script, message->ref_, message + 1, message->size);
	case ACTOR_MESSAGE_KIND_RESPONSE:
		return (message->ref_ & REF_TAKEN) == 0 &&
		       fits_reply(script, message->ref_, message + 1, message->size);
	case ACTOR_MESSAGE_KIND_ALIASED:
		return (message->ref_ & REF_TAKEN) == 0 &&
		       fits_type(script, message->tag, message->size);
	case ACTOR_MESSAGE_KIND_DIED:
		return message->size == sizeof(struct reply_payload);
	case ACTOR_MESSAGE_KIND_EXIT:
	case ACTOR_MESSAGE_KIND_SIGNAL:
		return message->size == sizeof(struct signal_payload) &&
		       fits_type(script, message->tag, message->size);
	case ACTOR_MESSAGE_KIND_DOWN:
		return message->size == sizeof(struct actor_down_message) &&
		       (message->ref_ & REF_TAKEN) == 0 &&
		       fits_type(script, message->tag, message->size);
	default:
		return fits_type(script, message->tag, message->size);
	}
}

/* The message that begins at that place. */
static struct actor_message *build(struct script *script, struct thread *thread, uint64_t place)
{
	const struct actor_event *event = &script->events[place];
	struct sizes sizes = measure(script, place);
	struct actor_message *message =
		message_create(thread, sizes.payload + (sizes.has_blob ? BLOB_TAIL : 0));

	if (message == NULL)
		script_trouble(script, ACTOR_SCRIPT_EMEMORY);
	message->size = (uint32_t)sizes.payload;
	message->kind = event->flags & 0x0f;
	message->tag = event->tag;
	message->ref_ = event->c;
	message->sender.bits = event->b;
	message->sequence = event->seq;
	copy(script, place, sizes.end, 0, (unsigned char *)(message + 1));
	if (!script_fits(script, message))
		script_refuse(script, place);
	if (sizes.has_blob && add_blob(script, thread, place, &sizes, message) != 0)
		script_trouble(script, ACTOR_SCRIPT_EMEMORY);
	return message;
}

void script_inject(struct script *script, struct thread *thread, uint64_t place)
{
	uint32_t depth;

	(void)cell_push(thread, (struct actor_pid){script->events[place].a},
			build(script, thread, place), &depth);
}

/* What main or a guest sends may come from outside as well: its bytes are those of then. */
struct actor_message *script_outside(struct thread *thread, struct actor_message *message)
{
	struct script *script = script_of(thread);
	struct script_actor *actor =
		thread->foreign ? script_actor_find(script, cell_pid(thread->cell).bits) : NULL;
	const struct actor_event *event = actor != NULL ? script_due_first(script, actor) : NULL;
	struct actor_message *recorded;

	if (script_guest_is_late(thread) || (actor != NULL && actor->guest && !actor->needed)) {
		message_free(thread, message); /* it was sent when its time had come */
		return NULL;
	}
	if (event == NULL || event->kind != ACTOR_EVENT_OUTSIDE || event->seq != message->sequence)
		return message;
	if (event->tag == message->tag && (event->flags & 0x0f) == message->kind) {
		recorded = build(script, thread, script_place(script, event) - 1);
		recorded->ref_ = message->ref_;
		message_free(thread, message);
		message = recorded;
	}
	script_due_shift(script, actor);
	return message;
}

/* What came for it before it was there. */
void script_born(struct thread *thread, struct script_actor *actor)
{
	struct mailbox_list early = actor->early;
	struct actor_message *message;
	uint32_t depth;

	actor->early = (struct mailbox_list){NULL, NULL, 0};
	while ((message = mailbox_shift(&early)) != NULL)
		(void)cell_push(thread, (struct actor_pid){actor->pid}, message, &depth);
}
