/* SPDX-License-Identifier: MIT */

/* What an actor's numbers mean. */

#include <stdio.h>

#include "lint/engine.h"

void lint_actor(struct lint_engine *engine, const struct lint_actor *actor)
{
	const struct lint_subject subject = {actor->pid, actor->behaviour};
	const struct lint_detail detail = {.tag = actor->tag};

	if (actor->state == LINT_STATE_CALLING)
		lint_wait_add(engine, actor);
	if (actor->outside)
		return;
	if (actor->state == LINT_STATE_RUNNING)
		lint_value(engine, LINT_STUCK_HANDLER, subject, (double)actor->turn_ns, &detail);
	if (actor->state == LINT_STATE_READY)
		/* While none is handled, those that wait are the same. */
		lint_since(engine, LINT_STARVED, subject, actor->handled + 1, NULL);
	if (actor->mailbox >= LINT_MAILBOX_SOME / 2) {
		lint_value(engine, LINT_MAILBOX_LONG, subject, (double)actor->mailbox, NULL);
		lint_value(engine, LINT_MAILBOX_GROWING, subject, (double)actor->mailbox, NULL);
	}
	/* One that is stuck is busy, too, but that is not what is wrong with it. */
	if (actor->busy >= LINT_BUSY_SOME && (actor->state != LINT_STATE_RUNNING ||
					      actor->turn_ns < lints[LINT_STUCK_HANDLER].enter))
		lint_value(engine, LINT_HOT_ACTOR, subject, actor->busy, NULL);
	if (actor->memory >= LINT_MEMORY_SOME && engine->memory > 0) {
		struct lint_detail more = {0};

		snprintf(more.more, sizeof(more.more), "%.1f MiB",
			 (double)actor->memory / 1048576.0);
		lint_value(engine, LINT_MEMORY_SHARE, subject,
			   (double)actor->memory / engine->memory, &more);
	}
	/* Who has been restarted before and was born since the last look is one restart more. */
	if (actor->restarts > 0 && engine->last_ns != 0 &&
	    actor->age_ns < engine->now_ns - engine->last_ns)
		lint_incident(engine, LINT_RESTART_STORM, (struct lint_subject){actor->parent, 0},
			      1, 0, NULL);
}

void lint_behaviour(struct lint_engine *engine, uint16_t behaviour, uint64_t actors)
{
	lint_value(engine, LINT_ACTOR_LEAK, (struct lint_subject){0, behaviour}, (double)actors,
		   NULL);
}

void lint_memory(struct lint_engine *engine, uint64_t bytes)
{
	engine->memory = (double)bytes;
}
