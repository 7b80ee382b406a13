/* SPDX-License-Identifier: MIT */
/* Supervisors: ordinary actors that trap exits. */
#include <actor/supervisor.h>

#include <string.h>

#include "actor/system.h"

#define INTENSITY_DEFAULT 3u
#define PERIOD_DEFAULT    ACTOR_SECONDS(5)
#define SHUTDOWN_DEFAULT  ACTOR_SECONDS(5)

/* A specification, copied into the supervisor's own memory. */
struct spec {
	char *id;
	const struct actor_behaviour *behaviour;
	void *argument;
	size_t argument_size;
	uint64_t shutdown_ns;
	enum actor_restart restart;
	bool named;
	bool detached;
	bool outside;
};

struct child {
	const struct spec *spec;
	void *argument; /* its own, else the specification's */
	size_t argument_size;
	struct actor_pid pid; /* none: not running */
	uint32_t restarts;
};

struct supervisor {
	enum actor_strategy strategy;
	unsigned intensity;
	uint64_t period_ns;
	struct spec *specs;
	size_t spec_count;
	struct child *children; /* in starting order */
	size_t child_count;
	size_t child_capacity;
	uint64_t *restarted_at; /* the last `intensity` + 1 restarts, a ring */
	uint64_t restart_count;
};

struct start_reply {
	struct actor_pid pid;
	int32_t status;
	int32_t reserved;
};

static struct actor_type supervisor_start_child = {.name = "start_child",
						   .reply_ctype = "struct start_reply",
						   .reply_size = sizeof(struct start_reply),
						   .flexible = 1};
ACTOR_STATIC_REQUEST(stop_child, struct actor_pid, int32_t);

static int spec_copy(struct spec *spec, const struct actor_child *child)
{
	if (child->id == NULL || child->behaviour == NULL)
		return ACTOR_EINVALID;
	spec->id = actor_alloc(strlen(child->id) + 1);
	spec->argument = actor_alloc(child->argument_size + 1);
	if (spec->id == NULL || spec->argument == NULL)
		return ACTOR_ENO_MEMORY;
	memcpy(spec->id, child->id, strlen(child->id) + 1);
	if (child->argument_size != 0)
		memcpy(spec->argument, child->argument, child->argument_size);
	spec->behaviour = child->behaviour;
	spec->argument_size = child->argument_size;
	spec->shutdown_ns = child->shutdown_ns != 0 ? child->shutdown_ns : SHUTDOWN_DEFAULT;
	spec->restart = child->restart;
	spec->named = child->named;
	spec->detached = child->detached;
	spec->outside = child->outside;
	return 0;
}

/* ---- Children ----------------------------------------------------------------------------------
 */

static int child_start(struct child *child)
{
	const struct spec *spec = child->spec;
	struct actor_spawn_options options = {
		.size = sizeof(options),
		.name = spec->named ? spec->id : NULL,
		.label = spec->id,
		.link = true,
		.detached = spec->detached,
		.outside = spec->outside,
	};
	const void *argument = child->argument != NULL ? child->argument : spec->argument;
	size_t size = child->argument != NULL ? child->argument_size : spec->argument_size;

	return actor_start(spec->behaviour, size != 0 ? argument : NULL, size, &options,
			   &child->pid, NULL);
}

/* Asks it to end, waits as long as it may take, then kills it. */
static void child_stop(struct child *child)
{
	struct actor_pid pid = child->pid;

	if (pid.bits == 0)
		return;
	child->pid = ACTOR_PID_NONE;
	(void)actor_unlink(pid);
	(void)actor_exit(pid, ACTOR_EXIT_SHUTDOWN);
	if (death_await(thread_self(), pid, child->spec->shutdown_ns) == 0)
		return;
	(void)actor_exit(pid, ACTOR_EXIT_KILL);
	(void)death_await(thread_self(), pid, child->spec->shutdown_ns);
}

static void children_stop(struct supervisor *self)
{
	for (size_t i = self->child_count; i-- > 0;)
		child_stop(&self->children[i]);
}

static struct child *child_add(struct supervisor *self, const struct spec *spec)
{
	struct child *child;

	if (self->child_count == self->child_capacity) {
		size_t capacity = self->child_capacity == 0 ? 8 : self->child_capacity * 2;
		struct child *children =
			actor_realloc(self->children, capacity * sizeof(*self->children));

		if (children == NULL)
			return NULL;
		self->children = children;
		self->child_capacity = capacity;
	}
	child = &self->children[self->child_count++];
	memset(child, 0, sizeof(*child));
	child->spec = spec;
	return child;
}

