/* SPDX-License-Identifier: MIT */
/* The public functions: each is a call to the supervisor. */
#include <stdlib.h>
#include <string.h>

#include "actor/supervisor/supervisor.h"
#include "actor/system.h"

int actor_supervisor_start(const struct actor_supervisor_options *options,
			   struct actor_pid *ret_pid)
{
	struct thread *thread = thread_self();
	struct actor_spawn_options spawn = {.size = sizeof(spawn)};

	if (options == NULL || options->size != sizeof(*options))
		return ACTOR_EINVALID;
	if (thread == NULL)
		return ACTOR_ENOT_ACTOR;
	spawn.link = !thread->foreign;
	spawn.label = options->name;
	return actor_start(&supervisor_behaviour, options, sizeof(*options), &spawn, ret_pid, NULL);
}

struct actor_child actor_supervisor_child(const char *id,
					  const struct actor_supervisor_options *options)
{
	struct actor_child child = {.id = id, .behaviour = &supervisor_behaviour};

	child.argument = options;
	child.argument_size = sizeof(*options);
	return child;
}

/* A call that starts a child. The pid is told also where the child runs already. */
static int start(struct actor_pid supervisor, struct actor_type *type, const void *bytes,
		 size_t size, struct actor_pid *ret_pid)
{
	struct start_reply reply;
	int status = actor_call_bytes(supervisor, type, bytes, size, &reply, ACTOR_FOREVER);

	if (status != 0)
		return status;
	if (ret_pid != NULL && (reply.status == 0 || reply.status == ACTOR_ECHILD_RUNS))
		*ret_pid = reply.pid;
	return reply.status;
}

/* A call about the child with that id. */
static int change(struct actor_pid supervisor, struct actor_type *type, const char *id)
{
	int32_t result = 0;
	int status;

	if (id == NULL)
		return ACTOR_EINVALID;
	status = actor_call_bytes(supervisor, type, id, strlen(id), &result, ACTOR_FOREVER);
	return status != 0 ? status : result;
}

int actor_supervisor_start_child(struct actor_pid supervisor, const void *argument, size_t size,
				 struct actor_pid *ret_pid)
{
	return start(supervisor, &supervisor_start_child, argument, size, ret_pid);
}

int actor_supervisor_stop_child(struct actor_pid supervisor, struct actor_pid child)
{
	int32_t result = 0;
	int status = actor_call(supervisor, &supervisor_stop_child, &child, &result, ACTOR_FOREVER);

	return status != 0 ? status : result;
}

int actor_supervisor_add_child(struct actor_pid supervisor, const struct actor_child *child,
			       struct actor_pid *ret_pid)
{
	struct thread *thread = thread_self();
	bool handler = thread != NULL && thread->cell != NULL && !thread->foreign;
	void *bytes;
	size_t size;
	int status = spec_packed_size(child, &size);

	if (status != 0)
		return status;
	/* A handler may be killed while it waits, and what it owns must go with it. */
	bytes = handler ? actor_alloc(size) : malloc(size);
	if (bytes == NULL)
		return ACTOR_ENO_MEMORY;
	spec_pack(child, bytes);
	status = start(supervisor, &supervisor_add_child, bytes, size, ret_pid);
	if (handler)
		actor_free(bytes);
	else
		free(bytes);
	return status;
}

int actor_supervisor_terminate_child(struct actor_pid supervisor, const char *id)
{
	return change(supervisor, &supervisor_terminate_child, id);
}

int actor_supervisor_restart_child(struct actor_pid supervisor, const char *id,
				   struct actor_pid *ret_pid)
{
	if (id == NULL)
		return ACTOR_EINVALID;
	return start(supervisor, &supervisor_restart_child, id, strlen(id), ret_pid);
}

int actor_supervisor_delete_child(struct actor_pid supervisor, const char *id)
{
	return change(supervisor, &supervisor_delete_child, id);
}
