/* SPDX-License-Identifier: MIT */
/* Which step is next, and its message. */
#include "script/script.h"

#include <stdlib.h>
#include <string.h>

#include "actor/rare.h"
#include "actor/visit.h"

/* ---- Who may go on ----------------------------------------------------------------------------
 */

void script_make_ready(struct script *script, struct script_actor *actor)
{
	if (actor->ready)
		return;
	actor->ready = true;
	actor->next_ready = NULL;
	if (script->ready_first == NULL)
		script->ready_first = actor;
	else
		script->ready_last->next_ready = actor;
	script->ready_last = actor;
}

/* A message has come, or the actor was born. */
void script_ready(struct executor *executor, struct task *task)
{
	struct thread *thread = thread_self();
	struct script *script = script_of(thread);
	struct cell *cell = cell_of_task(task);
	struct script_actor *actor = script_actor_find(script, cell_pid(cell).bits);

	(void)executor;
	if (actor == NULL)
		return;
	if (actor->early.first != NULL)
		script_born(thread, actor);
	if (actor->due.count != 0)
		script_make_ready(script, actor);
}

/* The living actor's cell, or NULL. */
static struct cell *cell_of(struct script *script, const struct script_actor *actor)
{
	struct actor_pid pid = {actor->pid};

	return system_find(script->system, pid) != NULL
		       ? system_cell(script->system, actor_pid_slot(pid))
		       : NULL;
}

static struct task *pop_ready(struct script *script)
{
	while (script->ready_first != NULL) {
		struct script_actor *actor = script->ready_first;
		struct cell *cell;

		script->ready_first = actor->next_ready;
		actor->ready = false;
		if (actor->pid == script->main_pid) {
			script_main_go(script);
			continue;
		}
		if (actor->guest) {
			actor->poked = true;
			continue;
		}
		cell = actor->paused ? NULL : cell_of(script, actor);
		if (cell != NULL)
			return &cell->task;
		if (!actor->paused)
			script_want(script, script_parent(script, actor->pid));
	}
	return NULL;
}

/* A turn that was interrupted and may go on. */
static struct task *pop_pause(struct script *script)
{
	for (struct script_pause *pause = script->pauses; pause != NULL; pause = pause->next) {
		if (!script_pause_is_over(script, pause))
			continue;
		if (pause->stack != NULL)
			return &pause->task;
		script_main_go(script);
		return pop_pause(script);
	}
	return NULL;
}

/* ---- Taking events out of the script -----------------------------------------------------------
 */

/* Carries a time of its own, so that the events of others may stand before it. */
static bool is_stamped(uint8_t kind)
{
	switch (kind) {
	case ACTOR_EVENT_RECV:
	case ACTOR_EVENT_INPUT:
	case ACTOR_EVENT_IDLE:
	case ACTOR_EVENT_WAIT:
	case ACTOR_EVENT_EXIT:
	case ACTOR_EVENT_WAKE:
	case ACTOR_EVENT_MODE:
	case ACTOR_EVENT_OMITTED:
		return true;
	default:
		return false;
	}
}

static void take_spawn(struct script *script, const struct actor_event *event, uint64_t place)
{
	struct script_actor *parent = event->b != 0 ? script_actor(script, event->b) : NULL;
	bool outside = (event->flags & ACTOR_EVENT_FOREIGN) != 0;

	if (event->a == 0)
		script_refuse(script, place);
	if (event->a == script->main_pid || (event->b == 0 && script->guests != NULL))
		return;
	/* What one of those bears that are not run is not run either. */
	if (outside || parent == NULL || parent->outside)
		script_actor(script, event->a)->outside = true;
	if (parent != NULL && !parent->outside)
		(void)script_due_add(script, parent, place);
}

/* An actor of the outside that had its place here, too, is gone. */
static void end_outside(struct script *script, struct thread *thread, struct script_actor *actor)
{
	struct cell *cell = cell_of(script, actor);

	actor->ended = true;
	actor->outside = true;
	while (actor->due.count != 0)
		script_due_shift(script, actor);
	if (cell != NULL && actor->born)
		cell_discard(thread, cell);
	/* It stays known: who has its slot next may come only now. */
}