static void child_forget(struct supervisor *self, struct child *child)
{
	actor_free(child->argument);
	self->child_count--;
	memmove(child, child + 1,
		(size_t)(self->children + self->child_count - child) * sizeof(*child));
}

static struct child *child_find(struct supervisor *self, struct actor_pid pid)
{
	for (size_t i = self->child_count; i-- > 0;) {
		if (actor_pid_equal(self->children[i].pid, pid))
			return &self->children[i];
	}
	return NULL;
}

/* ---- Restarts ----------------------------------------------------------------------------------
 */

/* Notes a restart. False when it is one too many within the period. */
static bool may_restart(struct supervisor *self)
{
	uint64_t now = actor_now();
	size_t places = (size_t)self->intensity + 1;
	uint64_t *place = &self->restarted_at[self->restart_count % places];
	bool too_many =
		self->restart_count >= places - 1 &&
		now - self->restarted_at[(self->restart_count + 1) % places] <= self->period_ns;

	*place = now;
	self->restart_count++;
	return !too_many;
}

static void announce(struct child *child, struct actor_pid old)
{
	struct thread *thread = thread_self();
	struct actor_plane_actor *line = system_find(thread->system, child->pid);

	child->restarts++;
	if (line != NULL)
		__atomic_store_n(&line->restarts, child->restarts, __ATOMIC_RELAXED);
	EMIT(thread, RESTART, 0, 0, child->restarts, child->pid.bits, old.bits, 0);
}

static int child_restart(struct supervisor *self, struct child *child)
{
	struct actor_pid old = child->pid;

	child->pid = ACTOR_PID_NONE;
	do {
		if (!may_restart(self))
			return ACTOR_ERESTARTS;
	} while (child_start(child) != 0);
	announce(child, old);
	return ACTOR_CONTINUE;
}

static int child_ended(struct supervisor *self, struct child *child, int reason)
{
	bool wanted = reason == ACTOR_EXIT_NORMAL || reason == ACTOR_EXIT_SHUTDOWN;
	enum actor_restart restart = child->spec->restart;

	if (restart == ACTOR_PERMANENT || (restart == ACTOR_TRANSIENT && !wanted))
		return child_restart(self, child);
	if (self->strategy == ACTOR_DYNAMIC)
		child_forget(self, child);
	else
		child->pid = ACTOR_PID_NONE;
	return ACTOR_CONTINUE;
}

static int check(const struct actor_supervisor_options *options)
{
	if (options == NULL || options->size != sizeof(*options) ||
	    (options->child_count != 0 && options->children == NULL) ||
	    (options->strategy == ACTOR_DYNAMIC && options->child_count != 1))
		return ACTOR_EINVALID;
	return 0;
}

/* ---- The behaviour -----------------------------------------------------------------------------
 */

static int supervisor_init(void *state, const void *argument, size_t size)
{
	struct supervisor *self = state;
	/* What it points to lives at least until init is done: the starter waits for that. */
	const struct actor_supervisor_options *options = argument;
	int status = 0;

	if (size != sizeof(*options) || check(options) != 0)
		return ACTOR_EINVALID;
	(void)actor_trap_exits(true);
	if (options->name != NULL)
		status = actor_register(options->name, actor_self());
	if (status != 0)
		return status;
	self->strategy = options->strategy;
	self->intensity = options->intensity != 0 ? options->intensity : INTENSITY_DEFAULT;
	self->period_ns = options->period_ns != 0 ? options->period_ns : PERIOD_DEFAULT;
	self->spec_count = options->child_count;
	self->specs = actor_alloc((options->child_count + 1) * sizeof(*self->specs));
	self->restarted_at = actor_alloc(((size_t)self->intensity + 1) * sizeof(uint64_t));
	if (self->specs == NULL || self->restarted_at == NULL)
		return ACTOR_ENO_MEMORY;
	for (size_t i = 0; i < options->child_count && status == 0; i++)
		status = spec_copy(&self->specs[i], &options->children[i]);
	if (status != 0 || self->strategy == ACTOR_DYNAMIC)
		return status;
	for (size_t i = 0; i < self->spec_count && status == 0; i++) {
		struct child *child = child_add(self, &self->specs[i]);

		status = child != NULL ? child_start(child) : ACTOR_ENO_MEMORY;
	}
	if (status != 0)
		children_stop(self);
	return status;
}

