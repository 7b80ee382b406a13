/* SPDX-License-Identifier: MIT */
/* Time, pids and shared facts, as they were recorded. */
#include "script/script.h"

/* The next event of the running turn, if it is of that kind. */
static const struct actor_event *next_fact(struct script *script, struct script_actor *actor,
					   uint8_t kind)
{
	const struct actor_event *event = actor != NULL ? script_due_first(script, actor) : NULL;

	return event != NULL && event->kind == kind ? event : NULL;
}

static struct script_actor *running(const struct thread *thread)
{
	return thread->cell != NULL
		       ? script_actor_find(script_of(thread), cell_pid(thread->cell).bits)
		       : NULL;
}

uint64_t script_now(struct actor_system *system)
{
	struct script *script = system->script;
	struct script_actor *actor = running(thread_self());
	const struct actor_event *event = next_fact(script, actor, ACTOR_EVENT_CLOCK);

	/* Where it was not asked for then, any time is as good. */
	if (event != NULL) {
		script->last_now = event->c;
		script_due_shift(script, actor);
		return event->c;
	}
	return script->last_now != 0 ? script->last_now : 1;
}

uint64_t script_seed(struct actor_system *system, uint64_t wanted)
{
	(void)wanted;
	return system->script->header->seed;
}

uint64_t script_observe(struct cell *cell, enum actor_observed topic, uint64_t value)
{
	struct thread *thread = thread_self();
	struct script *script = script_of(thread);
	struct script_actor *actor = script_actor_find(script, cell_pid(cell).bits);
	const struct actor_event *event = next_fact(
		script, actor,
		topic == ACTOR_OBSERVED_CANCEL ? ACTOR_EVENT_TIMER_CANCEL : ACTOR_EVENT_OBSERVE);

	if (event != NULL && topic == ACTOR_OBSERVED_CANCEL) {
		script_due_shift(script, actor);
		return event->b;
	}
	if (event != NULL && event->seq == (uint32_t)topic) {
		script_due_shift(script, actor);
		return event->c;
	}
	/* This one is recorded only where it is true. */
	return topic == ACTOR_OBSERVED_DEADLOCK ? 0 : value;
}

/* ---- Pids --------------------------------------------------------------------------------------
 */

/* Whether somebody of the recording had the slot before it, and has it here or is still to come. */
static bool is_awaited(struct script *script, struct actor_pid pid, uint32_t generation)
{
	if (actor_pid_generation(pid) - generation > script->births.count)
		return false; /* more than there ever were */
	for (; generation < actor_pid_generation(pid); generation++) {
		uint64_t before = actor_pid_pack(actor_pid_slot(pid), generation).bits;
		const struct script_actor *actor;

		if (!map_get(&script->births, before, NULL))
			continue; /* a birth that failed */
		actor = script_actor_find(script, before);
		if (actor == NULL || !actor->outside || !actor->ended)
			return true;
	}
	return false;
}

/* Its turn has come: those that had the slot before it are dead. */
static bool is_free(struct actor_system *system, struct actor_pid pid)
{
	uint32_t slot = actor_pid_slot(pid);
	uint32_t generation = 1;

	if (slot < system->slots_used) {
		if (system_line(system, slot)->state != ACTOR_PLANE_STATE_FREE)
			return false;
		generation = system_line(system, slot)->generation;
	}
	return !is_awaited(system->script, pid, generation != 0 ? generation : 1);
}

bool script_is_free(struct script *script, uint64_t pid)
{
	return is_free(script->system, (struct actor_pid){pid});
}

bool script_is_unborn(struct script *script, struct actor_pid pid)
{
	struct actor_system *system = script->system;
	uint32_t slot = actor_pid_slot(pid);

	if (slot >= system->actors_max || pid.bits == 0)
		return false;
	if (slot >= system->slots_used)
		return true;
	/* An actor that ends leaves the next generation behind. */
	return system_line(system, slot)->generation <= actor_pid_generation(pid);
}

static int take(struct actor_system *system, struct actor_pid pid)
{
	uint32_t slot = actor_pid_slot(pid);
	int status;

	if (slot >= system->actors_max)
		script_trouble(system->script, ACTOR_SCRIPT_ESLOTS);
	if (slot >= system->slots_used) {
		status = plane_actors_reserve(&system->plane, slot + 1);
		if (status != 0)
			return status;
		system->slots_used = slot + 1;
		__atomic_store_n(&system->plane.control->actors_used, slot + 1, __ATOMIC_RELEASE);
	}
	system_line(system, slot)->generation = actor_pid_generation(pid);
	return 0;
}

/* Where the recording has none: from the top, so that it is in nobody's way. */
static int improvise(struct actor_system *system, struct actor_pid *ret_pid)
{
	for (uint32_t slot = system->actors_max; slot-- > 0;) {
		struct actor_pid pid;

		if (slot < system->slots_used &&
		    system_line(system, slot)->state != ACTOR_PLANE_STATE_FREE)
			continue;
		pid = actor_pid_pack(slot, slot < system->slots_used
						   ? system_line(system, slot)->generation + 1
						   : 1);
		*ret_pid = pid;
		return take(system, pid);
	}
	return ACTOR_ENO_SLOTS;
}