static void take_event(struct script *script, struct thread *thread, uint64_t place)
{
	const struct actor_event *event = &script->events[place];
	struct script_actor *actor;

	switch (event->kind) {
	case ACTOR_EVENT_SPAWN:
		take_spawn(script, event, place);
		return;
	case ACTOR_EVENT_OUTSIDE:
		actor = script_actor_find(script, event->b);
		if (actor != NULL && actor->outside)
			script_inject(script, thread, place);
		else if (actor != NULL && actor->guest && !actor->needed)
			script_inject(script, thread, place);
		else if (actor != NULL && (event->b == script->main_pid || actor->guest))
			(void)script_due_add(script, actor, place);
		return;
	case ACTOR_EVENT_INPUT:
		actor = script_actor(script, event->a);
		if (event->a != script->main_pid && (actor == NULL || !actor->guest))
			return;
		break;
	case ACTOR_EVENT_EXIT:
		actor = script_actor_find(script, event->a);
		if (actor == NULL)
			return;
		actor->exited = true;
		if (actor->outside ||
		    (actor->guest && !actor->needed && !script_guest_exits(script, actor)))
			end_outside(script, thread, actor);
		return;
	case ACTOR_EVENT_RECV:
	case ACTOR_EVENT_WAIT:
	case ACTOR_EVENT_CLOCK:
	case ACTOR_EVENT_OBSERVE:
	case ACTOR_EVENT_TIMER_CANCEL:
		break;
	default:
		return;
	}
	actor = script_actor(script, event->a);
	if (actor != NULL && !actor->outside && !actor->ended)
		(void)script_due_add(script, actor, place);
}

/* A step, and what its turn reads: that follows at once, up to the next stamp. */
static void take_events(struct script *script, struct thread *thread)
{
	const struct actor_event *event = &script->events[script->position];
	bool step = script_is_step(event);
	struct script_actor *actor;

	take_event(script, thread, script->position++);
	while (script->position < script->count &&
	       !is_stamped(script->events[script->position].kind))
		take_event(script, thread, script->position++);
	script->header->position = script->position;
	if (!step)
		return;
	actor = script_actor_find(script, event->a);
	if (actor != NULL && actor->due.count != 0)
		script_make_ready(script, actor);
}

struct task *script_next_task(struct worker *worker)
{
	struct script *script = worker->thread.system->script;

	for (;;) {
		struct task *task = script->pauses != NULL ? pop_pause(script) : NULL;

		if (task == NULL)
			task = pop_ready(script);
		if (task != NULL)
			return task;
		if (script->guests != NULL &&
		    (script_guests_go(script, false) || script_guests_await(script)))
			continue;
		if (script->position < script->count) {
			take_events(script, &worker->thread);
			continue;
		}
		if (!script->ended) {
			script->ended = true;
			script->header->waiting = script->waiting;
			script->header->state = script->main == SCRIPT_MAIN_REST
							? ACTOR_SCRIPT_STATE_LEFT
							: ACTOR_SCRIPT_STATE_ENDED;
			if (script->waiting != 0)
				script->header->trouble = ACTOR_SCRIPT_EMISSING;
			control_end(script, &worker->thread);
			if (script->main != SCRIPT_MAIN_REST)
				script_exit(script);
		}
		script_main_go(script);
	}
}

/* ---- A step's message --------------------------------------------------------------------------
 */

static struct actor_message *make(struct thread *thread, const struct actor_event *step,
				  uint64_t ref, const void *payload, size_t size)
{
	struct actor_message *message = message_create(thread, size);

	if (message == NULL)
		script_trouble(script_of(thread), ACTOR_SCRIPT_EMEMORY);
	message->kind = step->flags & 0x0f;
	message->tag = step->tag;
	message->ref_ = ref;
	message->sender.bits = step->b;
	message->sequence = step->seq;
	message->generation_ = thread->cell->generation;
	message->next_ = NULL;
	if (size != 0)
		memcpy(message + 1, payload, size);
	if (!script_fits(script_of(thread), message))
		script_refuse(script_of(thread), script_place(script_of(thread), step) - 1);
	return message;
}

static bool is_taken(const struct actor_message *message)
{
	const struct signal_payload *signal = actor_message_payload(message);

	return (message->ref_ & REF_TAKEN) != 0 ||
	       (message->kind == ACTOR_MESSAGE_KIND_EXIT && signal->verb == SIGNAL_TAKEN);
}