static struct start_reply start_dynamic(struct supervisor *self,
					const struct actor_message *message)
{
	struct start_reply reply = {.status = ACTOR_EINVALID};
	struct child *child;

	if (self->strategy != ACTOR_DYNAMIC)
		return reply;
	reply.status = ACTOR_ENO_MEMORY;
	child = child_add(self, &self->specs[0]);
	if (child == NULL)
		return reply;
	if (message->size != 0) {
		child->argument = actor_alloc(message->size);
		if (child->argument == NULL) {
			child_forget(self, child);
			return reply;
		}
		memcpy(child->argument, actor_message_payload(message), message->size);
		child->argument_size = message->size;
	}
	reply.status = child_start(child);
	reply.pid = child->pid;
	if (reply.status != 0)
		child_forget(self, child);
	return reply;
}

static int supervisor_handle_call(void *state, const struct actor_message *message,
				  struct actor_from from)
{
	struct supervisor *self = state;

	if (actor_message_is(message, &supervisor_start_child)) {
		struct start_reply reply = start_dynamic(self, message);

		(void)actor_reply(from, &reply);
	} else if (actor_message_is(message, &stop_child)) {
		struct child *child =
			child_find(self, *actor_message_as(message, struct actor_pid));
		int32_t status = child != NULL ? 0 : ACTOR_ENOT_FOUND;

		if (child != NULL) {
			child_stop(child);
			child_forget(self, child);
		}
		(void)actor_reply(from, &status);
	} else {
		(void)actor_reject(from, ACTOR_EREJECTED);
	}
	return ACTOR_CONTINUE;
}

static int supervisor_handle_info(void *state, const struct actor_message *message)
{
	struct supervisor *self = state;
	const struct actor_exited_message *exited;
	struct child *child;

	if (!actor_message_is(message, &actor_exited))
		return ACTOR_CONTINUE;
	exited = actor_message_as(message, struct actor_exited_message);
	child = child_find(self, exited->pid);
	if (child != NULL)
		return child_ended(self, child, exited->reason);
	/* Not a child: whoever asks the supervisor to end, its parent first of all. */
	return exited->reason == ACTOR_EXIT_NORMAL ? ACTOR_CONTINUE : exited->reason;
}

static void supervisor_terminate(void *state, int reason)
{
	(void)reason;
	children_stop(state);
}

const struct actor_behaviour supervisor_behaviour = {
	.name = "supervisor",
	.state_size = sizeof(struct supervisor),
	.state_ctype = "struct supervisor",
	.init = supervisor_init,
	.handle_call = supervisor_handle_call,
	.handle_info = supervisor_handle_info,
	.terminate = supervisor_terminate,
};

/* ---- The public functions ----------------------------------------------------------------------
 */

int actor_supervisor_start(const struct actor_supervisor_options *options,
			   struct actor_pid *ret_pid)
{
	struct thread *thread = thread_self();
	struct actor_spawn_options spawn = {.size = sizeof(spawn)};
	int status = check(options);

	if (status != 0)
		return status;
	if (thread == NULL)
		return ACTOR_ENOT_ACTOR;
	spawn.link = !thread->foreign;
	return actor_start(&supervisor_behaviour, options, sizeof(*options), &spawn, ret_pid, NULL);
}

struct actor_child actor_supervisor_child(const char *id,
					  const struct actor_supervisor_options *options)
{
	struct actor_child child = {.id = id, .behaviour = &supervisor_behaviour};

	child.argument = options;
	child.argument_size = sizeof(*options);
	child.shutdown_ns = ACTOR_SECONDS(30);
	return child;
}

int actor_supervisor_start_child(struct actor_pid supervisor, const void *argument, size_t size,
				 struct actor_pid *ret_pid)
{
	struct start_reply reply;
	int status = actor_call_bytes(supervisor, &supervisor_start_child, argument, size, &reply,
				      ACTOR_FOREVER);

	if (status == 0)
		status = reply.status;
	if (status == 0 && ret_pid != NULL)
		*ret_pid = reply.pid;
	return status;
}

int actor_supervisor_stop_child(struct actor_pid supervisor, struct actor_pid child)
{
	int32_t result = 0;
	int status = actor_call(supervisor, &stop_child, &child, &result, ACTOR_FOREVER);

	return status != 0 ? status : result;
}