int script_place_actor(struct actor_system *system, struct actor_pid parent, uint32_t nth,
		       struct actor_pid *ret_pid)
{
	struct script *script = system->script;
	struct thread *thread = thread_self();
	struct script_actor *actor;
	const struct actor_event *event;
	struct actor_pid pid;
	int status;

	if (parent.bits == 0 && script->main_pid != 0) {
		ret_pid->bits = script_guest_pid(script, nth);
		return ret_pid->bits != 0 ? take(system, *ret_pid) : improvise(system, ret_pid);
	}
	if (parent.bits == 0) {
		/* The program's main. */
		script->main_pid = 0;
		for (uint64_t i = 0; i < script->count && script->main_pid == 0; i++) {
			event = &script->events[i];
			if (event->kind == ACTOR_EVENT_SPAWN && event->b == 0 && event->seq == nth)
				script->main_pid = event->a;
		}
		if (script->main_pid == 0)
			script_trouble(script, ACTOR_SCRIPT_EDAMAGED);
		ret_pid->bits = script->main_pid;
		actor = script_actor(script, script->main_pid);
		actor->born = true;
		return take(system, *ret_pid);
	}
	pid.bits = script_due_birth(script, running(thread), nth);
	if (pid.bits == 0)
		return improvise(system, ret_pid);
	if (actor_pid_slot(pid) >= system->actors_max)
		script_trouble(script, ACTOR_SCRIPT_ESLOTS);
	while (!is_free(system, pid) && !script->ended)
		script_pause_for(script, thread, pid);
	if (!is_free(system, pid))
		return improvise(system, ret_pid);
	status = take(system, pid);
	if (status != 0)
		return status;
	actor = script_actor(script, pid.bits);
	actor->born = true;
	*ret_pid = pid;
	return 0;
}

/* ---- Sending -----------------------------------------------------------------------------------
 */

bool script_yields(struct thread *thread)
{
	struct script *script = script_of(thread);
	struct script_actor *actor = running(thread);
	const struct actor_event *event = actor != NULL ? script_ahead(script, actor) : NULL;

	return event != NULL && event->kind == ACTOR_EVENT_WAIT &&
	       event->b == cell_pid(thread->cell).bits && event->seq == thread->cell->refs + 1;
}

bool script_limited(struct thread *thread, struct actor_pid to, struct actor_message *message,
		    uint32_t *ret_depth)
{
	struct script *script = script_of(thread);
	struct script_actor *actor = running(thread);
	const struct actor_event *event = next_fact(script, actor, ACTOR_EVENT_OBSERVE);
	uint64_t verdict;
	int outcome;
	bool in;

	if (event == NULL || event->seq != ACTOR_OBSERVED_MAILBOX || event->b != to.bits ||
	    !bound_counts(message))
		return cell_push(thread, to, message, ret_depth);
	verdict = event->c;
	script_due_shift(script, actor);
	EMIT(thread, OBSERVE, 0, 0, ACTOR_OBSERVED_MAILBOX, cell_pid(thread->cell).bits, to.bits,
	     verdict);
	in = bound_follow(thread, message, verdict);
	if (!in) {
		bound_follow_rest(thread, to, message, verdict);
		return false;
	}
	if (bound_names_older(verdict))
		script_drop(thread, to, verdict);
	outcome = thread->outcome; /* where it is dead here already, it went in all the same */
	(void)cell_push(thread, to, message, ret_depth);
	thread->outcome = outcome;
	return outcome == BOUND_DEAD;
}

/* For an actor whose birth is due later here, though it came first. */
static void keep_early(struct script *script, struct actor_pid to, struct actor_message *message)
{
	struct mailbox_list one = {message, message, 1};

	message->next_ = NULL;
	mailbox_append(&script_actor(script, to.bits)->early, one);
}

bool script_refused(struct thread *thread, struct actor_pid to, struct actor_message *message)
{
	struct script *script = script_of(thread);
	struct script_actor *receiver = script_actor_find(script, to.bits);
	struct script_actor *actor = running(thread);
	const struct actor_event *event = next_fact(script, actor, ACTOR_EVENT_OBSERVE);
	uint64_t verdict;

	/* It lived then and had a limit; here it is dead already, or not born yet. */
	if (event != NULL && event->seq == ACTOR_OBSERVED_MAILBOX && event->b == to.bits &&
	    bound_counts(message)) {
		verdict = event->c;
		script_due_shift(script, actor);
		EMIT(thread, OBSERVE, 0, 0, ACTOR_OBSERVED_MAILBOX, cell_pid(thread->cell).bits,
		     to.bits, verdict);
		if (!bound_follow(thread, message, verdict)) {
			bound_follow_rest(thread, to, message, verdict);
			return false;
		}
		if (script_is_unborn(script, to) && (receiver == NULL || !receiver->outside)) {
			if (bound_names_older(verdict))
				script_drop(thread, to, verdict);
			keep_early(script, to, message);
		} else {
			message_free(thread, message);
		}
		return thread->outcome == BOUND_DEAD;
	}
	if (receiver != NULL && (receiver->outside || (receiver->guest && !receiver->needed))) {
		message_free(thread, message); /* it is not run */
		return true;
	}
	if (script_is_unborn(script, to)) {
		keep_early(script, to, message);
		return true;
	}
	message_bury(thread, to, message, ACTOR_EXIT_NO_ACTOR);
	thread->outcome = BOUND_DEAD;
	return false;
}