/* What nobody will ever want: the script brings such messages itself, or they come too late. */
static bool is_waste(const struct cell *cell, const struct actor_message *message)
{
	switch (message->kind) {
	case ACTOR_MESSAGE_KIND_REPLY:
		if (message->sequence != 0)
			return (uint32_t)message->ref_ <= cell->refs &&
			       (cell->wait == NULL || cell->wait->ref != message->ref_);
		return true;
	case ACTOR_MESSAGE_KIND_DIED:
	case ACTOR_MESSAGE_KIND_TIMEOUT:
	case ACTOR_MESSAGE_KIND_ROOM:
		return true;
	case ACTOR_MESSAGE_KIND_DOWN:
	case ACTOR_MESSAGE_KIND_EXIT:
	case ACTOR_MESSAGE_KIND_RESPONSE:
		return message->sequence == 0 && !is_taken(message);
	default:
		return false;
	}
}

/* Takes the first message of the list out that is the step's. */
static struct actor_message *search(struct thread *thread, struct cell *cell,
				    struct mailbox_list *list, const struct actor_event *step)
{
	struct actor_message *before = NULL;
	struct actor_message *message = list->first;

	while (message != NULL) {
		struct actor_message *next = message->next_;

		if (message->sender.bits == step->b && message->sequence == step->seq &&
		    message->kind == (step->flags & 0x0f) &&
		    (step->seq != 0 || is_taken(message))) {
			mailbox_remove(list, before, message);
			return message;
		}
		if (is_waste(cell, message)) {
			mailbox_remove(list, before, message);
			message_free(thread, message);
		} else {
			before = message;
		}
		message = next;
	}
	return NULL;
}

static struct actor_message *search_both(struct thread *thread, struct cell *cell,
					 const struct actor_event *step)
{
	struct actor_message *message = NULL;

	if (cell->urgent.first != NULL)
		message = search(thread, cell, &cell->urgent, step);
	return message != NULL ? message : search(thread, cell, &cell->queue, step);
}

/* The runtime said it for an actor that had ended; what about and why stands behind the step. */
static struct actor_message *make_gone(struct script *script, struct thread *thread,
				       struct script_actor *actor, const struct actor_event *step)
{
	const struct script_due *due = &actor->due;
	const struct actor_event *facts[2];
	uint64_t ref;
	int reason;

	for (uint32_t i = 0; i < 2; i++) {
		if (due->count < i + 2)
			return NULL;
		facts[i] = &script->events[due->places[(due->first + i + 1) & (due->capacity - 1)]];
		if (facts[i]->kind != ACTOR_EVENT_OBSERVE || facts[i]->seq != ACTOR_OBSERVED_GONE)
			return NULL;
	}
	ref = facts[0]->c;
	reason = (int)(int64_t)facts[1]->c;
	if ((step->flags & 0x0f) == ACTOR_MESSAGE_KIND_DOWN) {
		struct actor_down_message down = {.pid = {step->b}, .ref = ref, .reason = reason};

		return make(thread, step, ref, &down, sizeof(down));
	}
	if ((step->flags & 0x0f) == ACTOR_MESSAGE_KIND_EXIT) {
		struct signal_payload exited = {{step->b}, reason, SIGNAL_LINK};

		return make(thread, step, ref, &exited, sizeof(exited));
	}
	{
		/* Nobody ends with 0: a newer message has taken its place in the mailbox. */
		struct reply_payload died = {reason == 0                     ? ACTOR_EMAILBOX_FULL
					     : reason == ACTOR_EXIT_NO_ACTOR ? ACTOR_ENOT_FOUND
									     : ACTOR_EDIED,
					     reason};

		return make(thread, step, ref, &died, sizeof(died));
	}
}

static void drop_named(struct thread *thread, struct script_actor *actor, struct cell *cell)
{
	struct actor_message *before = NULL;
	struct actor_message *message = cell->queue.first;

	while (message != NULL && actor->drops_count != 0) {
		struct actor_message *next = message->next_;
		uint32_t i = 0;

		while (i < actor->drops_count && !bound_is_named(message, actor->drops[i]))
			i++;
		if (i < actor->drops_count) {
			actor->drops[i] = actor->drops[--actor->drops_count];
			mailbox_remove(&cell->queue, before, message);
			message_free(thread, message);
		} else {
			before = message;
		}
		message = next;
	}
}

void script_drop(struct thread *thread, struct actor_pid to, uint64_t verdict)
{
	struct script *script = script_of(thread);
	struct script_actor *actor = script_actor(script, to.bits);
	struct cell *cell = cell_of(script, actor);
	uint64_t *drops = realloc(actor->drops, (actor->drops_count + 1) * sizeof(*drops));

	if (drops == NULL)
		script_trouble(script, ACTOR_SCRIPT_EMEMORY);
	actor->drops = drops;
	drops[actor->drops_count++] = verdict;
	if (cell == NULL || actor->outside)
		return;
	(void)cell_drain(thread, cell);
	drop_named(thread, actor, cell);
}

