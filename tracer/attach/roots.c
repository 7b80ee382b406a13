/* SPDX-License-Identifier: MIT */
#include "attach/roots.h"

#include <stdlib.h>

#include "store/layout.h"
#include "store/pidmap.h"

struct roots {
	uint32_t every;
	struct pidmap messages; /* uint8_t enum root, by sender and number */
	struct pidmap births;   /* by pid: until its first turn */
	struct pidmap timers;   /* by actor and number */
	struct pidmap waits;    /* by actor: of the turn that waits */
	uint64_t forgotten;
};

struct roots *roots_create(uint32_t every)
{
	struct roots *roots = calloc(1, sizeof(*roots));

	if (roots == NULL)
		return NULL;
	roots->every = every;
	pidmap_init(&roots->messages, sizeof(uint8_t));
	pidmap_init(&roots->births, sizeof(uint8_t));
	pidmap_init(&roots->timers, sizeof(uint8_t));
	pidmap_init(&roots->waits, sizeof(uint8_t));
	return roots;
}

struct roots *roots_destroy(struct roots *roots)
{
	if (roots == NULL)
		return NULL;
	pidmap_finish(&roots->messages);
	pidmap_finish(&roots->births);
	pidmap_finish(&roots->timers);
	pidmap_finish(&roots->waits);
	free(roots);
	return NULL;
}

/* Splitmix64's finisher. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

enum root roots_begin(const struct roots *roots, uint64_t actor, uint64_t nth)
{
	uint64_t hash = mix(mix(actor) + nth * UINT64_C(0x9e3779b97f4a7c15));

	return hash % roots->every == 0 ? ROOT_KEPT : ROOT_LEFT;
}

static void put(struct roots *roots, struct pidmap *map, uint64_t key, uint64_t number,
		enum root root)
{
	uint8_t *place;

	if (map->count >= ROOTS_MAX) {
		pidmap_clear(map);
		roots->forgotten++;
	}
	place = pidmap_put(map, key, (uint32_t)number, NULL);
	if (place != NULL)
		*place = (uint8_t)root;
	else
		roots->forgotten++;
}

static enum root take(struct pidmap *map, uint64_t key, uint64_t number)
{
	uint8_t root;

	return pidmap_take(map, key, (uint32_t)number, &root) ? (enum root)root : ROOT_UNKNOWN;
}

void roots_note(struct roots *roots, uint64_t actor, const struct actor_event *event,
		enum root root)
{
	switch (event->kind) {
	case ACTOR_EVENT_SEND:
		put(roots, &roots->messages, actor, event->seq, root);
		break;
	case ACTOR_EVENT_POSTPONE: /* it will be received again */
		put(roots, &roots->messages, event->b, event->seq, root);
		break;
	case ACTOR_EVENT_SPAWN:
		put(roots, &roots->births, event->a, 0, root);
		break;
	case ACTOR_EVENT_TIMER_START:
		/* Each firing of a periodic timer is a beginning of its own. */
		if (event->c == 0)
			put(roots, &roots->timers, event->a, event->seq, root);
		break;
	case ACTOR_EVENT_TIMER_CANCEL:
		(void)take(&roots->timers, event->a, event->seq);
		break;
	case ACTOR_EVENT_WAIT:
		put(roots, &roots->waits, event->a, 0, root);
		break;
	default:
		break;
	}
}

enum root roots_take(struct roots *roots, const struct actor_event *event, bool force)
{
	enum root root = ROOT_UNKNOWN, waiting;

	if (event_has_send(event)) {
		root = take(&roots->messages, event->b, event->seq);
	} else if (event_message_kind(event) == ACTOR_MESSAGE_KIND_INIT) {
		root = take(&roots->births, event->a, 0);
	} else {
		if (event_message_kind(event) == ACTOR_MESSAGE_KIND_TIMER)
			root = take(&roots->timers, event->a, event->seq);
		force = true; /* a periodic timer, or the runtime itself: nobody will tell more */
	}
	if (root == ROOT_UNKNOWN && !force)
		return ROOT_UNKNOWN;
	/* A turn that has waited goes on with its own matter, whoever woke it. */
	waiting = event_is_continuation(event) ? take(&roots->waits, event->a, 0) : ROOT_UNKNOWN;
	if (waiting != ROOT_UNKNOWN)
		return waiting;
	return root != ROOT_UNKNOWN ? root : roots_begin(roots, event->a, event->c);
}

uint64_t roots_forgotten(const struct roots *roots)
{
	return roots->forgotten;
}
