/* SPDX-License-Identifier: MIT */
/* Turns that are interrupted: others are run meanwhile. */
#include "script/script.h"

static void rest_nothing(void *argument)
{
	(void)argument;
}

static void resume(struct task *task)
{
	struct script_pause *pause = (struct script_pause *)(void *)task; /* first member */

	worker_resume(pause->stack);
}

static void unlink_pause(struct script *script, const struct script_pause *pause)
{
	struct script_pause **link = &script->pauses;

	while (*link != pause)
		link = &(*link)->next;
	*link = pause->next;
}

/* Returns when the scheduler has found that the turn may go on. */
static void pause_turn(struct script *script, struct thread *thread, struct script_pause *pause)
{
	struct cell *cell = thread->cell;
	struct script_actor *actor = script_actor_find(script, cell_pid(cell).bits);

	pause->task.run = resume;
	pause->cell = cell;
	pause->now = thread->now;
	pause->next = script->pauses;
	script->pauses = pause;
	actor->paused = true;
	if (script_is_guest_thread(thread)) {
		unlink_pause(script, pause);
		script_guest_pause(script, pause->pid);
		actor->paused = false;
		return;
	}
	if (thread == script->main_thread) {
		script_main_wait(script, SCRIPT_MAIN_PAUSES);
		unlink_pause(script, pause);
		actor->paused = false;
		return;
	}
	if (!worker_reserve(thread->worker))
		script_trouble(script, ACTOR_SCRIPT_EMEMORY);
	thread->cell = NULL;
	worker_suspend(&pause->stack, rest_nothing, NULL);
	unlink_pause(script, pause);
	actor->paused = false;
	thread->cell = cell;
	thread->now = pause->now;
	thread_tls_set(cell_pid(cell).bits);
	__atomic_store_n(&thread->words->current, cell_pid(cell).bits, __ATOMIC_RELAXED);
	ring_refresh(&thread->ring);
	thread->ring.actor = cell_pid(cell).bits;
	EMIT(thread, WAKE, 0, 0, 0, cell_pid(cell).bits, 0, 0);
}

void script_pause_for(struct script *script, struct thread *thread, struct actor_pid pid)
{
	struct script_pause pause = {.pid = pid.bits};

	pause_turn(script, thread, &pause);
}

/* The place of the actor's next event that has a time of its own. UINT64_MAX: there is none. */
static uint64_t next_stamp(const struct script *script, const struct script_actor *actor)
{
	const struct script_due *due = &actor->due;

	for (uint32_t i = 0; i < due->count; i++) {
		uint64_t place = due->places[(due->first + i) & (due->capacity - 1)];
		uint8_t kind = script->events[place].kind;

		if (kind == ACTOR_EVENT_RECV || kind == ACTOR_EVENT_WAIT)
			return place;
	}
	for (uint64_t i = script->position; i < script->count; i++) {
		const struct actor_event *event = &script->events[i];

		if (event->a == actor->pid &&
		    (event->kind == ACTOR_EVENT_RECV || event->kind == ACTOR_EVENT_WAIT ||
		     event->kind == ACTOR_EVENT_EXIT))
			return i;
	}
	return UINT64_MAX;
}

void script_wait_turn(struct script *script, struct thread *thread)
{
	struct script_actor *actor = script_actor_find(script, cell_pid(thread->cell).bits);
	struct script_pause pause = {.pid = 0};

	if (actor == NULL || thread->worker == NULL)
		return;
	pause.until = next_stamp(script, actor);
	actor->wanted = false;
	script->waits++;
	pause_turn(script, thread, &pause);
	script->waits--;
}

bool script_pause_is_over(struct script *script, const struct script_pause *pause)
{
	const struct script_actor *actor;

	if (pause->pid != 0)
		return script_is_free(script, pause->pid) || script->ended;
	actor = script_actor_find(script, cell_pid(pause->cell).bits);
	return script->position > pause->until || script->position == script->count ||
	       actor == NULL || actor->wanted;
}

void script_want(struct script *script, uint64_t pid)
{
	struct script_actor *actor = script->waits != 0 ? script_actor_find(script, pid) : NULL;

	if (actor != NULL)
		actor->wanted = true;
}
