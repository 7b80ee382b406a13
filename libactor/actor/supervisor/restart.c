/* SPDX-License-Identifier: MIT */
/* Which children are started again when one has ended, when, and when no more. */
#include <assert.h>
#include <string.h>

#include "actor/log.h"
#include "actor/supervisor/supervisor.h"
#include "actor/system.h"

#define BACKOFF_MAX_DEFAULT ACTOR_SECONDS(60)
#define RESTARTS_MIN        8u

static bool is_wanted(int reason)
{
	return reason == ACTOR_EXIT_NORMAL || reason == ACTOR_EXIT_SHUTDOWN;
}

static bool is_group(const struct supervisor *self)
{
	return self->strategy == ACTOR_ONE_FOR_ALL || self->strategy == ACTOR_REST_FOR_ONE;
}

/* ---- Intensity: no more than so many within the period ------------------------------------------
 */

/* Room for one more. ACTOR_ENO_MEMORY. */
static int make_room(struct supervisor *self)
{
	uint32_t capacity = self->restart_capacity == 0 ? RESTARTS_MIN : 2 * self->restart_capacity;
	uint64_t *larger;

	if (self->restart_first + self->restart_count < self->restart_capacity)
		return 0;
	if (self->restart_first != 0) {
		memmove(self->restarted_at, self->restarted_at + self->restart_first,
			self->restart_count * sizeof(uint64_t));
		self->restart_first = 0;
		return 0;
	}
	larger = actor_realloc(self->restarted_at, capacity * sizeof(uint64_t));
	if (larger == NULL)
		return ACTOR_ENO_MEMORY;
	self->restarted_at = larger;
	self->restart_capacity = capacity;
	return 0;
}

/* Notes a restart. False when it is one too many within the period. */
static bool may_restart(struct supervisor *self)
{
	uint64_t now = actor_now();

	while (self->restart_count > 0 &&
	       now - self->restarted_at[self->restart_first] > self->period_ns) {
		self->restart_first++;
		self->restart_count--;
	}
	if (self->intensity == ACTOR_NO_RESTARTS || make_room(self) != 0)
		return false;
	self->restarted_at[self->restart_first + self->restart_count++] = now;
	return self->restart_count <= self->intensity;
}

static int give_up(struct supervisor *self, const struct child *child)
{
	struct thread *thread = thread_self();
	char reason[LOG_REASON_MAX];

	EMIT(thread, GIVE_UP, 0, 0, self->restart_count, actor_self().bits, child->old.bits,
	     (int64_t)child->reason);
	LOG(thread->system, ACTOR_LOG_ERROR, actor_self(),
	    "child %s ended (%s), which is more than %u restarts in %llu ms: gives up",
	    child->spec->id, log_reason(child->reason, reason),
	    self->intensity == ACTOR_NO_RESTARTS ? 0 : self->intensity,
	    (unsigned long long)(self->period_ns / 1000000));
	return ACTOR_EXIT_SHUTDOWN;
}

/* ---- Backoff -----------------------------------------------------------------------------------
 */

static const struct actor_backoff *backoff_of(const struct supervisor *self,
					      const struct child *child)
{
	return child->spec->backoff.min_ns != 0 ? &child->spec->backoff : &self->backoff;
}

/* How long to wait before the child's next restart, which is counted. */
static uint64_t backoff_ns(struct supervisor *self, struct child *child)
{
	const struct actor_backoff *backoff = backoff_of(self, child);
	uint64_t max_ns = backoff->max_ns != 0 ? backoff->max_ns : BACKOFF_MAX_DEFAULT;
	uint64_t delay_ns = backoff->min_ns;

	if (backoff->min_ns == 0)
		return 0;
	if (child->started_ns != 0 && actor_now() - child->started_ns >= max_ns)
		child->attempts = 0;
	child->started_ns = 0;
	for (uint32_t i = 0; i < child->attempts && delay_ns < max_ns; i++)
		delay_ns *= 2;
	child->attempts++;
	if (delay_ns > max_ns)
		delay_ns = max_ns;
	return delay_ns - actor_random_below(delay_ns / 100 * backoff->jitter_percent + 1);
}

/* ---- Again -------------------------------------------------------------------------------------
 */

void child_cancel(struct supervisor *self, struct child *child)
{
	if (child->ticket != 0)
		(void)map_remove(&self->index, child->ticket, NULL);
	child->ticket = 0;
}

/* Its restart is on its way: after the delay, or after the messages that are here already. */
static int later(struct supervisor *self, struct child *child, uint64_t delay_ns, bool counted)
{
	int status;

	child_set_stopped(self, child, ACTOR_CHILD_RESTARTING);
	child_cancel(self, child);
	child->ticket = TICKET_BIT | ++self->tickets;
	child->counted = counted;
	status = map_put(&self->index, child->ticket, (uint64_t)(uintptr_t)child);
	if (status != 0)
		return status;
	if (delay_ns != 0)
		return actor_timer_start(delay_ns, 0, &supervisor_retry, &child->ticket, NULL);
	return actor_send(actor_self(), &supervisor_retry, &child->ticket);
}

