/* SPDX-License-Identifier: MIT */

/* What an event means by itself. */

#include <stdio.h>
#include <string.h>

#include "lint/engine.h"

/* A refused circle comes as one event with its length and one for each of its edges. */
static void circle_end(struct lint_engine *engine)
{
	struct lint_circle *circle = &engine->circle;

	if (circle->actor == 0)
		return;
	if (circle->used < sizeof(circle->detail.more))
		snprintf(circle->detail.more + circle->used,
			 sizeof(circle->detail.more) - circle->used, " (refused)");
	lint_incident(engine, LINT_CALL_DEADLOCK, (struct lint_subject){circle->actor, 0}, 1, 0,
		      &circle->detail);
	circle->actor = 0;
}

static void circle_begin(struct lint_engine *engine, const struct actor_event *event)
{
	struct lint_circle *circle = &engine->circle;
	char name[64];

	circle_end(engine);
	*circle = (struct lint_circle){.actor = event->a, .left = event->c, .length = event->c};
	engine->names.actor(engine->names.user, event->a, 0, name, sizeof(name));
	circle->used =
		(size_t)snprintf(circle->detail.more, sizeof(circle->detail.more), "%.20s", name);
	if (circle->left == 0)
		circle_end(engine);
}

static void circle_edge(struct lint_engine *engine, const struct actor_event *event)
{
	struct lint_circle *circle = &engine->circle;
	uint64_t edge;
	char name[64] = "...";

	if (circle->actor != event->a || circle->left == 0)
		return;
	edge = circle->length - circle->left--;
	if (edge == 0)
		circle->detail.peer = event->c;
	if (edge < LINT_NAMES_SAID || circle->left == 0)
		engine->names.actor(engine->names.user, event->c, 0, name, sizeof(name));
	if ((edge <= LINT_NAMES_SAID || circle->left == 0) &&
	    circle->used < sizeof(circle->detail.more))
		circle->used += (size_t)snprintf(circle->detail.more + circle->used,
						 sizeof(circle->detail.more) - circle->used,
						 " -> %.20s", name);
	if (circle->left == 0)
		circle_end(engine);
}

/* Whether messages of that type hold a pointer. */
static bool has_pointer(struct lint_engine *engine, uint16_t tag, char *path, size_t size)
{
	if (engine->names.pointer == NULL || engine->plain[tag])
		return false;
	engine->plain[tag] = !engine->names.pointer(engine->names.user, tag, path, size);
	return !engine->plain[tag];
}

static void on_send(struct lint_engine *engine, uint64_t actor, const struct actor_event *event)
{
	struct lint_detail detail = {.peer = event->a, .tag = event->tag};
	uint32_t size = (uint32_t)event->c;

	if (size >= lints[LINT_BIG_MESSAGE].enter)
		lint_incident(engine, LINT_BIG_MESSAGE, (struct lint_subject){actor, 0}, 1, size,
			      &detail);
	if (has_pointer(engine, event->tag, detail.more, sizeof(detail.more)))
		lint_incident(engine, LINT_POINTER_MESSAGE, (struct lint_subject){actor, 0}, 1, 0,
			      &detail);
}

static void on_timeout(struct lint_engine *engine, const struct actor_event *event)
{
	struct lint_detail detail = {.peer = event->b, .tag = event->tag};

	/* Who waits for a message, and not for an answer, waits for nobody in particular. */
	if (event->b != 0 && event->tag != 0)
		lint_incident(engine, LINT_CALL_TIMEOUT, (struct lint_subject){event->a, 0}, 1, 0,
			      &detail);
}

static void on_unhandled(struct lint_engine *engine, const struct actor_event *event)
{
	struct lint_detail detail = {.peer = event->b, .tag = event->tag};
	char type[64] = "";

	engine->names.type(engine->names.user, event->tag, type, sizeof(type));
	snprintf(detail.more, sizeof(detail.more), ", the last a %s", type);
	lint_incident(engine, LINT_UNHANDLED, (struct lint_subject){event->a, 0}, 1, 0, &detail);
}

/*
 * Only what the sender's own turn sends to somebody who is dead by then. What still lies in a
 * mailbox when its owner ends, and replies and exits to the dead, are nobody's fault.
 */
static void on_dead_letter(struct lint_engine *engine, uint64_t actor,
			   const struct actor_event *event)
{
	struct lint_detail detail = {.peer = event->a, .tag = event->tag};
	unsigned kind = event->flags & 0x0f;

	if (actor != event->b)
		return;
	if (kind == ACTOR_MESSAGE_KIND_INFO || kind == ACTOR_MESSAGE_KIND_CAST ||
	    kind == ACTOR_MESSAGE_KIND_CALL)
		lint_incident(engine, LINT_DEAD_LETTERS, (struct lint_subject){event->b, 0}, 1, 0,
			      &detail);
}

void lint_event(struct lint_engine *engine, uint64_t actor, const struct actor_event *event)
{
	switch (event->kind) {
	case ACTOR_EVENT_SEND:
		on_send(engine, actor, event);
		break;
	case ACTOR_EVENT_RECV:
		if ((event->flags & 0x0f) == ACTOR_MESSAGE_KIND_TIMEOUT)
			on_timeout(engine, event);
		break;
	case ACTOR_EVENT_DEAD_LETTER:
		on_dead_letter(engine, actor, event);
		break;
	case ACTOR_EVENT_UNHANDLED:
		on_unhandled(engine, event);
		break;
	case ACTOR_EVENT_OBSERVE:
		if (event->seq == ACTOR_OBSERVED_DEADLOCK && event->c != 0)
			circle_begin(engine, event);
		else if (event->seq == ACTOR_OBSERVED_CYCLE)
			circle_edge(engine, event);
		break;
	default:
		break;
	}
}
