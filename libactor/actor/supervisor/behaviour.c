/* SPDX-License-Identifier: MIT */
/* The supervisor's handlers. */
#include <string.h>

#include "actor/log.h"
#include "actor/supervisor/supervisor.h"
#include "actor/system.h"

/* OTP's. */
#define INTENSITY_DEFAULT 1u
#define PERIOD_DEFAULT    ACTOR_SECONDS(5)

#define REQUEST(identifier, argument, bytes, reply)                  \
	struct actor_type identifier = {.name = #identifier,         \
					.ctype = (argument),         \
					.reply_ctype = #reply,       \
					.size = (bytes),             \
					.reply_size = sizeof(reply), \
					.flexible = (argument) == NULL}

REQUEST(supervisor_start_child, NULL, 0, struct start_reply);
REQUEST(supervisor_stop_child, "struct actor_pid", sizeof(struct actor_pid), int32_t);
REQUEST(supervisor_add_child, NULL, 0, struct start_reply);
REQUEST(supervisor_terminate_child, NULL, 0, int32_t);
REQUEST(supervisor_restart_child, NULL, 0, struct start_reply);
REQUEST(supervisor_delete_child, NULL, 0, int32_t);
ACTOR_MESSAGE(supervisor_retry, uint64_t);

/* ---- Birth and death ---------------------------------------------------------------------------
 */

static int check(const struct actor_supervisor_options *options, size_t size)
{
	if (size != sizeof(*options) || options->size != sizeof(*options) ||
	    (options->child_count != 0 && options->children == NULL) ||
	    (unsigned)options->strategy > ACTOR_REST_FOR_ONE ||
	    (unsigned)options->auto_shutdown > ACTOR_AUTO_SHUTDOWN_ALL ||
	    (options->strategy == ACTOR_DYNAMIC && options->child_count != 1) ||
	    (options->strategy != ACTOR_DYNAMIC && options->max_children != 0) ||
	    options->backoff.jitter_percent > 100)
		return ACTOR_EINVALID;
	return 0;
}

static void configure(struct supervisor *self, const struct actor_supervisor_options *options)
{
	self->strategy = options->strategy;
	self->auto_shutdown = options->auto_shutdown;
	self->intensity = options->intensity != 0 ? options->intensity : INTENSITY_DEFAULT;
	self->period_ns = options->period_ns != 0 ? options->period_ns : PERIOD_DEFAULT;
	self->max_children = options->max_children;
	self->backoff = options->backoff;
}

/* A child of the specification; not started. */
static int add(struct supervisor *self, const struct actor_child *child, struct child **ret_child)
{
	struct spec *spec;
	int status;

	status = spec_create(child, self->auto_shutdown, &spec);
	if (status != 0)
		return status;
	*ret_child = child_add(self, spec);
	if (*ret_child == NULL) {
		spec_destroy(spec);
		return ACTOR_ENO_MEMORY;
	}
	return 0;
}

static int add_all(struct supervisor *self, const struct actor_supervisor_options *options)
{
	struct child *child;
	int status = 0;

	if (self->strategy == ACTOR_DYNAMIC)
		return spec_create(&options->children[0], self->auto_shutdown, &self->every);
	for (size_t i = 0; i < options->child_count && status == 0; i++) {
		const char *id = options->children[i].id;

		if (id != NULL && child_of_id(self, id, strlen(id)) != NULL)
			return ACTOR_ECHILD_KNOWN;
		status = add(self, &options->children[i], &child);
	}
	return status;
}

static int start_all(struct supervisor *self)
{
	struct actor_system *system = thread_self()->system;
	char reason[LOG_REASON_MAX];

	for (struct child *child = self->first; child != NULL; child = child->next) {
		int status = child_start(self, child);

		if (status == 0)
			continue;
		LOG(system, ACTOR_LOG_ERROR, actor_self(), "child %s cannot be started: %s",
		    child->spec->id, log_reason(status, reason));
		children_stop(self);
		return status;
	}
	return 0;
}