static void announce(struct child *child)
{
	struct thread *thread = thread_self();
	struct actor_system *system = thread->system;
	char old[LOG_ACTOR_MAX];
	char new[LOG_ACTOR_MAX];
	char reason[LOG_REASON_MAX];

	EMIT(thread, RESTART, 0, 0, child->restarts, child->pid.bits, child->old.bits,
	     (int64_t)child->reason);
	LOG(system, ACTOR_LOG_WARNING, actor_self(), "child %s %s ended (%s), restarted as %s",
	    child->spec->id, log_actor(system, child->old, old), log_reason(child->reason, reason),
	    log_actor(system, child->pid, new));
	child->old = ACTOR_PID_NONE;
}

static void set_restarts(struct supervisor *self, struct child *child, uint32_t restarts)
{
	pthread_mutex_lock(&self->lock);
	child->restarts = restarts;
	pthread_mutex_unlock(&self->lock);
}

static int start_again(struct supervisor *self, struct child *child)
{
	struct actor_system *system = thread_self()->system;
	bool replaces = child->old.bits != 0;
	uint32_t restarts = child->restarts;
	char reason[LOG_REASON_MAX];
	int status;

	set_restarts(self, child, restarts + replaces);
	status = child_start(self, child);
	if (status != 0) {
		set_restarts(self, child, restarts);
		LOG(system, ACTOR_LOG_ERROR, actor_self(), "child %s cannot be restarted: %s",
		    child->spec->id, log_reason(status, reason));
		child->reason = status;
		return status;
	}
	if (backoff_of(self, child)->min_ns != 0)
		child->started_ns = actor_now();
	if (replaces)
		announce(child);
	return 0;
}

/* Stops those that share the fate of the child, and forgets those that are not to come back. */
static void stop_others(struct supervisor *self, const struct child *child)
{
	const struct child *end = self->strategy == ACTOR_REST_FOR_ONE ? child : NULL;
	struct child *before;

	for (struct child *other = self->last; other != end; other = before) {
		struct actor_pid pid = other->pid;

		before = other->before;
		if (other == child)
			continue;
		child_stop(self, other);
		if (other->spec->restart == ACTOR_TEMPORARY) {
			child_forget(self, other);
		} else if (pid.bits != 0) {
			other->old = pid;
			other->reason = ACTOR_EXIT_SHUTDOWN;
		}
	}
}

/* The child, and where its fate is shared, those after it. Who fails is tried again. */
static int attempt(struct supervisor *self, struct child *child)
{
	if (self->strategy == ACTOR_ONE_FOR_ALL)
		child = self->first;
	do {
		if (child->pid.bits == 0 && start_again(self, child) != 0)
			return later(self, child, 0, false);
		child = child->next;
	} while (is_group(self) && child != NULL);
	return ACTOR_CONTINUE;
}

static int restart(struct supervisor *self, struct child *child)
{
	uint64_t delay_ns;

	if (!may_restart(self))
		return give_up(self, child);
	if (is_group(self))
		stop_others(self, child);
	delay_ns = backoff_ns(self, child);
	return delay_ns != 0 ? later(self, child, delay_ns, true) : attempt(self, child);
}

int child_retry(struct supervisor *self, uint64_t ticket)
{
	struct child *child;
	uint64_t found;

	if (!map_get(&self->index, ticket, &found))
		return ACTOR_CONTINUE; /* stopped, or deleted, meanwhile */
	child = (struct child *)(uintptr_t)found;
	assert(child->ticket == ticket);
	child_cancel(self, child);
	return child->counted ? attempt(self, child) : restart(self, child);
}

/* ---- An end ------------------------------------------------------------------------------------
 */

static bool significant_left(const struct supervisor *self)
{
	for (const struct child *child = self->first; child != NULL; child = child->next) {
		if (child->spec->significant &&
		    (child->pid.bits != 0 || child->state == ACTOR_CHILD_RESTARTING))
			return true;
	}
	return false;
}

/* As in OTP only the end of a child that nobody has asked to end counts. */
static int auto_shutdown(struct supervisor *self)
{
	if (self->auto_shutdown == ACTOR_AUTO_SHUTDOWN_ALL && significant_left(self))
		return ACTOR_CONTINUE;
	LOG(thread_self()->system, ACTOR_LOG_INFO, actor_self(),
	    "%s significant child has ended: shuts down",
	    self->auto_shutdown == ACTOR_AUTO_SHUTDOWN_ALL ? "the last" : "a");
	return ACTOR_EXIT_SHUTDOWN;
}

int child_ended(struct supervisor *self, struct child *child, int reason)
{
	enum actor_restart kind = child->spec->restart;
	bool significant = child->spec->significant;
	struct actor_system *system = thread_self()->system;
	char text[LOG_REASON_MAX];

	child->old = child->pid;
	child->reason = reason;
	child_set_stopped(self, child, ACTOR_CHILD_STOPPED);
	if (kind == ACTOR_PERMANENT || (kind == ACTOR_TRANSIENT && !is_wanted(reason)))
		return restart(self, child);
	if (!is_wanted(reason))
		LOG(system, ACTOR_LOG_WARNING, actor_self(),
		    "child %s <%u.%u.%u> ended (%s) and is not restarted: it is temporary",
		    child->spec->id, actor_pid_node(child->old), actor_pid_slot(child->old),
		    actor_pid_generation(child->old), log_reason(reason, text));
	child->old = ACTOR_PID_NONE;
	if (kind == ACTOR_TEMPORARY || self->every != NULL)
		child_forget(self, child);
	return significant ? auto_shutdown(self) : ACTOR_CONTINUE;
}
