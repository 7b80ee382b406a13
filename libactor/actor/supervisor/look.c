/* SPDX-License-Identifier: MIT */
/*
 * What a supervisor has, as others see it: its list, read under its lock, completed from the lines
 * of the plane. The supervisor takes no part in it. What was read is recorded, because the next
 * run may find something else.
 */
#include <stdlib.h>
#include <string.h>

#include "actor/supervisor/supervisor.h"
#include "actor/system.h"

/* ---- Who can be looked at ----------------------------------------------------------------------
 */

int supervisor_publish(struct supervisor *self)
{
	struct actor_system *system = thread_self()->system;
	int status;

	pthread_mutex_lock(&system->supervisors_lock);
	status = map_put(&system->supervisors, actor_self().bits, (uint64_t)(uintptr_t)self);
	pthread_mutex_unlock(&system->supervisors_lock);
	return status;
}

void supervisor_withdraw(struct supervisor *self)
{
	struct actor_system *system = thread_self()->system;

	pthread_mutex_lock(&system->supervisors_lock);
	(void)map_remove(&system->supervisors, actor_self().bits, NULL);
	/* Who found it before has its lock since then: after this nobody has. */
	pthread_mutex_lock(&self->lock);
	pthread_mutex_unlock(&self->lock);
	pthread_mutex_unlock(&system->supervisors_lock);
}

/* With its lock taken. NULL: there is no such supervisor. */
static struct supervisor *hold(struct actor_system *system, struct actor_pid pid)
{
	struct supervisor *self = NULL;
	uint64_t found;

	pthread_mutex_lock(&system->supervisors_lock);
	if (pid.bits != 0 && map_get(&system->supervisors, pid.bits, &found)) {
		self = (struct supervisor *)(uintptr_t)found;
		pthread_mutex_lock(&self->lock);
	}
	pthread_mutex_unlock(&system->supervisors_lock);
	return self;
}

/* ---- Reading -----------------------------------------------------------------------------------
 */

static bool is_supervisor(const struct spec *spec)
{
	return spec->behaviour == &supervisor_behaviour;
}

static struct actor_child_info info_of(struct actor_system *system, const struct child *child)
{
	struct actor_child_info info = {
		.id = plane_text(&system->plane, child->spec->id_string),
		.pid = child->pid,
		.state = child->state,
		.restart = child->spec->restart,
		.supervisor = is_supervisor(child->spec),
		.restarts = child->restarts,
	};

	/* The truth is in the plane. */
	if (info.pid.bits != 0 && system_find(system, info.pid) == NULL) {
		info.pid = ACTOR_PID_NONE;
		info.state = ACTOR_CHILD_ENDED;
	}
	return info;
}

/* NULL: no supervisor, or no memory; *ret_status says which. */
static struct actor_child_info *read_children(struct actor_system *system, struct actor_pid pid,
					      uint64_t *ret_count, int *ret_status)
{
	struct supervisor *self = hold(system, pid);
	struct actor_child_info *infos;
	size_t count = 0;

	*ret_status = self != NULL ? 0 : ACTOR_ENOT_FOUND;
	if (self == NULL)
		return NULL;
	infos = calloc(self->count + 1, sizeof(*infos));
	for (struct child *child = self->first; infos != NULL && child != NULL; child = child->next)
		infos[count++] = info_of(system, child);
	pthread_mutex_unlock(&self->lock);
	if (infos == NULL)
		*ret_status = ACTOR_ENO_MEMORY;
	*ret_count = count;
	return infos;
}

/* ---- Recording ---------------------------------------------------------------------------------
 */

#define PACK_STATE(x)      ((uint64_t)(x))
#define PACK_RESTART(x)    ((uint64_t)(x) << 8)
#define PACK_SUPERVISOR(x) ((uint64_t)(x) << 16)
#define PACK_SAME_ID(x)    ((uint64_t)(x) << 17)
#define PACK_ID_LENGTH(x)  ((uint64_t)(x) << 24)
#define PACK_RESTARTS(x)   ((uint64_t)(x) << 32)

/* Eight bytes of an id at a time. */
static const char *observe_id(struct thread *thread, const char *id, size_t length, size_t recorded)
{
	char text[REGISTRY_NAME_MAX + 8] = "";

	memcpy(text, id, length);
	for (size_t at = 0; at < recorded; at += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, text + at, sizeof(word));
		word = thread_observe(thread, ACTOR_OBSERVED_CHILDREN, word);
		memcpy(text + at, &word, sizeof(word));
	}
	return plane_text(&thread->system->plane,
			  plane_string(&thread->system->plane, text, recorded));
}

