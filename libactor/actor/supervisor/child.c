/* SPDX-License-Identifier: MIT */
/* One child of a supervisor: its place in the list, its start, its end. */
#include <assert.h>
#include <string.h>

#include "actor/log.h"
#include "actor/supervisor/supervisor.h"
#include "actor/system.h"
#include "base/clock.h"

/* How long a kill may take. A handler that never returns cannot be ended by anybody. */
#define KILL_PATIENCE_NS ACTOR_SECONDS(5)

/* ---- The list ----------------------------------------------------------------------------------
 */

struct child *child_add(struct supervisor *self, struct spec *spec)
{
	struct child *child = actor_alloc(sizeof(*child));

	if (child == NULL)
		return NULL;
	child->spec = spec;
	pthread_mutex_lock(&self->lock);
	child->before = self->last;
	if (self->last != NULL)
		self->last->next = child;
	else
		self->first = child;
	self->last = child;
	self->count++;
	pthread_mutex_unlock(&self->lock);
	return child;
}

void child_forget(struct supervisor *self, struct child *child)
{
	assert(child->pid.bits == 0);
	child_cancel(self, child);
	pthread_mutex_lock(&self->lock);
	if (child->before != NULL)
		child->before->next = child->next;
	else
		self->first = child->next;
	if (child->next != NULL)
		child->next->before = child->before;
	else
		self->last = child->before;
	self->count--;
	pthread_mutex_unlock(&self->lock);
	if (child->spec != self->every)
		spec_destroy(child->spec);
	actor_free(child->argument);
	actor_free(child);
}

struct child *child_of_id(const struct supervisor *self, const char *id, size_t length)
{
	for (struct child *child = self->first; child != NULL; child = child->next) {
		if (strlen(child->spec->id) == length && memcmp(child->spec->id, id, length) == 0)
			return child;
	}
	return NULL;
}

static void set(struct supervisor *self, struct child *child, struct actor_pid pid,
		enum actor_child_state state)
{
	pthread_mutex_lock(&self->lock);
	child->pid = pid;
	child->state = state;
	pthread_mutex_unlock(&self->lock);
}

void child_set_stopped(struct supervisor *self, struct child *child, enum actor_child_state state)
{
	if (child->pid.bits != 0)
		(void)map_remove(&self->index, child->pid.bits, NULL);
	set(self, child, ACTOR_PID_NONE, state);
}

/* ---- Start -------------------------------------------------------------------------------------
 */

struct birth_note {
	struct supervisor *self;
	struct child *child;
};

/* The child is born and has not run yet: its init may last, and others may want to see it. */
static void born(void *context, struct actor_pid pid)
{
	const struct birth_note *note = context;

	set(note->self, note->child, pid, ACTOR_CHILD_STARTING);
	system_line(thread_self()->system, actor_pid_slot(pid))->restarts = note->child->restarts;
}

int child_start(struct supervisor *self, struct child *child)
{
	const struct spec *spec = child->spec;
	struct birth_note note = {self, child};
	const struct birth birth = {born, &note};
	const struct actor_spawn_options options = {
		.size = sizeof(options),
		.name = spec->named ? spec->id : NULL,
		.label = spec->id,
		.link = true,
		.detached = spec->detached,
		.outside = spec->outside,
	};
	const void *argument = child->argument != NULL ? child->argument : spec->argument;
	size_t size = child->argument != NULL ? child->argument_size : spec->argument_size;
	struct actor_pid pid;
	int status;

	set(self, child, ACTOR_PID_NONE, ACTOR_CHILD_STARTING);
	status = start_born(spec->behaviour, size != 0 ? argument : NULL, size, &options, &birth,
			    &pid);
	if (status == 0) {
		set(self, child, pid, ACTOR_CHILD_RUNNING);
		status = map_put(&self->index, pid.bits, (uint64_t)(uintptr_t)child);
		if (status != 0)
			child_stop(self, child);
	}
	if (status != 0)
		set(self, child, ACTOR_PID_NONE, ACTOR_CHILD_STOPPED);
	return status;
}

