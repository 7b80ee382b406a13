/* SPDX-License-Identifier: MIT */
/* Groups, for programs. */
#include <actor/group.h>

#include <stdlib.h>
#include <string.h>

#include "actor/system.h"

static int check(const struct thread *thread, const char *group)
{
	size_t length = group != NULL ? strlen(group) : 0;

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	return length != 0 && length <= REGISTRY_NAME_MAX ? 0 : ACTOR_EINVALID;
}

static int observe_status(struct thread *thread, int status)
{
	return (int)(int64_t)thread_observe(thread, ACTOR_OBSERVED_MEMBERS,
					    (uint64_t)(int64_t)status);
}

int actor_group_join(const char *group, struct actor_pid pid)
{
	struct thread *thread = thread_self();
	int status = check(thread, group);
	uint32_t string;

	if (status != 0)
		return status;
	thread_input(thread);
	string = plane_string(&thread->system->plane, group, strlen(group));
	status = ACTOR_ENOT_FOUND;
	if (system_find(thread->system, pid) != NULL)
		status = registry_join(&thread->system->registry, group, string, pid);
	status = observe_status(thread, status);
	if (status == 0)
		EMIT(thread, JOIN, 0, 0, 0, pid.bits, string, 0);
	thread_output(thread);
	return status;
}

int actor_group_leave(const char *group, struct actor_pid pid)
{
	struct thread *thread = thread_self();
	int status = check(thread, group);

	if (status != 0)
		return status;
	thread_input(thread);
	status = observe_status(thread, registry_leave(&thread->system->registry, group, pid));
	if (status == 0)
		EMIT(thread, LEAVE, 0, 0, 0, pid.bits,
		     plane_string(&thread->system->plane, group, strlen(group)), 0);
	thread_output(thread);
	return status;
}

/* ---- Members -----------------------------------------------------------------------------------
 */

/* A list of pids. A handler may be killed while it sends, and the list must go with it. */
struct list {
	struct actor_pid *pids;
	size_t count;
	bool owned; /* by the actor */
};

static int list_reserve(const struct thread *thread, struct list *list, size_t capacity)
{
	size_t size = (capacity + 1) * sizeof(*list->pids);
	struct actor_pid *pids;

	list->owned = !thread->foreign;
	pids = list->owned ? actor_realloc(list->pids, size) : realloc(list->pids, size);
	if (pids == NULL)
		return ACTOR_ENO_MEMORY;
	list->pids = pids;
	return 0;
}

static void list_free(struct list *list)
{
	if (list->owned)
		actor_free(list->pids);
	else
		free(list->pids);
}

/* The members now, or in the recorded run. */
static int list_members(struct thread *thread, const char *group, struct list *list)
{
	size_t capacity = 64;
	size_t live;
	int status;

	for (;;) {
		status = list_reserve(thread, list, capacity);
		if (status != 0)
			return status;
		registry_members(&thread->system->registry, group, list->pids, capacity, &live);
		if (live <= capacity)
			break;
		capacity = live + live / 4; /* others may join meanwhile */
	}
	list->count = thread_observe(thread, ACTOR_OBSERVED_MEMBERS, live);
	if (list->count > capacity)
		status = list_reserve(thread, list, list->count);
	for (size_t i = 0; status == 0 && i < list->count; i++)
		list->pids[i].bits = thread_observe(thread, ACTOR_OBSERVED_MEMBERS,
						    i < live ? list->pids[i].bits : 0);
	return status;
}

int actor_group_members(const char *group, struct actor_pid *pids, size_t capacity,
			size_t *ret_count)
{
	struct thread *thread = thread_self();
	struct list list = {0};
	int status = check(thread, group);

	if (status == 0 && pids == NULL && capacity != 0)
		status = ACTOR_EINVALID;
	if (status != 0)
		return status;
	thread_input(thread);
	status = list_members(thread, group, &list);
	thread_output(thread);
	if (status == 0 && capacity != 0)
		memcpy(pids, list.pids,
		       (list.count < capacity ? list.count : capacity) * sizeof(*pids));
	if (status == 0 && ret_count != NULL)
		*ret_count = list.count;
	list_free(&list);
	return status;
}

/* ---- Messages to all ---------------------------------------------------------------------------
 */

typedef int (*send_function)(struct actor_pid to, struct actor_type *type, const void *payload,
			     size_t size);

static int broadcast(const char *group, struct actor_type *type, const void *payload, size_t size,
		     send_function send, size_t *ret_count)
{
	struct thread *thread = thread_self();
	struct list list = {0};
	size_t sent = 0;
	int status = check(thread, group);

	if (status == 0 && type == NULL)
		status = ACTOR_EINVALID;
	if (status != 0)
		return status;
	thread_input(thread);
	status = list_members(thread, group, &list);
	thread_output(thread);
	for (size_t i = 0; status == 0 && i < list.count; i++) {
		status = send(list.pids[i], type, payload, size);
		sent += status == 0;
	}
	list_free(&list);
	if (ret_count != NULL)
		*ret_count = sent;
	return status;
}

int actor_group_send(const char *group, struct actor_type *type, const void *payload,
		     size_t *ret_count)
{
	return broadcast(group, type, payload, type != NULL ? type->size : 0, actor_send_bytes,
			 ret_count);
}

int actor_group_cast(const char *group, struct actor_type *type, const void *payload,
		     size_t *ret_count)
{
	return broadcast(group, type, payload, type != NULL ? type->size : 0, actor_cast_bytes,
			 ret_count);
}

int actor_group_send_bytes(const char *group, struct actor_type *type, const void *payload,
			   size_t size, size_t *ret_count)
{
	return broadcast(group, type, payload, size, actor_send_bytes, ret_count);
}

int actor_group_cast_bytes(const char *group, struct actor_type *type, const void *payload,
			   size_t size, size_t *ret_count)
{
	return broadcast(group, type, payload, size, actor_cast_bytes, ret_count);
}
