/* SPDX-License-Identifier: MIT */
#ifndef TRACER_ATTACH_PAYLOAD_H
#define TRACER_ATTACH_PAYLOAD_H

/* Puts the payload of a message together from its PAYLOAD events. */

#include <stddef.h>
#include <stdint.h>

#include <actor/event.h>

struct payload {
	uint32_t number; /* of the message */
	size_t size;     /* 0: there is none, or a part of it was missed */
	size_t room;
	uint8_t *bytes;
};

void payload_finish(struct payload *payload);

/* Adds a PAYLOAD event, up to `max` bytes in all. Returns 0 or -ENOMEM. */
int payload_add(struct payload *payload, const struct actor_event *event, size_t max);

/* Hands it over and begins anew. Returns what `take` returned. */
int payload_give(struct payload *payload, uint64_t sender,
		 int (*take)(void *user, uint64_t sender, uint32_t number, const void *bytes,
			     size_t size),
		 void *user);

#endif