/* ---- Stop --------------------------------------------------------------------------------------
 */

/* It is not to come as an exit that the child ends; then asks it to. */
static void ask(struct actor_pid pid, int reason)
{
	(void)actor_unlink(pid);
	(void)actor_exit(pid, reason);
}

static void complain(const struct child *child, const char *what)
{
	struct actor_system *system = thread_self()->system;
	char text[LOG_ACTOR_MAX];

	LOG(system, ACTOR_LOG_WARNING, actor_self(), "child %s %s",
	    log_actor(system, child->pid, text), what);
}

static void await_killed(struct child *child, uint64_t patience_ns)
{
	if (death_await(thread_self(), child->pid, patience_ns) != 0)
		complain(child, "was killed and does not end: it is stuck in a handler");
}

void child_stop(struct supervisor *self, struct child *child)
{
	uint64_t shutdown_ns = child->spec->shutdown_ns;
	bool brutal = shutdown_ns == ACTOR_BRUTAL_KILL;

	child_cancel(self, child);
	if (child->pid.bits != 0) {
		ask(child->pid, brutal ? ACTOR_EXIT_KILL : ACTOR_EXIT_SHUTDOWN);
		if (!brutal && death_await(thread_self(), child->pid, shutdown_ns) != 0) {
			complain(child, "did not stop within its shutdown time and is killed");
			(void)actor_exit(child->pid, ACTOR_EXIT_KILL);
			brutal = true;
		}
		if (brutal)
			await_killed(child, KILL_PATIENCE_NS);
	}
	child_set_stopped(self, child, ACTOR_CHILD_STOPPED);
}

/* What is left until then, at least an instant: the decision comes with the TIMEOUT message. */
static uint64_t left_ns(uint64_t deadline_ns)
{
	uint64_t now = clock_monotonic_ns();

	if (deadline_ns == ACTOR_FOREVER)
		return ACTOR_FOREVER;
	return deadline_ns > now ? deadline_ns - now : 1;
}

static uint64_t deadline_in(uint64_t ns)
{
	uint64_t now = clock_monotonic_ns();

	return ns < ACTOR_FOREVER - now ? now + ns : ACTOR_FOREVER;
}

/*
 * Those of a dynamic supervisor have the same time, all at once, as in OTP: with very many of them
 * it would not be enough one after the other. They are asked in reverse order.
 */
static void stop_at_once(struct supervisor *self)
{
	uint64_t shutdown_ns = self->every->shutdown_ns;
	bool killed = shutdown_ns == ACTOR_BRUTAL_KILL;
	uint64_t deadline_ns = deadline_in(killed ? KILL_PATIENCE_NS : shutdown_ns);

	for (struct child *child = self->last; child != NULL; child = child->before) {
		if (child->pid.bits != 0)
			ask(child->pid, killed ? ACTOR_EXIT_KILL : ACTOR_EXIT_SHUTDOWN);
	}
	for (struct child *child = self->last; child != NULL; child = child->before) {
		child_cancel(self, child);
		if (child->pid.bits != 0 && !killed &&
		    death_await(thread_self(), child->pid, left_ns(deadline_ns)) != 0) {
			complain(child, "and others did not stop within their shutdown time and "
					"are killed");
			for (struct child *late = child; late != NULL; late = late->before) {
				if (late->pid.bits != 0)
					(void)actor_exit(late->pid, ACTOR_EXIT_KILL);
			}
			killed = true;
			deadline_ns = deadline_in(KILL_PATIENCE_NS);
		}
		if (child->pid.bits != 0 && killed)
			await_killed(child, left_ns(deadline_ns));
		child_set_stopped(self, child, ACTOR_CHILD_STOPPED);
	}
}

void children_stop(struct supervisor *self)
{
	if (self->every != NULL) {
		stop_at_once(self);
		return;
	}
	for (struct child *child = self->last; child != NULL; child = child->before)
		child_stop(self, child);
}
