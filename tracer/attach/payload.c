/* SPDX-License-Identifier: MIT */
#include "attach/payload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void payload_finish(struct payload *payload)
{
	free(payload->bytes);
	*payload = (struct payload){0};
}

int payload_add(struct payload *payload, const struct actor_event *event, size_t max)
{
	size_t from = (size_t)event->tag * ACTOR_EVENT_PAYLOAD_BYTES;
	size_t count =
		event->flags < ACTOR_EVENT_PAYLOAD_BYTES ? event->flags : ACTOR_EVENT_PAYLOAD_BYTES;

	if (event->tag == 0) {
		payload->number = event->seq;
		payload->size = 0;
	}
	/* Another reader may want more of it than we do. */
	if (payload->number != event->seq || from > payload->size || from >= max)
		return 0;
	if (from < payload->size) {
		payload->size = 0; /* parts contradict each other */
		return 0;
	}
	count = count < max - from ? count : max - from;
	if (payload->room < from + count) {
		size_t room = (from + count) * 2 + 256;
		uint8_t *more = realloc(payload->bytes, room);

		if (more == NULL)
			return -ENOMEM;
		payload->bytes = more;
		payload->room = room;
	}
	memcpy(payload->bytes + from, &event->a, count);
	payload->size = from + count;
	return 0;
}

int payload_give(struct payload *payload, uint64_t sender,
		 int (*take)(void *user, uint64_t sender, uint32_t number, const void *bytes,
			     size_t size),
		 void *user)
{
	size_t size = payload->size;

	payload->size = 0;
	return take(user, sender, payload->number, payload->bytes, size);
}