/* Whether it waits for such an answer. That of a call is read: it begins with a status. */
static bool waits_for(const struct cell *cell, uint8_t kind)
{
	const struct wait *wait = cell->wait;

	switch (kind) {
	case ACTOR_MESSAGE_KIND_TIMEOUT:
		return wait != NULL && wait->timed;
	case ACTOR_MESSAGE_KIND_ROOM:
		return wait != NULL && wait->room;
	case ACTOR_MESSAGE_KIND_REPLY:
	case ACTOR_MESSAGE_KIND_DIED:
		return wait != NULL && wait->matches == NULL && !wait->room;
	default:
		return true;
	}
}

struct actor_message *script_take(struct thread *thread, struct cell *cell,
				  const struct actor_event *step)
{
	static const struct reply_payload full = {ACTOR_EMAILBOX_FULL, 0};
	struct script *script = script_of(thread);
	struct script_actor *actor = script_actor_find(script, cell_pid(cell).bits);
	struct actor_message *message;
	uint8_t kind = step->flags & 0x0f;

	if (actor->drops_count != 0)
		drop_named(thread, actor, cell);
	if (!waits_for(cell, kind))
		return NULL;
	message = search_both(thread, cell, step);
	if (message != NULL)
		return message;
	switch (kind) {
	case ACTOR_MESSAGE_KIND_TIMER:
		if (!timers_fire(cell, step->seq))
			return NULL;
		(void)cell_drain(thread, cell);
		return search_both(thread, cell, step);
	case ACTOR_MESSAGE_KIND_TIMEOUT:
	case ACTOR_MESSAGE_KIND_ROOM:
		return make(thread, step, cell->wait->ref, NULL, 0);
	case ACTOR_MESSAGE_KIND_REPLY:
		return step->seq == 0 ? make(thread, step, cell->wait->ref, &full, sizeof(full))
				      : NULL;
	case ACTOR_MESSAGE_KIND_DIED:
	case ACTOR_MESSAGE_KIND_DOWN:
	case ACTOR_MESSAGE_KIND_EXIT:
	case ACTOR_MESSAGE_KIND_RESPONSE:
		return step->seq == 0 ? make_gone(script, thread, actor, step) : NULL;
	default:
		return NULL;
	}
}

struct actor_message *script_next_message(struct thread *thread, struct cell *cell)
{
	struct script *script = script_of(thread);
	struct script_actor *actor = script_actor_find(script, cell_pid(cell).bits);
	const struct actor_event *step;
	struct actor_message *message;

	(void)cell_drain(thread, cell);
	if (actor == NULL)
		return NULL;
	for (;;) {
		step = script_due_step(script, actor);
		if (step == NULL || step->kind != ACTOR_EVENT_RECV)
			return NULL;
		message = script_take(thread, cell, step);
		if (message == NULL) {
			script_want(script, step->b);
			return NULL;
		}
		/* A stop may make a copy, and that has one thread only. */
		if (script->control == NULL || actor->guest ||
		    control_step(script, thread, cell, step, &message))
			break;
		script_due_shift(script, actor);
		if (message != NULL)
			message_free(thread, message);
	}
	thread->visit_ticks = 0;
	thread->ticks = script_place(script, step);
	script_begin(script, actor, step);
	script_due_shift(script, actor);
	return message;
}

static struct actor_message *next_message(struct thread *thread, struct cell *cell,
					  struct actor_plane_actor *line)
{
	(void)line;
	return script_next_message(thread, cell);
}

void script_visit(struct task *task)
{
	struct thread *thread = thread_self();
	struct script *script = script_of(thread);
	uint64_t pid = cell_pid(cell_of_task(task)).bits;
	uint64_t *inbox = &cell_line(cell_of_task(task), thread->system)->inbox;
	struct script_actor *actor;

	/* It may be idle: a step that is due needs no message that has just come. */
	if (__atomic_load_n(inbox, __ATOMIC_RELAXED) == MAILBOX_IDLE)
		__atomic_store_n(inbox, MAILBOX_EMPTY, __ATOMIC_RELAXED);
	visit_run(task, next_message);
	if (system_find(script->system, (struct actor_pid){pid}) != NULL)
		return;
	actor = script_actor_find(script, pid);
	if (actor == NULL)
		return;
	actor->ended = true;
	while (actor->due.count != 0) /* what it did then and does not now */
		script_due_shift(script, actor);
	script_actor_settle(script, actor);
}