static void observe_info(struct thread *thread, struct actor_child_info *info,
			 const char *id_before)
{
	const char *id = info->id != NULL ? info->id : "";
	size_t length = strlen(id);
	uint64_t packed = PACK_STATE(info->state) | PACK_RESTART(info->restart) |
			  PACK_SUPERVISOR(info->supervisor) |
			  PACK_SAME_ID(id_before != NULL && strcmp(id_before, id) == 0) |
			  PACK_ID_LENGTH(length) | PACK_RESTARTS(info->restarts);

	info->pid.bits = thread_observe(thread, ACTOR_OBSERVED_CHILDREN, info->pid.bits);
	packed = thread_observe(thread, ACTOR_OBSERVED_CHILDREN, packed);
	info->state = (enum actor_child_state)(packed & 0xff);
	info->restart = (enum actor_restart)(packed >> 8 & 0xff);
	info->supervisor = packed >> 16 & 1;
	info->restarts = (uint32_t)(packed >> 32);
	if (packed >> 17 & 1)
		info->id = id_before;
	else
		info->id = observe_id(thread, id, length, packed >> 24 & 0xff);
}

/* What is read now, or was in the recorded run. Freed by the caller. */
static int observe_children(struct thread *thread, struct actor_pid pid,
			    struct actor_child_info **ret_infos, size_t *ret_count)
{
	uint64_t live = 0;
	uint64_t count;
	int status;
	struct actor_child_info *infos = read_children(thread->system, pid, &live, &status);

	if (status == ACTOR_ENO_MEMORY)
		return status;
	count = status == 0 ? live : UINT64_MAX;
	count = thread_observe(thread, ACTOR_OBSERVED_CHILDREN, count);
	if (count == UINT64_MAX) {
		free(infos);
		return ACTOR_ENOT_FOUND;
	}
	if (count > live) {
		struct actor_child_info *larger = realloc(infos, count * sizeof(*infos));

		if (larger == NULL) {
			free(infos);
			return ACTOR_ENO_MEMORY;
		}
		infos = larger;
		memset(infos + live, 0, (count - live) * sizeof(*infos));
	}
	for (uint64_t i = 0; i < count; i++)
		observe_info(thread, &infos[i], i != 0 ? infos[i - 1].id : NULL);
	*ret_infos = infos;
	*ret_count = count;
	return 0;
}

/* ---- The public functions ----------------------------------------------------------------------
 */

int actor_supervisor_which_children(struct actor_pid supervisor, struct actor_child_info *infos,
				    size_t capacity, size_t *ret_count)
{
	struct thread *thread = thread_self();
	struct actor_child_info *all = NULL;
	size_t count = 0;
	int status;

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (infos == NULL && capacity != 0)
		return ACTOR_EINVALID;
	thread_input(thread);
	status = observe_children(thread, supervisor, &all, &count);
	thread_output(thread);
	if (status != 0)
		return status;
	if (count != 0 && capacity != 0)
		memcpy(infos, all, (count < capacity ? count : capacity) * sizeof(*infos));
	free(all);
	if (ret_count != NULL)
		*ret_count = count;
	return 0;
}

int actor_supervisor_count_children(struct actor_pid supervisor,
				    struct actor_child_counts *ret_counts)
{
	struct thread *thread = thread_self();
	struct actor_child_counts counts = {0};
	struct supervisor *self;
	uint64_t found;

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (ret_counts == NULL)
		return ACTOR_EINVALID;
	thread_input(thread);
	self = hold(thread->system, supervisor);
	found = self != NULL;
	for (struct child *child = self != NULL ? self->first : NULL; child != NULL;
	     child = child->next) {
		counts.active += system_find(thread->system, child->pid) != NULL;
		counts.supervisors += is_supervisor(child->spec);
	}
	if (self != NULL) {
		counts.workers = self->count - counts.supervisors;
		counts.specs = self->every != NULL ? 1 : self->count;
		pthread_mutex_unlock(&self->lock);
	}
	found = thread_observe(thread, ACTOR_OBSERVED_CHILDREN, found);
	if (found != 0) {
		counts.specs = thread_observe(thread, ACTOR_OBSERVED_CHILDREN, counts.specs);
		counts.active = thread_observe(thread, ACTOR_OBSERVED_CHILDREN, counts.active);
		counts.supervisors =
			thread_observe(thread, ACTOR_OBSERVED_CHILDREN, counts.supervisors);
		counts.workers = thread_observe(thread, ACTOR_OBSERVED_CHILDREN, counts.workers);
		*ret_counts = counts;
	}
	thread_output(thread);
	return found != 0 ? 0 : ACTOR_ENOT_FOUND;
}
