/* SPDX-License-Identifier: MIT */
/* Names and labels, for programs. */
#include <string.h>

#include <actor/actor.h>

#include "actor/system.h"

static bool is_name(const char *name)
{
	size_t length = name != NULL ? strlen(name) : 0;

	return length != 0 && length <= REGISTRY_NAME_MAX;
}

int actor_register(const char *name, struct actor_pid pid)
{
	struct thread *thread = thread_self();
	int status = ACTOR_ENOT_FOUND;
	uint32_t string;

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (!is_name(name))
		return ACTOR_EINVALID;
	thread_input(thread);
	string = plane_string(&thread->system->plane, name, strlen(name));
	if (system_find(thread->system, pid) != NULL)
		status = registry_add(&thread->system->registry, name, string, pid);
	status = (int)(int64_t)thread_observe(thread, ACTOR_OBSERVED_REGISTER,
					      (uint64_t)(int64_t)status);
	if (status == 0)
		EMIT(thread, REGISTER, 0, 0, 0, pid.bits, string, 0);
	thread_output(thread);
	return status;
}

int actor_unregister(const char *name)
{
	struct thread *thread = thread_self();
	struct actor_pid pid = ACTOR_PID_NONE;
	uint32_t string = 0;
	int status;

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (name == NULL)
		return ACTOR_EINVALID;
	thread_input(thread);
	status = registry_remove(&thread->system->registry, name, &pid, &string);
	status = (int)(int64_t)thread_observe(thread, ACTOR_OBSERVED_REGISTER,
					      (uint64_t)(int64_t)status);
	if (status == 0) {
		/* Whose it was: who had it before whom is not known in a replay. */
		pid.bits = thread_observe(thread, ACTOR_OBSERVED_REGISTER, pid.bits);
		if (string == 0)
			string = plane_string(&thread->system->plane, name, strlen(name));
		EMIT(thread, UNREGISTER, 0, 0, 0, pid.bits, string, 0);
	}
	thread_output(thread);
	return status;
}

struct actor_pid actor_whereis(const char *name)
{
	struct thread *thread = thread_self();
	struct actor_pid pid = ACTOR_PID_NONE;

	if (thread == NULL || thread->cell == NULL || name == NULL)
		return pid;
	thread_input(thread);
	pid = registry_find(&thread->system->registry, name);
	pid.bits = thread_observe(thread, ACTOR_OBSERVED_WHEREIS, pid.bits);
	thread_output(thread);
	return pid;
}

int actor_set_label(const char *label)
{
	struct thread *thread = thread_self();

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (label == NULL)
		return ACTOR_EINVALID;
	registry_label(&thread->system->registry, cell_pid(thread->cell),
		       plane_string(&thread->system->plane, label, strlen(label)));
	return 0;
}