static int supervisor_init(void *state, const void *argument, size_t size)
{
	struct supervisor *self = state;
	/* What it points to lives at least until init is done: the starter waits for that. */
	const struct actor_supervisor_options *options = argument;
	int status = check(options, size);

	pthread_mutex_init(&self->lock, NULL);
	if (status != 0)
		return status;
	/* Also when it is killed: others must not look at it any more. */
	thread_self()->cell->always_ends = true;
	(void)actor_trap_exits(true);
	configure(self, options);
	if (options->name != NULL)
		status = actor_register(options->name, actor_self());
	if (status == 0)
		status = add_all(self, options);
	if (status == 0)
		status = supervisor_publish(self);
	return status != 0 ? status : start_all(self);
}

static void supervisor_terminate(void *state, int reason)
{
	struct supervisor *self = state;

	if (reason != ACTOR_EXIT_KILL && reason != ACTOR_EXIT_KILLED)
		children_stop(self); /* else the links do it */
	supervisor_withdraw(self);
	map_clear(&self->index);
	pthread_mutex_destroy(&self->lock);
}

/* ---- Calls -------------------------------------------------------------------------------------
 */

static struct start_reply start_failed(int status)
{
	struct start_reply reply = {.status = status};

	return reply;
}

static struct start_reply start(struct supervisor *self, struct child *child)
{
	struct start_reply reply = {.status = child_start(self, child)};

	reply.pid = child->pid;
	return reply;
}

static struct start_reply start_dynamic(struct supervisor *self,
					const struct actor_message *message)
{
	struct start_reply reply;
	struct child *child;

	if (self->every == NULL)
		return start_failed(ACTOR_EINVALID);
	if (self->max_children != 0 && self->count >= self->max_children)
		return start_failed(ACTOR_EMANY_CHILDREN);
	child = child_add(self, self->every);
	if (child == NULL)
		return start_failed(ACTOR_ENO_MEMORY);
	if (message->size != 0) {
		child->argument = actor_alloc(message->size);
		if (child->argument == NULL) {
			child_forget(self, child);
			return start_failed(ACTOR_ENO_MEMORY);
		}
		memcpy(child->argument, actor_message_payload(message), message->size);
		child->argument_size = message->size;
	}
	reply = start(self, child);
	if (reply.status != 0) {
		child_forget(self, child);
	} else if (self->every->restart == ACTOR_TEMPORARY) {
		child->argument = actor_free(child->argument); /* never needed again */
	}
	return reply;
}

static struct start_reply add_static(struct supervisor *self, const struct actor_message *message)
{
	struct start_reply reply = {.status = ACTOR_EINVALID};
	struct actor_child wanted;
	struct child *child;

	if (self->every == NULL)
		reply.status = spec_unpack(actor_message_payload(message), message->size, &wanted);
	if (reply.status != 0)
		return reply;
	child = child_of_id(self, wanted.id, strlen(wanted.id));
	if (child != NULL) {
		reply.pid = child->pid;
		reply.status = child->pid.bits != 0 ? ACTOR_ECHILD_RUNS : ACTOR_ECHILD_KNOWN;
		return reply;
	}
	reply.status = add(self, &wanted, &child);
	if (reply.status != 0)
		return reply;
	reply = start(self, child);
	if (reply.status != 0)
		child_forget(self, child);
	return reply;
}

/* The child whose id the message carries. Of a dynamic supervisor's none has one. */
static int named(const struct supervisor *self, const struct actor_message *message,
		 struct child **ret_child)
{
	if (self->every != NULL)
		return ACTOR_EINVALID;
	*ret_child = child_of_id(self, actor_message_payload(message), message->size);
	return *ret_child != NULL ? 0 : ACTOR_ENOT_FOUND;
}

/* The same; and it does not run. */
static int named_idle(const struct supervisor *self, const struct actor_message *message,
		      struct child **ret_child)
{
	int status = named(self, message, ret_child);

	if (status == 0 && (*ret_child)->pid.bits != 0)
		status = ACTOR_ECHILD_RUNS;
	if (status == 0 && (*ret_child)->state == ACTOR_CHILD_RESTARTING)
		status = ACTOR_ECHILD_RESTARTS;
	return status;
}

static int32_t terminate_named(struct supervisor *self, const struct actor_message *message)
{
	struct child *child;
	int status = named(self, message, &child);

	if (status != 0)
		return status;
	child_stop(self, child);
	child->old = ACTOR_PID_NONE;
	if (child->spec->restart == ACTOR_TEMPORARY)
		child_forget(self, child);
	return 0;
}

static struct start_reply restart_named(struct supervisor *self,
					const struct actor_message *message)
{
	struct child *child;
	int status = named_idle(self, message, &child);

	return status == 0 ? start(self, child) : start_failed(status);
}

static int32_t delete_named(struct supervisor *self, const struct actor_message *message)
{
	struct child *child;
	int status = named_idle(self, message, &child);

	if (status == 0)
		child_forget(self, child);
	return status;
}

static int32_t stop_dynamic(struct supervisor *self, const struct actor_message *message)
{
	const struct actor_pid *pid = actor_message_as(message, struct actor_pid);
	uint64_t found;

	if (self->every == NULL)
		return ACTOR_EINVALID;
	if ((pid->bits & TICKET_BIT) || !map_get(&self->index, pid->bits, &found))
		return ACTOR_ENOT_FOUND;
	child_stop(self, (struct child *)(uintptr_t)found);
	child_forget(self, (struct child *)(uintptr_t)found);
	return 0;
}

static const struct {
	struct actor_type *type;
	struct start_reply (*start)(struct supervisor *self, const struct actor_message *message);
	int32_t (*change)(struct supervisor *self, const struct actor_message *message);
} requests[] = {
	{&supervisor_start_child, start_dynamic, NULL},
	{&supervisor_stop_child, NULL, stop_dynamic},
	{&supervisor_add_child, add_static, NULL},
	{&supervisor_terminate_child, NULL, terminate_named},
	{&supervisor_restart_child, restart_named, NULL},
	{&supervisor_delete_child, NULL, delete_named},
};

static int supervisor_handle_call(void *state, const struct actor_message *message,
				  struct actor_from from)
{
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (!actor_message_is(message, requests[i].type))
			continue;
		if (requests[i].start != NULL) {
			struct start_reply reply = requests[i].start(state, message);

			(void)actor_reply(from, &reply);
		} else {
			int32_t status = requests[i].change(state, message);

			(void)actor_reply(from, &status);
		}
		return ACTOR_CONTINUE;
	}
	(void)actor_reject(from, ACTOR_EREJECTED);
	return ACTOR_CONTINUE;
}

/* ---- What happens ------------------------------------------------------------------------------
 */

/* Spawned by one of the program's own threads. */
static bool is_top_level(void)
{
	const struct thread *thread = thread_self();

	return cell_line(thread->cell, thread->system)->kind & ACTOR_PLANE_KIND_TOP;
}

static int handle_exited(struct supervisor *self, const struct actor_exited_message *exited)
{
	bool asked = exited->reserved != SIGNAL_LINK;
	uint64_t found;

	if (map_get(&self->index, exited->pid.bits, &found))
		return child_ended(self, (struct child *)(uintptr_t)found, exited->reason);
	/*
	 * As a gen_server, it ends with its parent. What the program's threads have started hears
	 * also others, because a thread, unlike a process, is not there to be asked.
	 */
	if (actor_pid_equal(exited->pid, actor_parent()) ||
	    (is_top_level() && asked && exited->reason != ACTOR_EXIT_NORMAL))
		return exited->reason;
	return ACTOR_CONTINUE;
}

static int supervisor_handle_info(void *state, const struct actor_message *message)
{
	if (actor_message_is(message, &actor_exited))
		return handle_exited(state, actor_message_as(message, struct actor_exited_message));
	if (actor_message_is(message, &supervisor_retry))
		return child_retry(state, *actor_message_as(message, uint64_t));
	return ACTOR_CONTINUE;
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
